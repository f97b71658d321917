//! `stream.diff(&before)`: what an edit changed in the rows of a pipeline.

use crate::display;
use crate::service::aside::aside;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::DiffArgs;
use headwater_exec::Error;

/// Answers `diff`.
pub fn answer(look: &Look<'_>, args: &DiffArgs) -> Outcome<Answer> {
    look.no_mistakes()?;
    let of_other =
        |error: Error| Error { message: format!("in the pipeline before: {}", error.message), node: None, ..error };
    let before = look.resolved_other(&args.previous);
    let before = before.map_err(|errors| errors.into_iter().map(of_other).collect::<Vec<_>>())?;
    let after = look.resolved()?;
    look.desk.says("running both pipelines on the sample");
    let by = args.by.clone();
    let diff = aside(look.desk, move |_, cancel| {
        headwater_look::edit_diff((&before.0, &before.1), (&after.0, &after.1), &by, cancel)
    })?;
    Ok(Answer::show(display::edit_diff::edit_diff(&diff)))
}
