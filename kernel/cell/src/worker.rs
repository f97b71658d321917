//! The thread that owns evcxr. It starts it, runs cells one after another, and lives as long as the session: the system
//! ends the child process with the thread that started it.

use crate::commands;
use crate::compile_error::compile_error;
use crate::ended::{interrupted, process_ended};
use crate::error::CellError;
use crate::kept::{Errand, Keeper, Kept};
use crate::output::{Output, OutputSink, Settled, Stream};
use crate::panicked::{self, Note};
use crate::redefined::UserTypes;
use crate::session::{CellOutcome, Completions, Mimes, SessionConfig};
use crate::session_dir::SessionDir;
use crate::start;
use crate::state::Shared;
use crate::{manifest, toolchain};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use evcxr::{CommandContext, Error, EvalOutputs};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long no cell must have come before code of our own runs.
const PAUSE: Duration = Duration::from_millis(250);

/// Cargo's configuration while it may use the network.
const ONLINE: &str = "[net]\noffline = false\n";

/// Work for the thread.
pub(crate) enum Job {
    Execute { cell: u32, code: String, reply: Sender<CellOutcome> },
    Complete { code: String, position: usize, until: Instant, reply: Sender<Option<Completions>> },
    Inspect { code: String, position: usize, until: Instant, reply: Sender<Option<Mimes>> },
    Keep(Arc<dyn Keeper>),
    HandOver { reply: Sender<()> },
    Make(String),
    Ready { reply: Sender<Option<CellError>> },
}

pub(crate) struct Worker {
    pub(crate) config: SessionConfig,
    pub(crate) folder: Arc<SessionDir>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) output: Arc<Output>,
    pub(crate) sink: Arc<dyn OutputSink>,
    pub(crate) types: UserTypes,
    pub(crate) kept: Kept,
    /// How many of the lessons of [`start`] are behind us.
    pub(crate) learnt: usize,
}

