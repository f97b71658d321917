//! When which key came: a key that is hot all day is another trouble than one that is hot for an hour.

use serde::Serialize;

use crate::keys::input::KeyRow;
use crate::keys::tally::Tally;

/// Keys that the map names.
const KEYS: usize = 12;
/// The most buckets of time.
const BUCKETS: usize = 48;
/// A bucket with fewer rows says nothing about shares.
const ROWS: u64 = 20;

/// The share of the most frequent keys, over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatMap {
    /// Where the first bucket begins (epoch milliseconds).
    pub from_ms: i64,
    /// How long a bucket is, milliseconds.
    pub bucket_ms: i64,
    /// How many rows of the sample each bucket has.
    pub rows: Vec<u64>,
    /// The most frequent keys, most frequent first.
    pub keys: Vec<HeatRow>,
    /// The share of all other keys in each bucket; `None` where there are too few rows to tell.
    pub other: Vec<Option<f64>>,
    /// How the most frequent key behaves.
    pub pattern: HeatPattern,
}

/// One key over time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeatRow {
    /// Its text, made safe to print.
    pub text: String,
    /// Its share in each bucket; `None` where there are too few rows to tell.
    pub shares: Vec<Option<f64>>,
}

/// How the most frequent key behaves over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HeatPattern {
    /// It is as frequent all the time.
    Permanent,
    /// It has hours in which it is far more frequent than in others.
    Bursty,
    /// At other times another key is the most frequent one.
    Rotating,
    /// There is too little to tell.
    Unknown,
}

/// The map of the rows that have a time; `None` when there are none, or all have the same.
pub(crate) fn heat(rows: &[KeyRow], tally: &Tally<'_>) -> Option<HeatMap> {
    let times = || rows.iter().filter_map(|row| row.time_ms);
    let (from_ms, to) = (times().min()?, times().max()?);
    let bucket_ms = bucket(to.saturating_sub(from_ms))?;
    // Buckets begin at round times.
    let from_ms = from_ms.div_euclid(bucket_ms) * bucket_ms;
    let buckets = usize::try_from((to - from_ms) / bucket_ms + 1).ok()?;
    let named: Vec<_> = tally.keys.iter().take(KEYS).map(|key| key.value).collect();
    let mut counts = vec![vec![0_u64; buckets]; named.len()];
    let mut all = vec![0_u64; buckets];
    for row in rows {
        let Some(at) = row.time_ms.and_then(|ms| usize::try_from((ms - from_ms) / bucket_ms).ok()) else { continue };
        all[at] += 1;
        if let Some(key) = named.iter().position(|key| **key == row.key) {
            counts[key][at] += 1;
        }
    }
    let share = |count: u64, at: usize| (all[at] >= ROWS).then(|| count as f64 / all[at] as f64);
    let of_key = |counts: &Vec<u64>| counts.iter().enumerate().map(|(at, count)| share(*count, at)).collect();
    let keys: Vec<HeatRow> =
        named.iter().zip(&counts).map(|(key, counts)| HeatRow { text: key.shown(), shares: of_key(counts) }).collect();
    let other = (0..buckets).map(|at| share(all[at] - counts.iter().map(|own| own[at]).sum::<u64>(), at)).collect();
    let pattern = pattern(&keys);
    Some(HeatMap { from_ms, bucket_ms, rows: all, keys, other, pattern })
}

/// The shortest round length of which [`BUCKETS`] cover so long a time.
fn bucket(span_ms: i64) -> Option<i64> {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    if span_ms <= 0 {
        return None;
    }
    let round =
        [1, 10, 100, SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR];
    let most = i64::try_from(BUCKETS - 1).ok()?;
    let fits = |length: &i64| span_ms / length < most;
    // Beyond that whole days, as many as it takes.
    Some(round.into_iter().find(fits).unwrap_or_else(|| (span_ms / (most * DAY) + 1) * DAY))
}

fn pattern(keys: &[HeatRow]) -> HeatPattern {
    let Some(top) = keys.first() else { return HeatPattern::Unknown };
    let known: Vec<(usize, f64)> =
        top.shares.iter().enumerate().filter_map(|(at, share)| share.map(|share| (at, share))).collect();
    if known.len() < 4 {
        return HeatPattern::Unknown;
    }
    let mut shares: Vec<f64> = known.iter().map(|(_, share)| *share).collect();
    shares.sort_by(f64::total_cmp);
    let (median, high) = (crate::spread::quantile(&shares, 0.5), crate::spread::quantile(&shares, 0.95));
    // Others take its place when, at most times, another key is about as frequent as this one is at its best.
    let replaced = |at: usize, own: f64| {
        keys.iter().skip(1).any(|key| key.shares[at].is_some_and(|share| share > own && share > 0.5 * high))
    };
    if known.iter().filter(|(at, own)| replaced(*at, *own)).count() * 2 > known.len() {
        return HeatPattern::Rotating;
    }
    if high > 3.0 * median.max(0.005) { HeatPattern::Bursty } else { HeatPattern::Permanent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyInput;

    fn map(rows: Vec<KeyRow>) -> Option<HeatMap> {
        let input = KeyInput { rows, ..KeyInput::default() };
        heat(&input.rows, &Tally::of(&input))
    }

    fn rows(hot: impl Fn(u32) -> String) -> Vec<KeyRow> {
        (0..48_000)
            .map(|i| KeyRow { key: hot(i).as_str().into(), time_ms: Some(i64::from(i) * 1_800), ..KeyRow::default() })
            .collect()
    }

    #[test]
    fn permanent_bursty_and_rotating_keys_are_told_apart() {
        let fifth =
            |i: u32, own: bool| if own && i % 5 == 0 { "New York".to_owned() } else { format!("town {}", i % 997) };
        let permanent = map(rows(|i| fifth(i, true))).unwrap();
        assert_eq!(permanent.pattern, HeatPattern::Permanent);
        assert_eq!((permanent.keys[0].text.as_str(), permanent.rows.len() <= BUCKETS), ("New York", true));
        assert_eq!(map(rows(|i| fifth(i, (20_000..24_000).contains(&i)))).unwrap().pattern, HeatPattern::Bursty);
        let rotating = |i: u32| if i % 5 == 0 { format!("hot {}", i / 8_000) } else { format!("town {}", i % 997) };
        assert_eq!(map(rows(rotating)).unwrap().pattern, HeatPattern::Rotating);
    }

    #[test]
    fn without_times_there_is_no_map() {
        assert_eq!(map(vec![KeyRow::default(); 5]), None);
        assert_eq!(map(vec![KeyRow { time_ms: Some(7), ..KeyRow::default() }; 5]), None);
        let far = [i64::MIN / 4, i64::MAX / 4].map(|ms| KeyRow { time_ms: Some(ms), ..KeyRow::default() });
        assert!(map(far.to_vec()).is_some_and(|map| map.rows.len() <= BUCKETS + 1));
    }
}
