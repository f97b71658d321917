//! The distribution of numbers in bounded memory: exact up to a size, a stack of halved samples beyond it.

use crate::random::SplitMix;
use crate::shape::report::Quantiles;

/// Numbers of one level: so many are exact. With more, each halving of a full level of weight w errs by w/2 either way, which adds up
/// to a standard error of about n / (1.4 · LEVEL) ranks, 0.02 % (Munro and Paterson's stack with the random offset of KLL,
/// arXiv 1603.05346). The crate's KLL does the same with less memory but flips a coin that differs in every run, and a report must not.
const LEVEL: usize = 4_096;
/// Whole numbers in this range are counted one by one once there are many numbers: quicker than sorting them, and exact.
const COUNTED: std::ops::Range<i32> = -1_024..7_168;
/// Bins of a text histogram.
const BINS: usize = 8;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Numbers seen so far. Two of them can be merged.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    /// A number on level `i` stands for 2^i of them.
    levels: Vec<Vec<f64>>,
    /// How often each number of [`COUNTED`] came; empty until level 0 was full once.
    counted: Vec<u64>,
    seen: u64,
    min: f64,
    max: f64,
    random: SplitMix,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            levels: vec![Vec::new()],
            counted: Vec::new(),
            seen: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            random: SplitMix::new(17),
        }
    }
}

impl Spread {
    /// Takes a number; NaN and infinities have no place on a scale and are not counted.
    pub(crate) fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.seen += 1;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.levels[0].push(value);
        if self.levels[0].len() >= LEVEL {
            self.make_room();
        }
    }

    /// Takes numbers, as [`Spread::push`] takes one.
    pub(crate) fn push_each(&mut self, mut values: &[f64]) {
        if !values.iter().all(|value| value.is_finite()) {
            return values.iter().for_each(|value| self.push(*value));
        }
        self.seen += values.len() as u64;
        self.min = values.iter().copied().fold(self.min, f64::min);
        self.max = values.iter().copied().fold(self.max, f64::max);
        while !values.is_empty() {
            let (now, later) = values.split_at(values.len().min(LEVEL - self.levels[0].len()));
            self.levels[0].extend_from_slice(now);
            values = later;
            if self.levels[0].len() >= LEVEL {
                self.make_room();
            }
        }
    }

    /// Counts what can be counted of the full level 0; halves it if too much is left.
    fn make_room(&mut self) {
        self.counted.resize(COUNTED.len(), 0);
        let counted = &mut self.counted;
        self.levels[0].retain(|value| {
            let whole = *value as i32;
            let at = whole.wrapping_sub(COUNTED.start) as u32 as usize;
            match counted.get_mut(at).filter(|_| f64::from(whole) == *value) {
                Some(count) => *count += 1,
                None => return true,
            }
            false
        });
        if self.levels[0].len() > LEVEL / 2 {
            self.halve(0);
        }
    }

    /// Moves every second number of a level one level up, and so on while that is full.
    fn halve(&mut self, mut at: usize) {
        loop {
            let mut full = std::mem::take(&mut self.levels[at]);
            match at {
                0 => full.sort_unstable_by(f64::total_cmp),
                // Sorted parts one behind the other, which a stable sort merges.
                _ => full.sort_by(f64::total_cmp),
            }
            // The odd one stays, so that weights add up to what was seen.
            let odd = if full.len() % 2 == 1 { full.pop() } else { None };
            let offset = usize::from(self.random.next() & 1 == 1);
            if at + 1 == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[at + 1].extend(full.iter().skip(offset).step_by(2));
            full.clear();
            full.extend(odd);
            self.levels[at] = full;
            at += 1;
            if self.levels[at].len() < LEVEL {
                return;
            }
        }
    }

    /// Takes in all that `other` has seen.
    pub(crate) fn merge(&mut self, other: &Spread) {
        self.seen += other.seen;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.counted.resize(self.counted.len().max(other.counted.len()), 0);
        self.counted.iter_mut().zip(&other.counted).for_each(|(own, theirs)| *own += theirs);
        self.levels.resize(self.levels.len().max(other.levels.len()), Vec::new());
        for (own, theirs) in self.levels.iter_mut().zip(&other.levels) {
            own.extend(theirs);
        }
        if self.levels[0].len() >= LEVEL {
            self.make_room();
        }
        for at in 1..self.levels.len() {
            if self.levels[at].len() >= LEVEL {
                self.halve(at);
            }
        }
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// The numbers that were kept, in order.
    pub(crate) fn sorted(&self) -> Sorted {
        let counted = COUNTED.map(f64::from).zip(self.counted.iter().copied()).filter(|(_, count)| *count > 0);
        let mut values: Vec<(f64, u64)> = counted.collect();
        for (level, kept) in self.levels.iter().enumerate() {
            values.extend(kept.iter().map(|value| (*value, 1_u64 << level.min(63))));
        }
        // Mostly sorted parts one behind the other, which a stable sort merges.
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0;
        for value in &mut values {
            below += value.1;
            value.1 = below;
        }
        Sorted { values, total: below, min: self.min, max: self.max }
    }

    /// `None` before the first number.
    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        self.sorted().quantiles()
    }

    /// Eight bins between p1 and p99, logarithmic when the data spans decades; empty when there is nothing to see.
    pub(crate) fn spark(&self) -> String {
        self.sorted().spark()
    }
}

