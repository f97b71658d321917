//! Times in data of unknown origin: ISO-8601 text, integers since the epoch, and how far behind one another they come.

use std::collections::HashMap;

/// Rows whose times are compared with one another; the rest only count for the extremes.
const KEPT: usize = 32_768;
/// A time this much after the newest broker time is in the future (clocks are never quite together).
const SLACK_MS: i64 = 3_600_000;
const YEAR_MS: i64 = 366 * 86_400_000;
/// 2000-01-01 and 10000-01-01, the range in which an integer is taken for a time.
const EPOCH_SECONDS: std::ops::Range<i64> = 946_684_800..253_402_300_800;

/// Times of one path, in arrival order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    kept: Vec<(u32, i64)>,
    pub(crate) seen: u64,
    pub(crate) min_ms: Option<i64>,
    pub(crate) max_ms: Option<i64>,
    /// After the newest broker time, where that is known.
    future: u64,
    pub(crate) near_zero: u64,
    /// Seen as seconds, not milliseconds (integers only).
    pub(crate) seconds: u64,
}

/// What comparing the times of each partition with one another gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lateness {
    pub(crate) compared: u64,
    pub(crate) behind: u64,
    pub(crate) max_ms: i64,
    pub(crate) p999_ms: i64,
    pub(crate) future: u64,
}

impl Times {
    pub(crate) fn push(&mut self, partition: u32, ms: i64, newest_ms: Option<i64>) {
        self.seen += 1;
        self.min_ms = Some(self.min_ms.map_or(ms, |m| m.min(ms)));
        self.max_ms = Some(self.max_ms.map_or(ms, |m| m.max(ms)));
        if is_near_zero(ms) {
            self.near_zero += 1;
        }
        if newest_ms.is_some_and(|newest| ms > newest.saturating_add(SLACK_MS)) {
            self.future += 1;
        }
        if self.kept.len() < KEPT {
            self.kept.push((partition, ms));
        }
    }

    /// Takes an integer if it can be a time since the epoch, and says whether it could.
    pub(crate) fn push_epoch(&mut self, partition: u32, value: i64, newest_ms: Option<i64>) {
        if EPOCH_SECONDS.contains(&value) {
            self.seconds += 1;
            self.push(partition, value * 1_000, newest_ms);
        } else if EPOCH_SECONDS.contains(&(value / 1_000)) {
            self.push(partition, value, newest_ms);
        } else if value == 0 {
            // The usual stand-in for "no time"; counts only if the rest are times.
            self.near_zero += 1;
        }
    }

    /// The last moment that is not the future: from the broker, or far beyond the bulk of the data.
    fn horizon(&self, newest_ms: Option<i64>) -> Option<i64> {
        if let Some(newest) = newest_ms {
            return Some(newest.saturating_add(SLACK_MS));
        }
        let mut values: Vec<i64> = self.kept.iter().map(|(_, ms)| *ms).collect();
        values.sort_unstable();
        let p90 = values.get(values.len() * 9 / 10)?;
        Some(p90.saturating_add(YEAR_MS))
    }

    pub(crate) fn lateness(&self, newest_ms: Option<i64>) -> Lateness {
        let horizon = self.horizon(newest_ms).unwrap_or(i64::MAX);
        let mut latest: HashMap<u32, i64> = HashMap::new();
        let mut behind: Vec<i64> = Vec::new();
        // A time of the future would make everything after it late, one of 1970 would be late itself: both are
        // findings of their own, not out-of-orderness.
        for (partition, ms) in self.kept.iter().filter(|(_, ms)| *ms <= horizon && !is_near_zero(*ms)) {
            let max = latest.entry(*partition).or_insert(*ms);
            behind.push((*max).saturating_sub(*ms).max(0));
            *max = (*max).max(*ms);
        }
        behind.sort_unstable();
        let rank = (behind.len() as f64 * 0.999).ceil() as usize;
        let beyond = self.kept.iter().filter(|(_, ms)| *ms > horizon).count() as u64;
        Lateness {
            compared: behind.len() as u64,
            behind: behind.iter().filter(|ms| **ms > 0).count() as u64,
            max_ms: behind.last().copied().unwrap_or(0),
            p999_ms: rank.checked_sub(1).and_then(|at| behind.get(at)).copied().unwrap_or(0),
            future: if newest_ms.is_some() { self.future } else { beyond },
        }
    }

    /// The range without the times that are findings of their own.
    pub(crate) fn plausible_range(&self, newest_ms: Option<i64>) -> Option<(i64, i64)> {
        let horizon = self.horizon(newest_ms).unwrap_or(i64::MAX);
        let plausible = || self.kept.iter().map(|(_, ms)| *ms).filter(|ms| *ms <= horizon && !is_near_zero(*ms));
        Some((plausible().min()?, plausible().max()?))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = i64> + '_ {
        self.kept.iter().map(|(_, ms)| *ms)
    }
}

