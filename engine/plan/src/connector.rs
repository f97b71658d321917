//! Where rows come from and go to: the options of every source and sink, and how a source is sampled.

use std::fmt;

use crate::duration::{format_duration, format_size};
use crate::instant::format_instant;
use crate::{DataType, Field, Schema};

/// A source: where the records are, how they are encoded, which columns they have.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Source {
    /// Where the records are.
    pub connector: SourceConnector,
    /// How a record is encoded; found from the sample (or a file's ending) when absent. A resolved plan has it.
    pub format: Option<Format>,
    /// The columns of the payload; inferred from the sample when absent. A resolved plan has it.
    pub schema: Option<Schema>,
    /// Kafka only: envelope columns that follow those of the payload (`_key`, `_partition`, `_offset`, `_timestamp`, `_headers`).
    pub envelope: Vec<Envelope>,
}

/// Where the records of a source are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum SourceConnector {
    /// A Kafka topic.
    Kafka {
        /// `host:port`, several with commas.
        brokers: String,
        /// The topic's name.
        topic: String,
    },
    /// Files on this machine.
    Files {
        /// A path, or a glob such as `data/*.json`.
        path: String,
    },
}

/// How one record is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Format {
    /// One JSON object a record; newline-delimited in files.
    Json,
    /// Comma-separated values; the first line of a file names the columns.
    Csv,
    /// Apache Parquet; files only.
    Parquet,
}

/// A part of the Kafka envelope that can be read as a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Envelope {
    /// `_key STRING`: the key as UTF-8, invalid bytes replaced; null when there is none.
    Key,
    /// `_partition INT`.
    Partition,
    /// `_offset BIGINT`.
    Offset,
    /// `_timestamp TIMESTAMP`: the broker's or producer's.
    Timestamp,
    /// `_headers STRING`: a JSON object of names and values.
    Headers,
}

/// A sink: where rows go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Sink {
    /// A Kafka topic; one JSON object a record.
    Kafka {
        /// `host:port`, several with commas.
        brokers: String,
        /// The topic's name.
        topic: String,
        /// The column that becomes the record's key (as text); it stays in the value too. No key when absent.
        key: Option<String>,
    },
    /// A compacted Kafka topic that keeps the newest row of each key.
    KafkaUpsert {
        /// `host:port`, several with commas.
        brokers: String,
        /// The topic's name.
        topic: String,
        /// The columns of the key; the record's key is a JSON object of them.
        keys: Vec<String>,
    },
    /// Newline-delimited JSON in a folder, `part-<epoch>.json` files.
    Files {
        /// The folder; made when missing.
        path: String,
    },
    /// One JSON object a line on standard output.
    Print,
}

/// How a preview samples a source. Not part of the plan: it changes what is looked at, never what the pipeline is.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Sample {
    /// At most this many records (default 20,000).
    pub rows: u64,
    /// At most this many bytes of keys and values (default 64 MiB).
    pub bytes: u64,
    /// At most this long, milliseconds (default 10,000).
    pub millis: u64,
    /// Which part of the log (default stratified).
    pub from: SampleFrom,
    /// The name that the recording is kept under; without one it goes when room is needed.
    pub name: Option<String>,
    /// Record anew, though there is a recording: the new one takes its place.
    pub again: bool,
}

/// Which part of the log a sample is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum SampleFrom {
    /// Blocks spread over every partition's offsets, in proportion to its span.
    Stratified,
    /// The newest records of every partition.
    Latest,
    /// The oldest records of every partition.
    Earliest,
    /// Blocks spread over the records of every partition whose broker timestamps lie in `[from_ms, to_ms)`.
    Between {
        /// The first instant (epoch milliseconds).
        from_ms: i64,
        /// The instant after the last (epoch milliseconds).
        to_ms: i64,
    },
}

impl Default for Sample {
    fn default() -> Self {
        Sample { rows: 20_000, bytes: 64 << 20, millis: 10_000, from: SampleFrom::Stratified, name: None, again: false }
    }
}

impl Source {
    /// A source whose format and columns are still to be found.
    pub fn new(connector: SourceConnector) -> Source {
        Source { connector, format: None, schema: None, envelope: Vec::new() }
    }

    /// Every column it gives: those of the payload, then those of the envelope. `None` until the payload's are known.
    pub fn columns(&self) -> Option<Schema> {
        let mut schema = self.schema.clone()?;
        schema.fields.extend(self.envelope.iter().map(|part| part.field()));
        Some(schema)
    }
}

impl SourceConnector {
    /// Whether it is files, which have an end.
    pub fn is_files(&self) -> bool {
        matches!(self, SourceConnector::Files { .. })
    }

    /// The name of its function in a cell: `kafka` or `files`.
    pub fn name(&self) -> &'static str {
        match self {
            SourceConnector::Kafka { .. } => "kafka",
            SourceConnector::Files { .. } => "files",
        }
    }

    /// What is read: the topic, or the path.
    pub fn origin(&self) -> &str {
        match self {
            SourceConnector::Kafka { topic, .. } => topic,
            SourceConnector::Files { path } => path,
        }
    }
}

impl Format {
    /// Its name, as in a plan's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Format::Json => "json",
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }
}

impl Envelope {
    /// Its name, as in a plan's JSON.
    pub fn name(self) -> &'static str {
        match self {
            Envelope::Key => "key",
            Envelope::Partition => "partition",
            Envelope::Offset => "offset",
            Envelope::Timestamp => "timestamp",
            Envelope::Headers => "headers",
        }
    }

    /// The column it becomes.
    pub fn field(self) -> Field {
        match self {
            Envelope::Key => Field::new("_key", DataType::String),
            Envelope::Partition => Field::new("_partition", DataType::Int32),
            Envelope::Offset => Field::new("_offset", DataType::Int64),
            Envelope::Timestamp => Field::new("_timestamp", DataType::Timestamp),
            Envelope::Headers => Field::new("_headers", DataType::String),
        }
    }
}

impl Sink {
    /// The name of its method in a cell: `to_kafka`, `to_files` or `print`.
    pub fn name(&self) -> &'static str {
        match self {
            Sink::Kafka { .. } | Sink::KafkaUpsert { .. } => "to_kafka",
            Sink::Files { .. } => "to_files",
            Sink::Print => "print",
        }
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sample { rows, bytes, millis, from, name, again } = self;
        let (size, time) = (format_size(*bytes), format_duration(*millis));
        write!(f, "{from}, at most {rows} records, {size} and {time}")?;
        if let Some(name) = name {
            write!(f, ", kept as `{name}`")?;
        }
        if *again { write!(f, ", recorded anew") } else { Ok(()) }
    }
}

impl SampleFrom {
    /// Its name, as in a request's JSON.
    pub fn name(self) -> &'static str {
        match self {
            SampleFrom::Stratified => "stratified",
            SampleFrom::Latest => "latest",
            SampleFrom::Earliest => "earliest",
            SampleFrom::Between { .. } => "between",
        }
    }

    /// Whether shares in the sample estimate those in what it is drawn from: it is spread, not one end of it.
    pub fn is_spread(self) -> bool {
        matches!(self, SampleFrom::Stratified | SampleFrom::Between { .. })
    }
}

impl fmt::Display for SampleFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SampleFrom::Between { from_ms, to_ms } => {
                write!(f, "between {} and {}", format_instant(*from_ms), format_instant(*to_ms))
            }
            other => f.write_str(other.name()),
        }
    }
}