/// Numbers in order, each with how many are at or below it.
#[derive(Debug)]
pub(crate) struct Sorted {
    values: Vec<(f64, u64)>,
    total: u64,
    min: f64,
    max: f64,
}

/// Counts between `low` and `high`.
#[derive(Debug)]
pub(crate) struct Bins {
    pub(crate) counts: Vec<u64>,
    pub(crate) edges: Vec<f64>,
    pub(crate) under: u64,
    pub(crate) over: u64,
    pub(crate) log: bool,
}

impl Sorted {
    /// The nearest-rank quantile; `None` of nothing.
    pub(crate) fn at(&self, q: f64) -> Option<f64> {
        let rank = ((q * self.total as f64).ceil() as u64).clamp(1, self.total.max(1));
        let at = self.values.partition_point(|(_, below)| *below < rank);
        // The ends are known exactly.
        Some(self.values.get(at).or(self.values.last())?.0.clamp(self.min, self.max))
    }

    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        let (p5, p50, p95, p99) = (self.at(0.05)?, self.at(0.5)?, self.at(0.95)?, self.at(0.99)?);
        Some(Quantiles { min: self.min, p5, p50, p95, p99, max: self.max })
    }

    /// How many are at or below `value`.
    pub(crate) fn up_to(&self, value: f64) -> u64 {
        let at = self.values.partition_point(|(v, _)| *v <= value);
        at.checked_sub(1).map_or(0, |at| self.values[at].1)
    }

    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Equal bins between p1 and p99, logarithmic when min > 0 and p99 / p50 > 20; `None` when there is but one value.
    pub(crate) fn bins(&self, count: usize) -> Option<Bins> {
        let (low, high, middle) = (self.at(0.01)?, self.at(0.99)?, self.at(0.5)?);
        let log = self.min > 0.0 && high / middle > 20.0;
        let (low, high) = if low < high { (low, high) } else { (self.min, self.max) };
        if low >= high {
            return None;
        }
        let scale = |v: f64| if log { v.ln() } else { v };
        let back = |v: f64| if log { v.exp() } else { v };
        let (from, to) = (scale(low), scale(high));
        let edge = |i: usize| if i == count { high } else { back(from + (to - from) * (i as f64 / count as f64)) };
        let mut counts = vec![0; count];
        let first = self.values.partition_point(|(v, _)| *v < low);
        let under = first.checked_sub(1).map_or(0, |at| self.values[at].1);
        let mut before = under;
        for (value, below) in self.values[first..].iter().take_while(|(v, _)| *v <= high) {
            let at = ((scale(*value) - from) / (to - from) * count as f64) as usize;
            counts[at.min(count - 1)] += below - before;
            before = *below;
        }
        Some(Bins { counts, edges: (0..=count).map(edge).collect(), under, over: self.total - before, log })
    }

    fn spark(&self) -> String {
        let (Some(low), Some(high)) = (self.at(0.01), self.at(0.99)) else { return String::new() };
        if low >= high {
            return String::new();
        }
        self.bins(BINS).map_or(String::new(), |bins| bars(&bins.counts))
    }
}

/// Counts as bars of text: the largest is `█`, nothing is a space's worth of `▁`.
pub(crate) fn bars(counts: &[u64]) -> String {
    let largest = counts.iter().copied().max().unwrap_or(0);
    if largest == 0 {
        return String::new();
    }
    let height = |c: u64| ((c as f64 / largest as f64) * (BARS.len() - 1) as f64).round() as usize;
    counts.iter().map(|c| BARS[height(*c).min(BARS.len() - 1)]).collect()
}

