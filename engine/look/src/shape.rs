//! What is in the records of a source, or in the rows that a pipeline makes of them.

use headwater::{Format, Plan, ShapeSort, SourceConnector, Step};
use headwater_exec::tape::PartitionNote;
use headwater_exec::{Cancel, Preview, Progress, SampleNote, Tape, TapeSet};
use headwater_profile::{Failure, JsonRecord, PartitionSpan, Rows, ShapeInput, ShapeReport};

use crate::arrange::arrange;
use crate::mistakes::{Outcome, one};

/// Undecodable records that a report shows.
pub(crate) const EXAMPLES: usize = 3;

/// How a shape report is made.
#[derive(Clone, Debug, Default)]
pub struct ShapeOptions {
    /// The order of the columns.
    pub sort: ShapeSort,
    /// The paths to tell, `user.*` for all below `user`; all when there are none.
    pub columns: Vec<String>,
    /// Mask every value of the data.
    pub redact: bool,
}

/// The shape of the rows of the resolved `plan` over its tapes.
///
/// # Errors
/// The plan cannot run, or `cancel` was raised.
pub fn shape<'t>(
    plan: &Plan,
    tapes: impl Into<TapeSet<'t>>,
    options: &ShapeOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<ShapeReport> {
    progress(Progress { what: "looking at the shape of the sample".to_owned(), done: 0, total: None });
    let tapes = tapes.into();
    let mut report = if is_plain_source(plan) && plan.source().format == Some(Format::Json) {
        cancel.check().map_err(one)?;
        headwater_profile::shape(&of_records(plan, tapes.first(), options))
    } else {
        let note = tapes.note();
        let preview = headwater_exec::preview(plan, tapes, cancel).map_err(one)?;
        headwater_profile::shape(&of_rows(plan, &preview, &note, options))
    };
    arrange(&mut report, options.sort, &options.columns);
    Ok(report)
}

/// Whether the rows of `plan` are its source's records, unchanged.
pub fn is_plain_source(plan: &Plan) -> bool {
    plan.nodes.iter().all(|node| matches!(node.step, Step::Source(_) | Step::EventTime { .. }))
}

/// The records as they lie in the source, undecodable ones included.
fn of_records<'a>(plan: &Plan, tape: &'a Tape, options: &ShapeOptions) -> ShapeInput<'a> {
    let note = tape.note();
    ShapeInput { rows: Rows::Json(json_records(tape)), ..about(plan, note, note.origin.clone(), options) }
}

/// The records of a tape as a profile reads them.
pub(crate) fn json_records(tape: &Tape) -> Vec<JsonRecord<'_>> {
    let records = tape.records().iter().map(|record| JsonRecord {
        value: record.value.as_deref(),
        key: record.key.as_deref(),
        partition: record.partition,
        block: record.block,
        timestamp_ms: record.timestamp_ms,
        headers: u32::try_from(record.headers.len()).unwrap_or(u32::MAX),
    });
    records.collect()
}

/// The rows that a pipeline makes of them.
fn of_rows<'a>(plan: &Plan, preview: &'a Preview, note: &SampleNote, options: &ShapeOptions) -> ShapeInput<'a> {
    let dead = preview.sources.iter().flat_map(|source| &source.dead);
    let examples = dead.take(EXAMPLES).map(|letter| Failure::new(&letter.value, letter.reason.clone()));
    ShapeInput {
        failures: preview.counts.dead,
        failure_examples: examples.collect(),
        rows: Rows::Frame(&preview.frame),
        ..about(plan, note, name(plan, note), options)
    }
}

/// The source, and the step after which it is looked at.
pub(crate) fn name(plan: &Plan, note: &SampleNote) -> String {
    if is_plain_source(plan) {
        return note.origin.clone();
    }
    let last = plan.nodes.last().map_or(0, |node| node.id);
    format!("{}, after {}", note.origin, plan.describe(last))
}

pub(crate) fn about<'a>(plan: &Plan, note: &SampleNote, name: String, options: &ShapeOptions) -> ShapeInput<'a> {
    ShapeInput {
        name,
        sample: note.to_string(),
        representative: note.representative(),
        redact: options.redact,
        newest_ms: note.newest_ms,
        partitions: partition_spans(plan, note),
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(Vec::new()),
    }
}

/// What each partition of a topic holds; files have no partitions that a reader would know.
pub(crate) fn partition_spans(plan: &Plan, note: &SampleNote) -> Vec<PartitionSpan> {
    let span =
        |own: &PartitionNote| PartitionSpan { partition: own.partition, records: own.high.saturating_sub(own.low) };
    match plan.source().connector {
        SourceConnector::Kafka { .. } => note.partitions.iter().map(span).collect(),
        SourceConnector::Files { .. } => Vec::new(),
    }
}