fn is_near_zero(ms: i64) -> bool {
    ms.unsigned_abs() < YEAR_MS.unsigned_abs()
}

/// `2026-01-01T00:00:00.000Z` and its usual variants as epoch ms: a space for the T, no fraction, an offset, no zone
/// (UTC), or a date alone.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let date = text.get(..10)?;
    let (year, month, day) = (digits(date.get(..4)?)?, digits(date.get(5..7)?)?, digits(date.get(8..10)?)?);
    if date.as_bytes()[4] != b'-' || date.as_bytes()[7] != b'-' || !(1..=12).contains(&month) {
        return None;
    }
    if day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let midnight = days_from_civil(year, month, day) * 86_400_000;
    let rest = &text[10..];
    if rest.is_empty() {
        return Some(midnight);
    }
    let (clock, offset_ms) = split_zone(rest.strip_prefix(['T', 't', ' '])?)?;
    Some(midnight + parse_clock(clock)? - offset_ms)
}

/// The clock part, and what the zone after it adds to UTC.
fn split_zone(text: &str) -> Option<(&str, i64)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, 0)) };
    let zone = &text[at + 1..];
    let (hours, minutes) = match zone.len() {
        2 => (digits(zone)?, 0),
        4 => (digits(zone.get(..2)?)?, digits(zone.get(2..)?)?),
        5 if zone.as_bytes()[2] == b':' => (digits(zone.get(..2)?)?, digits(zone.get(3..)?)?),
        _ => return None,
    };
    let sign = if text.as_bytes()[at] == b'-' { -1 } else { 1 };
    (hours < 24 && minutes < 60).then(|| (&text[..at], sign * (hours * 60 + minutes) * 60_000))
}

fn parse_clock(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).map_or((text, None), |(w, f)| (w, Some(f)));
    let mut parts = whole.split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = parts.next().map_or(Some(0), digits)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let ms = match fraction {
        None => 0,
        Some(f) if !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()) => {
            digits(&format!("{f:0<3}").chars().take(3).collect::<String>())?
        }
        Some(_) => return None,
    };
    Some(((hour * 60 + minute) * 60 + second) * 1_000 + ms)
}

fn digits(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 (Howard Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// `2026-01-01 00:00:05`, UTC, without what is zero at its end.
pub(crate) fn text(ms: i64) -> String {
    let days = ms.div_euclid(86_400_000);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let of_day = ms.rem_euclid(86_400_000) / 1_000;
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        (_, _, 0) => format!("{date} {hour:02}:{minute:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn iso_text_in_its_usual_variants() {
        let base = 1_767_225_600_000; // 2026-01-01
        assert_eq!(parse("2026-01-01"), Some(base));
        assert_eq!(parse("2026-01-01T00:00:05Z"), Some(base + 5_000));
        assert_eq!(parse("2026-01-01 00:00:05.12"), Some(base + 5_120));
        assert_eq!(parse("2026-01-01T02:00:00.123456789+02:00"), Some(base + 123));
        assert_eq!(parse("2025-12-31T22:00-0200"), Some(base));
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
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
        assert_eq!(text(base), "2026-01-01");
        assert_eq!(text(base + 3_605_000), "2026-01-01 01:00:05");
        assert_eq!(text(-1), "1969-12-31 23:59:59");
    }

    #[test]
    fn lateness_is_measured_per_partition_and_without_impossible_times() {
        let mut times = Times::default();
        let base = 1_767_225_600_000;
        for i in 0..1_000 {
            times.push(0, base + i * 1_000, Some(base + 1_000_000));
            times.push(1, base + 500_000 + i * 1_000 - if i % 100 == 50 { 30_000 } else { 0 }, Some(base + 1_600_000));
        }
        times.push(0, parse("2099-01-01T00:00:00Z").unwrap(), Some(base + 1_000_000));
        times.push(0, 0, Some(base + 1_000_000));
        let found = times.lateness(Some(base + 1_600_000));
        assert_eq!((found.behind, found.max_ms, found.p999_ms), (10, 29_000, 29_000));
        assert_eq!(found.future, 1);
        assert_eq!(times.near_zero, 1);
        let without_broker = times.lateness(None);
        assert_eq!((without_broker.future, without_broker.max_ms), (1, 29_000));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in -60_000_000_000_i64..250_000_000_000) {
            let ms = seconds * 1_000;
            let written = text(ms);
            if !written.starts_with('-') && written.find('-') == Some(4) {
                prop_assert_eq!(parse(&written), Some(ms), "{}", written);
            }
        }

        #[test]
        fn nothing_makes_the_parser_panic(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
