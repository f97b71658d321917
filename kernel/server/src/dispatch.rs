//! Jupyter's requests, each to whoever can answer it: cells to evcxr, and around every cell the engine.

use crate::bridge::{Screen, bundle};
use crate::building;
use headwater_cell::{CellError, CellSession, CellTiming, Completeness, Interrupted, completeness};
use headwater_jupyter::{
    CompleteRequest, Completion, ErrorReport, ExecuteOutcome, ExecuteRequest, Handler, Input, InspectRequest,
    Inspection, IoPub, IsCompleteReply, KernelInfo, MimeBundle, Proposal,
};
use headwater_server::assist;
use headwater_server::magics::{self, Takes};
use headwater_server::service::{CellTime, EngineService, Failure, Publisher};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a cell may go on after the engine has done with it. Then its process is ended.
const GRACE: Duration = Duration::from_secs(1);
/// How long the engine may take to let go of a cell. It does so at once; a cell may ask for one thing after the other.
const ENGINE_GRACE: Duration = Duration::from_secs(3);
const LOOK: Duration = Duration::from_millis(50);
/// How long rust-analyzer may take with proposals beside those of the kernel's own: who types notices 0.2 s.
const PATIENCE: Duration = Duration::from_millis(160);
/// The same where nobody else has an answer: late is better than nothing. While a cell runs it is not asked at all.
const PATIENCE_ALONE: Duration = Duration::from_secs(1);
/// No cell has this number.
const NO_CELL: u32 = u32::MAX;
/// The number of what is run beside the cells.
const UNCOUNTED: u32 = 0;
const INDENT: &str = "    ";

/// The kernel's language: Rust cells with the engine behind them.
pub struct Dispatch {
    cells: Result<Cells, String>,
}

/// Cells, and what is around them.
pub struct Cells {
    session: Arc<CellSession>,
    engine: Arc<EngineService>,
    iopub: IoPub,
    input: Input,
    /// The cell that was asked to end by cancelling the engine. Asked again, it is ended at once.
    cancelled: AtomicU32,
}

/// How Rust ran.
struct Ran {
    /// What it displayed, in order.
    results: Vec<MimeBundle>,
    /// Why it failed, if it did.
    report: Option<ErrorReport>,
    /// What it took.
    timing: CellTiming,
}

impl Dispatch {
    /// Serves these cells; or says with every cell why there are none.
    pub fn new(cells: Result<Cells, String>) -> Dispatch {
        Dispatch { cells }
    }
}

impl Handler for Dispatch {
    fn kernel_info(&self) -> KernelInfo {
        let version = env!("CARGO_PKG_VERSION");
        KernelInfo {
            implementation: "headwater".to_owned(),
            implementation_version: version.to_owned(),
            banner: format!("Headwater {version}: Rust cells that explore streams."),
            language_info: json!({
                "name": "rust",
                "version": env!("CARGO_PKG_RUST_VERSION"),
                "mimetype": "text/rust",
                "file_extension": ".rs",
                "pygments_lexer": "rust",
                "codemirror_mode": "rust",
            }),
            help_links: vec![("Rust".to_owned(), "https://doc.rust-lang.org/stable/".to_owned())],
        }
    }

    fn execute(&self, request: &ExecuteRequest, execution_count: u32) -> ExecuteOutcome {
        match &self.cells {
            Ok(cells) => cells.execute(&request.code, execution_count),
            Err(reason) => ExecuteOutcome::Failed(no_cells(reason)),
        }
    }

    fn evaluate(&self, expression: &str) -> Result<MimeBundle, ErrorReport> {
        self.cells.as_ref().map_err(|reason| no_cells(reason))?.evaluate(expression)
    }

    /// What the kernel knows by itself, then what rust-analyzer knows, if it is free and soon done.
    fn complete(&self, request: &CompleteRequest) -> Completion {
        let (code, at) = (&request.code, byte_position(&request.code, request.cursor_pos));
        let Ok(cells) = &self.cells else {
            return Completion { start: request.cursor_pos, end: request.cursor_pos, ..Completion::default() };
        };
        let mut found = assist::complete(code, at, &cells.engine.facts(cells.session.working_dir()));
        if found.rust
            && let patience = if found.all.is_empty() { PATIENCE_ALONE } else { PATIENCE }
            && let Some(rust) = cells.session.complete(&assist::rust_of(code), at, patience)
        {
            found = assist::merged(found, (rust.matches, rust.start, rust.end));
        }
        let proposal = |own: assist::Proposal| Proposal { text: own.text, kind: own.kind, signature: own.signature };
        Completion {
            start: code_points(code, found.start),
            end: code_points(code, found.end),
            matches: found.all.into_iter().map(proposal).collect(),
        }
    }

