//! From a resolved plan to the graph of operators that runs it.

use std::collections::{BTreeMap, BTreeSet};

use headwater::{Agg, Expr, JoinBound, KeyPromise, Node, Plan, RateBound, Schema, Source, Step, Window};
use headwater_profile::{KeyContract, RateLimit};
use polars::prelude::DataFrame;

use crate::operators::{
    Cast, Drop, EventTime, Expect, ExpectKey, ExpectRate, Explode, Filter, IntervalJoin, IntervalSpec, JoinColumns,
    Judged, LocalAggregate, Lookup, MergeOperator, Operator, Partners, Ranking, Rename, RowStep, Select, TableSlot,
    Top, Union, Unique, Unnest, WindowJoin, WindowJoinSpec, WindowedBy, WithColumns, changing, windowed,
};
use crate::runtime::{Graph, Horizon, Tap, TapCount, TapSettings};
use crate::tables::{TableSpec, stream_sources, streamed, tables};
use crate::types::empty_frame;
use crate::used_columns::used_columns;
use crate::{Error, ErrorKind, Result};

/// The operators of a resolved plan, and the columns that come out of them.
#[derive(Debug)]
pub struct Pipeline {
    /// The operators; sources and sink are not among them.
    pub graph: Graph,
    /// The output, without rows.
    pub output: DataFrame,
    /// The sources that rows stream from, in the order of the plan.
    pub sources: Vec<SourceSpec>,
    /// Whether its rows are of windows.
    pub windowed: bool,
    /// The tables that its lookups meet, and where they find them.
    pub tables: Vec<(TableSpec, TableSlot)>,
    /// Of each join what becomes of its rows, if it was asked to note that.
    pub(crate) books: BTreeMap<u32, Partners>,
}

/// How a plan reads a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceSpec {
    /// Its node.
    pub node: u32,
    /// The columns of the payload that the plan reads; all, when absent.
    pub columns: Option<Vec<String>>,
    /// Event time, where the plan takes it from this source.
    pub time: Option<TimeSpec>,
}

/// How a plan takes event time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSpec {
    /// The node that does.
    pub node: u32,
    /// The column.
    pub column: String,
    /// Allowed out-of-orderness, milliseconds.
    pub delay_ms: u64,
    /// After which silence a partition is idle, milliseconds; never, when absent.
    pub idle_after_ms: Option<u64>,
    /// How far ahead event times may be; whoever drives the pipeline tells it the time.
    pub horizon: Horizon,
}

impl Pipeline {
    /// The operators of `plan`, over sources of so many partitions: those that rows stream from, in the order of the plan.
    ///
    /// # Errors
    /// The plan is not resolved, or has a mistake that validation should have found.
    pub fn new(plan: &Plan, partitions: &[u32]) -> Result<Self> {
        Pipeline::in_lanes(plan, partitions, 1)
    }

    /// The operators of one of so many lanes, which run side by side. What combines is done in two phases when there are several.
    ///
    /// # Errors
    /// As for [`Pipeline::new`].
    pub fn in_lanes(plan: &Plan, partitions: &[u32], lanes: usize) -> Result<Self> {
        Pipeline::build(plan, partitions, lanes, false)
    }

    /// The operators for a bounded run, whose joins note what becomes of their rows.
    ///
    /// # Errors
    /// As for [`Pipeline::new`].
    pub(crate) fn watched(plan: &Plan, partitions: &[u32]) -> Result<Self> {
        Pipeline::build(plan, partitions, 1, true)
    }

