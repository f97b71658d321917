//! How often each value came, in bounded memory: exact up to 3,072 different ones, with bounds beyond.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::shape::report::Distinct;

/// Different values counted exactly.
pub(crate) const EXACT: usize = 3_072;
/// Hashes that all columns of a report together may keep to tell unique from nearly unique.
const HASH_BUDGET: usize = 1_048_576;

/// What all columns of one report share.
#[derive(Debug)]
pub(crate) struct HashBudget(usize);

impl Default for HashBudget {
    fn default() -> Self {
        Self(HASH_BUDGET)
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
    text: Box<str>,
}

/// Counts of values.
#[derive(Debug, Clone, Default)]
pub(crate) struct ValueCounts {
    total: u64,
    entries: HashMap<u64, Entry>,
    /// What a value that is not in `entries` may have been counted at most (the FrequentItems sketch's offset).
    offset: u64,
    beyond: Option<Beyond>,
}

/// What is kept beyond [`EXACT`] different values.
#[derive(Debug, Clone)]
struct Beyond {
    /// Exact counts of the values whose hash falls below `u64::MAX >> level`.
    sampled: HashMap<u64, u64>,
    level: u32,
    /// Every hash, as long as nearly all values differ and the budget lasts.
    hashes: Option<HashSet<u64>>,
}

impl ValueCounts {
    /// Counts one value; `text` is asked for only when it has to be kept.
    pub(crate) fn push(&mut self, value: &impl Hash, budget: &mut HashBudget, text: impl FnOnce() -> String) {
        // The same hash in every run: with a random one, estimates would differ from run to run.
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        self.push_hash(hasher.finish(), budget, text);
    }

    fn push_hash(&mut self, hash: u64, budget: &mut HashBudget, text: impl FnOnce() -> String) {
        self.total += 1;
        if let Some(beyond) = &mut self.beyond {
            beyond.push(hash, self.total, budget);
        }
        self.entries.entry(hash).or_insert_with(|| Entry { count: 0, text: text().into() }).count += 1;
        if self.entries.len() > EXACT {
            if self.beyond.is_none() {
                self.beyond = Some(Beyond::start(&self.entries, self.total, budget));
            }
            self.purge();
        }
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

    /// The most frequent values, ties by text; those that may not be frequent at all are left out.
    pub(crate) fn top(&self, k: usize) -> Vec<Counted> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.text.cmp(&b.text)));
        let counted = |e: &&Entry| Counted { text: e.text.to_string(), count: e.count, at_most: e.count + self.offset };
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
        match &self.beyond {
            None => Distinct { count: self.entries.len() as u64, is_exact: true, all_unique },
            Some(beyond) => Distinct { count: beyond.at_least(seen, self.total), is_exact: false, all_unique },
        }
    }
}

impl Beyond {
    fn start(entries: &HashMap<u64, Entry>, total: u64, budget: &mut HashBudget) -> Self {
        let sampled = entries.iter().map(|(hash, entry)| (*hash, entry.count)).collect();
        let nearly_unique = entries.len() as u64 * 10 >= total * 8 && budget.0 >= entries.len();
        let hashes = nearly_unique.then(|| {
            budget.0 -= entries.len();
            entries.keys().copied().collect()
        });
        let mut beyond = Self { sampled, level: 0, hashes };
        beyond.thin();
        beyond
    }

    fn push(&mut self, hash: u64, total: u64, budget: &mut HashBudget) {
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

    /// Chao1's lower bound of how many different values there are; what was seen when it has too little to go by.
    fn at_least(&self, seen: Option<u64>, total: u64) -> u64 {
        let scale = 2_f64.powi(self.level as i32);
        let with = |n: u64| self.sampled.values().filter(|c| **c == n).count() as f64 * scale;
        let counted = seen.map_or(self.sampled.len() as f64 * scale, |s| s as f64);
        let (once, twice) = (with(1), with(2));
        let coverage = 1.0 - once / total as f64;
        // Hardly any value came twice: the formula would square the sample's size.
        if coverage < 0.05 {
            return counted as u64;
        }
        chao1(counted, once, twice) as u64
    }
}

/// The least number of different values that a sample supports: `seen + f1 (f1 − 1) / (2 (f2 + 1))`.
pub(crate) fn chao1(seen: f64, once: f64, twice: f64) -> f64 {
    seen + (once * (once - 1.0) / (2.0 * (twice + 1.0))).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix;
    use proptest::prelude::*;

    fn count_all(values: &[u32]) -> ValueCounts {
        let (mut counts, mut budget) = (ValueCounts::default(), HashBudget::default());
        values.iter().for_each(|v| counts.push(v, &mut budget, || v.to_string()));
        counts
    }

    #[test]
    fn many_values_are_estimated_from_below() {
        let mut random = SplitMix::new(5);
        let values: Vec<u32> = (0..100_000).map(|_| (random.unit().powi(3) * 40_000.0) as u32).collect();
        let seen = values.iter().collect::<HashSet<_>>().len() as f64;
        let found = count_all(&values).distinct();
        assert!(!found.is_exact && !found.all_unique);
        assert!(found.count as f64 > seen * 0.95 && (found.count as f64) < 44_000.0, "{found:?}, seen {seen}");
    }

    #[test]
    fn unique_values_are_known_to_be_unique() {
        let mut values: Vec<u32> = (0..60_000).collect();
        let all = count_all(&values);
        assert_eq!(all.distinct(), Distinct { count: 60_000, is_exact: false, all_unique: true });
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
            columns.iter_mut().for_each(|c| c.push(&v, &mut budget, String::new));
        }
        let kept: usize = columns.iter().filter_map(|c| c.beyond.as_ref()?.hashes.as_ref()).map(HashSet::len).sum();
        assert!(kept <= 10_000, "{kept}");
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