    fn inspect(&self, request: &InspectRequest) -> Inspection {
        let (code, at) = (&request.code, byte_position(&request.code, request.cursor_pos));
        let cells = self.cells.as_ref().ok()?;
        let known = assist::inspect(code, at, &cells.engine.facts(cells.session.working_dir()));
        let ask = || cells.session.inspect(&assist::rust_of(code), end_of_word(code, at), PATIENCE_ALONE).map(bundle);
        known.or_else(|| assist::is_rust(code, at).then(ask).flatten())
    }

    fn is_complete(&self, code: &str) -> IsCompleteReply {
        let cell = magics::split(code);
        // A console shows by an empty line that a `%%` cell has ended.
        if cell.calls.last().is_some_and(|call| call.takes == Takes::Cell && !call.body.ends_with("\n\n")) {
            return IsCompleteReply::incomplete(String::new());
        }
        match completeness(cell.rust.as_deref().unwrap_or_default()) {
            Completeness::Complete => IsCompleteReply::complete(),
            Completeness::Incomplete { depth } => IsCompleteReply::incomplete(INDENT.repeat(depth)),
            Completeness::Invalid => IsCompleteReply::invalid(),
        }
    }

    fn interrupt(&self) {
        if let Ok(cells) = &self.cells {
            cells.interrupt();
        }
    }

    fn shutdown(&self, _restart: bool) {
        if let Ok(cells) = &self.cells {
            cells.engine.cancel();
            cells.engine.stop_jobs();
            cells.session.shutdown();
        }
    }
}

impl Cells {
    /// These cells; what they ask the user goes by `input`.
    pub fn new(session: Arc<CellSession>, engine: EngineService, iopub: IoPub, input: Input) -> Cells {
        Cells { session, engine: Arc::new(engine), iopub, input, cancelled: AtomicU32::new(NO_CELL) }
    }

    fn execute(&self, code: &str, number: u32) -> ExecuteOutcome {
        let began = Instant::now();
        let mut time = CellTime::of(number, code);
        let outcome = self.execute_timed(code, number, &mut time);
        time.total = began.elapsed();
        time.failed = matches!(outcome, ExecuteOutcome::Failed(_));
        self.engine.timed(time);
        outcome
    }

    fn execute_timed(&self, code: &str, number: u32, time: &mut CellTime) -> ExecuteOutcome {
        let cell = magics::split(code);
        self.engine.begin_cell(number);
        if !cell.calls.is_empty() {
            self.session.remember(number, code);
        }
        let began = Instant::now();
        let failure = cell.calls.iter().find_map(|call| self.engine.magic(call).err());
        time.magics = if cell.calls.is_empty() { Duration::ZERO } else { began.elapsed() };
        if let Some(failure) = failure {
            return ExecuteOutcome::Failed(from_engine(failure));
        }
        let Some(rust) = cell.rust else { return ExecuteOutcome::Done(None) };
        let (outcome, rust) = self.execute_rust(&rust, number);
        (time.rust, time.engine) = (rust, self.engine.spent());
        outcome
    }

    fn execute_rust(&self, code: &str, number: u32) -> (ExecuteOutcome, CellTiming) {
        let Ran { mut results, report, timing } = self.run(code, number);
        let last = if report.is_none() { results.pop() } else { None };
        results.into_iter().for_each(|result| self.iopub.display_data(result, None));
        (report.map_or(ExecuteOutcome::Done(last), ExecuteOutcome::Failed), timing)
    }

    /// Of a pipeline the engine shows the rows, and the value is nothing.
    fn evaluate(&self, expression: &str) -> Result<MimeBundle, ErrorReport> {
        let Ran { mut results, report, .. } = self.run(expression, UNCOUNTED);
        report.map_or_else(|| Ok(results.pop().unwrap_or_default()), Err)
    }

