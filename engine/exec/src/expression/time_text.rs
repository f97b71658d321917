//! Times as texts in a format of strftime, both ways. A format is a constant, read once a batch.

use std::fmt::Write as _;

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveTime};
use polars::prelude::arity::unary_elementwise;
use polars::prelude::{Int64Chunked, IntoSeries, Series};

use super::function::Call;
use super::spread::{text, written};
use super::time::coerced;
use crate::Result;
use crate::types::timestamp_type;

/// `parse_timestamp(s, format)`.
pub(super) fn parse(input: &Series, call: &Call<'_>) -> Result<Series> {
    let items = items(call)?;
    let input = text("parse_timestamp", input)?;
    let times: Int64Chunked = unary_elementwise(&input, |s: Option<&str>| read(s?, &items));
    Ok(times.into_series().cast(&timestamp_type())?)
}

/// `format_timestamp(t, format)`.
pub(super) fn format(input: &Series, call: &Call<'_>) -> Result<Series> {
    let items = items(call)?;
    let times = coerced("format_timestamp", input)?.rechunk().into_owned();
    let one = |row: usize, out: &mut String| {
        let moment = DateTime::from_timestamp_millis(times.get(row)?)?;
        write!(out, "{}", moment.format_with_items(items.iter())).ok()
    };
    Ok(written(times.len(), one).into_series())
}

fn items(call: &Call<'_>) -> Result<Vec<Item<'static>>> {
    let format = call.constant(1)?;
    StrftimeItems::new(format).parse_to_owned().map_err(|_| {
        call.wrong(format!("`{}` cannot read the format `{format}`", call.function.name()))
            .hint("A format reads like `%Y-%m-%d %H:%M:%S`.")
    })
}

/// The epoch milliseconds that a text says; without a time of day midnight, without an offset UTC.
fn read(text: &str, items: &[Item<'_>]) -> Option<i64> {
    let mut parsed = Parsed::new();
    chrono::format::parse(&mut parsed, text, items.iter()).ok()?;
    if let Some(seconds) = parsed.timestamp() {
        return seconds.checked_mul(1_000)?.checked_add(i64::from(parsed.nanosecond().unwrap_or(0) / 1_000_000));
    }
    let hour = parsed.hour_mod_12().or(parsed.hour_div_12());
    if hour.is_some() && parsed.minute().is_none() {
        parsed.set_minute(0).ok()?;
    }
    let time =
        if hour.is_none() && parsed.minute().is_none() { NaiveTime::MIN } else { parsed.to_naive_time().ok()? };
    let local = parsed.to_naive_date().ok()?.and_time(time).and_utc().timestamp_millis();
    Some(local - i64::from(parsed.offset().unwrap_or(0)) * 1_000)
}
