//! Counts of keys, in the whole sample and block by block, each row weighing what its partition weighs in the log.

use std::collections::{BTreeMap, HashMap};

use crate::keys::input::{KeyInput, KeyRow};
use crate::{KeyValue, PartitionSpan};

/// Different keys that are counted one by one. Rows of further keys count, but not as keys of their own.
pub(crate) const KEYS: usize = 2_000_000;

/// One key of the sample.
#[derive(Debug, Clone)]
pub(crate) struct Key<'a> {
    pub(crate) value: &'a KeyValue,
    /// Its rows.
    pub(crate) count: u64,
    /// Its rows, each by the weight of its partition; the weights of all rows sum up to the number of rows.
    pub(crate) weight: f64,
    /// Its bytes, weighted.
    pub(crate) bytes: f64,
}

/// The rows of one block.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    /// The weight of its rows.
    pub(crate) weight: f64,
    /// Its keys (by their place in [`Tally::keys`], ascending) with their weights.
    pub(crate) keys: Vec<(u32, f64)>,
}

/// Everything that is counted of a sample.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    pub(crate) rows: u64,
    /// Most frequent first; ties by value, null first.
    pub(crate) keys: Vec<Key<'a>>,
    /// Rows of keys beyond [`KEYS`], weighted.
    pub(crate) unlisted: f64,
    pub(crate) blocks: Vec<Block>,
    /// The blocks of each partition. Partitions with a single block, which alone says nothing about how blocks differ, are
    /// one stratum together (collapsed strata; Cochran, Sampling Techniques, on one unit per stratum).
    pub(crate) strata: Vec<Vec<usize>>,
    /// Which part of the source was looked at.
    pub(crate) drawn: f64,
}

impl<'a> Tally<'a> {
    pub(crate) fn of(input: &'a KeyInput) -> Self {
        let rows = &input.rows;
        let weights = weights(rows, &input.partitions);
        let weight = |row: &KeyRow| weights.get(&row.partition).copied().unwrap_or(1.0);
        let mut found: HashMap<&KeyValue, (u64, f64, f64)> = HashMap::new();
        let mut unlisted = 0.0;
        for row in rows {
            let full = found.len() >= KEYS;
            match found.get_mut(&row.key) {
                Some((count, sum, bytes)) => {
                    *count += 1;
                    *sum += weight(row);
                    *bytes += weight(row) * f64::from(row.bytes);
                }
                None if full => unlisted += weight(row),
                None => {
                    found.insert(&row.key, (1, weight(row), weight(row) * f64::from(row.bytes)));
                }
            }
        }
        let mut keys: Vec<Key<'_>> =
            found.into_iter().map(|(value, (count, weight, bytes))| Key { value, count, weight, bytes }).collect();
        keys.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.value.cmp(b.value)));
        let blocks = blocks(rows, &keys, weight);
        let drawn = input.drawn.clamp(0.0, 1.0);
        Self { rows: rows.len() as u64, keys, unlisted, blocks, strata: strata(rows), drawn }
    }

    /// The share of the rows that a weight is.
    pub(crate) fn share(&self, weight: f64) -> f64 {
        if self.rows == 0 { 0.0 } else { weight / self.rows as f64 }
    }

    /// Keys that came exactly so many times.
    pub(crate) fn with_count(&self, n: u64) -> u64 {
        self.keys.iter().filter(|key| key.count == n).count() as u64
    }

    /// The share of the `n` most frequent keys.
    pub(crate) fn top_share(&self, n: usize) -> f64 {
        self.share(self.keys.iter().take(n).map(|key| key.weight).sum()).min(1.0)
    }

    /// How many equally frequent keys these are worth: `n (n − 1) / Σ c (c − 1)`, without the first `skip`.
    pub(crate) fn effective_keys(&self, skip: usize) -> Option<f64> {
        let counts = || self.keys.iter().skip(skip).map(|key| key.count as f64);
        let n: f64 = counts().sum();
        let pairs: f64 = counts().map(|c| c * (c - 1.0)).sum();
        (pairs > 0.0).then(|| n * (n - 1.0) / pairs)
    }

    /// The weight of a key in a block.
    pub(crate) fn in_block(&self, key: usize, block: usize) -> f64 {
        let keys = &self.blocks[block].keys;
        keys.binary_search_by_key(&(key as u32), |(own, _)| *own).map_or(0.0, |found| keys[found].1)
    }
}

/// What one row of each partition weighs: the partition's part of the log over its part of the sample, 1 on average.
fn weights(rows: &[KeyRow], partitions: &[PartitionSpan]) -> HashMap<u32, f64> {
    let mut taken: HashMap<u32, u64> = HashMap::new();
    for row in rows {
        *taken.entry(row.partition).or_insert(0) += 1;
    }
    let records = |partition: u32| {
        let own = partitions.iter().find(|own| own.partition == partition);
        own.map(|own| own.records).filter(|records| *records > 0)
    };
    // Without the length of each there is nothing to weigh by.
    let Some(lengths) = taken.keys().map(|p| records(*p).map(|n| (*p, n))).collect::<Option<Vec<_>>>() else {
        return HashMap::new();
    };
    let all: u64 = lengths.iter().map(|(_, records)| *records).sum();
    let weight = |(partition, records): (u32, u64)| {
        let (of_log, of_sample) =
            (records as f64 / all.max(1) as f64, taken[&partition] as f64 / rows.len().max(1) as f64);
        (partition, of_log / of_sample)
    };
    lengths.into_iter().map(weight).collect()
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

fn blocks(rows: &[KeyRow], keys: &[Key<'_>], weight: impl Fn(&KeyRow) -> f64) -> Vec<Block> {
    let place: HashMap<&KeyValue, u32> = keys.iter().zip(0..).map(|(key, at)| (key.value, at)).collect();
    let mut numbers: Vec<u32> = rows.iter().map(|row| row.block).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let of_number: HashMap<u32, usize> = numbers.iter().enumerate().map(|(at, number)| (*number, at)).collect();
    let mut blocks = vec![Block::default(); numbers.len()];
    for row in rows {
        let Some(block) = of_number.get(&row.block).and_then(|at| blocks.get_mut(*at)) else { continue };
        let own = weight(row);
        block.weight += own;
        if let Some(key) = place.get(&row.key) {
            block.keys.push((*key, own));
        }
    }
    for block in &mut blocks {
        block.keys.sort_unstable_by_key(|(key, _)| *key);
        let same = block.keys.chunk_by(|a, b| a.0 == b.0);
        block.keys = same.map(|same| (same[0].0, same.iter().map(|(_, weight)| weight).sum())).collect();
    }
    blocks
}