    fn build(plan: &Plan, partitions: &[u32], lanes: usize, watched: bool) -> Result<Self> {
        let streamed = streamed(plan);
        let is_run = |node: &&Node| streamed[node.id as usize] && !matches!(node.step, Step::Sink(_));
        let nodes: Vec<&Node> = plan.nodes.iter().filter(is_run).collect();
        let mut readers = vec![0; plan.nodes.len()];
        for input in nodes.iter().flat_map(|node| stream_inputs(node)) {
            readers[*input as usize] += 1;
        }
        let mut build = Build {
            graph: Graph::new(readers),
            partitions: partitions.to_vec(),
            lanes,
            sources: Vec::new(),
            flows: BTreeMap::new(),
            output: DataFrame::empty(),
            time: None,
            windowed: false,
            judged: Judged::by(plan),
            schemas: headwater::validate(plan).unwrap_or_default(),
            slots: BTreeMap::new(),
            watched,
            books: BTreeMap::new(),
        };
        for node in nodes {
            build.node(plan, node).map_err(|error| error.at(node.id))?;
        }
        let Build { graph, output, sources, windowed, mut slots, books, .. } = build;
        let with_slot = |spec: TableSpec| {
            let slot = slots.remove(&spec.node).unwrap_or_default();
            (spec, slot)
        };
        let tables = tables(plan).into_iter().map(with_slot).collect();
        Ok(Pipeline { graph, output, sources, windowed, tables, books })
    }

    /// Counts from now on how the keys of every group-by of `plan` are spread, and the columns of its sources if they are asked for.
    pub(crate) fn tap(&mut self, plan: &Plan, settings: &TapSettings) {
        if settings.count == TapCount::Columns {
            for (spec, (_, source)) in self.sources.iter().zip(stream_sources(plan)) {
                let Some(first) = plan.nodes.iter().find(|node| node.inputs.contains(&spec.node)) else { continue };
                let read = |name: &&str| spec.columns.as_ref().is_none_or(|read| read.iter().any(|own| own == name));
                let schema = source.columns().unwrap_or_default();
                for name in schema.names().into_iter().filter(read) {
                    self.graph.tap(first.id, Tap::new(vec![Expr::Column(name.to_owned())], &settings.workers));
                }
            }
        }
        for node in &plan.nodes {
            if let Step::Aggregate { keys, .. } = &node.step
                && !keys.is_empty()
            {
                self.graph.tap(node.id, Tap::new(keys.clone(), &settings.workers));
            }
        }
    }
}

/// A pipeline while it is put together.
struct Build {
    graph: Graph,
    partitions: Vec<u32>,
    lanes: usize,
    sources: Vec<SourceSpec>,
    /// What leaves each node so far.
    flows: BTreeMap<u32, Flow>,
    /// What comes into the current node from its first input, then what leaves it: the columns, without rows …
    output: DataFrame,
    /// … and the event time.
    time: Option<TimeSpec>,
    windowed: bool,
    judged: Judged,
    /// The columns that leave each node of the plan, those that are not read included; empty if it has a mistake.
    schemas: Vec<Schema>,
    /// Of each lookup where it finds its table.
    slots: BTreeMap<u32, TableSlot>,
    /// Whether joins are to note what becomes of their rows, and the books in which they do.
    watched: bool,
    books: BTreeMap<u32, Partners>,
}

/// The inputs of a node that rows stream from: of a lookup only the first.
fn stream_inputs(node: &Node) -> &[u32] {
    match &node.step {
        Step::Join { bound: Some(JoinBound::Lookup { .. }), .. } => &node.inputs[..node.inputs.len().min(1)],
        _ => &node.inputs,
    }
}

/// What leaves a node.
#[derive(Clone)]
struct Flow {
    columns: DataFrame,
    time: Option<TimeSpec>,
    /// The sources of the rows, by their numbers.
    sources: BTreeSet<usize>,
}

impl Build {
    fn node(&mut self, plan: &Plan, node: &Node) -> Result<()> {
        let streams = stream_inputs(node);
        let inputs: Vec<Flow> = streams.iter().filter_map(|input| self.flows.get(input)).cloned().collect();
        let mut sources: BTreeSet<usize> = inputs.iter().flat_map(|flow| &flow.sources).copied().collect();
        if let Some(first) = inputs.first() {
            (self.output, self.time) = (first.columns.clone(), first.time.clone());
        }
        match (&node.step, streams) {
            (Step::Source(source), _) => {
                sources.insert(self.sources.len());
                self.source(plan, node.id, source)?;
            }
            (step, [input]) => {
                let local = self.local(step)?;
                let operator = match step {
                    Step::Join { .. } => self.lookup(plan, node)?,
                    Step::Unnest { column } => self.unnest(node, column)?,
                    step => self.step(node.id, step, &sources)?,
                };
                match local {
                    Some(local) => self.graph.push_two(node.id, step.name(), *input, (local, operator)),
                    None => self.graph.push(node.id, step.name(), *input, operator),
                }
            }
            (step, all) => {
                let operator = self.together(node, &inputs)?;
                self.graph.merge(node.id, step.name(), all, operator);
            }
        }
        let flow = Flow { columns: self.output.clone(), time: self.time.clone(), sources };
        self.flows.insert(node.id, flow);
        Ok(())
    }

