//! The engine service: cells send their plans here over a Unix socket; what is found is published, and the cell hears done or failed.

mod aside;
mod baselines;
mod desk;
mod drift;
mod edit_diff;
mod export;
mod facts;
mod failure;
mod frame;
mod keys;
mod parts;
pub mod preview;
mod progress;
#[cfg(test)]
mod recorder;
mod request;
mod server;
mod shape;
mod state;
mod tapes;
#[cfg(test)]
mod tests;
mod timings;
mod verbs;
mod watch;

pub use aside::{Voice, aside};
pub use desk::Desk;
pub use facts::Facts;
pub use progress::Waiting;
pub use tapes::answer as all_tapes;
pub use timings::{CellTime, Timings};
pub use verbs::Look;

use crate::display::MimeBundle;
use crate::magics::Call;
use crate::pipelines::Pipelines;
use crate::settings::Settings;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where results go: the front end that runs the cell.
pub trait Publisher: Send + Sync {
    /// Shows `bundle` as a new output; `display_id` names it for later updates.
    fn display(&self, bundle: MimeBundle, display_id: Option<&str>);
    /// Replaces what was shown under `display_id`.
    fn update(&self, bundle: MimeBundle, display_id: &str);
    /// Writes `text` to the cell's standard output.
    fn stdout(&self, text: &str);
    /// Writes `text` to the cell's standard error.
    fn stderr(&self, text: &str);
}

/// Maps a line of the source that was compiled to the line the user typed.
pub trait Places: Send + Sync {
    /// The user's own line for `line` of what was compiled for cell number `cell`, where it is known.
    fn resolve(&self, cell: u32, line: u32) -> Option<CellPlace>;

    /// The text of a cell as the user typed it, where it is known.
    fn text(&self, cell: u32) -> Option<String>;
}

/// A line of a cell as the user typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellPlace {
    /// The number of the cell.
    pub cell: u32,
    /// The line within the cell, from 1.
    pub line: u32,
    /// The text of that line.
    pub text: String,
}

/// The variables of the cells, as far as pipelines have to do with them.
pub trait Variables: Send + Sync {
    /// Waits until every pipeline that a variable holds is known by its name, or `give_up` says so.
    fn hand_over(&self, give_up: &dyn Fn() -> bool);
    /// Makes a variable of the pipeline of this name.
    fn make(&self, name: &str);
}

/// Why the last request failed, as the fields of a Jupyter error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind of failure: `PlanError`, `SourceError`, …
    pub ename: String,
    /// The failure in one paragraph without colour.
    pub evalue: String,
    /// The failure for reading, with ANSI colour.
    pub traceback: Vec<String>,
}

/// What the service needs from the kernel around it.
pub struct Services {
    /// The folder that cells run in.
    pub folder: PathBuf,
    /// The folder that tapes are kept in.
    pub tapes_dir: PathBuf,
    /// The folder that tapes with a name are kept in, for later sessions and for the command.
    pub named_tapes_dir: PathBuf,
    /// Where results go.
    pub publisher: Arc<dyn Publisher>,
    /// Where a line of generated source came from.
    pub places: Arc<dyn Places>,
    /// The variables of the cells.
    pub variables: Arc<dyn Variables>,
}

/// The running service: a thread that accepts requests on a Unix socket until it is dropped.
pub struct EngineService {
    server: server::Server,
}

impl EngineService {
    /// Binds `socket_path` (in a folder that only this user can enter, made when missing) and starts to accept requests.
    pub fn start(socket_path: &Path, services: Services) -> std::io::Result<EngineService> {
        Ok(EngineService { server: server::Server::start(socket_path, state::State::new(services))? })
    }

    /// Asks the request under way to stop. Says whether there was one.
    pub fn cancel(&self) -> bool {
        self.server.state().cancel()
    }

    /// Tells the jobs that were started here to stop, which they do with a checkpoint; does not wait for them.
    pub fn stop_jobs(&self) {
        self.server.state().stop_jobs();
    }

    /// Forgets the failure of the cell before: cell number `cell` begins.
    pub fn begin_cell(&self, cell: u32) {
        self.server.state().begin_cell(cell);
    }

    /// Does what a magic says, and shows what it gives.
    ///
    /// # Errors
    /// As the user shall read it.
    pub fn magic(&self, call: &Call<'_>) -> Result<(), Failure> {
        self.server.state().magic(call)
    }

    /// The pipelines that have a name.
    pub fn pipelines(&self) -> &Arc<Pipelines> {
        self.server.state().pipelines()
    }

    /// The settings of the session.
    pub fn settings(&self) -> &Settings {
        self.server.state().settings()
    }

    /// What the engine has taken for the requests of this cell.
    pub fn spent(&self) -> Duration {
        self.server.state().spent()
    }

    /// Remembers what a cell took.
    pub fn timed(&self, cell: CellTime) {
        self.server.state().timed(cell);
    }

    /// What completion and tooltips may know. Nothing of it waits for the work under way. Paths begin in `folder`.
    pub fn facts<'a>(&'a self, folder: &'a Path) -> Facts<'a> {
        self.server.state().facts(folder)
    }

    /// The failure of the last request of this cell; none when it succeeded, or was asked for already.
    pub fn take_failure(&self) -> Option<Failure> {
        self.server.state().take_failure()
    }
}
