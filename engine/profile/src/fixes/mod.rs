//! What can be done about a skewed key: each fix is tried on the same sample, and they are ranked by what is left.

mod code;
mod other_key;
mod salts;
mod sentinel;
#[cfg(test)]
mod tests;
mod workers;

use serde::Serialize;

use crate::Placement;
use crate::keys::input::{KeyInput, Operator};
use crate::keys::report::{Interval, KeyReport, Verdict};

/// Rows beyond which fixes are not tried: each costs as much as the report.
const ROWS: usize = 400_000;
/// Fixes that a report names.
const SHOWN: usize = 6;
/// A fix that leaves more than this much of the straggler factor is none.
const HELPS: f64 = 0.85;

/// One thing that can be done, tried on the sample.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// What kind of thing it is.
    pub kind: FixKind,
    /// What to do, as an imperative sentence.
    pub title: String,
    /// Why it helps, and what it costs.
    pub why: String,
    /// The workers that it is for.
    pub workers: u32,
    /// The straggler factor without it.
    pub before: f64,
    /// The straggler factor with it.
    pub factor: f64,
    /// Its 90 % interval, where there is one.
    pub interval: Option<Interval>,
    /// Code to paste: of a cell, of Flink SQL, of a job's settings. Empty where nothing is to be written.
    pub code: String,
    /// For [`FixKind::PlannedSalts`]: the keys with their salts.
    pub salts: Vec<SaltedKey>,
}

/// What kind of thing can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FixKind {
    /// Leave out (or aside) the rows whose key means nothing.
    FilterSentinel,
    /// Aggregate before the exchange.
    TwoStage,
    /// Split hot keys by salts that land on the least loaded workers.
    PlannedSalts,
    /// Broadcast what joins the hot keys.
    Broadcast,
    /// Use fewer workers: more do not help.
    FewerWorkers,
    /// Use a number of key groups that divides evenly.
    KeyGroups,
    /// Add a column to the key.
    CompositeKey,
    /// Use another key.
    OtherKey,
}

/// A hot key with its salts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SaltedKey {
    /// The key, made safe to print.
    pub key: String,
    /// What is added to it, one of these to each row in turn.
    pub salts: Vec<u32>,
    /// The worker that each salted key lands on.
    pub workers: Vec<u32>,
}

/// The fixes for a report that straggles, best first.
pub(crate) fn fixes(input: &KeyInput, report: &KeyReport) -> Vec<Fix> {
    let (Some(slots), false) = (&report.slots, report.verdict != Verdict::WillStraggle) else { return Vec::new() };
    if input.rows.len() > ROWS {
        return Vec::new();
    }
    let before = slots.factor;
    let mut found: Vec<Fix> = [
        sentinel::fix(input, report, before),
        two_stage(input, report, before),
        salts::fix(input, report, before),
        broadcast(input, report, before),
        workers::fewer(input, report, before),
        workers::key_groups(input, report, before),
    ]
    .into_iter()
    .flatten()
    .chain(other_key::fixes(input, report, before))
    .collect();
    found.retain(|fix| fix.factor <= HELPS * before);
    found.sort_by(|a, b| a.factor.total_cmp(&b.factor));
    found.truncate(SHOWN);
    found
}

/// Keys by name: the first three, and how many more.
pub(crate) fn named(keys: &[&str]) -> String {
    let mut names: Vec<String> = keys.iter().take(3).map(|key| format!("\"{key}\"")).collect();
    if keys.len() > 3 {
        names.push(format!("{} more", keys.len() - 3));
    }
    match names.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

fn two_stage(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    if !matches!(input.operator, Operator::Unknown | Operator::Combining) {
        return None;
    }
    let after = report.combined.last()?;
    let each: Vec<String> = report
        .combined
        .iter()
        .map(|one| {
            format!("{} rows: {}", crate::figures::count(one.flush_rows.into()), crate::figures::multiple(one.factor))
        })
        .collect();
    Some(Fix {
        kind: FixKind::TwoStage,
        title: format!("Aggregate in two stages, {} rows at a time", crate::figures::count(after.flush_rows.into())),
        why: format!(
            "Counts, sums, smallest, largest and means combine before rows are exchanged, so a hot key is sent once a flush ({}).",
            each.join(", ")
        ),
        workers: report.parallelism,
        before,
        factor: after.factor,
        interval: None,
        code: two_stage_code(input, after.flush_rows),
        salts: Vec::new(),
    })
}

/// How each target is told to combine first.
fn two_stage_code(input: &KeyInput, flush_rows: u32) -> String {
    match input.placement {
        Placement::Headwater => format!(
            "// does so by itself: count, sum, min, max, mean, first and last, in windows other than sessions\n\
             {}.window(tumbling(\"1m\")).agg([count()])",
            code::group_by(&input.columns(), None)
        ),
        Placement::FlinkKeyGroups(_) => format!(
            "-- Flink SQL\nSET 'table.optimizer.agg-phase-strategy' = 'TWO_PHASE';\nSET 'table.exec.mini-batch.enabled' = 'true';\n\
             SET 'table.exec.mini-batch.allow-latency' = '1 s';\nSET 'table.exec.mini-batch.size' = '{flush_rows}';"
        ),
        Placement::SparkShuffle => "-- Spark does so by itself for GROUP BY with such aggregates".into(),
        Placement::KafkaMurmur2 | Placement::KafkaCrc32 => String::new(),
    }
}

/// The loads without the hot keys, which need no exchange when what they join is everywhere.
fn broadcast(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let hot: Vec<_> = report.top.iter().filter(|key| key.hot).map(|key| &key.value).collect();
    if input.operator != Operator::Join || hot.is_empty() {
        return None;
    }
    let left = input.rows.iter().filter(|row| !hot.contains(&&row.key)).cloned().collect::<Vec<_>>();
    let share = left.len() as f64 / input.rows.len().max(1) as f64;
    let (rest, _) = crate::keys::factor(input, left, input.placement, report.parallelism);
    // Hot rows stay where they are, which is even; the others are as uneven as they are.
    let factor = rest * share + (1.0 - share);
    let names: Vec<&str> = report.top.iter().filter(|key| key.hot).map(|key| key.text.as_str()).collect();
    Some(Fix {
        kind: FixKind::Broadcast,
        title: format!("Broadcast what joins {}, and join the other keys as before", named(&names)),
        why: "Rows of the hot keys then stay where they are. It needs the other side's rows of these keys in each worker's memory.".into(),
        workers: report.parallelism,
        before,
        factor,
        interval: None,
        code: match input.placement {
            Placement::Headwater => {
                let keys = input.columns();
                let on: Vec<String> = keys.iter().filter_map(|key| code::name(key)).map(|key| code::quoted(&key)).collect();
                format!("// when the whole other side is a table of files\n.join(&table).on([{}]).lookup()", on.join(", "))
            }
            _ => "-- Flink SQL, when the whole other side is small\nSELECT /*+ BROADCAST(dimension) */ …".into(),
        },
        salts: Vec::new(),
    })
}
