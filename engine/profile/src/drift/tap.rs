//! The tap of a running job: how its keys are spread, in memory that does not grow with them.

use datasketches::common::NumStdDev;
use datasketches::frequencies::{ErrorType, FrequentItemsSketch};
use datasketches::hll::{HllSketch, HllType, HllUnion};

use crate::cells::{CELL_WIDTH, clean_bytes};
use crate::drift::bursts::Bursts;
use crate::{Interval, KeyEvidence, murmur2};

/// Places of the map of frequent keys: the error of a count is below 0.1 % of the rows (3.5 / places).
const PLACES: usize = 4_096;
/// 2^12 registers: the number of keys is known within 1.6 %, one time in three outside that.
const REGISTERS: u8 = 12;
/// Keys counted outside the sketches until another key wants their place: most rows of a skewed stream end there.
const WAITING: usize = 1_024;
/// Longest key that is kept whole (bytes); a longer one is kept as its beginning and its hash.
const LONGEST: usize = 256;
/// Keys that a summary names.
const TOP: usize = 15;

/// Counts the keys of a running job: the frequent ones, how many there are, and what each of P workers gets.
#[derive(Debug, Clone)]
pub struct KeyTap {
    rows: u64,
    null_rows: u64,
    waiting: Vec<Option<Waiting>>,
    frequent: Option<FrequentItemsSketch<Box<[u8]>>>,
    different: Option<HllSketch>,
    slots: Vec<Slots>,
    /// The keys of the first rows, whenever the rows had doubled: (rows, keys), the last two of them.
    growth: Vec<(u64, HllSketch)>,
    bursts: Bursts,
}

#[derive(Debug, Clone)]
struct Waiting {
    hash: i32,
    key: Box<[u8]>,
    rows: u64,
}

#[derive(Debug, Clone)]
struct Slots {
    workers: u32,
    rows: Vec<u64>,
}

/// What a tap knows at a moment.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct KeyTapSummary {
    /// Rows counted, those with a null key included.
    pub rows: u64,
    /// Rows with a null key.
    pub null_rows: u64,
    /// The most frequent keys: text made safe to print, and the least and the most that the share can be.
    pub top: Vec<TapKey>,
    /// Different keys, estimated (within 3 % nineteen times of twenty).
    pub distinct: f64,
    /// How many keys of equal weight they are worth: 1 / Σ p², what is not among the frequent ones counted as nothing.
    pub effective_keys: Option<f64>,
    /// The straggler factor S at each number of workers asked for: exact for the rows counted.
    pub straggler: Vec<(u32, f64)>,
    /// How many rows of a burst are worth one: 1 where every row is for itself.
    pub design_effect: f64,
    /// The least number of different keys that the estimate allows (95 %).
    distinct_low: f64,
    /// New keys that came while the rows doubled last.
    newest: f64,
}

/// A frequent key of a tap.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TapKey {
    /// Its text, made safe to print, at most 64 columns wide; `null` for null.
    pub text: String,
    /// The least its share of the rows can be.
    pub share_low: f64,
    /// The most.
    pub share_high: f64,
}

impl KeyTap {
    /// A tap that knows the straggler factor for each of these numbers of workers; 0 is left out.
    pub fn new(workers: &[u32]) -> Self {
        let slots = workers.iter().filter(|workers| **workers > 0 && **workers <= crate::MAX_PARALLELISM);
        Self {
            rows: 0,
            null_rows: 0,
            waiting: vec![None; WAITING],
            // The sizes are constants that the sketches accept; without them a tap would still count rows and slots.
            frequent: FrequentItemsSketch::new(PLACES).ok(),
            different: HllSketch::new(REGISTERS, HllType::Hll8).ok(),
            slots: slots.map(|workers| Slots { workers: *workers, rows: vec![0; *workers as usize] }).collect(),
            growth: Vec::new(),
            bursts: Bursts::default(),
        }
    }

