//! Numbers as people read them: thousands with commas, shares as percent, three significant digits, durations.

/// `n` with commas between thousands.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2,000 rows`: a number and its noun.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(n)) }
}

/// A share of 0 to 1 as percent. Only nothing is `0 %` and only everything is `100 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        p if !p.is_finite() => "–".to_owned(),
        p if p <= 0.0 => "0 %".to_owned(),
        p if p >= 100.0 => "100 %".to_owned(),
        p if p < 0.01 => "< 0.01 %".to_owned(),
        p if p > 99.99 => "> 99.99 %".to_owned(),
        p if !(1.0..=99.0).contains(&p) => format!("{p:.2} %"),
        p => format!("{p:.1} %"),
    }
}

/// A measured number with three significant digits; whole numbers below a million in full.
pub fn significant(number: f64) -> String {
    let size = number.abs();
    match size {
        _ if !number.is_finite() => number.to_string(),
        s if s < 1e6 && number.fract() == 0.0 => {
            let whole = count(s as u64);
            if number < 0.0 { format!("-{whole}") } else { whole }
        }
        s if (1e3..1e6).contains(&s) => significant(number.round()),
        s if (1e-3..1e3).contains(&s) => {
            let decimals = (2 - s.log10().floor() as i32).max(0) as usize;
            let text = format!("{number:.decimals$}");
            match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            }
        }
        _ => format!("{number:.2e}"),
    }
}

/// A time span: `12 ms`, `1.5 s`, `2 min`, `3 h`.
pub fn span(millis: i64) -> String {
    let seconds = millis as f64 / 1_000.0;
    match millis.unsigned_abs() {
        0..1_000 => format!("{millis} ms"),
        1_000..120_000 => format!("{} s", significant((seconds * 10.0).round() / 10.0)),
        120_000..7_200_000 => format!("{} min", significant((seconds / 6.0).round() / 10.0)),
        7_200_000..172_800_000 => format!("{} h", significant((seconds / 360.0).round() / 10.0)),
        _ => format!("{} days", significant((seconds / 8_640.0).round() / 10.0)),
    }
}

/// `2026-01-31 04:05:06` (UTC, as every timestamp is), with milliseconds when there are any.
pub fn timestamp(millis: i64) -> String {
    match chrono::DateTime::from_timestamp_millis(millis) {
        Some(at) if millis.rem_euclid(1000) == 0 => at.format("%Y-%m-%d %H:%M:%S").to_string(),
        Some(at) => at.format("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        None => format!("{millis} ms"),
    }
}

/// The same to the second: for overviews.
pub fn timestamp_seconds(millis: i64) -> String {
    timestamp(millis.div_euclid(1000).saturating_mul(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_commas() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(206_113_000), "206,113,000");
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(1_234, "row"), "1,234 rows");
    }

    #[test]
    fn percent_never_rounds_to_nothing_or_everything() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_99), "> 99.99 %");
        assert_eq!(percent(0.999), "99.90 %");
        assert_eq!(percent(0.000_01), "< 0.01 %");
        assert_eq!(percent(0.0015), "0.15 %");
        assert_eq!(percent(0.201), "20.1 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn three_significant_digits() {
        assert_eq!(significant(12.946), "12.9");
        assert_eq!(significant(0.12345), "0.123");
        assert_eq!(significant(1_234.5), "1,235");
        assert_eq!(significant(42.0), "42");
        assert_eq!(significant(-1_500.0), "-1,500");
        assert_eq!(significant(100.4), "100");
        assert_eq!(significant(1.5e9), "1.50e9");
    }

    #[test]
    fn spans_have_their_unit() {
        assert_eq!(span(250), "250 ms");
        assert_eq!(span(42_000), "42 s");
        assert_eq!(span(150_000), "2.5 min");
        assert_eq!(span(7_200_000), "2 h");
        assert_eq!(span(864_000_000), "10 days");
    }
}
