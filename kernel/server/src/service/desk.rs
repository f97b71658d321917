//! What it takes to carry out one piece of work, be it the request of a cell or a magic: the tapes, and the way to say how far it is and
//! to be told to stop.

use crate::service::Publisher;
use crate::service::progress::Waiting;
use headwater_exec::{Cancel, Progress, TapeStore};
use headwater_look::ResolvedSources;
use std::path::Path;

/// The desk of the work under way.
pub struct Desk<'a> {
    /// The tapes recorded so far; they go with the session.
    pub tapes: &'a TapeStore,
    /// The tapes that were given a name; they stay.
    pub named_tapes: &'a TapeStore,
    /// The folder that the session's tapes are kept in.
    pub tapes_dir: &'a Path,
    /// The sources resolved so far.
    pub resolved: &'a ResolvedSources,
    /// Raised when the user interrupts.
    pub cancel: &'a Cancel,
    /// The line of progress.
    pub waiting: &'a Waiting,
    /// Where results go that are shown before the end.
    pub publisher: &'a dyn Publisher,
    /// The cell that runs.
    pub cell: u32,
}

impl Desk<'_> {
    /// Says what is being done, for when it takes long.
    pub fn says(&self, what: &str) {
        self.waiting.report(Progress { what: what.to_owned(), done: 0, total: None });
    }
}
