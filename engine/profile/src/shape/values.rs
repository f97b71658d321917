//! How often each value came, in bounded memory: exact up to 3,072 different ones, with bounds beyond.

use datasketches::common::NumStdDev;
use datasketches::hll::{HllSketch, HllType};

use crate::shape::all_hashes::AllHashes;
use crate::shape::report::Distinct;
use crate::shape::tally::Tally;

/// Different values counted exactly.
pub(crate) const EXACT: usize = 3_072;
/// Hashes that all columns of a report together may keep to tell unique from nearly unique.
const HASH_BUDGET: usize = 1_048_576;
/// Registers of the distinct count, log₂: a standard error of 0.65 % in 16 KiB. With 12, as `FrequentItems` has entries, it would be 1.6 %.
const REGISTERS: u8 = 14;

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

/// Counts of values: the `FrequentItems` sketch (arXiv 1705.07001). The crate's own purges by a random sample that differs in every run,
/// and keeps each value rather than its hash.
#[derive(Debug, Clone, Default)]
pub(crate) struct ValueCounts {
    total: u64,
    /// Beyond [`EXACT`] different values the text of one is made when it comes again: most never do.
    tally: Tally,
    /// What a value that is not in `tally` may have been counted at most.
    offset: u64,
    beyond: Option<Beyond>,
}

/// What is kept beyond [`EXACT`] different values.
#[derive(Debug, Clone)]
struct Beyond {
    /// Exact counts of the values whose hash falls below `u64::MAX >> level`.
    sampled: Tally,
    level: u32,
    different: Different,
}

/// How many different values came.
#[derive(Debug, Clone)]
enum Different {
    /// Every hash, as long as nearly all values differ and the budget lasts.
    Kept(AllHashes),
    /// So many, and no more values come.
    Counted(u64),
    /// `None` only if the sketch refused its size.
    Estimated(Option<HllSketch>),
}

impl ValueCounts {
    /// Counts one value by its [hash](crate::shape::hash); `text` is asked for only when it has to be kept.
    pub(crate) fn push(&mut self, hash: u64, budget: &mut HashBudget, text: impl FnOnce() -> String) {
        if let Some(beyond) = &mut self.beyond {
            beyond.push_each(&[hash], self.total, budget);
        }
        self.total += 1;
        let met = self.tally.add(hash, 1);
        if met.untold() && (self.beyond.is_none() || met.count() > 1) {
            self.tally.tell(hash, text().into());
        }
        if self.tally.len() > EXACT {
            self.overflow(budget);
        }
    }

    /// Counts values by their hashes; `text` makes the text of the one at a place.
    pub(crate) fn push_each(&mut self, hashes: &[u64], budget: &mut HashBudget, text: impl Fn(usize) -> String) {
        let mut at = 0;
        while at < hashes.len() && self.beyond.is_none() {
            self.push(hashes[at], budget, || text(at));
            at += 1;
        }
        let Some(beyond) = &mut self.beyond else { return };
        beyond.push_each(&hashes[at..], self.total, budget);
        self.total += (hashes.len() - at) as u64;
        // Of a column in order, equal values are neighbours.
        for run in hashes[at..].chunk_by(|one, next| one == next) {
            self.count(run[0], 1, || text(at));
            if run.len() > 1 {
                self.count(run[0], run.len() as u64 - 1, || text(at));
            }
            at += run.len();
        }
    }

    /// Counts a value beyond [`EXACT`] different ones.
    fn count(&mut self, hash: u64, times: u64, text: impl FnOnce() -> String) {
        let met = self.tally.add(hash, times);
        if met.untold() && met.count() > 1 {
            self.tally.tell(hash, text().into());
        }
        if self.tally.len() > EXACT {
            self.purge();
        }
    }

    fn overflow(&mut self, budget: &mut HashBudget) {
        if self.beyond.is_none() {
            self.beyond = Some(Beyond::start(&self.tally, self.total, budget));
        }
        self.purge();
    }

    /// Takes the median count from every value and drops those with nothing left.
    fn purge(&mut self) {
        let mut counts: Vec<u64> = self.tally.iter().map(|(_, count)| count).collect();
        let middle = counts.len() / 2;
        let once = counts.iter().filter(|count| **count == 1).count();
        let median = if once > middle { 1 } else { *counts.select_nth_unstable(middle).1 };
        self.offset += median;
        self.tally.reduce(|_, count| count.saturating_sub(median));
    }

    /// Gives back what is only needed while values come; none may come later.
    pub(crate) fn seal(&mut self) {
        if let Some(Beyond { different: Different::Kept(hashes), .. }) = &mut self.beyond {
            hashes.reduce();
            let count = hashes.held() as u64;
            self.beyond.iter_mut().for_each(|beyond| beyond.different = Different::Counted(count));
        }
    }

