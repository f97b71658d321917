//! Recording a tape: which reader takes the sample of which source, and the bounds that all of them keep.

pub(super) mod files;
mod kafka;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use headwater::{Format, Sample, SampleFrom, Source, SourceConnector};

use super::{RawRecord, StoppedBy, Tape, interrupted};
use crate::runtime::{Cancel, Progress};
use crate::{Error, ErrorKind, Result};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// Takes the sample.
pub(super) fn record(
    source: &Source,
    sample: &Sample,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Tape> {
    let (mut tape, format) = match &source.connector {
        SourceConnector::Kafka { brokers, topic } => {
            let mut recording = Recording::new(topic, sample, cancel, progress);
            let mut tape = kafka::record(brokers, topic, sample, &mut recording)?;
            tape.note.brokers = Some(brokers.clone());
            (tape, source.format.unwrap_or(Format::Json))
        }
        SourceConnector::Files { path } => {
            if matches!(sample.from, SampleFrom::Between { .. }) {
                let message =
                    format!("files such as `{path}` have no times of their own, so no range of time can be sampled");
                let hint = "Take another sample and keep the rows of the range with a filter on a column of theirs.";
                return Err(Error::new(ErrorKind::Config, message).hint(hint));
            }
            files::record(source, path, sample, &mut Recording::new(path, sample, cancel, progress))?
        }
    };
    tape.note.format = Some(format.name().to_owned());
    tape.note.name.clone_from(&sample.name);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    tape.note.recorded_ms = i64::try_from(now.as_millis()).ok();
    Ok(tape)
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
            sample: sample.clone(),
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
