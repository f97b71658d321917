//! One tape of a preview: its reader, its silent partitions, and what was seen of it.

use std::time::Duration;

use headwater::Source;

use super::{PartitionTime, SHOWN_DEAD, SourcePreview};
use crate::Result;
use crate::operators::PartitionReport;
use crate::pipeline::{Pipeline, SourceSpec};
use crate::runtime::{Graph, ReplayIdle};
use crate::sources::{Polled, SourceBatch, SourceReader};
use crate::tape::Tape;

/// A tape being replayed.
pub(super) struct Reel<'a> {
    spec: SourceSpec,
    pub(super) tape: &'a Tape,
    /// Whether it is of files.
    pub(super) files: bool,
    reader: Box<dyn SourceReader>,
    idle: ReplayIdle,
    seen: SourcePreview,
    pub(super) ended: bool,
}

impl<'a> Reel<'a> {
    pub(super) fn new(source: &Source, spec: &SourceSpec, tape: &'a Tape) -> Result<Self> {
        if let (Some(time), Some(recorded)) = (&spec.time, tape.note().recorded_ms) {
            time.horizon.now_is(recorded);
        }
        let idle_after = spec.time.as_ref().and_then(|time| time.idle_after_ms);
        Ok(Reel {
            spec: spec.clone(),
            tape,
            files: source.connector.is_files(),
            reader: tape.reader_of(source, spec.columns.as_deref()).map_err(|error| error.at(spec.node))?,
            idle: ReplayIdle::new(idle_after, tape),
            seen: SourcePreview { node: spec.node, note: tape.note().clone(), ..SourcePreview::default() },
            ended: false,
        })
    }

    pub(super) fn node(&self) -> u32 {
        self.spec.node
    }

    /// Whether it is of files that have come to their end: nothing follows.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.files && self.tape.note().whole
    }

    /// The next records, which are counted; none at the end.
    pub(super) fn poll(&mut self) -> Result<Option<SourceBatch>> {
        let mut batch = match self.reader.poll(Duration::ZERO).map_err(|error| error.at(self.spec.node))? {
            Polled::Batch(batch) => batch,
            Polled::Nothing => return Ok(None),
            Polled::End => {
                self.ended = true;
                return Ok(None);
            }
        };
        self.seen.records += (batch.frame.height() + batch.dead.len()) as u64;
        self.seen.dead_records += batch.dead.len() as u64;
        let room = SHOWN_DEAD - self.seen.dead.len();
        self.seen.dead.extend(std::mem::take(&mut batch.dead).into_iter().take(room));
        Ok(Some(batch))
    }

    /// How many records have been read.
    pub(super) fn records(&self) -> u64 {
        self.seen.records
    }

    /// The partitions that are idle now that records up to this broker time have been delivered, and were not before.
    pub(super) fn newly_idle(&mut self, newest_ms: Option<i64>) -> Vec<u32> {
        self.idle.after(newest_ms)
    }

    /// The partitions as the step that takes event time from here sees them.
    pub(super) fn partitions(&self, graph: &Graph) -> Vec<PartitionReport> {
        let report = self.spec.time.as_ref().and_then(|time| graph.report_of(time.node));
        report.map(|report| report.partitions).unwrap_or_default()
    }

    /// Allowed out-of-orderness, milliseconds.
    pub(super) fn delay_ms(&self) -> i64 {
        self.spec.time.as_ref().map_or(0, |time| i64::try_from(time.delay_ms).unwrap_or(i64::MAX))
    }

    /// How far it has come: in event time, if it has that and rows had it; and in records of a thousand.
    fn progress(&self, graph: &Graph) -> (Option<i64>, u64) {
        let newest = self.partitions(graph).iter().filter_map(|partition| partition.newest).max();
        let all = (self.tape.records().len() as u64).max(1);
        (newest, self.seen.records * 1_000 / all)
    }

    /// What was seen of it.
    pub(super) fn seen(self, graph: &Graph) -> SourcePreview {
        let times = self.partitions(graph);
        let partitions = self.tape.note().partitions.iter().map(|note| PartitionTime {
            partition: note.partition,
            records: note.taken,
            max_event_time: times.get(note.partition as usize).and_then(|partition| partition.newest),
        });
        SourcePreview { partitions: partitions.collect(), ..self.seen }
    }
}

/// The reel that is furthest behind, the first of equals: so event time goes forward in all of them together, and what waits for
/// a partner waits shortly. None when all have ended.
pub(super) fn next_reel(reels: &[Reel<'_>], pipeline: &Pipeline) -> Option<usize> {
    if let [only] = reels {
        return (!only.ended).then_some(0);
    }
    let left = reels.iter().enumerate().filter(|(_, reel)| !reel.ended);
    left.min_by_key(|(_, reel)| reel.progress(&pipeline.graph)).map(|(at, _)| at)
}
