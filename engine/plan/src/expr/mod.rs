//! Expressions over the columns of a row: the tree. The builders a cell uses to grow it are in the files of this folder.

mod build;
mod conditional;
mod function;
mod functions;
mod operators;
mod text;
mod walk;

pub use build::{IntoColumn, IntoColumns, col, expr, lit, null, timestamp_ms};
pub use conditional::{Then, When, when};
pub use function::Function;
pub use functions::{Duration, coalesce, concat, concat_ws, date_diff, duration, greatest, hash, least};

use crate::schema::DataType;

/// An expression over the columns of a row, with SQL's three-valued logic. Built by [`col`], [`lit`] and methods.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Expr {
    /// The value of a column.
    Column(String),
    /// A constant.
    Literal(Literal),
    /// An operator between two operands.
    Binary {
        /// Which operator.
        op: BinaryOp,
        /// The left operand.
        left: Box<Expr>,
        /// The right operand.
        right: Box<Expr>,
    },
    /// An operator with one operand.
    Unary {
        /// Which operator.
        op: UnaryOp,
        /// The operand.
        input: Box<Expr>,
    },
    /// A call of a named function.
    Function {
        /// Which function.
        function: Function,
        /// Its arguments, in the order of the catalogue's signature.
        args: Vec<Expr>,
    },
    /// The value as another type; null where it does not fit.
    Cast {
        /// What is cast.
        input: Box<Expr>,
        /// To which type.
        to: DataType,
    },
    /// The first branch whose condition is true; otherwise the last word.
    When {
        /// The branches, tried in order.
        branches: Vec<Branch>,
        /// The value when no branch is true.
        otherwise: Box<Expr>,
    },
    /// The same value under another column name.
    Alias {
        /// The value.
        input: Box<Expr>,
        /// The name.
        name: String,
    },
    /// SQL text of [`expr()`], as it was written. Only a draft has it: whoever reads a request puts the expression in its place.
    Sql(String),
}

/// One `when … then …`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Branch {
    /// The condition.
    pub when: Expr,
    /// The value where it is true.
    pub then: Expr,
}

/// A constant in an expression.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum Literal {
    /// No value, of any type.
    Null,
    /// `BOOLEAN`.
    Boolean(bool),
    /// `BIGINT`.
    Int(i64),
    /// `DOUBLE`; finite.
    Float(#[cfg_attr(feature = "serde", serde(deserialize_with = "crate::read::exact_float"))] f64),
    /// `STRING`.
    String(String),
    /// `TIMESTAMP`: epoch milliseconds, UTC.
    Timestamp(i64),
}

/// The operators between two operands. Arithmetic has the wider type of its operands; what overflows it, and a division by
/// zero, is null. With a null operand the result is null, but for `and` and `or`, which follow SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum BinaryOp {
    /// `a + b`.
    Add,
    /// `a - b`.
    Sub,
    /// `a * b`.
    Mul,
    /// `a / b`: always `DOUBLE`.
    Div,
    /// `a % b`: the remainder, with the sign of `a`.
    Mod,
    /// `a = b`.
    Eq,
    /// `a != b`.
    NotEq,
    /// `a < b`.
    Lt,
    /// `a <= b`.
    LtEq,
    /// `a > b`.
    Gt,
    /// `a >= b`.
    GtEq,
    /// `a and b`: false if one is false, else null if one is null.
    And,
    /// `a or b`: true if one is true, else null if one is null.
    Or,
}

/// The operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum UnaryOp {
    /// `not a`; null of null.
    Not,
    /// `-a`: null where its type has no such number.
    Negate,
    /// `a is null`: never null itself.
    IsNull,
    /// `a is not null`: never null itself.
    IsNotNull,
}
