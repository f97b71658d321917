//! A small seeded random source: reports are the same for the same input, so nothing here asks the machine for chance.

/// SplitMix64, by Steele, Lea and Flood.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix(u64);

impl SplitMix {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// Above 0 and at most 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// From the Poisson distribution; by the normal one where that is near enough.
    pub(crate) fn poisson(&mut self, mean: f64) -> f64 {
        if mean <= 0.0 {
            return 0.0;
        }
        if mean > 40.0 {
            let angle = std::f64::consts::TAU * self.unit();
            let normal = (-2.0 * self.unit().ln()).sqrt() * angle.cos();
            return (mean + mean.sqrt() * normal).round().max(0.0);
        }
        let limit = (-mean).exp();
        let mut product = self.unit();
        let mut events = 0.0;
        while product > limit {
            product *= self.unit();
            events += 1.0;
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poisson_has_its_mean_and_variance() {
        for mean in [0.5, 12.0, 300.0] {
            let mut random = SplitMix::new(1);
            let values: Vec<f64> = (0..20_000).map(|_| random.poisson(mean)).collect();
            let average = values.iter().sum::<f64>() / 20_000.0;
            let variance = values.iter().map(|v| (v - average).powi(2)).sum::<f64>() / 20_000.0;
            assert!((average / mean - 1.0).abs() < 0.03, "mean {mean}: {average}");
            assert!((variance / mean - 1.0).abs() < 0.06, "mean {mean}: variance {variance}");
        }
    }
}
