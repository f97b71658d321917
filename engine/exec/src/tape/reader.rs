//! Replaying a tape as a source: in the order of broker timestamps, a few thousand records at a time, bounded.

use std::sync::Arc;
use std::time::Duration;

use headwater::{Format, Source};

use super::record::files::REASON;
use super::{RawRecord, Tape};
use crate::Result;
use crate::sources::decode::{RecordRef, RowDecoder, headers_json};
use crate::sources::{Polled, Positions, SourceBatch, SourceReader};

/// How many records are put into batches at a time. Within such a slice the partitions come one after the other.
const SLICE: usize = 4_096;

/// A bounded source that replays a tape.
///
/// The partitions are merged by broker timestamp, without disturbing the order within one. Records without a timestamp take
/// that of their forerunner in the partition; when none has one, the partitions are replayed side by side, record by record.
pub struct TapeReader {
    records: Arc<Vec<RawRecord>>,
    /// The places in `records`, in the order of the replay.
    order: Vec<usize>,
    decoder: RowDecoder,
    /// Whether the values are JSON objects whatever the source's format (see [`RawRecord`]).
    as_json: bool,
    origins: Vec<String>,
    next: usize,
    ready: std::collections::VecDeque<SourceBatch>,
    positions: Positions,
}

impl TapeReader {
    pub(super) fn new(tape: &Tape, source: &Source, columns: Option<&[String]>) -> Result<Self> {
        let as_json = matches!(source.connector, headwater::SourceConnector::Files { .. })
            || source.format == Some(Format::Parquet);
        Ok(TapeReader {
            order: replay_order(tape.records()),
            records: Arc::clone(&tape.records),
            decoder: RowDecoder::new(source, columns)?,
            as_json,
            origins: (0..tape.note().partitions.len() as u32).map(|p| tape.origin(p).to_string()).collect(),
            next: 0,
            ready: std::collections::VecDeque::new(),
            positions: Positions::new(),
        })
    }

    /// Decodes the next slice, a batch for each partition in it.
    fn fill(&mut self) -> Result<()> {
        let end = (self.next + SLICE).min(self.order.len());
        let records = Arc::clone(&self.records);
        let mut slice: Vec<&RawRecord> = self.order[self.next..end].iter().map(|&at| &records[at]).collect();
        slice.sort_by_key(|record| record.partition); // stable: the order within a partition stays
        for run in slice.chunk_by(|one, other| one.partition == other.partition) {
            for record in run {
                self.push(record);
            }
            let partition = run[0].partition;
            self.ready.push_back(self.decoder.take(partition)?);
            self.positions.insert(partition, run[run.len() - 1].offset + 1);
        }
        self.next = end;
        Ok(())
    }

    fn push(&mut self, record: &RawRecord) {
        let headers = self
            .decoder
            .wants_headers()
            .then(|| headers_json(record.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()))));
        let reference = RecordRef {
            origin: self.origins.get(record.partition as usize).map_or("", String::as_str),
            partition: record.partition,
            position: record.offset,
            timestamp_ms: record.timestamp_ms,
            key: record.key.as_deref(),
            value: record.value.as_deref(),
            headers: headers.as_deref(),
        };
        let torn = record.headers.first().filter(|(name, _)| self.as_json && name == REASON);
        match torn {
            Some((_, reason)) => self.decoder.reject(&reference, String::from_utf8_lossy(reason).into_owned()),
            None if self.as_json => self.decoder.push_json(&reference),
            None => self.decoder.push(&reference),
        }
    }
}

/// The places of the records in the order of a k-way merge of the partitions by time.
fn replay_order(records: &[RawRecord]) -> Vec<usize> {
    let mut keys = Vec::with_capacity(records.len());
    for run in records.chunk_by(|one, other| one.partition == other.partition) {
        // The merge takes from a partition only its first record left, so a record never overtakes an earlier one: its time in
        // the merge is the largest so far.
        let mut reached = i64::MIN;
        for (number, record) in run.iter().enumerate() {
            reached = reached.max(record.timestamp_ms.unwrap_or(i64::MIN));
            keys.push((reached, number, record.partition, keys.len()));
        }
    }
    keys.sort_unstable();
    keys.into_iter().map(|(.., place)| place).collect()
}

impl SourceReader for TapeReader {
    fn partitions(&self) -> u32 {
        self.origins.len() as u32
    }

    fn poll(&mut self, _timeout: Duration) -> Result<Polled> {
        if self.ready.is_empty() && self.next < self.order.len() {
            self.fill()?;
        }
        Ok(self.ready.pop_front().map_or(Polled::End, Polled::Batch))
    }

    fn positions(&self) -> Positions {
        self.positions.clone()
    }

    fn lag(&self) -> Option<u64> {
        Some((self.order.len() - self.next) as u64)
    }
}
