//! The plan: a list of nodes in topological order, each a step with its inputs. Pure data.

use crate::schema::Field;
use crate::{Agg, Expr, KeyPromise, OnFailure, RateBound, Sink, Source, Window};

/// The version of the JSON form that this crate writes, and the only one it reads.
pub const PLAN_VERSION: u32 = 1;

/// A whole pipeline. Nodes are in topological order, so every input has a smaller id than its node; a sink, where
/// there is one, is the last node.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Plan {
    /// [`PLAN_VERSION`].
    pub version: u32,
    /// The nodes; `nodes[i].id == i`.
    pub nodes: Vec<Node>,
}

/// One step of a [`Plan`] and where its rows come from.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Node {
    /// The place of this node in [`Plan::nodes`].
    pub id: u32,
    /// The ids of the nodes whose rows this one reads; empty for a source, one for every other step so far.
    pub inputs: Vec<u32>,
    /// What it does.
    pub step: Step,
}

/// What a node does to its rows.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Step {
    /// Reads rows from outside.
    Source(Source),
    /// Keeps the rows for which `predicate` is true (neither false nor null).
    Filter {
        /// A boolean expression.
        predicate: Expr,
    },
    /// Keeps exactly these columns.
    Select {
        /// One expression a column, named by its alias or its column.
        exprs: Vec<Expr>,
    },
    /// Adds these columns, or replaces the ones of the same name.
    WithColumns {
        /// One expression a column, named by its alias or its column.
        exprs: Vec<Expr>,
    },
    /// Renames columns.
    Rename {
        /// Which column gets which name.
        columns: Vec<Renamed>,
    },
    /// Removes columns.
    Drop {
        /// Their names.
        columns: Vec<String>,
    },
    /// Changes the types of columns; a value that does not fit becomes null.
    Cast {
        /// Which column gets which type.
        columns: Vec<Field>,
    },
    /// Declares which column is event time. Rows whose event time is null stay, but open no window and move no watermark.
    EventTime {
        /// A `TIMESTAMP` column, or a `BIGINT` one of epoch milliseconds.
        column: String,
        /// Allowed out-of-orderness, milliseconds: the watermark is the largest event time seen minus this, per
        /// partition, and then the minimum over the partitions.
        delay_ms: u64,
        /// A partition silent for this long (milliseconds) no longer holds the watermark back; never, when absent.
        idle_after_ms: Option<u64>,
    },
    /// Checks every row: `predicate` has to be true, neither false nor null.
    Expect {
        /// The check's name: in dead letters, metrics and reports.
        name: String,
        /// A boolean expression.
        predicate: Expr,
        /// What becomes of the other rows.
        on_failure: OnFailure,
    },
    /// Checks how many rows `predicate` is true for. Every row passes.
    ExpectRate {
        /// The check's name.
        name: String,
        /// A boolean expression.
        predicate: Expr,
        /// How many it may or must be true for.
        bound: RateBound,
    },
    /// Checks how a key is spread. Every row passes.
    ExpectKey {
        /// The columns or expressions that are the key together.
        keys: Vec<Expr>,
        /// What is promised about it.
        promise: KeyPromise,
    },
    /// Groups rows by keys and window, and aggregates each group.
    Aggregate {
        /// The keys: columns or named expressions.
        keys: Vec<Expr>,
        /// The window; its bounds become the columns `window_start` and `window_end`.
        window: Option<Window>,
        /// The aggregates, each with its output name.
        aggs: Vec<Agg>,
    },
    /// Writes rows outside.
    Sink(Sink),
}

/// A column and its new name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Renamed {
    /// The name it has.
    pub from: String,
    /// The name it gets.
    pub to: String,
}

impl Step {
    /// The name of the verb that makes it in a cell, such as `filter`, `group_by` or `to_kafka`.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Source(source) => source.connector.name(),
            Step::Filter { .. } => "filter",
            Step::Select { .. } => "select",
            Step::WithColumns { .. } => "with_columns",
            Step::Rename { .. } => "rename",
            Step::Drop { .. } => "drop",
            Step::Cast { .. } => "cast",
            Step::EventTime { .. } => "event_time",
            Step::Expect { .. } => "expect",
            Step::ExpectRate { .. } => "expect_rate",
            Step::ExpectKey { .. } => "expect_key",
            Step::Aggregate { .. } => "group_by",
            Step::Sink(sink) => sink.name(),
        }
    }
}

impl Plan {
    /// A plan of these steps, one after the other.
    pub fn linear(steps: impl IntoIterator<Item = Step>) -> Plan {
        let nodes = (0u32..)
            .zip(steps)
            .map(|(id, step)| Node { id, inputs: id.checked_sub(1).into_iter().collect(), step })
            .collect();
        Plan { version: PLAN_VERSION, nodes }
    }

    /// The same plan without its sink: what a preview runs, and what the fingerprint is of.
    pub fn pipeline(&self) -> Plan {
        let nodes = self.nodes.iter().filter(|node| !matches!(node.step, Step::Sink(_))).cloned().collect();
        Plan { version: self.version, nodes }
    }

    /// Where its rows go, when it says so.
    pub fn sink(&self) -> Option<&Sink> {
        self.nodes.iter().rev().find_map(|node| match &node.step {
            Step::Sink(sink) => Some(sink),
            _ => None,
        })
    }

    /// Where its rows come from.
    ///
    /// # Panics
    ///
    /// If there is no source: a plan put together by hand. A plan of a [`crate::Stream`] or read from JSON has one.
    pub fn source(&self) -> &Source {
        let mut sources = self.nodes.iter().filter_map(|node| match &node.step {
            Step::Source(source) => Some(source),
            _ => None,
        });
        sources.next().expect("a plan begins with its source")
    }

    /// The same plan reading from another source: how a resolved format and schema come in.
    pub fn with_source(&self, source: Source) -> Plan {
        let mut plan = self.clone();
        let place = plan.nodes.iter_mut().find(|node| matches!(node.step, Step::Source(_)));
        if let Some(node) = place {
            node.step = Step::Source(source);
        }
        plan
    }

    /// A node as people call it: ``step 3, `filter` ``.
    pub fn describe(&self, node: u32) -> String {
        match self.nodes.iter().find(|candidate| candidate.id == node) {
            Some(found) => format!("step {}, `{}`", u64::from(node) + 1, found.step.name()),
            None => format!("step {}", u64::from(node) + 1),
        }
    }

    /// Whether ids count up from 0, each node reads the one before it, and the first one, alone, is a source.
    pub(crate) fn well_formed(&self) -> Result<(), String> {
        if self.nodes.is_empty() {
            return Err("it has no nodes".into());
        }
        for (expected, node) in (0u32..).zip(&self.nodes) {
            let id = node.id;
            if id != expected {
                return Err(format!("node {expected} has the id {id}"));
            }
            match (id, &node.step, node.inputs.as_slice()) {
                (0, Step::Source(_), []) => {}
                (0, ..) => return Err("its first node is not a source".into()),
                (_, Step::Source(_), _) => return Err(format!("node {id} is a second source")),
                (_, _, [input]) if *input == id - 1 => {}
                _ => return Err(format!("node {id} does not read node {}", id - 1)),
            }
        }
        Ok(())
    }
}
