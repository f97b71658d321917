//! Times in data of unknown origin: ISO-8601 text, integers since the epoch, and how far behind one another they come.

use crate::calendar::{DAY_MS, civil};
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

/// `2026-01-01 00:00:05`, UTC, without what is zero at its end.
pub(crate) fn text(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let of_day = ms.rem_euclid(DAY_MS) / 1_000;
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
    use crate::calendar::read_timestamp;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_written_without_what_is_zero_at_its_end() {
        let base = 1_767_225_600_000; // 2026-01-01
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
        all.push(at(0, read_timestamp("2099-01-01T00:00:00Z").unwrap()));
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
                prop_assert_eq!(read_timestamp(&written), Some(ms), "{}", written);
            }
        }
    }
}
