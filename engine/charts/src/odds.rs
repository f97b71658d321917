//! Evidence in words: odds to one.

use crate::html::numbers::count;

/// An e-value as odds: `4,100:1`, `10^9:1`, and nothing where there is no evidence.
pub(crate) fn odds(evidence: f64) -> String {
    match evidence {
        e if e.is_nan() || e < 2.0 => "none".to_owned(),
        e if e >= 1e6 => format!("10^{}:1", e.log10().floor().min(15.0)),
        e => {
            // Two digits: more would say that it is known better than it is.
            let unit = 10_f64.powf((e.log10().floor() - 1.0).max(0.0));
            format!("{}:1", count(((e / unit).round() * unit) as u64))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::odds;

    #[test]
    fn odds_have_two_digits() {
        let texts = [0.3, 7.2, 4_123.0, 3.2e9, f64::INFINITY].map(odds);
        assert_eq!(texts, ["none", "7:1", "4,100:1", "10^9:1", "10^15:1"]);
    }
}
