//! The rows of a frame: column by column into the paths, or row by row for an observer. The same words as for JSON, so one report
//! describes both.

use polars::prelude::{AnyValue, BooleanChunked, Column, DataFrame, DataType, Field, Series, TimeUnit};

use crate::shape::builder::side_by_side;
use crate::shape::column::{ColumnStats, Surroundings};
use crate::shape::observe::{Observer, Value};
use crate::shape::paths::Paths;
use crate::shape::times::Place;
use crate::shape::values::HashBudget;

/// A column without anything below it, or a field of a struct.
struct Flat {
    node: usize,
    values: Series,
    /// Rows in which the struct around it is there; `None`: all.
    within: Option<BooleanChunked>,
}

/// Tells every column, flat ones side by side on all cores.
pub(crate) fn tell_columns(frame: &DataFrame, paths: &mut Paths) {
    paths.rows += frame.height() as u64;
    let (mut flat, mut nested) = (Vec::new(), Vec::new());
    for column in frame.columns() {
        let Some(node) = paths.field_node(0, column.name()) else { continue };
        sort_out(node, column.as_materialized_series().clone(), None, paths, &mut flat, &mut nested);
    }
    tell_flat(flat, paths);
    for (node, values) in nested {
        paths.goto(node);
        for value in values.iter() {
            tell_value(&value, paths);
        }
    }
}

/// Structs are taken apart; what holds lists is told value by value.
fn sort_out(
    node: usize,
    values: Series,
    within: Option<BooleanChunked>,
    paths: &mut Paths,
    flat: &mut Vec<Flat>,
    nested: &mut Vec<(usize, Series)>,
) {
    match values.dtype() {
        DataType::Struct(fields) if !fields.is_empty() && within.is_none() && !holds_list(values.dtype()) => {
            let there = values.is_not_null();
            let stats = &mut paths.nodes[node].stats;
            stats.push_objects(there.sum().unwrap_or(0).into(), values.null_count() as u64, fields.len());
            let Ok(own) = values.struct_() else { return };
            let within = (values.null_count() > 0).then_some(there);
            for field in own.fields_as_series() {
                let Some(at) = paths.field_node(node, field.name()) else { continue };
                match field.dtype() {
                    DataType::Struct(_) if within.is_some() => nested.push((at, kept(&field, within.as_ref()))),
                    _ => sort_out(at, field, within.clone(), paths, flat, nested),
                }
            }
        }
        dtype if holds_list(dtype) || matches!(dtype, DataType::Struct(_)) => nested.push((node, values)),
        _ => flat.push(Flat { node, values, within }),
    }
}

/// The values of the rows in which the struct around them is there.
fn kept(field: &Series, within: Option<&BooleanChunked>) -> Series {
    within.and_then(|within| field.filter(within).ok()).unwrap_or_else(|| field.clone())
}

fn holds_list(dtype: &DataType) -> bool {
    match dtype {
        DataType::List(_) => true,
        DataType::Struct(fields) => fields.iter().any(|field| holds_list(field.dtype())),
        _ => false,
    }
}

fn tell_flat(flat: Vec<Flat>, paths: &mut Paths) {
    let budgets = paths.budget.split(flat.len());
    let work: Vec<(Flat, ColumnStats, HashBudget)> = flat
        .into_iter()
        .zip(budgets)
        .map(|(flat, budget)| {
            let stats = std::mem::take(&mut paths.nodes[flat.node].stats);
            (flat, stats, budget)
        })
        .collect();
    let (newest_ms, redact) = (paths.newest_ms, paths.redact);
    let done = side_by_side(work, |(flat, mut stats, mut budget)| {
        let place = Place::default();
        tell_series(
            &flat.values,
            flat.within.as_ref(),
            &mut stats,
            &mut Surroundings { place, newest_ms, redact, budget: &mut budget },
        );
        (flat.node, stats, budget)
    });
    for (node, stats, budget) in done {
        paths.nodes[node].stats = stats;
        paths.budget.join(budget);
    }
}

/// Each value of a series by `take`; nulls as such, and nothing where the struct around it is not there.
macro_rules! each {
    ($values:expr, $within:expr, $stats:expr, |$value:ident| $take:expr) => {
        match $within {
            None => $values.iter().for_each(|value| match value {
                Some($value) => $take,
                None => $stats.push_null(),
            }),
            Some(within) => $values.iter().zip(within.iter()).for_each(|(value, there)| match value {
                _ if there != Some(true) => {}
                Some($value) => $take,
                None => $stats.push_null(),
            }),
        }
    };
}

