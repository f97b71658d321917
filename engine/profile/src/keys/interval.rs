//! How sure the shares of keys are: between-block variance, the finite population, the noise floor.

use crate::keys::belief::pooled_design;
use crate::keys::report::{ErrorBasis, Interval};
use crate::keys::tally::Tally;

/// Keys whose variance says how much neighbours resemble each other.
const LOOKED_AT: usize = 10;

impl Tally<'_> {
    /// One block says nothing about how blocks differ.
    pub(crate) fn basis(&self) -> ErrorBasis {
        match self.blocks.len() {
            _ if self.drawn >= 1.0 => ErrorBasis::Whole,
            0 | 1 => ErrorBasis::Binomial,
            _ => ErrorBasis::BetweenBlocks,
        }
    }

    /// The variance of a key's weight by how much the blocks of a partition differ: `Σ (c_b − p n_b)² · B / (B − 1)`, in each
    /// stratum around its own p. That partitions differ adds nothing: each is in the sample in proportion to its span, and keys
    /// live in one partition by design.
    pub(crate) fn variance_between_blocks(&self, key: usize) -> f64 {
        let of_stratum = |blocks: &Vec<usize>| {
            let (all, many): (f64, f64) = (blocks.iter().map(|b| self.blocks[*b].weight).sum(), blocks.len() as f64);
            let share = blocks.iter().map(|b| self.in_block(key, *b)).sum::<f64>() / all.max(1e-9);
            let off = |b: &usize| (self.in_block(key, *b) - share * self.blocks[*b].weight).powi(2);
            blocks.iter().map(off).sum::<f64>() * many / (many - 1.0).max(1.0)
        };
        self.strata.iter().map(of_stratum).sum()
    }

    /// The variance that a key's weight would have, were rows drawn independently within their partition.
    pub(crate) fn variance_of_independent_rows(&self, key: usize) -> f64 {
        let of_stratum = |blocks: &Vec<usize>| {
            let all: f64 = blocks.iter().map(|b| self.blocks[*b].weight).sum();
            let own: f64 = blocks.iter().map(|b| self.in_block(key, *b)).sum();
            own * (1.0 - own / all.max(1e-9)).max(0.0)
        };
        self.strata.iter().map(of_stratum).sum()
    }

    /// The 90 % interval of the share of the key at `at`. What was looked at in full has no sampling error, and what was looked at
    /// in part has less than a small sample of much (the finite population correction, √(1 − n / N)).
    pub(crate) fn share_interval(&self, at: usize) -> Interval {
        let p = self.share(self.keys[at].weight);
        let left = (1.0 - self.drawn).sqrt();
        let wilson = wilson(p, self.rows as f64);
        let wilson = Interval { low: p - (p - wilson.low) * left, high: p + (wilson.high - p) * left };
        if self.basis() != ErrorBasis::BetweenBlocks {
            return wilson;
        }
        // Few blocks can agree by chance; they never know more than independent rows would.
        let degrees = self.blocks.len().saturating_sub(self.strata.len()).max(1);
        let half = t95(degrees) * self.variance_between_blocks(at).sqrt() / self.rows as f64 * left;
        Interval { low: (p - half).min(wilson.low).max(0.0), high: (p + half).max(wilson.high).min(1.0) }
    }

    /// How many independent rows the rows are worth.
    pub(crate) fn effective_rows(&self) -> f64 {
        self.rows as f64 / pooled_design(self, self.keys.len().min(LOOKED_AT))
    }
}

/// Wilson's 90 % interval of a share.
fn wilson(p: f64, n: f64) -> Interval {
    if n <= 0.0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let z2 = 1.644_853_6_f64.powi(2);
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = (z2 * (p * (1.0 - p) / n + z2 / (4.0 * n * n))).sqrt() / (1.0 + z2 / n);
    Interval { low: (middle - half).clamp(0.0, p), high: (middle + half).clamp(p, 1.0) }
}

/// The 95th percentile of Student's t, which makes a two-sided 90 % interval.
fn t95(degrees: usize) -> f64 {
    const FEW: [f64; 10] = [6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812];
    // Beyond the table: the normal quantile with its first correction.
    let z = 1.644_853_6_f64;
    match degrees {
        0 => f64::INFINITY,
        n if n <= FEW.len() => FEW[n - 1],
        n => z + (z.powi(3) + z) / (4.0 * n as f64),
    }
}

/// What the fullest of `workers` shows, at the 95th percentile, when the load is perfectly even.
pub(crate) fn noise_floor(effective_rows: f64, workers: u32) -> f64 {
    if workers <= 1 {
        return 1.0;
    }
    let mean = effective_rows / f64::from(workers);
    let log = (f64::from(workers) / 0.05).ln();
    if mean <= 0.0 { f64::INFINITY } else { 1.0 + (2.0 * log / mean).sqrt() + log / (3.0 * mean) }
}

/// Rows that bring the noise floor (its leading term) down to `floor`.
pub(crate) fn rows_for_floor(workers: u32, floor: f64) -> f64 {
    let log = (f64::from(workers) / 0.05).ln();
    2.0 * log * f64::from(workers) / (floor - 1.0).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_noise_floor_is_that_of_the_reference() {
        let floors = [(500.0, 64), (2_000.0, 64), (10_000.0, 64), (100_000.0, 64)].map(|(n, p)| noise_floor(n, p));
        for (found, expected) in floors.iter().zip([2.66, 1.75, 1.32, 1.10]) {
            assert!((found - expected).abs() < 0.01, "{found} is not {expected}");
        }
        assert_eq!([16, 64, 128, 256].map(|p| rows_for_floor(p, 1.5) as u64), [738, 3_663, 8_036, 17_491]);
    }

    #[test]
    fn student_and_wilson_are_what_tables_say() {
        assert!((t95(39) - 1.685).abs() < 0.003, "{}", t95(39));
        assert!((t95(20) - 1.725).abs() < 0.005, "{}", t95(20));
        let i = wilson(0.2, 100.0);
        assert!((i.low - 0.1422).abs() < 0.001 && (i.high - 0.2737).abs() < 0.001, "{i:?}");
        let none = wilson(0.0, 50.0);
        assert!(none.low == 0.0 && none.high > 0.04);
    }
}
