//! How strongly a block of windows speaks against the baseline: e-values, each with the effect that it is about.
//!
//! An e-value has a mean of at most 1 while nothing has changed, so that it reaches x with a chance of at most 1/x (Markov),
//! whatever was looked at before. The baseline is a sample as well: what is expected is what its rows predict, not a share that
//! nobody knows to the last digit. The mixture is that of Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data
//! (2022), one cell at a time.

use crate::contract::share::{round_up, wilson};
use crate::drift::ln_gamma::{ln_beta, ln_gamma};

/// Blocks are of 1, 2, 4, … 64 windows.
pub(crate) const SCALES: usize = 7;
/// A change of a rate below this share is none, however rare the rate was.
const LEAST_RATE: f64 = 1e-3;

/// A test of one check.
#[derive(Debug, Clone)]
pub(crate) enum Test {
    Cells(CellsTest),
    Mean(MeanTest),
    Flow(FlowTest),
}

/// The strongest thing that a block says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Finding {
    /// ln of the e-value, divided already by the number of scales.
    pub(crate) ln_evidence: f64,
    /// The cell it is about.
    pub(crate) cell: usize,
    /// What was seen there: a share, a mean, rows a second.
    pub(crate) seen: f64,
}

impl Test {
    /// What a block at a scale says; `None` when nothing moved far enough. `sums` and `weight` are those of its windows.
    pub(crate) fn find(&self, scale: usize, sums: &[f64], weight: f64) -> Option<Finding> {
        let found = match self {
            Test::Cells(test) => test.find(scale, sums, weight),
            Test::Mean(test) => test.find(scale, sums, weight),
            Test::Flow(test) => test.find(scale, sums, weight),
        };
        let paid = found.map(|f| Finding { ln_evidence: f.ln_evidence - (SCALES as f64).ln(), ..f });
        paid.filter(|f| f.ln_evidence.is_finite())
    }

    /// Whether all that is known lies inside the tolerance, or about how much more weight (rows, windows, ms) could tell.
    pub(crate) fn settle(&self, sums: &[f64], weight: f64) -> Result<(), f64> {
        match self {
            Test::Cells(test) => test.settle(sums, weight),
            Test::Mean(test) => test.settle(sums, weight),
            Test::Flow(test) => test.settle(sums, weight),
        }
    }
}

/// A share of the baseline, and how far it may move.
#[derive(Debug, Clone, Copy)]
struct Expected {
    share: f64,
    tolerance: f64,
    /// The independent rows of the baseline (bursts count once); `None`: the share is the truth.
    rows: Option<f64>,
    /// How many times as large φ is for this cell.
    uneven: f64,
}

/// Shares of cells: a distribution, or a rate as the only cell.
#[derive(Debug, Clone)]
pub(crate) struct CellsTest {
    cells: Vec<Expected>,
    phi: [f64; SCALES],
}

impl CellsTest {
    /// A distribution. `uneven` is how many times as large φ is for each cell (1 where it says nothing); `known` says that the
    /// counts are the truth, not a sample of it.
    pub(crate) fn distribution(counts: &[f64], phi: &[f64], uneven: &[f64], points: f64, known: bool) -> Self {
        let rows: f64 = counts.iter().sum();
        let phi = phis(phi);
        let expected = |(at, count): (usize, &f64)| {
            let uneven = uneven.get(at).copied().filter(|uneven| *uneven >= 1.0 && uneven.is_finite()).unwrap_or(1.0);
            Expected { uneven, ..Expected::new(*count, rows, phi[0] * uneven, |_| points, known) }
        };
        Self { cells: counts.iter().enumerate().map(expected).collect(), phi }
    }

    /// A rate. It may move by the relative tolerance, by 0.1 points at least and by `points` at most.
    pub(crate) fn rate(count: f64, of: f64, phi: &[f64], points: f64, relative: f64) -> Self {
        let phi = phis(phi);
        let tolerance = |share: f64| (relative * share.min(1.0 - share)).max(LEAST_RATE).min(points);
        Self { cells: vec![Expected::new(count, of, phi[0], tolerance, false)], phi }
    }

    pub(crate) fn share(&self, cell: usize) -> f64 {
        self.cells.get(cell).map_or(0.0, |cell| cell.share)
    }