/// The nearest-rank quantile of sorted values, of which there must be one at least.
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: impl IntoIterator<Item = f64>) -> Spread {
        let mut spread = Spread::default();
        values.into_iter().for_each(|v| spread.push(v));
        spread
    }

    #[test]
    fn a_large_input_keeps_its_quantiles_and_its_memory_bounded() {
        let scattered = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) % 100_000);
        let whole = of((0..1_000_000).map(scattered));
        let mut merged = of((0..400_000).map(scattered));
        merged.merge(&of((400_000..1_000_000).map(scattered)));
        for spread in [whole, merged] {
            let sorted = spread.sorted();
            assert_eq!(sorted.total(), 1_000_000, "weights add up to what was seen");
            for q in [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99] {
                let error = (sorted.at(q).unwrap() / 100_000.0 - q).abs();
                assert!(error < 0.002, "{q}: rank error {error}");
            }
            assert!(spread.levels.iter().map(Vec::len).sum::<usize>() < 10 * LEVEL);
        }
    }

    #[test]
    fn whole_numbers_of_a_usual_size_are_counted_exactly() {
        let mut numbers: Vec<f64> =
            (0..100_000_u32).map(|i| f64::from(i.wrapping_mul(2_654_435_761) % 8_000) - 900.0).collect();
        let spread = of(numbers.iter().copied());
        numbers.sort_by(f64::total_cmp);
        let sorted = spread.sorted();
        for q in [0.001, 0.25, 0.5, 0.9, 0.999] {
            assert_eq!(sorted.at(q), Some(quantile(&numbers, q)), "{q}");
        }
        assert_eq!(sorted.total(), 100_000);
        let with_others = of(numbers.iter().copied().chain((0..50_000).map(|i| f64::from(i) + 0.5)));
        assert_eq!(with_others.sorted().total(), 150_000);
    }

    #[test]
    fn sparks_show_the_form() {
        assert_eq!(of([]).spark(), "");
        assert_eq!(of([1.0, 1.0]).spark(), "", "one value has no form");
        assert_eq!(of((0..800).map(f64::from)).spark(), "████████");
        assert_eq!(of([f64::NAN, f64::INFINITY]).spark(), "");
        let powers = of((0..160).map(|i| 10_f64.powf(f64::from(i) / 40.0))).spark();
        assert!(powers.chars().filter(|c| *c == '█').count() > 4, "{powers}");
    }

    #[test]
    fn bins_account_for_every_number() {
        let bins = of((0..10_000).map(f64::from)).sorted().bins(20).unwrap();
        assert_eq!(bins.counts.iter().sum::<u64>() + bins.under + bins.over, 10_000);
        assert_eq!((bins.edges.len(), bins.log), (21, false));
        assert!(of((1..2_000).map(|i| f64::from(i).powi(6))).sorted().bins(20).unwrap().log);
    }

    proptest! {
        #[test]
        fn numbers_at_once_are_numbers_one_by_one(
            values in proptest::collection::vec(prop_oneof![-2e3..2e4, Just(f64::NAN), (-2_000..9_000).prop_map(f64::from)], 1..9_000),
            cut in 1..6_000_usize
        ) {
            let one_by_one = of(values.iter().copied());
            let mut at_once = Spread::default();
            values.chunks(cut).for_each(|part| at_once.push_each(part));
            prop_assert_eq!((at_once.seen(), at_once.quantiles()), (one_by_one.seen(), one_by_one.quantiles()));
            prop_assert_eq!(at_once.sorted().values, one_by_one.sorted().values);
        }

        #[test]
        fn small_inputs_are_exact(values in proptest::collection::vec(-1e6..1e6_f64, 1..400)) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let q = of(values.iter().copied()).quantiles().unwrap();
            prop_assert_eq!(q.min, sorted[0]);
            prop_assert_eq!(q.max, sorted[sorted.len() - 1]);
            let below = values.iter().filter(|v| **v <= q.p50).count();
            prop_assert!(below * 2 >= values.len());
            prop_assert!(q.p5 <= q.p50 && q.p50 <= q.p95 && q.p95 <= q.p99);
        }
    }
}
