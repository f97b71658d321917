//! Functions that choose among values or compare several.

use crate::expr::{Expr, Function, IntoColumns};

impl Expr {
    /// This value, or the other one where it is null.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").if_null("unknown").to_string(), "coalesce(city, 'unknown')");
    /// ```
    pub fn if_null(&self, other: impl Into<Expr>) -> Expr {
        self.call(Function::Coalesce, vec![other.into()])
    }

    /// This value, or null where it equals the other one.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").null_if("n/a").to_string(), "null_if(city, 'n/a')");
    /// ```
    pub fn null_if(&self, other: impl Into<Expr>) -> Expr {
        self.call(Function::NullIf, vec![other.into()])
    }

    /// Whether it is at least `low` and at most `high`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("amount").between(10, 20).to_string(), "amount between 10 and 20");
    /// ```
    pub fn between(&self, low: impl Into<Expr>, high: impl Into<Expr>) -> Expr {
        self.call(Function::Between, vec![low.into(), high.into()])
    }

    /// Whether it is one of these constants.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").is_in(["Oslo", "Rome"]).to_string(), "city in ('Oslo', 'Rome')");
    /// ```
    pub fn is_in(&self, items: impl IntoIterator<Item = impl Into<Expr>>) -> Expr {
        self.call(Function::IsIn, items.into_iter().map(Into::into).collect())
    }

    /// Whether it differs from the other one, null being a value like any other: never null itself.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("city").is_distinct_from(col("home")).to_string(), "city is distinct from home");
    /// ```
    pub fn is_distinct_from(&self, other: impl Into<Expr>) -> Expr {
        self.call(Function::IsDistinctFrom, vec![other.into()])
    }
}

/// The first of these that is not null.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(coalesce([col("city"), lit("unknown")]).to_string(), "coalesce(city, 'unknown')");
/// ```
pub fn coalesce(values: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Coalesce, args: values.into_columns() }
}

/// The smallest of these; null if any is null.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(least([col("price"), col("limit")]).to_string(), "least(price, limit)");
/// ```
pub fn least(values: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Least, args: values.into_columns() }
}

/// The largest of these; null if any is null.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(greatest([col("price"), lit(0)]).to_string(), "greatest(price, 0)");
/// ```
pub fn greatest(values: impl IntoColumns) -> Expr {
    Expr::Function { function: Function::Greatest, args: values.into_columns() }
}
