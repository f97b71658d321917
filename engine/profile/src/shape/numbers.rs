//! What is gathered about numbers.

use crate::shape::detail::{Bars, Histogram, NumberDetail, NumberQuantiles};
use crate::shape::report::{Rate, TopValue};
use crate::spread::{Bins, Spread};

/// Bins of a histogram.
const BINS: usize = 20;
/// Integers with at most so many different values are drawn as bars.
const FEW: u64 = 20;

/// Numbers of one path. Sums are taken around the first number, so that large ones do not drown their spread.
#[derive(Debug, Clone, Default)]
pub(crate) struct Numbers {
    pub(crate) spread: Spread,
    around: f64,
    sum: f64,
    squares: f64,
    zeros: u64,
    negatives: u64,
    non_finite: u64,
}

impl Numbers {
    pub(crate) fn push(&mut self, value: f64) {
        if !value.is_finite() {
            self.non_finite += 1;
            return;
        }
        if self.spread.seen() == 0 {
            self.around = value;
        }
        self.spread.push(value);
        let off = value - self.around;
        self.sum += off;
        self.squares += off * off;
        self.zeros += u64::from(value == 0.0);
        self.negatives += u64::from(value < 0.0);
    }

    /// Takes numbers, as [`Numbers::push`] takes one.
    pub(crate) fn push_each(&mut self, values: &[f64]) {
        if !values.iter().all(|value| value.is_finite()) {
            return values.iter().for_each(|value| self.push(*value));
        }
        if let (0, Some(first)) = (self.spread.seen(), values.first()) {
            self.around = *first;
        }
        self.spread.push_each(values);
        for value in values {
            let off = value - self.around;
            self.sum += off;
            self.squares += off * off;
        }
        self.zeros += values.iter().filter(|value| **value == 0.0).count() as u64;
        self.negatives += values.iter().filter(|value| **value < 0.0).count() as u64;
    }

    pub(crate) fn seen(&self) -> u64 {
        self.spread.seen()
    }

    pub(crate) fn merge(&mut self, other: &Numbers) {
        if self.spread.seen() == 0 {
            let before = self.non_finite;
            *self = other.clone();
            self.non_finite += before;
            return;
        }
        let (n, moved) = (other.seen() as f64, other.around - self.around);
        self.squares += other.squares + 2.0 * moved * other.sum + n * moved * moved;
        self.sum += other.sum + n * moved;
        self.spread.merge(&other.spread);
        self.zeros += other.zeros;
        self.negatives += other.negatives;
        self.non_finite += other.non_finite;
    }

    fn mean(&self) -> f64 {
        self.around + self.sum / self.seen().max(1) as f64
    }

    fn sd(&self) -> f64 {
        let n = self.seen() as f64;
        if n < 2.0 { 0.0 } else { ((self.squares - self.sum * self.sum / n) / (n - 1.0)).max(0.0).sqrt() }
    }

    /// `values` are all different ones, when they were counted in full.
    pub(crate) fn detail(&self, values: Option<Vec<TopValue>>, unit: Option<&'static str>) -> NumberDetail {
        let sorted = self.spread.sorted();
        let q = |q| sorted.at(q);
        let points = || {
            let ends = sorted.quantiles()?;
            Some(NumberQuantiles {
                min: ends.min,
                p1: q(0.01)?,
                p5: ends.p5,
                p25: q(0.25)?,
                p50: ends.p50,
                p75: q(0.75)?,
                p95: ends.p95,
                p99: ends.p99,
                max: ends.max,
            })
        };
        let of = self.seen() + self.non_finite;
        NumberDetail {
            quantiles: points(),
            mean: finite(self.mean()),
            sd: finite(self.sd()),
            zeros: Rate::new(self.zeros, of),
            negatives: Rate::new(self.negatives, of),
            non_finite: Rate::new(self.non_finite, of),
            histogram: sorted.bins(BINS).map(histogram),
            bars: values.and_then(bars),
            unit,
        }
    }
}

/// Sums of numbers near the largest there is may leave the scale; a report is JSON, which has no infinity.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

/// Few integers, in their order.
fn bars(mut values: Vec<TopValue>) -> Option<Bars> {
    if values.is_empty() || values.len() as u64 > FEW {
        return None;
    }
    values.sort_by_key(|value| value.text.parse::<i64>().unwrap_or(i64::MAX));
    Some(Bars { values })
}

pub(crate) fn histogram(bins: Bins) -> Histogram {
    Histogram { edges: bins.edges, counts: bins.counts, under: bins.under, over: bins.over, log: bins.log }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn moments_are_those_of_the_whole(values in proptest::collection::vec(1e9..1e9 + 1e3, 2..200), cut in 0..200_usize) {
            let of = |part: &[f64]| {
                let mut numbers = Numbers::default();
                part.iter().for_each(|v| numbers.push(*v));
                numbers
            };
            let cut = cut.min(values.len());
            let mut merged = of(&values[..cut]);
            merged.merge(&of(&values[cut..]));
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let sd = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            prop_assert!((merged.mean() - mean).abs() < 1e-3, "{} {}", merged.mean(), mean);
            prop_assert!((merged.sd() - sd).abs() < 1e-3, "{} {}", merged.sd(), sd);
            prop_assert_eq!(merged.seen(), values.len() as u64);
        }
    }
}
