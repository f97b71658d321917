//! What a key report is made from: the key of every row, with the part of the sample that it is from.

use serde::Serialize;

use crate::{KeyValue, PartitionSpan, PartitionerReport, Placement};

/// Everything a [key report](crate::KeyReport) is made from.
#[derive(Debug, Clone, Default)]
pub struct KeyInput {
    /// The key as the user wrote it: a column, several, or an expression.
    pub key: String,
    /// Each column or expression of the key as SQL text, for code to paste; when empty, `key` is the only one.
    pub columns: Vec<String>,
    /// The line that says how the sample was drawn. Shown as it is.
    pub sample: String,
    /// Whether the sample stands for the whole: not when it is the newest or the oldest records only.
    pub representative: bool,
    /// Which part of the source's records was looked at, 0 to 1; 1 leaves no sampling error. 0 when not known.
    pub drawn: f64,
    /// How many workers the report forecasts for; `None` takes [`crate::DEFAULT_PARALLELISM`] and says so.
    pub parallelism: Option<u32>,
    /// How the target turns a key into a worker.
    pub placement: Placement,
    /// What is done with the rows of a key: it decides whether a hot key hurts.
    pub operator: Operator,
    /// Every partition of the topic with the records it holds, so that each weighs what it holds. Empty: all rows weigh the same.
    pub partitions: Vec<PartitionSpan>,
    /// Rows that come in a second, where known.
    pub rows_per_second: Option<f64>,
    /// The length of the window that the rows of a key are kept for, milliseconds, where there is one.
    pub window_ms: Option<i64>,
    /// One entry a row of the sample.
    pub rows: Vec<KeyRow>,
    /// Other columns that could be the key, or a part of it.
    pub others: Vec<OtherKey>,
    /// A column whose values differ from row to row, so that its hash splits the rows of a key evenly.
    pub spread: Option<OtherKey>,
    /// The fingerprint of the topic's producers, where there is a topic.
    pub partitioner: Option<PartitionerReport>,
}

/// Another column that could be the key, or a part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherKey {
    /// Its name.
    pub name: String,
    /// Its value in each of [`KeyInput::rows`].
    pub values: Vec<KeyValue>,
}

/// The key of one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyRow {
    /// The key; several columns are one key, see [`KeyValue::several`].
    pub key: KeyValue,
    /// The partition its record is from: the stratum of its block. Rows that belong to no single partition have 0.
    pub partition: u32,
    /// The block of the sample: rows of one block were neighbours in the log, and of one partition.
    pub block: u32,
    /// The size of its record (key and value), bytes; 0 when not known.
    pub bytes: u32,
    /// The event time, or the broker's (epoch milliseconds).
    pub time_ms: Option<i64>,
}

/// What is done with the rows of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Not known: the report says what happens to an operator that combines and to one that cannot.
    #[default]
    Unknown,
    /// Aggregates that combine before the exchange: count, sum, min, max, mean.
    Combining,
    /// Distinct counts: rows of one key cannot be combined into one, but be split by what is counted.
    Distinct,
    /// All rows of a key are needed in one place: collect, exact median, sessions, deduplication.
    Holistic,
    /// A join.
    Join,
    /// The order of a key's rows must be kept, so they cannot be split.
    Ordered,
}

impl KeyInput {
    /// The columns and expressions of the key as SQL text.
    pub(crate) fn columns(&self) -> Vec<String> {
        if self.columns.is_empty() { vec![self.key.clone()] } else { self.columns.clone() }
    }
}

impl Operator {
    /// Whether partial results of a key can be made before its rows are exchanged.
    pub fn combines(self) -> bool {
        matches!(self, Operator::Combining)
    }
}
