//! What grouping by a key would do to so many workers.

use headwater::{Expr, Plan, SourceConnector};
use headwater_exec::tape::{PartitionNote, PositionUnit};
use headwater_exec::{Cancel, Error, ErrorKind, Progress, SampleNote, Tape};
use headwater_profile::{
    KeyError, KeyInput, KeyReport, Operator, PartitionSpan, PartitionerInput, PartitionerReport, Placement, Verdict,
    partitioner,
};

use crate::key_plan::{Grouping, KeyPlan};
use crate::key_rows::rows;
use crate::mistakes::{Outcome, one};
use crate::other_keys::other_keys;
use crate::redact;

/// How a key report is made.
#[derive(Clone, Debug, Default)]
pub struct KeyOptions {
    /// How many workers the forecast is for; a default is taken, and said, when there are none.
    pub parallelism: Option<u32>,
    /// How the target finds the worker of a key.
    pub target: Placement,
    /// Name keys by their rank and form instead of their text.
    pub redact: bool,
}

/// The keys `exprs` of the rows of the resolved `plan` over `tape`. Several are one key. Without any, the keys that the plan's last
/// group-by takes.
///
/// # Errors
/// A mistake in a key, a plan that cannot run, a number of workers that nobody has, or `cancel` was raised.
pub fn keys(
    plan: &Plan,
    tape: &Tape,
    exprs: &[Expr],
    options: &KeyOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<KeyReport> {
    progress(Progress { what: "counting the keys of the sample".to_owned(), done: 0, total: None });
    let keyed = KeyPlan::new(plan, exprs)?;
    let note = tape.note();
    let rows = rows(&keyed, tape, cancel)?;
    let mut input = KeyInput {
        key: keyed.name(),
        sample: note.to_string(),
        representative: note.representative(),
        drawn: if note.whole { 1.0 } else { note.records as f64 / note.total.max(1) as f64 },
        parallelism: options.parallelism,
        placement: options.target,
        operator: match keyed.grouped {
            Some(Grouping { combining: true, .. }) => Operator::Combining,
            Some(_) => Operator::Holistic,
            None => Operator::Unknown,
        },
        partitions: spans(note),
        rows_per_second: rows_per_second(note, rows.len()),
        window_ms: keyed.grouped.and_then(|grouping| grouping.window_ms),
        rows,
        others: Vec::new(),
        partitioner: producers(plan, tape),
    };
    let mut report = headwater_profile::keys(&input).map_err(of_number)?;
    if report.verdict == Verdict::WillStraggle {
        input.others = other_keys(&keyed, tape, &input.rows, cancel);
        if !input.others.is_empty() {
            report = headwater_profile::keys(&input).map_err(of_number)?;
        }
    }
    if options.redact {
        redact::keys(&mut report);
    }
    Ok(report)
}

fn of_number(error: KeyError) -> Vec<Error> {
    one(Error::new(ErrorKind::Plan, error.to_string()))
}

/// Who wrote the topic; `None` when the source is none.
fn producers(plan: &Plan, tape: &Tape) -> Option<PartitionerReport> {
    let SourceConnector::Kafka { .. } = plan.source().connector else { return None };
    let partitions = u32::try_from(tape.note().partitions.len()).unwrap_or(u32::MAX);
    let records = tape.records().iter().map(|record| (record.key.as_deref(), record.partition)).collect();
    Some(partitioner(&PartitionerInput { partitions, records }))
}

/// What each partition holds. Of text files only bytes are known, and the sample already takes of each as many rows as it holds of all.
fn spans(note: &SampleNote) -> Vec<PartitionSpan> {
    if note.unit == PositionUnit::Bytes {
        return Vec::new();
    }
    let span =
        |own: &PartitionNote| PartitionSpan { partition: own.partition, records: own.high.saturating_sub(own.low) };
    note.partitions.iter().map(span).collect()
}

/// Rows that the plan makes in a second of broker time, when the sample reaches over the log: all of the log's records in the time
/// between the oldest and the newest, as many rows of them as of the sample's.
fn rows_per_second(note: &SampleNote, rows: usize) -> Option<f64> {
    let span_ms = note.newest_ms?.checked_sub(note.oldest_ms?)?;
    if !note.representative() || span_ms < 1_000 || note.records == 0 {
        return None;
    }
    let kept = rows as f64 / note.records as f64;
    Some(note.total as f64 * kept / (span_ms as f64 / 1_000.0))
}
