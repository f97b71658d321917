//! Columns in the three forms that state is kept in: integers (dates, times and booleans too), floats, and bytes.

use polars::prelude::{
    BinaryChunked, Column, DataType, Float64Chunked, Int64Chunked, IntoSeries, NewChunkedArray, PlSmallStr, Series,
    StringChunked,
};

use crate::Result;

/// The values of a column.
#[derive(Clone, Debug)]
pub enum Values {
    /// BOOLEAN, INT, BIGINT, DATE, TIMESTAMP.
    Int(Int64Chunked),
    /// DOUBLE.
    Float(Float64Chunked),
    /// STRING, BINARY.
    Bytes(BinaryChunked),
}

impl Values {
    /// The values of `series` in their form; none for lists and structs, which have no order.
    ///
    /// # Errors
    /// A polars conversion failed.
    pub fn of(series: &Series) -> Result<Option<Values>> {
        let series = series.rechunk();
        Ok(Some(match series.dtype() {
            DataType::Int64 => Values::Int(series.i64()?.clone()),
            DataType::Boolean | DataType::Int32 | DataType::Null => {
                Values::Int(series.cast(&DataType::Int64)?.i64()?.clone())
            }
            DataType::Date | DataType::Datetime(..) => {
                Values::Int(series.to_physical_repr().cast(&DataType::Int64)?.i64()?.clone())
            }
            DataType::Float64 => Values::Float(series.f64()?.clone()),
            DataType::String => Values::Bytes(series.str()?.as_binary()),
            DataType::Binary => Values::Bytes(series.binary()?.clone()),
            _ => return Ok(None),
        }))
    }

    /// The form of these values.
    pub fn form(&self) -> Form {
        match self {
            Values::Int(_) => Form::Int,
            Values::Float(_) => Form::Float,
            Values::Bytes(_) => Form::Bytes,
        }
    }
}

/// Which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// [`Values::Int`].
    Int,
    /// [`Values::Float`].
    Float,
    /// [`Values::Bytes`].
    Bytes,
}

/// A column that grows value by value.
#[derive(Clone, Debug)]
pub enum Builder {
    /// Integers.
    Int(Vec<Option<i64>>),
    /// Floats.
    Float(Vec<Option<f64>>),
    /// Bytes.
    Bytes(Vec<Option<Vec<u8>>>),
}

impl Builder {
    /// An empty column of that form.
    pub fn new(form: Form) -> Self {
        match form {
            Form::Int => Builder::Int(Vec::new()),
            Form::Float => Builder::Float(Vec::new()),
            Form::Bytes => Builder::Bytes(Vec::new()),
        }
    }

    /// The column, as `data_type`.
    ///
    /// # Errors
    /// A polars conversion failed.
    pub fn finish(self, name: &str, data_type: &DataType) -> Result<Column> {
        let name = PlSmallStr::from_str(name);
        let series = match self {
            Builder::Int(values) => Int64Chunked::from_slice_options(name, &values).into_series(),
            Builder::Float(values) => Float64Chunked::from_slice_options(name, &values).into_series(),
            Builder::Bytes(values) if *data_type == DataType::String => {
                let texts = values.iter().map(|v| v.as_ref().map(|bytes| String::from_utf8_lossy(bytes)));
                StringChunked::from_iter_options(name, texts).into_series()
            }
            Builder::Bytes(values) => BinaryChunked::from_iter_options(name, values.into_iter()).into_series(),
        };
        let narrowed = match data_type {
            // A date is reached through its physical 32 bits.
            DataType::Date => series.cast(&DataType::Int32)?,
            _ => series,
        };
        Ok(narrowed.cast(data_type)?.into())
    }
}
