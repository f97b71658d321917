//! `stream.shape()`: what is in the records of a source, or in the rows of a pipeline; beside a baseline or another stream when asked.

use crate::display::{MimeBundle, reports};
use crate::service::aside::aside;
use crate::service::baselines;
use crate::service::parts::parts;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::{Other, Plan, ShapeArgs, ShapeSort, Versus};
use headwater_exec::{Error, Tape};
use headwater_look::ShapeOptions;
use headwater_profile::{DriftOptions, DriftReport, ShapeOrder, ShapeReport};

/// Answers `shape`.
pub fn answer(look: &Look<'_>, args: &ShapeArgs) -> Outcome<Answer> {
    look.no_mistakes()?;
    let options = ShapeOptions { sort: args.sort, columns: args.columns.clone(), redact: args.redact };
    let (mut baseline, mut other) = (None, None);
    match &args.versus {
        Some(Versus::Baseline(name)) => baseline = Some(baselines::open(name)?),
        Some(Versus::Stream(stream)) => other = Some(shape_of(look, stream, &options)?),
        None => {}
    }
    let early = |plan: &Plan, part: &Tape| {
        let report = headwater_look::shape(plan, part, &options, look.desk.cancel, &mut |_| ());
        report.ok().map(|report| reports::shape(&report))
    };
    let (plan, tapes) = look.resolved_showing(&early)?;
    let (mut report, drift) = aside(look.desk, move |voice, cancel| {
        let mut progress = |progress| voice.progress(progress);
        for part in parts(&tapes) {
            voice.partial(reports::shape(&headwater_look::shape(&plan, &part, &options, cancel, &mut progress)?));
        }
        let report = headwater_look::shape(&plan, &tapes, &options, cancel, &mut progress)?;
        let Some(baseline) = baseline else { return Ok((report, None)) };
        let drift = headwater_look::drift(&plan, &tapes, &baseline, &DriftOptions::default(), cancel, &mut progress)?;
        Ok((report, Some(drift)))
    })?;
    if let Some(other) = &other {
        report.compare(other);
    }
    match (&drift, args.sort) {
        (Some(drift), ShapeSort::Drift) => most_changed_first(&mut report, drift),
        (None, ShapeSort::Drift) => report.sort(ShapeOrder::Drift),
        _ => {}
    }
    Ok(Answer::show(shown(&report, drift.as_ref())))
}

/// The shape of the other stream.
fn shape_of(look: &Look<'_>, other: &Other, options: &ShapeOptions) -> Outcome<ShapeReport> {
    let of_other = |error: Error| Error { message: format!("in `versus`: {}", error.message), node: None, ..error };
    let in_other = |errors: Vec<Error>| errors.into_iter().map(of_other).collect::<Vec<_>>();
    let (plan, tapes) = look.resolved_other(other).map_err(in_other)?;
    let options = options.clone();
    aside(look.desk, move |voice, cancel| {
        headwater_look::shape(&plan, &tapes, &options, cancel, &mut |progress| voice.progress(progress))
    })
    .map_err(in_other)
}

/// Puts the paths in the order of the checks about them, of which the strongest come first; the others stay as they are, behind.
fn most_changed_first(report: &mut ShapeReport, drift: &DriftReport) {
    let place = |path: &str| {
        let about = drift.checks.iter().position(|check| check.column.as_deref() == Some(path));
        about.unwrap_or(usize::MAX)
    };
    report.columns.sort_by_key(|column| place(&column.path));
}

/// The report, and under it what became of the stream since the baseline.
fn shown(report: &ShapeReport, drift: Option<&DriftReport>) -> MimeBundle {
    let mut bundle = reports::shape(report);
    let Some(drift) = drift else { return bundle };
    for (mime, found) in reports::drift(drift) {
        let between = if mime == "text/html" { "" } else { "\n\n" };
        match (bundle.get_mut(&mime), found) {
            (Some(serde_json::Value::String(shape)), serde_json::Value::String(drift)) => {
                shape.push_str(between);
                shape.push_str(&drift);
            }
            (_, found) => drop(bundle.insert(mime, found)),
        }
    }
    bundle
}
