//! `%timings`: where the time of the last cells went.

use super::{Call, Magic, misused};
use crate::display::MimeBundle;
use crate::service::Desk;
use headwater_look::Outcome;

/// So many cells are shown unless said.
const USUAL: usize = 10;

/// The magic.
pub struct Timings;

impl Magic for Timings {
    fn name(&self) -> &'static str {
        "timings"
    }

    fn usage(&self) -> &'static str {
        "[CELLS]"
    }

    fn about(&self) -> &'static str {
        "Where the time of the last cells went: types, compile, run, engine. 10 cells unless said, 100 at most."
    }

    fn example(&self) -> &'static str {
        "%timings 3"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        let count = match call.words()[..] {
            [] => USUAL,
            [count] => match count.parse() {
                Ok(count) if count > 0 => count,
                _ => return Err(misused(self, format!("`%timings` takes a number of cells, not `{count}`"))),
            },
            _ => return Err(misused(self, "`%timings` takes one number")),
        };
        Ok(Some(crate::display::timings::timings(&desk.timings.last(count))))
    }
}
