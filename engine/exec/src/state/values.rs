//! Columns in the three forms that state is kept in: integers (dates, times and booleans too), floats, and bytes.

use polars::prelude::{
    AnyValue, BinaryChunked, Column, DataType, Float64Chunked, Int64Chunked, IntoSeries, NewChunkedArray, PlSmallStr,
    Series, StringChunked, StructChunked,
};

use super::bytes::StateReader;
use super::datum::{Datum, DatumRef};
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

    /// A copy of the value in a row, null is none. For the few: looking for the array costs more than the copy.
    pub fn get(&self, row: usize) -> Option<Datum> {
        Some(
            match self {
                Values::Int(values) => DatumRef::Int(values.get(row)?),
                Values::Float(values) => DatumRef::float(values.get(row)?),
                Values::Bytes(values) => DatumRef::Bytes(values.get(row)?),
            }
            .kept(),
        )
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

impl Form {
    /// Reads a value of this form.
    ///
    /// # Errors
    /// The bytes mean no value, or one of another form.
    pub fn datum(self, state: &mut StateReader<'_>) -> Result<Datum> {
        let datum = Datum::load(state)?;
        match (self, &datum) {
            (Form::Int, Datum::Int(_)) | (Form::Float, Datum::Float(_)) | (Form::Bytes, Datum::Bytes(_)) => Ok(datum),
            _ => Err(state.damaged()),
        }
    }
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
    /// Lists, of values or of structs.
    List(Lists),
}

/// Lists end to end: the length of each, none for null, and one column of items, or one a member of the structs.
#[derive(Clone, Debug)]
pub struct Lists {
    lengths: Vec<Option<usize>>,
    items: Vec<Builder>,
}

impl Builder {
    /// An empty column of lists: of values, of which there is one column, or of structs.
    pub fn list(items: Vec<Builder>) -> Self {
        Builder::List(Lists { lengths: Vec::new(), items })
    }

    /// Appends an integer to a column of integers.
    pub fn push_int(&mut self, value: Option<i64>) {
        let Builder::Int(values) = self else { unreachable!("a result has the form of its column") };
        values.push(value);
    }

    /// Appends a float to a column of floats.
    pub fn push_float(&mut self, value: Option<f64>) {
        let Builder::Float(values) = self else { unreachable!("a result has the form of its column") };
        values.push(value);
    }

    /// Appends bytes to a column of bytes.
    pub fn push_bytes(&mut self, value: Option<&[u8]>) {
        let Builder::Bytes(values) = self else { unreachable!("a result has the form of its column") };
        values.push(value.map(<[u8]>::to_vec));
    }

    /// Appends a value that was kept, or null, to a column of its form.
    pub fn push_datum(&mut self, value: Option<&Datum>) {
        match (self, value) {
            (Builder::Int(values), None) => values.push(None),
            (Builder::Float(values), None) => values.push(None),
            (Builder::Bytes(values), None) => values.push(None),
            (Builder::Int(values), Some(Datum::Int(value))) => values.push(Some(*value)),
            (Builder::Float(values), Some(Datum::Float(ordered))) => values.push(Some(Datum::as_float(*ordered))),
            (Builder::Bytes(values), Some(Datum::Bytes(bytes))) => values.push(Some(bytes.to_vec())),
            _ => unreachable!("a result has the form of its column"),
        }
    }

    /// Appends a list of that many items, which `fill` appends to the columns of items; or null.
    pub fn push_list(&mut self, length: Option<usize>, fill: impl FnOnce(&mut [Builder])) {
        let Builder::List(lists) = self else { unreachable!("a result has the form of its column") };
        lists.lengths.push(length);
        fill(&mut lists.items);
    }

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
            Builder::List(lists) => return lists.finish(&name, data_type),
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

impl Lists {
    fn finish(self, name: &PlSmallStr, data_type: &DataType) -> Result<Column> {
        let items = match data_type {
            DataType::List(item) => self.items_of(item)?,
            _ => unreachable!("lists make a column of lists"),
        };
        let mut at = 0;
        let lists = self.lengths.iter().map(|length| match length {
            None => AnyValue::Null,
            Some(length) => {
                at += length;
                AnyValue::List(items.slice((at - length) as i64, *length))
            }
        });
        let lists: Vec<AnyValue<'_>> = lists.collect();
        Ok(Series::from_any_values_and_dtype(name.clone(), &lists, data_type, true)?.into())
    }

    /// All items, end to end.
    fn items_of(&self, item: &DataType) -> Result<Series> {
        let column = |(builder, name, data_type): (&Builder, &str, &DataType)| {
            builder.clone().finish(name, data_type).map(Column::take_materialized_series)
        };
        match item {
            DataType::Struct(fields) => {
                let columns =
                    self.items.iter().zip(fields).map(|(items, field)| (items, field.name.as_str(), &field.dtype));
                let columns = columns.map(column).collect::<Result<Vec<Series>>>()?;
                let height = columns.first().map_or(0, |column| column.len());
                Ok(StructChunked::from_series(PlSmallStr::EMPTY, height, columns.iter())?.into_series())
            }
            _ => column((&self.items[0], "", item)),
        }
    }
}
