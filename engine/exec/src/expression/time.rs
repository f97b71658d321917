//! Functions of times: cutting to a unit, parts, adding lengths, differences. All UTC, proleptic Gregorian, in milliseconds.

use headwater::{Function, parse_duration};
use polars::prelude::arity::{broadcast_binary_elementwise, unary_elementwise};
use polars::prelude::{DataType, Int64Chunked, IntoSeries, Series};

use super::faults::{Fault, Faults, note};
use super::function::Call;
use super::{coerce, refused};
use crate::Result;
use crate::time_text::{civil, days_from_civil, days_in_month};
use crate::types::timestamp_type;

const DAY_MS: i64 = 86_400_000;

/// What times are cut and counted by: a fixed length, milliseconds, or a number of months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Fixed(i64),
    Week,
    Months(i64),
}

impl Unit {
    /// The unit of this name, one of the catalogue's.
    fn named(name: &str) -> Option<Unit> {
        Some(match name.to_ascii_lowercase().as_str() {
            "millisecond" => Unit::Fixed(1),
            "second" => Unit::Fixed(1_000),
            "minute" => Unit::Fixed(60_000),
            "hour" => Unit::Fixed(3_600_000),
            "day" => Unit::Fixed(DAY_MS),
            "week" => Unit::Week,
            "month" => Unit::Months(1),
            "quarter" => Unit::Months(3),
            "year" => Unit::Months(12),
            _ => return None,
        })
    }

    /// The beginning of the unit that `millis` lies in.
    fn begin(self, millis: i64) -> Option<i64> {
        match self {
            Unit::Fixed(length) => millis.checked_sub(millis.rem_euclid(length)),
            Unit::Week => millis.checked_sub(millis.rem_euclid(DAY_MS) + (weekday(millis) - 1) * DAY_MS),
            Unit::Months(length) => {
                let (year, month, _) = civil(millis.div_euclid(DAY_MS));
                days_from_civil(year, (month - 1) / length * length + 1, 1).checked_mul(DAY_MS)
            }
        }
    }

    /// The whole units from one time to another, towards zero.
    fn between(self, from: i64, to: i64) -> Option<i64> {
        let passed = |length: i64| to.checked_sub(from).map(|millis| millis / length);
        match self {
            Unit::Fixed(length) => passed(length),
            Unit::Week => passed(7 * DAY_MS),
            Unit::Months(length) => Some(months(from, to) / length),
        }
    }
}

/// Monday is 1.
fn weekday(millis: i64) -> i64 {
    (millis.div_euclid(DAY_MS) + 3).rem_euclid(7) + 1
}

/// Whole months from one time to another: one has passed when the same day and time of day is reached, or the last day of a
/// shorter month; as Flink and DuckDB count them.
fn months(from: i64, to: i64) -> i64 {
    if from > to {
        return -months(to, from);
    }
    let split = |millis: i64| (civil(millis.div_euclid(DAY_MS)), millis.rem_euclid(DAY_MS));
    let (((first, begin, day), at), ((last, end, then_day), then)) = (split(from), split(to));
    let reached = (day.min(days_in_month(last, end)), at) <= (then_day, then);
    (last - first) * 12 + end - begin - i64::from(!reached)
}

/// `date_trunc`, `date_add`, `date_diff` and `to_timestamp`.
pub(super) fn call(call: &Call<'_>) -> Result<Series> {
    let unit = |at: usize| -> Result<Unit> {
        let name = call.constant(at)?;
        Unit::named(name).ok_or_else(|| call.wrong(format!("no unit `{name}`")))
    };
    match call.function {
        Function::DateTrunc => {
            let unit = unit(0)?;
            mapped(&moments(call, 1)?, |millis| unit.begin(millis))
        }
        Function::DateAdd => {
            let length = length(call)?;
            mapped(&moments(call, 0)?, |millis| millis.checked_add(length))
        }
        Function::DateDiff => {
            let unit = unit(0)?;
            let (from, to) = (moments(call, 1)?, moments(call, 2)?);
            let mut faults = Faults::default();
            let result: Int64Chunked =
                broadcast_binary_elementwise(&from, &to, |from: Option<i64>, to: Option<i64>| {
                    let passed = unit.between(from?, to?);
                    if passed.is_none() {
                        faults.count(Fault::Overflow);
                    }
                    passed
                });
            note(faults);
            Ok(result.into_series())
        }
        _ => from_epoch(call),
    }
}

