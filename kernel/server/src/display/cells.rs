//! Values of a frame as text for people, with what decides how they look: null, empty, number or other.

use crate::display::escape::{CELL_CHARS, cut};
use crate::display::numbers::timestamp;
use polars::prelude::{AnyValue, DataType, Field, TimeUnit};
use serde_json::Value;

/// One value, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// No value.
    Null,
    /// A string without a character, which must not look like null.
    Empty,
    /// A value whose digits line up at the right.
    Number(String),
    /// Any other value.
    Text(String),
}

impl Cell {
    /// How `value` is shown.
    pub fn of(value: &AnyValue<'_>) -> Cell {
        match value {
            AnyValue::Null => Cell::Null,
            AnyValue::String("") => Cell::Empty,
            AnyValue::StringOwned(text) if text.is_empty() => Cell::Empty,
            value if value.is_primitive_numeric() => Cell::Number(number(value)),
            value => Cell::Text(text(value)),
        }
    }

    /// The cell as plain text, not yet made visible: `∅` is null, `""` an empty string.
    pub fn plain(&self) -> &str {
        match self {
            Cell::Null => "∅",
            Cell::Empty => "\"\"",
            Cell::Number(text) | Cell::Text(text) => text,
        }
    }
}

/// The name people know the type of a column by.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::String => "STRING".to_owned(),
        DataType::Binary => "BINARY".to_owned(),
        DataType::Date => "DATE".to_owned(),
        DataType::Datetime(_, _) => "TIMESTAMP".to_owned(),
        DataType::List(inner) => format!("ARRAY<{}>", type_name(inner)),
        DataType::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}", field.name(), type_name(field.dtype()))).collect();
            format!("STRUCT<{}>", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// Numbers exactly, but for floats with so many digits that they hide the rest of the row.
fn number(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Float64(number) => float(*number),
        AnyValue::Float32(number) => float(f64::from(*number)),
        other => other.to_string(),
    }
}

/// The shortest text that reads back as `number`; more than 12 characters are rounded to six decimals or digits.
pub fn float(number: f64) -> String {
    let exact = format!("{number:?}");
    if exact.len() <= 12 || !number.is_finite() {
        return exact;
    }
    let size = number.abs();
    if (1e-3..1e12).contains(&size) {
        let rounded = format!("{number:.6}");
        rounded.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{number:.5e}")
    }
}

fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Datetime(at, unit, _) => timestamp(millis(*at, *unit)),
        AnyValue::DatetimeOwned(at, unit, _) => timestamp(millis(*at, *unit)),
        AnyValue::Binary(bytes) => hexadecimal(bytes),
        AnyValue::BinaryOwned(bytes) => hexadecimal(bytes),
        AnyValue::List(_) | AnyValue::Struct(..) | AnyValue::StructOwned(_) => nested(value),
        other => other.to_string(),
    }
}

/// A list or struct as JSON text, the fields in the order of the type.
fn nested(value: &AnyValue<'_>) -> String {
    let members = |values: &mut dyn Iterator<Item = AnyValue<'_>>, fields: &[Field]| {
        let members: Vec<String> = values
            .zip(fields)
            .map(|(value, field)| format!("{}:{}", Value::from(field.name().as_str()), nested(&value)))
            .collect();
        format!("{{{}}}", members.join(","))
    };
    match value {
        AnyValue::List(series) => {
            let items: Vec<String> = series.iter().take(CELL_CHARS).map(|item| nested(&item)).collect();
            format!("[{}]", items.join(","))
        }
        AnyValue::Struct(_, _, fields) => members(&mut value._iter_struct_av(), fields),
        AnyValue::StructOwned(both) => members(&mut both.0.iter().cloned(), &both.1),
        other => json(other).to_string(),
    }
}

fn millis(at: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => at.div_euclid(1_000_000),
        TimeUnit::Microseconds => at.div_euclid(1_000),
        TimeUnit::Milliseconds => at,
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut out = String::from("0x");
    bytes.iter().take(CELL_CHARS).for_each(|byte| out.push_str(&format!("{byte:02x}")));
    if bytes.len() > CELL_CHARS { format!("{out}… ({} bytes)", bytes.len()) } else { out }
}

/// `value` as JSON, for the machine-readable form of a table and for nested values.
pub fn json(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(truth) => Value::Bool(*truth),
        AnyValue::Int32(number) => Value::from(*number),
        AnyValue::Int64(number) => Value::from(*number),
        AnyValue::Float64(number) => Value::from(*number),
        AnyValue::List(series) => Value::Array(series.iter().map(|item| json(&item)).collect()),
        AnyValue::Struct(_, _, fields) => {
            object(value._iter_struct_av(), fields.iter().map(|field| field.name().as_str()))
        }
        AnyValue::StructOwned(both) => {
            let (values, fields) = both.as_ref();
            object(values.iter().cloned(), fields.iter().map(|field| field.name().as_str()))
        }
        other => Value::String(cut(&text(other), 1_000)),
    }
}

fn object<'a>(values: impl Iterator<Item = AnyValue<'a>>, names: impl Iterator<Item = &'a str>) -> Value {
    Value::Object(names.zip(values).map(|(name, value)| (name.to_owned(), json(&value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::IntoSeries;

    #[test]
    fn null_and_empty_look_different() {
        assert_eq!(Cell::of(&AnyValue::Null).plain(), "∅");
        assert_eq!(Cell::of(&AnyValue::String("")).plain(), "\"\"");
    }

    #[test]
    fn floats_are_exact_while_short() {
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(3.0), "3.0");
        assert_eq!(float(0.1 + 0.2), "0.3");
        assert_eq!(float(1.0 / 3.0), "0.333333");
        assert_eq!(float(1.234_567_890_123e15), "1.23457e15");
        assert_eq!(float(f64::NAN), "NaN");
    }

    #[test]
    fn times_are_utc_and_short() {
        assert_eq!(timestamp(1_767_225_600_000), "2026-01-01 00:00:00");
        assert_eq!(timestamp(-1), "1969-12-31 23:59:59.999");
        assert_eq!(
            Cell::of(&AnyValue::Datetime(1_767_225_600_000_000, TimeUnit::Microseconds, None)).plain(),
            "2026-01-01 00:00:00"
        );
    }

    #[test]
    fn nested_values_are_json_with_their_fields_in_order() {
        let frame = polars::df!("qty" => [2i64], "sku" => ["a\"b"]).expect("two columns");
        let item = frame.into_struct("items".into()).into_series();
        let value = item.get(0).expect("one row");
        assert_eq!(Cell::of(&value).plain(), r#"{"qty":2,"sku":"a\"b"}"#);
        assert_eq!(Cell::of(&value.into_static()).plain(), r#"{"qty":2,"sku":"a\"b"}"#);
        assert_eq!(Cell::of(&AnyValue::List(item)).plain(), r#"[{"qty":2,"sku":"a\"b"}]"#);
    }

    #[test]
    fn bytes_are_hexadecimal_and_bounded() {
        assert_eq!(Cell::of(&AnyValue::Binary(b"\x00<b>")).plain(), "0x003c623e");
        assert!(Cell::of(&AnyValue::BinaryOwned(vec![0; 5_000])).plain().ends_with("… (5000 bytes)"));
    }
}
