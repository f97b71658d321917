//! Arithmetic: integers are checked (overflow gives null), `/` gives DOUBLE, division by zero gives null.

use headwater::BinaryOp;
use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{
    ChunkedArray, DataType, Float64Type, Int32Type, Int64Type, IntoSeries, PolarsNumericType, Series,
};

use super::{coerce, refused};
use crate::Result;

/// `left op right` for one of the five arithmetic operators.
pub(super) fn binary(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    let refuse = || refused(&format!("`{}`", symbol(op)), &[left, right]);
    let common = coerce::common_type(left.dtype(), right.dtype()).ok_or_else(refuse)?;
    let common = match (op, common) {
        (BinaryOp::Div, DataType::Int32 | DataType::Int64 | DataType::Null) => DataType::Float64,
        (_, DataType::Null) => DataType::Int64,
        (_, other) => other,
    };
    let (left, right) = (coerce::widen(left, &common)?, coerce::widen(right, &common)?);
    match common {
        DataType::Int32 => Ok(integers::<Int32Type>(op, left.i32()?, right.i32()?)),
        DataType::Int64 => Ok(integers::<Int64Type>(op, left.i64()?, right.i64()?)),
        DataType::Float64 => floats(op, &left, &right),
        _ => Err(refuse()),
    }
}

/// `-input`; null where the type has no such value.
pub(super) fn negate(input: &Series) -> Result<Series> {
    match input.dtype() {
        DataType::Int32 => Ok(map::<Int32Type>(input.i32()?, i32::checked_neg)),
        DataType::Int64 => Ok(map::<Int64Type>(input.i64()?, i64::checked_neg)),
        DataType::Float64 => Ok(map::<Float64Type>(input.f64()?, |x| Some(-x))),
        DataType::Null => Ok(input.clone()),
        _ => Err(refused("`-`", &[input])),
    }
}

/// Each value through `f`, nulls staying null.
pub(super) fn map<T>(input: &ChunkedArray<T>, f: impl Fn(T::Native) -> Option<T::Native>) -> Series
where
    T: PolarsNumericType,
    ChunkedArray<T>: IntoSeries,
{
    let mapped: ChunkedArray<T> = unary_elementwise(input, |x: Option<T::Native>| x.and_then(&f));
    mapped.into_series()
}

/// What checked integer arithmetic needs of a type.
trait Checked: Sized + Copy {
    fn apply(op: BinaryOp, left: Self, right: Self) -> Option<Self>;
}

macro_rules! checked {
    ($type:ty) => {
        impl Checked for $type {
            fn apply(op: BinaryOp, left: Self, right: Self) -> Option<Self> {
                match op {
                    BinaryOp::Add => left.checked_add(right),
                    BinaryOp::Sub => left.checked_sub(right),
                    BinaryOp::Mul => left.checked_mul(right),
                    // The smallest integer modulo -1 is 0, though its quotient overflows.
                    BinaryOp::Mod if right != 0 => Some(left.wrapping_rem(right)),
                    _ => None,
                }
            }
        }
    };
}
checked!(i32);
checked!(i64);

fn integers<T>(op: BinaryOp, left: &ChunkedArray<T>, right: &ChunkedArray<T>) -> Series
where
    T: PolarsNumericType,
    T::Native: Checked,
    ChunkedArray<T>: IntoSeries,
{
    let apply = |l: Option<T::Native>, r: Option<T::Native>| T::Native::apply(op, l?, r?);
    let result: ChunkedArray<T> = broadcast_binary_elementwise(left, right, apply);
    result.into_series()
}

fn floats(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    let unless_zero = |apply: fn(f64, f64) -> f64| -> Result<Series> {
        let apply = |l: Option<f64>, r: Option<f64>| match (l?, r?) {
            (_, 0.0) => None,
            (l, r) => Some(apply(l, r)),
        };
        let result: ChunkedArray<Float64Type> = broadcast_binary_elementwise(left.f64()?, right.f64()?, apply);
        Ok(result.into_series())
    };
    match op {
        BinaryOp::Add => Ok((left + right)?),
        BinaryOp::Sub => Ok((left - right)?),
        BinaryOp::Mul => Ok((left * right)?),
        BinaryOp::Div => unless_zero(|l, r| l / r),
        _ => unless_zero(|l, r| l % r),
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        _ => "%",
    }
}
