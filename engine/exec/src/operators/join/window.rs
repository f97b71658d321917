//! Joins rows of two inputs that are in the same window, when the window closes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use headwater::{Expr, JoinKind, Window};
use polars::prelude::{DataFrame, IdxCa, Int64Chunked, NewChunkedArray, PlSmallStr};

use self::watched::Watched;
use super::columns::JoinColumns;
use super::keys::each_key;
use super::partners::Partners;
use crate::operators::event_time::event_times;
use crate::operators::rows_in::held_rows;
use crate::operators::window_aggregate::slices::clamped;
use crate::operators::{MergeOperator, OpenWindow, Output, Report, Slices, StateSize};
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::frames::{load_frame, save_frame};
use crate::state::values::Builder;
use crate::types::timestamp_type;
use crate::{Aside, Batch, Message, Result, Why};

mod watched;

/// The `join(…).window(…)` step.
///
/// A window `[start, end)` is joined and emitted when the watermark of both inputs reaches `end - 1`. Windows that overlap share the
/// slices that their rows are kept in; a slice is forgotten with its last window. A row whose windows are all gone already is late: put
/// aside and counted. A row without event time is in no window. Rows come out ordered by the ends of their windows, then as the left
/// rows came; with the window's bounds in the columns `window_start` and `window_end`.
///
/// ```
/// use headwater::{JoinKind, Window};
/// use headwater_exec::operators::{JoinColumns, MergeOperator, WindowJoin, WindowJoinSpec};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let columns = JoinColumns {
///     kind: JoinKind::Inner,
///     left_on: vec!["user".into()],
///     right_on: vec!["user".into()],
///     right: vec![("link".into(), "link".into())],
/// };
/// let views = df!("ts" => [1_i64, 70], "user" => ["ann", "ann"])?;
/// let clicks = df!("ts" => [5_i64, 9], "user" => ["ann", "bob"], "link" => ["/a", "/b"])?;
/// let spec = WindowJoinSpec { columns, times: ["ts".into(), "ts".into()] };
/// let window = Window::Tumbling { size_ms: 60, offset_ms: 0 };
/// let mut join = WindowJoin::new(spec, &window, [&views, &clicks])?;
/// let mut out = Vec::new();
/// join.on_batch(0, Batch { partition: 0, frame: views }, &mut out)?;
/// join.on_batch(1, Batch { partition: 0, frame: clicks }, &mut out)?;
/// assert!(out.is_empty());
/// join.on_watermark(59, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(59)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("link")?.str()?.get(0), Some("/a"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WindowJoin {
    spec: WindowJoinSpec,
    cut: Slices,
    /// Of each input the columns, without rows.
    inputs: [DataFrame; 2],
    /// The rows of each input by the beginning of their slice.
    slices: BTreeMap<i64, [DataFrame; 2]>,
    watermark: i64,
    late: u64,
    watched: Option<Watched>,
}

/// What is joined.
#[derive(Clone, Debug)]
pub struct WindowJoinSpec {
    /// Keys and columns.
    pub columns: JoinColumns,
    /// The event-time column of each input.
    pub times: [String; 2],
}

/// Rows of the left input and, beside each, of the right one; none beside one that is alone.
type Pairs = (Vec<u32>, Vec<Option<u32>>);

const LAYOUT: u8 = 1;
const NAME: &str = "`join`";

impl WindowJoin {
    /// A join of inputs with the columns of these frames, whose rows do not matter.
    ///
    /// # Errors
    /// The window is a session, or impossible.
    pub fn new(spec: WindowJoinSpec, window: &Window, inputs: [&DataFrame; 2]) -> Result<Self> {
        let (cut, inputs) = (Slices::of(window)?, inputs.map(DataFrame::clear));
        Ok(WindowJoin { spec, cut, inputs, slices: BTreeMap::new(), watermark: i64::MIN, late: 0, watched: None })
    }

    /// The same, which notes what becomes of its rows.
    #[must_use]
    pub fn noted_in(self, book: Option<Partners>) -> Self {
        WindowJoin { watched: book.map(Watched::new), ..self }
    }

