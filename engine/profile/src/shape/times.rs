//! Times in data of unknown origin: ISO-8601 text, integers since the epoch, and how far behind one another they come.

use crate::shape::lateness::Delays;
use crate::spread::Spread;

/// Where no broker says what the future is, it is judged by so many times; until then they are kept.
const KEPT: usize = 32_768;
/// A time this much after the newest broker time is in the future (clocks are never quite together).
const SLACK_MS: i64 = 3_600_000;
const YEAR_MS: i64 = 366 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// Hours of a week.
const WEEK: usize = 168;
/// 2000-01-01 and 10000-01-01, the range in which an integer is taken for a time.
const EPOCH_SECONDS: std::ops::Range<i64> = 946_684_800..253_402_300_800;
/// For units so fine, only until 2100: a large number would too often be one.
const FINE_SECONDS: std::ops::Range<i64> = 946_684_800..4_102_444_800;

/// Where a record stands: its partition, its block of the sample, and the broker's time of it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) partition: u32,
    pub(crate) block: u32,
    pub(crate) broker_ms: Option<i64>,
}

/// Times of one path, in arrival order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Times {
    kept: Vec<(Place, i64)>,
    horizon: Option<i64>,
    judged: Judged,
    pub(crate) seen: u64,
    pub(crate) min_ms: Option<i64>,
    pub(crate) max_ms: Option<i64>,
    pub(crate) near_zero: u64,
    /// Seen as seconds, not milliseconds (integers only).
    pub(crate) seconds: u64,
    /// Integers that would be times of this age in micro- and nanoseconds; they are not among `seen`.
    pub(crate) micros: u64,
    pub(crate) nanos: u64,
}

/// What is known of the times that are neither of the future nor of 1970.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judged {
    future: u64,
    latest: Vec<Latest>,
    at: usize,
    pub(crate) delays: Delays,
    pub(crate) spread: Spread,
    pub(crate) gaps: Spread,
    pub(crate) broker: Spread,
    pub(crate) hours: Vec<u64>,
    /// When the hour of the last time began, and which of the week it is.
    hour: (i64, usize),
}

#[derive(Debug, Clone, Copy)]
struct Latest {
    partition: u32,
    block: u32,
    ms: i64,
}

/// What comparing the times of each partition with one another gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lateness {
    pub(crate) compared: u64,
    pub(crate) behind: u64,
    pub(crate) max_ms: i64,
    pub(crate) p99_ms: i64,
    pub(crate) p999_ms: i64,
    pub(crate) future: u64,
}

impl Times {
    pub(crate) fn push(&mut self, place: Place, ms: i64, newest_ms: Option<i64>) {
        self.seen += 1;
        self.min_ms = Some(self.min_ms.map_or(ms, |m| m.min(ms)));
        self.max_ms = Some(self.max_ms.map_or(ms, |m| m.max(ms)));
        if is_near_zero(ms) {
            self.near_zero += 1;
            return;
        }
        let known = self.horizon.or(newest_ms.map(|newest| newest.saturating_add(SLACK_MS)));
        if let Some(horizon) = known {
            self.horizon = known;
            return self.judged.push(place, ms, horizon);
        }
        self.kept.push((place, ms));
        if self.kept.len() >= KEPT {
            self.settle();
        }
    }

    /// Takes an integer if it can be a time since the epoch.
    pub(crate) fn push_epoch(&mut self, place: Place, value: i64, newest_ms: Option<i64>) {
        if EPOCH_SECONDS.contains(&value) {
            self.seconds += 1;
            self.push(place, value * 1_000, newest_ms);
        } else if EPOCH_SECONDS.contains(&(value / 1_000)) {
            self.push(place, value, newest_ms);
        } else if value == 0 {
            // The usual stand-in for "no time"; counts only if the rest are times.
            self.near_zero += 1;
        } else if FINE_SECONDS.contains(&(value / 1_000_000)) {
            self.micros += 1;
        } else if FINE_SECONDS.contains(&(value / 1_000_000_000)) {
            self.nanos += 1;
        }
    }

    /// Takes integers, as [`Times::push_epoch`] takes one.
    pub(crate) fn push_epochs(&mut self, place: Place, values: &[i64], newest_ms: Option<i64>) {
        if values.iter().any(|value| *value >= EPOCH_SECONDS.start) {
            return values.iter().for_each(|value| self.push_epoch(place, *value, newest_ms));
        }
        self.near_zero += values.iter().filter(|value| **value == 0).count() as u64;
    }

