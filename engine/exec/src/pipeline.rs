//! From a resolved plan to the chain of operators that runs it.

use headwater::{Expr, KeyPromise, OnFailure, Plan, RateBound, Step, Window};
use headwater_profile::{KeyContract, RateLimit};
use polars::prelude::DataFrame;

use crate::operators::{
    Cast, Drop, EventTime, Expect, ExpectKey, ExpectRate, Filter, Operator, Rename, RowStep, Select, WindowAggregate,
    WindowSpec, WithColumns,
};
use crate::runtime::{Chain, Tap, TapCount, TapSettings};
use crate::types::empty_frame;
use crate::{Error, ErrorKind, Result};

/// The operators of a resolved plan, and the columns that come out of them.
#[derive(Debug)]
pub struct Pipeline {
    /// The operators; source and sink are not among them.
    pub chain: Chain,
    /// The output, without rows.
    pub output: DataFrame,
    /// Event time, where the plan has one.
    pub time: Option<TimeSpec>,
    /// The length of the windows, milliseconds, where the plan has such.
    pub window_ms: Option<i64>,
}

/// How a plan takes event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpec {
    /// The column.
    pub column: String,
    /// Allowed out-of-orderness, milliseconds.
    pub delay_ms: u64,
    /// After which silence a partition is idle, milliseconds; never, when absent.
    pub idle_after_ms: Option<u64>,
}

impl Pipeline {
    /// The operators of `plan`, over a source of `partitions` partitions.
    ///
    /// # Errors
    /// The plan is not resolved, or has a mistake that validation should have found.
    pub fn new(plan: &Plan, partitions: u32) -> Result<Self> {
        let columns = plan.source().columns().ok_or_else(|| {
            Error::new(ErrorKind::Internal, "the plan is not resolved: its source has no schema").at(0)
        })?;
        let mut pipeline =
            Pipeline { chain: Chain::default(), output: empty_frame(&columns), time: None, window_ms: None };
        for node in &plan.nodes {
            pipeline.step(node.id, &node.step, partitions).map_err(|error| error.at(node.id))?;
        }
        Ok(pipeline)
    }

    fn step(&mut self, node: u32, step: &Step, partitions: u32) -> Result<()> {
        let operator: Box<dyn Operator> = match step {
            Step::Source(_) | Step::Sink(_) => return Ok(()),
            Step::Filter { predicate } => self.rows(Filter::new(predicate.clone()))?,
            Step::Select { exprs } => self.rows(Select::new(exprs.clone()))?,
            Step::WithColumns { exprs } => self.rows(WithColumns::new(exprs.clone()))?,
            Step::Rename { columns } => self.rows(Rename::new(columns.clone()))?,
            Step::Drop { columns } => self.rows(Drop::new(columns.clone()))?,
            Step::Cast { columns } => self.rows(Cast::new(columns.clone()))?,
            Step::EventTime { column, delay_ms, idle_after_ms } => {
                let time = TimeSpec { column: column.clone(), delay_ms: *delay_ms, idle_after_ms: *idle_after_ms };
                self.time = Some(time);
                Box::new(EventTime::new(column, *delay_ms, partitions))
            }
            Step::Expect { name, predicate, on_failure } => Box::new(Expect::new(name, predicate.clone(), *on_failure)),
            Step::ExpectRate { name, predicate, bound } => {
                let limit = match bound {
                    RateBound::AtMost(share) => RateLimit::AtMost(*share),
                    RateBound::AtLeast(share) => RateLimit::AtLeast(*share),
                };
                Box::new(ExpectRate::new(name, predicate.clone(), limit))
            }
            Step::ExpectKey { keys, promise } => Box::new(ExpectKey::new(keys.clone(), contract(keys, promise))),
            Step::Aggregate { keys, window, aggs } => {
                let (event_time, size_ms) = self.window(window.as_ref())?;
                let spec = WindowSpec { event_time, size_ms, keys: keys.clone(), aggs: aggs.clone() };
                let aggregate = WindowAggregate::new(spec, &self.output)?;
                self.output = aggregate.output()?;
                self.window_ms = Some(size_ms);
                Box::new(aggregate)
            }
        };
        self.chain.push(node, step.name(), operator);
        Ok(())
    }

    /// Counts from now on how the keys of every group-by of `plan` are spread, and the columns of its source if they are asked for.
    pub(crate) fn tap(&mut self, plan: &Plan, settings: &TapSettings, columns: Option<&[String]>) {
        if settings.count == TapCount::Columns
            && let Some(first) = plan.nodes.iter().find(|node| !matches!(node.step, Step::Source(_)))
        {
            let read = |name: &&str| columns.is_none_or(|columns| columns.iter().any(|column| column == name));
            let schema = plan.source().columns().unwrap_or_default();
            for name in schema.names().into_iter().filter(read) {
                self.chain.tap(first.id, Tap::new(vec![Expr::Column(name.to_owned())], &settings.workers));
            }
        }
        for node in &plan.nodes {
            if let Step::Aggregate { keys, .. } = &node.step
                && !keys.is_empty()
            {
                self.chain.tap(node.id, Tap::new(keys.clone(), &settings.workers));
            }
        }
    }

    /// A step of rows, whose output columns are found by trying it on no rows.
    fn rows(&mut self, step: impl RowStep + 'static) -> Result<Box<dyn Operator>> {
        self.output = step.apply(self.output.clone())?;
        Ok(Box::new(step))
    }

