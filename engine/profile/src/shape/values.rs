//! How often each value came, in bounded memory: exact up to 3,072 different ones, with bounds beyond.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use datasketches::common::NumStdDev;
use datasketches::hll::{HllSketch, HllType};

use crate::shape::hash::Already;
use crate::shape::report::Distinct;

/// Different values counted exactly.
pub(crate) const EXACT: usize = 3_072;
/// Hashes that all columns of a report together may keep to tell unique from nearly unique.
const HASH_BUDGET: usize = 1_048_576;
/// Registers of the distinct count, log₂: a standard error of 0.65 % in 16 KiB. With 12, as `FrequentItems` has entries, it would be 1.6 %.
const REGISTERS: u8 = 14;

type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Already>>;

/// What all columns of one report share.
#[derive(Debug, Clone)]
pub(crate) struct HashBudget(usize);

impl Default for HashBudget {
    fn default() -> Self {
        Self(HASH_BUDGET)
    }
}

impl HashBudget {
    /// Splits what is left into equal parts, for columns that are counted at the same time. Give them back with [`HashBudget::join`].
    pub(crate) fn split(&mut self, parts: usize) -> Vec<HashBudget> {
        let each = self.0 / parts.max(1);
        self.0 -= each * parts;
        vec![HashBudget(each); parts]
    }

    pub(crate) fn join(&mut self, part: HashBudget) {
        self.0 += part.0;
    }
}

/// A frequent value with what is known of its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) text: String,
    pub(crate) count: u64,
    pub(crate) at_most: u64,
}

#[derive(Debug, Clone)]
struct Entry {
    count: u64,
    /// Beyond [`EXACT`] different values it is made when the value comes again: most never do.
    text: Option<Box<str>>,
}

/// Counts of values: the `FrequentItems` sketch (arXiv 1705.07001). The crate's own purges by a random sample that differs in every run,
/// and keeps each value rather than its hash.
#[derive(Debug, Clone, Default)]
pub(crate) struct ValueCounts {
    total: u64,
    entries: ByHash<Entry>,
    /// What a value that is not in `entries` may have been counted at most.
    offset: u64,
    beyond: Option<Beyond>,
}

/// What is kept beyond [`EXACT`] different values.
#[derive(Debug, Clone)]
struct Beyond {
    /// How many different values came; `None` only if the sketch refused its size.
    registers: Option<HllSketch>,
    /// Exact counts of the values whose hash falls below `u64::MAX >> level`.
    sampled: ByHash<u64>,
    level: u32,
    /// Every hash, as long as nearly all values differ and the budget lasts.
    hashes: Option<HashSet<u64, BuildHasherDefault<Already>>>,
}

impl ValueCounts {
    /// Counts one value by its [hash](crate::shape::hash); `text` is asked for only when it has to be kept.
    pub(crate) fn push(&mut self, hash: u64, budget: &mut HashBudget, text: impl FnOnce() -> String) {
        self.total += 1;
        if let Some(beyond) = &mut self.beyond {
            beyond.push(hash, self.total, budget);
        }
        let known = self.beyond.is_none();
        let entry = self.entries.entry(hash).or_insert(Entry { count: 0, text: None });
        entry.count += 1;
        if entry.text.is_none() && (known || entry.count > 1) {
            entry.text = Some(text().into());
        }
        if self.entries.len() > EXACT {
            self.overflow(budget);
        }
    }

    fn overflow(&mut self, budget: &mut HashBudget) {
        if self.beyond.is_none() {
            self.beyond = Some(Beyond::start(&self.entries, self.total, budget));
        }
        self.purge();
    }

    /// Takes the median count from every entry and drops those with nothing left.
    fn purge(&mut self) {
        let mut counts: Vec<u64> = self.entries.values().map(|e| e.count).collect();
        let middle = counts.len() / 2;
        let median = *counts.select_nth_unstable(middle).1;
        self.offset += median;
        self.entries.retain(|_, entry| {
            entry.count = entry.count.saturating_sub(median);
            entry.count > 0
        });
    }

    /// Takes in all that `other` has counted.
    pub(crate) fn merge(&mut self, other: &ValueCounts, budget: &mut HashBudget) {
        let both_exact = self.beyond.is_none() && other.beyond.is_none();
        if !both_exact {
            let mut own = self.beyond.take().unwrap_or_else(|| Beyond::start(&self.entries, self.total, budget));
            match &other.beyond {
                Some(theirs) => own.merge(theirs, budget),
                None => own.merge(&Beyond::start(&other.entries, other.total, budget), budget),
            }
            self.beyond = Some(own);
        }
        self.total += other.total;
        self.offset += other.offset;
        for (hash, theirs) in &other.entries {
            let own = self.entries.entry(*hash).or_insert(Entry { count: 0, text: None });
            own.count += theirs.count;
            if own.text.is_none() {
                own.text.clone_from(&theirs.text);
            }
        }
        while self.entries.len() > EXACT {
            self.overflow(budget);
        }
    }

