//! The loop of a watch: from the sources' threads through the graph to a view, a few times a second.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use headwater::Expr;
use headwater_profile::KeyTap;
use polars::prelude::DataFrame;

use super::rates::Rates;
use super::so_far::{LARGEST, Open};
use super::{KEPT_ROWS, LivePartition, LiveSource, LiveView, LiveWindow, WatchEnd, WatchSettings};
use crate::job::readers::{Heard, Readers};
use crate::job::tables::Tables;
use crate::operators::{Report, StateSize, picked};
use crate::pipeline::{Pipeline, SourceSpec};
use crate::preview::fate::{Fate, Fates};
use crate::runtime::memory::{Memory, Pressure};
use crate::runtime::reading::FromSource;
use crate::runtime::{Cancel, Clock, Graph, count_keys};
use crate::sinks::DeadLetterWriter;
use crate::sources::{DeadLetter, SourceBatch, SourceReader, Start, open_source};
use crate::tables::stream_sources;
use crate::{Batch, Counts, Error, ErrorKind, Message, Result, Why, fingerprint};

/// What a watch is connected to.
pub(super) struct Parts {
    /// The sources that rows stream from, in the order of the plan.
    pub(super) sources: Vec<Box<dyn SourceReader>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) memory: Memory,
}

/// How long the loop waits for a source before it looks around again: an interrupt is seen within it.
const TICK: Duration = Duration::from_millis(20);
/// The time between two views while records come …
const PACE: Duration = Duration::from_millis(250);
/// … and while none do.
const QUIET_PACE: Duration = Duration::from_secs(1);
/// Showing takes one part of the time in so many.
const SHARE: u32 = 8;
/// Rows of open windows that are shown when there are others too.
const OPEN_ROWS: usize = 12;

/// Watches `parts` until something ends it.
pub(super) fn drive(
    settings: &WatchSettings,
    parts: Parts,
    cancel: &Cancel,
    show: &mut dyn FnMut(&LiveView),
) -> Result<LiveView> {
    let Parts { sources, clock, mut memory } = parts;
    let partitions: Vec<u32> = sources.iter().map(|source| source.partitions()).collect();
    let mut watcher = Watcher::new(settings, partitions, clock.now(), cancel)?;
    let specs = watcher.specs.clone();
    thread::scope(|scope| {
        let mut readers = Readers::start(scope, sources, &specs, &clock)?;
        let end = watcher.run(&mut readers, &*clock, &mut memory, cancel, show);
        // Shown before the sources close, which takes a moment.
        let last = end.and_then(|end| {
            let view = watcher.view(&*clock, Some(end))?;
            show(&view);
            Ok(view)
        });
        readers.join()?;
        last
    })
}

/// A watch under way.
struct Watcher<'a> {
    settings: &'a WatchSettings,
    began: Duration,
    graph: Graph,
    /// The columns that come out, without rows.
    output: DataFrame,
    windowed: bool,
    specs: Vec<SourceSpec>,
    partitions: Vec<u32>,
    tables: Tables,
    has_tables: bool,
    /// The newest rows, the newest last.
    newest: VecDeque<DataFrame>,
    sources: Vec<LiveSource>,
    /// Of each partition of each source, when a record came last.
    heard: Vec<Vec<Duration>>,
    counts: Counts,
    dead_reason: Option<String>,
    rates: Rates,
    keys: KeyTap,
    epoch: u64,
    /// Whether anything has come since the last view.
    changed: bool,
}

impl<'a> Watcher<'a> {
    fn new(settings: &'a WatchSettings, partitions: Vec<u32>, now: Duration, cancel: &Cancel) -> Result<Self> {
        let plan = &settings.plan;
        let Pipeline { graph, output, sources: specs, windowed, tables, .. } = Pipeline::new(plan, &partitions)?;
        let has_tables = !tables.is_empty();
        let wanted = tables.into_iter().map(|(spec, slot)| (spec, vec![slot])).collect();
        let open = Box::new(|source: &headwater::Source| open_source(source, &Start::Earliest, true, None));
        let tables = Tables::read(wanted, open, &mut Unkept, now, cancel)?;
        let source = |((node, source), partitions): ((u32, &headwater::Source), &u32)| LiveSource {
            node,
            origin: source.connector.origin().to_owned(),
            files: source.connector.is_files(),
            partitions: vec![LivePartition::default(); *partitions as usize],
            ..LiveSource::default()
        };
        Ok(Watcher {
            settings,
            began: now,
            graph,
            output,
            windowed,
            specs,
            tables,
            has_tables,
            newest: VecDeque::new(),
            sources: stream_sources(plan).into_iter().zip(&partitions).map(source).collect(),
            heard: partitions.iter().map(|partitions| vec![now; *partitions as usize]).collect(),
            partitions,
            counts: Counts::default(),
            dead_reason: None,
            rates: Rates::new(now),
            keys: KeyTap::new(&[]),
            epoch: 0,
            changed: false,
        })
    }

