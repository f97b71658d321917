//! Combines rows before the exchange: what one lane has of a hot key goes to the lane of that key as one group, not as many rows.

use std::collections::BTreeMap;
use std::fmt;

use headwater::{Agg, AggFunction, Window};
use polars::prelude::{DataFrame, IdxCa, NamedFrom, Series};

use super::aggregation::Aggregation;
use super::window_aggregate::slices::Slices;
use super::{Operator, Output, StateSize, WindowedBy};
use crate::expression::{counting, evaluate};
use crate::key_bytes::each_key;
use crate::runtime::lane_of;
use crate::state::groups::encoders;
use crate::state::table::GroupTable;
use crate::{Batch, Message, Result};

/// Groups that are kept before they are passed on, at most.
const GROUPS: usize = 65_536;
/// So many rows have to be seen before it is judged whether combining helps.
const JUDGED: u64 = 16_384;
/// So many rows go by as they are once it does not help; then it is tried again.
const GO_BY: u64 = 1_000_000;

/// Groups of a slice of event time that rows were accumulated to before the exchange, all of the same lane.
pub struct Partial {
    /// Where the slice starts (epoch milliseconds).
    pub slice: i64,
    /// The lane of their keys.
    pub lane: usize,
    /// How many rows are in them.
    pub rows: u64,
    /// The groups.
    pub table: GroupTable,
}

impl Clone for Partial {
    fn clone(&self) -> Self {
        Partial { slice: self.slice, lane: self.lane, rows: self.rows, table: self.table.copy() }
    }
}

impl fmt::Debug for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Partial { slice, lane, rows, .. } = self;
        write!(f, "Partial {{ slice: {slice}, lane: {lane}, rows: {rows} }}")
    }
}

/// The first phase of an aggregation in windows that combines.
///
/// It accumulates the rows of its lane by slice of event time and key, and passes the groups on when a window that holds their slice
/// could close, before a barrier, when a partition falls silent, and when there are many. So its state at a barrier is empty, and the
/// operator behind the exchange gives what it would have given for the rows. A row that could be late goes there as it is, because
/// only that operator knows the watermark of all lanes. Where nearly every row has a key of its own, rows go by as they are.
///
/// ```
/// use headwater::Window;
/// use headwater::prelude::*;
/// use headwater_exec::operators::{LocalAggregate, Operator, WindowedBy};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let window = Window::Tumbling { size_ms: 60, offset_ms: 0 };
/// let spec = WindowedBy { event_time: "ts".into(), window, keys: vec![col("city")], aggs: vec![count()] };
/// let rows = df!("ts" => [0_i64, 10, 20], "city" => ["Rome", "Rome", "Rome"])?;
/// let mut local = LocalAggregate::new(&spec, &rows.clear(), 4)?;
/// let mut out = Vec::new();
/// local.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// local.on_watermark(59, &mut out)?;
/// let [Message::Partial(rome), Message::Watermark(59)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!((rome.rows, rome.table.groups().len()), (3, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LocalAggregate {
    aggregation: Aggregation,
    cut: Slices,
    empty: GroupTable,
    lanes: usize,
    partials: BTreeMap<(i64, usize), Partial>,
    watermark: i64,
    /// Rows and groups since it was last judged whether combining helps.
    rows: u64,
    groups: u64,
    go_by: u64,
}

impl LocalAggregate {
    /// Whether these aggregates of such windows can be combined before the exchange at a gain: their groups are small.
    pub fn combines(window: &Window, aggs: &[Agg]) -> bool {
        use AggFunction::{Count, First, Last, Max, Mean, Min, Sum};
        let small = |agg: &Agg| matches!(agg.function, Count | Sum | Min | Max | Mean | First | Last);
        !matches!(window, Window::Session { .. }) && aggs.iter().all(small)
    }

    /// Of rows with the columns of `input`, a frame whose rows do not matter, for so many lanes behind the exchange.
    ///
    /// # Errors
    /// A key, an aggregate or the window does not fit.
    pub fn new(spec: &WindowedBy, input: &DataFrame, lanes: usize) -> Result<Self> {
        let aggregation = Aggregation::new(&spec.event_time, &spec.keys, &spec.aggs, input)?;
        Ok(LocalAggregate {
            cut: Slices::of(&spec.window)?,
            empty: aggregation.table(),
            aggregation,
            lanes,
            partials: BTreeMap::new(),
            watermark: i64::MIN,
            rows: 0,
            groups: 0,
            go_by: 0,
        })
    }