    /// Counts `rows` rows of a key: the bytes by which this engine places it, `None` for null.
    pub fn push(&mut self, key: Option<&[u8]>, rows: u64) {
        if rows == 0 {
            return;
        }
        let Some(key) = key else {
            self.null_rows += rows;
            self.count(murmur2(&[]), rows);
            return;
        };
        let hash = murmur2(key);
        self.count(hash, rows);
        let place = (hash.cast_unsigned() ^ (hash.cast_unsigned() >> 15)) as usize % WAITING;
        match &mut self.waiting[place] {
            Some(same) if same.hash == hash && *same.key == *kept(key, &mut [0; LONGEST]) => same.rows += rows,
            other => {
                let new = Waiting { hash, key: kept(key, &mut [0; LONGEST]).into(), rows };
                if let Some(before) = other.replace(new) {
                    self.settle(before);
                }
            }
        }
    }

    /// Says that a batch of a partition of the stream ends. How much the batches of a partition differ tells bursts, of which a contract
    /// takes many rows for one; a tap that is never told takes every row for itself.
    pub fn end_batch(&mut self, partition: u32) {
        self.bursts.end_batch(partition);
    }

    /// Adds what another task of the same job counted; numbers of workers that only one of them knows are dropped.
    pub fn merge(&mut self, other: &Self) {
        self.null_rows += other.null_rows;
        other.waiting.iter().flatten().for_each(|waiting| self.settle(waiting.clone()));
        if let (Some(mine), Some(theirs)) = (&mut self.frequent, &other.frequent) {
            mine.merge(theirs);
        }
        self.different = union(self.different.as_ref(), other.different.as_ref());
        self.slots.retain_mut(|mine| {
            let theirs = other.slots.iter().find(|theirs| theirs.workers == mine.workers);
            let Some(theirs) = theirs else { return false };
            mine.rows.iter_mut().zip(&theirs.rows).for_each(|(mine, theirs)| *mine += theirs);
            true
        });
        self.bursts.merge(&other.bursts);
        self.growth = merged_halves(self.half(), other.half());
        self.rows += other.rows;
    }

    /// What is known now.
    pub fn summary(&self) -> KeyTapSummary {
        let settled = self.settled();
        let distinct = settled.different.as_ref().map_or(0.0, HllSketch::estimate);
        let low = settled.different.as_ref().map_or(0.0, |sketch| sketch.lower_bound(NumStdDev::Two));
        let nulls = f64::from(u8::from(self.null_rows > 0));
        let (top, squares) = settled.shares();
        KeyTapSummary {
            rows: self.rows,
            null_rows: self.null_rows,
            top,
            distinct: distinct + nulls,
            effective_keys: (squares > 0.0).then(|| 1.0 / squares),
            straggler: self.slots.iter().map(|slots| (slots.workers, slots.factor(self.rows))).collect(),
            design_effect: self.bursts.design_effect(),
            distinct_low: low + nulls,
            newest: (distinct - self.half().map_or(0.0, |(_, keys)| keys.estimate())).max(0.0),
        }
    }

    fn count(&mut self, hash: i32, rows: u64) {
        let before = self.rows;
        self.rows += rows;
        self.bursts.push(hash.cast_unsigned(), rows);
        let positive = (hash & 0x7fff_ffff).cast_unsigned();
        for slots in &mut self.slots {
            slots.rows[(positive % slots.workers) as usize] += rows;
        }
        // A power of two was passed: note how many keys there were.
        if self.rows >= 64 && before.leading_zeros() != self.rows.leading_zeros() {
            let keys = self.settled().different;
            self.growth.extend(keys.map(|keys| (before, keys)));
            let surplus = self.growth.len().saturating_sub(2);
            self.growth.drain(..surplus);
        }
    }

    fn settle(&mut self, waiting: Waiting) {
        if let Some(different) = &mut self.different {
            different.update(&waiting.key);
        }
        if let Some(frequent) = &mut self.frequent {
            frequent.update_with_count(waiting.key, waiting.rows);
        }
    }

    /// The same with nothing waiting.
    fn settled(&self) -> Self {
        let mut settled = self.clone();
        for waiting in std::mem::take(&mut settled.waiting).into_iter().flatten() {
            settled.settle(waiting);
        }
        settled
    }

