//! A session: what the kernel holds. Its methods hand work to the thread that owns evcxr and wait for the answer.

use crate::error::CellError;
use crate::kept::{Keeper, Kept};
use crate::output::{Output, OutputSink};
use crate::places::UserLine;
use crate::redefined::UserTypes;
use crate::session_dir::SessionDir;
use crate::state::{Phase, Shared};
use crate::timing::CellTiming;
use crate::worker::{Job, Worker};
use crate::{processes, runner};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a cell may take to end at a shutdown.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often who waits for variables looks whether they give up.
const LOOK: Duration = Duration::from_millis(25);
/// How long an answer of rust-analyzer is still wanted that nobody waits for any more: the same may be asked again.
const STILL_WANTED: Duration = Duration::from_secs(1);

/// One value in several forms: pairs of MIME type and body.
pub type Mimes = Vec<(String, String)>;

/// What a session needs to know.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// The binary `headwater-runtime`, as an absolute path.
    pub runner: PathBuf,
    /// The folder cells run in.
    pub working_dir: PathBuf,
    /// Environment variables for cells that name a file in the session's folder: pairs of variable and file name.
    pub files: Vec<(&'static str, &'static str)>,
    /// Where sessions keep for each other what each would compile anew; nowhere, if there is no such place.
    pub templates: Option<PathBuf>,
}

/// How a cell ended. Values that came before an error are kept.
#[derive(Debug, Clone, Default)]
pub struct CellOutcome {
    /// What the cell displayed, in order; the last one is the value of its last expression, if that has one.
    pub results: Vec<Mimes>,
    /// Why it failed, if it did.
    pub error: Option<CellError>,
    /// What it took.
    pub timing: CellTiming,
}

impl CellOutcome {
    pub(crate) fn failed(error: CellError) -> CellOutcome {
        CellOutcome { results: Vec::new(), error: Some(error), timing: CellTiming::default() }
    }
}

/// Proposals for the bytes from `start` to `end`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completions {
    /// The proposals: text and kind.
    pub matches: Vec<(String, String)>,
    /// Where the replaced text begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What an interrupt met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupted {
    /// No cell was under way.
    Nothing,
    /// A cell that did not run yet: it will not, and variables are kept.
    BeforeRunning,
    /// A running cell: its process was ended, and variables are lost.
    Process,
}

/// Who is asked when a cell calls `input` or `password`.
pub trait Asker: Send + Sync {
    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// There is none.
    fn ask(&self, prompt: &str, is_password: bool) -> Result<String, Unanswered>;
}

/// Why a question has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswered {
    /// There is nobody to ask.
    Nobody,
    /// The cell was interrupted while it waited.
    Interrupted,
}

impl std::fmt::Display for Unanswered {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(match self {
            Unanswered::Nobody => "there is nobody to ask: whoever runs this cell takes no input",
            Unanswered::Interrupted => "the question was interrupted",
        })
    }
}

/// A question to rust-analyzer that nobody has waited long enough for.
struct Asked<T> {
    code: String,
    position: usize,
    answer: Receiver<Option<T>>,
}

/// Rust cells, one after another. It answers at once: evcxr starts behind it, and the first cell waits for it.
pub struct CellSession {
    jobs: Sender<Job>,
    shared: Arc<Shared>,
    folder: Arc<SessionDir>,
    runner: PathBuf,
    working_dir: PathBuf,
    completing: Mutex<Option<Asked<Completions>>>,
    inspecting: Mutex<Option<Asked<Mimes>>>,
    watch: Mutex<Option<Child>>,
}

