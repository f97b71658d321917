//! What a drift report and a baseline are made from.

use crate::Rows;
use crate::drift::budget::AlarmBudget;

/// Rows with what is known about where they came from.
#[derive(Debug, Clone)]
pub struct DriftInput<'a> {
    /// What is looked at, for the first line: a topic, a file, a step.
    pub name: String,
    /// The line that says how the sample was drawn. Shown as it is.
    pub sample: String,
    /// Whether that sample can stand for the stream (the first rows of a topic cannot).
    pub representative: bool,
    /// The rows. JSON records are put in the order of their timestamps when all of them have one.
    pub rows: Rows<'a>,
    /// The time of each row of a frame (epoch ms), by which they are put in order. Empty: they are in the order of time already.
    pub times_ms: Vec<i64>,
    /// Records that could not be decoded before they came here (a frame holds only the good ones).
    pub undecodable: u64,
    /// Rows that came too late; `None` when that was not looked at.
    pub late: Option<u64>,
    /// How many records the log got, stretch by stretch, one behind the other; one stretch is enough for the rate, eight tell how
    /// much it varies. Empty: not known.
    pub log: Vec<LogSpan>,
}

/// How many records in how much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// Records.
    pub records: u64,
    /// Milliseconds.
    pub span_ms: u64,
}

/// How drift is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftOptions {
    /// How often a false alarm may come.
    pub budget: AlarmBudget,
    /// A share that moved by less than this is no alarm, however sure it is (default 0.02: 2 points).
    pub points: f64,
    /// The same for rates and numbers, relative to what was expected (default 0.25).
    pub relative: f64,
    /// Rows of a window; `None` takes the baseline's, which is what its bursts were measured with.
    pub window_rows: Option<u32>,
}

impl Default for DriftOptions {
    fn default() -> Self {
        Self { budget: AlarmBudget::default(), points: 0.02, relative: 0.25, window_rows: None }
    }
}

/// What a baseline is to hold beside the columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PinOptions {
    /// Its name.
    pub name: String,
    /// The fingerprint of the plan whose rows they are.
    pub fingerprint: Option<String>,
    /// The plan in words: its name, or the notebook and cell.
    pub plan: Option<String>,
    /// Now (epoch ms); nothing in here reads a clock.
    pub pinned_ms: Option<i64>,
    /// The keys whose skew is watched: their columns, and the workers that they are spread over.
    pub keys: Vec<(Vec<String>, u32)>,
    /// Values are kept as hashes only: the file names nobody.
    pub redacted: bool,
    /// Rows of a window; `None` takes a 64th of the rows, 50 at least and 1,000 at most.
    pub window_rows: Option<u32>,
}

/// Why no baseline can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinError {
    /// There are no rows.
    NoRows,
    /// A key names a column that is not there: the column, and those that are.
    UnknownKey(String, Vec<String>),
    /// A key is to be spread over no workers, or over more than [`crate::MAX_PARALLELISM`].
    Workers(u32),
}

impl std::fmt::Display for PinError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoRows => f.write_str("no rows to pin: a baseline needs some 1,000 rows; take a larger sample"),
            Self::UnknownKey(column, columns) => {
                write!(f, "no column `{column}` to watch as a key; columns: {}", columns.join(", "))
            }
            Self::Workers(workers) => {
                write!(
                    f,
                    "a key cannot be spread over {workers} workers: 1 to {} can be asked for",
                    crate::MAX_PARALLELISM
                )
            }
        }
    }
}

impl std::error::Error for PinError {}