    /// Takes in all that `other` has counted.
    pub(crate) fn merge(&mut self, other: &ValueCounts, budget: &mut HashBudget) {
        let both_exact = self.beyond.is_none() && other.beyond.is_none();
        if !both_exact && self.total == 0 {
            *self = other.clone();
            self.beyond.iter_mut().for_each(|beyond| beyond.keep_within(budget));
            return;
        }
        if !both_exact {
            let mut own = self.beyond.take().unwrap_or_else(|| Beyond::start(&self.tally, self.total, budget));
            match &other.beyond {
                Some(theirs) => own.merge(theirs, budget),
                None => own.merge(&Beyond::start(&other.tally, other.total, budget), budget),
            }
            self.beyond = Some(own);
        }
        self.total += other.total;
        self.offset += other.offset;
        for (hash, count) in other.tally.iter() {
            if self.tally.add(hash, count).untold()
                && let Some(text) = other.tally.text(hash)
            {
                self.tally.tell(hash, text.into());
            }
        }
        while self.tally.len() > EXACT {
            self.overflow(budget);
        }
    }

    /// The most frequent values, ties by text; those that may not be frequent at all are left out.
    pub(crate) fn top(&self, k: usize) -> Vec<Counted> {
        let mut told: Vec<(&str, u64)> =
            self.tally.iter().filter_map(|(hash, count)| Some((self.tally.text(hash)?, count))).collect();
        told.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let counted =
            |(text, count): (&str, u64)| Counted { text: text.to_owned(), count, at_most: count + self.offset };
        told.into_iter().take(k).map(counted).collect()
    }

