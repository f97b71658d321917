//! Expressions: a plan [`Expr`] computed over the columns of a frame, with SQL's three-valued logic.
//!
//! The tree is walked directly and each node computed over whole columns. Polars' lazy planner would cost about 150 µs
//! a batch, and its integer arithmetic wraps silently where a plan promises null; so polars' kernels are used where they
//! mean what a plan means (comparison, boolean logic, float arithmetic, selection), and own loops where they do not.
//!
//! ```
//! use headwater::{BinaryOp, Expr, Literal};
//! use headwater_exec::expression::evaluate;
//! use polars::prelude::df;
//!
//! let frame = df!("a" => [Some(i64::MAX), None, Some(1)])?;
//! let plus_one = Expr::Binary {
//!     op: BinaryOp::Add,
//!     left: Box::new(Expr::Column("a".into())),
//!     right: Box::new(Expr::Literal(Literal::Int(1))),
//! };
//! let sum = evaluate(&plus_one, &frame)?;
//! assert_eq!(sum.i64()?.to_vec(), [None, None, Some(2)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arithmetic;
mod cast;
mod choice;
mod coerce;
mod faults;
mod function;
mod hash;
mod json;
mod list;
mod logic;
mod number;
mod pattern;
mod spread;
mod text;
mod time;
mod time_text;

#[cfg(test)]
mod example_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod operator_tests;

use headwater::{BinaryOp, Branch, Expr, Literal, UnaryOp};
use polars::prelude::{
    BooleanChunked, ChunkFillNullValue, ChunkFull, Column, DataFrame, IntoSeries, NamedFrom, PlSmallStr, Series,
};

pub use cast::cast;
pub use faults::{Fault, Faults, counting, note};

use crate::types::timestamp_type;
use crate::{Error, ErrorKind, Result};

/// The values of `expr` for every row of `frame`.
///
/// # Errors
/// A column is missing or a type does not fit: what validation of the plan finds before. No value is an error: what
/// cannot be computed is null.
pub fn evaluate(expr: &Expr, frame: &DataFrame) -> Result<Series> {
    let values = values(expr, frame)?;
    Ok(if values.len() == frame.height() { values } else { values.new_from_index(0, frame.height()) })
}

/// The values of `expr` as a column named as the plan names it.
///
/// # Errors
/// As for [`evaluate`].
pub fn evaluate_column(expr: &Expr, frame: &DataFrame) -> Result<Column> {
    let name = PlSmallStr::from_string(expr.output_name().unwrap_or_default());
    Ok(evaluate(expr, frame)?.with_name(name).into())
}

/// For which rows of `frame` the boolean `expr` is true, false or null.
///
/// # Errors
/// As for [`evaluate`], or it is not boolean.
pub fn condition(expr: &Expr, frame: &DataFrame) -> Result<BooleanChunked> {
    logic::truth(&evaluate(expr, frame)?)
}

/// As [`evaluate`], but what is the same in every row may have one value only.
fn values(expr: &Expr, frame: &DataFrame) -> Result<Series> {
    match expr {
        Expr::Column(name) => column(name, frame),
        Expr::Literal(literal) => Ok(constant(literal)),
        Expr::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => connected(*op, left, right, frame),
        Expr::Binary { op, left, right } => binary(*op, &values(left, frame)?, &values(right, frame)?),
        Expr::Unary { op, input } => unary(*op, &values(input, frame)?),
        Expr::Function { function, args } => {
            let values = args.iter().map(|arg| values(arg, frame)).collect::<Result<Vec<_>>>()?;
            function::Call { function: *function, args: &values, exprs: args }.values()
        }
        Expr::Cast { input, to } => cast(&values(input, frame)?, to),
        Expr::When { branches, otherwise } => when(branches, otherwise, frame),
        Expr::Alias { input, .. } => values(input, frame),
        Expr::Sql(text) => Err(Error::new(ErrorKind::Internal, format!("the SQL text `{text}` was not read"))),
    }
}

