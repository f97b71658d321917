//! Times as ISO-8601 text, both ways: what JSON and CSV hold, and what people read. Always UTC, to the millisecond.

const DAY_MS: i64 = 86_400_000;

/// The epoch milliseconds of an ISO-8601 text such as `2024-01-31T12:00:00.123Z`, `2024-01-31 12:00`, `2024-01-31T12:00:00+02:00` or
/// `2024-01-31`. Without an offset it is UTC; digits behind the millisecond are cut off.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let mut rest = Scanner(text.as_bytes());
    let days = rest.date()?;
    if rest.0.is_empty() {
        return Some(days * DAY_MS);
    }
    rest.one_of(b"Tt ")?;
    let time = rest.time()?;
    let offset = rest.offset()?;
    rest.0.is_empty().then_some(days * DAY_MS + time - offset)
}

/// The days since the epoch of a text such as `2024-01-31`.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let mut rest = Scanner(text.as_bytes());
    let days = rest.date()?;
    if rest.0.is_empty() { i32::try_from(days).ok() } else { None }
}

/// `2024-01-31T12:00:00.000Z`
pub(crate) fn write_timestamp(millis: i64, out: &mut Vec<u8>) {
    write_date(millis.div_euclid(DAY_MS), out);
    let time = millis.rem_euclid(DAY_MS);
    out.push(b'T');
    push_number(time / 3_600_000, 2, out);
    out.push(b':');
    push_number(time / 60_000 % 60, 2, out);
    out.push(b':');
    push_number(time / 1_000 % 60, 2, out);
    out.push(b'.');
    push_number(time % 1_000, 3, out);
    out.push(b'Z');
}

/// `2024-01-31`
pub(crate) fn write_date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    if year < 0 {
        out.push(b'-');
    } else if year > 9_999 {
        out.push(b'+');
    }
    push_number(year.abs(), 4, out);
    out.push(b'-');
    push_number(month, 2, out);
    out.push(b'-');
    push_number(day, 2, out);
}

/// `2024-01-31 12:00`, for people.
pub(crate) fn minute(millis: i64) -> String {
    let mut text = Vec::with_capacity(16);
    write_date(millis.div_euclid(DAY_MS), &mut text);
    let time = millis.rem_euclid(DAY_MS);
    text.push(b' ');
    push_number(time / 3_600_000, 2, &mut text);
    text.push(b':');
    push_number(time / 60_000 % 60, 2, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// `2024-01-31 12:00:05`, for people.
pub(crate) fn second(millis: i64) -> String {
    format!("{}:{:02}", minute(millis), millis.rem_euclid(60_000) / 1_000)
}

fn push_number(number: i64, width: usize, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    while rest > 0 || digits.len() - at < width {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits[at..]);
}

/// Days since the epoch of a civil date (Howard Hinnant's algorithm, proleptic Gregorian).
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date of a day: the inverse of [`days_from_civil`].
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
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

pub(crate) fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// What is left of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !wanted.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(*first)
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.0.get(..count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = &self.0[count..];
        Some(digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0')))
    }

    fn date(&mut self) -> Option<i64> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        let day = self.digits(2)?;
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        valid.then(|| days_from_civil(year, month, day))
    }

    /// Milliseconds of the day.
    fn time(&mut self) -> Option<i64> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        let mut millis = 0;
        if self.one_of(b":").is_some() {
            let second = self.digits(2)?;
            millis = second * 1_000;
            if second > 59 {
                return None;
            }
            if self.one_of(b".,").is_some() {
                millis += self.fraction()?;
            }
        }
        (hour < 24 && minute < 60).then_some((hour * 60 + minute) * 60_000 + millis)
    }

    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        let millis = (0..3)
            .fold(0, |millis, index| millis * 10 + if index < count { i64::from(self.0[index] - b'0') } else { 0 });
        self.0 = &self.0[count..];
        Some(millis)
    }

    /// `Z`, `+02:00`, `+0200`, `+02` or nothing, in milliseconds.
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

    fn timestamp(millis: i64) -> String {
        let mut text = Vec::new();
        write_timestamp(millis, &mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn known_times() {
        assert_eq!(parse_timestamp("2024-01-01T00:00:00Z"), Some(1_704_067_200_000));
        assert_eq!(parse_timestamp("2024-01-01T00:00:00.1239"), Some(1_704_067_200_123));
        assert_eq!(parse_timestamp("2024-01-01 02:30:00+02:30"), Some(1_704_067_200_000));
        assert_eq!(parse_timestamp("2023-12-31T22:00-0200"), Some(1_704_067_200_000));
        assert_eq!(parse_timestamp("2024-01-01"), Some(1_704_067_200_000));
        assert_eq!(parse_date("2000-02-29"), Some(11_016));
        assert_eq!(timestamp(1_704_067_200_000), "2024-01-01T00:00:00.000Z");
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(minute(4_070_908_800_000), "2099-01-01 00:00");
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "2024",
            "2024-13-01",
            "2023-02-29",
            "2024-01-01T24:00:00",
            "2024-01-01T00:00:00X",
            "2024-01-01T",
            "12:00",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
        assert_eq!(parse_date("2024-01-01T00:00"), None);
    }

    proptest! {
        #[test]
        fn written_times_are_read_back(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            prop_assert_eq!(parse_timestamp(&timestamp(millis)), Some(millis));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            parse_timestamp(&text);
            parse_date(&text);
        }

        #[test]
        fn dates_agree_with_chrono(days in -700_000_i64..2_900_000) {
            let mut text = Vec::new();
            write_date(days, &mut text);
            let date = chrono::NaiveDate::from_epoch_days(i32::try_from(days).unwrap()).unwrap();
            prop_assert_eq!(String::from_utf8(text).unwrap(), date.format("%Y-%m-%d").to_string());
        }
    }
}
