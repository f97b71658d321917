//! A failure as the terminal shows it: `error: …`, the step, and a hint on a line of its own; with the exit code.

use std::fmt;

use headwater::Plan;
use headwater_exec::{Domain, Error, ErrorKind};
use headwater_export::{ExportError, ExportErrorKind};

use crate::exit_code;

/// Why a command ended without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    /// What failed.
    pub(crate) message: String,
    /// What to do next.
    pub(crate) hint: Option<String>,
}

/// What a command gives.
pub(crate) type Outcome = Result<(), Failure>;

impl Failure {
    /// A failure without a hint.
    pub(crate) fn new(code: u8, message: impl Into<String>) -> Self {
        Failure { code, message: message.into(), hint: None }
    }

    /// The same with what to do next.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure of the engine, with the step of `plan` it happened in.
    pub(crate) fn in_plan(error: Error, plan: &Plan) -> Self {
        let step = error.node.map(|node| format!("in {}: ", plan.describe(node))).unwrap_or_default();
        let mut failure = Failure::from(error);
        failure.message = format!("{step}{}", failure.message);
        failure
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match (error.kind, error.domain) {
            (ErrorKind::Checkpoint, Domain::User) => exit_code::CHECKPOINT,
            (_, Domain::Internal) => exit_code::INTERNAL,
            (_, Domain::User) => exit_code::USER,
            (ErrorKind::Checkpoint, _) => exit_code::CHECKPOINT,
            (_, Domain::External) => exit_code::EXTERNAL,
        };
        Failure { code, message: error.message, hint: error.hint }
    }
}

/// Everything that is wrong at once: the first one says how it ended, all of them what.
impl From<Vec<Error>> for Failure {
    fn from(errors: Vec<Error>) -> Self {
        let mut errors = errors.into_iter();
        let Some(first) = errors.next() else {
            return Failure::new(exit_code::INTERNAL, "something failed without saying what");
        };
        let mut failure = Failure::from(first);
        for other in errors {
            failure.message.push_str(&format!("\nand: {}", other.message));
        }
        failure
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        let code = match error.kind {
            ExportErrorKind::User | ExportErrorKind::Edited => exit_code::USER,
            ExportErrorKind::Disk => exit_code::EXTERNAL,
        };
        Failure { code, message: error.message, hint: error.hint }
    }
}