    fn source(&mut self, plan: &Plan, node: u32, source: &Source) -> Result<()> {
        let mut all = source
            .columns()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "the plan is not resolved: its source has no schema"))?;
        let columns = used_columns(plan, node);
        let payload = source.schema.as_ref().map_or(0, |schema| schema.fields.len());
        if let Some(used) = &columns {
            let mut at = 0;
            all.fields.retain(|field| {
                at += 1;
                at > payload || used.contains(&field.name)
            });
        }
        let partitions = self.partitions.get(self.sources.len()).copied().unwrap_or(0);
        self.graph.source(node, partitions);
        self.sources.push(SourceSpec { node, columns, time: None });
        (self.output, self.time) = (empty_frame(&all), None);
        Ok(())
    }

    /// The operator of a step with one input.
    fn step(&mut self, node: u32, step: &Step, sources: &BTreeSet<usize>) -> Result<Box<dyn Operator>> {
        Ok(match step {
            Step::Filter { predicate } => self.rows(Filter::new(predicate.clone()))?,
            Step::Select { exprs } => self.rows(Select::new(exprs.clone()))?,
            Step::WithColumns { exprs } => self.rows(WithColumns::new(exprs.clone()))?,
            Step::Rename { columns } => self.rows(Rename::new(columns.clone()))?,
            Step::Drop { columns } => self.rows(Drop::new(columns.clone()))?,
            Step::Cast { columns } => self.rows(Cast::new(columns.clone()))?,
            Step::EventTime { column, delay_ms, idle_after_ms, future_limit_ms } => {
                let (delay_ms, idle_after_ms) = (*delay_ms, *idle_after_ms);
                let horizon = Horizon::new(*future_limit_ms);
                let time = TimeSpec { node, column: column.clone(), delay_ms, idle_after_ms, horizon: horizon.clone() };
                let source = sources.first().copied().unwrap_or(0);
                self.sources[source].time.get_or_insert(time.clone());
                self.time = Some(time);
                let partitions = self.partitions.get(source).copied().unwrap_or(0);
                Box::new(EventTime::new(column, delay_ms, partitions, self.judged).until(horizon))
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
            Step::Aggregate { keys, window, aggs, expire_after_ms } => {
                self.aggregate(keys, (window.as_ref(), *expire_after_ms), aggs)?
            }
            Step::Unique { keys, within_ms } => {
                let time = self.event_time("unique")?.column.clone();
                Box::new(Unique::new(time, keys.clone(), *within_ms, &self.output)?)
            }
            Step::Top { n, by, largest, per } => {
                let ranking = Ranking { n: *n, by: by.clone(), largest: *largest, per: per.clone() };
                Box::new(Top::new(ranking, &self.output)?)
            }
            Step::Explode { column } => self.rows(Explode::new(column))?,
            Step::Source(_)
            | Step::Recall(_)
            | Step::Sink(_)
            | Step::Union
            | Step::Join { .. }
            | Step::Unnest { .. } => {
                let message = format!("`{}` does not take one input", step.name());
                return Err(Error::new(ErrorKind::Internal, message));
            }
        })
    }

    /// The operator of a step with several inputs.
    fn together(&mut self, node: &Node, inputs: &[Flow]) -> Result<Box<dyn MergeOperator>> {
        match &node.step {
            Step::Union => {
                let union = Union::new(&inputs.iter().map(|flow| &flow.columns).collect::<Vec<_>>());
                self.output = self.output.select(union.columns().iter().map(String::as_str))?;
                Ok(Box::new(union))
            }
            Step::Join { bound: Some(JoinBound::Interval { before_ms, after_ms }), .. } => {
                let (columns, times, [left, right]) = self.join(node, inputs)?;
                let (before_ms, after_ms) = (millis(*before_ms)?, millis(*after_ms)?);
                let join = IntervalJoin::new(IntervalSpec { columns, times, before_ms, after_ms }, [left, right]);
                self.output = join.output()?;
                Ok(Box::new(join.noted_in(self.book(node.id))))
            }
            Step::Join { bound: Some(JoinBound::Window { window }), .. } => {
                let (columns, times, [left, right]) = self.join(node, inputs)?;
                let join = WindowJoin::new(WindowJoinSpec { columns, times }, window, [left, right])?;
                (self.output, self.time, self.windowed) = (join.output()?, None, true);
                Ok(Box::new(join.noted_in(self.book(node.id))))
            }
            other => {
                let message = format!("`{}` does not take {} inputs", other.name(), inputs.len());
                Err(Error::new(ErrorKind::Internal, message))
            }
        }
    }

    /// What joins in time have in common: the columns, the event time of each input, and its frame.
    fn join<'f>(&self, node: &Node, inputs: &'f [Flow]) -> Result<(JoinColumns, [String; 2], [&'f DataFrame; 2])> {
        let [left, right] = inputs else {
            return Err(Error::new(ErrorKind::Internal, "a join has two inputs"));
        };
        let time = |flow: &Flow| {
            let time = flow.time.as_ref().map(|time| time.column.clone());
            time.ok_or_else(|| Error::new(ErrorKind::Plan, "a join in time needs an event time in both streams"))
        };
        let columns = self.join_columns(node)?.of(&right.columns);
        Ok((columns, [time(left)?, time(right)?], [&left.columns, &right.columns]))
    }

    fn join_columns(&self, node: &Node) -> Result<JoinColumns> {
        let (Step::Join { kind, left_on, right_on, .. }, [left, right]) = (&node.step, node.inputs.as_slice()) else {
            return Err(Error::new(ErrorKind::Internal, "a join has two inputs"));
        };
        let inputs = (self.schema(*left)?, self.schema(*right)?);
        JoinColumns::new(*kind, (left_on, right_on), inputs, self.schema(node.id)?)
    }

    /// The columns that leave a node, those that are not read included.
    fn schema(&self, node: u32) -> Result<&Schema> {
        let unknown = || Error::new(ErrorKind::Internal, "the plan is not resolved, or has a mistake");
        self.schemas.get(node as usize).ok_or_else(unknown)
    }

    /// Where the join of a node notes what becomes of its rows.
    fn book(&mut self, node: u32) -> Option<Partners> {
        self.watched.then(|| self.books.entry(node).or_default().clone())
    }

    fn lookup(&mut self, plan: &Plan, node: &Node) -> Result<Box<dyn Operator>> {
        let columns = self.join_columns(node)?;
        let table = node.inputs.get(1).copied().unwrap_or_default();
        let table = Pipeline::new(&plan.up_to(table), &[])?.output;
        self.output = columns.output(&self.output, &table)?;
        let slot = self.slots.entry(node.id).or_default().clone();
        Ok(Box::new(Lookup::new(columns, slot).noted_in(self.book(node.id))))
    }

    fn unnest(&mut self, node: &Node, column: &str) -> Result<Box<dyn Operator>> {
        let before = self.schema(node.inputs.first().copied().unwrap_or_default())?;
        let place = before.index_of(column).unwrap_or_default();
        let fields = self.schema(node.id)?.fields.len() + 1 - before.fields.len();
        let names = self.schema(node.id)?.names().into_iter().skip(place).take(fields).map(str::to_owned).collect();
        self.rows(Unnest::new(column, names))
    }

    /// A step of rows, whose output columns are found by trying it on no rows.
    fn rows(&mut self, step: impl RowStep + 'static) -> Result<Box<dyn Operator>> {
        self.output = step.apply(self.output.clone())?;
        Ok(Box::new(step))
    }

    /// The event time of the rows here.
    fn event_time(&self, what: &str) -> Result<&TimeSpec> {
        self.time.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Plan, format!("`{what}` needs an event-time column"))
                .hint("Put `.event_time(\"ts\", \"10s\")` right after the source.")
        })
    }

    /// What combines rows before they come together by key, where several lanes do and it is worth it.
    fn local(&self, step: &Step) -> Result<Option<Box<dyn Operator>>> {
        let (Step::Aggregate { keys, window: Some(window), aggs, .. }, Some(time)) = (step, &self.time) else {
            return Ok(None);
        };
        if self.lanes < 2 || !LocalAggregate::combines(window, aggs) {
            return Ok(None);
        }
        let (event_time, keys, aggs) = (time.column.clone(), keys.clone(), aggs.clone());
        let spec = WindowedBy { event_time, window: *window, keys, aggs };
        Ok(Some(Box::new(LocalAggregate::new(&spec, &self.output, self.lanes)?)))
    }

    /// The operator of a group-by, whose output is this pipeline's from now on.
    fn aggregate(
        &mut self,
        keys: &[Expr],
        (window, expire_after_ms): (Option<&Window>, Option<u64>),
        aggs: &[Agg],
    ) -> Result<Box<dyn Operator>> {
        let time = self.event_time("group_by")?.column.clone();
        let (operator, output) = match (window, expire_after_ms) {
            (Some(window), _) => windowed(&time, window, keys, aggs, &self.output)?,
            (None, Some(millis)) => changing(&time, millis, keys, aggs, &self.output)?,
            (None, None) => {
                let message = "`group_by` without a window would keep every key for ever";
                let hint = "Add `.window(tumbling(\"1m\"))` or `.expire_after(\"7d\")` before `.agg(…)`.";
                return Err(Error::new(ErrorKind::Plan, message).hint(hint));
            }
        };
        self.windowed |= window.is_some();
        self.output = output;
        Ok(operator)
    }
}