    /// The most frequent keys, and Σ p² of all tracked ones.
    fn shares(&self) -> (Vec<TapKey>, f64) {
        let all = self.rows.max(1) as f64;
        let mut keys: Vec<(Option<&[u8]>, u64, u64)> = Vec::new();
        let rows = self.frequent.as_ref().map(|sketch| sketch.frequent_items(ErrorType::NoFalseNegatives));
        let rows = rows.unwrap_or_default();
        keys.extend(rows.iter().map(|row| (Some(&**row.item()), row.lower_bound(), row.upper_bound())));
        if self.null_rows > 0 {
            keys.push((None, self.null_rows, self.null_rows));
        }
        let squares = keys.iter().map(|(_, low, high)| ((low + high) as f64 / 2.0 / all).powi(2)).sum();
        keys.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
        let named = keys.iter().take(TOP).map(|(key, low, high)| TapKey {
            text: shown(*key),
            share_low: *low as f64 / all,
            share_high: (*high as f64 / all).min(1.0),
        });
        (named.collect(), squares)
    }

    /// The keys of at most half of the rows.
    fn half(&self) -> Option<&(u64, HllSketch)> {
        self.growth.iter().rev().find(|(rows, _)| *rows <= self.rows / 2)
    }
}

impl KeyTapSummary {
    /// What a [contract](crate::KeyContract) is judged by.
    pub fn evidence(&self) -> KeyEvidence {
        let top = self.top.first();
        KeyEvidence {
            rows: self.rows,
            complete: false,
            design_effect: self.design_effect,
            top: top.map(|key| (key.text.clone(), Interval { low: key.share_low, high: key.share_high })),
            keys: self.distinct_low.round() as u64,
            keys_to_come: self.newest,
            stragglers: self.straggler.clone(),
        }
    }
}

impl Slots {
    fn factor(&self, rows: u64) -> f64 {
        let most = self.rows.iter().copied().max().unwrap_or(0);
        if rows == 0 { 0.0 } else { most as f64 * f64::from(self.workers) / rows as f64 }
    }
}

fn union(mine: Option<&HllSketch>, theirs: Option<&HllSketch>) -> Option<HllSketch> {
    let mut both = HllUnion::new(REGISTERS).ok()?;
    mine.into_iter().chain(theirs).for_each(|sketch| both.update(sketch));
    Some(both.to_sketch(HllType::Hll8))
}

/// A key as a cell of a report; the word `null` and the absence look different.
fn shown(key: Option<&[u8]>) -> String {
    match key {
        None => "null".into(),
        Some(b"") => "\"\"".into(),
        Some(b"null") => "\"null\"".into(),
        Some(key) => clean_bytes(key, CELL_WIDTH),
    }
}

/// The first halves of two tasks are a first half of both.
fn merged_halves(mine: Option<&(u64, HllSketch)>, theirs: Option<&(u64, HllSketch)>) -> Vec<(u64, HllSketch)> {
    let rows = mine.map_or(0, |half| half.0) + theirs.map_or(0, |half| half.0);
    union(mine.map(|half| &half.1), theirs.map(|half| &half.1)).map(|keys| (rows, keys)).into_iter().collect()
}

