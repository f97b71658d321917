//! From the keys of a sample to the key report.

pub(crate) mod input;
mod interval;
pub(crate) mod report;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use crate::Placement;
use crate::cells::{CELL_WIDTH, clean};
use crate::keys::input::KeyInput;
use crate::keys::interval::noise_floor;
use crate::keys::report::{Interval, KeyError, KeyReport, KeyShare, SlotForecast, SlotLoad};
use crate::keys::tally::Tally;
use crate::shape::values::chao1;
use crate::{DEFAULT_PARALLELISM, MAX_PARALLELISM};

/// Keys that a report names.
const TOP: usize = 15;
/// A key is hot when it alone is surely more than this much of what one worker should get.
const HOT: f64 = 1.0;
/// The 99.9th percentile of the normal distribution over its 95th.
const CHOSEN: f64 = 3.09 / 1.645;
/// What parts the columns of a composite key: no text of a person holds it.
const SEPARATOR: char = '\u{1f}';

/// What grouping by a key would do to so many workers.
pub fn keys(input: &KeyInput) -> Result<KeyReport, KeyError> {
    let workers = match input.parallelism.unwrap_or(DEFAULT_PARALLELISM) {
        0 => return Err(KeyError::NoWorkers),
        too_many if too_many > MAX_PARALLELISM => return Err(KeyError::TooManyWorkers(too_many)),
        workers => workers,
    };
    let tally = Tally::of(&input.rows, input.placement, workers);
    let shares = shares(&tally, workers);
    let hot = hot_keys(&tally, workers);
    let effective_rows = tally.effective_rows();
    let slots = (tally.rows > 0).then(|| forecast(&tally, input.placement, workers, hot, effective_rows));
    let seen = tally.keys.len() as u64;
    let (once, twice) = (tally.with_count(1), tally.with_count(2));
    let mut report = KeyReport {
        key: clean(&input.key, CELL_WIDTH),
        sample: input.sample.clone(),
        verdict: crate::Verdict::NotEnoughRows,
        severity: crate::Severity::Ok,
        cause: None,
        sentence: String::new(),
        notes: Vec::new(),
        parallelism: workers,
        parallelism_assumed: input.parallelism.is_none(),
        rows: tally.rows,
        effective_rows,
        blocks: u32::try_from(tally.blocks()).unwrap_or(u32::MAX),
        basis: tally.basis(),
        other_keys: seen - shares.len() as u64,
        other_share: (1.0 - shares.iter().map(|key| key.share).sum::<f64>()).max(0.0),
        distinct: seen,
        distinct_at_least: chao1(seen as f64, once as f64, twice as f64) as u64,
        coverage: 1.0 - tally.share(once),
        effective_keys: tally.effective_keys(0),
        null_rows: tally.keys.iter().find(|key| key.text.is_none()).map_or(0, |key| key.count),
        max_parallelism: tally.keys.first().map(|top| tally.rows / top.count),
        top: shares,
        slots,
        combined_factor: None,
    };
    if report.other_keys == 0 {
        // What rounding left is nobody's.
        report.other_share = 0.0;
    }
    if report.rows == 0 {
        report.coverage = 0.0;
    }
    verdict::judge(&mut report);
    Ok(report)
}

/// Several columns as one key. The parts cannot run into each other, and a null part is not an empty one.
pub fn join_key(parts: &[Option<&str>]) -> Option<String> {
    match parts {
        [only] => only.map(str::to_owned),
        several if several.iter().all(Option::is_none) => None,
        several => {
            let written: Vec<&str> = several.iter().map(|part| part.unwrap_or("null")).collect();
            Some(written.join(&SEPARATOR.to_string()))
        }
    }
}

fn shares(tally: &Tally<'_>, workers: u32) -> Vec<KeyShare> {
    let one = |at: usize| {
        let key = &tally.keys[at];
        let interval = tally.share_interval(at);
        KeyShare {
            text: shown(key.text),
            is_null: key.text.is_none(),
            count: key.count,
            share: tally.share(key.count),
            interval,
            slot: key.slot,
            hot: is_hot(tally.share(key.count), interval, workers),
        }
    };
    (0..tally.keys.len().min(TOP)).map(one).collect()
}

/// A single worker gets everything: no key can make it worse.
///
/// The first of many keys looks more frequent than it is, because it was chosen for that: the margin is wider than the
/// 90 % interval's, so that of a thousand average keys about one is called hot.
fn is_hot(share: f64, interval: Interval, workers: u32) -> bool {
    let margin = (share - interval.low) * CHOSEN;
    workers > 1 && (share - margin) * f64::from(workers) > HOT
}

fn shown(text: Option<&str>) -> String {
    match text {
        None => "null".into(),
        Some("") => "\"\"".into(),
        // The word, not the absence: they must look different.
        Some("null") => "\"null\"".into(),
        Some(text) => clean(text, CELL_WIDTH),
    }
}

/// How many of the most frequent keys are hot: fewer than there are workers.
fn hot_keys(tally: &Tally<'_>, workers: u32) -> usize {
    let hot = |at: &usize| is_hot(tally.share(tally.keys[*at].count), tally.share_interval(*at), workers);
    (0..tally.keys.len()).take_while(hot).count()
}

fn forecast(tally: &Tally<'_>, placement: Placement, workers: u32, hot: usize, effective_rows: f64) -> SlotForecast {
    let rows = tally.slot_rows(workers);
    let mut hot_rows = vec![0_u64; workers as usize];
    tally.keys.iter().take(hot).for_each(|key| hot_rows[key.slot as usize] += key.count);
    let mean = tally.rows as f64 / f64::from(workers);
    let load = |(all, hot): (&u64, &u64)| SlotLoad { load: *all as f64 / mean, hot: *hot as f64 / mean };
    let most = rows.iter().copied().max().unwrap_or(0);
    let largest = rows.iter().position(|load| *load == most).unwrap_or(0);
    let factor = most as f64 / mean;
    let p = f64::from(workers);
    // Without the hot keys: what is left is how evenly the many land.
    let spread = tally.effective_keys(hot).map_or(0.0, |keys| 2.0 * p.ln() * p / keys);
    SlotForecast {
        placement,
        loads: rows.iter().zip(&hot_rows).map(load).collect(),
        factor,
        interval: tally.factor_interval(&rows, factor),
        noise_floor: noise_floor(effective_rows, workers),
        placement_only: 1.0 + spread.sqrt(),
        rounding: placement.rounding(workers),
        idle: rows.iter().filter(|load| **load == 0).count() as u32,
        wasted: p * (1.0 - 1.0 / factor),
        speed_up: p / factor,
        largest: largest as u32,
    }
}
