//! Casts. A value that does not fit its new type becomes null; a float loses its fraction towards zero.

use headwater::DataType;
use polars::prelude::arity::unary_elementwise;
use polars::prelude::{
    BinaryChunked, BooleanChunked, DataType as Physical, Float64Chunked, Int32Chunked, Int64Chunked, IntoSeries,
    Series, StringChunked,
};

use super::{coerce, refused};
use crate::Result;
use crate::time_text::{parse_date, parse_timestamp, write_date, write_timestamp};
use crate::types::{polars_type, timestamp_type};

/// `input` as `to`.
///
/// # Errors
/// There is no cast between the two types; no value is an error.
pub fn cast(input: &Series, to: &DataType) -> Result<Series> {
    let target = polars_type(to);
    if *input.dtype() == target {
        return Ok(input.clone());
    }
    if *input.dtype() == Physical::Null {
        return Ok(input.cast(&target)?);
    }
    let refuse = || refused(&format!("a cast to {}", coerce::type_name(&target)), &[input]);
    match to {
        DataType::Boolean => to_boolean(input).ok_or_else(refuse)?,
        DataType::Int32 => {
            let wide = to_integer(input).ok_or_else(refuse)??;
            let narrow: Int32Chunked = unary_elementwise(&wide, |x: Option<i64>| i32::try_from(x?).ok());
            Ok(narrow.into_series())
        }
        DataType::Int64 => Ok(to_integer(input).ok_or_else(refuse)??.into_series()),
        DataType::Float64 => to_float(input).ok_or_else(refuse)?,
        DataType::String => Ok(to_text(input).ok_or_else(refuse)??.into_series()),
        DataType::Binary if *input.dtype() == Physical::String => Ok(input.str()?.as_binary().into_series()),
        DataType::Date => to_date(input).ok_or_else(refuse)?,
        DataType::Timestamp => to_timestamp(input).ok_or_else(refuse)?,
        DataType::Binary | DataType::List(_) | DataType::Struct(_) => Err(refuse()),
    }
}

fn to_boolean(input: &Series) -> Option<Result<Series>> {
    Some(match input.dtype() {
        Physical::String => input.str().map_err(Into::into).map(|texts| {
            let parsed: BooleanChunked = unary_elementwise(texts, |s: Option<&str>| match s?.trim() {
                s if s.eq_ignore_ascii_case("true") => Some(true),
                s if s.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            });
            parsed.into_series()
        }),
        Physical::Int32 | Physical::Int64 | Physical::Float64 => input.cast(&Physical::Boolean).map_err(Into::into),
        _ => return None,
    })
}

fn to_integer(input: &Series) -> Option<Result<Int64Chunked>> {
    let whole = || -> Result<Int64Chunked> {
        Ok(match input.dtype() {
            Physical::String => unary_elementwise(input.str()?, |s: Option<&str>| s?.trim().parse().ok()),
            Physical::Float64 => unary_elementwise(input.f64()?, |x: Option<f64>| truncated(x?)),
            _ => input.cast(&Physical::Int64)?.i64()?.clone(),
        })
    };
    match input.dtype() {
        Physical::String | Physical::Float64 | Physical::Boolean | Physical::Int32 | Physical::Int64 => Some(whole()),
        Physical::Datetime(..) => Some(whole()),
        _ => None,
    }
}

/// The integer part of `value`, if a BIGINT can hold it.
fn truncated(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let whole = value.trunc();
    // The range was just checked, so the conversion is exact.
    (whole >= -LIMIT && whole < LIMIT).then_some(whole as i64)
}

fn to_float(input: &Series) -> Option<Result<Series>> {
    Some(match input.dtype() {
        Physical::String => input.str().map_err(Into::into).map(|texts| {
            let parse = |s: &str| s.trim().parse::<f64>().ok().filter(|x| x.is_finite());
            let parsed: Float64Chunked = unary_elementwise(texts, |s: Option<&str>| parse(s?));
            parsed.into_series()
        }),
        Physical::Boolean | Physical::Int32 | Physical::Int64 => input.cast(&Physical::Float64).map_err(Into::into),
        _ => return None,
    })
}

fn to_text(input: &Series) -> Option<Result<StringChunked>> {
    let texts = || -> Result<StringChunked> {
        Ok(match input.dtype() {
            Physical::Boolean => unary_elementwise(input.bool()?, |x: Option<bool>| x.map(|x| x.to_string())),
            Physical::Int32 => unary_elementwise(input.i32()?, |x: Option<i32>| x.map(|x| x.to_string())),
            Physical::Int64 => unary_elementwise(input.i64()?, |x: Option<i64>| x.map(|x| x.to_string())),
            Physical::Float64 => unary_elementwise(input.f64()?, |x: Option<f64>| x.map(|x| format!("{x:?}"))),
            Physical::Date => unary_elementwise(input.date()?.physical(), |x: Option<i32>| {
                x.map(|days| written(i64::from(days), write_date))
            }),
            Physical::Datetime(..) => {
                let times = input.datetime()?.physical();
                unary_elementwise(times, |x: Option<i64>| x.map(|millis| written(millis, write_timestamp)))
            }
            _ => {
                let bytes: &BinaryChunked = input.binary()?;
                unary_elementwise(bytes, |x: Option<&[u8]>| std::str::from_utf8(x?).ok())
            }
        })
    };
    match input.dtype() {
        Physical::List(_) | Physical::Struct(_) => None,
        _ => Some(texts()),
    }
}

/// What `write` writes of `value`.
fn written(value: i64, write: fn(i64, &mut Vec<u8>)) -> String {
    let mut text = Vec::with_capacity(24);
    write(value, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn to_date(input: &Series) -> Option<Result<Series>> {
    let days = || -> Result<Series> {
        let days: Int32Chunked = match input.dtype() {
            Physical::String => unary_elementwise(input.str()?, |s: Option<&str>| {
                let text = s?.trim();
                parse_date(text).or_else(|| whole_days(parse_timestamp(text)?))
            }),
            _ => unary_elementwise(input.datetime()?.physical(), |x: Option<i64>| whole_days(x?)),
        };
        Ok(days.into_series().cast(&Physical::Date)?)
    };
    matches!(input.dtype(), Physical::String | Physical::Datetime(..)).then(days)
}

fn whole_days(millis: i64) -> Option<i32> {
    i32::try_from(millis.div_euclid(86_400_000)).ok()
}

fn to_timestamp(input: &Series) -> Option<Result<Series>> {
    let millis = || -> Result<Series> {
        let millis: Int64Chunked = match input.dtype() {
            Physical::String => unary_elementwise(input.str()?, |s: Option<&str>| parse_timestamp(s?.trim())),
            Physical::Date => {
                unary_elementwise(input.date()?.physical(), |x: Option<i32>| x.map(|days| i64::from(days) * 86_400_000))
            }
            _ => input.i64()?.clone(),
        };
        Ok(millis.into_series().cast(&timestamp_type())?)
    };
    matches!(input.dtype(), Physical::String | Physical::Date | Physical::Int64).then(millis)
}
