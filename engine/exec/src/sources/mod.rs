//! The sources: where batches come from. Each lives on a thread of its own and owns its positions.

pub(crate) mod decode;
pub(crate) mod files;
pub mod guess;
pub(crate) mod kafka;

use std::collections::BTreeMap;
use std::time::Duration;

use headwater::{Source, SourceConnector};
use polars::prelude::DataFrame;

pub use files::parquet::frame as frame_of;
pub use files::table::{Table, TableColumn};
pub use kafka::cluster::{TopicGlance, topics};
pub use kafka::list_topics;
pub use kafka::peek::{Peek, PeekFrom, Peeked, peek};

use crate::Result;

/// For each partition, the position of the next record to read: a Kafka offset; in a text file the byte its line begins at; in
/// a Parquet file the row.
pub type Positions = BTreeMap<u32, u64>;

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The oldest record of every partition.
    Earliest,
    /// After the newest record of every partition.
    Latest,
    /// At the first record of every partition whose broker timestamp (epoch milliseconds) is this or later.
    Since(i64),
    /// At these positions; a partition without one begins at its oldest record (it was added since).
    At(Positions),
}

/// A reader of one source.
pub trait SourceReader: Send {
    /// How many partitions there are, the silent ones included; fixed once opened.
    fn partitions(&self) -> u32;

    /// Waits at most `timeout` for more.
    ///
    /// # Errors
    /// The source cannot be read any further. A record that does not decode is no error: it is in [`SourceBatch::dead`].
    fn poll(&mut self, timeout: Duration) -> Result<Polled>;

    /// The positions after everything that `poll` has returned so far.
    fn positions(&self) -> Positions;

    /// How many records of the source are not read yet, where that is known without asking.
    fn lag(&self) -> Option<u64> {
        None
    }
}

/// Opens the resolved `source` at `start`. With `until_end` it ends at the positions found now; files always end. Of the payload
/// only `columns` are decoded, where given; the envelope that the source declares always is.
///
/// # Errors
/// The source is not resolved, cannot be reached, or does not exist.
pub fn open_source(
    source: &Source,
    start: &Start,
    until_end: bool,
    columns: Option<&[String]>,
) -> Result<Box<dyn SourceReader>> {
    match &source.connector {
        SourceConnector::Kafka { brokers, topic } => {
            Ok(Box::new(kafka::KafkaReader::open(source, (brokers, topic), start, until_end, columns)?))
        }
        SourceConnector::Files { path } => Ok(Box::new(files::FilesReader::open(source, path, start, columns)?)),
    }
}

/// What a poll found.
#[derive(Debug)]
pub enum Polled {
    /// Records of one partition.
    Batch(SourceBatch),
    /// Nothing within the timeout.
    Nothing,
    /// The end of a bounded source.
    End,
}

/// Records of one partition, decoded.
#[derive(Debug)]
pub struct SourceBatch {
    /// The partition's index.
    pub partition: u32,
    /// The records that decoded, with the columns of the resolved schema (or those the plan uses), then the envelope.
    pub frame: DataFrame,
    /// The records that did not.
    pub dead: Vec<DeadLetter>,
    /// The newest broker timestamp in the batch (epoch milliseconds), where the source has one.
    pub newest_ms: Option<i64>,
}

/// A record that did not decode: its bytes, its position and the reason; or a row that a step put aside, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// `topic` or file path.
    pub origin: String,
    /// The partition's index.
    pub partition: u32,
    /// Where in the partition, as [`Positions`] count; unknown of a row that a step put aside.
    pub position: Option<u64>,
    /// The broker timestamp (epoch milliseconds), where there is one.
    pub timestamp_ms: Option<i64>,
    /// The key's bytes, where there is one.
    pub key: Option<Vec<u8>>,
    /// The value's bytes.
    pub value: Vec<u8>,
    /// Why: `expected a number at line 1 column 14`, `not a JSON object`, …
    pub reason: String,
}
