//! `stream.shape()`: what is in the records of a source, or in the rows of a pipeline.

use crate::display::reports;
use crate::service::aside::aside;
use crate::service::parts::parts;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::ShapeArgs;
use headwater_look::ShapeOptions;

/// Answers `shape`.
pub fn answer(look: &Look<'_>, args: &ShapeArgs) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    let _ = args;
    let options = ShapeOptions { sort: args.sort, columns: args.columns.clone(), redact: args.redact };
    let report = aside(look, move |voice, cancel| {
        let mut progress = |progress| voice.progress(progress);
        for part in parts(&tape) {
            let report = headwater_look::shape(&plan, &part, &options, cancel, &mut progress)?;
            voice.partial(reports::shape(&report));
        }
        headwater_look::shape(&plan, &tape, &options, cancel, &mut progress)
    })?;
    Ok(Answer::show(reports::shape(&report)))
}