    /// The event-time column and the length of a window.
    fn window(&self, window: Option<&Window>) -> Result<(String, i64)> {
        let Some(Window::Tumbling { size_ms }) = window else {
            return Err(Error::new(
                ErrorKind::Plan,
                "`group_by` without a window never gives a row of an endless stream",
            )
            .hint("Add `.window(tumbling(\"1m\"))` before `.agg(…)`."));
        };
        let Some(time) = &self.time else {
            return Err(Error::new(ErrorKind::Plan, "a window needs an event-time column")
                .hint("Put `.event_time(\"ts\", \"10s\")` right after the source."));
        };
        let size_ms = i64::try_from(*size_ms)
            .map_err(|_| Error::new(ErrorKind::Plan, format!("a window of {size_ms} ms is too long")))?;
        Ok((time.column.clone(), size_ms))
    }
}

/// What a plan promises of a key, for the room that judges it.
fn contract(keys: &[Expr], promise: &KeyPromise) -> KeyContract {
    KeyContract {
        key: keys.iter().map(Expr::to_string).collect::<Vec<_>>().join(", "),
        top_share_below: promise.top_share_below,
        keys_at_least: promise.keys_at_least,
        straggler_below: promise.straggler_below.map(|limit| (limit.workers, limit.factor)),
    }
}

/// The columns of the payload that a plan reads anywhere, in the schema's order; none when it needs all of them, because
/// they come out at its end.
pub fn used_columns(plan: &Plan) -> Option<Vec<String>> {
    let mut used: Vec<&str> = Vec::new();
    let mut bounded = false;
    for node in &plan.nodes {
        match &node.step {
            Step::Source(_) | Step::Sink(_) | Step::Drop { .. } => {}
            Step::Filter { predicate } => used.extend(predicate.columns()),
            Step::Select { exprs } => {
                used.extend(exprs.iter().flat_map(Expr::columns));
                bounded = true;
            }
            Step::WithColumns { exprs } => used.extend(exprs.iter().flat_map(Expr::columns)),
            Step::Rename { columns } => used.extend(columns.iter().map(|c| c.from.as_str())),
            Step::Cast { columns } => used.extend(columns.iter().map(|c| c.name.as_str())),
            Step::EventTime { column, .. } => used.push(column),
            // Rows that are put aside are kept whole.
            Step::Expect { on_failure: OnFailure::DeadLetter | OnFailure::Stop, .. } => return None,
            Step::Expect { predicate, .. } | Step::ExpectRate { predicate, .. } => used.extend(predicate.columns()),
            Step::ExpectKey { keys, .. } => used.extend(keys.iter().flat_map(Expr::columns)),
            Step::Aggregate { keys, aggs, .. } => {
                used.extend(keys.iter().flat_map(Expr::columns));
                used.extend(aggs.iter().filter_map(|agg| agg.input.as_ref()).flat_map(Expr::columns));
                bounded = true;
            }
        }
        if bounded {
            break;
        }
    }
    let dropped = |name: &str| {
        plan.nodes.iter().any(|node| matches!(&node.step, Step::Drop { columns } if columns.iter().any(|c| c == name)))
    };
    let schema = plan.source().schema.as_ref()?;
    let wanted = |name: &str| used.contains(&name) || dropped(name);
    bounded.then(|| schema.fields.iter().map(|f| f.name.clone()).filter(|name| wanted(name)).collect())
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;

    fn plan(stream: &Stream) -> Plan {
        stream.plan()
    }

    fn orders() -> Stream {
        kafka("localhost:9092", "orders")
            .json()
            .schema("ts TIMESTAMP, city STRING, amount DOUBLE, note STRING, id BIGINT")
    }

    fn every_step() -> Stream {
        orders()
            .event_time("ts", "10s")
            .drop(["note"])
            .rename([("amount", "paid")])
            .cast([("id", DataType::String)])
            .filter(col("paid").gt(0))
            .with_columns([(col("paid") * 2).alias("double")])
            .group_by(["city"])
            .window(tumbling("1m"))
            .agg([sum("double").alias("total"), count(), max("id").alias("last")])
    }

    #[test]
    fn the_output_has_the_columns_that_validation_gives() {
        let plan = plan(&every_step());
        let schemas = headwater::validate(&plan).unwrap();
        let pipeline = Pipeline::new(&plan, 3).unwrap();
        assert_eq!(pipeline.output.schema(), empty_frame(schemas.last().unwrap()).schema());
        assert_eq!((pipeline.window_ms, pipeline.time.unwrap().delay_ms), (Some(60_000), 10_000));
        let names: Vec<_> = pipeline.chain.steps().iter().map(|step| (step.node, step.name)).collect();
        let expected = ["event_time", "drop", "rename", "cast", "filter", "with_columns", "group_by"];
        assert_eq!(names, (1..).zip(expected).collect::<Vec<_>>());
    }

    #[test]
    fn only_the_columns_that_are_read_are_decoded() {
        assert_eq!(used_columns(&plan(&orders())), None);
        assert_eq!(used_columns(&plan(&orders().filter(col("id").gt(1)))), None);
        let names = |stream: &Stream| used_columns(&plan(stream)).unwrap().join(" ");
        assert_eq!(names(&orders().select([col("id")]).filter(col("id").gt(1))), "id");
        assert_eq!(names(&orders().filter(col("city").eq("Rome")).select([col("id")])), "city id");
        assert_eq!(names(&every_step()), "ts city amount note id");
        let plain = orders().event_time("ts", "1s").group_by(["city"]).window(tumbling("1m")).agg([count()]);
        assert_eq!(names(&plain), "ts city");
    }

    #[test]
    fn an_unresolved_plan_is_refused() {
        let error = Pipeline::new(&plan(&kafka("localhost:9092", "orders")), 1).unwrap_err();
        assert_eq!((error.kind, error.node), (ErrorKind::Internal, Some(0)));
    }
}
