//! Times as ISO-8601 text, both ways: what JSON and CSV hold, and what people read. Always UTC, to the millisecond.

pub(crate) use headwater_profile::{
    civil, days_from_civil, days_in_month, read_date as parse_date, read_timestamp as parse_timestamp,
};

const DAY_MS: i64 = 86_400_000;

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
        assert_eq!(timestamp(1_704_067_200_000), "2024-01-01T00:00:00.000Z");
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(minute(4_070_908_800_000), "2099-01-01 00:00");
    }

    proptest! {
        #[test]
        fn written_times_are_read_back(millis in -62_167_219_200_000_i64..253_402_300_800_000) {
            prop_assert_eq!(parse_timestamp(&timestamp(millis)), Some(millis));
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
