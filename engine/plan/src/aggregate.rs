//! Aggregates over the rows of a group, and the windows that bound a group in time.

use std::fmt;

use crate::Expr;
use crate::duration::{format_duration, parse_duration};
use crate::expr::IntoColumn;
use crate::mistake::Mistake;
use crate::names::write_name;

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

impl AggFunction {
    /// Its name, as in a plan's JSON.
    pub fn name(self) -> &'static str {
        match self {
            AggFunction::Count => "count",
            AggFunction::Sum => "sum",
            AggFunction::Min => "min",
            AggFunction::Max => "max",
            AggFunction::Mean => "mean",
        }
    }
}

impl Agg {
    fn of(function: AggFunction, input: Expr) -> Agg {
        let column = input.output_name();
        let name = column.map_or(function.name().to_string(), |column| format!("{column}_{}", function.name()));
        Agg { function, input: Some(input), name }
    }

    /// The same aggregate under another column name.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(sum("eur").alias("revenue").to_string(), "sum(eur) as revenue");
    /// ```
    pub fn alias(&self, name: impl Into<String>) -> Agg {
        Agg { name: name.into(), ..self.clone() }
    }

    /// The call without its name: `sum(eur)`.
    pub(crate) fn call(&self) -> String {
        let input = self.input.as_ref().map(Expr::to_string).unwrap_or_default();
        format!("{}({input})", self.function.name())
    }
}

impl fmt::Display for Agg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as ", self.call())?;
        write_name(f, &self.name)
    }
}

/// How many rows, as the column `count`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(count().to_string(), "count() as count");
/// ```
pub fn count() -> Agg {
    Agg { function: AggFunction::Count, input: None, name: "count".into() }
}

/// How many values that are not null, as the column `<column>_count`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(count_of("amount").to_string(), "count(amount) as amount_count");
/// ```
pub fn count_of(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Count, column.into_column())
}

/// The sum of the values, as the column `<column>_sum`: `BIGINT` of integers (null on overflow), `DOUBLE` of floats.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(sum("amount").to_string(), "sum(amount) as amount_sum");
/// assert_eq!(sum(col("amount") * col("rate")).alias("eur").to_string(), "sum(amount * rate) as eur");
/// ```
pub fn sum(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Sum, column.into_column())
}

/// The smallest value, as the column `<column>_min`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(min("delay").to_string(), "min(delay) as delay_min");
/// ```
pub fn min(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Min, column.into_column())
}

/// The largest value, as the column `<column>_max`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(max("delay").to_string(), "max(delay) as delay_max");
/// ```
pub fn max(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Max, column.into_column())
}

/// The arithmetic mean, a `DOUBLE`, as the column `<column>_mean`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(mean("delay").to_string(), "mean(delay) as delay_mean");
/// ```
pub fn mean(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Mean, column.into_column())
}

/// One aggregate, an array or a vector of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of aggregates",
    note = "aggregates are `count()`, `sum(\"amount\")` and the like, several as `[count(), sum(\"amount\")]`"
)]
pub trait IntoAggs {
    /// The aggregates, in order.
    fn into_aggs(self) -> Vec<Agg>;
}

impl IntoAggs for Agg {
    fn into_aggs(self) -> Vec<Agg> {
        vec![self]
    }
}

impl<const N: usize> IntoAggs for [Agg; N] {
    fn into_aggs(self) -> Vec<Agg> {
        Vec::from(self)
    }
}

impl IntoAggs for Vec<Agg> {
    fn into_aggs(self) -> Vec<Agg> {
        self
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Window::Tumbling { size_ms } => write!(f, "tumbling(\"{}\")", format_duration(*size_ms)),
        }
    }
}

/// A window as a cell writes it; a text that is no length of time is remembered and reported with the step.
#[derive(Clone, Debug)]
pub struct WindowSpec {
    pub(crate) window: Window,
    pub(crate) mistake: Option<Mistake>,
}

/// Windows of one size, side by side, counted from 1970-01-01 00:00 UTC: `tumbling("1m")`, `tumbling("1h30m")`.
///
/// ```
/// # use headwater::prelude::*;
/// let revenue = kafka("localhost:9092", "orders")
///     .event_time("ts", "10s")
///     .group_by("city")
///     .window(tumbling("1m"))
///     .agg(sum("amount"));
/// assert_eq!(revenue.plan().nodes.len(), 3);
/// ```
pub fn tumbling(size: impl AsRef<str>) -> WindowSpec {
    match parse_duration(size.as_ref()) {
        Ok(size_ms) => WindowSpec { window: Window::Tumbling { size_ms }, mistake: None },
        Err(message) => WindowSpec {
            window: Window::Tumbling { size_ms: 1 },
            mistake: Some(Mistake::new(message).of("`tumbling`")),
        },
    }
}
