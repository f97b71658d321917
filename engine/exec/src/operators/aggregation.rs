//! What the operators that group have in common: the keys and inputs of a batch, empty tables, and the columns of the results.

use headwater::{Agg, AggFunction, Expr, Window};
use polars::prelude::arity::unary_elementwise;
use polars::prelude::{DataFrame, DataType, Series};

use super::event_time::event_times;
use super::rows_in::picked;
use super::{Operator, Output, SessionAggregate, SessionsOf, WindowAggregate, WindowedBy};
use crate::expression::evaluate;
use crate::runtime::Share;
use crate::state::accumulator::{Accumulator, Input, accumulator};
use crate::state::groups::{Groups, decoded};
use crate::state::table::GroupTable;
use crate::state::values::{Builder, Form, Values};
use crate::types::timestamp_type;
use crate::{Aside, Batch, Error, ErrorKind, Message, Result, Why};

/// The operator of a group-by in windows, over rows with the columns of `input`, and its output without rows.
///
/// # Errors
/// A key, an aggregate or the window does not fit; validation of the plan should have found it.
pub fn windowed(
    event_time: &str,
    window: &Window,
    keys: &[Expr],
    aggs: &[Agg],
    input: &DataFrame,
) -> Result<(Box<dyn Operator>, DataFrame)> {
    let (event_time, keys, aggs) = (event_time.to_owned(), keys.to_vec(), aggs.to_vec());
    if let Window::Session { gap_ms } = window {
        let gap_ms = i64::try_from(*gap_ms)
            .map_err(|_| Error::new(ErrorKind::Plan, format!("a gap of {gap_ms} ms is too long")))?;
        let sessions = SessionAggregate::new(&SessionsOf { event_time, gap_ms, keys, aggs }, input)?;
        let output = sessions.output()?;
        return Ok((Box::new(sessions), output));
    }
    let windows = WindowAggregate::new(&WindowedBy { event_time, window: *window, keys, aggs }, input)?;
    let output = windows.output()?;
    Ok((Box::new(windows), output))
}

/// The operator of a group-by without a window, whose keys expire after so long, and its output without rows.
///
/// # Errors
/// A key, an aggregate or the time does not fit; validation of the plan should have found it.
pub fn changing(
    event_time: &str,
    expire_after_ms: u64,
    keys: &[Expr],
    aggs: &[Agg],
    input: &DataFrame,
) -> Result<(Box<dyn Operator>, DataFrame)> {
    let (event_time, keys, aggs) = (event_time.to_owned(), keys.to_vec(), aggs.to_vec());
    let gap_ms = i64::try_from(expire_after_ms)
        .map_err(|_| Error::new(ErrorKind::Plan, format!("an expiry of {expire_after_ms} ms is too long")))?;
    let changing = SessionAggregate::changing(&SessionsOf { event_time, gap_ms, keys, aggs }, input)?;
    let output = changing.output()?;
    Ok((Box::new(changing), output))
}

/// The late rows of a batch, put aside.
pub(super) fn put_late_aside(batch: &Batch, late: Vec<u32>, out: &mut Output) -> Result<()> {
    if !late.is_empty() {
        out.push(Message::Aside(Aside::new(batch.partition, picked(&batch.frame, late)?, Why::Late)));
    }
    Ok(())
}

/// Which keys and aggregates, over which event time.
#[derive(Debug)]
pub(super) struct Aggregation {
    event_time: String,
    keys: Vec<KeyColumn>,
    aggs: Vec<AggColumn>,
}

/// A key column of the output.
#[derive(Debug)]
struct KeyColumn {
    expr: Expr,
    name: String,
    form: Form,
    data_type: DataType,
}

/// An aggregate column of the output, with an empty accumulator to begin each table with.
#[derive(Debug)]
struct AggColumn {
    agg: Agg,
    accumulator: Box<dyn Accumulator>,
    data_type: DataType,
}

/// What an aggregation takes of a batch.
pub(super) struct Taken {
    /// Event times, null where there is none.
    pub(super) times: Vec<Option<i64>>,
    /// The same with 0 for null, for accumulators, which see no such row.
    plain_times: Vec<i64>,
    partition: u32,
    /// The key columns.
    pub(super) keys: Vec<Values>,
    inputs: Vec<Option<Values>>,
}

impl Taken {
    /// One input an aggregate.
    pub(super) fn inputs(&self) -> Vec<Input<'_>> {
        let (times, partition) = (self.plain_times.as_slice(), self.partition);
        self.inputs.iter().map(|values| Input { values: values.as_ref(), times, partition }).collect()
    }
}

impl Aggregation {
    /// Of rows with the columns of `input`, a frame whose rows do not matter.
    ///
    /// # Errors
    /// A key or an aggregate does not fit these columns.
    pub(super) fn new(event_time: &str, keys: &[Expr], aggs: &[Agg], input: &DataFrame) -> Result<Self> {
        let empty = input.clear();
        Ok(Aggregation {
            event_time: event_time.to_owned(),
            keys: keys.iter().map(|key| KeyColumn::new(key, &empty)).collect::<Result<_>>()?,
            aggs: aggs.iter().map(|agg| AggColumn::new(agg, &empty)).collect::<Result<_>>()?,
        })
    }

