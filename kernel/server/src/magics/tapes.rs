//! `%tapes`: the recordings that looks are made from.

use super::{Call, Group, Magic, misused};
use crate::display::MimeBundle;
use crate::service::{Desk, all_tapes};
use headwater_look::Outcome;

/// The magic.
pub struct Tapes;

impl Magic for Tapes {
    fn name(&self) -> &'static str {
        "tapes"
    }

    fn usage(&self) -> &'static str {
        ""
    }

    fn about(&self) -> &'static str {
        "The recorded samples there are: of what, how old, how large."
    }

    fn group(&self) -> Group {
        Group::Sources
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        if !call.arguments.is_empty() {
            return Err(misused(self, "`%tapes` takes nothing"));
        }
        all_tapes(desk).map(Some)
    }
}
