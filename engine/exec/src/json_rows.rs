//! Rows as JSON, the one form in which sinks, tapes and expected answers hold them: one object a row, the columns in order, nulls
//! written, `TIMESTAMP` as `2024-01-01T00:00:00.000Z`, floats the shortest that read back the same, `BINARY` in base64.
//! What JSON has no number for is a text: `"NaN"`, `"Infinity"`, `"-Infinity"`; the decoder reads these back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use polars::prelude::{
    BinaryChunked, BooleanChunked, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, ListChunked,
    Series, StringChunked, TimeUnit,
};

use crate::{Error, ErrorKind, Result, time_text};

/// Appends every row of `frame` to `out`, each on a line of its own.
///
/// # Errors
/// A column is of a type that no plan has.
pub fn append_rows(frame: &DataFrame, out: &mut Vec<u8>) -> Result<()> {
    let rows = JsonRows::new(frame)?;
    for row in 0..frame.height() {
        rows.write(row, out);
        out.push(b'\n');
    }
    Ok(())
}

/// The rows of a frame, ready to be written one by one.
pub struct JsonRows {
    columns: Vec<Member>,
}

/// A column with its name as the beginning of a member: `,"name":`.
struct Member {
    label: Vec<u8>,
    values: Values,
}

/// The values of a column, by type, in one chunk.
enum Values {
    Boolean(BooleanChunked),
    Int32(Int32Chunked),
    Int64(Int64Chunked),
    Float64(Float64Chunked),
    String(StringChunked),
    Binary(BinaryChunked),
    Date(Int32Chunked),
    Timestamp(Int64Chunked),
    List(ListChunked),
    Struct { valid: Vec<bool>, members: Vec<Member> },
    Null,
}

impl JsonRows {
    /// Prepares the rows of `frame`.
    ///
    /// # Errors
    /// A column is of a type that no plan has.
    pub fn new(frame: &DataFrame) -> Result<Self> {
        let columns = frame.columns().iter().map(|column| column.as_materialized_series().clone());
        Ok(JsonRows { columns: members(columns)? })
    }

    /// Appends the object of one row, without a line's end.
    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        write_object(&self.columns, row, out);
    }

    /// One value of one column as text, unquoted: how a sink writes a record's key. None when it is null or there is no such column.
    pub fn text(&self, column: &str, row: usize) -> Option<Vec<u8>> {
        let label = label(column);
        let member = self.columns.iter().find(|member| member.label == label)?;
        if let Values::String(texts) = &member.values {
            return texts.get(row).map(|text| text.as_bytes().to_vec());
        }
        let mut text = Vec::new();
        write_value(&member.values, row, &mut text);
        match text.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
            Some(inner) => Some(inner.to_vec()),
            None => (text != b"null").then_some(text),
        }
    }
}

fn members(columns: impl Iterator<Item = Series>) -> Result<Vec<Member>> {
    columns.map(|column| Ok(Member { label: label(column.name()), values: values(&column)? })).collect()
}

fn label(name: &str) -> Vec<u8> {
    let mut label = vec![b','];
    write_text(name, &mut label);
    label.push(b':');
    label
}

fn values(column: &Series) -> Result<Values> {
    let column = column.rechunk();
    Ok(match column.dtype() {
        DataType::Boolean => Values::Boolean(column.bool()?.clone()),
        DataType::Int32 => Values::Int32(column.i32()?.clone()),
        DataType::Int64 => Values::Int64(column.i64()?.clone()),
        DataType::Float64 => Values::Float64(column.f64()?.clone()),
        DataType::String => Values::String(column.str()?.clone()),
        DataType::Binary => Values::Binary(column.binary()?.clone()),
        DataType::Date => Values::Date(column.to_physical_repr().i32()?.clone()),
        DataType::Datetime(TimeUnit::Milliseconds, _) => Values::Timestamp(column.to_physical_repr().i64()?.clone()),
        DataType::List(_) => Values::List(column.list()?.clone()),
        DataType::Struct(_) => {
            let structs = column.struct_()?;
            let valid = column.is_not_null().iter().map(|valid| valid == Some(true)).collect();
            Values::Struct { valid, members: members(structs.fields_as_series().into_iter())? }
        }
        DataType::Null => Values::Null,
        // What polars makes of lengths and small arithmetic; a plan has no such types, but its expressions may pass through them.
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => {
            Values::Int64(column.cast(&DataType::Int64)?.i64()?.clone())
        }
        DataType::Float32 => Values::Float64(column.cast(&DataType::Float64)?.f64()?.clone()),
        other => {
            let message = format!("column `{}` is of the type {other}, which cannot be written as JSON", column.name());
            return Err(Error::new(ErrorKind::Internal, message));
        }
    })
}