    /// The times, keys and inputs of a batch.
    pub(super) fn take(&self, batch: &Batch) -> Result<Taken> {
        let times = event_times(batch, &self.event_time)?.to_vec();
        let keys = self.keys.iter().map(|key| values(&evaluate(&key.expr, &batch.frame)?)).collect::<Result<_>>()?;
        let input = |column: &AggColumn| {
            let expr = column.agg.input.as_ref();
            expr.map(|expr| agg_input(column.agg.function, &evaluate(expr, &batch.frame)?)).transpose()
        };
        let inputs = self.aggs.iter().map(input).collect::<Result<_>>()?;
        let plain_times = times.iter().map(|time| time.unwrap_or(0)).collect();
        Ok(Taken { times, plain_times, partition: batch.partition, keys, inputs })
    }

    /// The keys.
    pub(super) fn key_exprs(&self) -> Vec<Expr> {
        self.keys.iter().map(|key| key.expr.clone()).collect()
    }

    /// A table without groups. All others are made of it, by [`GroupTable::fresh`].
    pub(super) fn table(&self) -> GroupTable {
        GroupTable::new(self.accumulators())
    }

    /// One empty accumulator an aggregate.
    pub(super) fn accumulators(&self) -> Vec<Box<dyn Accumulator>> {
        self.aggs.iter().map(|agg| agg.accumulator.fresh()).collect()
    }

    /// Empty columns, one a key.
    pub(super) fn key_builders(&self) -> Vec<Builder> {
        self.keys.iter().map(|key| Builder::new(key.form)).collect()
    }

    /// Which of these encoded keys are of a share; none if one of them is no key of this aggregation.
    ///
    /// # Errors
    /// A polars conversion failed.
    pub(super) fn held<'k>(
        &self,
        keys: impl ExactSizeIterator<Item = &'k [u8]>,
        share: Share,
    ) -> Result<Option<Vec<bool>>> {
        let height = keys.len();
        let like = |key: &KeyColumn| Series::new_empty(key.name.as_str().into(), &key.data_type);
        let columns = decoded(keys, &self.keys.iter().map(like).collect::<Vec<_>>())?;
        columns.map(|columns| share.holds(&columns, height)).transpose()
    }

    /// Results without rows.
    pub(super) fn results(&self) -> Results {
        Results {
            keys: self.key_builders(),
            starts: Vec::new(),
            ends: Vec::new(),
            aggs: self.aggs.iter().map(|agg| agg.accumulator.builder()).collect(),
            rows: 0,
        }
    }

    /// The columns of the results: keys, the bounds of the window if there is one, aggregates.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub(super) fn frame(&self, results: Results, windowed: bool) -> Result<DataFrame> {
        let mut columns = Vec::with_capacity(self.keys.len() + self.aggs.len() + 2);
        for (key, values) in self.keys.iter().zip(results.keys) {
            columns.push(values.finish(&key.name, &key.data_type)?);
        }
        if windowed {
            columns.push(Builder::Int(results.starts).finish("window_start", &timestamp_type())?);
            columns.push(Builder::Int(results.ends).finish("window_end", &timestamp_type())?);
        }
        for (agg, values) in self.aggs.iter().zip(results.aggs) {
            columns.push(values.finish(&agg.agg.name, &agg.data_type)?);
        }
        Ok(DataFrame::new(results.rows, columns)?)
    }
}

/// Rows of results on their way into columns.
pub(super) struct Results {
    pub(super) keys: Vec<Builder>,
    pub(super) aggs: Vec<Builder>,
    starts: Vec<Option<i64>>,
    ends: Vec<Option<i64>>,
    rows: usize,
}

impl Results {
    /// Appends all groups of a window, in the order of their keys.
    pub(super) fn window(&mut self, table: &GroupTable, start: i64, end: i64) {
        let order = Groups::in_order(table.groups());
        table.finish(&order, &mut self.keys, &mut self.aggs);
        self.bounds(order.len(), start, end);
    }

    /// Notes that so many rows of a window were appended to keys and aggregates.
    pub(super) fn bounds(&mut self, rows: usize, start: i64, end: i64) {
        self.rows += rows;
        self.starts.resize(self.rows, Some(start));
        self.ends.resize(self.rows, Some(end));
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
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
        Ok(KeyColumn { expr: key.clone(), name, form, data_type: values.dtype().clone() })
    }
}

impl AggColumn {
    fn new(agg: &Agg, empty: &DataFrame) -> Result<Self> {
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
        let (accumulator, data_type) = accumulator(agg.function, typed).ok_or_else(refused)?;
        Ok(AggColumn { agg: agg.clone(), accumulator, data_type })
    }
}
