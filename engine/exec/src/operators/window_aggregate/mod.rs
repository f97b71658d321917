//! Groups rows by keys and by windows of given size (tumbling, hopping, cumulating), and emits a window's groups once the watermark
//! says that it is complete.

mod sharing;
pub(crate) mod slices;

use std::collections::BTreeMap;

use headwater::{Agg, Expr, Window};
use polars::prelude::DataFrame;

use self::sharing::Shared;
use self::slices::{Slices, clamped};
use super::aggregation::{Aggregation, Results, put_late_aside};
use super::{OpenWindow, Operator, Output, Partial, Report, StateSize};
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::groups::encoders;
use crate::state::table::GroupTable;
use crate::{Batch, Message, Result};

/// The `group_by(…).window(…).agg(…)` step for all windows but sessions.
///
/// A window `[start, end)` is emitted when the watermark reaches `end - 1`: nothing in it can come any more. A row that is late for one
/// of its windows still counts in those that are open; one whose windows are all gone is late: counted, and put
/// [aside](Message::Aside). A row without event
/// time belongs to no window. Rows come out ordered by the end of their window, then by key, null first; a null key is a group of its
/// own. A window without rows is not emitted.
///
/// ```
/// use headwater::Window;
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Operator, WindowAggregate, WindowedBy};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let window = Window::Hopping { size_ms: 60, slide_ms: 30, offset_ms: 0 };
/// let spec = WindowedBy { event_time: "ts".into(), window, keys: vec![col("city")], aggs: vec![count()] };
/// let rows = df!("ts" => [0_i64, 10, 40], "city" => ["Rome", "Rome", "Rome"])?;
/// let mut aggregate = WindowAggregate::new(&spec, &rows.clear())?;
/// let mut out = Vec::new();
/// aggregate.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// assert!(out.is_empty());
/// aggregate.on_watermark(59, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(59)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("count")?.i64()?.to_vec(), [Some(2), Some(3)]); // [-30, 30) and [0, 60)
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WindowAggregate {
    aggregation: Aggregation,
    cut: Slices,
    /// A table without groups, of which all others are made.
    empty: GroupTable,
    /// Of every slice that some window still needs, its groups. Of cumulating windows, what was emitted last is in the first slice.
    slices: BTreeMap<i64, GroupTable>,
    shared: Option<Shared>,
    watermark: i64,
    late: u64,
}

/// What is grouped and aggregated.
#[derive(Clone, Debug)]
pub struct WindowedBy {
    /// The event-time column.
    pub event_time: String,
    /// The windows.
    pub window: Window,
    /// The keys.
    pub keys: Vec<Expr>,
    /// The aggregates.
    pub aggs: Vec<Agg>,
}

const LAYOUT: u8 = 2;
const NAME: &str = "`agg`";

/// About so many rows are emitted in one batch.
const ROWS_OUT: usize = 16_384;

impl WindowAggregate {
    /// An aggregation of rows with the columns of `input`, a frame whose rows do not matter.
    ///
    /// # Errors
    /// A key or an aggregate does not fit these columns, or there can be no such windows.
    pub fn new(spec: &WindowedBy, input: &DataFrame) -> Result<Self> {
        let aggregation = Aggregation::new(&spec.event_time, &spec.keys, &spec.aggs, input)?;
        Ok(WindowAggregate {
            cut: Slices::of(&spec.window)?,
            empty: aggregation.table(),
            aggregation,
            slices: BTreeMap::new(),
            shared: None,
            watermark: i64::MIN,
            late: 0,
        })
    }

    /// The output without rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self) -> Result<DataFrame> {
        self.aggregation.frame(self.aggregation.results(), true)
    }

    /// The rows of each slice that some open window needs, and the late ones.
    fn rows_by_slice(&self, times: &[Option<i64>]) -> (BTreeMap<i64, Vec<u32>>, Vec<u32>) {
        let mut slices: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        let mut late = Vec::new();
        // Neighbours mostly share a slice, so the tree is asked only when it changes.
        let mut current: Option<(i64, bool, Vec<u32>)> = None;
        for (row, time) in times.iter().enumerate() {
            let Some(time) = *time else { continue };
            let start = self.cut.start(time);
            if current.as_ref().is_none_or(|(slice, ..)| *slice != start) {
                if let Some((slice, _, rows)) = current.take() {
                    slices.entry(slice).or_default().extend(rows);
                }
                current = Some((start, self.cut.is_over(start, self.watermark), Vec::new()));
            }
            match &mut current {
                Some((_, true, _)) => late.push(row as u32),
                Some((_, false, rows)) => rows.push(row as u32),
                None => {}
            }
        }
        if let Some((slice, _, rows)) = current {
            slices.entry(slice).or_default().extend(rows);
        }
        slices.retain(|_, rows| !rows.is_empty());
        (slices, late)
    }

    /// Where the rows of a slice are accumulated: in it, or, if it was emitted already as part of a window that still grows, in the
    /// first slice of that window.
    fn place(&mut self, slice: i64) -> i64 {
        if self.shared.as_ref().is_some_and(|shared| shared.holds(&self.cut, slice)) {
            self.shared = None;
        }
        if self.cut.is_cumulating() && self.cut.last(slice) <= self.watermark {
            return self.cut.first_of(slice);
        }
        slice
    }

    /// Emits the windows that are complete now, in the order of their ends, and drops the slices that no window needs any more.
    fn emit(&mut self, before: i64, out: &mut Output) -> Result<()> {
        let mut results = self.aggregation.results();
        let mut after = i128::from(before);
        while let Some(first) = self.slices.keys().next().copied() {
            let Some((start, end)) = self.cut.next(first, after) else {
                self.slices.remove(&first);
                continue;
            };
            // At the end of the stream even a window that would end behind all time is complete.
            if end - 1 > i128::from(self.watermark) && self.watermark < i64::MAX {
                break;
            }
            after = end - 1;
            self.window((start, end), first, &mut results);
            if results.rows() >= ROWS_OUT {
                let full = std::mem::replace(&mut results, self.aggregation.results());
                self.push(full, out)?;
            }
        }
        if results.rows() > 0 {
            self.push(results, out)?;
        }
        Ok(())
    }

    fn push(&self, results: Results, out: &mut Output) -> Result<()> {
        out.push(Message::Batch(Batch { partition: 0, frame: self.aggregation.frame(results, true)? }));
        Ok(())
    }

    /// Appends the rows of one window, whose first slice that holds rows is `first`.
    fn window(&mut self, (start, end): (i128, i128), first: i64, results: &mut Results) {
        let bounds = (clamped(start), clamped(end));
        if self.cut.is_one() {
            if let Some(table) = self.slices.remove(&first) {
                results.window(&table, bounds.0, bounds.1);
            }
        } else if self.cut.is_cumulating() {
            let mut grown = self.slices.remove(&first).unwrap_or_else(|| self.empty.fresh());
            let inside: Vec<i64> = self.slices.range(bounds.0..bounds.1).map(|(slice, _)| *slice).collect();
            for slice in inside.iter().filter_map(|slice| self.slices.remove(slice)) {
                grown.merge(&slice);
            }
            results.window(&grown, bounds.0, bounds.1);
            self.slices.insert(bounds.0, grown);
        } else {
            let window = Shared::window(&mut self.shared, &self.slices, &self.empty, (start, end));
            results.window(&window, bounds.0, bounds.1);
        }
    }
}

