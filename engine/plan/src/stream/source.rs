//! Where a stream begins, and the verbs that describe its source: format, columns, envelope, sample.

use std::panic::Location;

use super::Stream;
use crate::draft::Draft;
use crate::sample::SampleSpec;
use crate::{Envelope, Format, Recalled, Schema, Source, SourceConnector};

/// The records of a Kafka topic. Brokers are `host:port`, several with commas. Format and columns are found from the
/// sample unless given. A preview reads without a consumer group, commits nothing and writes nothing.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").json();
/// # assert!(orders.mistakes().is_empty());
/// ```
#[track_caller]
pub fn kafka(brokers: impl Into<String>, topic: impl Into<String>) -> Stream {
    let connector = SourceConnector::Kafka { brokers: brokers.into(), topic: topic.into() };
    Stream::of(Draft::begin(Source::new(connector), Location::caller()))
}

/// The records of files on this machine: a path, or a glob such as `data/*.json`. The format is that of the ending
/// (`.json`, `.ndjson`, `.jsonl`, `.csv`, `.parquet`) unless given.
///
/// ```
/// # use headwater::prelude::*;
/// let flights = files("data/flights-*.parquet");
/// # assert!(flights.mistakes().is_empty());
/// ```
#[track_caller]
pub fn files(path: impl Into<String>) -> Stream {
    let connector = SourceConnector::Files { path: path.into() };
    Stream::of(Draft::begin(Source::new(connector), Location::caller()))
}

/// A pipeline that the kernel knows: where the variable that held it was lost, or SQL made it.
#[doc(hidden)]
#[track_caller]
pub fn recall(name: &str, serial: u64) -> Stream {
    Stream::of(Draft::recall(Recalled { name: name.to_owned(), serial }, Location::caller()))
}

impl Stream {
    fn format(&self, format: Format) -> Stream {
        Stream::of(self.draft.describing(format.name(), |source| {
            source.format = Some(format);
            None
        }))
    }

    /// Each record is a JSON object; in files, one a line.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json();
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn json(&self) -> Stream {
        self.format(Format::Json)
    }

    /// Each record is a line of comma-separated values; the first line of a file names the columns.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let rates = files("rates.txt").csv();
    /// # assert!(rates.mistakes().is_empty());
    /// ```
    pub fn csv(&self) -> Stream {
        self.format(Format::Csv)
    }

    /// The files are Apache Parquet.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let flights = files("flights/*").parquet();
    /// # assert!(flights.mistakes().is_empty());
    /// ```
    pub fn parquet(&self) -> Stream {
        self.format(Format::Parquet)
    }

    /// The columns of the records, instead of those the sample suggests. Fields not named are not read; a field that
    /// cannot be its column's type makes its record a dead letter; one that is missing is null.
    ///
    /// Types: `BOOLEAN`, `INT`, `BIGINT`, `DOUBLE`, `STRING`, `BINARY`, `DATE`, `TIMESTAMP`, `ARRAY<…>`, `STRUCT<name …>`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().schema("city STRING, amount DOUBLE, ts TIMESTAMP");
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn schema(&self, columns: impl AsRef<str>) -> Stream {
        let read = Schema::parse(columns.as_ref());
        Stream::of(self.draft.describing("schema", |source| match read {
            Ok(schema) => {
                source.schema = Some(schema);
                None
            }
            Err(mistake) => Some(mistake.of("`schema`")),
        }))
    }

    /// Parts of the Kafka envelope as columns after those of the record: `_key STRING`, `_partition INT`,
    /// `_offset BIGINT`, `_timestamp TIMESTAMP`, `_headers STRING`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().envelope([Envelope::Key, Envelope::Partition]);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn envelope(&self, parts: impl Into<Vec<Envelope>>) -> Stream {
        let parts: Vec<Envelope> = parts.into();
        Stream::of(self.draft.describing("envelope", |source| {
            source.envelope = parts;
            None
        }))
    }

    /// Which part of the source is looked at; of every source, when there are several. It changes what previews show, never what
    /// the pipeline is.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").sample(latest().rows(5_000));
    /// assert_eq!(orders.sampling().rows, 5_000);
    /// ```
    pub fn sample(&self, how: SampleSpec) -> Stream {
        let wrong = how.mistakes.into_iter().map(|mistake| mistake.of("`sample`")).collect();
        Stream::of(self.draft.sampling(|sample| sample.clone_from(&how.sample), wrong))
    }

    /// The same stream, recorded anew: the look that this ends with reads the source again, and every later look replays that
    /// recording. Without it a source is read once, and its age is shown.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json();
    /// assert!(orders.resample().sampling().again);
    /// ```
    pub fn resample(&self) -> Stream {
        Stream::of(self.draft.sampling(|sample| sample.again = true, Vec::new()))
    }
}
