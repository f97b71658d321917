//! Resolving: format and schema of every source are found in its tape and written into the plan, which is then validated.

mod infer;
#[cfg(test)]
mod tests;

use headwater::{Format, Plan, PlanError, Schema, Source, SourceConnector};

pub use infer::{Evidence, Inference, Kind};

use crate::sources::decode::{RecordRef, RowDecoder};
use crate::sources::{DeadLetter, Polled};
use crate::tape::{PositionUnit, Tape, TapeSet};
use crate::{Domain, Error, ErrorKind, Result};

/// How many examples an error shows.
const EXAMPLES: usize = 3;

/// The plan with the format and schema of each of its sources filled in from that source's tape, validated.
///
/// # Errors
/// A mistake in the plan (the first one, with its node), or a sample that no schema can be read from.
pub fn resolve<'t>(plan: &Plan, tapes: impl Into<TapeSet<'t>>) -> Result<Plan> {
    let plan = &plan.with_sql_read().map_err(first)?;
    first_mistake(plan)?; // what needs no columns is better said before anything is inferred
    let tapes = tapes.into().of(plan)?;
    let found = plan
        .sources()
        .into_iter()
        .zip(&tapes)
        .map(|((node, source), tape)| resolve_source(plan, source, tape).map_err(|error| error.at(node)));
    let resolved = plan.with_sources(found.collect::<Result<Vec<_>>>()?);
    first_mistake(&resolved)?;
    for ((node, source), tape) in resolved.sources().into_iter().zip(tapes) {
        if !tape.records().is_empty() {
            check_decodes(source, tape).map_err(|error| error.at(node))?;
        }
    }
    Ok(resolved)
}

/// Infers the columns of the tape's records, with the evidence.
pub fn infer(tape: &Tape, format: Format) -> Inference {
    let texts = if format == Format::Csv { infer::Texts::Only } else { infer::Texts::Meant };
    infer::infer(tape.records().iter().filter_map(|record| record.value.as_deref()), texts)
}

fn first_mistake(plan: &Plan) -> Result<()> {
    headwater::validate(plan).map(drop).map_err(first)
}

fn first(mistakes: Vec<PlanError>) -> Error {
    let Some(mistake) = mistakes.into_iter().next() else {
        return Error::new(ErrorKind::Internal, "a plan was refused without a reason");
    };
    let error = Error::new(ErrorKind::Plan, mistake.message).at(mistake.node);
    mistake.hint.into_iter().fold(error, Error::hint)
}

fn resolve_source(plan: &Plan, source: &Source, tape: &Tape) -> Result<Source> {
    let mut source = source.clone();
    let format = match (source.format, &source.connector) {
        (Some(format), _) => format,
        (None, SourceConnector::Kafka { .. }) => Format::Json,
        (None, SourceConnector::Files { .. }) => crate::sources::files::format_of(tape.origin(0).as_ref())?,
    };
    source.format = Some(format);
    if source.schema.is_some() {
        return Ok(source);
    }
    if let Some(schema) = crate::sources::files::schema_of(&source)? {
        source.schema = Some(schema);
        return Ok(source);
    }
    if tape.records().is_empty() {
        source.schema = Some(empty_schema(plan, tape)?);
        return Ok(source);
    }
    let inference = infer(tape, format);
    if inference.records == 0 {
        return Err(nothing_decodes(&source, tape, &examples(tape)));
    }
    source.schema = Some(inference.schema);
    Ok(source)
}

const SCHEMA_HINT: &str = "Name the columns: `.schema(\"city STRING, amount DOUBLE, …\")`.";

/// A source that is looked at by itself may be empty; steps need columns.
fn empty_schema(plan: &Plan, tape: &Tape) -> Result<Schema> {
    let note = tape.note();
    let origin = &note.origin;
    if note.total > 0 {
        let message = format!("none of the {} records of `{origin}` came within the bounds of the sample", note.total);
        return Err(Error::new(ErrorKind::Source, message).hint("Allow the sample more seconds or bytes."));
    }
    if plan.nodes.len() == 1 {
        return Ok(Schema::default());
    }
    let what = if note.unit == PositionUnit::Offsets { "the topic " } else { "" };
    let message = format!("{what}`{origin}` is empty: there is nothing to infer its columns from");
    Err(Error::new(ErrorKind::Source, message).domain(Domain::User).hint(SCHEMA_HINT))
}

/// That at least one record of the tape decodes with the resolved source.
fn check_decodes(source: &Source, tape: &Tape) -> Result<()> {
    let mut reader = tape.reader(source)?;
    let mut dead: Vec<DeadLetter> = Vec::new();
    while let Polled::Batch(batch) = reader.poll(std::time::Duration::ZERO)? {
        if batch.frame.height() > 0 {
            return Ok(());
        }
        dead.extend(batch.dead.into_iter().take(EXAMPLES));
    }
    dead.truncate(EXAMPLES);
    Err(nothing_decodes(source, tape, &dead))
}

/// The first records of a tape on which nothing is a JSON object, with the reasons.
fn examples(tape: &Tape) -> Vec<DeadLetter> {
    let nothing = Source {
        connector: SourceConnector::Kafka { brokers: String::new(), topic: String::new() },
        format: Some(Format::Json),
        schema: Some(Schema::default()),
        envelope: Vec::new(),
    };
    let Ok(mut decoder) = RowDecoder::new(&nothing, None) else { return Vec::new() };
    for record in tape.records().iter().take(EXAMPLES) {
        decoder.push(&RecordRef {
            origin: tape.origin(record.partition),
            partition: record.partition,
            position: record.offset,
            value: record.value.as_deref(),
            ..RecordRef::default()
        });
    }
    decoder.take(0).map(|batch| batch.dead).unwrap_or_default()
}

fn nothing_decodes(source: &Source, tape: &Tape, dead: &[DeadLetter]) -> Error {
    let origin = &tape.note().origin;
    let count = tape.records().len();
    let mut message = format!("none of the {count} sampled records of `{origin}` decodes");
    for dead in dead {
        let value = String::from_utf8_lossy(&dead.value);
        let shown: String = value.chars().take(60).collect();
        let more = if shown.len() < value.len() { "…" } else { "" };
        let place = place(tape.note().unit, dead);
        message.push_str(&format!("\n  {place}: {} in `{shown}{more}`", dead.reason));
    }
    let hint = match source.format {
        Some(Format::Json) => {
            "Are they JSON objects of these columns? Say what they are, with `.csv()` or `.schema(…)`."
        }
        _ => "Do the columns of `.schema(…)` fit the records?",
    };
    Error::new(ErrorKind::Decode, message).hint(hint)
}

fn place(unit: PositionUnit, dead: &DeadLetter) -> String {
    let position = dead.position.unwrap_or_default();
    match unit {
        PositionUnit::Offsets => format!("partition {}, offset {position}", dead.partition),
        PositionUnit::Bytes => format!("{}, byte {position}", dead.origin),
        PositionUnit::Rows => format!("{}, row {position}", dead.origin),
    }
}
