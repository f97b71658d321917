//! What a key report is made from: the key of every row, with the part of the sample that it is from.

use crate::Placement;

/// Everything a [key report](crate::KeyReport) is made from.
#[derive(Debug, Clone)]
pub struct KeyInput {
    /// The key as the user wrote it: a column or an expression.
    pub key: String,
    /// The line that says how the sample was drawn. Shown as it is.
    pub sample: String,
    /// How many workers the report forecasts for; `None` takes [`crate::DEFAULT_PARALLELISM`] and says so.
    pub parallelism: Option<u32>,
    /// How the target turns a key into a worker.
    pub placement: Placement,
    /// One entry a row of the sample.
    pub rows: Vec<KeyRow>,
}

/// The key of one row. Several columns are one key: see [`crate::join_key`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// The key's text; null keys are a group of their own.
    pub key: Option<String>,
    /// The partition its record is from: the stratum of its block. Rows that belong to no single partition have 0.
    pub partition: u32,
    /// The block of the sample: rows of one block were neighbours in the log, and of one partition.
    pub block: u32,
}