    /// The rows of each slice and lane, and those that could be late.
    fn sorted(&self, times: &[Option<i64>], lanes: &[usize]) -> (BTreeMap<(i64, usize), Vec<u32>>, Vec<u32>) {
        let mut places: BTreeMap<(i64, usize), Vec<u32>> = BTreeMap::new();
        let mut late = Vec::new();
        // Neighbours mostly share a slice, so it is judged when it changes, and their rows are filed together.
        let mut current: Option<(i64, bool)> = None;
        let mut rows: Vec<Vec<u32>> = vec![Vec::new(); self.lanes];
        let mut file = |slice: i64, rows: &mut Vec<Vec<u32>>| {
            for (lane, rows) in rows.iter_mut().enumerate().filter(|(_, rows)| !rows.is_empty()) {
                places.entry((slice, lane)).or_default().append(rows);
            }
        };
        for (row, time) in times.iter().enumerate() {
            let Some(time) = *time else { continue };
            let slice = self.cut.start(time);
            if current.is_none_or(|(own, _)| own != slice) {
                if let Some((before, _)) = current {
                    file(before, &mut rows);
                }
                current = Some((slice, self.cut.is_over(slice, self.watermark)));
            }
            match current {
                Some((_, true)) => late.push(row as u32),
                _ => rows[lanes.get(row).copied().unwrap_or(0)].push(row as u32),
            }
        }
        if let Some((slice, _)) = current {
            file(slice, &mut rows);
        }
        (places, late)
    }

    /// The lane of every row.
    fn lanes(&self, batch: &Batch) -> Result<Vec<usize>> {
        let keys = self.aggregation.key_exprs();
        if keys.is_empty() {
            return Ok(vec![lane_of(None, self.lanes); batch.frame.height()]);
        }
        // Values that cannot be computed are counted where the rows are accumulated.
        let (columns, _) =
            counting(|| keys.iter().map(|key| evaluate(key, &batch.frame)).collect::<Result<Vec<Series>>>());
        let columns = columns?;
        let mut lanes = Vec::with_capacity(batch.frame.height());
        each_key(&columns, |key| lanes.push(lane_of(key, self.lanes)))?;
        Ok(lanes)
    }

    /// Passes on the groups that are `wanted`.
    fn pass_on(&mut self, wanted: impl Fn(&Slices, i64) -> bool, out: &mut Output) {
        let due: Vec<(i64, usize)> =
            self.partials.keys().filter(|(slice, _)| wanted(&self.cut, *slice)).copied().collect();
        for place in due {
            if let Some(partial) = self.partials.remove(&place) {
                self.rows += partial.rows;
                self.groups += partial.table.groups().len() as u64;
                out.push(Message::Partial(partial));
            }
        }
        if self.rows >= JUDGED {
            if self.groups > self.rows / 2 {
                self.go_by = GO_BY;
            }
            (self.rows, self.groups) = (0, 0);
        }
    }
}

impl Operator for LocalAggregate {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        if self.go_by > 0 {
            self.go_by = self.go_by.saturating_sub(batch.frame.height() as u64);
            out.push(Message::Batch(batch));
            return Ok(());
        }
        let lanes = self.lanes(&batch)?;
        let taken = self.aggregation.take(&batch)?;
        let (places, late) = self.sorted(&taken.times, &lanes);
        if !late.is_empty() {
            let frame = batch.frame.take(&IdxCa::new("".into(), late))?;
            out.push(Message::Batch(Batch { partition: batch.partition, frame }));
        }
        let (keys, inputs) = (encoders(&taken.keys), taken.inputs());
        for ((slice, lane), rows) in places {
            let fresh = || Partial { slice, lane, rows: 0, table: self.empty.fresh() };
            let partial = self.partials.entry((slice, lane)).or_insert_with(fresh);
            partial.table.update(&keys, &rows, &inputs);
            partial.rows += rows.len() as u64;
        }
        if self.partials.values().map(|partial| partial.table.groups().len()).sum::<usize>() > GROUPS {
            self.pass_on(|_, _| true, out);
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        let before = i128::from(self.watermark);
        self.watermark = self.watermark.max(watermark);
        let reached = i128::from(self.watermark);
        self.pass_on(|cut, slice| cut.next(slice, before).is_none_or(|(_, end)| end - 1 <= reached), out);
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn on_idle(&mut self, partition: u32, out: &mut Output) -> Result<()> {
        // From now on the others may close windows without asking this lane.
        self.pass_on(|_, _| true, out);
        out.push(Message::Idle(partition));
        Ok(())
    }

    fn on_barrier(&mut self, out: &mut Output) -> Result<()> {
        self.pass_on(|_, _| true, out);
        Ok(())
    }

    fn state_size(&self) -> StateSize {
        let tables = || self.partials.values().map(|partial| &partial.table);
        StateSize {
            rows: 0,
            keys: tables().map(|table| table.groups().len() as u64).sum(),
            bytes: tables().map(|table| table.bytes() as u64).sum(),
        }
    }
}
