//! The recordings that looks are made from, for `tapes()` and `%tapes`.

use crate::display::{self, MimeBundle};
use crate::service::Desk;
use headwater_look::{Outcome, one};

/// Those of this session, and those that were given a name in any.
pub fn answer(desk: &Desk<'_>) -> Outcome<MimeBundle> {
    let mut tapes = desk.tapes.list().map_err(one)?;
    tapes.extend(desk.named_tapes.list().map_err(one)?.into_iter().filter(|tape| tape.named));
    tapes.sort_by_key(|tape| tape.age);
    Ok(display::tapes::tapes(&tapes))
}
