//! Timestamps and dates as text: ISO-8601, UTC, and back.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime};

/// Epoch milliseconds of an ISO-8601 text: `2024-01-01T00:00:00Z`, with or without fraction and offset (UTC without
/// one), a space instead of the `T`, or a date alone (its midnight). None for anything else.
///
/// ```
/// use headwater_exec::expression::parse_timestamp;
/// assert_eq!(parse_timestamp("1970-01-01T01:00:00.5+01:00"), Some(500));
/// assert_eq!(parse_timestamp("1970-01-02"), Some(86_400_000));
/// assert_eq!(parse_timestamp("yesterday"), None);
/// ```
pub fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(with_offset) = DateTime::parse_from_rfc3339(text) {
        return Some(with_offset.timestamp_millis());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0))
        .map(|naive| naive.and_utc().timestamp_millis())
}

/// Days since 1970-01-01 of a text such as `2024-01-01`.
pub fn parse_date(text: &str) -> Option<i32> {
    let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?;
    Some(date.num_days_from_ce() - DAYS_TO_1970)
}

/// Epoch milliseconds as `2024-01-01T00:00:00.000Z`; none when the year is beyond what a calendar holds.
pub fn timestamp_text(millis: i64) -> Option<String> {
    Some(DateTime::from_timestamp_millis(millis)?.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}

/// Days since 1970-01-01 as `2024-01-01`; none when beyond what a calendar holds.
pub fn date_text(days: i32) -> Option<String> {
    Some(NaiveDate::from_num_days_from_ce_opt(days.checked_add(DAYS_TO_1970)?)?.format("%Y-%m-%d").to_string())
}

/// 1970-01-01 counted in days from the first day of the year 1.
const DAYS_TO_1970: i32 = 719_163;
