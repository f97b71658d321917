//! `tapes()`: the recordings that looks are made from.

use crate::request::Request;

/// The recordings that looks are made from, with their age and size. Shown when it ends a cell; made by [`tapes`].
#[derive(Clone, Copy, Debug)]
pub struct Tapes {
    _made_by_tapes: (),
}

/// Lists the recordings that looks are made from: which source, how drawn, how old, how large.
///
/// ```no_run
/// # use headwater::prelude::*;
/// tapes();
/// ```
pub fn tapes() -> Tapes {
    Tapes { _made_by_tapes: () }
}

impl Tapes {
    /// Shows the list in the notebook; without the kernel there are none.
    pub fn evcxr_display(&self) {
        Request::tapes().show();
    }
}