    fn run(
        &mut self,
        readers: &mut Readers<'_>,
        clock: &dyn Clock,
        memory: &mut Memory,
        cancel: &Cancel,
        show: &mut dyn FnMut(&LiveView),
    ) -> Result<WatchEnd> {
        show(&self.view(clock, None)?);
        let mut shown = clock.now();
        let mut pace = Duration::ZERO;
        loop {
            if let Some(end) = self.end(clock.now(), cancel) {
                return Ok(end);
            }
            match memory.pressure(clock.now()) {
                Pressure::Low => {}
                Pressure::High => thread::sleep(TICK),
                Pressure::Over(used) => return Err(self.too_much(used, memory.limit())),
            }
            if let Some(now) = clock.wall_ms() {
                let times = self.specs.iter().filter_map(|spec| spec.time.as_ref());
                times.for_each(|time| time.horizon.now_is(now));
            }
            if let Some(heard) = readers.hear(TICK, |source| self.progress(source))? {
                self.take_in(heard, clock.now())?;
            }
            self.tables.refresh(&mut Unkept, clock.now(), cancel)?;
            let since = clock.now().saturating_sub(shown);
            if since >= QUIET_PACE.max(pace) || (self.changed && since >= pace) {
                let begins = clock.now();
                show(&self.view(clock, None)?);
                shown = clock.now();
                pace = PACE.max(shown.saturating_sub(begins) * SHARE);
            }
        }
    }

    fn end(&self, now: Duration, cancel: &Cancel) -> Option<WatchEnd> {
        if cancel.is_cancelled() {
            return Some(WatchEnd::Interrupted);
        }
        if self.settings.stop_after.is_some_and(|length| now.saturating_sub(self.began) >= length) {
            return Some(WatchEnd::Time);
        }
        if self.settings.rows.is_some_and(|rows| self.counts.rows >= rows) {
            return Some(WatchEnd::Rows);
        }
        self.sources.iter().all(|source| source.ended).then_some(WatchEnd::Sources)
    }

    fn take_in(&mut self, Heard { source, said }: Heard, now: Duration) -> Result<()> {
        match said {
            FromSource::Batch { batch, lag, .. } => self.take(source, batch, lag, now),
            FromSource::Idle(partition) => self.deliver(source, Message::Idle(partition)),
            FromSource::End => {
                // Files that have ended hold nothing back for the topics that go on, as in a job.
                self.sources[source].ended = true;
                (0..self.partitions[source]).try_for_each(|partition| self.deliver(source, Message::Idle(partition)))
            }
            FromSource::Failed(error) => Err(error),
        }
    }

    fn take(&mut self, source: usize, batch: SourceBatch, lag: Option<u64>, now: Duration) -> Result<()> {
        let records = (batch.frame.height() + batch.dead.len()) as u64;
        self.counts.records += records;
        self.counts.dead += batch.dead.len() as u64;
        if let Some(last) = batch.dead.last() {
            self.dead_reason = Some(last.reason.clone());
        }
        self.rates.count(now, records);
        let partition = batch.partition as usize;
        let own = &mut self.sources[source];
        own.records += records;
        own.lag = lag;
        own.newest_ms = own.newest_ms.max(batch.newest_ms);
        if let Some(known) = own.partitions.get_mut(partition) {
            known.records += records;
            self.heard[source][partition] = now;
        }
        self.deliver(source, Message::Batch(Batch { partition: batch.partition, frame: batch.frame }))
    }

    fn deliver(&mut self, source: usize, message: Message) -> Result<()> {
        self.changed = true;
        let out = self.graph.deliver(self.sources[source].node, message)?;
        self.keep(out)
    }

