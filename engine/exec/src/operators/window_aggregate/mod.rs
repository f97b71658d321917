//! Groups rows by keys and tumbling window, and emits a window's groups once the watermark says that it is complete.

use std::collections::BTreeMap;

use headwater::{Agg, AggFunction, Expr};
use polars::prelude::arity::unary_elementwise;
use polars::prelude::{DataFrame, DataType, Series};

use super::event_time::event_times;
use super::{Operator, Output, Report};
use crate::expression::evaluate;
use crate::state::accumulator::Accumulator;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::groups::{Groups, decode, encode, encoders};
use crate::state::values::{Builder, Form, Values};
use crate::types::timestamp_type;
use crate::{Batch, Error, ErrorKind, Message, Result};

/// The `group_by(…).window(tumbling(…)).agg(…)` step.
///
/// A window `[start, end)` is emitted, and forgotten, when the watermark reaches `end - 1`: nothing in it can come any
/// more. A row whose window is gone already is late: dropped and counted. A row without event time belongs to no window.
/// Rows come out ordered by window and then by key, null first; a null key is a group of its own.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Operator, WindowAggregate, WindowSpec};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let spec = WindowSpec { event_time: "ts".into(), size_ms: 60, keys: vec![col("city")], aggs: vec![count()] };
/// let rows = df!("ts" => [0_i64, 10, 70], "city" => ["Rome", "Rome", "Rome"])?;
/// let mut aggregate = WindowAggregate::new(spec, &rows.clear())?;
/// let mut out = Vec::new();
/// aggregate.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// assert!(out.is_empty());
/// aggregate.on_watermark(59, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(59)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("count")?.i64()?.to_vec(), [Some(2)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct WindowAggregate {
    spec: WindowSpec,
    keys: Vec<KeyColumn>,
    aggs: Vec<AggColumn>,
    windows: BTreeMap<i64, Window>,
    watermark: i64,
    late: u64,
}

/// What is grouped and aggregated.
#[derive(Clone, Debug)]
pub struct WindowSpec {
    /// The event-time column.
    pub event_time: String,
    /// The length of a window, milliseconds.
    pub size_ms: i64,
    /// The keys.
    pub keys: Vec<Expr>,
    /// The aggregates.
    pub aggs: Vec<Agg>,
}

/// A key column of the output.
#[derive(Debug)]
struct KeyColumn {
    name: String,
    form: Form,
    data_type: DataType,
}

/// An aggregate column of the output, with an empty accumulator to begin each window with.
#[derive(Debug)]
struct AggColumn {
    accumulator: Accumulator,
    data_type: DataType,
}

/// The state of one window: its groups, and for each aggregate what has been accumulated.
#[derive(Debug)]
struct Window {
    groups: Groups,
    accumulators: Vec<Accumulator>,
}

const LAYOUT: u8 = 1;
const NAME: &str = "`agg`";

impl WindowAggregate {
    /// An aggregation of rows with the columns of `input`, a frame whose rows do not matter.
    ///
    /// # Errors
    /// A key or an aggregate does not fit these columns.
    pub fn new(spec: WindowSpec, input: &DataFrame) -> Result<Self> {
        let empty = input.clear();
        let keys = spec.keys.iter().map(|key| KeyColumn::new(key, &empty)).collect::<Result<_>>()?;
        let aggs = spec.aggs.iter().map(|agg| AggColumn::new(agg, &empty)).collect::<Result<_>>()?;
        if spec.size_ms < 1 {
            return Err(Error::new(ErrorKind::Plan, "a window needs a length of at least one millisecond"));
        }
        Ok(WindowAggregate { spec, keys, aggs, windows: BTreeMap::new(), watermark: i64::MIN, late: 0 })
    }