fn tell_series(
    series: &Series,
    within: Option<&BooleanChunked>,
    stats: &mut ColumnStats,
    around: &mut Surroundings<'_>,
) {
    match series.dtype() {
        DataType::String => {
            if let Ok(values) = series.str() {
                each!(values, within, stats, |text| stats.push_text(text, around));
            }
        }
        DataType::Boolean => {
            if let Ok(values) = series.bool() {
                each!(values, within, stats, |b| stats.push_bool(b, around));
            }
        }
        DataType::Binary => {
            if let Ok(values) = series.binary() {
                each!(values, within, stats, |bytes| stats.push_bytes(bytes, around));
            }
        }
        DataType::Float64 | DataType::Float32 => {
            if let Ok(values) = series.cast(&DataType::Float64)
                && let Ok(values) = values.f64()
            {
                each!(values, within, stats, |n| stats.push_number(n, around));
            }
        }
        dtype => tell_integers(series, &dtype.clone(), within, stats, around),
    }
}

/// Integers, times and dates, which are integers below; of any other type, the text.
fn tell_integers(
    series: &Series,
    dtype: &DataType,
    within: Option<&BooleanChunked>,
    stats: &mut ColumnStats,
    around: &mut Surroundings<'_>,
) {
    let physical = series.to_physical_repr();
    let integers = if dtype.is_integer() || dtype.is_temporal() { physical.cast(&DataType::Int64).ok() } else { None };
    let Some(Ok(values)) = integers.as_ref().map(|integers| integers.i64()) else {
        for (at, value) in series.iter().enumerate() {
            if within.is_none_or(|within| within.get(at) == Some(true)) {
                tell_other(&value, stats, around);
            }
        }
        return;
    };
    match *dtype {
        DataType::Datetime(unit, _) => {
            each!(values, within, stats, |at| stats.push_time(to_ms(at, unit), 4, around));
        }
        DataType::Date => each!(values, within, stats, |days| stats.push_time(days * 86_400_000, 5, around)),
        _ => each!(values, within, stats, |i| stats.push_int(i, around)),
    }
}

fn tell_other(value: &AnyValue<'_>, stats: &mut ColumnStats, around: &mut Surroundings<'_>) {
    match value {
        AnyValue::Null => stats.push_null(),
        other => stats.push_text(&other.to_string(), around),
    }
}

/// Tells every row.
pub(crate) fn tell(frame: &DataFrame, observer: &mut dyn Observer) {
    let columns: &[Column] = frame.columns();
    for at in 0..frame.height() {
        observer.row(0);
        for column in columns {
            let Ok(value) = column.get(at) else { continue };
            if observer.field(column.name()) {
                tell_value(&value, observer);
                observer.leave();
            }
        }
    }
}

fn tell_value(value: &AnyValue<'_>, observer: &mut dyn Observer) {
    match value {
        AnyValue::Struct(_, _, fields) => {
            let mut values = Vec::new();
            value._materialize_struct_av(&mut values);
            tell_struct(&values, fields, observer);
        }
        AnyValue::StructOwned(owned) => tell_struct(&owned.0, &owned.1, observer),
        AnyValue::List(items) => {
            observer.value(Value::List(items.len()));
            if observer.items() {
                items.iter().for_each(|item| tell_value(&item, observer));
                observer.leave();
            }
        }
        scalar => tell_scalar(scalar, observer),
    }
}

fn tell_struct(values: &[AnyValue<'_>], fields: &[Field], observer: &mut dyn Observer) {
    observer.value(Value::Object(fields.len()));
    for (field, value) in fields.iter().zip(values) {
        if observer.field(field.name()) {
            tell_value(value, observer);
            observer.leave();
        }
    }
}

fn tell_scalar(value: &AnyValue<'_>, observer: &mut dyn Observer) {
    let told = match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => Value::Bool(*b),
        AnyValue::String(text) => Value::Text(text),
        AnyValue::StringOwned(text) => Value::Text(text),
        AnyValue::Binary(bytes) => Value::Bytes(bytes),
        AnyValue::BinaryOwned(bytes) => Value::Bytes(bytes),
        AnyValue::Float64(n) => Value::Number(*n),
        AnyValue::Float32(n) => Value::Number(f64::from(*n)),
        AnyValue::Date(days) => Value::Date(i64::from(*days) * 86_400_000),
        AnyValue::Datetime(at, unit, _) => Value::Time(to_ms(*at, *unit)),
        AnyValue::DatetimeOwned(at, unit, _) => Value::Time(to_ms(*at, *unit)),
        other => match other.cast(&DataType::Int64) {
            AnyValue::Int64(i) => Value::Int(i),
            _ => return observer.value(Value::Text(&other.to_string())),
        },
    };
    observer.value(told);
}

fn to_ms(at: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => at.div_euclid(1_000_000),
        TimeUnit::Microseconds => at.div_euclid(1_000),
        TimeUnit::Milliseconds => at,
    }
}