impl WindowAggregate {
    /// Takes the groups of a share out of a slice of a checkpoint; none if one of its keys is none of this aggregation.
    fn take_up(&mut self, start: i64, table: GroupTable, share: Share) -> Result<Option<()>> {
        if share.is_all() {
            self.slices.insert(start, table);
            return Ok(Some(()));
        }
        let groups = table.groups();
        let keys: Vec<&[u8]> = (0..groups.len()).map(|number| groups.key(number as u32)).collect();
        let Some(held) = self.aggregation.held(keys.into_iter(), share)? else { return Ok(None) };
        let own: Vec<u32> = (0_u32..).zip(held).filter(|(_, held)| *held).map(|(number, _)| number).collect();
        let table =
            if own.len() == groups.len() { table } else { table.only(&own, &mut self.aggregation.key_builders())? };
        match self.slices.get_mut(&start) {
            Some(known) => known.merge(&table),
            None if own.is_empty() => {}
            None => {
                self.slices.insert(start, table);
            }
        }
        Ok(Some(()))
    }
}

impl Operator for WindowAggregate {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let taken = self.aggregation.take(&batch)?;
        let (by_slice, late) = self.rows_by_slice(&taken.times);
        self.late += late.len() as u64;
        put_late_aside(&batch, late, out)?;
        let (keys, inputs) = (encoders(&taken.keys), taken.inputs());
        for (slice, rows) in by_slice {
            let slice = self.place(slice);
            let table = self.slices.entry(slice).or_insert_with(|| self.empty.fresh());
            table.update(&keys, &rows, &inputs);
        }
        Ok(())
    }

    fn on_partial(&mut self, partial: Partial, _out: &mut Output) -> Result<()> {
        // What was silent for longer than the plan allows can come too late with all that it had accumulated.
        if self.cut.is_over(partial.slice, self.watermark) {
            self.late += partial.rows;
            return Ok(());
        }
        let slice = self.place(partial.slice);
        self.slices.entry(slice).or_insert_with(|| self.empty.fresh()).merge(&partial.table);
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        let before = self.watermark;
        self.watermark = before.max(watermark);
        self.emit(before, out)?;
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.int(self.watermark);
        state.count(self.slices.len());
        for (start, table) in &self.slices {
            state.int(*start);
            table.save(&mut state);
        }
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        self.slices.clear();
        self.shared = None;
        let mut watermark = None;
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            watermark = state.watermark(watermark)?;
            for _ in 0..state.count()? {
                let start = state.int()?;
                let mut table = self.empty.fresh();
                table.load(&mut self.aggregation.key_builders(), &mut state)?;
                self.take_up(start, table, share)?.ok_or_else(|| state.damaged())?;
            }
            state.finish()?;
        }
        self.watermark = watermark.unwrap_or(i64::MIN);
        Ok(())
    }

    fn keys(&self) -> Option<Vec<Expr>> {
        Some(self.aggregation.key_exprs())
    }

    fn report(&self) -> Report {
        Report { late: self.late, ..Report::default() }
    }

    fn state_size(&self) -> StateSize {
        let sum = |of: fn(&GroupTable) -> usize| self.slices.values().map(of).sum::<usize>() as u64;
        StateSize {
            rows: 0,
            keys: sum(|table| table.groups().len()),
            bytes: sum(GroupTable::bytes) + self.shared.as_ref().map_or(0, Shared::bytes) as u64,
        }
    }

    fn open_windows(&self) -> Vec<OpenWindow> {
        let mut open = Vec::new();
        let mut after = i128::from(self.watermark);
        for slice in self.slices.keys() {
            while let Some((start, end)) = self.cut.next(*slice, after) {
                open.push(OpenWindow { start: clamped(start), end: clamped(end) });
                after = end - 1;
            }
        }
        open
    }
}

#[cfg(test)]
mod tests;
