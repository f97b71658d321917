//! The loop of a job: from the sources' threads through the graph to the sink, with a checkpoint from time to time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use headwater::Plan;

use super::readers::{Heard, Readers};
use super::tables::{OpenTable, Tables};
use super::{JobEnd, JobSettings, JobStatus, JobSummary, SourceStatus, last_node};
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::operators::{Report, StateSize, TableSlot};
use crate::pipeline::{Pipeline, SourceSpec};
use crate::runtime::memory::{Memory, Pressure};
use crate::runtime::reading::FromSource;
use crate::runtime::{Cancel, Clock, Engine, Horizon, OperatorState, written_in};
use crate::sinks::{DeadLetterWriter, SinkWriter};
use crate::sources::{Positions, SourceBatch, SourceReader};
use crate::tables::{TableSpec, stream_sources};
use crate::{Aside, Batch, Error, ErrorKind, Message, Result, Why};

/// What a job is connected to.
pub(super) struct Parts {
    /// The sources that rows stream from, in the order of the plan.
    pub(super) sources: Vec<Box<dyn SourceReader>>,
    pub(super) table: OpenTable,
    pub(super) writers: Writers,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) memory: Memory,
}

/// Where what comes out goes.
pub(super) struct Writers {
    pub(super) sink: Box<dyn SinkWriter>,
    pub(super) dead_letters: Box<dyn DeadLetterWriter>,
    /// Rows that come too late; they are only counted when there is none.
    pub(super) late: Option<Box<dyn DeadLetterWriter>>,
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
    let Parts { sources, table, mut writers, clock, mut memory } = parts;
    let began = clock.now();
    let restored_epoch = restored.as_ref().map(|checkpoint| checkpoint.epoch);
    let partitions: Vec<u32> = sources.iter().map(|source| source.partitions()).collect();
    let states = restored.as_ref().map(|checkpoint| checkpoint.states.as_slice());
    let lanes = lanes(settings.parallelism, states);
    let mut pipelines = (0..lanes).map(|_| pipeline(settings, &partitions, lanes)).collect::<Result<Vec<_>>>()?;
    let tables = Tables::read(wanted(&mut pipelines), table, &mut *writers.dead_letters, began, cancel)?;
    let mut job = Job::new(settings, &sources, (pipelines, tables), writers, store, restored)?;
    let specs = job.specs.clone();
    let end = thread::scope(|scope| {
        let mut readers = Readers::start(scope, sources, &specs, &clock)?;
        let end = job.run(&mut readers, &*clock, &mut memory, settings.checkpoint_interval, cancel, observe);
        readers.join()?;
        end
    })?;
    job.update_status();
    observe(&job.status);
    let took_ms = u64::try_from(clock.now().saturating_sub(began).as_millis()).unwrap_or(u64::MAX);
    Ok(JobSummary { status: job.status, end, restored: restored_epoch, took_ms })
}

/// The pipeline of one lane.
fn pipeline(settings: &JobSettings, partitions: &[u32], lanes: usize) -> Result<Pipeline> {
    let mut pipeline = Pipeline::in_lanes(&settings.plan, partitions, lanes)?;
    if let Some(tap) = &settings.tap {
        pipeline.tap(&settings.plan, tap);
    }
    Ok(pipeline)
}

/// The tables of equal pipelines, each with the slots of all of them.
fn wanted(pipelines: &mut [Pipeline]) -> Vec<(TableSpec, Vec<TableSlot>)> {
    let mut all: Vec<(TableSpec, Vec<TableSlot>)> = Vec::new();
    for pipeline in pipelines {
        for (at, (spec, slot)) in std::mem::take(&mut pipeline.tables).into_iter().enumerate() {
            match all.get_mut(at) {
                Some((_, slots)) => slots.push(slot),
                None => all.push((spec, vec![slot])),
            }
        }
    }
    all
}

/// In how many lanes a job runs: as many as are asked for, as many as its checkpoint has, or one for each core but the one that the
/// source needs.
fn lanes(asked: Option<usize>, states: Option<&[OperatorState]>) -> usize {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZero::get);
    asked.unwrap_or_else(|| states.map_or_else(|| cores() - 1, written_in)).max(1)
}

