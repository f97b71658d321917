//! The life of the kernel's process: sockets first, so that Jupyter is answered at once; then the cells and the engine
//! behind them; then waiting for a reason to leave, after which nothing is left behind.

use crate::bridge::{KeptPipelines, Lines, Screen, User};
use crate::dispatch::{Cells, Dispatch};
use crate::kernelspec::runner_beside;
use crate::templates;
use headwater_cell::{CellSession, SessionConfig};
use headwater_jupyter::{Handler, History, Input, IoPub, Kernel, Stopper};
use headwater_server::service::{EngineService, Services};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The engine's socket in the session's folder, and the variable that tells cells about it.
const ENGINE_SOCKET: (&str, &str) = ("HEADWATER_SOCKET", "engine.sock");

/// How often the kernel looks whether the program that started it still lives.
const PARENT_LOOK: Duration = Duration::from_secs(1);

/// Runs the kernel until it is told to leave.
pub fn run(connection_file: &Path) -> Result<(), String> {
    headwater_cell::narrow_library();
    start_log();
    let kernel = Kernel::from_connection_file(connection_file).map_err(|error| error.to_string())?;
    let kernel = kernel.with_history(history());
    let stopper = kernel.stopper();
    let slot: Arc<OnceLock<Arc<Dispatch>>> = Arc::default();
    let filled = Arc::clone(&slot);
    let running = kernel
        .start(move |iopub, input| {
            let dispatch = Arc::new(Dispatch::new(start_cells(iopub, input)));
            let _ = filled.set(Arc::clone(&dispatch));
            dispatch as Arc<dyn Handler>
        })
        .map_err(|error| error.to_string())?;
    let Some(dispatch) = slot.get().cloned() else { return Err("the kernel did not start".to_owned()) };
    watch_signals(&dispatch, stopper.clone())?;
    watch_parent(stopper)?;
    running.wait();
    dispatch.shutdown(false);
    Ok(())
}

/// The cells and the engine, or why there are none: then the kernel still answers, and every cell says so.
fn start_cells(iopub: IoPub, input: Input) -> Result<Cells, String> {
    let kernel =
        std::env::current_exe().map_err(|error| format!("failed to find the kernel's own program: {error}"))?;
    let working_dir = std::env::current_dir().map_err(|error| format!("failed to read the current folder: {error}"))?;
    let config = SessionConfig {
        runner: runner_beside(&kernel),
        working_dir: working_dir.clone(),
        files: vec![ENGINE_SOCKET],
        templates: templates::folder(),
    };
    let screen = Arc::new(Screen(iopub.clone()));
    let user = Arc::new(User(input.clone()));
    let session = CellSession::start(config, Arc::<Screen>::clone(&screen), user).map_err(|error| error.to_string())?;
    let session = Arc::new(session);
    let lines = Arc::new(Lines::default());
    let _ = lines.0.set(Arc::clone(&session));
    let services = Services {
        folder: working_dir,
        tapes_dir: session.folder().join("tapes"),
        named_tapes_dir: headwater_exec::TapeStore::default_dir(),
        publisher: screen,
        places: Arc::<Lines>::clone(&lines),
        variables: lines,
    };
    let engine = EngineService::start(&session.folder().join(ENGINE_SOCKET.1), services)
        .map_err(|error| format!("failed to start the engine: {error}"))?;
    session.keep_with(Arc::new(KeptPipelines(Arc::clone(engine.pipelines()))));
    Ok(Cells::new(session, engine, iopub, input))
}

/// Kept in `HEADWATER_HISTORY`, or where the system keeps such things; nowhere when the variable is set and empty.
fn history() -> History {
    let of = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let usual = || {
        let filled = |path: &PathBuf| !path.as_os_str().is_empty();
        let state =
            of("XDG_STATE_HOME").filter(filled).or_else(|| Some(of("HOME").filter(filled)?.join(".local/state")));
        Some(state?.join("headwater/history.jsonl"))
    };
    match of("HEADWATER_HISTORY") {
        Some(file) if file.as_os_str().is_empty() => History::of_this_session(),
        file => file.or_else(usual).map_or_else(History::of_this_session, History::kept_in),
    }
}

/// The kernel's log is its stderr, which Jupyter shows in its own; `HEADWATER_LOG` sets how much. Only our own crates
/// speak: the rust-analyzer inside evcxr would write thousands of lines a cell.
fn start_log() {
    let level = std::env::var("HEADWATER_LOG").ok().and_then(|level| level.parse().ok());
    let ours = Targets::new().with_target("headwater", level.unwrap_or(LevelFilter::WARN));
    let lines =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(std::io::stderr).with_ansi(false);
    lines.finish().with(ours).init();
}

fn watch_signals(dispatch: &Arc<Dispatch>, stopper: Stopper) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("failed to listen to signals: {error}");
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(failed)?;
    let dispatch = Arc::clone(dispatch);
    let body = move || {
        for signal in signals.forever() {
            match signal {
                SIGINT => dispatch.interrupt(),
                _ => {
                    dispatch.shutdown(false);
                    stopper.stop();
                }
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(body).map(drop).map_err(failed)
}

/// A kernel whose front end died without a word would stay for ever.
fn watch_parent(stopper: Stopper) -> Result<(), String> {
    let parent = std::os::unix::process::parent_id();
    let body = move || {
        while std::os::unix::process::parent_id() == parent {
            std::thread::sleep(PARENT_LOOK);
        }
        tracing::warn!("The program that started the kernel is gone; the kernel leaves too.");
        stopper.stop();
    };
    let thread = std::thread::Builder::new().name("parent".to_owned()).spawn(body);
    thread.map(drop).map_err(|error| format!("failed to start a thread: {error}"))
}