    /// The output without rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self) -> Result<DataFrame> {
        self.finish(&[])
    }

    /// Whether nothing can come any more for the window that starts here.
    fn is_complete(&self, start: i64) -> bool {
        start.saturating_add(self.spec.size_ms - 1) <= self.watermark
    }

    /// The rows of each window that is not complete; the late ones are counted.
    fn rows_by_window(&mut self, batch: &Batch) -> Result<BTreeMap<i64, Vec<u32>>> {
        let times = event_times(batch, &self.spec.event_time)?;
        let size = self.spec.size_ms;
        let mut windows: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        let mut current: Option<(i64, Vec<u32>)> = None;
        for (row, time) in times.iter().enumerate() {
            let Some(time) = time else { continue };
            let start = time.saturating_sub(time.rem_euclid(size));
            if self.is_complete(start) {
                self.late += 1;
                continue;
            }
            // Neighbours mostly share a window, so the tree is asked only when it changes.
            match &mut current {
                Some((window, rows)) if *window == start => rows.push(row as u32),
                _ => {
                    if let Some((window, rows)) = current.take() {
                        windows.insert(window, rows);
                    }
                    let mut rows = windows.remove(&start).unwrap_or_default();
                    rows.push(row as u32);
                    current = Some((start, rows));
                }
            }
        }
        windows.extend(current);
        Ok(windows)
    }

    /// The values of the key and aggregate columns of a batch.
    fn inputs(&self, frame: &DataFrame) -> Result<(Vec<Values>, Vec<Option<Values>>)> {
        let keys = self.spec.keys.iter().map(|key| values(&evaluate(key, frame)?)).collect::<Result<_>>()?;
        let input =
            |agg: &Agg| agg.input.as_ref().map(|expr| agg_input(agg.function, &evaluate(expr, frame)?)).transpose();
        let inputs = self.spec.aggs.iter().map(input).collect::<Result<_>>()?;
        Ok((keys, inputs))
    }

    /// The rows of these complete windows.
    fn finish(&self, complete: &[(i64, Window)]) -> Result<DataFrame> {
        let mut keys: Vec<Builder> = self.keys.iter().map(|key| Builder::new(key.form)).collect();
        let mut aggs: Vec<Builder> = self.aggs.iter().map(|agg| Builder::new(agg.accumulator.output())).collect();
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        for (start, window) in complete {
            let order = window.groups.in_order();
            for group in &order {
                decode(window.groups.key(*group), &mut keys).expect("a key in memory is one that was encoded");
            }
            for (accumulator, out) in window.accumulators.iter().zip(&mut aggs) {
                accumulator.finish(&order, out);
            }
            starts.resize(starts.len() + order.len(), Some(*start));
            ends.resize(starts.len(), Some(start.saturating_add(self.spec.size_ms)));
        }
        let height = starts.len();
        let mut columns = Vec::with_capacity(keys.len() + aggs.len() + 2);
        for (key, values) in self.keys.iter().zip(keys) {
            columns.push(values.finish(&key.name, &key.data_type)?);
        }
        columns.push(Builder::Int(starts).finish("window_start", &timestamp_type())?);
        columns.push(Builder::Int(ends).finish("window_end", &timestamp_type())?);
        for ((agg, spec), values) in self.aggs.iter().zip(&self.spec.aggs).zip(aggs) {
            columns.push(values.finish(&spec.name, &agg.data_type)?);
        }
        Ok(DataFrame::new(height, columns)?)
    }
}

/// The values of a column in the form that state is kept in.
fn values(series: &Series) -> Result<Values> {
    let refused = || Error::new(ErrorKind::Plan, format!("a list or a struct, `{}`, cannot be grouped", series.name()));
    Values::of(series)?.ok_or_else(refused)
}

/// What an aggregate takes of its input: counting takes any type, and of it only what is null.
fn agg_input(function: AggFunction, input: &Series) -> Result<Values> {
    if function == AggFunction::Count {
        let present = |is: Option<bool>| if is == Some(true) { Some(1) } else { None };
        return Ok(Values::Int(unary_elementwise(&input.is_not_null(), present)));
    }
    values(input)
}

impl KeyColumn {
    fn new(key: &Expr, empty: &DataFrame) -> Result<Self> {
        let values = evaluate(key, empty)?;
        let name = key.output_name().unwrap_or_default();
        let form = Values::of(&values)?.map(|v| v.form()).ok_or_else(|| {
            Error::new(ErrorKind::Plan, format!("column `{name}` cannot be a key: it is a list or a struct"))
        })?;
        Ok(KeyColumn { name, form, data_type: values.dtype().clone() })
    }
}

