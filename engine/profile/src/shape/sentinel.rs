//! Values that stand for "nothing": counted apart from nulls, from empty texts and from what is absent.

use crate::shape::report::{Quantiles, TopValue};

/// Words that mean "nothing", in lower case.
const WORDS: [&str; 14] =
    ["null", "nil", "none", "nan", "n/a", "na", "unknown", "undefined", "(none)", "not set", "-", "--", "?", "tbd"];
/// Integers that often do.
const NUMBERS: [i64; 10] = [-1, -9, -99, -999, -9999, 999, 9999, 99999, 999_999, 999_999_999];

/// Whether a text is a word for "nothing".
pub(crate) fn is_word(text: &str) -> bool {
    text.len() <= 9 && WORDS.iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// Whether an integer stands apart from the rest of its column as only a stand-in does: the one negative, or far beyond the bulk.
fn is_number(value: i64, all: &Quantiles) -> bool {
    let alone_below = value < 0 && value as f64 == all.min && all.p50 >= 0.0;
    let far_above = value > 0 && value as f64 == all.max && all.p50 >= 0.0 && value as f64 > 10.0 * all.p50.max(1.0);
    NUMBERS.contains(&value) && (alone_below || far_above)
}

/// Those of the frequent values that stand for "nothing".
pub(crate) fn among(frequent: &[TopValue], numbers: Option<&Quantiles>) -> Vec<TopValue> {
    let stands_for_nothing = |value: &&TopValue| match (numbers, value.text.parse::<i64>()) {
        (Some(all), Ok(number)) => value.count > 1 && is_number(number, all),
        _ => is_word(&value.text),
    };
    frequent.iter().filter(stands_for_nothing).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_apart_stands_for_nothing() {
        assert!(is_word("N/A") && is_word("unknown") && !is_word("Unknown Pleasures") && !is_word(""));
        let delays = Quantiles { min: -40.0, p5: -9.0, p50: 2.0, p95: 70.0, p99: 120.0, max: 999.0 };
        assert!(!is_number(-1, &delays), "a delay may be negative");
        assert!(is_number(999, &delays));
        assert!(is_number(-1, &Quantiles { min: -1.0, ..delays }));
        assert!(!is_number(999, &Quantiles { p50: 500.0, ..delays }), "one of many");
    }
}
