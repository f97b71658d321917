//! CSV records: the texts of the fields, each read as its column's type; an empty field is null.

use super::Misfit;
use super::columns::ColumnBuilder;

/// Appends one CSV record of a topic. It has no header, so its fields are those of the whole schema, in order.
pub(super) fn decode_line(
    value: &[u8],
    width: usize,
    places: &[usize],
    names: &[String],
    columns: &mut [ColumnBuilder],
) -> Result<(), String> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(value);
    let mut fields = ::csv::ByteRecord::new();
    if !reader.read_byte_record(&mut fields).map_err(|error| format!("not CSV: {error}"))? {
        return Err("an empty value".to_string());
    }
    if fields.len() != width {
        return Err(format!("{} fields, where the schema has {width} columns", fields.len()));
    }
    for ((&place, name), column) in places.iter().zip(names).zip(columns) {
        push_field(fields.get(place), name, column)?;
    }
    Ok(())
}

/// Appends the fields of one record; a column without a field in this file is null.
pub(super) fn decode_fields(
    fields: &::csv::ByteRecord,
    places: &[Option<usize>],
    names: &[String],
    columns: &mut [ColumnBuilder],
) -> Result<(), String> {
    for ((place, name), column) in places.iter().zip(names).zip(columns) {
        push_field(place.and_then(|place| fields.get(place)), name, column)?;
    }
    Ok(())
}

fn push_field(field: Option<&[u8]>, name: &str, column: &mut ColumnBuilder) -> Result<(), String> {
    let Some(bytes) = field.filter(|field| !field.is_empty()) else {
        column.push_null();
        return Ok(());
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(format!("column `{name}`: the text is not UTF-8"));
    };
    if column.push_text(text) {
        return Ok(());
    }
    let mut misfit = Misfit::default();
    misfit.value(text, column.type_name());
    misfit.within(name);
    Err(misfit.reason().unwrap_or_default())
}