    /// The counts of up to `k` most frequent values, for a spark.
    pub(crate) fn top_counts(&self, k: usize) -> Vec<u64> {
        let mut counts: Vec<u64> = self.tally.iter().map(|(_, count)| count).collect();
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
            None => Some(self.tally.len() as u64),
            Some(beyond) => match &beyond.different {
                Different::Kept(hashes) => Some(hashes.count() as u64),
                Different::Counted(count) => Some(*count),
                Different::Estimated(_) => None,
            },
        }
    }

    pub(crate) fn distinct(&self) -> Distinct {
        let seen = self.seen_exactly();
        let all_unique = self.total > 1 && seen == Some(self.total);
        match (&self.beyond, seen) {
            (None, _) => Distinct::exactly(self.tally.len() as u64, all_unique),
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
    fn start(tally: &Tally, total: u64, budget: &mut HashBudget) -> Self {
        let mut sampled = Tally::default();
        tally.iter().for_each(|(hash, count)| _ = sampled.add(hash, count));
        let nearly_unique = tally.len() as u64 * 10 >= total * 8 && budget.0 >= tally.len();
        let hashes = tally.iter().map(|(hash, _)| hash);
        let different = match nearly_unique {
            true => {
                budget.0 -= tally.len();
                Different::Kept(AllHashes::of(hashes))
            }
            false => Different::Estimated(sketch(hashes)),
        };
        let mut beyond = Self { sampled, level: 0, different };
        beyond.thin();
        beyond
    }

    /// Counts values by their hashes, after `before` others.
    fn push_each(&mut self, hashes: &[u64], mut before: u64, budget: &mut HashBudget) {
        for hash in hashes {
            if *hash <= u64::MAX >> self.level {
                self.sampled.add(*hash, 1);
                self.thin();
            }
        }
        let mut rest = hashes;
        while let (Different::Kept(kept), false) = (&mut self.different, rest.is_empty()) {
            let (now, later) = rest.split_at(rest.len().min(kept.room()).min(budget.0));
            kept.extend(now);
            budget.0 -= now.len();
            before += now.len() as u64;
            rest = later;
            if kept.room() == 0 || budget.0 == 0 {
                self.look(before, budget);
            }
        }
        if let Different::Estimated(Some(sketch)) = &mut self.different {
            rest.iter().for_each(|hash| sketch.update(*hash));
        }
    }

    /// Goes on keeping every hash only if it is worth it: most of the `total` values differ, and there is room for more.
    fn look(&mut self, total: u64, budget: &mut HashBudget) {
        let Different::Kept(kept) = &mut self.different else { return };
        let before = kept.held();
        kept.reduce();
        budget.0 += before - kept.held();
        if (kept.held() as u64) * 2 < total || budget.0 <= kept.held() / 16 {
            budget.0 += kept.held();
            self.different = Different::Estimated(sketch(kept.iter()));
        }
    }

    /// Halves the share of values that are counted until they fit.
    fn thin(&mut self) {
        while self.sampled.len() > EXACT && self.level < 63 {
            self.level += 1;
            let limit = u64::MAX >> self.level;
            self.sampled.reduce(|hash, count| if hash <= limit { count } else { 0 });
        }
    }

    fn merge(&mut self, other: &Beyond, budget: &mut HashBudget) {
        self.level = self.level.max(other.level);
        let limit = u64::MAX >> self.level;
        self.sampled.reduce(|hash, count| if hash <= limit { count } else { 0 });
        for (hash, count) in other.sampled.iter().filter(|(hash, _)| *hash <= limit) {
            self.sampled.add(hash, count);
        }
        self.thin();
        if let Different::Kept(own) = &self.different {
            budget.0 += own.held();
        }
        self.different = match (std::mem::replace(&mut self.different, Different::Estimated(None)), &other.different) {
            (Different::Kept(mut own), Different::Kept(theirs)) => {
                own.extend(&theirs.iter().collect::<Vec<u64>>());
                own.reduce();
                Different::Kept(own)
            }
            (own, theirs) => Different::Estimated(united(own.sketch(), theirs.sketch())),
        };
        self.keep_within(budget);
    }

    /// Takes the hashes out of the budget, or drops them if it has no room for them.
    fn keep_within(&mut self, budget: &mut HashBudget) {
        let Different::Kept(kept) = &mut self.different else { return };
        kept.reduce();
        match budget.0.checked_sub(kept.held()) {
            Some(left) => budget.0 = left,
            None => self.different = Different::Estimated(sketch(kept.iter())),
        }
    }

    /// The number of different values with its 95 % interval.
    fn estimate(&self) -> (u64, u64, u64) {
        match &self.different {
            Different::Estimated(Some(sketch)) => {
                let low = sketch.lower_bound(NumStdDev::Two).max(EXACT as f64);
                (low as u64, sketch.estimate().round() as u64, sketch.upper_bound(NumStdDev::Two).ceil() as u64)
            }
            _ => {
                let counted = self.sampled.len() as u64 * 2_u64.saturating_pow(self.level);
                (EXACT as u64, counted, u64::MAX)
            }
        }
    }

    /// Chao1's lower bound of how many different values the source has; what was seen when there is too little to go by.
    fn at_least(&self, seen: f64, total: u64) -> u64 {
        let scale = 2_f64.powi(self.level as i32);
        let with = |n: u64| self.sampled.iter().filter(|(_, count)| *count == n).count() as f64 * scale;
        let (once, twice) = (with(1), with(2));
        let coverage = 1.0 - once / total as f64;
        // Hardly any value came twice: the formula would square the sample's size.
        if coverage < 0.05 {
            return seen as u64;
        }
        chao1(seen, once, twice) as u64
    }
}

impl Different {
    /// Of what was only counted there is none.
    fn sketch(&self) -> Option<HllSketch> {
        match self {
            Different::Kept(hashes) => sketch(hashes.iter()),
            Different::Counted(_) => None,
            Different::Estimated(sketch) => sketch.clone(),
        }
    }
}

fn sketch(hashes: impl Iterator<Item = u64>) -> Option<HllSketch> {
    let mut sketch = HllSketch::new(REGISTERS, HllType::Hll8).ok()?;
    hashes.for_each(|hash| sketch.update(hash));
    Some(sketch)
}

fn united(own: Option<HllSketch>, theirs: Option<HllSketch>) -> Option<HllSketch> {
    let mut union = datasketches::hll::HllUnion::new(REGISTERS).ok()?;
    union.update(&own?);
    union.update(&theirs?);
    Some(union.to_sketch(HllType::Hll8))
}

/// The least number of different values that a sample supports: `seen + f1 (f1 − 1) / (2 (f2 + 1))`.
pub(crate) fn chao1(seen: f64, once: f64, twice: f64) -> f64 {
    seen + (once * (once - 1.0) / (2.0 * (twice + 1.0))).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::*;
    use crate::random::SplitMix;
    use crate::shape::hash;

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
        let kept = |column: &ValueCounts| match &column.beyond.as_ref().unwrap().different {
            Different::Kept(hashes) => hashes.held(),
            _ => 0,
        };
        let kept: usize = columns.iter().map(kept).sum();
        assert!(kept <= 10_000 && kept + budget.0 == 10_000, "{kept} kept, {} left", budget.0);
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

    #[test]
    fn what_is_sealed_is_told_as_before() {
        let values: Vec<u32> = (0..60_000).collect();
        let mut counts = count_all(&values);
        let before = counts.distinct();
        counts.seal();
        assert_eq!(counts.distinct(), before);
        let (mut merged, mut budget) = (ValueCounts::default(), HashBudget(0));
        merged.merge(&counts, &mut budget);
        assert_eq!(merged.distinct(), before, "it needs no budget");
        merged.merge(&count_all(&[1]), &mut budget);
        assert!(!merged.distinct().is_exact);
    }

    proptest! {
        #[test]
        fn values_at_once_are_values_one_by_one(
            values in proptest::collection::vec(prop_oneof![Just(1_u32), 0_u32..90, 0_u32..90_000], 1..20_000),
            cut in 1..9_000_usize
        ) {
            let (one_by_one, mut at_once) = (count_all(&values), ValueCounts::default());
            let mut budget = HashBudget::default();
            for part in values.chunks(cut) {
                let hashes: Vec<u64> = part.iter().map(|v| hash::int(i64::from(*v))).collect();
                at_once.push_each(&hashes, &mut budget, |at| part[at].to_string());
            }
            prop_assert_eq!(at_once.distinct(), one_by_one.distinct());
            prop_assert_eq!(at_once.top(50), one_by_one.top(50));
            prop_assert_eq!(at_once.top_counts(usize::MAX), one_by_one.top_counts(usize::MAX));
        }

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
