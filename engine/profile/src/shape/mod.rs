//! From what was gathered to the shape report.

mod alerts;
mod column;
mod envelope;
pub(crate) mod frame;
pub(crate) mod input;
pub(crate) mod json;
pub(crate) mod observe;
pub(crate) mod paths;
pub(crate) mod report;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod times;
pub(crate) mod values;

use crate::shape::alerts::Finding;
use crate::shape::column::{ColumnStats, TYPES};
use crate::shape::input::{Failure, JsonRecord, Rows, ShapeInput};
use crate::shape::observe::Observer;
use crate::shape::paths::{FIELDS, LEVELS, Node, PATHS, Paths};
use crate::shape::report::{Alert, ColumnShape, Rate, ShapeReport, TimeShape, TopValue, TypeShare, Typical};
use crate::shape::times::{Lateness, Times};
use crate::spread::{self, Spread};

/// Alerts that a report shows.
const ALERTS: usize = 7;
/// Undecodable records that are shown.
const FAILURES: usize = 3;

/// The shape of the rows: types, nulls, distributions, garbage.
pub fn shape(input: &ShapeInput<'_>) -> ShapeReport {
    let mut paths = Paths::new(input.newest_ms);
    let mut failures = Failures { count: input.failures, examples: input.failure_examples.clone() };
    let (mut records, mut envelope) = (input.failures, None);
    match &input.rows {
        Rows::Json(rows) => {
            records += rows.len() as u64;
            rows.iter().for_each(|record| tell_record(record, &mut paths, &mut failures));
            envelope = envelope::of(rows, &input.partitions);
        }
        Rows::Frame(rows) => {
            records += rows.height() as u64;
            frame::tell(rows, &mut paths);
        }
    }
    failures.examples.truncate(FAILURES);
    let failed = Rate::new(failures.count, records);
    let columns: Vec<ColumnShape> = paths.in_order().iter().map(|at| column(&paths, *at)).collect();
    let found = alerts::all(&paths, failed, &failures.examples, envelope.as_ref());
    let more_alerts = u32::try_from(found.len().saturating_sub(ALERTS)).unwrap_or(u32::MAX);
    let shown: Vec<Alert> = found.into_iter().take(ALERTS).collect();
    ShapeReport {
        name: input.name.clone(),
        sample: input.sample.clone(),
        records,
        rows: paths.rows,
        failures: failed,
        failure_examples: failures.examples,
        alerts: shown,
        more_alerts,
        columns,
        envelope,
        limits: limits(&paths),
    }
}

struct Failures {
    count: u64,
    examples: Vec<Failure>,
}

fn tell_record(record: &JsonRecord<'_>, paths: &mut Paths, failures: &mut Failures) {
    // A tombstone holds no row; the envelope counts it.
    let Some(value) = record.value else { return };
    match json::parse(value) {
        Ok(object) => {
            paths.row(record.partition);
            object.tell_fields(paths);
        }
        Err(reason) => {
            failures.count += 1;
            if failures.examples.len() < FAILURES {
                failures.examples.push(Failure::new(value, reason));
            }
        }
    }
}

fn column(paths: &Paths, at: usize) -> ColumnShape {
    let node = &paths.nodes[at];
    let stats = &node.stats;
    let time = time_of(stats, paths.newest_ms);
    let findings = alerts::of_column(paths, at);
    let mut flags: Vec<String> = findings.iter().map(Finding::tag).collect();
    if node.is_map {
        flags.push("map?".into());
    }
    if stats.present > 0 && stats.filled() == 0 {
        flags.push("all null".into());
    }
    flags.dedup();
    flags.truncate(3);
    ColumnShape {
        path: node.path.clone(),
        depth: u32::try_from(node.depth.saturating_sub(1)).unwrap_or(0),
        types: types(stats),
        present: Rate::new(stats.present, paths.chances(at)),
        null: Rate::new(stats.null, stats.present),
        empty: Rate::new(stats.empty, stats.present),
        distinct: stats.values.distinct(),
        typical: typical(node, paths.newest_ms),
        spark: spark(stats, paths.newest_ms),
        time,
        flags,
    }
}

fn types(stats: &ColumnStats) -> Vec<TypeShare> {
    let filled = stats.filled();
    let mut types: Vec<TypeShare> = TYPES
        .iter()
        .zip(stats.types)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| TypeShare { name, count, share: count as f64 / filled as f64 })
        .collect();
    types.sort_by(|a, b| b.count.cmp(&a.count));
    types
}

