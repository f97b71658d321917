//! Instants as people write them, `2026-11-15` or `2026-11-15T08:30:00Z`, to and from epoch milliseconds. Always UTC.

const DAY_MS: i64 = 86_400_000;

/// Reads `2026-11-15`, `2026-11-15T08:30`, `2026-11-15 08:30:15.250` or the same with a `Z`, as epoch milliseconds, UTC.
///
/// ```
/// assert_eq!(headwater::parse_instant("2026-11-15T00:00"), Ok(1_794_700_800_000));
/// assert!(headwater::parse_instant("yesterday").is_err());
/// ```
pub fn parse_instant(text: &str) -> Result<i64, String> {
    read(text.trim().trim_end_matches('Z'))
        .ok_or_else(|| format!("`{text}` is not an instant such as `2026-11-15` or `2026-11-15T08:30` (UTC)"))
}

/// Writes epoch milliseconds as [`parse_instant`] reads them, no longer than needed: `2026-11-15T08:30`.
///
/// ```
/// assert_eq!(headwater::format_instant(1_794_700_800_000), "2026-11-15T00:00");
/// ```
pub fn format_instant(millis: i64) -> String {
    let (year, month, day) = civil(millis.div_euclid(DAY_MS));
    let time = millis.rem_euclid(DAY_MS);
    let (hour, minute, second, rest) = (time / 3_600_000, time / 60_000 % 60, time / 1_000 % 60, time % 1_000);
    let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}");
    if second > 0 || rest > 0 {
        text.push_str(&format!(":{second:02}"));
    }
    if rest > 0 {
        text.push_str(&format!(".{rest:03}"));
    }
    text
}

fn read(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || !(1..=9_999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let days = days_from_civil(year, month, day);
    // A day that the month does not have comes out as one of the next.
    if civil(days) != (year, month, day) {
        return None;
    }
    Some(days * DAY_MS + time.map_or(Some(0), time_of_day)?)
}

/// `08:30`, `08:30:15` or `08:30:15.250` as milliseconds.
fn time_of_day(text: &str) -> Option<i64> {
    let (text, fraction) = match text.split_once('.') {
        Some((text, fraction)) => (text, digits(&format!("{fraction:0<3}")[..3])?),
        None => (text, 0),
    };
    let mut parts = text.split(':').map(digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    let real = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    real.then_some(((hour * 60 + minute) * 60 + second) * 1_000 + fraction)
}

fn digits(text: &str) -> Option<i64> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Days since the epoch of a civil date (Howard Hinnant's algorithm, proleptic Gregorian).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date of a day: the inverse of [`days_from_civil`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn instants_are_read() {
        let read = |text| parse_instant(text).ok();
        assert_eq!(
            [
                read("1970-01-01"),
                read("2024-02-29T12:00Z"),
                read(" 2024-02-29 12:00:01.5 "),
                read("2001-12-31T23:59:59")
            ],
            [Some(0), Some(1_709_208_000_000), Some(1_709_208_001_500), Some(1_009_843_199_000)]
        );
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-1-1T25:00",
            "2026-01-01T",
            "é-01-01",
            "2026-01-01T10",
            "-1-01-01",
        ] {
            assert!(parse_instant(text).is_err(), "{text}");
        }
        insta::assert_snapshot!(parse_instant("yesterday").unwrap_err(), @"`yesterday` is not an instant such as `2026-11-15` or `2026-11-15T08:30` (UTC)");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(millis in -62_000_000_000_000_i64..253_000_000_000_000) {
            prop_assert_eq!(parse_instant(&format_instant(millis)), Ok(millis));
        }

        #[test]
        fn no_text_is_a_panic(text: String) {
            let _ = parse_instant(&text);
        }
    }
}
