//! What the three threads of a session tell each other: which cell is under way, how far it is, whether it was
//! interrupted, and what it left.

use crate::output::Settled;
use crate::places::{Sources, UserLine};
use crate::timing::{CellTiming, Moments};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// evcxr is not ready yet; cells wait.
    Starting,
    /// No cell is under way.
    Idle,
    /// A cell is being compiled, or waits for its turn.
    Compiling,
    /// The child runs a cell.
    Running,
}

/// State of one session, shared by its threads.
pub(crate) struct Shared {
    state: Mutex<State>,
    /// The source evcxr compiles.
    compiled: PathBuf,
}

struct State {
    ready: bool,
    leaving: bool,
    under_way: Option<UnderWay>,
    interrupted: bool,
    /// A question of the cell was interrupted, which is how the cell ends if it does not go on without an answer.
    question_interrupted: bool,
    /// The child is new: it has neither hooks nor variables.
    fresh_runner: bool,
    /// `:dep` may fetch crates.
    network: bool,
    left: Settled,
    sources: Sources,
    /// The child runs code of our own, whatever cell waits.
    quiet: bool,
    /// Variables are not handed over yet.
    waiting: bool,
}

struct UnderWay {
    cell: u32,
    typed: String,
    running: bool,
    moments: Moments,
}

impl Shared {
    pub(crate) fn new(compiled: PathBuf) -> Shared {
        let state = State {
            ready: false,
            leaving: false,
            under_way: None,
            interrupted: false,
            question_interrupted: false,
            fresh_runner: false,
            network: true,
            left: Settled::default(),
            sources: Sources::default(),
            quiet: false,
            waiting: false,
        };
        Shared { state: Mutex::new(state), compiled }
    }

    pub(crate) fn ready(&self) {
        self.lock().ready = true;
    }

    pub(crate) fn phase(&self) -> Phase {
        let state = self.lock();
        match &state.under_way {
            _ if !state.ready => Phase::Starting,
            None => Phase::Idle,
            Some(cell) if cell.running => Phase::Running,
            Some(_) => Phase::Compiling,
        }
    }

    /// A cell is asked for.
    pub(crate) fn begin(&self, cell: u32, typed: &str) {
        let mut state = self.lock();
        state.under_way = Some(UnderWay { cell, typed: typed.to_owned(), running: false, moments: Moments::asked() });
        state.interrupted = false;
        state.question_interrupted = false;
    }

    /// Takes what the cell left and goes idle; says whether it was interrupted.
    pub(crate) fn end(&self) -> bool {
        let mut state = self.lock();
        state.under_way = None;
        std::mem::take(&mut state.interrupted)
    }

    /// The cell that is under way, if any.
    pub(crate) fn cell(&self) -> Option<u32> {
        self.lock().under_way.as_ref().map(|cell| cell.cell)
    }

    pub(crate) fn interrupt(&self) {
        let mut state = self.lock();
        state.interrupted = state.under_way.is_some();
    }

    /// The session is being shut down: the cell under way is interrupted, and failures are nobody's concern.
    pub(crate) fn leave_for_good(&self) {
        self.interrupt();
        self.lock().leaving = true;
    }

    pub(crate) fn leaving(&self) -> bool {
        self.lock().leaving
    }

    pub(crate) fn interrupted(&self) -> bool {
        self.lock().interrupted
    }

    pub(crate) fn question_was_interrupted(&self) {
        self.lock().question_interrupted = true;
    }

    pub(crate) fn question_interrupted(&self) -> bool {
        self.lock().question_interrupted
    }

    pub(crate) fn runner_is_new(&self) {
        self.lock().fresh_runner = true;
    }

    pub(crate) fn take_fresh_runner(&self) -> bool {
        std::mem::take(&mut self.lock().fresh_runner)
    }

    /// The child is about to run what was compiled: the number of the cell, or nothing when it shall not run.
    pub(crate) fn run(&self) -> Option<u32> {
        let source = std::fs::read_to_string(&self.compiled).unwrap_or_default();
        let written = self.written();
        let mut state = self.lock();
        if state.interrupted {
            return None;
        }
        let State { under_way, sources, quiet, .. } = &mut *state;
        // Before the first cell of the user and between two, the child runs cells of our own: number 0.
        let Some(cell) = under_way.as_mut().filter(|_| !*quiet) else { return Some(0) };
        cell.running = true;
        cell.moments.start(written);
        sources.remember(cell.cell, &cell.typed, source);
        Some(cell.cell)
    }

    /// From here on the child runs code of our own, or that of cells again.
    pub(crate) fn be_quiet(&self, quiet: bool) {
        self.lock().quiet = quiet;
    }

    pub(crate) fn set_waiting(&self, waiting: bool) {
        self.lock().waiting = waiting;
    }

    /// Whether variables are not handed over yet.
    pub(crate) fn is_waiting(&self) -> bool {
        self.lock().waiting
    }

    /// Remembers a cell that is not compiled: its lines are its own.
    pub(crate) fn remember(&self, cell: u32, text: &str) {
        self.lock().sources.remember(cell, text, text.to_owned());
    }

    /// The cell's turn has come.
    pub(crate) fn turn(&self) {
        if let Some(cell) = &mut self.lock().under_way {
            cell.moments.begin();
        }
    }

    /// The child has run the cell.
    pub(crate) fn ran(&self) {
        if let Some(cell) = &mut self.lock().under_way {
            cell.moments.end();
        }
    }

    /// What the cell under way has taken; attempts that were mended took `again`.
    pub(crate) fn timing(&self, again: Duration) -> CellTiming {
        let written = self.written();
        self.lock().under_way.as_ref().map_or_else(CellTiming::default, |cell| cell.moments.parts(again, written))
    }

    /// When code was last written for the compiler.
    fn written(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.compiled).and_then(|file| file.modified()).ok()
    }

    /// Whether a cell may fetch crates from the network.
    pub(crate) fn network(&self) -> bool {
        self.lock().network
    }

    pub(crate) fn allow_network(&self, allowed: bool) {
        self.lock().network = allowed;
    }

    /// What a run of the child left. A cell may run twice: evcxr tries again when a variable's type has changed.
    pub(crate) fn leave(&self, settled: Settled) {
        let mut state = self.lock();
        state.left.protocol.extend(settled.protocol);
        state.left.contents.extend(settled.contents);
        state.left.failure = settled.failure.or(state.left.failure.take());
        state.left.last_words.push_str(&settled.last_words);
    }

    pub(crate) fn take_left(&self) -> Settled {
        std::mem::take(&mut self.lock().left)
    }

    pub(crate) fn resolve(&self, cell: u32, line: u32) -> Option<UserLine> {
        self.lock().sources.resolve(cell, line)
    }

    pub(crate) fn text(&self, cell: u32) -> Option<String> {
        self.lock().sources.typed(cell).map(str::to_owned)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
