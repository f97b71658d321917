//! What it takes to carry out one piece of work, be it the request of a cell or a magic: the tapes, and the way to say how far it is and
//! to be told to stop.

use crate::jobs::Jobs;
use crate::pipelines::Pipelines;
use crate::service::progress::Waiting;
use crate::service::{Publisher, Timings, Variables};
use crate::settings::Settings;
use headwater::Request;
use headwater_exec::{Cancel, Progress, TapeStore};
use headwater_look::{Outcome, ResolvedSources, one};
use std::cell::OnceCell;
use std::path::Path;

/// The desk of the work under way.
pub struct Desk<'a> {
    /// The tapes recorded so far; they go with the session.
    pub tapes: &'a TapeStore,
    /// The tapes that were given a name; they stay.
    pub named_tapes: &'a TapeStore,
    /// The folder that the session's tapes are kept in.
    pub tapes_dir: &'a Path,
    /// The folder that cells run in.
    pub folder: &'a Path,
    /// The settings of the session.
    pub settings: &'a Settings,
    /// What the last cells took.
    pub timings: &'a Timings,
    /// The sources resolved so far.
    pub resolved: &'a ResolvedSources,
    /// The pipelines that have a name.
    pub pipelines: &'a Pipelines,
    /// The variables of the cells, some of which hold pipelines.
    pub variables: &'a dyn Variables,
    /// The jobs of the notebook.
    pub jobs: &'a Jobs,
    /// Raised when the user interrupts.
    pub cancel: &'a Cancel,
    /// The line of progress.
    pub waiting: &'a Waiting,
    /// Where results go that are shown before the end.
    pub publisher: &'a dyn Publisher,
    /// The cell that runs.
    pub cell: u32,
    /// What a magic asks for, which no cell has sent.
    pub asked: OnceCell<Request>,
}

impl Desk<'_> {
    /// Waits until every pipeline that a variable holds has its name in [`Desk::pipelines`].
    ///
    /// # Errors
    /// The user interrupted.
    pub fn ensure_pipelines(&self) -> Outcome<()> {
        self.says("taking over the pipelines of the cells");
        self.variables.hand_over(&|| self.cancel.check().is_err());
        self.cancel.check().map_err(one)
    }

    /// A magic's own request, at whose steps its errors point from now on.
    pub fn asks(&self, request: Request) -> &Request {
        self.asked.get_or_init(|| request)
    }

    /// Says what is being done, for when it takes long.
    pub fn says(&self, what: &str) {
        self.waiting.report(Progress { what: what.to_owned(), done: 0, total: None });
    }
}