/// The key itself, or of one that is too long its beginning with its hash behind.
fn kept<'a>(key: &'a [u8], short: &'a mut [u8; LONGEST]) -> &'a [u8] {
    if key.len() <= LONGEST {
        return key;
    }
    short.copy_from_slice(&key[..LONGEST]);
    let hash = crate::drift::hash::stable_hash(0, key).to_le_bytes();
    short[LONGEST - hash.len()..].copy_from_slice(&hash);
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix;
    use crate::{KeyValue, Placement};
    use std::collections::HashMap;

    /// Zipf's law over so many keys, by inversion.
    fn keys(rows: u64, of: f64, seed: u64) -> Vec<String> {
        let mut random = SplitMix::new(seed);
        (0..rows).map(|_| format!("key {}", of.powf(random.unit()) as u64)).collect()
    }

    fn tap(keys: &[String]) -> KeyTap {
        let mut tap = KeyTap::new(&[7, 64, 0, u32::MAX]);
        keys.iter().for_each(|key| tap.push(Some(key.as_bytes()), 1));
        tap
    }

    #[test]
    fn a_tap_knows_what_counting_everything_knows() {
        let keys = keys(300_000, 100_000.0, 4);
        let summary = tap(&keys).summary();
        let mut exact: HashMap<&str, u64> = HashMap::new();
        keys.iter().for_each(|key| *exact.entry(key).or_insert(0) += 1);
        assert_eq!(summary.rows, 300_000);
        assert!((summary.distinct / exact.len() as f64 - 1.0).abs() < 0.05, "{} of {}", summary.distinct, exact.len());
        let mut most: Vec<(&str, u64)> = exact.iter().map(|(key, count)| (*key, *count)).collect();
        most.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (key, count) in most.iter().take(10) {
            let share = *count as f64 / 300_000.0;
            let found = summary.top.iter().find(|top| top.text == *key).unwrap();
            assert!(found.share_low <= share && share <= found.share_high, "{found:?} {share}");
            assert!(found.share_high - found.share_low < 2e-3, "{found:?}");
        }
        for (workers, factor) in &summary.straggler {
            let mut slots = vec![0_u64; *workers as usize];
            for (key, count) in &exact {
                slots[Placement::Headwater.slot(&KeyValue::from(*key), *workers).unwrap() as usize] += count;
            }
            let truth = *slots.iter().max().unwrap() as f64 * f64::from(*workers) / 300_000.0;
            assert!((factor - truth).abs() < 1e-9, "{workers}: {factor} {truth}");
        }
        assert_eq!(summary.straggler.len(), 2, "0 and too many workers are left out");
        let squares: f64 = exact.values().map(|count| (*count as f64 / 300_000.0).powi(2)).sum();
        assert!((summary.effective_keys.unwrap() * squares - 1.0).abs() < 0.02);
    }

    #[test]
    fn tasks_know_together_what_one_would() {
        let keys = keys(60_000, 20_000.0, 5);
        let whole = tap(&keys);
        let mut parts = KeyTap::new(&[7, 64]);
        keys.chunks(7_001).for_each(|part| parts.merge(&tap(part)));
        let (whole, parts) = (whole.summary(), parts.summary());
        assert_eq!((parts.rows, &parts.straggler), (whole.rows, &whole.straggler));
        assert_eq!(parts.top[0].text, whole.top[0].text);
        assert!((parts.distinct / whole.distinct - 1.0).abs() < 0.05, "{} {}", parts.distinct, whole.distinct);
    }

    #[test]
    fn memory_does_not_grow_with_the_keys_nor_with_their_length() {
        let mut tap = KeyTap::new(&[64]);
        let long = "x".repeat(1 << 20);
        for at in 0..20_u32 {
            tap.push(Some(format!("{long}{at}").as_bytes()), 1);
        }
        (0..300_000_u32).for_each(|at| tap.push(Some(&at.to_le_bytes()), 1));
        assert!(tap.frequent.as_ref().unwrap().num_active_items() <= PLACES);
        let kept: usize = tap.waiting.iter().flatten().map(|waiting| waiting.key.len()).sum();
        assert!(kept <= WAITING * LONGEST && tap.growth.len() <= 2);
        assert!((tap.summary().distinct / 300_020.0 - 1.0).abs() < 0.05, "{}", tap.summary().distinct);
    }

    #[test]
    fn odd_keys_are_shown_safely() {
        let mut tap = KeyTap::new(&[2]);
        assert_eq!((tap.summary().distinct, tap.summary().straggler), (0.0, vec![(2, 0.0)]));
        tap.push(None, 40);
        tap.push(Some(b""), 30);
        tap.push(Some(b"null"), 20);
        tap.push(Some(b"a\n\xe2\x80\xaeb\xff"), 10);
        tap.push(Some(b"nobody"), 0);
        let shown: Vec<String> = tap.summary().top.into_iter().map(|key| key.text).collect();
        assert_eq!(shown, ["null", "\"\"", "\"null\"", "a␊\u{fffd}b\u{fffd}"]);
        assert_eq!((tap.summary().null_rows, tap.summary().distinct.round()), (40, 4.0));
    }
}
