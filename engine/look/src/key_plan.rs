//! What is run to learn the key of every row: the pipeline with a last step that keeps the keys only.

use headwater::{AggFunction, Expr, Field, Node, Plan, PlanError, Step, Window};
use headwater_exec::operators::LocalAggregate;
use headwater_exec::{Error, ErrorKind};

use crate::mistakes::{Outcome, mistakes, one};

/// The keys that are asked for, and the plan that gives them.
#[derive(Clone, Debug)]
pub(crate) struct KeyPlan {
    /// Resolved and valid; its last step selects the keys as `key_0`, `key_1`, ….
    pub(crate) plan: Plan,
    /// The keys as they were written.
    pub(crate) exprs: Vec<Expr>,
    /// The columns that there are beside them.
    pub(crate) columns: Vec<Field>,
    /// How the step that groups by them aggregates, when they are those of a step.
    pub(crate) grouped: Option<Grouping>,
}

/// How a group-by step treats the rows of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grouping {
    /// Every aggregate can be computed in parts: a worker can send one row a key instead of all of them.
    pub(crate) combining: bool,
    /// This engine does so.
    pub(crate) combining_here: bool,
    /// How long the rows of a key are kept, milliseconds, when it has a window.
    pub(crate) window_ms: Option<i64>,
}

impl KeyPlan {
    /// The plan that gives `exprs` of every row; or, when there are none, the keys that the last group-by of `plan` takes, of
    /// the rows that go into it.
    pub(crate) fn new(plan: &Plan, exprs: &[Expr]) -> Outcome<KeyPlan> {
        let pipeline = plan.pipeline();
        if !exprs.is_empty() {
            return KeyPlan::of(pipeline, exprs, None);
        }
        let grouping = pipeline.nodes.iter().rposition(|node| matches!(node.step, Step::Aggregate { .. }));
        let Some(at) = grouping else {
            let error = Error::new(ErrorKind::Plan, "`keys()` of a pipeline that groups by nothing");
            return Err(one(
                error.hint("Name the key: `.keys(\"city\")`, or put `.group_by([\"city\"])…agg(…)` before it.")
            ));
        };
        let Step::Aggregate { keys, window, aggs, .. } = &pipeline.nodes[at].step else { return Err(Vec::new()) };
        let combining = |function: AggFunction| match function {
            // Each is a sum, or a smallest or largest, of those of the parts; a mean is two sums; a sketch is small
            // beside the rows it is of.
            AggFunction::Count
            | AggFunction::Sum
            | AggFunction::Min
            | AggFunction::Max
            | AggFunction::Mean
            | AggFunction::First
            | AggFunction::Last
            | AggFunction::ApproxCountDistinct
            | AggFunction::ApproxQuantile { .. } => true,
            // Their parts can be as large as the rows.
            AggFunction::CountDistinct | AggFunction::TopValues { .. } | AggFunction::Collect { .. } => false,
        };
        let window_ms = window.as_ref().and_then(|window| i64::try_from(window.length_ms()).ok()).filter(|ms| *ms > 0);
        // A session is known only once its rows are together.
        let sessions = matches!(window, Some(Window::Session { .. }));
        let grouped = Some(Grouping {
            combining: !sessions && aggs.iter().all(|agg| combining(agg.function)),
            combining_here: window.as_ref().is_some_and(|window| LocalAggregate::combines(window, aggs)),
            window_ms,
        });
        KeyPlan::of(pipeline.up_to(pipeline.nodes[at].inputs[0]), keys, grouped)
    }

    fn of(pipeline: Plan, exprs: &[Expr], grouped: Option<Grouping>) -> Outcome<KeyPlan> {
        let columns = headwater::validate(&pipeline).ok().and_then(|mut schemas| schemas.pop());
        let columns = columns.map(|schema| schema.fields).unwrap_or_default();
        Ok(KeyPlan { plan: keyed(pipeline, exprs)?, exprs: exprs.to_vec(), columns, grouped })
    }

    /// The same with `names`, columns of the pipeline, beside the keys. `None` when that is no valid plan, or there is none.
    pub(crate) fn beside(&self, names: &[String]) -> Option<KeyPlan> {
        let mut plan = self.plan.clone();
        let Step::Select { exprs } = &mut plan.nodes.last_mut()?.step else { return None };
        let named = |(at, name): (usize, &String)| Expr::Alias {
            input: Box::new(Expr::Column(name.clone())),
            name: format!("beside_{at}"),
        };
        exprs.extend(names.iter().enumerate().map(named));
        headwater::validate(&plan).ok().filter(|_| !names.is_empty())?;
        Some(KeyPlan { plan, exprs: self.exprs.clone(), columns: self.columns.clone(), grouped: self.grouped })
    }

    /// Each key as SQL text, without the name that it may have been given.
    pub(crate) fn columns(&self) -> Vec<String> {
        let bare = |expr: &Expr| match expr {
            Expr::Alias { input, .. } => input.to_string(),
            other => other.to_string(),
        };
        self.exprs.iter().map(bare).collect()
    }

    /// The keys as one text.
    pub(crate) fn name(&self) -> String {
        self.exprs.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ")
    }
}

/// That rows of the resolved `plan` have these keys.
///
/// # Errors
/// A column is missing, or a type does not fit.
pub fn check_keys(plan: &Plan, exprs: &[Expr]) -> Outcome<()> {
    if exprs.is_empty() { Ok(()) } else { keyed(plan.pipeline(), exprs).map(drop) }
}

/// The pipeline with a last step that keeps the keys only.
fn keyed(mut pipeline: Plan, exprs: &[Expr]) -> Outcome<Plan> {
    let last = u32::try_from(pipeline.nodes.len()).map_err(|_| one(Error::new(ErrorKind::Plan, "too many steps")))?;
    let named = |(at, input): (usize, &Expr)| Expr::Alias { input: Box::new(input.clone()), name: format!("key_{at}") };
    let step = Step::Select { exprs: exprs.iter().enumerate().map(named).collect() };
    pipeline.nodes.push(Node { id: last, inputs: vec![last - 1], step });
    match headwater::validate(&pipeline) {
        Ok(_) => Ok(pipeline),
        Err(errors) => Err(errors.iter().map(|error| of_key(error, last)).collect()),
    }
}

/// A mistake in the step that was added is one of the key, which is no step of the user's.
fn of_key(error: &PlanError, added: u32) -> Error {
    match mistakes(std::slice::from_ref(error)).pop() {
        Some(own) if error.node == added => Error { node: None, message: format!("in `keys`: {}", own.message), ..own },
        Some(own) => own,
        None => Error::new(ErrorKind::Internal, "a mistake without words"),
    }
}
