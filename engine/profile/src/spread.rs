//! The distribution of numbers in bounded memory: exact up to a size, a seeded random sample of them beyond it.

use crate::random::SplitMix;
use crate::shape::report::Quantiles;

/// Numbers kept for quantiles and bins; beyond it every number has the same chance to be among them.
const KEPT: usize = 16_384;
/// Bins of a text histogram.
const BINS: usize = 8;
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Numbers seen so far.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    kept: Vec<f64>,
    seen: u64,
    min: f64,
    max: f64,
    random: SplitMix,
}

impl Default for Spread {
    fn default() -> Self {
        Self { kept: Vec::new(), seen: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, random: SplitMix::new(17) }
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
        if self.kept.len() < KEPT {
            self.kept.push(value);
        } else {
            let at = self.random.below(self.seen);
            if let Some(slot) = usize::try_from(at).ok().and_then(|at| self.kept.get_mut(at)) {
                *slot = value;
            }
        }
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    fn sorted(&self) -> Vec<f64> {
        let mut values = self.kept.clone();
        values.sort_by(f64::total_cmp);
        values
    }

    /// `None` before the first number.
    pub(crate) fn quantiles(&self) -> Option<Quantiles> {
        let values = self.sorted();
        if values.is_empty() {
            return None;
        }
        let at = |q| quantile(&values, q);
        let (p5, p50, p95, p99) = (at(0.05), at(0.5), at(0.95), at(0.99));
        Some(Quantiles { min: self.min, p5, p50, p95, p99, max: self.max })
    }

    /// Eight bins between p1 and p99, logarithmic when the data spans decades; empty when there is nothing to see.
    pub(crate) fn spark(&self) -> String {
        let values = self.sorted();
        let (Some(low), Some(high)) = (quantile_of(&values, 0.01), quantile_of(&values, 0.99)) else {
            return String::new();
        };
        if low >= high {
            return String::new();
        }
        let wide = self.min > 0.0 && high / quantile(&values, 0.5) > 20.0;
        let scale = |v: f64| if wide { v.ln() } else { v };
        let (from, to) = (scale(low), scale(high));
        let mut bins = [0_u64; BINS];
        for value in values.iter().filter(|v| **v >= low && **v <= high) {
            let at = ((scale(*value) - from) / (to - from) * BINS as f64) as usize;
            bins[at.min(BINS - 1)] += 1;
        }
        bars(&bins)
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

fn quantile_of(sorted: &[f64], q: f64) -> Option<f64> {
    (!sorted.is_empty()).then(|| quantile(sorted, q))
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

    #[test]
    fn a_large_input_keeps_its_quantiles_and_its_memory_bounded() {
        let mut spread = Spread::default();
        for i in 0..400_000_u32 {
            spread.push(f64::from(i.wrapping_mul(2_654_435_761) % 100_000));
        }
        let q = spread.quantiles().unwrap();
        assert!((q.p50 - 50_000.0).abs() < 2_000.0, "{q:?}");
        assert!((q.p95 - 95_000.0).abs() < 1_000.0, "{q:?}");
        assert_eq!(spread.kept.len(), KEPT);
    }

    #[test]
    fn sparks_show_the_form() {
        let of = |values: &[f64]| {
            let mut spread = Spread::default();
            values.iter().for_each(|v| spread.push(*v));
            spread.spark()
        };
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[1.0, 1.0]), "", "one value has no form");
        assert_eq!(of(&(0..800).map(f64::from).collect::<Vec<_>>()), "████████");
        assert_eq!(of(&[f64::NAN, f64::INFINITY]), "");
        let powers: Vec<f64> = (0..160).map(|i| 10_f64.powf(f64::from(i) / 40.0)).collect();
        assert_eq!(of(&powers).chars().filter(|c| *c == '█').count() > 4, true, "{}", of(&powers));
    }

    proptest! {
        #[test]
        fn small_inputs_are_exact(values in proptest::collection::vec(-1e6..1e6_f64, 1..400)) {
            let mut spread = Spread::default();
            values.iter().for_each(|v| spread.push(*v));
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let q = spread.quantiles().unwrap();
            prop_assert_eq!(q.min, sorted[0]);
            prop_assert_eq!(q.max, sorted[sorted.len() - 1]);
            let below = values.iter().filter(|v| **v <= q.p50).count();
            prop_assert!(below * 2 >= values.len());
            prop_assert!(q.p5 <= q.p50 && q.p50 <= q.p95 && q.p95 <= q.p99);
        }
    }
}