fn millis(length: u64) -> Result<i64> {
    i64::try_from(length).map_err(|_| Error::new(ErrorKind::Plan, format!("a time of {length} ms is too long")))
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
        let pipeline = Pipeline::new(&plan, &[3]).unwrap();
        assert_eq!(pipeline.output.schema(), empty_frame(schemas.last().unwrap()).schema());
        assert_eq!((pipeline.windowed, pipeline.sources[0].time.as_ref().unwrap().delay_ms), (true, 10_000));
        let names: Vec<_> = pipeline.graph.board().steps().iter().map(|step| (step.node, step.name)).collect();
        let expected = ["event_time", "drop", "rename", "cast", "filter", "with_columns", "group_by"];
        assert_eq!(names, (1..).zip(expected).collect::<Vec<_>>());
    }

    #[test]
    fn inputs_of_a_union_may_have_their_columns_in_any_order() {
        let other =
            files("returns.json").json().schema("id BIGINT, amount DOUBLE, city STRING, note STRING, ts TIMESTAMP");
        let both = orders().filter(col("id").gt(0)).union(&other).union(&orders());
        let pipeline = Pipeline::new(&plan(&both), &[3, 1, 3]).unwrap();
        assert_eq!(pipeline.output.get_column_names(), ["ts", "city", "amount", "note", "id"]);
        assert_eq!(pipeline.sources.iter().map(|source| source.node).collect::<Vec<_>>(), [0, 2, 4]);
        // Only what both branches need is read of each, and what one of them has beyond that does not reach the union.
        let pipeline = Pipeline::new(&plan(&both.select(["city"])), &[3, 1, 3]).unwrap();
        let columns: Vec<_> = pipeline.sources.iter().map(|source| source.columns.clone().unwrap().join(" ")).collect();
        assert_eq!(columns, ["city id", "city", "city"]);
        assert_eq!(pipeline.output.get_column_names(), ["city"]);
    }

    #[test]
    fn an_unresolved_plan_is_refused() {
        let error = Pipeline::new(&plan(&kafka("localhost:9092", "orders")), &[1]).unwrap_err();
        assert_eq!((error.kind, error.node), (ErrorKind::Internal, Some(0)));
    }
}
