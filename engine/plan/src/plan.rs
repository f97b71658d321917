//! The plan: a graph of nodes in topological order, each a step with its inputs. Pure data.

use crate::schema::Field;
use crate::{Agg, Expr, JoinBound, JoinKind, KeyPromise, OnFailure, RateBound, Sink, Source, Window};

/// The version of the JSON form that this crate writes, and the only one it reads.
pub const PLAN_VERSION: u32 = 1;

/// A whole pipeline: a graph without circles. Nodes are in topological order, so every input has a smaller id than its node.
/// The first node is a source, there may be others, and rows come out of the last node alone: the sink, where there is one.
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
    /// The ids of the nodes whose rows this one reads: none for a source, two or more for a `union`, one for most others.
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
    /// Stands for a pipeline of the kernel. Only a cell has it: whoever reads the cell's request puts that pipeline in its place, so that it is
    /// in no plan that is run, written or fingerprinted.
    Recall(Recalled),
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
        /// How far ahead of the clock an event time may be (milliseconds; an hour unless said); a row beyond is put aside, because one
        /// wrong clock would make everybody else's rows late. However far, when absent.
        #[cfg_attr(feature = "serde", serde(default = "future_limit"))]
        future_limit_ms: Option<u64>,
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
    /// Groups rows by keys and window, and aggregates each group. Without a window there is a row a key, which changes with every
    /// row that comes: only a sink that replaces rows can take it.
    Aggregate {
        /// The keys: columns or named expressions.
        keys: Vec<Expr>,
        /// The window; its bounds become the columns `window_start` and `window_end`.
        window: Option<Window>,
        /// The aggregates, each with its output name.
        aggs: Vec<Agg>,
        /// Without a window: a key without a row for so long (milliseconds of event time) is forgotten, and begins anew.
        #[cfg_attr(feature = "serde", serde(default))]
        expire_after_ms: Option<u64>,
    },
    /// Keeps the first row of each key within a length of event time.
    Unique {
        /// The keys: columns or expressions.
        keys: Vec<Expr>,
        /// The time within which there is one row of a key, milliseconds; at least 1.
        within_ms: u64,
    },
    /// Keeps the best rows of each window.
    Top {
        /// How many; at least 1.
        n: u32,
        /// The value they are best by.
        by: Expr,
        /// Whether the largest are the best, not the smallest.
        largest: bool,
        /// The keys of which each has its own best rows, beside the window.
        per: Vec<Expr>,
    },
    /// The rows of two or more inputs with the same columns, in the order of the first.
    Union,
    /// Brings rows of two inputs together that have equal keys; a null key matches nothing.
    Join {
        /// What becomes of a left row without a partner.
        kind: JoinKind,
        /// The keys in the left input, the first.
        left_on: Vec<String>,
        /// The keys in the right input, in the same order; they are no columns of the result.
        right_on: Vec<String>,
        /// What a column of the right input gets behind its name when the left input has one of that name.
        suffix: String,
        /// What bounds it; a join without is refused.
        bound: Option<JoinBound>,
    },
    /// A row for each element of a list; one with null, when the list is empty or null.
    Explode {
        /// The column of lists, which becomes one of elements.
        column: String,
    },
    /// The fields of a struct become columns in its place. One whose name is taken gets that of the struct and `_` before it.
    Unnest {
        /// The column of structs.
        column: String,
    },
    /// Writes rows outside.
    Sink(Sink),
}

/// Which pipeline of the kernel is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Recalled {
    /// Its name.
    pub name: String,
    /// Which of the pipelines that have had that name.
    pub serial: u64,
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

/// How far ahead of the clock an event time may be unless said otherwise: an hour.
pub(crate) const FUTURE_LIMIT_MS: u64 = 3_600_000;

#[cfg(feature = "serde")]
#[expect(clippy::unnecessary_wraps, reason = "serde's default has the type of the field")]
fn future_limit() -> Option<u64> {
    Some(FUTURE_LIMIT_MS)
}

