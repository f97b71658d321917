//! `stream.keys(..)`: what grouping by a key would do to so many workers.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome};
use headwater::Expr;
use headwater_look::KeyOptions;

/// Answers `keys`.
pub fn answer(look: &Look<'_>, exprs: &[Expr], parallelism: Option<u32>) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    let mut progress = |progress| look.waiting.report(progress);
    let options = KeyOptions { parallelism, ..KeyOptions::default() };
    let report = headwater_look::keys(&plan, &tape, exprs, &options, look.cancel, &mut progress)?;
    let charts = display::keys::charts(&report);
    let text = report.to_text();
    Ok(Answer::show(display::keys::keys(&report, &charts, text)))
}
