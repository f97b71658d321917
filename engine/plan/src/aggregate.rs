//! Aggregates over the rows of a group, and the windows that bound a group in time.

use crate::Expr;

/// One aggregate of a group: which function, over which expression, under which name.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Agg {
    /// Which aggregate.
    pub function: AggFunction,
    /// What is aggregated; absent for `count()` of rows.
    pub input: Option<Expr>,
    /// The name of the output column.
    pub name: String,
}

/// The aggregate functions. Nulls are skipped; a sum, min, max or mean of no values is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum AggFunction {
    /// `BIGINT`: rows, or values that are not null.
    Count,
    /// `BIGINT` of integers (null on overflow), `DOUBLE` of floats.
    Sum,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// `DOUBLE`: the arithmetic mean.
    Mean,
}

/// How rows are cut in event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Window {
    /// Windows of one size, side by side: `[n·size, (n+1)·size)` from the epoch, UTC.
    Tumbling {
        /// Their length, milliseconds; at least 1.
        size_ms: u64,
    },
}
