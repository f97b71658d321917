//! Finds every mistake a user can make in a plan before anything runs, each with its step and a hint.

mod call;
mod changing;
mod checks;
mod columns;
mod edges;
mod expr_type;
mod groups;
#[cfg(test)]
mod join_tests;
mod joins;
mod nested;
#[cfg(test)]
mod tests;
mod times;
mod together;

use crate::expr::{Expr, Literal};
use crate::mistake::{Mistake, PlanError};
use crate::names::suggest;
use crate::{Node, Plan, Schema, Step};

/// A reader of JSON follows 128 levels; what a plan and a request put around an expression takes fewer than 28.
const DEEPEST: usize = 100;

/// Checks a whole plan. Gives the columns that leave each node, one schema a node; or, when the columns of the source are
/// not known yet, an empty vector, and then only what needs no columns was checked. Mistakes that do not follow from each
/// other are reported together, in the order of the steps.
///
/// ```
/// # use headwater::prelude::*;
/// let cities = files("orders.json").schema("city STRING, amount DOUBLE").select(["citty"]);
/// let errors = headwater::validate(&cities.plan()).unwrap_err();
/// assert_eq!(errors[0].to_string(), "no column `citty`\nhint: did you mean `city`? columns: city, amount");
/// ```
pub fn validate(plan: &Plan) -> Result<Vec<Schema>, Vec<PlanError>> {
    if let Err(reason) = plan.well_formed() {
        return Err(vec![Mistake::new(format!("not a plan: {reason}")).at(0)]);
    }
    let mut checker = Checker::new(plan, &[]);
    let schemas: Vec<Option<Schema>> = plan.nodes.iter().map(|node| checker.node(node)).collect();
    if checker.errors.is_empty() {
        Ok(schemas.into_iter().collect::<Option<Vec<_>>>().unwrap_or_default())
    } else {
        Err(checker.errors)
    }
}

/// All that is wrong with a plan as far as can be known: what its builder noted, and what [`validate`] finds that does not
/// follow from it. A node that was noted is not what was meant, so nothing more is said of it; nor of one with SQL text, which is
/// read on the other side of a request; nor of a plan that goes on with a pipeline of the kernel, which is known there alone.
pub fn mistakes(plan: &Plan, noted: &[PlanError]) -> Vec<PlanError> {
    if plan.nodes.iter().any(|node| matches!(node.step, Step::Recall(_))) {
        return noted.to_vec();
    }
    if plan.well_formed().is_err() {
        return validate(plan).err().unwrap_or_default();
    }
    let mut checker = Checker { sql_is_read: false, ..Checker::new(plan, noted) };
    for node in &plan.nodes {
        checker.node(node);
    }
    let mut all = noted.to_vec();
    all.extend(checker.errors);
    all.sort_by_key(|error| error.node);
    all
}

/// What is known on the way through the plan, node by node.
struct Checker<'a> {
    plan: &'a Plan,
    /// What is known to be wrong already.
    noted: &'a [PlanError],
    errors: Vec<PlanError>,
    /// The columns before the current node; `None` when they cannot be known.
    schema: Option<Schema>,
    /// The event time declared so far.
    time: Option<EventTime>,
    /// The first node that filters.
    filtered: Option<u32>,
    /// The node that aggregates.
    aggregated: Option<u32>,
    /// The first node whose rows are of several inputs.
    together: Option<u32>,
    /// What is known of the rows that leave each node so far.
    known: Vec<Known>,
    /// SQL text that is still in the plan is a mistake; otherwise its steps are left to whoever reads it.
    sql_is_read: bool,
}

/// What is known of the rows that leave a node: as in [`Checker`], which holds it of the current node's input.
#[derive(Clone, Default)]
struct Known {
    schema: Option<Schema>,
    time: Option<EventTime>,
    filtered: Option<u32>,
    aggregated: Option<u32>,
    together: Option<u32>,
}

#[derive(Clone)]
struct EventTime {
    column: String,
    /// The first node after which the column is gone or another.
    lost_at: Option<u32>,
}

impl<'a> Checker<'a> {
    fn new(plan: &'a Plan, noted: &'a [PlanError]) -> Self {
        Checker {
            plan,
            noted,
            errors: Vec::new(),
            schema: None,
            time: None,
            filtered: None,
            aggregated: None,
            together: None,
            known: Vec::new(),
            sql_is_read: true,
        }
    }

    /// Takes up what is known of the rows that the node reads; of several inputs, of the first.
    fn enter(&mut self, node: &Node) {
        let before = node.inputs.first().and_then(|input| self.known.get(*input as usize)).cloned();
        let Known { schema, time, filtered, aggregated, together } = before.unwrap_or_default();
        (self.schema, self.time, self.filtered) = (schema, time, filtered);
        (self.aggregated, self.together) = (aggregated, together);
    }

    /// Remembers what is known of the rows that leave the node.
    fn leave(&mut self) {
        let (schema, time) = (self.schema.clone(), self.time.clone());
        let (filtered, aggregated, together) = (self.filtered, self.aggregated, self.together);
        self.known.push(Known { schema, time, filtered, aggregated, together });
    }

    fn is_noted(&self, node: u32) -> bool {
        self.noted.iter().any(|error| error.node == node)
    }