    /// Decides what the future is, if nothing has yet: from here on the numbers below can be read.
    pub(crate) fn settle(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let mut values: Vec<i64> = self.kept.iter().map(|(_, ms)| *ms).collect();
        let p90 = values.len() * 9 / 10;
        let horizon = values.select_nth_unstable(p90).1.saturating_add(YEAR_MS);
        self.horizon = Some(horizon);
        for (place, ms) in std::mem::take(&mut self.kept) {
            self.judged.push(place, ms, horizon);
        }
    }

    /// Takes in what `other` saw: other partitions, or a later stretch of them. Both settle first.
    pub(crate) fn merge(&mut self, other: &Times) {
        self.settle();
        let mut other = other.clone();
        other.settle();
        self.horizon = self.horizon.max(other.horizon);
        self.seen += other.seen;
        self.min_ms = self.min_ms.into_iter().chain(other.min_ms).min();
        self.max_ms = self.max_ms.max(other.max_ms);
        self.near_zero += other.near_zero;
        self.seconds += other.seconds;
        self.micros += other.micros;
        self.nanos += other.nanos;
        self.judged.merge(&other.judged);
    }

    /// What is known of the plausible times; after [`Times::settle`].
    pub(crate) fn judged(&self) -> &Judged {
        &self.judged
    }

    pub(crate) fn lateness(&self) -> Lateness {
        let delays = &self.judged.delays;
        Lateness {
            compared: delays.seen(),
            behind: delays.behind(),
            max_ms: delays.max(),
            p99_ms: delays.at(0.99),
            p999_ms: delays.at(0.999),
            future: self.judged.future,
        }
    }

    /// The range without the times that are findings of their own.
    pub(crate) fn plausible_range(&self) -> Option<(i64, i64)> {
        let ends = self.judged.spread.quantiles()?;
        Some((ends.min as i64, ends.max as i64))
    }
}

impl Judged {
    /// A time of the future would make everything after it late, one of 1970 would be late itself: both are findings of their own, not
    /// out-of-orderness.
    fn push(&mut self, place: Place, ms: i64, horizon: i64) {
        if ms > horizon {
            self.future += 1;
            return;
        }
        self.spread.push(ms as f64);
        if let Some(broker_ms) = place.broker_ms {
            self.broker.push(broker_ms.saturating_sub(ms) as f64);
        }
        // Times of one hour come together: it is looked up once.
        if self.hours.is_empty() || !(0..HOUR_MS).contains(&(ms.wrapping_sub(self.hour.0))) {
            self.hours.resize(WEEK, 0);
            let hour = ms.div_euclid(HOUR_MS);
            // 1970-01-01 was a Thursday; the week begins on Monday.
            self.hour = (hour * HOUR_MS, (hour + 72).rem_euclid(WEEK as i64) as usize);
        }
        self.hours[self.hour.1] += 1;
        self.order(place, ms);
    }

    fn order(&mut self, place: Place, ms: i64) {
        if self.latest.get(self.at).is_none_or(|latest| latest.partition != place.partition) {
            let known = self.latest.iter().position(|latest| latest.partition == place.partition);
            self.at = known.unwrap_or_else(|| {
                self.latest.push(Latest { partition: place.partition, block: place.block, ms });
                self.latest.len() - 1
            });
        }
        let latest = &mut self.latest[self.at];
        self.delays.push(latest.ms.saturating_sub(ms).max(0));
        if ms > latest.ms {
            // Between blocks of a sample lies what was not read: no gap.
            if latest.block == place.block {
                self.gaps.push((ms - latest.ms) as f64);
            }
            latest.ms = ms;
        }
        latest.block = place.block;
    }

    fn merge(&mut self, other: &Judged) {
        self.future += other.future;
        self.delays.merge(&other.delays);
        self.spread.merge(&other.spread);
        self.gaps.merge(&other.gaps);
        self.broker.merge(&other.broker);
        self.hours.resize(self.hours.len().max(other.hours.len()), 0);
        self.hours.iter_mut().zip(&other.hours).for_each(|(own, theirs)| *own += theirs);
        for theirs in &other.latest {
            match self.latest.iter_mut().find(|own| own.partition == theirs.partition) {
                Some(own) => own.ms = own.ms.max(theirs.ms),
                None => self.latest.push(*theirs),
            }
        }
    }
}