/// `and` and `or`: what cannot be computed on the right is no fault where the left already decides.
fn connected(op: BinaryOp, left: &Expr, right: &Expr, frame: &DataFrame) -> Result<Series> {
    let left = values(left, frame)?;
    let open = || {
        let open = if op == BinaryOp::And { logic::truth(&left)? } else { !&logic::truth(&left)? };
        Ok(stretched(open.into_series(), frame).bool()?.fill_null_with_values(true)?)
    };
    let right = guarded(right, frame, open)?;
    logic::connect(op, &left, &right)
}

/// The first branch whose condition is true.
fn when(branches: &[Branch], otherwise: &Expr, frame: &DataFrame) -> Result<Series> {
    let mut pairs: Vec<(Series, Series)> = Vec::with_capacity(branches.len());
    let holds = |condition: &Series| -> Result<BooleanChunked> {
        let condition = stretched(logic::truth(condition)?.into_series(), frame);
        Ok(condition.bool()?.fill_null_with_values(false)?)
    };
    // The rows that come to a branch: those for which no condition before it holds.
    let left_over = |pairs: &[(Series, Series)]| -> Result<BooleanChunked> {
        let every = BooleanChunked::full(PlSmallStr::EMPTY, true, frame.height());
        pairs.iter().try_fold(every, |rest, (condition, _)| Ok(&rest & &!&holds(condition)?))
    };
    for branch in branches {
        let condition = guarded(&branch.when, frame, || left_over(&pairs))?;
        let then = guarded(&branch.then, frame, || Ok(&left_over(&pairs)? & &holds(&condition)?))?;
        pairs.push((condition, then));
    }
    let otherwise = guarded(otherwise, frame, || left_over(&pairs))?;
    logic::when(&pairs, &otherwise)
}

/// The values of an expression that only some rows come to. Whole columns are computed, so a fault may be that of a row which
/// never comes there; then the faults are counted again over the rows that do.
fn guarded(expr: &Expr, frame: &DataFrame, rows: impl FnOnce() -> Result<BooleanChunked>) -> Result<Series> {
    let (all, faults) = counting(|| values(expr, frame));
    if !faults.is_empty() {
        let own = frame.filter(&rows()?)?;
        note(counting(|| evaluate(expr, &own)).1);
    }
    all
}

fn stretched(values: Series, frame: &DataFrame) -> Series {
    spread::stretched(&values, frame.height())
}

fn column(name: &str, frame: &DataFrame) -> Result<Series> {
    let found = frame.column(name).map_err(|_| Error::new(ErrorKind::Plan, format!("no column `{name}`")))?;
    Ok(found.as_materialized_series().clone())
}

fn constant(literal: &Literal) -> Series {
    let name = PlSmallStr::EMPTY;
    match literal {
        Literal::Null => Series::new_null(name, 1),
        Literal::Boolean(value) => Series::new(name, [*value]),
        Literal::Int(value) => Series::new(name, [*value]),
        Literal::Float(value) => Series::new(name, [*value]),
        Literal::String(value) => Series::new(name, [value.as_str()]),
        Literal::Timestamp(value) => {
            Series::new(name, [*value]).cast(&timestamp_type()).expect("an integer is a timestamp by reinterpretation")
        }
    }
}

fn binary(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod => {
            arithmetic::binary(op, left, right)
        }
        BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::Lt | BinaryOp::LtEq | BinaryOp::Gt | BinaryOp::GtEq => {
            logic::compare(op, left, right)
        }
        BinaryOp::And | BinaryOp::Or => logic::connect(op, left, right),
    }
}

fn unary(op: UnaryOp, input: &Series) -> Result<Series> {
    match op {
        UnaryOp::Not => logic::not(input),
        UnaryOp::Negate => arithmetic::negate(input),
        UnaryOp::IsNull => Ok(input.is_null().into_series()),
        UnaryOp::IsNotNull => Ok(input.is_not_null().into_series()),
    }
}

/// The error of an operand whose type an operation does not take; validation of the plan should have found it.
fn refused(operation: &str, operands: &[&Series]) -> Error {
    let types: Vec<String> = operands.iter().map(|s| coerce::type_name(s.dtype())).collect();
    Error::new(ErrorKind::Plan, format!("{operation} does not take {}", types.join(" and ")))
}
