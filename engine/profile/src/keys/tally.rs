//! Counts of keys, in the whole sample and block by block.

use std::collections::{BTreeMap, HashMap};

use crate::Placement;
use crate::keys::input::KeyRow;

/// One key of the sample.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a> {
    pub(crate) text: Option<&'a str>,
    pub(crate) count: u64,
    pub(crate) slot: u32,
}

/// Everything that is counted of a sample.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    pub(crate) rows: u64,
    /// Most frequent first; ties by text, null first.
    pub(crate) keys: Vec<Key<'a>>,
    /// How many rows each block has.
    pub(crate) block_rows: Vec<u64>,
    /// For each block, its keys (by their place in `keys`) with their counts.
    pub(crate) block_keys: Vec<Vec<(u32, u64)>>,
    /// The blocks of each partition. Partitions with a single block, which alone says nothing about how blocks differ, are
    /// one stratum together (collapsed strata; Cochran, Sampling Techniques, on one unit per stratum).
    pub(crate) strata: Vec<Vec<usize>>,
}

impl<'a> Tally<'a> {
    pub(crate) fn of(rows: &'a [KeyRow], placement: Placement, workers: u32) -> Self {
        let mut counts: HashMap<Option<&str>, u64> = HashMap::new();
        for row in rows {
            *counts.entry(row.key.as_deref()).or_insert(0) += 1;
        }
        let mut keys: Vec<Key<'_>> =
            counts.into_iter().map(|(text, count)| Key { text, count, slot: placement.slot(text, workers) }).collect();
        keys.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        let (block_rows, block_keys) = by_block(rows, &keys);
        Self { rows: rows.len() as u64, keys, block_rows, block_keys, strata: strata(rows) }
    }

    pub(crate) fn blocks(&self) -> usize {
        self.block_rows.len()
    }

    pub(crate) fn share(&self, count: u64) -> f64 {
        if self.rows == 0 { 0.0 } else { count as f64 / self.rows as f64 }
    }

    /// Keys that came exactly so many times.
    pub(crate) fn with_count(&self, n: u64) -> u64 {
        self.keys.iter().filter(|key| key.count == n).count() as u64
    }

    /// The load of each worker in rows.
    pub(crate) fn slot_rows(&self, workers: u32) -> Vec<u64> {
        let mut loads = vec![0; workers as usize];
        for key in &self.keys {
            loads[key.slot as usize] += key.count;
        }
        loads
    }

    /// How many equally frequent keys these are worth: `n (n − 1) / Σ c (c − 1)`, without the first `skip`.
    pub(crate) fn effective_keys(&self, skip: usize) -> Option<f64> {
        let counts = || self.keys.iter().skip(skip).map(|key| key.count as f64);
        let n: f64 = counts().sum();
        let pairs: f64 = counts().map(|c| c * (c - 1.0)).sum();
        (pairs > 0.0).then(|| n * (n - 1.0) / pairs)
    }
}

/// The blocks (by their place in the order of their numbers) that belong together.
fn strata(rows: &[KeyRow]) -> Vec<Vec<usize>> {
    let partitions: BTreeMap<u32, u32> = rows.iter().map(|row| (row.block, row.partition)).collect();
    let mut strata: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (at, partition) in partitions.values().enumerate() {
        strata.entry(*partition).or_default().push(at);
    }
    let (single, mut several): (Vec<_>, Vec<_>) = strata.into_values().partition(|blocks| blocks.len() == 1);
    let mut single: Vec<usize> = single.into_iter().flatten().collect();
    if let ([alone], Some(first)) = (&single[..], several.first_mut()) {
        first.push(*alone);
        single.clear();
    }
    several.extend(Some(single).filter(|blocks| !blocks.is_empty()));
    several
}

type BlockKeys = Vec<Vec<(u32, u64)>>;

fn by_block(rows: &[KeyRow], keys: &[Key<'_>]) -> (Vec<u64>, BlockKeys) {
    let place: HashMap<Option<&str>, u32> = keys.iter().zip(0..).map(|(key, at)| (key.text, at)).collect();
    let mut numbers: Vec<u32> = rows.iter().map(|row| row.block).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let block: HashMap<u32, usize> = numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
    let mut met: Vec<Vec<u32>> = vec![Vec::new(); numbers.len()];
    for row in rows {
        if let (Some(at), Some(key)) = (block.get(&row.block), place.get(&row.key.as_deref())) {
            met[*at].push(*key);
        }
    }
    let counted = met.iter_mut().map(|keys| {
        keys.sort_unstable();
        keys.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
    });
    let counted = counted.collect();
    (met.iter().map(|keys| keys.len() as u64).collect(), counted)
}