impl Worker {
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        let mut evcxr = start::start(&self.config, &self.folder, &self.shared);
        if let Err(error) = &evcxr
            && !self.shared.leaving()
        {
            tracing::error!(%error, "Failed to start evcxr.");
        }
        self.shared.take_left();
        self.shared.ready();
        while let Some(job) = self.next(jobs, &mut evcxr) {
            match job {
                Job::Execute { cell, code, reply } => {
                    self.shared.turn();
                    let outcome = match &mut evcxr {
                        Ok(context) => self.execute(context, cell, &code),
                        Err(error) => CellOutcome::failed(error.clone()),
                    };
                    self.shared.end();
                    let _ = reply.send(outcome);
                }
                // Who asked has stopped waiting: a cell came in between, or many asked at once.
                Job::Complete { until, .. } | Job::Inspect { until, .. } if until < Instant::now() => {}
                Job::Complete { code, position, reply, .. } => {
                    let _ = reply.send(evcxr.as_mut().ok().and_then(|context| complete(context, &code, position)));
                }
                Job::Inspect { code, position, reply, .. } => {
                    let _ = reply.send(evcxr.as_mut().ok().and_then(|context| inspect(context, &code, position)));
                }
                Job::Ready { reply } => {
                    let _ = reply.send(evcxr.as_ref().err().cloned());
                }
                Job::Keep(keeper) => self.kept.keep_with(keeper),
                Job::HandOver { reply } => {
                    if let Ok(context) = &mut evcxr {
                        self.between_cells(context);
                    }
                    let _ = reply.send(());
                }
                Job::Make(variable) => self.kept.make(variable),
            }
        }
    }

    /// The next job. When none comes for a while, what is due between cells is done.
    fn next(&mut self, jobs: &Receiver<Job>, evcxr: &mut Result<CommandContext, CellError>) -> Option<Job> {
        while let Ok(context) = evcxr
            && (self.kept.is_due() || self.learnt < start::LESSONS)
        {
            match jobs.recv_timeout(PAUSE) {
                Ok(job) => return Some(job),
                Err(RecvTimeoutError::Timeout) if self.kept.is_due() => self.between_cells(context),
                Err(RecvTimeoutError::Timeout) => self.learn(context),
                Err(RecvTimeoutError::Disconnected) => return None,
            }
        }
        jobs.recv().ok()
    }

    /// Pays, while nobody waits, for what the first cells would pay for.
    fn learn(&mut self, context: &mut CommandContext) {
        match self.learnt {
            0 => drop(complete(context, start::TYPICAL, start::TYPICAL.len())),
            _ => drop(self.run_quietly(context, start::QUESTION)),
        }
        self.learnt += 1;
        tracing::debug!(lesson = self.learnt, "Learnt while nobody waited.");
    }

    /// Hands over the variables that the kernel keeps and does not have yet, and makes those that it has and the process has not.
    fn between_cells(&mut self, context: &mut CommandContext) {
        if self.shared.interrupted() || self.shared.leaving() {
            return;
        }
        let Some(errand) = self.kept.errand() else { return };
        let alone = if self.run_quietly(context, &errand.code) { Vec::new() } else { errand.parts() };
        if alone.is_empty() {
            self.kept.done(errand);
        }
        // One that does not compile must not keep the others back.
        for errand in alone {
            if self.shared.interrupted() || self.shared.leaving() {
                return;
            }
            if self.run_quietly(context, &errand.code) {
                self.kept.done(errand);
            } else if !self.shared.interrupted() {
                tracing::warn!(code = errand.code, "Failed to run code between cells; it is given up.");
                self.kept.give_up(&errand);
            }
        }
        self.shared.set_waiting(self.kept.is_waiting());
    }

    /// What stands in front of a cell: variables it speaks of that are still to be made. evcxr takes commands before all else, so for a
    /// cell with commands they are made by code of their own.
    fn in_front(&mut self, context: &mut CommandContext, code: &str) -> Errand {
        let errand = self.kept.in_front_of(code);
        let has_commands = code.lines().any(|line| line.trim_start().starts_with([':', '!']));
        if errand.code.is_empty() || !has_commands {
            return errand;
        }
        if self.run_quietly(context, &errand.code) {
            self.kept.done(errand);
        }
        Errand::default()
    }

    /// A new process of cells runs our first cell before all else.
    fn set_up_runner(&self, context: &mut CommandContext) {
        if !self.shared.take_fresh_runner() {
            return;
        }
        self.shared.be_quiet(true);
        if let Err(error) = context.execute(&start::first_cell()) {
            tracing::warn!(%error, "Failed to set up a new process for cells.");
        }
        self.shared.be_quiet(false);
    }

    /// Runs code of our own, of which the user sees nothing. Says whether it went well.
    fn run_quietly(&self, context: &mut CommandContext, code: &str) -> bool {
        self.set_up_runner(context);
        self.shared.be_quiet(true);
        self.shared.take_left();
        let result = catch_unwind(AssertUnwindSafe(|| context.execute(code)));
        self.shared.leave(self.output.settle());
        let left = self.shared.take_left();
        self.shared.be_quiet(false);
        let panicked = left.protocol.iter().any(|line| line == "EVCXR_PANIC_NOTIFICATION");
        if let Ok(Err(error)) = &result {
            tracing::debug!(%error, code, "Code between cells failed.");
        }
        matches!(result, Ok(Ok(_))) && !panicked
    }

    fn execute(&mut self, context: &mut CommandContext, cell: u32, code: &str) -> CellOutcome {
        if let Some(error) = commands::refuse(code).or_else(|| manifest::refuse(code)) {
            return CellOutcome::failed(error);
        }
        if self.shared.interrupted() {
            return CellOutcome::failed(interrupted(None));
        }
        self.set_up_runner(context);
        let code = match manifest::optimise(context, code) {
            Ok(code) => code,
            Err(error) => return CellOutcome::failed(failure(self.folder.path(), cell, (code, 0), &error)),
        };
        let code = code.as_str();
        self.give_up_old_types(context, code);
        let in_front = self.in_front(context, code);
        self.shared.take_left();
        let _ = std::fs::remove_file(self.folder.panic_note());
        let owned = |(name, of): (&str, &str)| (name.to_owned(), of.to_owned());
        let variables: Vec<(String, String)> = context.variables_and_types().map(owned).collect();
        let compiled = format!("{}{code}", in_front.code);
        let result = catch_unwind(AssertUnwindSafe(|| self.evaluate(context, &compiled)));
        let timing = self.shared.timing(result.as_ref().map_or(Duration::ZERO, again));
        // Whatever way the cell ended: what it printed comes before its end is told.
        self.shared.leave(self.output.settle());
        let left = self.shared.take_left();
        if code.lines().any(|line| line.trim().starts_with(":clear")) {
            let _ = context.execute(&start::prelude());
        }
        let Ok(result) = result else { return CellOutcome::failed(evcxr_panicked()) };
        let went_well = result.is_ok();
        let lines_in_front = in_front.code.lines().count();
        let outcome = self.outcome(cell, (code, lines_in_front), result, left, &variables);
        if outcome.error.is_none() {
            self.kept.done(in_front);
        }
        if went_well {
            self.kept.after_cell(code, context.variables_and_types());
        }
        self.shared.set_waiting(self.kept.is_waiting());
        CellOutcome { timing, ..outcome }
    }

    /// Lets evcxr do it: offline, as ever. A crate that is not on this machine is fetched, for this once, where that is allowed: until
    /// all crates of a cell are there nothing of it has run.
    fn evaluate(&self, context: &mut CommandContext, code: &str) -> Result<EvalOutputs, Error> {
        let result = context.execute(code);
        let Err(error) = &result else { return result };
        let said = commands::says_offline(code);
        let allowed = said.map_or_else(|| self.shared.network(), |offline| !offline);
        if !(allowed && commands::adds_crates(code) && is_offline(error)) || self.shared.interrupted() {
            return result;
        }
        context.execute(":offline 0")?;
        // Cargo reads a file beside the cell's crate too, which evcxr writes only when it compiles.
        if let Err(error) = std::fs::write(self.folder.build().join(".cargo/config.toml"), ONLINE) {
            tracing::warn!(%error, "Failed to tell cargo that it may use the network.");
        }
        let fetched = context.execute(code);
        if said.is_none() {
            context.execute(":offline 1")?;
        }
        fetched
    }

    /// Gives up the variables whose type this cell defines anew, and says so.
    fn give_up_old_types(&mut self, context: &mut CommandContext, code: &str) {
        let changed = self.types.define(code);
        if changed.is_empty() {
            return;
        }
        let variables = context.variables_and_types().filter(|(_, of)| self.types.concern(of));
        let names: Vec<String> = variables.map(|(name, _)| name.to_owned()).collect();
        if names.is_empty() {
            return;
        }
        // A moved variable is forgotten; a String can be moved away whatever the old type was.
        let moves: String = names.iter().map(|name| format!("let {name} = String::new(); drop({name});\n")).collect();
        if let Err(error) = context.execute(&moves) {
            tracing::warn!(%error, "Failed to give up variables of a type that is defined anew.");
        }
        let text = format!(
            "`{}` is defined anew; variables that may hold the old one are gone: `{}`\n",
            changed.join("`, `"),
            names.join("`, `")
        );
        self.sink.text(Stream::Stderr, &text);
    }

    fn outcome(
        &mut self,
        cell: u32,
        code: (&str, usize),
        result: Result<EvalOutputs, Error>,
        left: Settled,
        variables: &[(String, String)],
    ) -> CellOutcome {
        let panicked = left.protocol.iter().any(|line| line == "EVCXR_PANIC_NOTIFICATION");
        let error = match result {
            Err(Error::SubprocessTerminated(text)) => {
                let loss = self.loss(variables);
                let interrupt = self.shared.interrupted();
                Some(if interrupt { interrupted(loss) } else { process_ended(&text, &left.last_words, loss) })
            }
            Err(_) | Ok(_) if self.shared.interrupted() && (panicked || result.is_err()) => Some(interrupted(None)),
            Err(error) => Some(failure(self.folder.path(), cell, code, &error)),
            Ok(_) if self.shared.question_interrupted() && (panicked || left.failure.is_some()) => {
                Some(interrupted(None))
            }
            Ok(_) if panicked => Some(self.panic(cell)),
            Ok(_) if left.failure.is_some() => left.failure.map(|text| CellError::new("Error", text, None)),
            Ok(outputs) => {
                let mut results = bundles(left.contents);
                let commands: Mimes = outputs.content_by_mime_type.into_iter().collect();
                results.extend((!commands.is_empty()).then_some(commands));
                return CellOutcome { results, ..CellOutcome::default() };
            }
        };
        CellOutcome { results: bundles(left.contents), error, ..CellOutcome::default() }
    }

    /// What becomes of these variables, now that their process is gone.
    fn loss(&mut self, variables: &[(String, String)]) -> Option<String> {
        let (what, anew) = self.kept.after_loss(variables).unwrap_or_default();
        let lost = variables.iter().map(|(name, _)| name).filter(|name| !anew.contains(name));
        let lost: Vec<String> = lost.map(|name| format!("`{name}`")).collect::<BTreeSet<_>>().into_iter().collect();
        let anew: Vec<String> = anew.iter().map(|name| format!("`{name}`")).collect();
        match (lost.is_empty(), anew.is_empty()) {
            (true, true) => None,
            (false, true) => Some(format!("all variables are lost: {}", lost.join(", "))),
            (true, false) => Some(format!("no variable is lost; {what} that were made anew: {}", anew.join(", "))),
            (false, false) => Some(format!(
                "variables are lost: {}; {what} that were made anew: {}",
                lost.join(", "),
                anew.join(", ")
            )),
        }
    }

    /// The panic the hook noted. Without a note, the cell was ended on purpose, with the reason told elsewhere.
    fn panic(&self, cell: u32) -> CellError {
        let note = std::fs::read_to_string(self.folder.panic_note()).unwrap_or_default();
        panicked::tell(&Note::read(&note), |line| self.shared.resolve(cell, line))
    }
}

