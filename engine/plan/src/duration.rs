//! Lengths of time and sizes in bytes as people write them: `10s`, `1h30m`, `64MiB`.

const TIME_UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const SIZE_UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

/// Reads a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`, as milliseconds.
///
/// ```
/// assert_eq!(headwater::parse_duration("1h30m"), Ok(5_400_000));
/// assert!(headwater::parse_duration("10 parsecs").is_err());
/// ```
pub fn parse_duration(text: &str) -> Result<u64, String> {
    sum_of_parts(text, &TIME_UNITS)
        .ok_or_else(|| format!("`{text}` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`"))
}

/// Writes milliseconds as [`parse_duration`] reads them, in the largest units that fit.
///
/// ```
/// assert_eq!(headwater::format_duration(5_400_000), "1h30m");
/// ```
pub fn format_duration(millis: u64) -> String {
    let mut rest = millis;
    let mut text = String::new();
    for (unit, size) in TIME_UNITS {
        if rest / size > 0 {
            text.push_str(&format!("{}{unit}", rest / size));
            rest %= size;
        }
    }
    if text.is_empty() { "0ms".into() } else { text }
}

/// Reads a size such as `512KiB`, `64MiB`, `10MB` or a plain number of bytes.
///
/// ```
/// assert_eq!(headwater::parse_size("1MiB"), Ok(1_048_576));
/// ```
pub fn parse_size(text: &str) -> Result<u64, String> {
    let plain = text.trim().parse().ok();
    plain
        .or_else(|| sum_of_parts(text, &SIZE_UNITS))
        .ok_or_else(|| format!("`{text}` is not a size such as `512KiB`, `64MiB` or `10MB`"))
}

/// Writes a size as [`parse_size`] reads it, in the largest binary unit that leaves no rest.
///
/// ```
/// assert_eq!(headwater::format_size(1_048_576), "1MiB");
/// ```
pub fn format_size(bytes: u64) -> String {
    let mut binary = SIZE_UNITS.into_iter().filter(|(_, size)| size.is_power_of_two());
    let whole = binary.find(|(_, size)| bytes > 0 && bytes.is_multiple_of(*size));
    let (unit, size) = whole.unwrap_or(("B", 1));
    format!("{}{unit}", bytes / size)
}

/// `1h 30m` → the sum of its parts; `None` when there is none, a unit is unknown, or the sum is too large.
fn sum_of_parts(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: Option<u64> = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start();
        let end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, size) = units.iter().find(|(unit, _)| unit.eq_ignore_ascii_case(&after[..end]))?;
        total = Some(total.unwrap_or(0).checked_add(number.checked_mul(*size)?)?);
        rest = after[end..].trim_start();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_of_time_are_read() {
        let read = |text| parse_duration(text).ok();
        assert_eq!(
            [read("250ms"), read("10s"), read(" 1m "), read("1h 30m"), read("2d"), read("0s")],
            [Some(250), Some(10_000), Some(60_000), Some(5_400_000), Some(172_800_000), Some(0)]
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "10", "s", "1.5s", "-1s", "10 parsecs", "99999999999999999999s", "300000000000d", "1é"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(parse_duration("10 parsecs").unwrap_err(), @"`10 parsecs` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`");
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!([parse_size("1000"), parse_size("1kb"), parse_size("2 GiB")], [Ok(1000), Ok(1000), Ok(2 << 30)]);
        insta::assert_snapshot!(parse_size("much").unwrap_err(), @"`much` is not a size such as `512KiB`, `64MiB` or `10MB`");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis: u64) {
            prop_assert_eq!(parse_duration(&format_duration(millis)), Ok(millis));
            prop_assert_eq!(parse_size(&format_size(millis)), Ok(millis));
        }
    }
}
