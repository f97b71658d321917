//! Days and instants as ISO-8601 text: what JSON and CSV hold. One reader for reports and jobs, so that what a report calls a time is one
//! to a job too.

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// The epoch milliseconds of a text such as `2024-01-31T12:00:00.123Z`, `2024-01-31 12:00`, `2024-01-31T12:00:00+02:00` or `2024-01-31`.
/// Without an offset it is UTC; digits behind the millisecond are cut off.
///
/// ```
/// use headwater_profile::read_timestamp;
/// assert_eq!(read_timestamp("1970-01-01T02:00:05+02:00"), Some(5_000));
/// assert_eq!(read_timestamp("2023-02-29"), None);
/// ```
pub fn read_timestamp(text: &str) -> Option<i64> {
    let mut rest = Scanner(text.as_bytes());
    let midnight = rest.date()? * DAY_MS;
    if rest.0.is_empty() {
        return Some(midnight);
    }
    rest.one_of(b"Tt ")?;
    let clock = rest.clock()?;
    let offset = rest.offset()?;
    rest.0.is_empty().then_some(midnight + clock - offset)
}

/// The days since the epoch of a text such as `2024-01-31`.
pub fn read_date(text: &str) -> Option<i32> {
    let mut rest = Scanner(text.as_bytes());
    let days = rest.date()?;
    if rest.0.is_empty() { i32::try_from(days).ok() } else { None }
}

/// Days since the epoch of a civil date (Howard Hinnant's algorithm, proleptic Gregorian).
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date of a day: the inverse of [`days_from_civil`].
pub fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

/// How many days the month has.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What is left of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first().filter(|(first, _)| wanted.contains(first))?;
        self.0 = rest;
        Some(*first)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        let day = self.digits(2)?;
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        valid.then(|| days_from_civil(year, month, day))
    }

    /// Milliseconds of the day; digits behind the millisecond are cut off.
    fn clock(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        let (mut second, mut ms) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.digits(2)?;
            if self.one_of(b".,").is_some() {
                let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let (fraction, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
                ms = fraction.iter().chain(b"00").take(3).fold(0, |ms, digit| ms * 10 + i64::from(digit - b'0'));
                self.0 = rest;
            }
        }
        (hour < 24 && minute < 60 && second < 60).then_some(((hour * 60 + minute) * 60 + second) * 1_000 + ms)
    }

    /// `Z`, `+02:00`, `+0200`, `+02` or nothing, in ms.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.one_of(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.one_of(b"+-")? == b'-' { -1 } else { 1 };
        let hour = self.digits(2)?;
        let colon = self.one_of(b":").is_some();
        let minute = if colon || !self.0.is_empty() { self.digits(2)? } else { 0 };
        (hour < 24 && minute < 60).then_some(sign * (hour * 60 + minute) * 60_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn iso_text_in_its_usual_variants() {
        let base = 1_767_225_600_000; // 2026-01-01
        assert_eq!(read_timestamp("2026-01-01"), Some(base));
        assert_eq!(read_timestamp("2026-01-01T00:00:05Z"), Some(base + 5_000));
        assert_eq!(read_timestamp("2026-01-01 00:00:05.12"), Some(base + 5_120));
        assert_eq!(read_timestamp("2026-01-01T02:00:00.123456789+02:00"), Some(base + 123));
        assert_eq!(read_timestamp("2025-12-31T22:00-0200"), Some(base));
        assert_eq!(read_timestamp("2026-01-01T00:00:00,5Z"), Some(base + 500));
        assert_eq!(read_timestamp("2026-01-01t02:00:00+02"), Some(base));
        for broken in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-01-01T",
            "2026-01-01T25:00:00Z",
            "20260101",
            "New York",
            "2026-01-01T00:00:00+99:00",
            "2026-01-01T00:00:00.xZ",
            "é026-01-01",
            "2026-01-01é",
            // What the JSON reader of a job refuses too.
            " 2026-01-01",
            "2026-01-01T00:00:60Z",
            "2026-01-01T1:02:03Z",
            "2026-01-01T00:00:00+2:00",
        ] {
            assert_eq!(read_timestamp(broken), None, "{broken}");
        }
        assert_eq!((read_date("2000-02-29"), read_date("2024-01-01T00:00")), (Some(11_016), None));
    }

    proptest! {
        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC{0,40}") {
            let _ = (read_timestamp(&text), read_date(&text));
        }

        #[test]
        fn a_day_is_its_date(days in -700_000_i64..2_900_000) {
            let (year, month, day) = civil(days);
            prop_assert_eq!(days_from_civil(year, month, day), days);
            prop_assert!((1..=days_in_month(year, month)).contains(&day));
        }
    }
}
