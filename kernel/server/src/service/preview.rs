//! `stream` (and a job handle) as last expression: the pipeline over its tape, and the first rows.

use crate::display;
use crate::service::aside::aside;
use crate::service::verbs::{Answer, Look, Outcome, one};

/// Answers `preview` and `job`; of a job it also says where its rows would go.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    let (plan, tapes) = look.resolved()?;
    look.desk.says("running the pipeline on the sample");
    let preview = aside(look.desk, move |voice, cancel| {
        headwater_exec::preview_with(&plan, &tapes, cancel, &mut |progress| voice.progress(progress)).map_err(one)
    })?;
    let sink = look.request.plan.sink();
    Ok(Answer::show(display::preview::preview(&preview, sink, look.desk.settings.preview_rows())))
}