    /// The largest φ of a cell at any scale.
    pub(crate) fn widest_phi(&self, cell: usize) -> f64 {
        let uneven = self.cells.get(cell).map_or(1.0, |cell| cell.uneven);
        self.phi.iter().copied().fold(1.0, f64::max) * uneven
    }

    /// E is the mean of the cells' e-values. Those of cells that moved by less than the tolerance count as 0, which only lowers
    /// it, so that it is still an e-value and is about a change that matters.
    fn find(&self, scale: usize, counts: &[f64], rows: f64) -> Option<Finding> {
        let n = rows / self.phi[scale];
        if n <= 0.0 {
            return None;
        }
        let mut strongest: Option<Finding> = None;
        let mut moved = Vec::new();
        for (at, (cell, count)) in self.cells.iter().zip(counts).enumerate() {
            let seen = count / rows;
            if (seen - cell.share).abs() < cell.tolerance {
                continue;
            }
            let ln_evidence = cell.ln_e(seen, n / cell.uneven);
            moved.push(ln_evidence);
            if strongest.is_none_or(|s| s.ln_evidence < ln_evidence) {
                strongest = Some(Finding { ln_evidence, cell: at, seen });
            }
        }
        let strongest = strongest?;
        let most = strongest.ln_evidence;
        let sum: f64 = moved.iter().map(|ln| (ln - most).exp()).sum();
        Some(Finding { ln_evidence: most + sum.ln() - (self.cells.len() as f64).ln(), ..strongest })
    }

    fn settle(&self, counts: &[f64], rows: f64) -> Result<(), f64> {
        if rows <= 0.0 {
            return Err(1.0);
        }
        let phi = self.phi.iter().copied().fold(1.0, f64::max);
        let mut missing: f64 = 0.0;
        for (cell, count) in self.cells.iter().zip(counts) {
            let seen = count / rows;
            let phi = phi * cell.uneven;
            let known = wilson(seen, rows, phi);
            if known.low < cell.share - cell.tolerance || known.high > cell.share + cell.tolerance {
                missing = missing.max(cell.rows_to_tell(seen, phi) - rows);
                // The estimate says enough, the interval does not yet: a fifth more.
                missing = missing.max(rows * 0.2);
            }
        }
        if missing > 0.0 { Err(missing) } else { Ok(()) }
    }
}

impl Expected {
    fn new(count: f64, rows: f64, phi: f64, tolerance: impl Fn(f64) -> f64, known: bool) -> Self {
        let rows = rows.max(1.0);
        let share = (count / rows).clamp(0.0, 1.0);
        Self { share, tolerance: tolerance(share), rows: (!known).then_some(rows / phi), uneven: 1.0 }
    }

    /// ln of the beta mixture's e-value: B(k p + s, k (1 − p) + n − s) / B(k p, k (1 − p)), with k = max(50, n/5), over the
    /// probability of s hits by the baseline: p^s (1 − p)^(n − s) if that is known, or else averaged over what its rows leave
    /// possible (the beta distribution of its counts).
    fn ln_e(&self, seen: f64, n: f64) -> f64 {
        let (hits, misses) = (seen * n, (1.0 - seen) * n);
        let k = (n / 5.0).max(50.0);
        let prior = self.share.clamp(1e-9, 1.0 - 1e-9);
        let mixture = |a: f64, b: f64| ln_beta(a + hits, b + misses) - ln_beta(a, b);
        let expected = match self.rows {
            None => hits * prior.ln() + misses * (-prior).ln_1p(),
            Some(rows) => mixture(self.share * rows + 0.5, (1.0 - self.share) * rows + 0.5),
        };
        mixture(k * prior, k * (1.0 - prior)) - expected
    }

    /// About how many rows decide between "inside" and "moved", if they are like these.
    fn rows_to_tell(&self, seen: f64, phi: f64) -> f64 {
        let apart = (seen - self.share).abs();
        let share = seen.max(self.share).clamp(1e-6, 0.5);
        if apart >= self.tolerance {
            // The exponent n d² / (2 p (1 − p)) has to reach ln of 1,000, of the scales and of some twenty cells.
            return phi * 2.0 * 1e5_f64.ln() * share * (1.0 - share) / apart.powi(2);
        }
        let gap = (self.tolerance - apart).max(self.tolerance / 4.0);
        phi * (1.96_f64.powi(2) * share * (1.0 - share) / gap.powi(2)).max(3.0 / gap)
    }
}