    fn run(&self, code: &str, number: u32) -> Ran {
        self.cancelled.store(NO_CELL, Ordering::Release);
        self.engine.begin_cell(number);
        let settings = self.engine.settings();
        self.session.allow_network(settings.dep_network());
        let shows = headwater_cell::adds_crates(code) && settings.progress();
        let screen = shows.then(|| Arc::new(Screen(self.iopub.clone())) as Arc<dyn Publisher>);
        let outcome = building::told(&self.session, screen, || self.session.execute(number, code));
        let failure = self.engine.take_failure();
        let results = outcome.results.into_iter().filter(|forms| !is_unit(forms)).map(bundle).collect();
        let report = match (failure, outcome.error) {
            // The engine refused, which ended the cell: its words say why, the cell's own say only that.
            (Some(failure), Some(_)) => Some(from_engine(failure)),
            (_, error) => error.map(from_cell),
        };
        Ran { results, report, timing: outcome.timing }
    }

    /// The engine first, and a question to the user: the cell is answered, ends by itself and keeps its variables. If that does not
    /// help, or someone insists, the session ends the cell.
    fn interrupt(&self) {
        let Some(cell) = self.session.running() else {
            // A magic, perhaps.
            self.engine.cancel();
            return;
        };
        let asked_before = self.cancelled.swap(cell, Ordering::AcqRel) == cell;
        let helps = self.engine.cancel() | self.input.cancel();
        if !helps || asked_before {
            return self.stop_cell();
        }
        let (session, engine) = (Arc::clone(&self.session), Arc::clone(&self.engine));
        let patience = move || {
            let begun = Instant::now();
            let mut idle_since = begun;
            while session.running() == Some(cell) {
                if engine.cancel() {
                    idle_since = Instant::now();
                }
                if idle_since.elapsed() > GRACE || begun.elapsed() > ENGINE_GRACE {
                    session.interrupt();
                    return;
                }
                std::thread::sleep(LOOK);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("grace".to_owned()).spawn(patience) {
            tracing::error!(%error, "Failed to start a thread; the cell is ended at once.");
            self.stop_cell();
        }
    }

    fn stop_cell(&self) {
        if self.session.interrupt() == Interrupted::Nothing {
            tracing::debug!("There was no cell to interrupt.");
        }
    }
}

/// The value of a `println!` without a semicolon, which nobody wants to read.
fn is_unit(forms: &[(String, String)]) -> bool {
    matches!(forms, [(mime, body)] if mime == "text/plain" && body == "()")
}

fn no_cells(reason: &str) -> ErrorReport {
    let traceback = vec![format!("the kernel has no cells: {reason}")];
    ErrorReport { ename: "KernelError".to_owned(), evalue: reason.to_owned(), traceback }
}

fn from_engine(Failure { ename, evalue, traceback }: Failure) -> ErrorReport {
    ErrorReport { ename, evalue, traceback }
}

fn from_cell(CellError { ename, evalue, traceback }: CellError) -> ErrorReport {
    ErrorReport { ename: ename.to_owned(), evalue, traceback }
}

/// Jupyter counts code points, Rust counts bytes.
fn byte_position(code: &str, code_points: usize) -> usize {
    code.char_indices().nth(code_points).map_or(code.len(), |(at, _)| at)
}

fn code_points(code: &str, byte: usize) -> usize {
    code.char_indices().take_while(|(at, _)| *at < byte).count()
}

/// A cursor inside a word asks about the whole word.
fn end_of_word(code: &str, position: usize) -> usize {
    let rest = code[position..].chars().take_while(|next| next.is_alphanumeric() || *next == '_');
    position + rest.map(char::len_utf8).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_code_points_outside_and_bytes_inside() {
        let code = "é😀x";
        assert_eq!(byte_position(code, 2), 6);
        assert_eq!(code_points(code, 6), 2);
        assert_eq!(byte_position(code, 99), code.len());
        assert_eq!(end_of_word("foo.bar_1(x)", 5), 9);
    }

    #[test]
    fn json_is_json_and_pictures_are_text() {
        let mimes =
            vec![("application/json".to_owned(), "{\"a\":1}".to_owned()), ("image/png".to_owned(), "12".to_owned())];
        let bundle = bundle(mimes);
        assert_eq!(bundle["application/json"]["a"], 1);
        assert_eq!(bundle["image/png"], "12");
    }
}