fn write_object(members: &[Member], row: usize, out: &mut Vec<u8>) {
    let start = out.len();
    for member in members {
        out.extend_from_slice(&member.label);
        write_value(&member.values, row, out);
    }
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

fn write_value(values: &Values, row: usize, out: &mut Vec<u8>) {
    let found = match values {
        Values::Boolean(values) => {
            values.get(row).map(|value| out.extend_from_slice(if value { b"true" } else { b"false" }))
        }
        Values::Int32(values) => values.get(row).map(|value| write_number(&value, out)),
        Values::Int64(values) => values.get(row).map(|value| write_number(&value, out)),
        Values::Float64(values) => values.get(row).map(|value| write_float(value, out)),
        Values::String(values) => values.get(row).map(|value| write_text(value, out)),
        Values::Binary(values) => values.get(row).map(|value| {
            out.push(b'"');
            out.extend_from_slice(BASE64.encode(value).as_bytes());
            out.push(b'"');
        }),
        Values::Date(values) => values.get(row).map(|value| {
            out.push(b'"');
            time_text::write_date(i64::from(value), out);
            out.push(b'"');
        }),
        Values::Timestamp(values) => values.get(row).map(|value| {
            out.push(b'"');
            time_text::write_timestamp(value, out);
            out.push(b'"');
        }),
        Values::List(lists) => lists.get_as_series(row).map(|items| write_list(&items, out)),
        Values::Struct { valid, members } => {
            valid.get(row).copied().unwrap_or(false).then(|| write_object(members, row, out))
        }
        Values::Null => None,
    };
    if found.is_none() {
        out.extend_from_slice(b"null");
    }
}

fn write_list(items: &Series, out: &mut Vec<u8>) {
    out.push(b'[');
    if let Ok(values) = values(items) {
        for index in 0..items.len() {
            if index > 0 {
                out.push(b',');
            }
            write_value(&values, index, out);
        }
    }
    out.push(b']');
}

fn write_number(number: &impl serde::Serialize, out: &mut Vec<u8>) {
    // Writing a number into memory cannot fail.
    let _ = serde_json::to_writer(out, number);
}

fn write_float(value: f64, out: &mut Vec<u8>) {
    if value.is_finite() {
        return write_number(&value, out);
    }
    let text = if value.is_nan() {
        "\"NaN\""
    } else if value > 0.0 {
        "\"Infinity\""
    } else {
        "\"-Infinity\""
    };
    out.extend_from_slice(text.as_bytes());
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    // Writing a text into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoColumn, NamedFrom};

    use super::*;

    fn text(frame: &DataFrame) -> String {
        let mut out = Vec::new();
        append_rows(frame, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_read_back_the_same_and_what_is_no_number_is_a_text() {
        let values = [0.1, 12.0, 1e300, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        let frame = DataFrame::new(7, vec![Series::new("x".into(), values).into_column()]).unwrap();
        insta::assert_snapshot!(text(&frame), @r#"
        {"x":0.1}
        {"x":12.0}
        {"x":1e+300}
        {"x":-0.0}
        {"x":"NaN"}
        {"x":"Infinity"}
        {"x":"-Infinity"}
        "#);
    }

    #[test]
    fn a_frame_without_columns_is_empty_objects() {
        assert_eq!(text(&DataFrame::new(2, Vec::new()).unwrap()), "{}\n{}\n");
    }

    #[test]
    fn a_key_is_text_without_quotes() {
        let frame = DataFrame::new(
            2,
            vec![
                Series::new("city".into(), [Some("a\"b"), None]).into_column(),
                Series::new("n".into(), [7_i64, 8]).into_column(),
            ],
        )
        .unwrap();
        let rows = JsonRows::new(&frame).unwrap();
        assert_eq!(rows.text("city", 0).as_deref(), Some(&b"a\"b"[..]));
        assert_eq!(rows.text("city", 1), None);
        assert_eq!(rows.text("n", 1).as_deref(), Some(&b"8"[..]));
        assert_eq!(rows.text("none", 0), None);
    }
}