impl Step {
    /// The name of the verb that makes it in a cell, such as `filter`, `group_by` or `to_kafka`.
    pub fn name(&self) -> &'static str {
        match self {
            Step::Source(source) => source.connector.name(),
            Step::Recall(_) => "recall",
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
            Step::Unique { .. } => "unique",
            Step::Top { largest: true, .. } => "top",
            Step::Top { largest: false, .. } => "bottom",
            Step::Union => "union",
            Step::Join { .. } => "join",
            Step::Explode { .. } => "explode",
            Step::Unnest { .. } => "unnest",
            Step::Sink(sink) => sink.name(),
        }
    }

    /// How many inputs it may read, at least and at most.
    fn inputs(&self) -> (usize, usize) {
        match self {
            Step::Source(_) | Step::Recall(_) => (0, 0),
            Step::Union => (2, usize::MAX),
            Step::Join { .. } => (2, 2),
            _ => (1, 1),
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

    /// The names of the keys whose rows change: those of a `group_by` without a window.
    pub fn changing_keys(&self) -> Option<Vec<String>> {
        self.nodes.iter().rev().find_map(|node| match &node.step {
            Step::Aggregate { keys, window: None, .. } => Some(keys.iter().filter_map(Expr::output_name).collect()),
            _ => None,
        })
    }

    /// Where its rows go, when it says so.
    pub fn sink(&self) -> Option<&Sink> {
        self.nodes.iter().rev().find_map(|node| match &node.step {
            Step::Sink(sink) => Some(sink),
            _ => None,
        })
    }

    /// Where its rows come from: every source with the id of its node, in the order of the nodes.
    pub fn sources(&self) -> Vec<(u32, &Source)> {
        let mut found = Vec::new();
        for node in &self.nodes {
            if let Step::Source(source) = &node.step {
                found.push((node.id, source));
            }
        }
        found
    }

    /// The source of a plan that has one; the first of several.
    ///
    /// # Panics
    ///
    /// If there is no source: a plan put together by hand. A plan of a [`crate::Stream`] or read from JSON has one.
    pub fn source(&self) -> &Source {
        self.sources().first().expect("a plan begins with a source").1
    }

    /// The same plan with these sources, in the order of [`Plan::sources`]: how resolved formats and schemas come in.
    pub fn with_sources(&self, sources: impl IntoIterator<Item = Source>) -> Plan {
        let mut plan = self.clone();
        let places = plan.nodes.iter_mut().filter(|node| matches!(node.step, Step::Source(_)));
        for (node, source) in places.zip(sources) {
            node.step = Step::Source(source);
        }
        plan
    }

    /// The part of the plan that makes the rows of `node`, which is its last.
    ///
    /// # Panics
    ///
    /// If there is no such node.
    pub fn up_to(&self, node: u32) -> Plan {
        let mut wanted = vec![false; self.nodes.len()];
        wanted[node as usize] = true;
        for reader in self.nodes[..=node as usize].iter().rev() {
            if wanted[reader.id as usize] {
                reader.inputs.iter().for_each(|input| wanted[*input as usize] = true);
            }
        }
        // What is left out moves the others forward.
        let mut places = vec![0; self.nodes.len()];
        let mut nodes: Vec<Node> = Vec::new();
        for own in self.nodes.iter().filter(|own| wanted[own.id as usize]) {
            let id = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            places[own.id as usize] = id;
            let inputs = own.inputs.iter().map(|input| places[*input as usize]).collect();
            nodes.push(Node { id, inputs, step: own.step.clone() });
        }
        Plan { version: self.version, nodes }
    }

    /// Whether each node reads the one before it, from one source to the end.
    pub fn is_linear(&self) -> bool {
        self.nodes.iter().all(|node| node.inputs.iter().copied().eq(node.id.checked_sub(1)))
    }

    /// A node as people call it: ``step 3, `filter` ``.
    pub fn describe(&self, node: u32) -> String {
        match self.nodes.iter().find(|candidate| candidate.id == node) {
            Some(found) => format!("step {}, `{}`", u64::from(node) + 1, found.step.name()),
            None => format!("step {}", u64::from(node) + 1),
        }
    }

    /// Whether ids count up from 0, each node reads as many as its step takes, all before it, the first one is a source, and all
    /// but the last are read.
    pub(crate) fn well_formed(&self) -> Result<(), String> {
        if self.nodes.is_empty() {
            return Err("it has no nodes".into());
        }
        let mut is_read = vec![false; self.nodes.len()];
        for (expected, node) in (0u32..).zip(&self.nodes) {
            let Node { id, inputs, step } = node;
            if *id != expected {
                return Err(format!("node {expected} has the id {id}"));
            }
            if *id == 0 && !matches!(step, Step::Source(_) | Step::Recall(_)) {
                return Err("its first node is not a source".into());
            }
            let (least, most) = step.inputs();
            if inputs.len() < least || inputs.len() > most {
                return Err(format!("node {id}, `{}`, has {} inputs", step.name(), inputs.len()));
            }
            for input in inputs {
                if input >= id {
                    return Err(format!("node {id} reads node {input}, which does not come before it"));
                }
                is_read[*input as usize] = true;
            }
        }
        match is_read[..self.nodes.len() - 1].iter().position(|is_read| !is_read) {
            Some(node) => Err(format!("no node reads node {node}")),
            None => Ok(()),
        }
    }
}
