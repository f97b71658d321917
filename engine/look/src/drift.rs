//! What became of a stream since somebody said how it should look; and saying so.

use headwater::{Format, Plan, SourceConnector};
use headwater_exec::{Cancel, Error, ErrorKind, Preview, Progress, Tape, TapeSet};
use headwater_profile::{Baseline, DriftInput, DriftOptions, DriftReport, LogSpan, PinOptions, Rows};

use crate::mistakes::{Outcome, one};
use crate::shape::{is_plain_source, json_records, name};

/// Stretches of time that a log is cut into, to see how much its rate varies.
const STRETCHES: i64 = 16;

/// Compares the rows of the resolved `plan` over its tapes with a baseline.
///
/// # Errors
/// The plan cannot run, the baseline is of other data (none of its columns are there), or `cancel` was raised.
pub fn drift<'t>(
    plan: &Plan,
    tapes: impl Into<TapeSet<'t>>,
    baseline: &Baseline,
    options: &DriftOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<DriftReport> {
    progress(Progress { what: format!("comparing with the baseline {}", baseline.name), done: 0, total: None });
    with_input(plan, &tapes.into(), cancel, |input| {
        same_data(plan, baseline)?;
        Ok(headwater_profile::drift(baseline, input, options))
    })
}

/// Pins the rows of the resolved `plan` over its tapes as what they should look like.
///
/// # Errors
/// The plan cannot run, there are no rows, a key names a column that is not there, or `cancel` was raised.
pub fn pin<'t>(
    plan: &Plan,
    tapes: impl Into<TapeSet<'t>>,
    options: &PinOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<Baseline> {
    progress(Progress { what: format!("pinning the baseline {}", options.name), done: 0, total: None });
    with_input(plan, &tapes.into(), cancel, |input| {
        headwater_profile::pin(input, options).map_err(|error| one(Error::new(ErrorKind::Plan, error.to_string())))
    })
}

fn with_input<T>(
    plan: &Plan,
    tapes: &TapeSet<'_>,
    cancel: &Cancel,
    use_it: impl FnOnce(&DriftInput<'_>) -> Outcome<T>,
) -> Outcome<T> {
    cancel.check().map_err(one)?;
    if is_plain_source(plan) && plan.source().format == Some(Format::Json) {
        return use_it(&DriftInput { rows: Rows::Json(json_records(tapes.first())), ..about(plan, tapes) });
    }
    let preview: Preview = headwater_exec::preview(plan, tapes.clone(), cancel).map_err(one)?;
    use_it(&DriftInput {
        rows: Rows::Frame(&preview.frame),
        undecodable: preview.counts.dead,
        late: Some(preview.counts.late),
        ..about(plan, tapes)
    })
}

fn about<'a>(plan: &Plan, tapes: &TapeSet<'_>) -> DriftInput<'a> {
    let note = tapes.note();
    DriftInput {
        name: name(plan, &note),
        sample: note.to_string(),
        representative: note.representative(),
        rows: Rows::Json(Vec::new()),
        times_ms: Vec::new(),
        undecodable: 0,
        late: None,
        // The rates of several logs are not one rate.
        log: if plan.sources().len() == 1 { log(plan, tapes.first()) } else { Vec::new() },
    }
}

/// Whether the baseline can be of this stream: at least one of its columns is there.
fn same_data(plan: &Plan, baseline: &Baseline) -> Outcome<()> {
    let Ok(schemas) = headwater::validate(plan) else { return Ok(()) };
    let here: Vec<&str> = schemas.last().map(headwater::Schema::names).unwrap_or_default();
    let known: Vec<&str> = baseline.columns.iter().map(|column| column.path.as_str()).collect();
    if here.is_empty() || known.is_empty() || known.iter().any(|path| here.contains(path)) {
        return Ok(());
    }
    let list = |names: &[&str]| names.iter().take(8).copied().collect::<Vec<_>>().join(", ");
    let message = format!("the baseline `{}` is of other data: none of its columns is here", baseline.name);
    let hint = format!(
        "It was pinned from `{}` with the columns {}; here are {}. Name another baseline, or pin a new one.",
        baseline.provenance.source,
        list(&known),
        list(&here)
    );
    Err(one(Error::new(ErrorKind::Config, message).hint(hint)))
}

/// How many records a topic got in each of some stretches of time, read off the places and broker times of the sample.
fn log(plan: &Plan, tape: &Tape) -> Vec<LogSpan> {
    let note = tape.note();
    let topic = matches!(plan.source().connector, SourceConnector::Kafka { .. });
    let (Some(oldest), Some(newest)) = (note.oldest_ms, note.newest_ms) else { return Vec::new() };
    let span_ms = (newest.saturating_sub(oldest)) / STRETCHES;
    if !topic || !note.representative() || span_ms < 1 {
        return Vec::new();
    }
    let marks: Vec<i64> = (0..=STRETCHES).map(|mark| oldest + mark * span_ms).collect();
    let mut reached = vec![0.0_f64; marks.len()];
    for run in tape.records().chunk_by(|one, next| one.partition == next.partition) {
        let points: Vec<(i64, u64)> =
            run.iter().filter_map(|record| Some((record.timestamp_ms?, record.offset))).collect();
        for (mark, sum) in marks.iter().zip(&mut reached) {
            *sum += offset_at(&points, *mark);
        }
    }
    let span = |pair: &[f64]| LogSpan { records: (pair[1] - pair[0]).max(0.0) as u64, span_ms: span_ms.unsigned_abs() };
    reached.windows(2).map(span).collect()
}

/// The offset that a partition had reached at a time, between those that are known on a straight line.
fn offset_at(points: &[(i64, u64)], time: i64) -> f64 {
    let next = points.partition_point(|(at, _)| *at < time);
    match (next.checked_sub(1).and_then(|before| points.get(before)), points.get(next)) {
        (Some((from, low)), Some((to, high))) => {
            let part = (time - from) as f64 / (to - from).max(1) as f64;
            *low as f64 + part * high.saturating_sub(*low) as f64
        }
        (Some((_, last)), None) => *last as f64 + 1.0,
        (None, Some((_, first))) => *first as f64,
        (None, None) => 0.0,
    }
}