/// An error of evcxr. `code` is what the user typed, in front of which stood so many lines of ours.
pub(crate) fn failure(session: &Path, cell: u32, code: (&str, usize), error: &Error) -> CellError {
    match error {
        error if commands::adds_crates(code.0) && is_offline(error) => not_here(error),
        Error::CompilationErrors(errors) => {
            let linker = errors.iter().map(evcxr::CompilationError::message).find(|text| text.contains("linker `"));
            linker.map_or_else(
                || compile_error(cell, code.0, code.1, errors),
                |message| toolchain::explain(&message, session),
            )
        }
        error => toolchain::explain(&error.to_string(), session),
    }
}

fn complete(context: &mut CommandContext, code: &str, position: usize) -> Option<Completions> {
    let found = catch_unwind(AssertUnwindSafe(|| context.completions(code, position))).ok()?.ok()?;
    let matches = found.completions.into_iter().map(|item| (item.code, item.kind.to_owned())).collect();
    Some(Completions { matches, start: found.start_offset, end: found.end_offset })
}

fn inspect(context: &mut CommandContext, code: &str, position: usize) -> Option<Mimes> {
    let (plain, html) = catch_unwind(AssertUnwindSafe(|| context.hover_at(code, position))).ok()?.ok()?;
    (plain != "No documentation found").then(|| vec![("text/plain".to_owned(), plain), ("text/html".to_owned(), html)])
}

