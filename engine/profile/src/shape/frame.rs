//! The rows of a frame for the observer: the same words as for JSON, so one report describes both.

use polars::prelude::{AnyValue, Column, DataFrame, DataType, Field, TimeUnit};

use crate::shape::observe::{Observer, Value};

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
