//! `stream` (and a job handle) as last expression: the pipeline over its tape, and the first rows.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome, one};

/// Answers `preview` and `job`; of a job it also says where its rows would go.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    let (plan, tapes) = look.resolved()?;
    look.desk.says("running the pipeline on the sample");
    let preview = headwater_exec::preview(&plan, &tapes, look.desk.cancel).map_err(one)?;
    Ok(Answer::show(display::preview::preview(&preview, plan.sink(), look.desk.settings.preview_rows())))
}