/// The times of a path, if that is what it mostly holds: real ones, text, or integers since the epoch.
pub(crate) fn times_of(stats: &ColumnStats) -> Option<&Times> {
    let filled = stats.filled().max(1);
    let mostly = |n: u64| n * 10 >= filled * 9;
    if mostly(stats.times.seen) {
        return Some(&stats.times);
    }
    let epochs = stats.epochs.seen;
    (epochs > 0 && mostly(epochs + stats.epochs.near_zero) && epochs * 2 >= filled).then_some(&stats.epochs)
}

fn time_of(stats: &ColumnStats, newest_ms: Option<i64>) -> Option<TimeShape> {
    let times = times_of(stats)?;
    let Lateness { compared, behind, max_ms, p999_ms, future } = times.lateness(newest_ms);
    Some(TimeShape {
        future,
        near_zero: times.near_zero,
        out_of_order: Rate::new(behind, compared),
        max_lateness_ms: max_ms,
        delay_p999_ms: p999_ms,
    })
}

fn typical(node: &Node, newest_ms: Option<i64>) -> Typical {
    let stats = &node.stats;
    if let Some(times) = times_of(stats) {
        let whole = times.min_ms.zip(times.max_ms);
        return match times.plausible_range(newest_ms).or(whole) {
            Some((min_ms, max_ms)) => Typical::Time { min_ms, max_ms },
            None => Typical::Nothing,
        };
    }
    let most = (0..TYPES.len()).max_by_key(|at| (stats.types[*at], TYPES.len() - at)).map_or("", |at| TYPES[at]);
    let quantiles = |spread: &Spread| spread.quantiles();
    match most {
        _ if stats.filled() == 0 => Typical::Nothing,
        "int" | "num" => quantiles(&stats.numbers).map_or(Typical::Nothing, Typical::Numbers),
        "list" => quantiles(&stats.lengths).map_or(Typical::Nothing, Typical::Lengths),
        "object" => Typical::Fields(u32::try_from(node.children.len()).unwrap_or(u32::MAX).max(stats.fields)),
        _ => Typical::Top(top_values(stats)),
    }
}

fn top_values(stats: &ColumnStats) -> Vec<TopValue> {
    let total = stats.values.total().max(1);
    let shared = |count: u64| count as f64 / total as f64;
    let top = stats.values.top(3).into_iter();
    top.map(|c| TopValue { share: shared(c.count), text: c.text, count: c.count, at_most: c.at_most }).collect()
}

fn spark(stats: &ColumnStats, newest_ms: Option<i64>) -> String {
    if let Some(times) = times_of(stats) {
        let Some((low, high)) = times.plausible_range(newest_ms) else { return String::new() };
        let mut plausible = Spread::default();
        times.values().filter(|ms| (low..=high).contains(ms)).for_each(|ms| plausible.push(ms as f64));
        return plausible.spark();
    }
    if stats.lengths.seen() * 2 > stats.filled() {
        return stats.lengths.spark();
    }
    if stats.numbers.seen() * 2 > stats.filled() {
        return stats.numbers.spark();
    }
    let distinct = stats.values.distinct();
    // Values that hardly repeat would draw a flat line that says nothing.
    if distinct.count < 2 || distinct.count * 2 > stats.filled() {
        String::new()
    } else {
        spread::bars(&stats.values.top_counts(8))
    }
}

fn limits(paths: &Paths) -> Vec<String> {
    let mut limits = Vec::new();
    if paths.too_many {
        limits.push(format!("more than {PATHS} paths: the first {PATHS} are shown"));
    }
    if paths.too_deep {
        limits.push(format!("nested deeper than {LEVELS} levels: what is below is not looked at"));
    }
    for node in paths.nodes.iter().filter(|n| n.is_map) {
        limits.push(format!("`{}` has more than {FIELDS} fields: the first {FIELDS} are shown", node.path));
    }
    if paths.repeated_names > 0 {
        let times = crate::figures::count(paths.repeated_names);
        limits.push(format!("a field came twice in one object {times} times: the first one was taken"));
    }
    limits
}

impl Rate {
    /// So many of so many; of zero in a sample of `of`, the source has at most 1 − 0.05^(1/of) with 95 % confidence.
    pub fn new(count: u64, of: u64) -> Self {
        let share = if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let at_most = (count == 0 && of > 0).then(|| 1.0 - 0.05_f64.powf(1.0 / of as f64));
        Self { count, of, share, at_most }
    }
}