    /// Keeps the newest of the rows that have come out, and counts all.
    fn keep(&mut self, out: Vec<Message>) -> Result<()> {
        for message in out {
            match message {
                Message::Batch(batch) => self.keep_rows(&batch)?,
                // Rows that are late, or from the future, are counted by the step that found them.
                Message::Aside(aside) if matches!(aside.why, Why::Check { .. }) => {
                    self.counts.rejected += aside.frame.height() as u64;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn keep_rows(&mut self, batch: &Batch) -> Result<()> {
        let rows = batch.frame.height();
        self.counts.rows += rows as u64;
        if !self.settings.keys.is_empty() {
            count_keys(&self.settings.keys, batch, &mut self.keys)?;
        }
        // A slice would keep the whole batch.
        let first = rows.saturating_sub(KEPT_ROWS);
        self.newest.push_back(picked(&batch.frame, (first as u32..rows as u32).collect())?);
        let mut kept: usize = self.newest.iter().map(DataFrame::height).sum();
        while let Some(oldest) = self.newest.front().filter(|oldest| kept - oldest.height() >= KEPT_ROWS) {
            kept -= oldest.height();
            self.newest.pop_front();
        }
        Ok(())
    }

    /// How far a source has come in event time, where it has that.
    fn progress(&self, source: usize) -> Option<i64> {
        let report = self.time_of(source)?;
        report.partitions.iter().filter_map(|partition| partition.newest).max()
    }

    /// What the step says that takes event time from a source.
    fn time_of(&self, source: usize) -> Option<Report> {
        self.graph.report_of(self.specs[source].time.as_ref()?.node)
    }

    fn view(&mut self, clock: &dyn Clock, end: Option<WatchEnd>) -> Result<LiveView> {
        let now = clock.now();
        self.changed = false;
        self.note_partitions(now);
        let board = self.graph.board();
        let mut state = StateSize::default();
        for step in board.steps() {
            state.rows += step.state.rows;
            state.keys += step.state.keys;
            state.bytes += step.state.bytes;
        }
        let (mut frame, mut windows, mut open) = (self.output.clone(), Vec::new(), (0, 0));
        if self.windowed {
            open = self.open_windows(state, board.watermark(), &mut frame, &mut windows)?;
        }
        self.add_newest(&mut frame)?;
        if self.windowed {
            windows.resize(frame.height(), LiveWindow::Closed);
        }
        let Report { late, null_event_time, future, .. } = Report::all(board.reports().values());
        let names: Vec<String> = self.settings.keys.iter().map(Expr::to_string).collect();
        Ok(LiveView {
            fingerprint: fingerprint(&self.settings.plan),
            elapsed_ms: millis(now.saturating_sub(self.began)),
            now_ms: clock.wall_ms(),
            end,
            counts: Counts { late, null_event_time, future, ..self.counts },
            per_second: self.rates.whole(now),
            watermark: board.watermark(),
            frame,
            windows,
            open,
            sources: self.sources.clone(),
            keys: (!names.is_empty()).then(|| (names.join(", "), self.keys.summary())),
            state,
            dead_reason: self.dead_reason.clone(),
        })
    }

    fn note_partitions(&mut self, now: Duration) {
        for at in 0..self.sources.len() {
            let times = self.time_of(at).map(|report| report.partitions).unwrap_or_default();
            let known = self.sources[at].partitions.iter_mut().zip(&self.heard[at]);
            for (number, (partition, heard)) in known.enumerate() {
                partition.silent_ms = millis(now.saturating_sub(*heard));
                if let Some(time) = times.get(number) {
                    (partition.idle, partition.newest) = (time.idle, time.newest);
                }
            }
        }
    }

    /// Puts the rows of open windows into `frame`; counts the windows.
    fn open_windows(
        &mut self,
        state: StateSize,
        watermark: Option<i64>,
        frame: &mut DataFrame,
        windows: &mut Vec<LiveWindow>,
    ) -> Result<(u64, u64)> {
        // The lookups of a second pipeline would have no table.
        let looked_into = !self.has_tables && state.rows + state.keys <= LARGEST;
        let states = if looked_into {
            self.epoch += 1;
            let (out, states) = self.graph.barrier(self.epoch)?;
            self.keep(out)?;
            Some(states)
        } else {
            None
        };
        let (open, fates) = (self.graph.open_windows(), self.fates());
        let (plan, partitions) = (&self.settings.plan, self.partitions.as_slice());
        let open = Open { plan, partitions, windows: &open, fates: &fates, watermark };
        let room = if self.newest.is_empty() { KEPT_ROWS } else { OPEN_ROWS };
        for (rows, window) in states.map(|states| open.rows(&states)).transpose()?.unwrap_or_default() {
            let rows = rows.head(Some(room - frame.height().min(room)));
            windows.resize(windows.len() + rows.height(), window);
            frame.vstack_mut(&rows)?;
        }
        Ok(open.count())
    }

    /// What decides the fate of open windows, as every source stands now.
    fn fates(&self) -> Fates {
        let of = |(at, source): (usize, &LiveSource)| Fate {
            source: source.node,
            complete: false,
            side_by_side: !source.files,
            delay_ms: self.specs[at].time.as_ref().map_or(0, |time| i64::try_from(time.delay_ms).unwrap_or(i64::MAX)),
            partitions: self.time_of(at).map(|report| report.partitions).unwrap_or_default(),
        };
        Fates(self.sources.iter().enumerate().filter(|(_, source)| !source.ended).map(of).collect())
    }

    /// Puts the newest rows into `frame`, the newest first.
    fn add_newest(&self, frame: &mut DataFrame) -> Result<()> {
        for rows in self.newest.iter().rev() {
            let room = KEPT_ROWS.saturating_sub(frame.height());
            let last = (0..rows.height() as u32).rev().take(room).collect();
            frame.vstack_mut(&picked(rows, last)?)?;
        }
        frame.rechunk_mut();
        Ok(())
    }

    fn too_much(&self, used: u64, limit: u64) -> Error {
        let mib = |bytes: u64| format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20));
        let message = format!("the kernel takes {} of memory and may take {}", mib(used), mib(limit));
        let steps = self.graph.board().steps();
        let largest = steps.iter().max_by_key(|step| step.state.bytes).filter(|step| step.state.bytes > 0);
        let error = Error::new(ErrorKind::Memory, message)
            .hint("Make windows shorter or keys fewer, or run it as a job, in a process of its own.");
        largest.map_or(error.clone(), |step| error.at(step.node))
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}

/// Where dead letters of tables go: nowhere, since a watch writes nothing.
struct Unkept;

impl DeadLetterWriter for Unkept {
    fn write(&mut self, _dead: &[DeadLetter]) -> Result<()> {
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
