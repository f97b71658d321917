//! Functions of numbers: those that keep the type (`abs`, `round`, …) and those that give a DOUBLE (`sqrt`, `ln`, …).

use headwater::Function;
use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{DataType, Float64Chunked, Float64Type, Int32Type, Int64Type, IntoSeries, Series};

use super::arithmetic::map;
use super::faults::{Fault, Faults, note};
use super::function::Call;
use super::{coerce, refused};
use crate::Result;

/// The functions whose values are of the number's type.
pub(super) fn shape(call: &Call<'_>) -> Result<Series> {
    let input = &call.args[0];
    let digits = if call.function == Function::Round { call.number(1, 0)? } else { 0 };
    let whole = |x: i64| match call.function {
        Function::Abs => x.checked_abs(),
        Function::Round => round_integer(x, digits),
        Function::Sign => Some(x.signum()),
        _ => Some(x),
    };
    let narrow = |x: i32| whole(x.into()).and_then(|y| i32::try_from(y).ok());
    let real = |x: f64| match call.function {
        Function::Abs => x.abs(),
        Function::Round => round_float(x, digits),
        Function::Floor => x.floor(),
        Function::Ceil => x.ceil(),
        // The sign of a zero is zero, whatever bit it has.
        _ => f64::from(u8::from(x > 0.0)) - f64::from(u8::from(x < 0.0)),
    };
    match input.dtype() {
        DataType::Int32 => Ok(map::<Int32Type>(input.i32()?, |x| narrow(x).ok_or(Fault::Overflow))),
        DataType::Int64 => Ok(map::<Int64Type>(input.i64()?, |x| whole(x).ok_or(Fault::Overflow))),
        DataType::Float64 => Ok(map::<Float64Type>(input.f64()?, |x| Ok(real(x)))),
        DataType::Null => Ok(input.clone()),
        _ => Err(refused(&format!("`{}`", call.function.name()), &[input])),
    }
}

/// The functions whose values are DOUBLE; what has no real value is null.
pub(super) fn real(call: &Call<'_>) -> Result<Series> {
    let [Some(x), y] = [call.args.first(), call.args.get(1)] else { return Err(refused("a function", &[])) };
    let numbers = |input: &Series| match coerce::common_type(input.dtype(), &DataType::Float64) {
        Some(DataType::Float64) => coerce::widen(input, &DataType::Float64),
        _ => Err(refused(&format!("`{}`", call.function.name()), &[input])),
    };
    let mut faults = Faults::default();
    // An infinity that comes of an overflow is one, as for `*`; what no real number is, is no value.
    let mut defined = |value: f64, from: [f64; 2]| {
        let pole = value.is_infinite() && matches!(call.function, Function::Ln | Function::Log10);
        let wrong = (value.is_nan() && !from.iter().any(|x| x.is_nan())) || (pole && from[0] == 0.0);
        if wrong || (value.is_infinite() && call.function == Function::Power && from[0] == 0.0) {
            faults.count(Fault::Undefined);
            return None;
        }
        Some(value)
    };
    let x = numbers(x)?;
    let result: Float64Chunked = match (y, call.function) {
        (Some(y), _) => {
            let y = numbers(y)?;
            broadcast_binary_elementwise(x.f64()?, y.f64()?, |x: Option<f64>, y: Option<f64>| {
                let (x, y) = (x?, y?);
                defined(x.powf(y), [x, y])
            })
        }
        (None, function) => {
            let apply = match function {
                Function::Sqrt => f64::sqrt,
                Function::Exp => f64::exp,
                Function::Ln => f64::ln,
                _ => f64::log10,
            };
            unary_elementwise(x.f64()?, |x: Option<f64>| x.and_then(|x| defined(apply(x), [x, x])))
        }
    };
    note(faults);
    Ok(result.into_series())
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
