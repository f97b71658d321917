//! The plan: a list of nodes in topological order, each a step with its inputs. Pure data.

use crate::schema::Field;
use crate::{Agg, Expr, Sink, Source, Window};

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

