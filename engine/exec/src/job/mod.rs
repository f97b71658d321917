//! A job: the exported pipeline, run without bounds (or until the offsets found at the start), with checkpoints.

mod drive;
pub(crate) mod readers;
pub(crate) mod tables;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use headwater::Plan;
use headwater_profile::CheckResult;

use self::drive::{Parts, Writers, drive};
use crate::checkpoint::{Checkpoint, CheckpointStore};
use crate::expression::Faults;
use crate::operators::StateSize;
use crate::runtime::memory::Memory;
use crate::runtime::panic::caught;
use crate::runtime::{Cancel, SystemClock, TapSettings, TapStatus};
use crate::sinks::{DeadLetterPolicy, open_dead_letters, open_sink};
use crate::sources::{Start, open_source};
use crate::tables::stream_sources;
use crate::used_columns::used_columns;
use crate::{Error, ErrorKind, Result};

/// What is run, and how.
#[derive(Clone, Debug)]
pub struct JobSettings {
    /// The resolved plan, sink included.
    pub plan: Plan,
    /// Its fingerprint, as [`crate::fingerprint`] gives it.
    pub fingerprint: String,
    /// Where to begin when there is no checkpoint.
    pub start: Start,
    /// Whether to stop at the offsets of every source found at the start (and then close every window), or to go on for ever.
    pub until_end: bool,
    /// The folder of the checkpoints; made when missing.
    pub checkpoint_dir: PathBuf,
    /// The time between two checkpoints.
    pub checkpoint_interval: Duration,
    /// What becomes of records that do not decode.
    pub dead_letters: DeadLetterPolicy,
    /// What becomes of rows that come after their window was closed; they are only counted when absent.
    pub late: Option<DeadLetterPolicy>,
    /// In how many lanes the pipeline runs, 1 at least; when absent, in as many as its checkpoint has, or as the machine has cores, less
    /// the one that reads the source.
    pub parallelism: Option<usize>,
    /// How much memory the process may take (bytes); when absent, half of what the machine or its container has. Close to it the source is
    /// read slowly; at it the job writes a checkpoint and ends with an error.
    pub memory_limit: Option<u64>,
    /// What is counted of the keys while it runs; nothing, unless asked for.
    pub tap: Option<TapSettings>,
}

/// What a job has done so far; counted from its start, not from its first start ever.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobStatus {
    /// The fingerprint of the pipeline.
    pub fingerprint: String,
    /// Records read, the ones that did not decode included.
    pub records: u64,
    /// Rows written to the sink.
    pub rows_out: u64,
    /// Records that did not decode.
    pub dead: u64,
    /// Rows that a check put aside, to the dead letters.
    pub rejected: u64,
    /// Rows dropped because their window was already closed.
    pub late: u64,
    /// Rows without an event time.
    pub null_event_time: u64,
    /// Rows whose event time is too far ahead to be true; they went to the dead letters.
    pub future: u64,
    /// The event time reached (epoch milliseconds); `i64::MAX` once every window is closed. None before the first row.
    pub watermark: Option<i64>,
    /// The newest broker timestamp read (epoch milliseconds), where the source has one.
    pub newest_ms: Option<i64>,
    /// Records in the sources that are not read yet, where all of them know.
    pub lag: Option<u64>,
    /// Checkpoints written.
    pub checkpoints: u64,
    /// The number of the last checkpoint, written or restored.
    pub epoch: u64,
    /// In how many lanes it runs.
    pub lanes: usize,
    /// Every step of the pipeline, in order.
    pub steps: Vec<StepStatus>,
    /// The checks of the pipeline, in order, judged on the rows since the job's start.
    pub checks: Vec<CheckResult>,
    /// What the taps know, where the job has some.
    pub taps: Vec<TapStatus>,
    /// Every source that rows stream from, in the order of the plan.
    pub sources: Vec<SourceStatus>,
    /// The tables that lookups meet, in the order of the plan.
    pub tables: Vec<TableStatus>,
}

/// What a job knows of the table of a lookup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableStatus {
    /// The plan node of the lookup.
    pub node: u32,
    /// Its rows.
    pub rows: u64,
    /// How often it was read.
    pub reads: u64,
    /// How often it could not be read anew; then the lookup goes on with the one it has.
    pub failures: u64,
    /// Why, the last time.
    pub failure: Option<String>,
}

/// What a job has read of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceStatus {
    /// The plan node.
    pub node: u32,
    /// What is read: the topic, or the path of the files.
    pub origin: String,
    /// Records read, the ones that did not decode included.
    pub records: u64,
    /// Records that did not decode.
    pub dead: u64,
    /// The newest broker timestamp read (epoch milliseconds), where the source has one.
    pub newest_ms: Option<i64>,
    /// Records that are not read yet, where the source knows.
    pub lag: Option<u64>,
    /// Whether the bounded source has been read to its end.
    pub ended: bool,
}

