//! Recording a tape: which reader takes the sample of which source, and the bounds that all of them keep.

pub(super) mod files;
mod kafka;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use headwater::{Sample, Source, SourceConnector};

use super::{RawRecord, StoppedBy, Tape, interrupted};
use crate::Result;
use crate::runtime::{Cancel, Progress};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Takes the sample.
pub(super) fn record(
    source: &Source,
    sample: &Sample,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Tape> {
    match &source.connector {
        SourceConnector::Kafka { brokers, topic } => {
            kafka::record(brokers, topic, sample, &mut Recording::new(topic, sample, cancel, progress))
        }
        SourceConnector::Files { path } => {
            files::record(source, path, sample, &mut Recording::new(path, sample, cancel, progress))
        }
    }
}

/// The records taken so far, within the bounds of the sample.
struct Recording<'a> {
    records: Vec<RawRecord>,
    bytes: u64,
    /// Bytes that the records take in their text files, line ends and separators included.
    text_bytes: u64,
    stopped_by: Option<StoppedBy>,
    sample: Sample,
    started: Instant,
    told: Instant,
    what: String,
    cancel: &'a Cancel,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Recording<'a> {
    fn new(origin: &str, sample: &Sample, cancel: &'a Cancel, progress: &'a mut dyn FnMut(Progress)) -> Self {
        let now = Instant::now();
        Recording {
            records: Vec::new(),
            bytes: 0,
            text_bytes: 0,
            stopped_by: None,
            sample: *sample,
            started: now,
            told: now,
            what: format!("reading {origin}"),
            cancel,
            progress,
        }
    }

    /// Takes a record, unless a bound forbids it. Says whether it was taken.
    fn take(&mut self, record: RawRecord) -> bool {
        let bytes = record.bytes();
        if self.records.len() as u64 >= self.sample.rows {
            self.stopped_by.get_or_insert(StoppedBy::Rows);
        } else if self.bytes + bytes > self.sample.bytes {
            self.stopped_by.get_or_insert(StoppedBy::Bytes);
        } else {
            self.bytes += bytes;
            self.records.push(record);
            return true;
        }
        false
    }

    /// As [`Recording::take`], of a record that takes `length` bytes in its file.
    fn take_text(&mut self, record: RawRecord, length: u64) -> bool {
        let taken = self.take(record);
        if taken {
            self.text_bytes += length;
        }
        taken
    }

    /// Forgets what was taken, but not the time it took.
    fn begin_again(&mut self) {
        self.records.clear();
        (self.bytes, self.text_bytes, self.stopped_by) = (0, 0, None);
    }

    /// Whether to go on: neither interrupted nor at a bound. Tells progress now and then; `planned` is how many records
    /// are expected in all.
    fn goes_on(&mut self, planned: u64) -> Result<bool> {
        if self.cancel.is_cancelled() {
            return Err(interrupted());
        }
        if self.left().is_zero() {
            self.stopped_by.get_or_insert(StoppedBy::Seconds);
        }
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            let done = self.records.len() as u64;
            (self.progress)(Progress { what: self.what.clone(), done, total: Some(planned) });
        }
        Ok(self.stopped_by.is_none())
    }

    /// The time left.
    fn left(&self) -> Duration {
        Duration::from_millis(self.sample.millis).saturating_sub(self.started.elapsed())
    }
}
