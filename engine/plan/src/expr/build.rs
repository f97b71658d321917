//! How expressions begin: `col`, `lit`, and what turns into an expression by itself.

use super::{Expr, Literal, Then};

/// The value of a column.
///
/// ```
/// use headwater::prelude::*;
/// assert_eq!(col("amount").gt(0).to_string(), "amount > 0");
/// ```
pub fn col(name: impl Into<String>) -> Expr {
    Expr::Column(name.into())
}

/// A constant: a number, a text, true or false.
///
/// ```
/// use headwater::prelude::*;
/// assert_eq!(lit("Oslo").to_string(), "'Oslo'");
/// ```
pub fn lit(value: impl Into<Expr>) -> Expr {
    value.into()
}

/// An expression as SQL text: the same operators and functions as the builders', and the same plan. A name with other than
/// letters, digits and `_` stands in double quotes, a text in single ones. `as` names the column.
///
/// The kernel reads the text when the stream is looked at, and points at what is wrong in it; outside a notebook
/// [`crate::Stream::mistakes`] leaves it alone.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders");
/// let paid = orders.filter(expr("amount > 0 and city is not null")).with_columns([expr("amount * rate as eur")]);
/// # assert!(paid.mistakes().is_empty());
/// ```
pub fn expr(sql: impl Into<String>) -> Expr {
    Expr::Sql(sql.into())
}

/// No value. It takes its type from what it meets; alone it needs `.cast(…)`.
///
/// ```
/// use headwater::prelude::*;
/// assert_eq!(when(col("amount").gt(0)).then(col("amount")).otherwise(null()).to_string(),
///     "case when amount > 0 then amount else null end");
/// ```
pub fn null() -> Expr {
    Expr::Literal(Literal::Null)
}

/// A moment, as milliseconds since 1970-01-01 00:00 UTC. A text becomes one with `lit("2024-01-01T00:00:00Z").cast(TIMESTAMP)`.
///
/// ```
/// use headwater::prelude::*;
/// assert_eq!(col("ts").lt(timestamp_ms(1_704_067_200_000)).to_string(), "ts < timestamp '2024-01-01T00:00:00.000Z'");
/// ```
pub fn timestamp_ms(millis: i64) -> Expr {
    Expr::Literal(Literal::Timestamp(millis))
}

impl From<&Expr> for Expr {
    fn from(expr: &Expr) -> Expr {
        expr.clone()
    }
}

impl From<bool> for Expr {
    fn from(value: bool) -> Expr {
        Expr::Literal(Literal::Boolean(value))
    }
}

impl From<i32> for Expr {
    fn from(value: i32) -> Expr {
        Expr::Literal(Literal::Int(value.into()))
    }
}

impl From<u32> for Expr {
    fn from(value: u32) -> Expr {
        Expr::Literal(Literal::Int(value.into()))
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Expr {
        Expr::Literal(Literal::Int(value))
    }
}

impl From<f64> for Expr {
    fn from(value: f64) -> Expr {
        Expr::Literal(Literal::Float(value))
    }
}

/// A text beside an expression is a constant, as in polars; a column is [`col`].
impl From<&str> for Expr {
    fn from(value: &str) -> Expr {
        Expr::Literal(Literal::String(value.to_string()))
    }
}

impl From<String> for Expr {
    fn from(value: String) -> Expr {
        Expr::Literal(Literal::String(value))
    }
}

/// What names or computes one column: a text is a column's name here.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no column",
    note = "a column is a name, `\"amount\"`, or an expression, `col(\"amount\") * 2`"
)]
pub trait IntoColumn {
    /// The expression.
    fn into_column(self) -> Expr;
}

impl IntoColumn for Expr {
    fn into_column(self) -> Expr {
        self
    }
}

impl IntoColumn for &Expr {
    fn into_column(self) -> Expr {
        self.clone()
    }
}

impl IntoColumn for Then {
    fn into_column(self) -> Expr {
        self.into()
    }
}

impl IntoColumn for &str {
    fn into_column(self) -> Expr {
        Expr::Column(self.to_string())
    }
}

impl IntoColumn for String {
    fn into_column(self) -> Expr {
        Expr::Column(self)
    }
}

/// What names or computes several columns: one of them, an array or a vector; texts are columns' names.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of columns",
    note = "columns are names, `[\"city\", \"amount\"]`, or expressions, `[col(\"city\"), col(\"amount\") * 2]`, not both mixed"
)]
pub trait IntoColumns {
    /// The expressions, in order.
    fn into_columns(self) -> Vec<Expr>;
}

impl IntoColumns for Expr {
    fn into_columns(self) -> Vec<Expr> {
        vec![self]
    }
}

impl IntoColumns for &str {
    fn into_columns(self) -> Vec<Expr> {
        vec![self.into_column()]
    }
}

impl IntoColumns for String {
    fn into_columns(self) -> Vec<Expr> {
        vec![self.into_column()]
    }
}

impl<C: IntoColumn, const N: usize> IntoColumns for [C; N] {
    fn into_columns(self) -> Vec<Expr> {
        self.into_iter().map(C::into_column).collect()
    }
}

impl<C: IntoColumn> IntoColumns for Vec<C> {
    fn into_columns(self) -> Vec<Expr> {
        self.into_iter().map(C::into_column).collect()
    }
}
