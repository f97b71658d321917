//! Expressions over the columns of a row: the tree, and the builders a cell uses to grow it.

use crate::schema::DataType;

/// An expression over the columns of a row, with SQL's three-valued logic. Built by [`crate::col`], [`crate::lit`] and methods.
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
        /// Its arguments, the receiver of the method first.
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
    Float(f64),
    /// `STRING`.
    String(String),
    /// `TIMESTAMP`: epoch milliseconds, UTC.
    Timestamp(i64),
}

/// The operators between two operands. Arithmetic that overflows, and division by zero, give null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(missing_docs)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Eq,
    NotEq,
    Lt,
    LtEq,
    Gt,
    GtEq,
    And,
    Or,
}

/// The operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
#[allow(missing_docs)]
pub enum UnaryOp {
    Not,
    Negate,
    IsNull,
    IsNotNull,
}

/// The named functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Function {
    /// `lower(s)`: lower case.
    Lower,
    /// `upper(s)`: upper case.
    Upper,
    /// `trim(s)`: without spaces at both ends.
    Trim,
    /// `length(s)`: characters.
    Length,
    /// `substring(s, start, length)`: from the 1-based character `start`.
    Substring,
    /// `contains(s, text)`.
    Contains,
    /// `starts_with(s, text)`.
    StartsWith,
    /// `ends_with(s, text)`.
    EndsWith,
    /// `replace(s, from, to)`: every occurrence of a literal text.
    Replace,
    /// `concat(a, b, …)`: null if any is null.
    Concat,
    /// `coalesce(a, b, …)`: the first that is not null.
    Coalesce,
    /// `abs(n)`.
    Abs,
    /// `round(n, digits)`: half away from zero.
    Round,
}
