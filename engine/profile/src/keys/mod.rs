//! From the keys of a sample to the key report.

mod belief;
mod forecast;
pub(crate) mod heat;
pub(crate) mod input;
mod interval;
pub(crate) mod report;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod verdict;

use crate::keys::belief::{Belief, Loads};
use crate::keys::forecast::Forecaster;
use crate::keys::input::{KeyInput, KeyRow};
use crate::keys::report::{Concentration, Interval, KeyError, KeyReport, KeyShare};
use crate::keys::tally::Tally;
use crate::shape::values::chao1;
use crate::{DEFAULT_PARALLELISM, MAX_PARALLELISM, Placement};

/// Keys that a report names.
const TOP: usize = 15;
/// A key is hot when it alone is surely more than this much of what one worker should get.
const HOT: f64 = 1.0;
/// The 99.9th percentile of the normal distribution over its 95th.
const CHOSEN: f64 = 3.09 / 1.645;

/// What grouping by a key would do to so many workers.
///
/// # Errors
/// No workers, or more than [`MAX_PARALLELISM`].
pub fn keys(input: &KeyInput) -> Result<KeyReport, KeyError> {
    let workers = match input.parallelism.unwrap_or(DEFAULT_PARALLELISM) {
        0 => return Err(KeyError::NoWorkers),
        too_many if too_many > MAX_PARALLELISM => return Err(KeyError::TooManyWorkers(too_many)),
        workers => workers,
    };
    let tally = Tally::of(input);
    let mut report = counted(input, &tally, workers);
    if tally.rows > 0 {
        foretell(&mut report, input, &tally, workers);
    }
    verdict::judge(&mut report);
    report.fixes = crate::fixes::fixes(input, &report);
    Ok(report)
}

/// The report of what was counted, without any forecast.
fn counted(input: &KeyInput, tally: &Tally<'_>, workers: u32) -> KeyReport {
    let top = shares(tally, input.placement, workers);
    let seen = tally.keys.len() as u64;
    let (once, twice) = (tally.with_count(1), tally.with_count(2));
    let other_keys = seen - top.len() as u64;
    // What rounding left is nobody's.
    let other_share = if other_keys == 0 { 0.0 } else { (1.0 - top.iter().map(|key| key.share).sum::<f64>()).max(0.0) };
    let whole = input.drawn >= 1.0;
    KeyReport {
        key: crate::cells::clean(&input.key, crate::CELL_WIDTH),
        sample: input.sample.clone(),
        representative: input.representative,
        verdict: crate::Verdict::NotEnoughRows,
        severity: crate::Severity::Ok,
        cause: None,
        sentence: String::new(),
        notes: Vec::new(),
        parallelism: workers,
        parallelism_assumed: input.parallelism.is_none(),
        operator: input.operator,
        rows: tally.rows,
        effective_rows: tally.effective_rows(),
        blocks: u32::try_from(tally.blocks.len()).unwrap_or(u32::MAX),
        basis: tally.basis(),
        other_keys,
        other_share,
        distinct: seen,
        distinct_at_least: if whole { seen } else { chao1(seen as f64, once as f64, twice as f64) as u64 },
        coverage: match tally.rows {
            0 => 0.0,
            _ if whole => 1.0,
            rows => 1.0 - once as f64 / rows as f64,
        },
        effective_keys: tally.effective_keys(0),
        null_rows: tally.keys.iter().find(|key| key.value.is_null()).map_or(0, |key| key.count),
        max_parallelism: tally.keys.first().map(|top| (tally.rows as f64 / top.weight + 1e-9) as u64),
        concentration: Concentration {
            top_1: tally.top_share(1),
            top_10: tally.top_share(10),
            top_100: tally.top_share(100),
        },
        top,
        slots: None,
        parts: None,
        curve: Vec::new(),
        targets: Vec::new(),
        combined: Vec::new(),
        bytes: None,
        hot_state: None,
        heat: heat::heat(&input.rows, tally),
        partitioner: input.partitioner.clone(),
        fixes: Vec::new(),
        limits: limits(tally),
    }
}

/// Fills in what the sample foretells.
fn foretell(report: &mut KeyReport, input: &KeyInput, tally: &Tally<'_>, workers: u32) {
    let belief = Belief::of(tally);
    let hot = hot_keys(tally, workers);
    let forecaster = Forecaster { tally, belief: &belief, effective_rows: report.effective_rows, hot };
    let slots = forecaster.slots(input.placement, workers);
    report.parts = Some(forecaster.parts(input.placement, workers));
    report.curve = forecaster.curve(input.placement, workers);
    report.targets = forecaster.targets(input.placement, workers);
    report.combined = forecaster.combined(input.placement, workers);
    report.bytes = forecaster.bytes(input.placement, workers);
    report.hot_state = forecaster.hot_state(input, slots.factor, workers);
    report.slots = Some(slots);
}

fn limits(tally: &Tally<'_>) -> Vec<String> {
    let beyond = (tally.unlisted > 0.0).then(|| {
        let most = crate::figures::count(tally::KEYS as u64);
        format!("more than {most} different keys: rows of further ones are taken to be spread evenly")
    });
    beyond.into_iter().collect()
}

fn shares(tally: &Tally<'_>, placement: Placement, workers: u32) -> Vec<KeyShare> {
    let one = |at: usize| {
        let key = &tally.keys[at];
        let (share, interval) = (tally.share(key.weight), tally.share_interval(at));
        KeyShare {
            text: key.value.shown(),
            value: key.value.clone(),
            is_null: key.value.is_null(),
            count: key.count,
            share,
            interval,
            slot: placement.slot(key.value, workers),
            hot: is_hot(share, interval, workers),
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

/// How many of the most frequent keys are hot: fewer than there are workers.
fn hot_keys(tally: &Tally<'_>, workers: u32) -> usize {
    let hot = |at: &usize| is_hot(tally.share(tally.keys[*at].weight), tally.share_interval(*at), workers);
    (0..tally.keys.len()).take_while(hot).count()
}

/// The straggler factor and its interval, of `rows` instead of the input's own, for so many workers.
pub(crate) fn factor(input: &KeyInput, rows: Vec<KeyRow>, placement: Placement, workers: u32) -> (f64, Interval) {
    let loads = loads(input, rows, placement, workers);
    loads.map_or((1.0, Interval { low: 1.0, high: 1.0 }), |loads| (loads.factor, loads.interval))
}

/// The loads of so many workers, of `rows` instead of the input's own; `None` without rows.
pub(crate) fn loads(input: &KeyInput, rows: Vec<KeyRow>, placement: Placement, workers: u32) -> Option<Loads> {
    let own = KeyInput { rows, drawn: input.drawn, partitions: input.partitions.clone(), ..KeyInput::default() };
    let tally = Tally::of(&own);
    (tally.rows > 0).then(|| Belief::of(&tally).loads(&tally, placement, workers))
}
