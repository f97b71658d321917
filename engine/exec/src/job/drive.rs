//! The loop of a job: from the source's thread through the chain to the sink, with a checkpoint from time to time.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use headwater::Plan;

use super::{JobEnd, JobSettings, JobStatus, JobSummary, last_node};
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::pipeline::{Pipeline, used_columns};
use crate::runtime::panic::panicked;
use crate::runtime::reading::{FromSource, WAITING, read};
use crate::runtime::{Cancel, Clock};
use crate::sinks::{DeadLetterWriter, SinkWriter};
use crate::sources::{Positions, SourceBatch, SourceReader};
use crate::{Aside, Batch, Error, ErrorKind, Message, Result, Why};

/// What a job is connected to.
pub(super) struct Parts {
    pub(super) source: Box<dyn SourceReader>,
    pub(super) sink: Box<dyn SinkWriter>,
    pub(super) dead_letters: Box<dyn DeadLetterWriter>,
    pub(super) clock: Arc<dyn Clock>,
}

/// The time between two calls of an observer.
const OBSERVED_EVERY: Duration = Duration::from_secs(1);

/// How long the loop waits for the source before it looks at the clock again.
const TICK: Duration = Duration::from_millis(50);

/// Runs a job on `parts`, from `restored` on.
pub(super) fn drive(
    settings: &JobSettings,
    parts: Parts,
    store: &CheckpointStore,
    restored: Option<Checkpoint>,
    cancel: &Cancel,
    observe: &mut dyn FnMut(&JobStatus),
) -> Result<JobSummary> {
    let Parts { source, sink, dead_letters, clock } = parts;
    let began = clock.now();
    let restored_epoch = restored.as_ref().map(|checkpoint| checkpoint.epoch);
    let mut job = Job::new(settings, &*source, sink, dead_letters, store, restored)?;
    let idle_after = job.pipeline.time.as_ref().and_then(|time| time.idle_after_ms).map(Duration::from_millis);
    let stop = Cancel::new();
    let end = thread::scope(|scope| {
        let (to, from) = bounded(WAITING);
        let reader = thread::Builder::new().name("source".into()).spawn_scoped(scope, {
            let (stop, clock) = (stop.clone(), Arc::clone(&clock));
            move || read(source, idle_after, &*clock, &stop, &to)
        });
        let reader = reader.map_err(|e| Error::new(ErrorKind::Internal, format!("failed to start a thread: {e}")))?;
        let reading = Reading { stop, from };
        let end = job.run(&reading.from, &*clock, settings.checkpoint_interval, cancel, observe);
        drop(reading);
        reader.join().map_err(|payload| panicked(payload.as_ref()))?;
        end
    })?;
    job.update_status();
    observe(&job.status);
    let took_ms = u64::try_from(clock.now().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
    Ok(JobSummary { status: job.status, end, restored: restored_epoch, took_ms })
}

/// The other end of the source's thread. Once it is dropped, also by a panic, the thread ends.
struct Reading {
    stop: Cancel,
    from: Receiver<FromSource>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A job under way.
struct Job<'a> {
    plan: &'a Plan,
    pipeline: Pipeline,
    sink: Box<dyn SinkWriter>,
    sink_node: u32,
    dead_letters: Box<dyn DeadLetterWriter>,
    store: &'a CheckpointStore,
    positions: Positions,
    watermark: Option<i64>,
    /// Whether the bounded source has ended: then there is nothing more for a check to wait for.
    ended: bool,
    /// Whether anything has happened since the last checkpoint.
    changed: bool,
    status: JobStatus,
}

impl<'a> Job<'a> {
    fn new(
        settings: &'a JobSettings,
        source: &dyn SourceReader,
        sink: Box<dyn SinkWriter>,
        dead_letters: Box<dyn DeadLetterWriter>,
        store: &'a CheckpointStore,
        restored: Option<Checkpoint>,
    ) -> Result<Self> {
        let mut pipeline = Pipeline::new(&settings.plan, source.partitions())?;
        if let Some(tap) = &settings.tap {
            pipeline.tap(&settings.plan, tap, used_columns(&settings.plan).as_deref());
        }
        let mut status = JobStatus { fingerprint: settings.fingerprint.clone(), ..JobStatus::default() };
        let mut watermark = None;
        if let Some(checkpoint) = restored {
            pipeline.chain.restore(&checkpoint.states)?;
            status.epoch = checkpoint.epoch;
            watermark = checkpoint.watermark;
        }
        Ok(Job {
            plan: &settings.plan,
            pipeline,
            sink,
            sink_node: last_node(&settings.plan),
            dead_letters,
            store,
            positions: source.positions(),
            watermark,
            ended: false,
            changed: false,
            status,
        })
    }

    fn run(
        &mut self,
        from: &Receiver<FromSource>,
        clock: &dyn Clock,
        interval: Duration,
        cancel: &Cancel,
        observe: &mut dyn FnMut(&JobStatus),
    ) -> Result<JobEnd> {
        let mut checkpointed = clock.now();
        let mut observed = clock.now();
        self.update_status();
        observe(&self.status);
        loop {
            if cancel.is_cancelled() {
                self.checkpoint()?;
                return Ok(JobEnd::Stopped);
            }
            match from.recv_timeout(TICK) {
                Ok(FromSource::Batch { batch, positions, lag }) => self.take(batch, positions, lag)?,
                Ok(FromSource::Idle(partition)) => self.deliver(Message::Idle(partition))?,
                Ok(FromSource::End) => {
                    self.finish()?;
                    return Ok(JobEnd::Finished);
                }
                Ok(FromSource::Failed(error)) => return Err(error),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::new(ErrorKind::Internal, "the source's thread ended without a word"));
                }
            }
            let now = clock.now();
            let due = now.saturating_sub(checkpointed) >= interval;
            if due {
                self.checkpoint()?;
                checkpointed = now;
            }
            if due || now.saturating_sub(observed) >= OBSERVED_EVERY {
                self.update_status();
                observe(&self.status);
                observed = now;
            }
        }
    }

    fn take(&mut self, batch: SourceBatch, positions: Positions, lag: Option<u64>) -> Result<()> {
        self.changed = true;
        self.status.records += (batch.frame.height() + batch.dead.len()) as u64;
        self.status.dead += batch.dead.len() as u64;
        self.status.newest_ms = self.status.newest_ms.max(batch.newest_ms);
        self.status.lag = lag;
        if !batch.dead.is_empty() {
            self.dead_letters.write(&batch.dead)?;
        }
        self.deliver(Message::Batch(Batch { partition: batch.partition, frame: batch.frame }))?;
        self.positions = positions;
        Ok(())
    }

    fn deliver(&mut self, message: Message) -> Result<()> {
        self.changed = true;
        let out = self.pipeline.chain.deliver(message)?;
        self.write(out)
    }

    fn write(&mut self, out: Vec<Message>) -> Result<()> {
        for message in out {
            match message {
                Message::Batch(batch) => {
                    self.sink.write(&batch.frame).map_err(|error| error.at(self.sink_node))?;
                    self.status.rows_out += batch.frame.height() as u64;
                }
                Message::Aside(aside) => self.keep(&aside)?,
                Message::Watermark(_) | Message::Barrier(_) | Message::Idle(_) => {}
            }
        }
        Ok(())
    }

    /// Rows that a step took out of the stream go to the dead letters. Late ones are only counted.
    fn keep(&mut self, aside: &Aside) -> Result<()> {
        if let Some(error) = aside.stops() {
            return Err(error);
        }
        if aside.why == Why::Late {
            return Ok(());
        }
        self.status.rejected += aside.frame.height() as u64;
        self.dead_letters.write(&aside.dead_letters(self.plan)?)
    }

    /// Returns when everything written so far is durable.
    fn flush(&mut self) -> Result<()> {
        self.sink.flush().map_err(|error| error.at(self.sink_node))?;
        self.dead_letters.flush()
    }

    /// Barrier, then sinks durable, then the checkpoint: so it never passes over a record whose rows could be lost.
    fn checkpoint(&mut self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let epoch = self.status.epoch + 1;
        let (out, states) = self.pipeline.chain.barrier(epoch)?;
        self.write(out)?;
        self.flush()?;
        self.store.save(&Checkpoint {
            fingerprint: self.status.fingerprint.clone(),
            epoch,
            positions: self.positions.clone(),
            watermark: self.pipeline.chain.watermark().or(self.watermark),
            states,
        })?;
        self.status.epoch = epoch;
        self.status.checkpoints += 1;
        self.changed = false;
        Ok(())
    }

    /// The end of a bounded source.
    fn finish(&mut self) -> Result<()> {
        self.checkpoint()?;
        self.ended = true;
        self.deliver(Message::Watermark(i64::MAX))?;
        self.flush()
    }

    fn update_status(&mut self) {
        let report = self.pipeline.chain.report();
        self.status.late = report.late;
        self.status.null_event_time = report.null_event_time;
        self.status.watermark = self.pipeline.chain.watermark().or(self.watermark);
        self.status.steps = self.pipeline.chain.steps();
        self.status.checks = self.pipeline.chain.judge(self.ended);
        self.status.taps = self.pipeline.chain.taps();
    }
}