    /// The most frequent values, ties by text; those that may not be frequent at all are left out.
    pub(crate) fn top(&self, k: usize) -> Vec<Counted> {
        let mut entries: Vec<(&Box<str>, u64)> =
            self.entries.values().filter_map(|e| Some((e.text.as_ref()?, e.count))).collect();
        entries.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let counted = |(text, count): &(&Box<str>, u64)| Counted {
            text: text.to_string(),
            count: *count,
            at_most: count + self.offset,
        };
        entries.iter().take(k).map(counted).collect()
    }

    /// The counts of up to `k` most frequent values, for a spark.
    pub(crate) fn top_counts(&self, k: usize) -> Vec<u64> {
        let mut counts: Vec<u64> = self.entries.values().map(|e| e.count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts.truncate(k);
        counts
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Different values counted so far, when that is known to the last one.
    pub(crate) fn seen_exactly(&self) -> Option<u64> {
        match &self.beyond {
            None => Some(self.entries.len() as u64),
            Some(beyond) => beyond.hashes.as_ref().map(|h| h.len() as u64),
        }
    }

    pub(crate) fn distinct(&self) -> Distinct {
        let seen = self.seen_exactly();
        let all_unique = self.total > 1 && seen == Some(self.total);
        match (&self.beyond, seen) {
            (None, _) => Distinct::exactly(self.entries.len() as u64, all_unique),
            (Some(beyond), Some(seen)) => {
                Distinct { at_least: beyond.at_least(seen as f64, self.total), ..Distinct::exactly(seen, all_unique) }
            }
            (Some(beyond), None) => {
                let (low, count, high) = beyond.estimate();
                let at_least = beyond.at_least(count as f64, self.total);
                Distinct { count, is_exact: false, low, high, at_least, all_unique }
            }
        }
    }
}

impl Beyond {
    fn start(entries: &ByHash<Entry>, total: u64, budget: &mut HashBudget) -> Self {
        let sampled = entries.iter().map(|(hash, entry)| (*hash, entry.count)).collect();
        let nearly_unique = entries.len() as u64 * 10 >= total * 8 && budget.0 >= entries.len();
        let hashes = nearly_unique.then(|| {
            budget.0 -= entries.len();
            entries.keys().copied().collect()
        });
        let mut registers = HllSketch::new(REGISTERS, HllType::Hll8).ok();
        registers.iter_mut().for_each(|sketch| entries.keys().for_each(|hash| sketch.update(*hash)));
        let mut beyond = Self { registers, sampled, level: 0, hashes };
        beyond.thin();
        beyond
    }

    fn push(&mut self, hash: u64, total: u64, budget: &mut HashBudget) {
        if let Some(sketch) = &mut self.registers {
            sketch.update(hash);
        }
        if hash <= u64::MAX >> self.level {
            *self.sampled.entry(hash).or_insert(0) += 1;
            self.thin();
        }
        let Some(hashes) = &mut self.hashes else { return };
        if hashes.insert(hash) {
            budget.0 = budget.0.saturating_sub(1);
        }
        if budget.0 == 0 || (hashes.len() as u64) * 2 < total {
            budget.0 += hashes.len();
            self.hashes = None;
        }
    }

    /// Halves the share of values that are counted until they fit.
    fn thin(&mut self) {
        while self.sampled.len() > EXACT && self.level < 63 {
            self.level += 1;
            let limit = u64::MAX >> self.level;
            self.sampled.retain(|hash, _| *hash <= limit);
        }
    }

    fn merge(&mut self, other: &Beyond, budget: &mut HashBudget) {
        self.level = self.level.max(other.level);
        let limit = u64::MAX >> self.level;
        self.sampled.retain(|hash, _| *hash <= limit);
        for (hash, count) in other.sampled.iter().filter(|(hash, _)| **hash <= limit) {
            *self.sampled.entry(*hash).or_insert(0) += count;
        }
        self.thin();
        self.registers = match (&self.registers, &other.registers) {
            (Some(own), Some(theirs)) => united(own, theirs),
            _ => None,
        };
        budget.0 += self.hashes.as_ref().map_or(0, HashSet::len);
        self.hashes = self.hashes.take().zip(other.hashes.as_ref()).map(|(mut own, theirs)| {
            own.extend(theirs);
            own
        });
        match &self.hashes {
            Some(hashes) if hashes.len() <= budget.0 => budget.0 -= hashes.len(),
            _ => self.hashes = None,
        }
    }

    /// The number of different values with its 95 % interval.
    fn estimate(&self) -> (u64, u64, u64) {
        match &self.registers {
            Some(sketch) => {
                let low = sketch.lower_bound(NumStdDev::Two).max(EXACT as f64);
                (low as u64, sketch.estimate().round() as u64, sketch.upper_bound(NumStdDev::Two).ceil() as u64)
            }
            None => {
                let counted = self.sampled.len() as u64 * 2_u64.saturating_pow(self.level);
                (EXACT as u64, counted, u64::MAX)
            }
        }
    }

    /// Chao1's lower bound of how many different values the source has; what was seen when there is too little to go by.
    fn at_least(&self, seen: f64, total: u64) -> u64 {
        let scale = 2_f64.powi(self.level as i32);
        let with = |n: u64| self.sampled.values().filter(|c| **c == n).count() as f64 * scale;
        let (once, twice) = (with(1), with(2));
        let coverage = 1.0 - once / total as f64;
        // Hardly any value came twice: the formula would square the sample's size.
        if coverage < 0.05 {
            return seen as u64;
        }
        chao1(seen, once, twice) as u64
    }
}

fn united(own: &HllSketch, theirs: &HllSketch) -> Option<HllSketch> {
    let mut union = datasketches::hll::HllUnion::new(REGISTERS).ok()?;
    union.update(own);
    union.update(theirs);
    Some(union.to_sketch(HllType::Hll8))
}

/// The least number of different values that a sample supports: `seen + f1 (f1 − 1) / (2 (f2 + 1))`.
pub(crate) fn chao1(seen: f64, once: f64, twice: f64) -> f64 {
    seen + (once * (once - 1.0) / (2.0 * (twice + 1.0))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix;
    use crate::shape::hash;
    use proptest::prelude::*;

    fn count_all(values: &[u32]) -> ValueCounts {
        let (mut counts, mut budget) = (ValueCounts::default(), HashBudget::default());
        values.iter().for_each(|v| counts.push(hash::int(i64::from(*v)), &mut budget, || v.to_string()));
        counts
    }

    #[test]
    fn many_values_are_estimated_from_below() {
        let mut random = SplitMix::new(5);
        let values: Vec<u32> = (0..100_000).map(|_| (random.unit().powi(3) * 40_000.0) as u32).collect();
        let seen = values.iter().collect::<HashSet<_>>().len() as f64;
        let found = count_all(&values).distinct();
        assert!(!found.is_exact && !found.all_unique);
        assert!((found.count as f64 / seen - 1.0).abs() < 0.02, "{found:?}, seen {seen}");
        assert!(found.low as f64 <= seen && seen <= found.high as f64, "{found:?}, seen {seen}");
        assert!(found.at_least as f64 > seen * 0.95 && (found.at_least as f64) < 44_000.0, "{found:?}");
    }

    #[test]
    fn unique_values_are_known_to_be_unique() {
        let mut values: Vec<u32> = (0..60_000).collect();
        let all = count_all(&values);
        assert_eq!(
            all.distinct(),
            Distinct { count: 60_000, is_exact: true, low: 60_000, high: 60_000, at_least: 60_000, all_unique: true }
        );
        values[59_999] = 7;
        let one_twice = count_all(&values);
        assert!(!one_twice.distinct().all_unique);
        assert_eq!(one_twice.seen_exactly(), Some(59_999));
    }

    #[test]
    fn the_budget_of_hashes_holds_over_all_columns() {
        let mut budget = HashBudget(10_000);
        let mut columns = vec![ValueCounts::default(); 4];
        for v in 0..8_000_u32 {
            columns.iter_mut().for_each(|c| c.push(hash::int(v.into()), &mut budget, String::new));
        }
        let kept: usize = columns.iter().filter_map(|c| c.beyond.as_ref()?.hashes.as_ref()).map(HashSet::len).sum();
        assert!(kept <= 10_000, "{kept}");
    }

    #[test]
    fn what_was_counted_apart_can_be_put_together() {
        let mut random = SplitMix::new(9);
        let values: Vec<u32> = (0..80_000).map(|_| (random.unit().powi(6) * 30_000.0) as u32).collect();
        let (whole, mut merged) = (count_all(&values), count_all(&values[..30_000]));
        merged.merge(&count_all(&values[30_000..]), &mut HashBudget::default());
        assert_eq!(merged.total(), 80_000);
        let (a, b) = (merged.distinct(), whole.distinct());
        assert!(a.low <= b.count && b.count <= a.high, "{a:?} {b:?}");
        let exact = |text: &str| values.iter().filter(|v| v.to_string() == text).count() as u64;
        for top in merged.top(20) {
            let truth = exact(&top.text);
            assert!(top.count <= truth && truth <= top.at_most, "{top:?} {truth}");
        }
    }

    proptest! {
        #[test]
        fn bounds_contain_the_exact_counts(
            values in proptest::collection::vec(prop_oneof![Just(1_u32), Just(2), 0_u32..9_000], 1..12_000)
        ) {
            let counts = count_all(&values);
            let mut exact: HashMap<u32, u64> = HashMap::new();
            values.iter().for_each(|v| *exact.entry(*v).or_insert(0) += 1);
            for top in counts.top(20) {
                let truth = exact[&top.text.parse::<u32>().unwrap()];
                prop_assert!(top.count <= truth && truth <= top.at_most, "{:?} {}", top, truth);
            }
            if exact.len() <= EXACT {
                prop_assert_eq!(counts.distinct().count, exact.len() as u64);
                prop_assert!(counts.distinct().is_exact);
                let most = exact.values().max().copied();
                prop_assert_eq!(counts.top(1).first().map(|t| t.count), most);
            }
        }
    }
}