/// A number that each window has one of. `sums` is its sum, `weight` the number of windows.
#[derive(Debug, Clone)]
pub(crate) struct MeanTest {
    mean: f64,
    deviation: f64,
    /// Windows of the baseline.
    known: f64,
    tolerance: f64,
}

impl MeanTest {
    /// `deviation` is known from so many windows only, so its upper bound is taken.
    pub(crate) fn new(mean: f64, deviation: f64, windows: u32, relative: f64) -> Self {
        let known = f64::from(windows.max(2));
        let bound = 1.0 + 1.645 / (2.0 * (known - 1.0)).sqrt();
        // Equal in every window of the baseline does not mean equal for ever.
        let deviation = (deviation * bound).max(mean.abs() * 0.02).max(1e-9);
        Self { mean, deviation, known, tolerance: relative * mean.abs() }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    /// The e-value of a normal mixture: the mean moved by N(0, τ²), where τ is the tolerance.
    fn find(&self, _scale: usize, sums: &[f64], windows: f64) -> Option<Finding> {
        let seen = sums.first()? / windows;
        let apart = (seen - self.mean).abs();
        if apart < self.tolerance || self.tolerance <= 0.0 || !seen.is_finite() {
            return None;
        }
        let by_chance = self.deviation.powi(2) * (1.0 / windows + 1.0 / self.known);
        let moved = by_chance + self.tolerance.powi(2);
        let ln_evidence = 0.5 * (by_chance / moved).ln() + 0.5 * apart.powi(2) * (1.0 / by_chance - 1.0 / moved);
        Some(Finding { ln_evidence, cell: 0, seen })
    }

    fn settle(&self, sums: &[f64], windows: f64) -> Result<(), f64> {
        let Some(sum) = sums.first().filter(|_| windows > 0.0) else { return Err(1.0) };
        let apart = (sum / windows - self.mean).abs();
        let room = self.tolerance - apart;
        if 1.96 * self.deviation / windows.sqrt() <= room {
            return Ok(());
        }
        let gap = room.max(self.tolerance / 4.0).max(1e-12);
        Err(((1.96 * self.deviation / gap).powi(2) - windows).clamp(1.0, 1e9))
    }
}

/// Rows in an amount of time. `sums` is the rows, `weight` the milliseconds.
#[derive(Debug, Clone)]
pub(crate) struct FlowTest {
    /// Rows of the baseline, those of a burst counted once, and the milliseconds that they would take.
    rows: f64,
    span_ms: f64,
    phi: [f64; SCALES],
    relative: f64,
}

impl FlowTest {
    pub(crate) fn new(rows: f64, span_ms: f64, phi: &[f64], relative: f64) -> Self {
        let phi = phis(phi);
        let widest = phi.iter().copied().fold(1.0, f64::max);
        Self { rows: rows.max(1.0) / widest, span_ms: span_ms.max(1.0) / widest, phi, relative }
    }

    /// Rows a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.rows / self.span_ms * 1e3
    }

    /// Gamma mixtures of Poisson counts: with a fifth of the block as what is known beforehand, over what the baseline predicts.
    fn find(&self, scale: usize, sums: &[f64], span_ms: f64) -> Option<Finding> {
        let (seen, rate) = (sums.first()? / span_ms, self.rows / self.span_ms);
        if !seen.is_finite() || (seen - rate).abs() < self.relative * rate {
            return None;
        }
        let (count, time) = (seen * span_ms / self.phi[scale], span_ms / self.phi[scale]);
        let mixture = |a: f64, b: f64| ln_gamma(a + count) - ln_gamma(a) + a * b.ln() - (a + count) * (b + time).ln();
        let fifth = (rate * time / 5.0).clamp(1.0, (self.rows / 2.0).max(1.0));
        Some(Finding {
            ln_evidence: mixture(fifth, fifth / rate) - mixture(self.rows, self.span_ms),
            cell: 0,
            seen: seen * 1e3,
        })
    }