impl CellSession {
    /// Starts a session. What cells print goes to `sink`, what they ask to `asker`.
    pub fn start(
        mut config: SessionConfig,
        sink: Arc<dyn OutputSink>,
        asker: Arc<dyn Asker>,
    ) -> std::io::Result<CellSession> {
        config.runner = config.runner.canonicalize().map_err(|error| {
            let message = format!("failed to find `{}`, which runs cells: {error}", config.runner.display());
            std::io::Error::new(error.kind(), message)
        })?;
        let folder = Arc::new(SessionDir::create()?);
        let watch = Mutex::new(Some(processes::watch(&config.runner, folder.path())?));
        let shared = Arc::new(Shared::new(folder.build().join("src/lib.rs")));
        let output = Arc::new(Output::start(folder.path(), Arc::clone(&sink))?);
        let (told, read) = (Arc::clone(&shared), Arc::clone(&output));
        let desk = runner::Desk { shared: told, output: read, sink: Arc::clone(&sink), asker };
        runner::listen(folder.path(), desk)?;
        let (jobs, received) = unbounded();
        let (runner, working_dir) = (config.runner.clone(), config.working_dir.clone());
        let worker = Worker {
            config,
            folder: Arc::clone(&folder),
            shared: Arc::clone(&shared),
            output,
            sink,
            types: UserTypes::default(),
            kept: Kept::default(),
            learnt: 0,
        };
        std::thread::Builder::new().name("cells".to_owned()).spawn(move || worker.run(&received))?;
        let (completing, inspecting) = (Mutex::default(), Mutex::default());
        Ok(CellSession { jobs, shared, folder, runner, working_dir, completing, inspecting, watch })
    }

    /// A folder of this session's own, for sockets beside ours; removed with the session.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that cells run in. The process's own is another one while evcxr starts.
    pub fn working_dir(&self) -> &Path {
        &self.working_dir
    }

    /// Runs a cell; waits for evcxr if it is not ready yet.
    pub fn execute(&self, cell: u32, code: &str) -> CellOutcome {
        self.shared.begin(cell, code);
        // What was known before this cell is not known after it.
        self.completing.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.inspecting.lock().unwrap_or_else(PoisonError::into_inner).take();
        let code = code.to_owned();
        self.ask(|reply| Job::Execute { cell, code, reply }).unwrap_or_else(|| {
            CellOutcome::failed(CellError::new(
                "KernelError",
                "the thread that runs cells is gone",
                Some("restart the kernel."),
            ))
        })
    }

    /// Proposals at a byte position; nothing while a cell is under way, nor when they take longer than `patience`, so that typing
    /// never waits. Asked the same again, it goes on waiting for the same answer.
    pub fn complete(&self, code: &str, position: usize, patience: Duration) -> Option<Completions> {
        let job = |code, until, reply| Job::Complete { code, position, until, reply };
        self.answer_within(&self.completing, code, position, patience, job)
    }

    /// What is known about the thing before a byte position; in the same way.
    pub fn inspect(&self, code: &str, position: usize, patience: Duration) -> Option<Mimes> {
        let job = |code, until, reply| Job::Inspect { code, position, until, reply };
        self.answer_within(&self.inspecting, code, position, patience, job)
    }

    /// Makes the cell that is under way end.
    pub fn interrupt(&self) -> Interrupted {
        self.shared.interrupt();
        match self.shared.phase() {
            Phase::Idle => Interrupted::Nothing,
            Phase::Starting => Interrupted::BeforeRunning,
            Phase::Compiling => {
                processes::end_compilers(&self.runner);
                Interrupted::BeforeRunning
            }
            Phase::Running => {
                processes::end_runner(&self.runner);
                Interrupted::Process
            }
        }
    }

    /// Whether `:dep` may fetch crates that are not on this machine.
    pub fn allow_network(&self, allowed: bool) {
        self.shared.allow_network(allowed);
    }

    /// How far the session is.
    pub fn phase(&self) -> Phase {
        self.shared.phase()
    }

    /// The crates that are being compiled now, as far as the system tells; the cell itself is `ctx`.
    pub fn crates_compiled(&self) -> Vec<String> {
        processes::crates_compiled(&self.runner)
    }