    /// The output without rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self) -> Result<DataFrame> {
        Ok(self.join((0, 0), &self.inputs)?.0)
    }

    /// The windows that hold rows and end behind `after + 1` but, where there is such, not behind `until + 1`: by end, then start.
    fn windows(&self, after: i64, until: Option<i64>) -> BTreeSet<(i128, i128)> {
        let mut found = BTreeSet::new();
        for slice in self.slices.keys() {
            let mut after = i128::from(after);
            while let Some((start, end)) = self.cut.next(*slice, after) {
                if until.is_some_and(|until| end - 1 > i128::from(until)) {
                    break;
                }
                found.insert((end, start));
                after = end - 1;
            }
        }
        found
    }

    /// The rows of a window.
    fn rows(&self, start: i128, end: i128) -> Result<[DataFrame; 2]> {
        let mut inputs = self.inputs.clone();
        for (_, slice) in self.slices.range(clamped(start)..clamped(end)) {
            for (rows, own) in inputs.iter_mut().zip(slice) {
                rows.vstack_mut(own)?;
            }
        }
        inputs.iter_mut().for_each(|rows| {
            rows.rechunk_mut();
        });
        Ok(inputs)
    }

    fn joined_rows(&self, [left, right]: &[DataFrame; 2]) -> Result<Pairs> {
        let columns = &self.spec.columns;
        let mut by_key: HashMap<Box<[u8]>, Vec<u32>> = HashMap::new();
        each_key(right, &columns.right_on, |row, key| {
            if let Some(key) = key {
                by_key.entry(key.into()).or_default().push(row as u32);
            }
            Ok(())
        })?;
        let (mut own, mut partners) = (Vec::new(), Vec::new());
        each_key(left, &columns.left_on, |row, key| {
            match key.and_then(|key| by_key.get(key)) {
                Some(found) => found.iter().for_each(|partner| {
                    own.push(row as u32);
                    partners.push(Some(*partner));
                }),
                None if columns.kind == JoinKind::Left => {
                    own.push(row as u32);
                    partners.push(None);
                }
                None => {}
            }
            Ok(())
        })?;
        Ok((own, partners))
    }

    /// Notes the rows of a batch, if somebody wants to know what becomes of them.
    fn watch(&mut self, input: usize, frame: &DataFrame, times: &Int64Chunked) -> Result<()> {
        let Some(watched) = &mut self.watched else { return Ok(()) };
        let columns = &self.spec.columns;
        let on = if input == 0 { &columns.left_on } else { &columns.right_on };
        each_key(frame, on, |row, key| {
            let slice = times.get(row).map(|time| self.cut.start(time));
            watched.came(input, key, slice, slice.is_some_and(|slice| self.cut.is_over(slice, self.watermark)));
            Ok(())
        })
    }

    /// The rows that come out of a window, and of which rows they are.
    fn join(&self, (start, end): (i128, i128), inputs: &[DataFrame; 2]) -> Result<(DataFrame, Pairs)> {
        let (own, partners) = self.joined_rows(inputs)?;
        let [left, right] = inputs;
        let mut frame = self.spec.columns.put_together((left, &own), (right, &partners))?;
        for (name, bound) in [("window_start", clamped(start)), ("window_end", clamped(end))] {
            frame.with_column(Builder::Int(vec![Some(bound); own.len()]).finish(name, &timestamp_type())?)?;
        }
        Ok((frame, (own, partners)))
    }
}

impl MergeOperator for WindowJoin {
    fn on_batch(&mut self, input: usize, batch: Batch, out: &mut Output) -> Result<()> {
        let times = event_times(&batch, &self.spec.times[input])?;
        self.watch(input, &batch.frame, &times)?;
        let (mut slices, mut late): (BTreeMap<i64, Vec<u32>>, Vec<u32>) = (BTreeMap::new(), Vec::new());
        for (row, time) in times.iter().enumerate() {
            let Some(time) = time else { continue };
            let slice = self.cut.start(time);
            if self.cut.is_over(slice, self.watermark) {
                late.push(row as u32);
            } else {
                slices.entry(slice).or_default().push(row as u32);
            }
        }
        for (slice, rows) in slices {
            let rows = batch.frame.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &rows))?;
            self.slices.entry(slice).or_insert_with(|| self.inputs.clone())[input].vstack_mut(&rows)?;
        }
        if !late.is_empty() {
            self.late += late.len() as u64;
            let frame = batch.frame.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &late))?;
            out.push(Message::Aside(Aside::new(batch.partition, frame, Why::Late)));
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        for (end, start) in self.windows(self.watermark, Some(watermark)) {
            let (frame, pairs) = self.join((start, end), &self.rows(start, end)?)?;
            if let Some(watched) = &mut self.watched {
                watched.met(clamped(start)..clamped(end), &pairs);
            }
            if frame.height() > 0 {
                out.push(Message::Batch(Batch { partition: 0, frame }));
            }
        }
        self.watermark = self.watermark.max(watermark);
        self.slices.retain(|slice, _| !self.cut.is_over(*slice, self.watermark));
        if let Some(watched) = &mut self.watched {
            watched.forget(|slice| self.cut.is_over(slice, self.watermark));
        }
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn keys(&self, input: usize) -> Option<Vec<Expr>> {
        let columns = &self.spec.columns;
        let on = if input == 0 { &columns.left_on } else { &columns.right_on };
        Some(on.iter().cloned().map(Expr::Column).collect())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.int(self.watermark);
        state.count(self.slices.len());
        for (slice, inputs) in &self.slices {
            state.int(*slice);
            inputs.iter().try_for_each(|rows| save_frame(rows, &mut state))?;
        }
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        self.slices.clear();
        let mut watermark = None;
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            watermark = state.watermark(watermark)?;
            for _ in 0..state.count()? {
                let slice = state.int()?;
                for input in 0..2 {
                    let keys = self.keys(input).unwrap_or_default();
                    let rows = held_rows(load_frame(&self.inputs[input], &mut state)?, &keys, share)?;
                    if rows.height() > 0 {
                        self.slices.entry(slice).or_insert_with(|| self.inputs.clone())[input].vstack_mut(&rows)?;
                    }
                }
            }
            state.finish()?;
        }
        self.watermark = watermark.unwrap_or(i64::MIN);
        Ok(())
    }

    fn report(&self) -> Report {
        Report { late: self.late, ..Report::default() }
    }

    fn open_windows(&self) -> Vec<OpenWindow> {
        let all = self.windows(self.watermark, None);
        all.into_iter().map(|(end, start)| OpenWindow { start: clamped(start), end: clamped(end) }).collect()
    }

    fn state_size(&self) -> StateSize {
        let frames = || self.slices.values().flatten();
        let rows = frames().map(|rows| rows.height() as u64).sum();
        StateSize { rows, keys: 0, bytes: frames().map(|rows| rows.estimated_size() as u64).sum() }
    }
}