/// `year(t)` and the other parts.
pub(super) fn part(function: Function, input: &Series) -> Result<Series> {
    let times = coerced(function.name(), input)?;
    let date = |millis: i64| civil(millis.div_euclid(DAY_MS));
    let within = |millis: i64, unit: i64, most: i64| millis.rem_euclid(DAY_MS) / unit % most;
    let part = |millis: i64| match function {
        Function::Year => date(millis).0,
        Function::Month => date(millis).1,
        Function::Day => date(millis).2,
        Function::Hour => within(millis, 3_600_000, 24),
        Function::Minute => within(millis, 60_000, 60),
        Function::Second => within(millis, 1_000, 60),
        Function::DayOfWeek => weekday(millis),
        Function::DayOfYear => millis.div_euclid(DAY_MS) - days_from_civil(date(millis).0, 1, 1) + 1,
        _ => millis,
    };
    let result: Int64Chunked = unary_elementwise(&times, |millis: Option<i64>| millis.map(part));
    Ok(result.into_series())
}

/// `to_timestamp(n, unit)`.
fn from_epoch(call: &Call<'_>) -> Result<Series> {
    let unit = call.constant(1)?;
    let (times, parts) = match unit.to_ascii_lowercase().as_str() {
        "s" => (1_000, 1),
        "ms" => (1, 1),
        "us" => (1, 1_000),
        "ns" => (1, 1_000_000),
        _ => return Err(call.wrong(format!("no unit `{unit}`"))),
    };
    let number = match call.args[0].dtype() {
        DataType::Int32 | DataType::Int64 | DataType::Null => coerce::widen(&call.args[0], &DataType::Int64)?,
        _ => return Err(refused("`to_timestamp`", &[&call.args[0]])),
    };
    mapped(number.i64()?, |number| number.div_euclid(parts).checked_mul(times))
}

/// The constant length of a `date_add`, milliseconds.
fn length(call: &Call<'_>) -> Result<i64> {
    let text = call.constant(1)?.trim();
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |rest| (rest, -1));
    let millis = parse_duration(digits).map_err(|reason| call.wrong(reason))?;
    let millis = i64::try_from(millis).map_err(|_| call.wrong(format!("`{text}` is too long")))?;
    Ok(sign * millis)
}

/// The epoch milliseconds of an argument.
fn moments(call: &Call<'_>, at: usize) -> Result<Int64Chunked> {
    coerced(call.function.name(), &call.args[at])
}

/// The epoch milliseconds of a column of times or days.
pub(super) fn coerced(name: &str, input: &Series) -> Result<Int64Chunked> {
    match input.dtype() {
        DataType::Date | DataType::Datetime(..) | DataType::Null => {
            Ok(coerce::widen(input, &timestamp_type())?.datetime()?.physical().clone())
        }
        _ => Err(refused(&format!("`{name}`"), &[input])),
    }
}

/// Each moment as another; none, where milliseconds cannot hold it.
fn mapped(input: &Int64Chunked, f: impl Fn(i64) -> Option<i64>) -> Result<Series> {
    let mut faults = Faults::default();
    let result: Int64Chunked = unary_elementwise(input, |millis: Option<i64>| {
        let moved = f(millis?);
        if moved.is_none() {
            faults.count(Fault::Overflow);
        }
        moved
    });
    note(faults);
    Ok(result.into_series().cast(&timestamp_type())?)
}