    /// The number of the cell that is under way.
    pub fn running(&self) -> Option<u32> {
        self.shared.cell()
    }

    /// The user's own line for a line of what was compiled for a cell.
    pub fn resolve(&self, cell: u32, line: u32) -> Option<UserLine> {
        self.shared.resolve(cell, line)
    }

    /// From now on `keeper` keeps variables.
    pub fn keep_with(&self, keeper: Arc<dyn Keeper>) {
        self.tell(Job::Keep(keeper));
    }

    /// Waits until the keeper has every variable that it keeps, or `give_up` says so. While a cell runs there is nothing to wait for.
    pub fn hand_over(&self, give_up: &dyn Fn() -> bool) {
        if !self.shared.is_waiting() || !self.idle() {
            return;
        }
        let (reply, done) = bounded(1);
        self.tell(Job::HandOver { reply });
        while done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) && !give_up() {}
    }

    /// Makes a variable of what the keeper has under this name: between two cells, or in front of the next one that speaks of it.
    pub fn make(&self, variable: &str) {
        self.tell(Job::Make(variable.to_owned()));
    }

    /// Remembers the text of a cell that is not compiled, so that its lines are found.
    pub fn remember(&self, cell: u32, text: &str) {
        self.shared.remember(cell, text);
    }

    fn tell(&self, job: Job) {
        if self.jobs.send(job).is_err() {
            tracing::error!("The thread that runs cells is gone.");
        }
    }

    /// What the user typed as this cell, if it was run.
    pub fn text(&self, cell: u32) -> Option<String> {
        self.shared.text(cell)
    }

    /// Ends every process the session started and removes its folder. A cell under way ends with an error.
    pub fn shutdown(&self) {
        self.shared.leave_for_good();
        let deadline = Instant::now() + FAREWELL;
        loop {
            // Again and again: evcxr starts a new process for the one that was ended.
            processes::end_all();
            if matches!(self.shared.phase(), Phase::Idle | Phase::Starting) || Instant::now() > deadline {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        processes::end_all();
        self.folder.remove();
        // With its input closed there is nothing left to watch.
        let watch = self.watch.lock().unwrap_or_else(PoisonError::into_inner).take();
        watch.map(|mut watch| watch.wait());
    }

    /// Waits until cells can run; says why they cannot, if they cannot.
    pub fn wait_until_ready(&self) -> Option<CellError> {
        self.ask(|reply| Job::Ready { reply }).flatten()
    }

    fn idle(&self) -> bool {
        self.shared.phase() == Phase::Idle
    }

    fn answer_within<T>(
        &self,
        asked: &Mutex<Option<Asked<T>>>,
        code: &str,
        position: usize,
        patience: Duration,
        job: impl Fn(String, Instant, Sender<Option<T>>) -> Job,
    ) -> Option<T> {
        if !self.idle() {
            return None;
        }
        let deadline = Instant::now() + patience;
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut before = asked.take().filter(|asked| asked.code == code && asked.position == position);
        loop {
            let is_new = before.is_none();
            let own = before.take().or_else(|| {
                let (reply, answer) = bounded(1);
                self.jobs.send(job(code.to_owned(), deadline + STILL_WANTED, reply)).ok()?;
                Some(Asked { code: code.to_owned(), position, answer })
            })?;
            match own.answer.recv_deadline(deadline) {
                Ok(found) => return found,
                Err(RecvTimeoutError::Timeout) => {
                    *asked = Some(own);
                    return None;
                }
                // It was dropped, because much was asked at once: the same again is asked anew.
                Err(RecvTimeoutError::Disconnected) if is_new => return None,
                Err(RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    fn ask<T>(&self, job: impl FnOnce(Sender<T>) -> Job) -> Option<T> {
        let (reply, answer) = bounded(1);
        self.jobs.send(job(reply)).ok()?;
        answer.recv().ok()
    }
}
