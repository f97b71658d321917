//! The bounded run behind a preview: the pipeline's own operators over a tape, with the sink left out.

mod fate;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use headwater::Plan;
use headwater_profile::CheckResult;
use polars::prelude::DataFrame;

use self::fate::Fates;
use crate::pipeline::{Pipeline, used_columns};
use crate::runtime::panic::caught;
use crate::runtime::{Cancel, ReplayIdle};
use crate::sources::{DeadLetter, Polled, SourceBatch, SourceReader};
use crate::tape::{SampleNote, Tape};
use crate::{Batch, Message, Result, Why, fingerprint};

/// What a pipeline gave on a sample.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The resolved plan that ran.
    pub plan: Plan,
    /// Its fingerprint.
    pub fingerprint: String,
    /// All output rows.
    pub frame: DataFrame,
    /// For a windowed pipeline, of each output row how its window ended; otherwise empty.
    pub windows: Vec<WindowFate>,
    /// How many of what.
    pub counts: Counts,
    /// The first records that did not decode, at most [`SHOWN_DEAD`].
    pub dead: Vec<DeadLetter>,
    /// The checks of the pipeline, in order, judged on this sample.
    pub checks: Vec<CheckResult>,
    /// Every partition of the source, the silent ones included.
    pub partitions: Vec<PartitionTime>,
    /// How the sample was drawn.
    pub note: SampleNote,
    /// How long the run took, milliseconds; without recording the tape.
    pub took_ms: u64,
}

/// How many records that did not decode a preview keeps.
pub const SHOWN_DEAD: usize = 100;

/// How a window ended in a bounded run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFate {
    /// The watermark passed its end: on the same records, a job emits the same row.
    Closed,
    /// The sample ended inside it.
    Cut,
    /// Other partitions are past its end, but this one never reached its beginning, and so holds the watermark back.
    HeldBack {
        /// The partition that is furthest behind.
        partition: u32,
    },
}

/// The numbers of a bounded run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read, the ones that did not decode included.
    pub records: u64,
    /// Records that did not decode.
    pub dead: u64,
    /// Rows that a check put aside.
    pub rejected: u64,
    /// Output rows.
    pub rows: u64,
    /// Rows dropped because their window was already closed.
    pub late: u64,
    /// Rows without an event time.
    pub null_event_time: u64,
}

/// How far a partition has come in event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionTime {
    /// The partition's index.
    pub partition: u32,
    /// Its records in the sample.
    pub records: u64,
    /// Its largest event time (epoch milliseconds), where the plan has one and a row had one.
    pub max_event_time: Option<i64>,
}

/// Runs the resolved `plan` over `tape`, with the operators that a job runs; a sink in it is left out. Only the columns that
/// the plan reads are decoded.
///
/// # Errors
/// The plan cannot run, or `cancel` was raised.
pub fn preview(plan: &Plan, tape: &Tape, cancel: &Cancel) -> Result<Preview> {
    caught(|| Replay::new(plan, tape)?.run(cancel))
}

/// A preview under way.
struct Replay<'a> {
    plan: &'a Plan,
    tape: &'a Tape,
    began: Instant,
    reader: Box<dyn SourceReader>,
    idle: ReplayIdle,
    pipeline: Pipeline,
    frames: Vec<DataFrame>,
    windows: Vec<WindowFate>,
    counts: Counts,
    dead: Vec<DeadLetter>,
}

impl<'a> Replay<'a> {
    fn new(plan: &'a Plan, tape: &'a Tape) -> Result<Self> {
        let began = Instant::now();
        let reader = tape.reader_of(plan.source(), used_columns(plan).as_deref())?;
        let pipeline = Pipeline::new(plan, reader.partitions())?;
        let idle_after = pipeline.time.as_ref().and_then(|time| time.idle_after_ms);
        let idle = ReplayIdle::new(idle_after, tape);
        Ok(Replay {
            plan,
            tape,
            began,
            reader,
            idle,
            pipeline,
            frames: Vec::new(),
            windows: Vec::new(),
            counts: Counts::default(),
            dead: Vec::new(),
        })
    }