fn is_near_zero(ms: i64) -> bool {
    ms.unsigned_abs() < YEAR_MS.unsigned_abs()
}

/// Whether a text that is a time says its zone.
pub(crate) fn has_zone(text: &str) -> bool {
    let clock = text.get(10..).unwrap_or_default();
    clock.ends_with(['Z', 'z']) || clock.contains(['+', '-'])
}

/// `2026-01-01T00:00:00.000Z` and its usual variants as epoch ms: a space for the T, no fraction, an offset, no zone (UTC), or a date
/// alone. The same texts that a job reads as TIMESTAMP (`exec/src/time_text.rs`): what the report calls a time must be one there.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let mut rest = Scanner(text.as_bytes());
    let midnight = rest.date()? * 86_400_000;
    if rest.0.is_empty() {
        return Some(midnight);
    }
    rest.one_of(b"Tt ")?;
    let clock = rest.clock()?;
    let offset = rest.offset()?;
    rest.0.is_empty().then_some(midnight + clock - offset)
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
    let shown = match (hour, minute, second) {
        (0, 0, 0) => 3,
        (_, _, 0) => 5,
        _ => 6,
    };
    let mut text = String::with_capacity(19);
    match year {
        0..=9_999 => text.extend([digit(year / 1_000), digit(year / 100), digit(year / 10), digit(year)]),
        _ => text = format!("{year:04}"),
    }
    for (before, part) in
        [('-', month), ('-', day), (' ', hour), (':', minute), (':', second)].into_iter().take(shown - 1)
    {
        text.extend([before, digit(part / 10), digit(part)]);
    }
    text
}

/// The last digit of a number of at least 0.
fn digit(number: i64) -> char {
    char::from(b'0' + (number % 10) as u8)
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
        assert_eq!(parse("2026-01-01T00:00:00,5Z"), Some(base + 500));
        assert_eq!(parse("2026-01-01t02:00:00+02"), Some(base));
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
            assert_eq!(parse(broken), None, "{broken}");
        }
        assert_eq!(text(base), "2026-01-01");
        assert_eq!(text(base + 3_605_000), "2026-01-01 01:00:05");
        assert_eq!(text(-1), "1969-12-31 23:59:59");
    }

    fn at(partition: u32, ms: i64) -> (Place, i64) {
        (Place { partition, block: 0, broker_ms: Some(ms + 2_000) }, ms)
    }

    #[test]
    fn lateness_is_measured_per_partition_and_without_impossible_times() {
        let base = 1_767_225_600_000;
        let mut all = Vec::new();
        for i in 0..1_000 {
            all.push(at(0, base + i * 1_000));
            all.push(at(1, base + 500_000 + i * 1_000 - if i % 100 == 50 { 30_000 } else { 0 }));
        }
        all.push(at(0, parse("2099-01-01T00:00:00Z").unwrap()));
        all.push(at(0, 0));
        for newest in [Some(base + 1_600_000), None] {
            let mut times = Times::default();
            all.iter().for_each(|(place, ms)| times.push(*place, *ms, newest));
            times.settle();
            let found = times.lateness();
            assert_eq!((found.behind, found.max_ms, found.p999_ms), (10, 29_000, 29_000));
            assert_eq!((found.future, times.near_zero), (1, 1));
            assert_eq!(times.judged().broker.quantiles().unwrap().p50, 2_000.0);
            assert_eq!(times.judged().gaps.quantiles().unwrap().p50, 1_000.0);
        }
    }

    #[test]
    fn lateness_is_measured_over_all_times() {
        let mut times = Times::default();
        for i in 0..200_000_i64 {
            let late = if i > 100_000 && i % 50 == 0 { 42_000 } else { 0 };
            let (place, ms) = at(0, 1_767_225_600_000 + i * 100 - late);
            times.push(place, ms, None);
        }
        times.settle();
        let found = times.lateness();
        assert_eq!(found.compared, 200_000);
        assert!(found.behind > 1_900 && (41_000..42_100).contains(&found.p999_ms), "{found:?}");
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
