//! `stream.shape()`: what is in the records of a source, or in the rows of a pipeline.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater_look::ShapeOptions;

/// Answers `shape`.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    let mut progress = |progress| look.waiting.report(progress);
    let report = headwater_look::shape(&plan, &tape, &ShapeOptions::default(), look.cancel, &mut progress)?;
    let text = report.to_text();
    Ok(Answer::show(display::shape::shape(&report, text)))
}
