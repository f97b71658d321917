//! Arithmetic: integers are checked (overflow gives null), `/` gives DOUBLE, division by zero gives null.

use headwater::BinaryOp;
use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{
    ChunkedArray, DataType, Float64Type, Int32Type, Int64Type, IntoSeries, PolarsNumericType, Series,
};

use super::faults::{Fault, Faults, note};
use super::{coerce, refused};
use crate::Result;

/// `left op right` for one of the five arithmetic operators.
pub(super) fn binary(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    calculated(Operation::Sign(op), left, right)
}

fn calculated(operation: Operation, left: &Series, right: &Series) -> Result<Series> {
    let refuse = || refused(&format!("`{}`", operation.name()), &[left, right]);
    let common = coerce::common_type(left.dtype(), right.dtype()).ok_or_else(refuse)?;
    let common = match (operation, common) {
        (Operation::Sign(BinaryOp::Div), DataType::Int32 | DataType::Int64 | DataType::Null) => DataType::Float64,
        (_, DataType::Null) => DataType::Int64,
        (_, other) => other,
    };
    let (left, right) = (coerce::widen(left, &common)?, coerce::widen(right, &common)?);
    match common {
        DataType::Int32 => Ok(integers::<Int32Type>(operation, left.i32()?, right.i32()?)),
        DataType::Int64 => Ok(integers::<Int64Type>(operation, left.i64()?, right.i64()?)),
        DataType::Float64 => floats(operation, &left, &right),
        _ => Err(refuse()),
    }
}

/// `-input`; null where the type has no such value.
pub(super) fn negate(input: &Series) -> Result<Series> {
    match input.dtype() {
        DataType::Int32 => Ok(map::<Int32Type>(input.i32()?, |x| x.checked_neg().ok_or(Fault::Overflow))),
        DataType::Int64 => Ok(map::<Int64Type>(input.i64()?, |x| x.checked_neg().ok_or(Fault::Overflow))),
        DataType::Float64 => Ok(map::<Float64Type>(input.f64()?, |x| Ok(-x))),
        DataType::Null => Ok(input.clone()),
        _ => Err(refused("`-`", &[input])),
    }
}

/// `floor_div(left, right)`: the quotient rounded down, of the wider type.
pub(super) fn floor_div(left: &Series, right: &Series) -> Result<Series> {
    calculated(Operation::FloorDiv, left, right)
}

/// Each value through `f`, nulls staying null.
pub(super) fn map<T>(input: &ChunkedArray<T>, f: impl Fn(T::Native) -> std::result::Result<T::Native, Fault>) -> Series
where
    T: PolarsNumericType,
    ChunkedArray<T>: IntoSeries,
{
    let mut faults = Faults::default();
    let mapped: ChunkedArray<T> =
        unary_elementwise(input, |x: Option<T::Native>| f(x?).map_err(|fault| faults.count(fault)).ok());
    note(faults);
    mapped.into_series()
}

/// What is calculated of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Sign(BinaryOp),
    FloorDiv,
}

/// What checked integer arithmetic needs of a type.
trait Checked: Sized + Copy {
    fn apply(operation: Operation, left: Self, right: Self) -> std::result::Result<Self, Fault>;
}

macro_rules! checked {
    ($type:ty) => {
        impl Checked for $type {
            fn apply(operation: Operation, left: Self, right: Self) -> std::result::Result<Self, Fault> {
                let value = match operation {
                    Operation::Sign(BinaryOp::Add) => left.checked_add(right),
                    Operation::Sign(BinaryOp::Sub) => left.checked_sub(right),
                    Operation::Sign(BinaryOp::Mul) => left.checked_mul(right),
                    _ if right == 0 => return Err(Fault::DivisionByZero),
                    // The smallest integer modulo -1 is 0, though its quotient overflows.
                    Operation::Sign(_) => Some(left.wrapping_rem(right)),
                    Operation::FloorDiv => left.checked_div(right).map(|quotient| {
                        let below = left % right != 0 && (left < 0) != (right < 0);
                        quotient - Self::from(below)
                    }),
                };
                value.ok_or(Fault::Overflow)
            }
        }
    };
}
checked!(i32);
checked!(i64);

fn integers<T>(operation: Operation, left: &ChunkedArray<T>, right: &ChunkedArray<T>) -> Series
where
    T: PolarsNumericType,
    T::Native: Checked,
    ChunkedArray<T>: IntoSeries,
{
    let mut faults = Faults::default();
    let apply = |l: Option<T::Native>, r: Option<T::Native>| {
        T::Native::apply(operation, l?, r?).map_err(|fault| faults.count(fault)).ok()
    };
    let result: ChunkedArray<T> = broadcast_binary_elementwise(left, right, apply);
    note(faults);
    result.into_series()
}

fn floats(operation: Operation, left: &Series, right: &Series) -> Result<Series> {
    let unless_zero = |apply: fn(f64, f64) -> f64| -> Result<Series> {
        let mut faults = Faults::default();
        let apply = |l: Option<f64>, r: Option<f64>| match (l?, r?) {
            (_, 0.0) => {
                faults.count(Fault::DivisionByZero);
                None
            }
            (l, r) => Some(apply(l, r)),
        };
        let result: ChunkedArray<Float64Type> = broadcast_binary_elementwise(left.f64()?, right.f64()?, apply);
        note(faults);
        Ok(result.into_series())
    };
    match operation {
        Operation::Sign(BinaryOp::Add) => Ok((left + right)?),
        Operation::Sign(BinaryOp::Sub) => Ok((left - right)?),
        Operation::Sign(BinaryOp::Mul) => Ok((left * right)?),
        Operation::Sign(BinaryOp::Div) => unless_zero(|l, r| l / r),
        Operation::Sign(_) => unless_zero(|l, r| l % r),
        Operation::FloorDiv => unless_zero(|l, r| (l / r).floor()),
    }
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Operation::Sign(op) => op.symbol(),
            Operation::FloorDiv => "floor_div",
        }
    }
}
