//! Recording a tape: which reader takes the sample of which source, and the bounds that all of them keep.

pub(super) mod files;
mod kafka;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use headwater::{Format, Sample, SampleFrom, Source, SourceConnector};

use super::{RawRecord, SampleNote, StoppedBy, Tape, interrupted};
use crate::runtime::{Cancel, Progress};
use crate::{Error, ErrorKind, Result};

/// Records in a chunk of a source that is read whole …
const CHUNK_RECORDS: usize = 65_536;
/// … or bytes.
const CHUNK_BYTES: u64 = 16 << 20;
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(200);
/// When what has been read so far is told first.
const FIRST_WORD: Duration = Duration::from_secs(1);

/// Takes the sample. Of a topic, `so_far` is told what has been read when it takes long.
pub(super) fn record(
    source: &Source,
    sample: &Sample,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
    so_far: Option<&mut dyn FnMut(Tape)>,
) -> Result<Tape> {
    let (mut tape, format) = match &source.connector {
        SourceConnector::Kafka { brokers, topic } => {
            let format = source.format.unwrap_or(Format::Json);
            let mut recording = Recording::new(topic, sample, cancel, progress);
            recording.so_far = so_far.map(|tell| SoFar { tell, next: FIRST_WORD, format, of: None });
            let mut tape = kafka::record(brokers, topic, sample, &mut recording)?;
            tape.note.brokers = Some(brokers.clone());
            (tape, format)
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

/// Reads everything that `source` holds now and gives it away chunk by chunk, so that memory does not grow with it: of a topic
/// from its first offsets to the last stable ones of now. Gives the note of what was read. Parquet files are better read as a
/// [table](crate::Table): here each row is made into text.
///
/// # Errors
/// The source cannot be reached or read, `take` failed, or `cancel` was raised.
pub fn read_whole(
    source: &Source,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
    take: &mut dyn FnMut(Vec<RawRecord>) -> Result<()>,
) -> Result<SampleNote> {
    let everything = Sample { rows: u64::MAX, bytes: u64::MAX, millis: u64::MAX, ..Sample::default() };
    let mut read = Read::default();
    let mut note = {
        let mut take = |records: Vec<RawRecord>| {
            read.count(&records);
            take(records)
        };
        match &source.connector {
            SourceConnector::Kafka { brokers, topic } => {
                let mut recording = Recording::new(topic, &everything, cancel, progress);
                recording.sink = Some(&mut take);
                let tape = kafka::record(brokers, topic, &everything, &mut recording)?;
                tape.note
            }
            SourceConnector::Files { path } => {
                let mut recording = Recording::new(path, &everything, cancel, progress);
                recording.sink = Some(&mut take);
                let (tape, _) = files::record(source, path, &everything, &mut recording)?;
                tape.note
            }
        }
    };
    read.write(&mut note);
    Ok(note)
}

/// What has been read, for the note: the records themselves are gone.
#[derive(Default)]
struct Read {
    records: u64,
    bytes: u64,
    taken: BTreeMap<u32, u64>,
    oldest_ms: Option<i64>,
    newest_ms: Option<i64>,
}

impl Read {
    fn count(&mut self, records: &[RawRecord]) {
        self.records += records.len() as u64;
        for record in records {
            self.bytes += record.bytes();
            *self.taken.entry(record.partition).or_default() += 1;
            let Some(time) = record.timestamp_ms else { continue };
            self.oldest_ms = Some(self.oldest_ms.map_or(time, |oldest| oldest.min(time)));
            self.newest_ms = self.newest_ms.max(Some(time));
        }
    }

    fn write(self, note: &mut SampleNote) {
        note.whole = true;
        (note.records, note.bytes) = (self.records, self.bytes);
        (note.oldest_ms, note.newest_ms) = (self.oldest_ms, self.newest_ms);
        // Offsets may have gaps: what was there is what was read.
        note.total = self.records;
        for partition in &mut note.partitions {
            partition.taken = self.taken.get(&partition.partition).copied().unwrap_or(0);
        }
    }
}

/// Who is told what has been read so far.
struct SoFar<'a> {
    tell: &'a mut dyn FnMut(Tape),
    /// When next, since the start.
    next: Duration,
    format: Format,
    /// What is known of the source, and the origin of each partition.
    of: Option<(SampleNote, Vec<String>)>,
}

/// The records taken so far, within the bounds of the sample.
struct Recording<'a> {
    records: Vec<RawRecord>,
    so_far: Option<SoFar<'a>>,
    /// Who gets the records instead, chunk by chunk.
    sink: Option<&'a mut dyn FnMut(Vec<RawRecord>) -> Result<()>>,
    /// How many the sink has got.
    given: u64,
    bytes: u64,
    /// Bytes of the records that the sink has not got yet.
    held: u64,
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
            so_far: None,
            sink: None,
            given: 0,
            bytes: 0,
            held: 0,
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
            self.held += bytes;
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

    /// What is known of the source before its records are read.
    fn knows(&mut self, note: &SampleNote, origins: &[String]) {
        if let Some(so_far) = &mut self.so_far {
            let format = Some(so_far.format.name().to_owned());
            so_far.of = Some((SampleNote { format, ..note.clone() }, origins.to_vec()));
        }
    }

    /// Tells what has been read so far; the next time when twice as long has gone by, so that it costs a part of the time only.
    fn tell_so_far(&mut self) {
        let elapsed = self.started.elapsed();
        let Some(SoFar { tell, next, of: Some((note, origins)), .. }) = &mut self.so_far else { return };
        if elapsed >= *next && !self.records.is_empty() {
            *next = elapsed * 2;
            tell(Tape::of_records(note.clone(), origins.clone(), self.records.clone()));
        }
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
        if self.records.len() >= CHUNK_RECORDS || self.held >= CHUNK_BYTES {
            self.drain()?;
        }
        self.tell_so_far();
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            let done = self.given + self.records.len() as u64;
            (self.progress)(Progress { what: self.what.clone(), done, total: Some(planned) });
        }
        Ok(self.stopped_by.is_none())
    }

    /// Gives what there is to the sink, when there is one.
    fn drain(&mut self) -> Result<()> {
        let Some(sink) = &mut self.sink else { return Ok(()) };
        self.given += self.records.len() as u64;
        self.held = 0;
        match std::mem::take(&mut self.records) {
            none if none.is_empty() => Ok(()),
            records => sink(records),
        }
    }

    /// The records that no sink has got, at the end.
    fn kept(&mut self) -> Result<Vec<RawRecord>> {
        self.drain()?;
        Ok(std::mem::take(&mut self.records))
    }

    /// The time left.
    fn left(&self) -> Duration {
        Duration::from_millis(self.sample.millis).saturating_sub(self.started.elapsed())
    }
}
