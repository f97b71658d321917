//! The bounded run behind a preview: the pipeline's own operators over a tape, with the sink left out.

pub(crate) mod fate;
#[cfg(test)]
mod join_tests;
mod joined;
mod reel;
mod repeats;
#[cfg(test)]
mod tests;
mod units;
mod windows;

use std::collections::BTreeMap;
use std::time::Instant;

use headwater::{Plan, Source};
use headwater_profile::CheckResult;
use polars::prelude::{AnyValue, DataFrame};

use self::fate::Fates;
pub use self::joined::Joined;
use self::reel::{Reel, next_reel};
pub use self::repeats::Repeats;
use self::units::time_unit;
pub use self::windows::{Windows, mark};
use crate::operators::{KeyedTable, Partners, Report, picked};
use crate::pipeline::{Pipeline, SourceSpec};
use crate::runtime::panic::caught;
use crate::runtime::{Cancel, Progress};
use crate::sources::{DeadLetter, SourceBatch};
use crate::state::groups::{encode, encoders};
use crate::state::values::Values;
use crate::tables::{read_table, stream_sources, too_large};
use crate::tape::{SampleNote, Tape, TapeSet};
use crate::{Aside, Batch, Message, Result, StepStatus, Why, fingerprint};

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
    /// The checks of the pipeline, in order, judged on this sample.
    pub checks: Vec<CheckResult>,
    /// Every source, in the order of the plan.
    pub sources: Vec<SourcePreview>,
    /// What became of the rows of every join, in the order of the plan.
    pub joins: Vec<Joined>,
    /// What every `unique` left out, in the order of the plan.
    pub repeats: Vec<Repeats>,
    /// What its event times look like, if not like the milliseconds that they are taken for.
    pub time_unit: Option<String>,
    /// What every step has done, in the order of the plan.
    pub steps: Vec<StepStatus>,
    /// How long the run took, milliseconds; without recording the tape.
    pub took_ms: u64,
}

/// What a preview saw of one source.
#[derive(Clone, Debug, Default)]
pub struct SourcePreview {
    /// Its node.
    pub node: u32,
    /// How the sample was drawn.
    pub note: SampleNote,
    /// Records read, the ones that did not decode included.
    pub records: u64,
    /// Records that did not decode.
    pub dead_records: u64,
    /// The first of those, at most [`SHOWN_DEAD`].
    pub dead: Vec<DeadLetter>,
    /// Every partition, the silent ones included.
    pub partitions: Vec<PartitionTime>,
}

impl Preview {
    /// Whether every source was read whole, so that nothing is missing for want of records.
    pub fn whole(&self) -> bool {
        self.sources.iter().all(|source| source.note.whole)
    }
}

/// How many records that did not decode a preview keeps of a source.
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
        /// The node of the source.
        source: u32,
        /// Its partition that is furthest behind.
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
    /// Rows put aside because their event time is too far ahead to be true.
    pub future: u64,
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

/// Runs the resolved `plan` over a tape for each of its sources, with the operators that a job runs; a sink in it is left out.
/// Only the columns that the plan reads are decoded. Several tapes are replayed side by side: next is always the one that is
/// furthest behind in event time.
///
/// # Errors
/// The plan cannot run, or `cancel` was raised.
pub fn preview<'t>(plan: &Plan, tapes: impl Into<TapeSet<'t>>, cancel: &Cancel) -> Result<Preview> {
    preview_with(plan, tapes, cancel, &mut |_| ())
}

/// The same, saying how far it has come.
///
/// # Errors
/// As for [`preview`].
pub fn preview_with<'t>(
    plan: &Plan,
    tapes: impl Into<TapeSet<'t>>,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Preview> {
    let tapes = tapes.into();
    caught(|| Replay::new(plan, &tapes)?.run(cancel, progress))
}

/// A preview under way.
struct Replay<'a> {
    plan: &'a Plan,
    began: Instant,
    reels: Vec<Reel<'a>>,
    pipeline: Pipeline,
    tapes: BTreeMap<u32, &'a Tape>,
    /// What was seen of the sources that only make tables.
    tables: Vec<SourcePreview>,
    frames: Vec<DataFrame>,
    windows: Vec<WindowFate>,
    repeats: Vec<Repeats>,
    /// The event time of a row that lies too far ahead.
    ahead: Option<i64>,
    rows: u64,
    rejected: u64,
}