/// Several forms of one value follow each other; a form that comes again begins the next value.
fn bundles(contents: Vec<(String, String)>) -> Vec<Mimes> {
    let mut bundles: Vec<Mimes> = Vec::new();
    for (mime, body) in contents {
        match bundles.last_mut() {
            Some(bundle) if bundle.iter().all(|(known, _)| *known != mime) => bundle.push((mime, body)),
            _ => bundles.push(vec![(mime, body)]),
        }
    }
    bundles
}

/// What attempts took that did not compile and were mended: every phase between the usual two.
fn again(result: &Result<EvalOutputs, Error>) -> Duration {
    let phases = result.iter().flat_map(|outputs| &outputs.phases);
    phases
        .filter(|phase| !["Final compile", "Execution"].contains(&phase.name.as_str()))
        .map(|phase| phase.duration)
        .sum()
}

/// Whether cargo failed because it was not to use the network.
fn is_offline(error: &Error) -> bool {
    let says = |text: &str| text.contains("--offline") || text.contains("offline mode");
    match error {
        Error::CompilationErrors(errors) => errors.iter().any(|error| says(&error.message())),
        error => says(&error.to_string()),
    }
}

/// A crate of the cell is not on this machine, and may not be fetched.
fn not_here(error: &Error) -> CellError {
    let text = match error {
        Error::CompilationErrors(errors) => {
            errors.iter().map(evcxr::CompilationError::message).collect::<Vec<_>>().join("\n")
        }
        error => error.to_string(),
    };
    let name = text.split('`').nth(1).map_or_else(|| "a crate".to_owned(), |name| format!("the crate `{name}`"));
    let what = format!("{name} is not on this machine, and cargo was not to use the network");
    CellError::new(
        "DependencyError",
        what,
        Some("`%set dep.network on` allows `:dep` to fetch crates; so does `:offline 0` for all cells."),
    )
}

pub(crate) fn evcxr_panicked() -> CellError {
    CellError::new(
        "KernelError",
        "evcxr, which compiles cells, failed on this one",
        Some("restart the kernel if it goes on."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::readable;

    #[test]
    fn a_fault_of_evcxr_is_no_fault_of_the_cell() {
        insta::assert_snapshot!(readable(&evcxr_panicked()));
    }
}
