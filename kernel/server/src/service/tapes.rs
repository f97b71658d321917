//! `tapes()`: the recordings that looks are made from.

use crate::display;
use crate::service::verbs::{Answer, Look, Outcome, one};

/// Answers `tapes`: those of this session, and those that were given a name in any.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    let mut tapes = look.tapes.list().map_err(one)?;
    tapes.extend(look.named_tapes.list().map_err(one)?.into_iter().filter(|tape| tape.named));
    tapes.sort_by_key(|tape| tape.age);
    Ok(Answer::show(display::tapes::tapes(&tapes)))
}
