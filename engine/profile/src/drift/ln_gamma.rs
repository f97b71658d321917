//! The logarithm of the gamma function, which the standard library has not made stable yet.

/// Lanczos' coefficients for g = 7 and nine terms, as Godfrey computed them: relative error below 10⁻¹⁴.
const G: f64 = 7.0;
const FIRST: f64 = 0.999_999_999_999_809_9;
const REST: [f64; 8] = [
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];

/// ln Γ(x) for x > 0.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        // The reflection formula; below a half the series loses digits.
        let pi = std::f64::consts::PI;
        return (pi / (pi * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    if x > 1e5 {
        // Stirling's series: the error of two terms is below 1 / (1260 x⁵).
        let half_log_tau = 0.5 * std::f64::consts::TAU.ln();
        return (x - 0.5) * x.ln() - x + half_log_tau + 1.0 / (12.0 * x) - 1.0 / (360.0 * x * x * x);
    }
    let z = x - 1.0;
    let series = REST.iter().zip(1..).fold(FIRST, |sum, (term, i)| sum + term / (z + f64::from(i)));
    let t = z + G + 0.5;
    0.5 * std::f64::consts::TAU.ln() + (z + 0.5) * t.ln() - t + series.ln()
}

/// ln B(a, b) for a, b > 0.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_factorials_and_halves_are_known() {
        let mut factorial = 0.0_f64;
        for n in 1..400_u32 {
            let found = ln_gamma(f64::from(n));
            assert!((found - factorial).abs() <= 1e-12 * factorial.abs().max(1.0), "{n}: {found} {factorial}");
            factorial += f64::from(n).ln();
        }
        let root_pi = std::f64::consts::PI.sqrt();
        assert!((ln_gamma(0.5) - root_pi.ln()).abs() < 1e-14);
        assert!((ln_gamma(2.5) - (0.75 * root_pi).ln()).abs() < 1e-14);
        assert!((ln_gamma(1e-9) - 20.723_265_836_369_19).abs() < 1e-9);
    }

    #[test]
    fn each_step_multiplies_across_the_seams() {
        for x in [0.3, 0.499_999, 0.7, 12.34, 99_999.5, 1e5, 3e7] {
            let step = ln_gamma(x + 1.0) - ln_gamma(x) - x.ln();
            assert!(step.abs() < 1e-14 * ln_gamma(x + 1.0).abs().max(100.0), "{x}: {step}");
        }
        assert!((ln_beta(2.0, 3.0) - (1.0_f64 / 12.0).ln()).abs() < 1e-13);
    }
}
