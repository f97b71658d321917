//! How sure the numbers of a key report are: between-block variance, the block bootstrap, the noise floor.

use crate::keys::report::{ErrorBasis, Interval};
use crate::keys::tally::Tally;
use crate::random::SplitMix;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 200;
const SEED: u64 = 0x4845_4144_5741_5445;
/// Keys whose variance says how much neighbours resemble each other.
const LOOKED_AT: usize = 10;

impl Tally<'_> {
    /// One block says nothing about how blocks differ.
    pub(crate) fn basis(&self) -> ErrorBasis {
        if self.blocks() > 1 { ErrorBasis::BetweenBlocks } else { ErrorBasis::Binomial }
    }

    /// The variance of the share of the key at `at`, by how much the blocks of a partition differ. That partitions differ adds
    /// nothing: each is in the sample in proportion to its span, and keys live in one partition by design.
    fn variance_between_blocks(&self, at: usize) -> f64 {
        let n = self.rows as f64;
        let count = |block: usize| {
            let keys = &self.block_keys[block];
            keys.binary_search_by_key(&(at as u32), |(key, _)| *key).map_or(0.0, |found| keys[found].1 as f64)
        };
        let rows = |block: usize| self.block_rows[block] as f64;
        // Σ W² (p_b − p)² with W = n_b / n is Σ (c_b − p n_b)² / n², in each stratum around its own p.
        let of_stratum = |blocks: &Vec<usize>| {
            let (all, many): (f64, f64) = (blocks.iter().map(|b| rows(*b)).sum(), blocks.len() as f64);
            let p = blocks.iter().map(|b| count(*b)).sum::<f64>() / all.max(1.0);
            let squares: f64 = blocks.iter().map(|b| (count(*b) - p * rows(*b)).powi(2)).sum();
            squares / (n * n) * many / (many - 1.0).max(1.0)
        };
        self.strata.iter().map(of_stratum).sum()
    }

    fn variance_binomial(&self, at: usize) -> f64 {
        let p = self.share(self.keys[at].count);
        p * (1.0 - p) / self.rows as f64
    }

    /// The 90 % interval of the share of the key at `at`.
    pub(crate) fn share_interval(&self, at: usize) -> Interval {
        let p = self.share(self.keys[at].count);
        let wilson = wilson(p, self.rows as f64);
        if self.basis() == ErrorBasis::Binomial {
            return wilson;
        }
        // Few blocks can agree by chance; they never know more than independent rows would.
        let half =
            t95(self.blocks().saturating_sub(self.strata.len()).max(1)) * self.variance_between_blocks(at).sqrt();
        Interval { low: (p - half).min(wilson.low).max(0.0), high: (p + half).max(wilson.high).min(1.0) }
    }

    /// How many independent rows the rows are worth.
    pub(crate) fn effective_rows(&self) -> f64 {
        let n = self.rows as f64;
        // With few blocks the variance itself is hardly known.
        if self.blocks() < 5 {
            return n;
        }
        let looked_at = 0..self.keys.len().min(LOOKED_AT);
        let between: f64 = looked_at.clone().map(|at| self.variance_between_blocks(at)).sum();
        let binomial: f64 = looked_at.map(|at| self.variance_binomial(at)).sum();
        if binomial > 0.0 { n / (between / binomial).max(1.0) } else { n }
    }

    /// The 90 % interval of the straggler factor: blocks drawn again (or rows, when there is one block).
    ///
    /// The largest of resampled loads is larger than the largest load even when nothing is skewed, so the interval is
    /// moved back by that much.
    pub(crate) fn factor_interval(&self, loads: &[u64], factor: f64) -> Interval {
        let mut random = SplitMix::new(SEED);
        let rows = around(factor, resample_rows(loads, &mut random));
        let blocks = match self.basis() {
            ErrorBasis::BetweenBlocks => around(factor, self.resample_blocks(loads.len(), &mut random)),
            ErrorBasis::Binomial => rows,
        };
        // Few blocks can agree by chance; they never know more than independent rows would.
        let most = (loads.len() as f64).max(factor);
        Interval { low: rows.low.min(blocks.low).clamp(1.0, factor), high: rows.high.max(blocks.high).min(most) }
    }

    fn resample_blocks(&self, workers: usize, random: &mut SplitMix) -> Vec<f64> {
        let blocks: Vec<Vec<(u32, u64)>> = self.block_keys.iter().map(|keys| self.slots_of(keys)).collect();
        let mut loads = vec![0_u64; workers];
        let mut factors = Vec::with_capacity(RESAMPLES);
        for _ in 0..RESAMPLES {
            loads.fill(0);
            let mut rows = 0;
            // Drawn again within each stratum, as the sample was drawn.
            for stratum in &self.strata {
                for _ in stratum {
                    let at = stratum[random.below(stratum.len() as u64) as usize];
                    rows += self.block_rows[at];
                    blocks[at].iter().for_each(|(slot, count)| loads[*slot as usize] += count);
                }
            }
            let largest = loads.iter().copied().max().unwrap_or(0);
            factors.push(largest as f64 * workers as f64 / rows.max(1) as f64);
        }
        factors
    }

    fn slots_of(&self, keys: &[(u32, u64)]) -> Vec<(u32, u64)> {
        let mut slots: Vec<(u32, u64)> =
            keys.iter().map(|(key, count)| (self.keys[*key as usize].slot, *count)).collect();
        slots.sort_unstable();
        slots.chunk_by(|a, b| a.0 == b.0).map(|same| (same[0].0, same.iter().map(|s| s.1).sum())).collect()
    }
}

fn resample_rows(loads: &[u64], random: &mut SplitMix) -> Vec<f64> {
    let filled: Vec<f64> = loads.iter().filter(|load| **load > 0).map(|load| *load as f64).collect();
    let draw = |_| {
        let (mut largest, mut rows) = (0.0_f64, 0.0);
        for mean in &filled {
            let load = random.poisson(*mean);
            largest = largest.max(load);
            rows += load;
        }
        if rows > 0.0 { largest * loads.len() as f64 / rows } else { 1.0 }
    };
    (0..RESAMPLES).map(draw).collect()
}

/// The middle 90 % of resampled factors, moved so that their median is the factor itself.
fn around(factor: f64, mut factors: Vec<f64>) -> Interval {
    factors.sort_by(f64::total_cmp);
    let at = |q: f64| crate::spread::quantile(&factors, q);
    let moved = at(0.5) - factor;
    Interval { low: (at(0.05) - moved).min(factor), high: (at(0.95) - moved).max(factor) }
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
