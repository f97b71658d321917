//! Columns side by side, of which those with one value stand for all rows: how functions of several arguments read theirs.

use polars::prelude::{DataType, Int64Chunked, Series, StringChunked, StringChunkedBuilder};

use super::{coerce, refused};
use crate::Result;

/// A column of texts.
pub(super) struct Texts(StringChunked);

/// A column of whole numbers.
pub(super) struct Wholes(Int64Chunked);

impl Texts {
    /// The texts of an argument; the constant null is one too.
    pub(super) fn of(name: &str, input: &Series) -> Result<Texts> {
        Ok(Texts(text(name, input)?.rechunk().into_owned()))
    }

    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.0.get(if self.0.len() == 1 { 0 } else { row })
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Wholes {
    /// The whole numbers of an argument; the constant null is one too.
    pub(super) fn of(name: &str, input: &Series) -> Result<Wholes> {
        match input.dtype() {
            DataType::Int32 | DataType::Int64 | DataType::Null => {
                Ok(Wholes(coerce::widen(input, &DataType::Int64)?.i64()?.rechunk().into_owned()))
            }
            _ => Err(refused(&format!("`{name}`"), &[input])),
        }
    }

    pub(super) fn get(&self, row: usize) -> Option<i64> {
        self.0.get(if self.0.len() == 1 { 0 } else { row })
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The rows of columns of these lengths: one where each has one value.
pub(super) fn rows(lengths: impl IntoIterator<Item = usize>) -> usize {
    lengths.into_iter().find(|length| *length != 1).unwrap_or(1)
}

/// `series` in so many rows.
pub(super) fn stretched(series: &Series, rows: usize) -> Series {
    if series.len() == rows { series.clone() } else { series.new_from_index(0, rows) }
}

/// The text column of an argument; the constant null is one too.
pub(super) fn text(name: &str, input: &Series) -> Result<StringChunked> {
    match input.dtype() {
        DataType::String => Ok(input.str()?.clone()),
        DataType::Null => Ok(coerce::widen(input, &DataType::String)?.str()?.clone()),
        _ => Err(refused(&format!("`{name}`"), &[input])),
    }
}

/// A column of texts, each written into one buffer that is used again; a row that says `None` is null.
pub(super) fn written(rows: usize, mut write: impl FnMut(usize, &mut String) -> Option<()>) -> StringChunked {
    let mut column = StringChunkedBuilder::new("".into(), rows);
    let mut buffer = String::new();
    for row in 0..rows {
        buffer.clear();
        match write(row, &mut buffer) {
            Some(()) => column.append_value(&buffer),
            None => column.append_null(),
        }
    }
    column.finish()
}