    fn settle(&self, sums: &[f64], span_ms: f64) -> Result<(), f64> {
        let Some(count) = sums.first().filter(|_| span_ms > 0.0) else { return Err(1.0) };
        let phi = self.phi.iter().copied().fold(1.0, f64::max);
        let rate = self.rows / self.span_ms;
        let room = self.relative * rate - (count / span_ms - rate).abs();
        if 1.96 * (count.max(1.0) * phi).sqrt() / span_ms <= room { Ok(()) } else { Err(span_ms) }
    }
}

/// One φ for each scale; scales that were not measured are as the last one that was.
fn phis(measured: &[f64]) -> [f64; SCALES] {
    let mut last = 1.0;
    std::array::from_fn(|scale| {
        let phi = measured.get(scale).copied().filter(|phi| phi.is_finite()).unwrap_or(last);
        last = phi.max(1.0);
        last
    })
}

/// The evidence as odds: `4,100:1`.
pub(crate) fn odds(evidence: f64) -> String {
    match evidence {
        e if e >= 1e6 => "over 1,000,000:1".into(),
        e if e >= 10.0 => format!("{}:1", crate::figures::count(round_up(e * 0.99))),
        e => format!("{}:1", crate::figures::number(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln of the binomial coefficient.
    fn ways(n: f64, s: f64) -> f64 {
        ln_gamma(n + 1.0) - ln_gamma(s + 1.0) - ln_gamma(n - s + 1.0)
    }

    #[test]
    fn the_mean_of_an_e_value_is_one_while_nothing_changed() {
        for (n, p) in [(50_u32, 0.18), (400, 0.03), (3, 0.5)] {
            let known = Expected::new(p * 1e6, 1e6, 1.0, |_| 0.0, true);
            let sampled = Expected::new(p * 900.0, 900.0, 1.5, |_| 0.0, false);
            let rows = sampled.rows.unwrap();
            let (a, b) = (sampled.share * rows + 0.5, (1.0 - sampled.share) * rows + 0.5);
            let (mut of_known, mut of_sampled) = (0.0, 0.0);
            for s in 0..=n {
                let (n, s) = (f64::from(n), f64::from(s));
                let chance = ways(n, s) + s * p.ln() + (n - s) * (1.0 - p).ln();
                of_known += (chance + known.ln_e(s / n, n)).exp();
                let predicted = ways(n, s) + ln_beta(a + s, b + n - s) - ln_beta(a, b);
                of_sampled += (predicted + sampled.ln_e(s / n, n)).exp();
            }
            assert!((of_known - 1.0).abs() < 1e-9, "{n} {p}: {of_known}");
            assert!((of_sampled - 1.0).abs() < 1e-9, "{n} {p}: {of_sampled}");
        }
    }

    #[test]
    fn a_move_below_the_tolerance_is_no_finding_however_sure() {
        let test = Test::Cells(CellsTest::distribution(&[180.0, 820.0], &[], &[], 0.02, true));
        assert_eq!(test.find(6, &[190_000.0, 810_000.0], 1e6), None);
        let found = test.find(6, &[230_000.0, 770_000.0], 1e6).unwrap();
        assert!(found.ln_evidence > 1_000.0 && (found.seen - 0.23).abs() < 1e-9 || found.cell == 1, "{found:?}");
        assert_eq!(test.find(0, &[0.0, 0.0], 0.0), None);
    }

    #[test]
    fn numbers_of_windows_and_of_milliseconds_are_tested_alike() {
        let mean = Test::Mean(MeanTest::new(12.0, 1.0, 64, 0.25));
        assert_eq!(mean.find(0, &[14.0], 1.0), None);
        assert!(mean.find(3, &[128.0], 8.0).unwrap().ln_evidence > 7.0);
        assert!(mean.settle(&[96.0], 8.0).is_ok() && mean.settle(&[], 0.0).is_err());
        let flow = Test::Flow(FlowTest::new(36_000.0, 3_600_000.0, &[4.0], 0.25));
        assert_eq!(flow.find(0, &[11_000.0], 1e6), None);
        assert!(flow.find(0, &[5_000.0], 1e6).unwrap().ln_evidence > 100.0);
        assert!(flow.find(0, &[0.0], 1e6).unwrap().ln_evidence > 100.0, "silence is a finding");
    }

    #[test]
    fn odds_are_said_in_two_digits() {
        assert_eq!([1.0, 4_083.0, 5e5, 1e12].map(odds).join(" "), "1:1 4,100:1 500,000:1 over 1,000,000:1");
    }
}
