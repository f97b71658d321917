//! Why a cell failed, as the three fields of a Jupyter error.

use std::fmt;

/// A failed cell. The traceback is for reading, with ANSI colours; the message is one line where it can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// `CompileError`, `Panic`, `Error`, `KeyboardInterrupt`, `ProcessEnded`, `DependencyError`, `CommandError`, `ToolchainError` or `KernelError`.
    pub ename: &'static str,
    /// What went wrong.
    pub evalue: String,
    /// What is displayed, line by line.
    pub traceback: Vec<String>,
}

pub(crate) const RED: &str = "\x1b[1;31m";
pub(crate) const BLUE: &str = "\x1b[1;34m";
pub(crate) const BOLD: &str = "\x1b[1m";
pub(crate) const PLAIN: &str = "\x1b[0m";

impl CellError {
    /// An error whose message is all there is to say, with a hint on a line of its own.
    pub(crate) fn new(ename: &'static str, evalue: impl Into<String>, hint: Option<&str>) -> CellError {
        let evalue = evalue.into();
        let mut traceback: Vec<String> = evalue.lines().map(str::to_owned).collect();
        if let Some(first) = traceback.first_mut() {
            *first = format!("{RED}{ename}{PLAIN}{BOLD}: {first}{PLAIN}");
        }
        traceback.extend(hint.map(|hint| format!("{BLUE}hint{PLAIN}: {hint}")));
        CellError { ename, evalue, traceback }
    }

    /// Adds lines to what is displayed.
    pub(crate) fn with_lines(mut self, lines: impl IntoIterator<Item = String>) -> CellError {
        self.traceback.extend(lines);
        self
    }
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.ename, self.evalue)
    }
}

impl std::error::Error for CellError {}

/// `cell 3, line 2`, and the line itself with its number beside it.
pub(crate) fn quote(place: &str, line: u32, text: &str) -> Vec<String> {
    let margin = " ".repeat(line.to_string().len());
    vec![
        format!("{margin}{BLUE}-->{PLAIN} {place}"),
        format!("{margin} {BLUE}|{PLAIN}"),
        format!("{BLUE}{line} |{PLAIN} {text}"),
    ]
}

/// Tests only: the whole error without colour.
#[cfg(test)]
pub(crate) fn readable(error: &CellError) -> String {
    let text = format!("{error}\n\n{}", error.traceback.join("\n"));
    [RED, BLUE, BOLD, PLAIN].iter().fold(text, |text, colour| text.replace(colour, ""))
}
