//! Watching: the pipeline's own operators on the records that come from now on, with the sink left out. It joins no consumer group, commits
//! nothing and writes nothing, and it keeps the newest rows only.

mod rates;
mod so_far;
#[cfg(test)]
mod tests;
mod watcher;

use std::sync::Arc;
use std::time::Duration;

use headwater::{Expr, Plan};
use headwater_profile::KeyTapSummary;
use polars::prelude::DataFrame;

use self::watcher::{Parts, drive};
use crate::operators::StateSize;
use crate::preview::WindowFate;
use crate::runtime::memory::Memory;
use crate::runtime::panic::caught;
use crate::runtime::{Cancel, SystemClock};
use crate::sources::{Start, open_source};
use crate::tables::stream_sources;
use crate::used_columns::used_columns;
use crate::{Error, ErrorKind, Result};

/// How many rows are kept to be shown.
pub const KEPT_ROWS: usize = 20;

/// What is watched, and for how long.
#[derive(Clone, Debug)]
pub struct WatchSettings {
    /// The resolved plan; a sink in it is left out.
    pub plan: Plan,
    /// Where topics are read from. Files are read from their beginning.
    pub start: Start,
    /// After how long it ends by itself.
    pub stop_after: Option<Duration>,
    /// After how many rows it ends by itself.
    pub rows: Option<u64>,
    /// Of which columns or expressions of the rows the most frequent values are counted; of none when empty.
    pub keys: Vec<Expr>,
    /// How much memory the process may take (bytes); when absent, half of what the machine or its container has.
    pub memory_limit: Option<u64>,
}

/// Why watching ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchEnd {
    /// It was interrupted.
    Interrupted,
    /// The time was over.
    Time,
    /// As many rows had come as were asked for.
    Rows,
    /// Every source had come to its end.
    Sources,
}

/// What is seen at a moment.
#[derive(Clone, Debug, Default)]
pub struct LiveView {
    /// The fingerprint of the pipeline.
    pub fingerprint: String,
    /// For how long it has been watched, milliseconds.
    pub elapsed_ms: u64,
    /// The time of day (epoch milliseconds), where the clock knows it.
    pub now_ms: Option<i64>,
    /// Why it ended, once it has.
    pub end: Option<WatchEnd>,
    /// How many of what has come so far.
    pub counts: crate::Counts,
    /// Records of every whole second, a minute at most, the oldest first.
    pub per_second: Vec<u64>,
    /// The event time reached (epoch milliseconds).
    pub watermark: Option<i64>,
    /// The newest rows: those of open windows as they would be if the windows closed now, then those that came out, the newest first.
    pub frame: DataFrame,
    /// Of each row of the frame what is known of its window; empty when the pipeline has none.
    pub windows: Vec<LiveWindow>,
    /// How many windows are open, and of how many of these a partition keeps the watermark back.
    pub open: (u64, u64),
    /// Every source that rows stream from, in the order of the plan.
    pub sources: Vec<LiveSource>,
    /// The most frequent keys of the rows that came out, where they are counted: their name and what is known.
    pub keys: Option<(String, KeyTapSummary)>,
    /// How much the pipeline keeps.
    pub state: StateSize,
    /// Why the last record that did not decode did not.
    pub dead_reason: Option<String>,
}

/// What is known of the window of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveWindow {
    /// It is closed: the row came out.
    Closed,
    /// It is open for so much more event time (milliseconds), and changes with every record.
    Open(i64),
    /// It would be closed, but for this partition.
    HeldBack {
        /// The node of the source.
        source: u32,
        /// Its partition that is furthest behind.
        partition: u32,
    },
}

impl LiveWindow {
    fn open(fate: WindowFate, left_ms: i64) -> LiveWindow {
        match fate {
            WindowFate::HeldBack { source, partition } => LiveWindow::HeldBack { source, partition },
            WindowFate::Closed | WindowFate::Cut => LiveWindow::Open(left_ms),
        }
    }
}

/// What has come from one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveSource {
    /// The plan node.
    pub node: u32,
    /// What is read: the topic, or the path of the files.
    pub origin: String,
    /// Whether it is files.
    pub files: bool,
    /// Records, the ones that did not decode included.
    pub records: u64,
    /// Records that are not read yet, where the source knows.
    pub lag: Option<u64>,
    /// The newest broker timestamp (epoch milliseconds), where the source has one.
    pub newest_ms: Option<i64>,
    /// Whether it has been read to its end.
    pub ended: bool,
    /// Its partitions.
    pub partitions: Vec<LivePartition>,
}

/// What has come from one partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LivePartition {
    /// Records.
    pub records: u64,
    /// For how long none has come, milliseconds.
    pub silent_ms: u64,
    /// Whether the plan lets time go on without it.
    pub idle: bool,
    /// Its largest event time (epoch milliseconds).
    pub newest: Option<i64>,
}

impl LiveView {
    /// Records a second, lately: over the last five whole seconds, or since the beginning.
    pub fn rate(&self) -> f64 {
        let lately = &self.per_second[self.per_second.len().saturating_sub(5)..];
        match lately.len() {
            0 => self.counts.records as f64 * 1_000.0 / self.elapsed_ms.max(1) as f64,
            seconds => lately.iter().sum::<u64>() as f64 / seconds as f64,
        }
    }

    /// For how long no record has come at all, milliseconds.
    pub fn silent_ms(&self) -> u64 {
        let partitions = self.sources.iter().flat_map(|source| &source.partitions);
        partitions.map(|partition| partition.silent_ms).min().unwrap_or(self.elapsed_ms)
    }

    /// Records that are not read yet, where every source knows.
    pub fn lag(&self) -> Option<u64> {
        self.sources.iter().filter(|source| !source.files).map(|source| source.lag).sum()
    }
}

/// Watches until `cancel` is raised, until the time is over or the rows have come, or until an error. `show` is called a few times a second
/// while records come, once a second otherwise, and at the end, with what there is to see; it is called less often when it takes long.
///
/// # Errors
/// The plan cannot run, a source cannot be read, or the process takes too much memory.
pub fn watch(settings: &WatchSettings, cancel: &Cancel, show: &mut dyn FnMut(&LiveView)) -> Result<LiveView> {
    caught(|| {
        let sources = stream_sources(&settings.plan);
        if let Some((node, files)) = sources.iter().find(|(_, source)| source.connector.is_files())
            && sources.iter().all(|(_, source)| source.connector.is_files())
        {
            let message = format!("`watch` follows topics, but the files `{}` have an end", files.connector);
            return Err(Error::new(ErrorKind::Plan, message)
                .at(*node)
                .hint("End the cell with the stream itself to see what they hold."));
        }
        let open = |(node, source): (u32, &headwater::Source)| {
            let start = if source.connector.is_files() { &Start::Earliest } else { &settings.start };
            let columns = used_columns(&settings.plan, node);
            open_source(source, start, false, columns.as_deref()).map_err(|error| error.at(node))
        };
        let parts = Parts {
            sources: sources.into_iter().map(open).collect::<Result<_>>()?,
            clock: Arc::new(SystemClock::new()),
            memory: Memory::of_process(settings.memory_limit),
        };
        drive(settings, parts, cancel, show)
    })
}
