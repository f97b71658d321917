//! Functions of numbers: `abs`, and `round` half away from zero.

use polars::prelude::arity::broadcast_binary_elementwise;
use polars::prelude::{DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries, Series};

use super::arithmetic::map;
use super::{coerce, refused};
use crate::Result;

/// `abs(n)`; null where the type has no such value.
pub(super) fn abs(input: &Series) -> Result<Series> {
    match input.dtype() {
        DataType::Int32 => Ok(map(input.i32()?, i32::checked_abs)),
        DataType::Int64 => Ok(map(input.i64()?, i64::checked_abs)),
        DataType::Float64 => Ok(map(input.f64()?, |x| Some(x.abs()))),
        DataType::Null => Ok(input.clone()),
        _ => Err(refused("`abs`", &[input])),
    }
}

/// `round(n, digits)`: the type of `n`; digits before the point are negative.
pub(super) fn round(input: &Series, digits: &Series) -> Result<Series> {
    let places = match digits.dtype() {
        DataType::Int32 | DataType::Int64 | DataType::Null => coerce::widen(digits, &DataType::Int64)?,
        _ => return Err(refused("`round`", &[input, digits])),
    };
    let places = places.i64()?;
    Ok(match input.dtype() {
        DataType::Int32 => {
            let narrow = |x, d| i32::try_from(round_integer(i64::from(x), d)?).ok();
            let result: Int32Chunked =
                broadcast_binary_elementwise(input.i32()?, places, |x: Option<i32>, d: Option<i64>| narrow(x?, d?));
            result.into_series()
        }
        DataType::Int64 => {
            let result: Int64Chunked =
                broadcast_binary_elementwise(input.i64()?, places, |x: Option<i64>, d: Option<i64>| {
                    round_integer(x?, d?)
                });
            result.into_series()
        }
        DataType::Float64 => {
            let result: Float64Chunked =
                broadcast_binary_elementwise(input.f64()?, places, |x: Option<f64>, d: Option<i64>| {
                    Some(round_float(x?, d?))
                });
            result.into_series()
        }
        DataType::Null => input.clone(),
        _ => return Err(refused("`round`", &[input, digits])),
    })
}

fn round_integer(value: i64, digits: i64) -> Option<i64> {
    if digits >= 0 {
        return Some(value);
    }
    let Some(unit) = u32::try_from(-digits).ok().and_then(|d| 10_i128.checked_pow(d)) else { return Some(0) };
    let away = i128::from(value.signum()) * (unit / 2);
    i64::try_from((i128::from(value) + away) / unit * unit).ok()
}

fn round_float(value: f64, digits: i64) -> f64 {
    // Beyond these a double has no such digits.
    if !value.is_finite() || digits > 300 {
        return value;
    }
    if digits < -308 {
        return 0.0;
    }
    let scale = 10_f64.powi(i32::try_from(digits.abs()).expect("at most 308"));
    let scaled = if digits >= 0 { value * scale } else { value / scale };
    if !scaled.is_finite() || scaled.abs() >= 9e15 {
        return value;
    }
    let fraction = scaled.abs().fract();
    let rounded = if (fraction - 0.5).abs() < 1e-6 { half(value, digits, scaled) } else { scaled.round() };
    if digits >= 0 { rounded / scale } else { rounded * scale }
}

/// Rounds what lies about half way, by the decimal digits that people see: 1.005 is 1.01 to two digits, though the
/// double nearest to it is a little less.
fn half(value: f64, digits: i64, scaled: f64) -> f64 {
    let text = format!("{:e}", value.abs());
    let Some((mantissa, exponent)) = text.split_once('e') else { return scaled.round() };
    let Ok(exponent) = exponent.parse::<i64>() else { return scaled.round() };
    // The digit after the last one kept decides: half and more goes away from zero.
    let place = exponent + digits + 1;
    let digit =
        usize::try_from(place).ok().and_then(|at| mantissa.bytes().filter(u8::is_ascii_digit).nth(at)).unwrap_or(b'0');
    let whole = if scaled.abs().fract() > 0.999_99 { scaled.abs().round() } else { scaled.abs().trunc() };
    (if digit >= b'5' { whole + 1.0 } else { whole }).copysign(value)
}