/// What one step of a running pipeline has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepStatus {
    /// The plan node.
    pub node: u32,
    /// The step's name: `filter`, `aggregate`, …
    pub name: &'static str,
    /// Rows in.
    pub rows_in: u64,
    /// Rows out.
    pub rows_out: u64,
    /// Rows dropped as late.
    pub late: u64,
    /// How much it keeps now.
    pub state: StateSize,
    /// Values that became null because they cannot be computed.
    pub faults: Faults,
    /// Where rows are exchanged by their keys in front of the step: what came to it in each lane, counted in rows, and of rows that were
    /// combined before in groups. What a key report foretells, as it is. Empty elsewhere.
    pub lanes: Vec<u64>,
}

impl StepStatus {
    /// What the busiest lane got, as a multiple of the mean; `None` where nothing was exchanged.
    pub fn straggler(&self) -> Option<f64> {
        let (most, all) = (self.lanes.iter().max()?, self.lanes.iter().sum::<u64>());
        (all > 0).then(|| *most as f64 * self.lanes.len() as f64 / all as f64)
    }

    /// Adds what came to it in a lane.
    pub(crate) fn add_to_lane(&mut self, lane: usize, count: u64) {
        if self.lanes.len() <= lane {
            self.lanes.resize(lane + 1, 0);
        }
        self.lanes[lane] += count;
    }

    /// Adds what another lane, or another phase, has done at the same step.
    pub(crate) fn merge(&mut self, other: &StepStatus) {
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.late += other.late;
        self.faults += other.faults;
        other.lanes.iter().enumerate().for_each(|(lane, count)| self.add_to_lane(lane, *count));
        self.state.rows += other.state.rows;
        self.state.keys += other.state.keys;
        self.state.bytes += other.state.bytes;
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobEnd {
    /// It was told to stop; open windows are in the last checkpoint.
    Stopped,
    /// It reached the end of every source, all being bounded, and closed every window.
    Finished,
}

/// What a job has done, once it has ended without an error.
#[derive(Clone, Debug, PartialEq)]
pub struct JobSummary {
    /// The last status.
    pub status: JobStatus,
    /// Why it ended.
    pub end: JobEnd,
    /// The number of the checkpoint it continued from, if it did.
    pub restored: Option<u64>,
    /// How long it ran, milliseconds.
    pub took_ms: u64,
}

/// Runs a job until `cancel` is raised, until the end of all sources when they are bounded, or until an error. `observe` is called at the
/// start, then about once a second, after every checkpoint, and at the end.
///
/// A job continues from its newest checkpoint, if there is one. Everything is at least once: rows and dead letters are
/// durable before the checkpoint that passes over their records, and what came after it is done again.
///
/// When `cancel` is raised the job writes a checkpoint and stops; open windows are in it, and no row of them is written. At
/// the end of a bounded source it writes a checkpoint, then closes every window and writes its rows. The checkpoint comes
/// first on purpose: should the source have grown by the next run, the windows that were open are continued, and emitted
/// again with all their rows, instead of all that is new being late.
///
/// # Errors
/// The plan, a source, a sink or a checkpoint refuses; see [`crate::ErrorKind`].
pub fn run(settings: &JobSettings, cancel: &Cancel, observe: &mut dyn FnMut(&JobStatus)) -> Result<JobSummary> {
    caught(|| {
        let Some(sink) = settings.plan.sink() else {
            return Err(Error::new(ErrorKind::Plan, "the pipeline writes nowhere")
                .hint("End it with `.to_kafka(…)`, `.to_files(…)` or `.print()`."));
        };
        let store = CheckpointStore::open(&settings.checkpoint_dir)?;
        let restored = store.load(&settings.fingerprint)?;
        let open = |(node, source)| {
            let position = |checkpoint: &Checkpoint| checkpoint.positions.get(&node).cloned().unwrap_or_default();
            let start = restored.as_ref().map_or_else(|| settings.start.clone(), |c| Start::At(position(c)));
            let columns = used_columns(&settings.plan, node);
            open_source(source, &start, settings.until_end, columns.as_deref()).map_err(|error| error.at(node))
        };
        let parts = Parts {
            sources: stream_sources(&settings.plan).into_iter().map(open).collect::<Result<_>>()?,
            table: Box::new(|source| open_source(source, &Start::Earliest, true, None)),
            writers: Writers {
                sink: open_sink(sink).map_err(|error| error.at(last_node(&settings.plan)))?,
                dead_letters: open_dead_letters(&settings.dead_letters)?,
                late: settings.late.as_ref().map(open_dead_letters).transpose()?,
            },
            clock: Arc::new(SystemClock::new()),
            memory: Memory::of_process(settings.memory_limit),
        };
        drive(settings, parts, &store, restored, cancel, observe)
    })
}

/// The node of the sink.
fn last_node(plan: &Plan) -> u32 {
    plan.nodes.last().map_or(0, |node| node.id)
}
