//! Tapes: a bounded sample of raw records, recorded once and replayed by every later look, so that a preview is instant,
//! repeatable and never reads a topic twice.

mod blocks;
mod ipc;
mod note;

mod reader;
mod record;
mod set;
mod store;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::Arc;

use headwater::{Sample, SampleFrom, Source};

pub(crate) use note::grouped;
pub use note::{PartitionNote, PositionUnit, SampleNote, StoppedBy};
pub use reader::TapeReader;
pub use record::read_whole;
pub use set::TapeSet;
pub use store::{KEPT_BYTES, TapeInfo, TapeStore};

use crate::runtime::{Cancel, Progress};
use crate::sources::SourceReader;
use crate::{Error, ErrorKind, Result};

/// Neighbours that stay together in a smaller sample: as many as a block has by default.
const RUN: usize = 500;

/// One record as it was found, decodable or not.
///
/// Of a Kafka topic and of newline-delimited JSON the value holds the bytes of the record. Of CSV and Parquet files, which have
/// no bytes of one record, it holds the row as a JSON object (of CSV with the texts of the fields, null for an empty one).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRecord {
    /// The partition's index.
    pub partition: u32,
    /// Where in the partition: an offset; in a text file the byte its line begins at; in Parquet the row.
    pub offset: u64,
    /// The broker timestamp (epoch milliseconds), where there is one.
    pub timestamp_ms: Option<i64>,
    /// The key's bytes, where there is one.
    pub key: Option<Vec<u8>>,
    /// The value's bytes; none for a tombstone.
    pub value: Option<Vec<u8>>,
    /// The headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// Which block of the sample the record is from; records of one block are neighbours in their partition.
    pub block: u32,
}

impl RawRecord {
    /// What the record counts towards the byte bound of a sample.
    pub fn bytes(&self) -> u64 {
        (self.key.as_ref().map_or(0, Vec::len) + self.value.as_ref().map_or(0, Vec::len)) as u64
    }
}

/// A bounded sample of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Tape {
    note: SampleNote,
    /// The origin of each partition's records: the topic, or the path of the file.
    origins: Vec<String>,
    /// Sorted by partition and offset.
    records: Arc<Vec<RawRecord>>,
}

impl Tape {
    /// Reads a sample of `source`: by assigned offsets, in no consumer group, committing nothing.
    ///
    /// # Errors
    /// The source cannot be reached or read, or `cancel` was raised. An empty source is no error: the tape is empty.
    pub fn record(
        source: &Source,
        sample: &Sample,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Tape> {
        record::record(source, sample, cancel, progress, None)
    }

    /// A tape of records at hand, as if they were the whole of `partitions` partitions of `origin`.
    pub fn from_records(origin: &str, partitions: u32, mut records: Vec<RawRecord>) -> Tape {
        records.sort_by_key(|record| (record.partition, record.offset));
        let notes = (0..partitions).map(|partition| {
            let mut own = records.iter().filter(|record| record.partition == partition).map(|record| record.offset);
            let low = own.next();
            let high = own.next_back().or(low).map_or(0, |last| last + 1);
            PartitionNote { partition, low: low.unwrap_or(0), high, taken: 0 }
        });
        let note = SampleNote {
            origin: origin.to_string(),
            partitions: notes.collect(),
            total: records.len() as u64,
            from: SampleFrom::Stratified,
            blocks: partitions,
            whole: true,
            ..SampleNote::default()
        };
        Tape::of_records(note, vec![origin.to_string(); partitions as usize], records)
    }

    /// Completes `note` by what can be counted in `records`, which are sorted here.
    pub(crate) fn of_records(mut note: SampleNote, origins: Vec<String>, mut records: Vec<RawRecord>) -> Tape {
        records.sort_by_key(|record| (record.partition, record.offset));
        note.records = records.len() as u64;
        note.bytes = records.iter().map(RawRecord::bytes).sum();
        note.oldest_ms = records.iter().filter_map(|record| record.timestamp_ms).min();
        note.newest_ms = records.iter().filter_map(|record| record.timestamp_ms).max();
        for partition in &mut note.partitions {
            partition.taken = records.iter().filter(|record| record.partition == partition.partition).count() as u64;
        }
        Tape { note, origins, records: Arc::new(records) }
    }

    /// How the sample was drawn and what part of the source it is.
    pub fn note(&self) -> &SampleNote {
        &self.note
    }

    /// The records, sorted by partition and offset.
    pub fn records(&self) -> &[RawRecord] {
        &self.records
    }

    /// How many partitions its source has, the silent ones included.
    pub fn partitions(&self) -> u32 {
        u32::try_from(self.note.partitions.len()).unwrap_or(u32::MAX)
    }

    /// Every `one_in`th run of 500 neighbours: a smaller sample, drawn from this one and spread as it is.
    pub fn one_in(&self, one_in: u64) -> Tape {
        let runs = self.records.chunks(RUN).step_by(usize::try_from(one_in).unwrap_or(usize::MAX).max(1));
        let note = SampleNote { whole: self.note.whole && one_in <= 1, ..self.note.clone() };
        Tape::of_records(note, self.origins.clone(), runs.flatten().cloned().collect())
    }

    /// Where the records of `partition` are from: the topic, or the path of the file.
    pub fn origin(&self, partition: u32) -> &str {
        self.origins.get(partition as usize).unwrap_or(&self.note.origin)
    }

    /// Writes the tape as an Arrow IPC file, aside first and then renamed.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        ipc::save(self, path)
    }

    /// Reads what [`Tape::save`] wrote.
    ///
    /// # Errors
    /// The file is missing, damaged, or no tape of this version.
    pub fn open(path: &Path) -> Result<Tape> {
        ipc::open(path)
    }

    /// Replays the tape with the columns of the resolved `source`, in the order of broker timestamps, and then ends.
    ///
    /// # Errors
    /// The source is not resolved.
    pub fn reader(&self, source: &Source) -> Result<Box<dyn SourceReader>> {
        self.reader_of(source, None)
    }

    /// As [`Tape::reader`], with only `columns` of the payload, in the schema's order.
    ///
    /// # Errors
    /// The source is not resolved.
    pub fn reader_of(&self, source: &Source, columns: Option<&[String]>) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(TapeReader::new(self, source, columns)?))
    }
}

/// The error of a tape that has been interrupted.
fn interrupted() -> Error {
    Error::new(ErrorKind::Cancelled, "interrupted while the sample was read")
}