impl<'a> Replay<'a> {
    fn new(plan: &'a Plan, tapes: &TapeSet<'a>) -> Result<Self> {
        let began = Instant::now();
        let nodes = plan.sources().into_iter().map(|(node, _)| node);
        let tapes: BTreeMap<u32, &Tape> = nodes.zip(tapes.of(plan)?).collect();
        let sources = stream_sources(plan);
        let partitions: Vec<u32> = sources.iter().map(|(node, _)| tapes[node].partitions()).collect();
        let pipeline = Pipeline::watched(plan, &partitions)?;
        let reel = |((node, source), spec): ((u32, &Source), &SourceSpec)| Reel::new(source, spec, tapes[&node]);
        let reels = sources.into_iter().zip(&pipeline.sources).map(reel).collect::<Result<_>>()?;
        Ok(Replay {
            plan,
            began,
            reels,
            pipeline,
            tapes,
            tables: Vec::new(),
            frames: Vec::new(),
            windows: Vec::new(),
            repeats: Vec::new(),
            ahead: None,
            rows: 0,
            rejected: 0,
        })
    }

    /// Reads the tables, which must be on their tapes whole, and hands them to their lookups.
    fn read_tables(&mut self, cancel: &Cancel) -> Result<()> {
        for (table, slot) in std::mem::take(&mut self.pipeline.tables) {
            let mut open = |at: usize, source: &Source| {
                let tape = self.tapes[&table.sources[at]];
                if tape.note().whole { tape.reader(source) } else { Err(too_large(&table, &tape.note().origin)) }
            };
            let read = read_table(&table, &mut open, cancel)?;
            let keyed = KeyedTable::new(read.rows, &table.on)?;
            if let Some(book) = self.pipeline.books.get(&table.node) {
                book.table(&keyed);
            }
            slot.fill(keyed.into());
            for (node, (records, mut dead)) in table.sources.iter().zip(read.sources) {
                let known = self.reels.iter().any(|reel| reel.node() == *node);
                if known || self.tables.iter().any(|own| own.node == *node) {
                    continue;
                }
                let dead_records = dead.len() as u64;
                dead.truncate(SHOWN_DEAD);
                let note = self.tapes[node].note().clone();
                let own = SourcePreview { node: *node, note, records, dead_records, dead, partitions: Vec::new() };
                self.tables.push(own);
            }
        }
        Ok(())
    }

    fn run(mut self, cancel: &Cancel, progress: &mut dyn FnMut(Progress)) -> Result<Preview> {
        self.read_tables(cancel)?;
        let total = self.reels.iter().map(|reel| reel.tape.note().records).sum();
        let what = "running the pipeline on the sample, records";
        for at in 0..self.reels.len() {
            self.deliver_idle(at, None)?;
        }
        while let Some(at) = next_reel(&self.reels, &self.pipeline) {
            cancel.check()?;
            let done = self.reels.iter().map(Reel::records).sum();
            progress(Progress { what: what.to_owned(), done, total: Some(total) });
            match self.reels[at].poll()? {
                Some(batch) => self.take(at, batch)?,
                None => self.holds_nothing_back(at)?,
            }
        }
        self.pipeline.books.values().for_each(Partners::end);
        let complete = self.reels.iter().all(|reel| reel.files && reel.tape.note().whole);
        self.repeats = Repeats::before_the_end(self.plan, &self.pipeline.graph.board(), complete);
        self.close_windows()?;
        self.finish()
    }

    fn take(&mut self, at: usize, batch: SourceBatch) -> Result<()> {
        let message = Message::Batch(Batch { partition: batch.partition, frame: batch.frame });
        self.deliver(at, message)?;
        self.deliver_idle(at, batch.newest_ms)
    }

    /// Files that have ended hold nothing back for the sources that go on, as in a job.
    fn holds_nothing_back(&mut self, at: usize) -> Result<()> {
        if !self.reels[at].is_over() || self.reels.iter().all(|reel| reel.ended) {
            return Ok(());
        }
        (0..self.reels[at].tape.partitions()).try_for_each(|partition| self.deliver(at, Message::Idle(partition)))
    }

    fn deliver_idle(&mut self, at: usize, newest_ms: Option<i64>) -> Result<()> {
        for partition in self.reels[at].newly_idle(newest_ms) {
            self.deliver(at, Message::Idle(partition))?;
        }
        Ok(())
    }

    /// Delivers a message of a source; the rows it brings out are of windows that are closed.
    fn deliver(&mut self, at: usize, message: Message) -> Result<()> {
        let out = self.pipeline.graph.deliver(self.reels[at].node(), message)?;
        self.keep(out, WindowFate::Closed);
        Ok(())
    }