    fn run(mut self, cancel: &Cancel) -> Result<Preview> {
        self.deliver_idle(None)?;
        loop {
            cancel.check()?;
            match self.reader.poll(Duration::ZERO)? {
                Polled::Batch(batch) => self.take(batch)?,
                Polled::Nothing => {}
                Polled::End => break,
            }
        }
        self.close_windows()?;
        self.finish()
    }

    fn take(&mut self, batch: SourceBatch) -> Result<()> {
        self.counts.records += (batch.frame.height() + batch.dead.len()) as u64;
        self.counts.dead += batch.dead.len() as u64;
        let room = SHOWN_DEAD - self.dead.len();
        self.dead.extend(batch.dead.into_iter().take(room));
        let message = Message::Batch(Batch { partition: batch.partition, frame: batch.frame });
        self.deliver(message, WindowFate::Closed)?;
        self.deliver_idle(batch.newest_ms)
    }

    fn deliver_idle(&mut self, newest_ms: Option<i64>) -> Result<()> {
        for partition in self.idle.after(newest_ms) {
            self.deliver(Message::Idle(partition), WindowFate::Closed)?;
        }
        Ok(())
    }

    /// Delivers a message; the rows it brings out are of windows of this fate.
    fn deliver(&mut self, message: Message, fate: WindowFate) -> Result<()> {
        for out in self.pipeline.chain.deliver(message)? {
            let batch = match out {
                Message::Batch(batch) => batch,
                Message::Aside(aside) => {
                    // Late rows are counted by the step that found them.
                    if aside.why != Why::Late {
                        self.counts.rejected += aside.frame.height() as u64;
                    }
                    continue;
                }
                Message::Watermark(_) | Message::Barrier(_) | Message::Idle(_) => continue,
            };
            self.counts.rows += batch.frame.height() as u64;
            if self.pipeline.window_ms.is_some() {
                self.windows.resize(self.windows.len() + batch.frame.height(), fate);
            }
            self.frames.push(batch.frame);
        }
        Ok(())
    }

    /// Closes what is still open, one fate at a time, and ends the stream.
    fn close_windows(&mut self) -> Result<()> {
        if let Some(window_ms) = self.pipeline.window_ms {
            let fates = Fates::new(self.plan, self.tape, &self.pipeline);
            let open = self.pipeline.chain.report().open_windows;
            let fated: Vec<(i64, WindowFate)> =
                open.iter().map(|start| (*start, fates.of(*start, window_ms))).collect();
            for same in fated.chunk_by(|one, next| one.1 == next.1) {
                let (last, fate) = same[same.len() - 1];
                self.deliver(Message::Watermark(last.saturating_add(window_ms - 1)), fate)?;
            }
        }
        self.deliver(Message::Watermark(i64::MAX), WindowFate::Cut)
    }

    fn finish(self) -> Result<Preview> {
        let report = self.pipeline.chain.report();
        let checks = self.pipeline.chain.judge(self.tape.note().whole);
        let partitions = self.tape.note().partitions.iter().map(|note| PartitionTime {
            partition: note.partition,
            records: note.taken,
            max_event_time: report.partitions.get(note.partition as usize).and_then(|p| p.newest),
        });
        let mut frame = self.pipeline.output;
        for part in &self.frames {
            frame.vstack_mut(part)?;
        }
        frame.rechunk_mut();
        Ok(Preview {
            plan: self.plan.clone(),
            fingerprint: fingerprint(self.plan),
            frame,
            windows: self.windows,
            counts: Counts { late: report.late, null_event_time: report.null_event_time, ..self.counts },
            dead: self.dead,
            checks,
            partitions: partitions.collect(),
            note: self.tape.note().clone(),
            took_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}
