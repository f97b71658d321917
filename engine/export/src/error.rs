//! What can go wrong while a job folder is written or read.

use std::fmt;
use std::path::Path;

/// Who has to act, and so which exit code a command gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportErrorKind {
    /// The request or a setting is wrong.
    User,
    /// A file could not be read or written.
    Disk,
    /// The folder is not what was exported.
    Edited,
}

/// A failure, in words for the person who has to act.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ExportError {
    /// Who has to act.
    pub kind: ExportErrorKind,
    /// What failed: a lower-case fragment, names in backticks.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl ExportError {
    pub(crate) fn new(kind: ExportErrorKind, message: impl Into<String>) -> Self {
        ExportError { kind, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A failure of the disk while `doing` something to `path`.
    pub(crate) fn disk(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        let failure = Self::new(ExportErrorKind::Disk, format!("cannot {doing} `{}`: {error}", path.display()));
        match error.kind() {
            std::io::ErrorKind::StorageFull => failure.hint("the disk is full: make room and export again"),
            std::io::ErrorKind::PermissionDenied => failure.hint("choose a folder that you may write to"),
            _ => failure,
        }
    }
}
