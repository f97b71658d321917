//! The rows of a frame: column by column into the paths, or row by row for an observer. The same words as for JSON, so one report
//! describes both.

use polars::prelude::{AnyValue, BooleanChunked, Column, DataFrame, DataType, Field, Series, TimeUnit};

use crate::shape::builder::side_by_side;
use crate::shape::column::{ColumnStats, Surroundings};
use crate::shape::observe::{Observer, Value};
use crate::shape::paths::Paths;
use crate::shape::slices::Values;
use crate::shape::times::Place;
use crate::shape::values::HashBudget;

/// Values that are told at once.
const AT_ONCE: usize = 4_096;

/// A column without anything below it, or a field of a struct.
struct Flat {
    node: usize,
    values: Series,
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
        _ => flat.push(Flat { node, values: kept(&values, within.as_ref()) }),
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
        let mut around = Surroundings { place, newest_ms, redact, budget: &mut budget };
        tell_series(&flat.values, &mut stats, &mut around);
        (flat.node, stats, budget)
    });
    for (node, stats, budget) in done {
        paths.nodes[node].stats = stats;
        paths.budget.join(budget);
    }
}

fn tell_series(series: &Series, stats: &mut ColumnStats, around: &mut Surroundings<'_>) {
    stats.push_nulls(series.null_count() as u64);
    match series.dtype() {
        DataType::String => told(series.str().ok().map(|texts| texts.iter()), |all| Values::Texts(all), stats, around),
        DataType::Boolean => told(series.bool().ok().map(|all| all.iter()), |all| Values::Bools(all), stats, around),
        DataType::Binary => told(series.binary().ok().map(|all| all.iter()), |all| Values::Bytes(all), stats, around),
        DataType::Float64 | DataType::Float32 => {
            let numbers = series.cast(&DataType::Float64);
            let numbers = numbers.as_ref().ok().and_then(|numbers| numbers.f64().ok());
            told(numbers.map(|numbers| numbers.iter()), |all| Values::Numbers(all), stats, around);
        }
        dtype => tell_integers(series, dtype, stats, around),
    }
}

/// Tells the values that are not null, many at once.
fn told<T>(
    values: Option<impl Iterator<Item = Option<T>>>,
    slice: impl Fn(&[T]) -> Values<'_>,
    stats: &mut ColumnStats,
    around: &mut Surroundings<'_>,
) {
    let mut values = values.into_iter().flatten().flatten();
    let mut some: Vec<T> = Vec::with_capacity(AT_ONCE);
    loop {
        some.clear();
        some.extend(values.by_ref().take(AT_ONCE));
        if some.is_empty() {
            return;
        }
        stats.push_each(slice(&some), around);
    }
}

/// Integers, times and dates, which are integers below; of any other type, the text.
fn tell_integers(series: &Series, dtype: &DataType, stats: &mut ColumnStats, around: &mut Surroundings<'_>) {
    let physical = series.to_physical_repr();
    let integers = if dtype.is_integer() || dtype.is_temporal() { physical.cast(&DataType::Int64).ok() } else { None };
    let Some(Ok(values)) = integers.as_ref().map(|integers| integers.i64()) else {
        series.iter().filter(|value| !value.is_null()).for_each(|value| stats.push_text(&value.to_string(), around));
        return;
    };
    match *dtype {
        DataType::Datetime(unit, _) => {
            let millis = values.iter().map(|value| value.map(|at| to_ms(at, unit)));
            told(Some(millis), |all| Values::Times(all), stats, around);
        }
        DataType::Date => {
            let millis = values.iter().map(|value| value.map(|days| days * 86_400_000));
            told(Some(millis), |all| Values::Dates(all), stats, around);
        }
        _ => told(Some(values.iter()), |all| Values::Ints(all), stats, around),
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