/// A job under way.
struct Job<'a> {
    plan: &'a Plan,
    engine: Engine,
    tables: Tables,
    /// How the plan reads its sources, in their order.
    specs: Vec<SourceSpec>,
    /// How many partitions each of them has.
    partitions: Vec<u32>,
    /// How far ahead event times may be, in every lane.
    horizons: Vec<Horizon>,
    writers: Writers,
    sink_node: u32,
    store: &'a CheckpointStore,
    /// Of each source, by its node, where it is.
    positions: BTreeMap<u32, Positions>,
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
        sources: &[Box<dyn SourceReader>],
        (mut pipelines, tables): (Vec<Pipeline>, Tables),
        writers: Writers,
        store: &'a CheckpointStore,
        restored: Option<Checkpoint>,
    ) -> Result<Self> {
        let states = restored.as_ref().map(|checkpoint| checkpoint.states.as_slice());
        let times = pipelines.iter().flat_map(|pipeline| &pipeline.sources).filter_map(|source| source.time.as_ref());
        let horizons = times.map(|time| time.horizon.clone()).collect();
        let specs = pipelines.first_mut().map(|first| std::mem::take(&mut first.sources)).unwrap_or_default();
        let engine = Engine::start(pipelines.into_iter().map(|pipeline| pipeline.graph).collect(), states)?;
        let nodes = stream_sources(&settings.plan);
        let source = |(node, source): &(u32, &headwater::Source)| SourceStatus {
            node: *node,
            origin: source.connector.origin().to_owned(),
            ..SourceStatus::default()
        };
        let mut status = JobStatus {
            fingerprint: settings.fingerprint.clone(),
            sources: nodes.iter().map(source).collect(),
            lanes: engine.lanes(),
            ..JobStatus::default()
        };
        let mut watermark = None;
        if let Some(checkpoint) = restored {
            status.epoch = checkpoint.epoch;
            watermark = checkpoint.watermark;
        }
        Ok(Job {
            plan: &settings.plan,
            engine,
            tables,
            specs,
            partitions: sources.iter().map(|source| source.partitions()).collect(),
            horizons,
            writers,
            sink_node: last_node(&settings.plan),
            store,
            positions: nodes.iter().zip(sources).map(|((node, _), reader)| (*node, reader.positions())).collect(),
            watermark,
            ended: false,
            changed: false,
            status,
        })
    }

    fn run(
        &mut self,
        readers: &mut Readers<'_>,
        clock: &dyn Clock,
        memory: &mut Memory,
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
            match memory.pressure(clock.now()) {
                Pressure::Low => {}
                // Lanes and sinks work off what they have; meanwhile nothing is read.
                Pressure::High => thread::sleep(TICK),
                Pressure::Over(used) => {
                    self.checkpoint()?;
                    return Err(self.too_much(used, memory.limit()));
                }
            }
            if let Some(now) = clock.wall_ms() {
                self.horizons.iter().for_each(|horizon| horizon.now_is(now));
            }
            if let Some(heard) = readers.hear(TICK, |source| self.progress(source))? {
                self.take_in(heard)?;
            }
            let out = self.engine.drain()?;
            self.write(out)?;
            if self.status.sources.iter().all(|source| source.ended) {
                self.finish()?;
                return Ok(JobEnd::Finished);
            }
            let now = clock.now();
            self.tables.refresh(&mut *self.writers.dead_letters, now, cancel)?;
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

    fn take_in(&mut self, Heard { source, said }: Heard) -> Result<()> {
        match said {
            FromSource::Batch { batch, positions, lag } => self.take(source, batch, positions, lag),
            FromSource::Idle(partition) => self.deliver(source, Message::Idle(partition)),
            FromSource::End => {
                self.status.sources[source].ended = true;
                self.holds_nothing_back(source)
            }
            FromSource::Failed(error) => Err(error),
        }
    }

    /// Files that have ended hold nothing back for the sources that go on: nothing would bound what waits for rows of them. A topic
    /// may have more when the job runs again, and is waited for.
    fn holds_nothing_back(&mut self, source: usize) -> Result<()> {
        let files = stream_sources(self.plan).get(source).is_some_and(|(_, own)| own.connector.is_files());
        if !files || self.status.sources.iter().all(|source| source.ended) {
            return Ok(());
        }
        (0..self.partitions[source]).try_for_each(|partition| self.deliver(source, Message::Idle(partition)))
    }

    fn take(&mut self, source: usize, batch: SourceBatch, positions: Positions, lag: Option<u64>) -> Result<()> {
        self.changed = true;
        let status = &mut self.status.sources[source];
        status.records += (batch.frame.height() + batch.dead.len()) as u64;
        status.dead += batch.dead.len() as u64;
        status.newest_ms = status.newest_ms.max(batch.newest_ms);
        status.lag = lag;
        let node = status.node;
        if !batch.dead.is_empty() {
            self.writers.dead_letters.write(&batch.dead)?;
        }
        self.deliver(source, Message::Batch(Batch { partition: batch.partition, frame: batch.frame }))?;
        self.positions.insert(node, positions);
        Ok(())
    }

    fn deliver(&mut self, source: usize, message: Message) -> Result<()> {
        self.changed = true;
        let out = self.engine.deliver(self.status.sources[source].node, message)?;
        self.write(out)
    }

    /// How far a source has come in event time, where it has that.
    fn progress(&self, source: usize) -> Option<i64> {
        let time = self.specs[source].time.as_ref()?;
        let report = self.engine.report_of(time.node)?;
        report.partitions.iter().filter_map(|partition| partition.newest).max()
    }

    fn write(&mut self, out: Vec<Message>) -> Result<()> {
        for message in out {
            match message {
                Message::Batch(batch) => {
                    self.writers.sink.write(&batch.frame).map_err(|error| error.at(self.sink_node))?;
                    self.status.rows_out += batch.frame.height() as u64;
                }
                Message::Aside(aside) => self.keep(&aside)?,
                Message::Watermark(_) | Message::Barrier(_) | Message::Idle(_) | Message::Partial(_) => {}
            }
        }
        Ok(())
    }

    /// Rows that a step took out of the stream go to the dead letters. Late ones have a place of their own, or are only counted.
    fn keep(&mut self, aside: &Aside) -> Result<()> {
        if let Some(error) = aside.stops() {
            return Err(error);
        }
        match (&aside.why, &mut self.writers.late) {
            (Why::Late, None) => Ok(()),
            (Why::Late, Some(late)) => late.write(&aside.dead_letters(self.plan)?),
            (Why::Check { .. } | Why::Future, _) => {
                if aside.why != Why::Future {
                    self.status.rejected += aside.frame.height() as u64;
                }
                self.writers.dead_letters.write(&aside.dead_letters(self.plan)?)
            }
        }
    }

    /// Returns when everything written so far is durable.
    fn flush(&mut self) -> Result<()> {
        let Writers { sink, dead_letters, late } = &mut self.writers;
        sink.flush().map_err(|error| error.at(self.sink_node))?;
        dead_letters.flush()?;
        late.as_mut().map_or(Ok(()), |late| late.flush())
    }

    /// Barrier, then sinks durable, then the checkpoint: so it never passes over a record whose rows could be lost.
    fn checkpoint(&mut self) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let epoch = self.status.epoch + 1;
        let (out, states) = self.engine.barrier(epoch)?;
        self.write(out)?;
        self.flush()?;
        self.store.save(&Checkpoint {
            fingerprint: self.status.fingerprint.clone(),
            epoch,
            positions: self.positions.clone(),
            watermark: self.engine.board().watermark().or(self.watermark),
            states,
        })?;
        self.status.epoch = epoch;
        self.status.checkpoints += 1;
        self.changed = false;
        Ok(())
    }

    /// The end of all sources.
    fn finish(&mut self) -> Result<()> {
        self.checkpoint()?;
        self.ended = true;
        self.changed = true;
        let out = self.engine.finish()?;
        self.write(out)?;
        self.flush()
    }

    /// The end of a job that has reached its limit of memory, with its checkpoint written.
    fn too_much(&self, used: u64, limit: u64) -> Error {
        let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
        let steps = self.engine.board().steps();
        let largest = steps.iter().max_by_key(|step| step.state.bytes).filter(|step| step.state.bytes > 0);
        let whose = largest.map_or_else(String::new, |step| {
            let StateSize { rows, keys, bytes } = step.state;
            format!("; `{}` keeps {} of it: {keys} keys, {rows} rows", step.name, mib(bytes))
        });
        let error = Error::new(
            ErrorKind::Memory,
            format!("the job takes {} of memory and may take {}{whose}", mib(used), mib(limit)),
        );
        let error = error.hint(
            "Its checkpoint is complete and nothing is lost: start it again with a larger `limit` under `[memory]` in job.toml, or \
             make windows shorter or keys fewer.",
        );
        largest.map_or(error.clone(), |step| error.at(step.node))
    }

    fn update_status(&mut self) {
        let board = self.engine.board();
        let report = Report::all(board.reports().values());
        let sources = &self.status.sources;
        self.status.records = sources.iter().map(|source| source.records).sum();
        self.status.dead = sources.iter().map(|source| source.dead).sum();
        self.status.newest_ms = sources.iter().filter_map(|source| source.newest_ms).max();
        self.status.lag = sources.iter().map(|source| source.lag).sum();
        self.status.tables = self.tables.status();
        self.status.late = report.late;
        self.status.null_event_time = report.null_event_time;
        self.status.future = report.future;
        self.status.watermark = board.watermark().or(self.watermark);
        self.status.steps = board.steps();
        self.status.checks = board.judge(self.ended);
        self.status.taps = board.taps();
    }
}