    /// Keeps the rows that have come out, which are of windows of this fate.
    fn keep(&mut self, out: Vec<Message>, fate: WindowFate) {
        for message in out {
            let batch = match message {
                Message::Batch(batch) => batch,
                Message::Aside(aside) => {
                    // Rows that are late, or from the future, are counted by the step that found them.
                    match aside.why {
                        Why::Check { .. } => self.rejected += aside.frame.height() as u64,
                        Why::Future => self.ahead = self.ahead.or_else(|| self.time_of(&aside)),
                        Why::Late => {}
                    }
                    continue;
                }
                Message::Watermark(_) | Message::Barrier(_) | Message::Idle(_) | Message::Partial(_) => continue,
            };
            self.rows += batch.frame.height() as u64;
            if self.pipeline.windowed {
                self.windows.resize(self.windows.len() + batch.frame.height(), fate);
            }
            self.frames.push(batch.frame);
        }
    }

    /// The event time of the first of these rows, which the step that takes event times took out.
    fn time_of(&self, aside: &Aside) -> Option<i64> {
        let mut times = self.pipeline.sources.iter().filter_map(|source| source.time.as_ref());
        let time = times.find(|time| time.node == aside.node)?;
        match aside.frame.column(&time.column).ok()?.get(0).ok()? {
            AnyValue::Int64(time) => Some(time),
            _ => None,
        }
    }

    /// Closes what is still open, one fate at a time, and ends the stream.
    fn close_windows(&mut self) -> Result<()> {
        if self.pipeline.windowed {
            let fates = Fates::new(&self.reels, &self.pipeline);
            let fated = fates.in_order(&self.pipeline.graph.open_windows());
            for same in fated.chunk_by(|one, next| one.1 == next.1) {
                let (last, fate) = same[same.len() - 1];
                self.advance(last.saturating_sub(1), fate)?;
            }
        }
        self.advance(i64::MAX, WindowFate::Cut)
    }

    /// Advances event time in every source; the rows that this brings out are of windows of this fate.
    fn advance(&mut self, watermark: i64, fate: WindowFate) -> Result<()> {
        let out = self.pipeline.graph.deliver_everywhere(&Message::Watermark(watermark))?;
        self.keep(out, fate);
        Ok(())
    }

    fn finish(self) -> Result<Preview> {
        let graph = self.pipeline.graph;
        let board = graph.board();
        let Report { late, null_event_time, future, .. } = Report::all(board.reports().values());
        let checks = board.judge(self.reels.iter().all(|reel| reel.tape.note().whole));
        let steps = board.steps();
        let mut frame = self.pipeline.output;
        for part in &self.frames {
            frame.vstack_mut(part)?;
        }
        frame.rechunk_mut();
        let mut rows = self.rows;
        if let Some(keys) = self.plan.changing_keys() {
            frame = newest_of_each(&frame, &keys)?;
            rows = frame.height() as u64;
        }
        let mut sources: Vec<SourcePreview> = self.reels.into_iter().map(|reel| reel.seen(&graph)).collect();
        sources.extend(self.tables);
        sources.sort_by_key(|source| source.node);
        let whole = sources.iter().all(|source| source.note.whole);
        let books = self.pipeline.books.iter();
        let joins = books.map(|(node, book)| Joined::new(self.plan, *node, book, whole)).collect();
        let repeats = self.repeats.into_iter().map(|own| own.at_the_end(&board)).collect();
        let time_unit = time_unit(self.plan, &sources, self.ahead);
        let sum = |of: fn(&SourcePreview) -> u64| sources.iter().map(of).sum();
        let (records, dead) = (sum(|source| source.records), sum(|source| source.dead_records));
        Ok(Preview {
            plan: self.plan.clone(),
            fingerprint: fingerprint(self.plan),
            frame,
            windows: self.windows,
            checks,
            counts: Counts { records, dead, rejected: self.rejected, rows, late, null_event_time, future },
            sources,
            joins,
            repeats,
            time_unit,
            steps,
            took_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }
}

/// Of rows that change, the last of each key, in the order of the keys: what a topic that keeps the newest would hold.
fn newest_of_each(frame: &DataFrame, keys: &[String]) -> Result<DataFrame> {
    let column = |name: &String| Ok(Values::of(frame.column(name)?.as_materialized_series())?);
    let columns: Vec<Values> = keys.iter().filter_map(|name| column(name).transpose()).collect::<Result<_>>()?;
    let encoders = encoders(&columns);
    let mut newest: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    for row in 0..frame.height() {
        let mut key = Vec::new();
        encode(&encoders, row, &mut key);
        newest.insert(key, row as u32);
    }
    let rows = newest.into_values().collect();
    picked(frame, rows)
}
