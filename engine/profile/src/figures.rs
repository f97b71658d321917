//! How numbers are written for people: three significant digits, units, and never a rounded 0 or 100 that is not one.

/// `20000` → `20,000`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 worker`, `64 workers`.
pub(crate) fn workers(n: u32) -> String {
    if n == 1 { "1 worker".into() } else { format!("{} workers", count(u64::from(n))) }
}

/// `0.9871` → `98.7 %`.
pub(crate) fn percent(share: f64) -> String {
    let points = share * 100.0;
    if share <= 0.0 {
        return "0 %".into();
    }
    if share >= 1.0 {
        return "100 %".into();
    }
    if points < 0.01 {
        return "<0.01 %".into();
    }
    if points >= 99.95 {
        return ">99.9 %".into();
    }
    let text = if points >= 1.0 { format!("{points:.1}") } else { format!("{points:.2}") };
    format!("{} %", without_zeros(&text))
}

/// `12.94` → `12.9×`.
pub(crate) fn multiple(factor: f64) -> String {
    format!("{}×", number(factor))
}

/// A number of any size: `0.00123`, `12.5`, `1,230`, `45,600`, `1.23M`.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.2e}");
    }
    for (limit, unit) in [(1e12, "T"), (1e9, "G"), (1e6, "M")] {
        if size >= limit * 0.9995 {
            return format!("{}{unit}", three_digits(value / limit));
        }
    }
    if size >= 1_000.0 {
        let whole = count(size.round() as u64);
        return if value < 0.0 { format!("-{whole}") } else { whole };
    }
    three_digits(value)
}

fn three_digits(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        0.0 => 0,
        s if s >= 99.95 => 0,
        s if s >= 9.995 => 1,
        s if s >= 0.9995 => 2,
        s => (2.0 - s.log10().floor()) as usize,
    };
    let text = without_zeros(&format!("{value:.decimals$}")).to_owned();
    if text == "-0" { "0".into() } else { text }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// A size: `512 B`, `1.5 KiB`.
pub(crate) fn bytes(value: f64) -> String {
    for (limit, unit) in [(1_073_741_824.0, "GiB"), (1_048_576.0, "MiB"), (1_024.0, "KiB")] {
        if value >= limit {
            return format!("{} {unit}", three_digits(value / limit));
        }
    }
    format!("{} B", three_digits(value))
}

/// A span of time: `320 ms`, `42 s`, `3.1 h`.
pub(crate) fn span(ms: i64) -> String {
    let value = ms as f64;
    for (limit, unit) in [(31_557_600e3, "years"), (86_400e3, "d"), (3_600e3, "h"), (60e3, "min"), (1e3, "s")] {
        if value >= limit {
            return format!("{} {unit}", three_digits(value / limit));
        }
    }
    format!("{ms} ms")
}

/// A delay as `event_time` takes it, never shorter than asked: `42s`, `320ms`.
pub(crate) fn delay(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{}ms", (ms.max(0) + 9) / 10 * 10),
        1_000..120_000 => format!("{}s", (ms + 999) / 1_000),
        120_000..7_200_000 => format!("{}m", (ms + 59_999) / 60_000),
        _ => format!("{}h", (ms + 3_599_999) / 3_600_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        let shown: Vec<String> =
            [0.0, -0.0, 0.00123, 0.5, 1.0, 9.999, 12.94, 999.6, 1234.0, -45678.0, 999_999.0, 1.234e6, 5e20, -1e-9]
                .iter()
                .map(|v| number(*v))
                .collect();
        assert_eq!(shown.join(" "), "0 0 0.00123 0.5 1 10 12.9 1000 1,234 -45,678 1M 1.23M 5.00e20 -1.00e-9");
    }

    #[test]
    fn a_percentage_is_zero_or_a_hundred_only_when_it_is() {
        let shown: Vec<String> = [0.0, 1e-9, 0.0015, 0.049, 0.987, 0.99999, 1.0].iter().map(|v| percent(*v)).collect();
        assert_eq!(shown.join(" | "), "0 % | <0.01 % | 0.15 % | 4.9 % | 98.7 % | >99.9 % | 100 %");
    }

    #[test]
    fn delays_round_up_and_spans_do_not() {
        assert_eq!([0, 15, 41_001, 130_000, 8_000_000].map(delay).join(" "), "0ms 20ms 42s 3m 3h");
        assert_eq!(span(41_000), "41 s");
        assert_eq!(span(2_400_000_000_000), "76.1 years");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(1536.0), "1.5 KiB");
    }
}