impl AggColumn {
    fn new(agg: &Agg, empty: &DataFrame) -> Result<Self> {
        use AggFunction::{Max, Mean, Min, Sum};
        let input = agg.input.as_ref().map(|expr| evaluate(expr, empty)).transpose()?;
        let refused = || {
            let what = agg.function.name();
            Error::new(
                ErrorKind::Plan,
                format!("`{what}` of column `{}` is not possible for values of its type", agg.name),
            )
        };
        let form = match &input {
            Some(input) => Some(agg_input(agg.function, input).map_err(|_| refused())?.form()),
            None => None,
        };
        let typed = form.zip(input.as_ref().map(|input| input.dtype()));
        let accumulator = Accumulator::new(agg.function, typed).ok_or_else(refused)?;
        let data_type = match (agg.function, typed) {
            (Mean, _) | (Sum, Some((Form::Float, _))) => DataType::Float64,
            (Min | Max, Some((_, data_type))) if *data_type != DataType::Null => data_type.clone(),
            _ => DataType::Int64,
        };
        Ok(AggColumn { accumulator, data_type })
    }
}

impl Window {
    fn new(aggs: &[AggColumn]) -> Self {
        Window { groups: Groups::default(), accumulators: aggs.iter().map(|agg| agg.accumulator.fresh()).collect() }
    }
}

impl Operator for WindowAggregate {
    fn on_batch(&mut self, batch: Batch, _out: &mut Output) -> Result<()> {
        let by_window = self.rows_by_window(&batch)?;
        if by_window.is_empty() {
            return Ok(());
        }
        let (keys, inputs) = self.inputs(&batch.frame)?;
        let encoders = encoders(&keys);
        let mut key = Vec::new();
        for (start, rows) in by_window {
            let window = self.windows.entry(start).or_insert_with(|| Window::new(&self.aggs));
            let mut numbers = Vec::with_capacity(rows.len());
            for row in &rows {
                key.clear();
                encode(&encoders, *row as usize, &mut key);
                numbers.push(window.groups.number(&key));
            }
            let total = window.groups.len();
            for (accumulator, input) in window.accumulators.iter_mut().zip(&inputs) {
                accumulator.update(total, &numbers, &rows, input.as_ref());
            }
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        self.watermark = self.watermark.max(watermark);
        let mut complete = Vec::new();
        while let Some(first) = self.windows.first_entry() {
            if first.key().saturating_add(self.spec.size_ms - 1) > self.watermark {
                break;
            }
            complete.push(first.remove_entry());
        }
        if !complete.is_empty() {
            out.push(Message::Batch(Batch { partition: 0, frame: self.finish(&complete)? }));
        }
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.int(self.watermark);
        state.count(self.windows.len());
        for (start, window) in &self.windows {
            state.int(*start);
            window.groups.save(&mut state);
            for accumulator in &window.accumulators {
                accumulator.save(&mut state);
            }
        }
        Ok(state.finish())
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let mut state = StateReader::new(NAME, state, LAYOUT)?;
        self.watermark = state.int()?;
        self.windows.clear();
        for _ in 0..state.count()? {
            let start = state.int()?;
            let mut window = Window::new(&self.aggs);
            window.groups = Groups::load(&mut state)?;
            self.check_keys(&window.groups).ok_or_else(|| state.damaged())?;
            for accumulator in &mut window.accumulators {
                accumulator.load(window.groups.len(), &mut state)?;
            }
            self.windows.insert(start, window);
        }
        state.finish()
    }

    fn report(&self) -> Report {
        Report { late: self.late, open_windows: self.windows.keys().copied().collect(), ..Report::default() }
    }
}

impl WindowAggregate {
    /// Whether every key is one of this plan's, so that nothing later can find it is not.
    fn check_keys(&self, groups: &Groups) -> Option<()> {
        let mut columns: Vec<Builder> = self.keys.iter().map(|key| Builder::new(key.form)).collect();
        (0..groups.len()).try_for_each(|number| decode(groups.key(number as u32), &mut columns))
    }
}

#[cfg(test)]
mod tests;
