//! What can go wrong while a pipeline is read, run or written: whose fault it is, in which step, and what to do next.

use std::fmt;

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// The person who wrote the pipeline or the job's settings.
    User,
    /// The world outside: a broker, a disk, a file.
    External,
    /// Headwater itself: please report it.
    Internal,
}

/// What kind of failure, for exit codes and for the name a notebook shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The plan cannot run: a column, a type, a missing event time.
    Plan,
    /// A source or its data could not be read.
    Source,
    /// A sink could not be written.
    Sink,
    /// A checkpoint could not be written, or must not be restored.
    Checkpoint,
    /// A record could not be decoded, and the job was told to stop at such.
    Decode,
    /// A setting is wrong.
    Config,
    /// The job has taken all the memory that it may take.
    Memory,
    /// The user interrupted.
    Cancelled,
    /// A fault of Headwater.
    Internal,
}

/// A failure, in words for the person who has to act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Who has to act.
    pub domain: Domain,
    /// What kind.
    pub kind: ErrorKind,
    /// The plan node it happened in, where there is one.
    pub node: Option<u32>,
    /// What failed: a lowercase fragment without a final period, names in backticks.
    pub message: String,
    /// What to do next, a sentence.
    pub hint: Option<String>,
}

impl Error {
    /// A failure of `kind`, of the domain such failures usually have, without node or hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let domain = match kind {
            ErrorKind::Plan | ErrorKind::Config | ErrorKind::Memory | ErrorKind::Cancelled => Domain::User,
            ErrorKind::Internal => Domain::Internal,
            ErrorKind::Source | ErrorKind::Sink | ErrorKind::Checkpoint | ErrorKind::Decode => Domain::External,
        };
        Error { domain, kind, node: None, message: message.into(), hint: None }
    }

    /// The same with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, in plan node `node` (kept if it has one already).
    pub fn at(mut self, node: u32) -> Self {
        self.node.get_or_insert(node);
        self
    }

    /// The same, with `domain` to act.
    pub fn domain(mut self, domain: Domain) -> Self {
        self.domain = domain;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<polars::error::PolarsError> for Error {
    fn from(error: polars::error::PolarsError) -> Self {
        Error::new(ErrorKind::Internal, format!("a polars operation failed: {error}"))
    }
}

/// A result whose failure is an [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