    fn wrong(&mut self, node: u32, mistake: Mistake) {
        let error = mistake.at(node);
        // The same column misspelt twice in one step is one mistake.
        if !self.is_noted(node) && !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    /// Checks one node; gives the columns that leave it, when they can be known.
    fn node(&mut self, node: &Node) -> Option<Schema> {
        let told = self.tellable(node);
        self.enter(node);
        let before = self.schema.take();
        let id = node.id;
        if !self.sql_is_read && step_exprs(&node.step).into_iter().any(Expr::has_sql) {
            return self.unread(node, before);
        }
        let after = match &node.step {
            Step::Source(source) => self.source(id, source),
            Step::Recall(recalled) => self.recalled(id, recalled),
            Step::Filter { predicate } => self.filter(id, predicate, before),
            Step::Select { exprs } => self.select(id, exprs, before),
            Step::WithColumns { exprs } => self.with_columns(id, exprs, before),
            Step::Rename { columns } => self.rename(id, columns, before),
            Step::Drop { columns } => self.drop(id, columns, before),
            Step::Cast { columns } => self.cast(id, columns, before),
            Step::EventTime { column, .. } => self.event_time(id, column, before),
            Step::Expect { name, predicate, on_failure } => self.expect(id, (name, predicate), *on_failure, before),
            Step::ExpectRate { name, predicate, bound } => self.expect_rate(id, (name, predicate), *bound, before),
            Step::ExpectKey { keys, promise } => self.expect_key(id, keys, promise, before),
            Step::Aggregate { keys, window, aggs, expire_after_ms } => {
                self.aggregate(id, keys, (window.as_ref(), *expire_after_ms), aggs, before)
            }
            Step::Unique { keys, within_ms } => self.unique_rows(id, keys, *within_ms, before),
            Step::Top { n, by, per, .. } => self.top(id, *n, (node.step.name(), by), per, before),
            Step::Union => self.union(id, &node.inputs),
            Step::Join { kind: _, left_on, right_on, suffix, bound } => {
                self.join(id, &node.inputs, (left_on, right_on), suffix, bound.as_ref())
            }
            Step::Explode { column } => self.explode(id, column, before),
            Step::Unnest { column } => self.unnest(id, column, before),
            Step::Sink(sink) => self.sink(id, sink, before),
        };
        let makes_columns = !matches!(
            node.step,
            Step::Source(_)
                | Step::Recall(_)
                | Step::EventTime { .. }
                | Step::Filter { .. }
                | Step::Unique { .. }
                | Step::Top { .. }
                | Step::Expect { .. }
                | Step::ExpectRate { .. }
                | Step::ExpectKey { .. }
        );
        let as_meant = told && !(makes_columns && self.is_noted(id));
        self.schema = if as_meant { after } else { None };
        self.changing(node);
        self.leave();
        self.schema.clone()
    }

    /// Passes a step over whose SQL text only the reader of the request understands. Of a filter, the columns are known all the same.
    fn unread(&mut self, node: &Node, before: Option<Schema>) -> Option<Schema> {
        match &node.step {
            Step::Expect { .. } | Step::ExpectRate { .. } | Step::ExpectKey { .. } => self.schema = before,
            Step::Filter { .. } => {
                self.filtered.get_or_insert(node.id);
                self.schema = before;
            }
            Step::Aggregate { .. } => {
                self.aggregated.get_or_insert(node.id);
            }
            _ => {}
        }
        self.leave();
        self.schema.clone()
    }

    /// Whether every expression of a node can be written as JSON and read back.
    fn tellable(&mut self, node: &Node) -> bool {
        let mistakes: Vec<Mistake> = step_exprs(&node.step).into_iter().filter_map(untellable).collect();
        let told = mistakes.is_empty();
        for mistake in mistakes {
            self.wrong(node.id, mistake);
        }
        told
    }

    /// The type of an expression; its mistakes are noted.
    fn type_of(&mut self, node: u32, expr: &Expr, schema: &Schema) -> Option<crate::DataType> {
        match expr_type::type_of(expr, schema) {
            Ok(data_type) => Some(data_type),
            Err(mistakes) => {
                for mistake in mistakes {
                    self.wrong(node, mistake);
                }
                None
            }
        }
    }
}

/// The expressions in a step.
pub(crate) fn step_exprs(step: &Step) -> Vec<&Expr> {
    match step {
        Step::Filter { predicate } | Step::Expect { predicate, .. } | Step::ExpectRate { predicate, .. } => {
            vec![predicate]
        }
        Step::ExpectKey { keys, .. } | Step::Unique { keys, .. } => keys.iter().collect(),
        Step::Top { by, per, .. } => per.iter().chain([by]).collect(),
        Step::Select { exprs } | Step::WithColumns { exprs } => exprs.iter().collect(),
        Step::Aggregate { keys, aggs, .. } => {
            keys.iter().chain(aggs.iter().filter_map(|agg| agg.input.as_ref())).collect()
        }
        _ => Vec::new(),
    }
}

/// Why an expression cannot travel as JSON.
pub(crate) fn untellable(expr: &Expr) -> Option<Mistake> {
    if expr.json_depth() > DEEPEST {
        let hint = "put a part of it into a column of its own with `.with_columns`";
        return Some(Mistake::new("the expression is nested too deeply").hint(hint));
    }
    let number = expr.non_finite()?;
    literal_mistake(&Expr::Literal(Literal::Float(number)))
}

fn literal_mistake(expr: &Expr) -> Option<Mistake> {
    match expr {
        Expr::Literal(Literal::Float(number)) if !number.is_finite() => Some(
            Mistake::new(format!("the constant `{number}` is not a finite number")).hint("for no value write `null()`"),
        ),
        _ => None,
    }
}

/// ``no column `amout` ``, with the nearest name and the list.
fn no_column(name: &str, schema: &Schema) -> Mistake {
    const SHOWN: usize = 30;
    let names = schema.names();
    let mut list = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN {
        list.push_str(&format!(" … and {} more", names.len() - SHOWN));
    }
    let near = suggest(name, names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    Mistake::new(format!("no column `{name}`")).hint(format!("{near}columns: {list}"))
}
