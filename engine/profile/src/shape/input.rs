//! What a shape report is made from: plain records or a frame, with what is known about where they came from.

use polars::frame::DataFrame;

use crate::PartitionSpan;
use crate::cells::{CELL_WIDTH, clean_bytes};

/// Everything a [shape report](crate::ShapeReport) is made from.
#[derive(Debug, Clone)]
pub struct ShapeInput<'a> {
    /// What is looked at, for the first line: a topic, a file, a step.
    pub name: String,
    /// The line that says how the sample was drawn. Shown as it is.
    pub sample: String,
    /// Whether the sample was drawn from all over the source, and not only from its beginning.
    pub representative: bool,
    /// Whether values are kept out of the report: their forms and lengths are shown instead. Names of fields stay.
    pub redact: bool,
    /// The newest broker timestamp of the sample (epoch ms). Times after it are in the future.
    pub newest_ms: Option<i64>,
    /// Every partition of the topic, the silent ones included. Empty when the source is no topic.
    pub partitions: Vec<PartitionSpan>,
    /// Records that could not be decoded before they came here (a frame holds only the good ones).
    pub failures: u64,
    /// A few of those records, for the report.
    pub failure_examples: Vec<Failure>,
    /// The rows.
    pub rows: Rows<'a>,
}

/// The rows of a [`ShapeInput`].
#[derive(Debug, Clone)]
pub enum Rows<'a> {
    /// Raw records, each a JSON object (or not, which is counted), in the order of their offsets.
    Json(Vec<JsonRecord<'a>>),
    /// Decoded rows: of CSV, Parquet or a derived stream.
    Frame(&'a DataFrame),
}

/// One raw record.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonRecord<'a> {
    /// The value; `None` is a tombstone.
    pub value: Option<&'a [u8]>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The partition.
    pub partition: u32,
    /// The block of the sample: records of one block were neighbours in the log.
    pub block: u32,
    /// The broker's timestamp (epoch ms).
    pub timestamp_ms: Option<i64>,
    /// How many headers it has.
    pub headers: u32,
}

/// A record that could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// The beginning of its bytes as text, made safe to print.
    pub text: String,
    /// Why it could not be decoded.
    pub reason: String,
}

impl Failure {
    /// The beginning of a record that could not be decoded, and why.
    pub fn new(value: &[u8], reason: String) -> Self {
        Self { text: clean_bytes(value, CELL_WIDTH), reason }
    }
}
