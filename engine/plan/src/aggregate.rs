//! Aggregates over the rows of a group.

use std::fmt;

use crate::Expr;
use crate::expr::IntoColumn;
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

/// The aggregate functions. Nulls are skipped; an aggregate of no values is null, a count of none is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
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
    /// The value at the smallest event time.
    First,
    /// The value at the largest event time.
    Last,
    /// `BIGINT`: how many different values, exactly up to 10,000 of a group.
    CountDistinct,
    /// `BIGINT`: about how many different values.
    ApproxCountDistinct,
    /// `DOUBLE`: about the number at or below which the share `q` of all numbers lies.
    ApproxQuantile {
        /// From 0 (the smallest) to 1 (the largest); 0.5 is the median.
        #[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float"))]
        q: f64,
    },
    /// `ARRAY<STRUCT<value T, count BIGINT>>`: the most frequent values.
    TopValues {
        /// How many.
        k: u32,
    },
    /// `ARRAY<T>`: values in the order of event time.
    Collect {
        /// At most so many.
        limit: u32,
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
            AggFunction::First => "first",
            AggFunction::Last => "last",
            AggFunction::CountDistinct => "count_distinct",
            AggFunction::ApproxCountDistinct => "approx_count_distinct",
            AggFunction::ApproxQuantile { .. } => "approx_quantile",
            AggFunction::TopValues { .. } => "top_values",
            AggFunction::Collect { .. } => "collect",
        }
    }

    /// What is said beside the column: the quantile, how many.
    fn argument(self) -> Option<String> {
        match self {
            AggFunction::ApproxQuantile { q } => Some(q.to_string()),
            AggFunction::TopValues { k: count } | AggFunction::Collect { limit: count } => Some(count.to_string()),
            _ => None,
        }
    }
}

impl Agg {
    fn of(function: AggFunction, input: Expr) -> Agg {
        let mut agg = Agg { function, input: Some(input), name: String::new() };
        agg.name_after_input();
        agg
    }

    /// Names it after its column, if it has no name. While SQL text is unread, the column is not known.
    pub(crate) fn name_after_input(&mut self) {
        let Some(input) = self.input.as_ref().filter(|input| self.name.is_empty() && !input.has_sql()) else { return };
        let function = self.function.name();
        self.name = input.output_name().map_or(function.to_string(), |column| format!("{column}_{function}"));
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

    /// The call without its name: `sum(eur)`, `top_values(product, 3)`.
    pub(crate) fn call(&self) -> String {
        let parts = [self.input.as_ref().map(Expr::to_string), self.function.argument()];
        format!("{}({})", self.function.name(), parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
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

/// The smallest value (of floats, NaN is above every number), as the column `<column>_min`.
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

/// The value of the row with the smallest event time, as the column `<column>_first`. Of rows with the same event time it is the one of
/// the lowest partition, and within a partition the one that came first: so the answer does not depend on how partitions interleave.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(first("status").to_string(), "first(status) as status_first");
/// ```
pub fn first(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::First, column.into_column())
}

/// The value of the row with the largest event time, as the column `<column>_last`. Of rows with the same event time it is the one of the
/// highest partition, and within a partition the one that came last.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(last("status").to_string(), "last(status) as status_last");
/// ```
pub fn last(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::Last, column.into_column())
}

/// How many different values, as the column `<column>_count_distinct`: exact while a group has at most 10,000 of them, beyond that an
/// estimate with a standard error of 1.6 %. It takes some 16 bytes a value; `approx_count_distinct` takes 4 kB at most.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(count_distinct("visitor").to_string(), "count_distinct(visitor) as visitor_count_distinct");
/// ```
pub fn count_distinct(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::CountDistinct, column.into_column())
}

/// About how many different values, as the column `<column>_approx_count_distinct`: exact up to 256, beyond that with a standard error
/// of 1.6 %, in 4 kB a group at most.
///
/// ```
/// # use headwater::prelude::*;
/// let visitors = approx_count_distinct("visitor").alias("visitors");
/// assert_eq!(visitors.to_string(), "approx_count_distinct(visitor) as visitors");
/// ```
pub fn approx_count_distinct(column: impl IntoColumn) -> Agg {
    Agg::of(AggFunction::ApproxCountDistinct, column.into_column())
}

/// About the number at or below which the share `q` of all numbers lies, a `DOUBLE`, as the column `<column>_approx_quantile`: exact (the
/// nearest rank) up to 256 numbers of a group, beyond that within 1 % of the exact one. NaN and infinities do not count.
///
/// ```
/// # use headwater::prelude::*;
/// let p95 = approx_quantile("delay", 0.95).alias("p95");
/// assert_eq!(p95.to_string(), "approx_quantile(delay, 0.95) as p95");
/// ```
pub fn approx_quantile(column: impl IntoColumn, q: f64) -> Agg {
    // JSON has no NaN; what stands in its place is refused like any number that is no quantile.
    let q = if q.is_finite() { q } else { -1.0 };
    Agg::of(AggFunction::ApproxQuantile { q }, column.into_column())
}

/// The `k` most frequent values, as the column `<column>_top_values`: a list of structs `{value, count}`, the most frequent first, of two
/// with the same count the smaller value. Counts are exact while a group has at most 20,000 different values; beyond that
/// rare values are given up, and a count is at most the number of rows divided by 10,000 too low.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(top_values("product", 3).to_string(), "top_values(product, 3) as product_top_values");
/// ```
pub fn top_values(column: impl IntoColumn, k: u32) -> Agg {
    Agg::of(AggFunction::TopValues { k }, column.into_column())
}

/// The first values in the order of event time, at most `limit`, as a list in the column `<column>_collect`. Rows with the same event
/// time are in the order of their partitions, and within one in the order of arrival.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(collect("page", 20).alias("path").to_string(), "collect(page, 20) as path");
/// ```
pub fn collect(column: impl IntoColumn, limit: u32) -> Agg {
    Agg::of(AggFunction::Collect { limit }, column.into_column())
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
