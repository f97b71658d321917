//! How a session begins: evcxr is started on a copy of the template, and the crate `headwater` imported. And what the first cells would
//! pay for otherwise is done while nobody waits.

use crate::commands::FUNCTIONS;
use crate::error::CellError;
use crate::library;
use crate::session::SessionConfig;
use crate::session_dir::SessionDir;
use crate::state::Shared;
use crate::template::{Placed, Template};
use crate::toolchain;
use crate::worker;
use crossbeam_channel::Receiver;
use evcxr::{CommandContext, Error, EvalContext};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// What every session imports, beside the functions of [`commands`](crate::commands); evcxr repeats it in every cell.
const IMPORTS: &str = "use headwater::prelude::*;\n";
/// What every new child runs first.
const FIRST_CELL: &str = include_str!("runtime/first_cell.rs");

/// Looked at, never run: the first look at a pipeline makes rust-analyzer read half the standard library.
pub(crate) const TYPICAL: &str = "let typical = kafka(\"b\", \"t\").json().event_time(\"ts\", \"10s\").filter(col(\"x\").gt(0))\
    .group_by([\"k\"]).window(tumbling(\"1m\")).agg([sum(\"x\").alias(\"y\"), count()]);\ntypical.";

/// evcxr learns from the first `?` it meets that cells may fail, at the price of one compilation that fails.
pub(crate) const QUESTION: &str = "\"1\".parse::<u8>()?;";

/// How many such lessons there are.
pub(crate) const LESSONS: usize = 2;

/// Starts evcxr, if need be a second time: what a template held is not to blame then.
pub(crate) fn start(
    config: &SessionConfig,
    folder: &Arc<SessionDir>,
    shared: &Shared,
) -> Result<CommandContext, CellError> {
    let (session, templates) = (Arc::clone(folder), config.templates.clone());
    // It is in its place long before evcxr has found its tools and read the standard library.
    let placing = std::thread::spawn(move || {
        let template = Template::of(templates?, session.path())?;
        let placed = template.place(&session.build());
        Some((template, placed))
    });
    if let Err(error) = library::link(folder.path()) {
        tracing::debug!(%error, "All of the standard library is read.");
    }
    let mut begun = attempt(config, folder, shared);
    let template = placing.join().ok().flatten();
    if let (Err(error), Some((template, Placed::Libraries(_)))) = (&begun, &template)
        && !shared.leaving()
    {
        tracing::warn!(%error, "Failed to start on a template; once more without it.");
        template.discard();
        let _ = std::fs::remove_dir_all(folder.build().join("target"));
        begun = attempt(config, folder, shared);
    }
    if let (Ok(_), Some((template, placed))) = (&begun, &template)
        && let Err(error) = template.keep(&folder.build(), placed)
    {
        tracing::warn!(%error, "Failed to keep what was compiled for the next session.");
    }
    begun
}

fn attempt(config: &SessionConfig, folder: &SessionDir, shared: &Shared) -> Result<CommandContext, CellError> {
    catch_unwind(AssertUnwindSafe(|| start_evcxr(config, folder, shared)))
        .unwrap_or_else(|_| Err(worker::evcxr_panicked()))
}

fn start_evcxr(config: &SessionConfig, folder: &SessionDir, shared: &Shared) -> Result<CommandContext, CellError> {
    let failed = |error: &Error| toolchain::explain(&error.to_string(), folder.path());
    let mut command = Command::new(&config.runner);
    command.envs(config.files.iter().map(|(name, file)| (name, folder.path().join(file))));
    command.env("HEADWATER_SESSION", folder.path()).current_dir(&config.working_dir);
    let (mut context, outputs) = {
        // evcxr takes `evcxr.toml` from the current folder before any other; a user's own must not count here.
        let _elsewhere = CurrentDir::change(folder.path())?;
        EvalContext::with_subprocess_command(command).map_err(|error| failed(&error))?
    };
    tracing::debug!("The compiler answers.");
    drain("evcxr-stdout", outputs.stdout);
    drain("evcxr-stderr", outputs.stderr);
    let mut state = context.state();
    state.set_linker("system".to_owned());
    state.set_error_format("{:?}").map_err(|error| failed(&error))?;
    // By this the compilers are known that a killed kernel leaves.
    state.set_build_env("HEADWATER_SESSION", &folder.path().display().to_string());
    shared.take_fresh_runner();
    let code = format!("{}{}", prelude(), first_cell());
    context.eval_with_state(&code, state).map_err(|error| worker::failure(folder.path(), 0, (&code, 0), &error))?;
    tracing::debug!("Cells can run.");
    Ok(CommandContext::with_eval_context(context))
}

/// What evcxr repeats in every cell.
pub(crate) fn prelude() -> String {
    format!("{IMPORTS}{}", without_head(FUNCTIONS))
}

/// What sets up a new process for cells.
pub(crate) fn first_cell() -> String {
    without_head(FIRST_CELL)
}

/// Without the lines that say what a file is for: they belong before all else in a source, and evcxr puts this in its middle.
fn without_head(source: &str) -> String {
    source.lines().filter(|line| !line.starts_with("//!")).map(|line| format!("{line}\n")).collect()
}

fn drain(name: &str, lines: Receiver<String>) {
    let body = move || lines.iter().for_each(|line| tracing::debug!(line, "Unexpected output beside a cell's own."));
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(body) {
        tracing::error!(%error, "Failed to start a thread that reads evcxr's output.");
    }
}

/// The process's current folder, changed for a while.
struct CurrentDir(PathBuf);

impl CurrentDir {
    fn change(folder: &Path) -> Result<CurrentDir, CellError> {
        let back = std::env::current_dir();
        let changed = back.and_then(|back| std::env::set_current_dir(folder).map(|()| CurrentDir(back)));
        changed.map_err(|error| CellError::new("KernelError", format!("failed to change folders: {error}"), None))
    }
}

impl Drop for CurrentDir {
    fn drop(&mut self) {
        if let Err(error) = std::env::set_current_dir(&self.0) {
            tracing::error!(%error, "Failed to go back to the notebook's folder.");
        }
    }
}
