//! `stream.shape()`: what is in the records of a source, or in the rows of a pipeline.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome, is_plain_source, one};
use headwater::{Format, Plan, SourceConnector};
use headwater_exec::{Preview, SampleNote, Tape};
use headwater_profile::{Failure, JsonRecord, PartitionSpan, Rows, ShapeInput};

/// Answers `shape`.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    look.says("looking at the shape of the sample");
    let report = if is_plain_source(&plan) && plan.source().format == Some(Format::Json) {
        headwater_profile::shape(&of_records(&plan, &tape))
    } else {
        let preview = headwater_exec::preview(&plan, &tape, look.cancel).map_err(one)?;
        headwater_profile::shape(&of_rows(&plan, &preview))
    };
    let text = report.to_text();
    Ok(Answer::show(display::shape::shape(&report, text)))
}

/// The records as they lie in the source, undecodable ones included.
fn of_records<'a>(plan: &Plan, tape: &'a Tape) -> ShapeInput<'a> {
    let records = tape.records().iter().map(|record| JsonRecord {
        value: record.value.as_deref(),
        key: record.key.as_deref(),
        partition: record.partition,
        block: record.block,
        timestamp_ms: record.timestamp_ms,
        headers: u32::try_from(record.headers.len()).unwrap_or(u32::MAX),
    });
    let note = tape.note();
    ShapeInput {
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(records.collect()),
        ..about(plan, note, note.origin.clone())
    }
}

/// The rows that a pipeline makes of them.
fn of_rows<'a>(plan: &Plan, preview: &'a Preview) -> ShapeInput<'a> {
    let examples = preview.dead.iter().take(3).map(|letter| Failure {
        text: display::escape::visible(&display::escape::cut(&String::from_utf8_lossy(&letter.value), 200)),
        reason: letter.reason.clone(),
    });
    let last = plan.nodes.last().map_or(0, |node| node.id);
    let name = match is_plain_source(plan) {
        true => preview.note.origin.clone(),
        false => format!("{}, after {}", preview.note.origin, plan.describe(last)),
    };
    ShapeInput {
        failures: preview.counts.dead,
        failure_examples: examples.collect(),
        rows: Rows::Frame(&preview.frame),
        ..about(plan, &preview.note, name)
    }
}

fn about<'a>(plan: &Plan, note: &SampleNote, name: String) -> ShapeInput<'a> {
    let span = |own: &headwater_exec::tape::PartitionNote| PartitionSpan {
        partition: own.partition,
        records: own.high.saturating_sub(own.low),
    };
    let topic = matches!(plan.source().connector, SourceConnector::Kafka { .. });
    ShapeInput {
        name,
        sample: note.to_string(),
        newest_ms: note.newest_ms,
        partitions: if topic { note.partitions.iter().map(span).collect() } else { Vec::new() },
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(Vec::new()),
    }
}
