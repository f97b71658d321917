//! Parquet files: columns that have their types already. What does not fit a given schema is a dead letter, its row as JSON.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as Arrow, Date32Type, Float64Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow::error::ArrowError;
use headwater::{DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use polars::prelude::DataFrame;

use super::{BATCH_ROWS, FileReader, damaged};
use crate::json_rows::JsonRows;
use crate::sources::decode::{ColumnBuilder, RecordRef, RowDecoder};
use crate::{Domain, Error, ErrorKind, Result};

/// What the end of a file says about it.
pub(crate) struct Footer {
    path: PathBuf,
    pub(crate) rows: u64,
    schema: SchemaRef,
    builder: ParquetRecordBatchReaderBuilder<File>,
}

impl Footer {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| damaged(path, error))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(path, error))?;
        let rows = builder.metadata().file_metadata().num_rows().unsigned_abs();
        Ok(Footer { path: path.to_path_buf(), rows, schema: builder.schema().clone(), builder })
    }

    /// The columns of the file.
    pub(crate) fn schema(&self) -> Result<Schema> {
        let mut fields = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let Some(data_type) = logical_type(field.data_type()) else {
                let (path, name, found) = (self.path.display(), field.name(), field.data_type());
                let message = format!("the column `{name}` of `{path}` has the type {found}, which no pipeline has");
                let hint = "Name the columns to read with `.schema(…)`, without this one.";
                return Err(Error::new(ErrorKind::Source, message).domain(Domain::User).hint(hint));
            };
            fields.push(Field { name: field.name().clone(), data_type });
        }
        Ok(Schema { fields })
    }

    /// Reads on with the options of the Parquet reader.
    pub(crate) fn into_builder(self) -> ParquetRecordBatchReaderBuilder<File> {
        self.builder
    }
}

/// The plan's type for a column of a file.
fn logical_type(found: &Arrow) -> Option<DataType> {
    Some(match found {
        Arrow::Boolean => DataType::Boolean,
        Arrow::Int8 | Arrow::Int16 | Arrow::Int32 | Arrow::UInt8 | Arrow::UInt16 => DataType::Int32,
        Arrow::Int64 | Arrow::UInt32 | Arrow::UInt64 => DataType::Int64,
        Arrow::Float16 | Arrow::Float32 | Arrow::Float64 | Arrow::Decimal128(..) | Arrow::Decimal256(..) => {
            DataType::Float64
        }
        Arrow::Utf8 | Arrow::LargeUtf8 | Arrow::Utf8View | Arrow::Null => DataType::String,
        Arrow::Binary | Arrow::LargeBinary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => DataType::Binary,
        Arrow::Date32 | Arrow::Date64 => DataType::Date,
        Arrow::Timestamp(..) => DataType::Timestamp,
        Arrow::Dictionary(_, values) => logical_type(values)?,
        Arrow::List(item) | Arrow::LargeList(item) | Arrow::FixedSizeList(item, _) => {
            DataType::List(Box::new(logical_type(item.data_type())?))
        }
        Arrow::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|field| Some(Field { name: field.name().clone(), data_type: logical_type(field.data_type())? }))
                .collect::<Option<_>>()?,
        ),
        _ => return None,
    })
}

/// Decodes the rows of a file.
pub(super) struct ParquetReader {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    position: u64,
    rows: u64,
}

impl ParquetReader {
    pub(super) fn open(path: &Path, position: u64, columns: &[String]) -> Result<Self> {
        let footer = Footer::read(path)?;
        let rows = footer.rows;
        let builder = footer.into_builder();
        let roots: Vec<usize> = (0..builder.schema().fields().len())
            .filter(|&at| columns.contains(builder.schema().field(at).name()))
            .collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let skipped = usize::try_from(position).unwrap_or(usize::MAX);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).with_offset(skipped).build();
        Ok(ParquetReader {
            path: path.to_path_buf(),
            reader: reader.map_err(|error| damaged(path, error))?,
            position,
            rows,
        })
    }
}

impl FileReader for ParquetReader {
    fn read(&mut self, decoder: &mut RowDecoder) -> Result<bool> {
        let place = |error: ArrowError, row: u64| damaged(&self.path, format!("{error}, after row {row}"));
        let Some(batch) = self.reader.next() else { return Ok(false) };
        let batch = batch.map_err(|error| place(error, self.position))?;
        append_batch(&batch, self.position, decoder).map_err(|error| place(error, self.position))?;
        self.position += batch.num_rows() as u64;
        Ok(self.position < self.rows)
    }

    fn position(&self) -> u64 {
        self.position
    }
}

/// Appends a batch whose first row is `position`: all at once when everything fits, row by row otherwise.
fn append_batch(batch: &RecordBatch, position: u64, decoder: &mut RowDecoder) -> std::result::Result<(), ArrowError> {
    let arrays: Vec<Option<ArrayRef>> = decoder
        .names()
        .iter()
        .map(|name| batch.column_by_name(name).map(plain).transpose())
        .collect::<std::result::Result<_, _>>()?;
    let rows = batch.num_rows();
    let bytes = batch.get_array_memory_size();
    if append_all(&arrays, rows, decoder).is_none() {
        decoder.grown(rows, bytes);
        return Ok(());
    }
    decoder.undo();
    for row in 0..rows {
        let slices: Vec<Option<ArrayRef>> =
            arrays.iter().map(|array| array.as_ref().map(|array| array.slice(row, 1))).collect();
        match append_all(&slices, 1, decoder) {
            None => decoder.grown(1, bytes / rows.max(1)),
            Some(column) => {
                decoder.undo();
                let reason =
                    format!("column `{}`: the value is not {}", decoder.names()[column], decoder.type_name(column));
                let value = json_row(&batch.slice(row, 1)).unwrap_or_default();
                let reference =
                    RecordRef { position: position + row as u64, value: Some(&value), ..RecordRef::default() };
                decoder.reject(&reference, reason);
            }
        }
    }
    Ok(())
}

/// Appends the arrays to their columns, nulls where the file has no such column. Names the first column that something did not fit.
fn append_all(arrays: &[Option<ArrayRef>], rows: usize, decoder: &mut RowDecoder) -> Option<usize> {
    let mut misfit = None;
    for (place, (array, column)) in arrays.iter().zip(decoder.columns_mut()).enumerate() {
        match array {
            Some(array) if !append(array, column) => {
                misfit.get_or_insert(place);
            }
            Some(_) => {}
            None => (0..rows).for_each(|_| column.push_null()),
        }
    }
    misfit
}

/// The array in one of the few forms that [`append`] reads.
fn plain(array: &ArrayRef) -> std::result::Result<ArrayRef, ArrowError> {
    let to = match array.data_type() {
        Arrow::Int8 | Arrow::Int16 | Arrow::Int32 | Arrow::UInt8 | Arrow::UInt16 | Arrow::UInt32 => Arrow::Int64,
        Arrow::UInt64 | Arrow::Float16 | Arrow::Float32 | Arrow::Decimal128(..) | Arrow::Decimal256(..) => {
            Arrow::Float64
        }
        Arrow::Utf8 | Arrow::Utf8View => Arrow::LargeUtf8,
        Arrow::Binary | Arrow::BinaryView | Arrow::FixedSizeBinary(_) => Arrow::LargeBinary,
        Arrow::Date64 => Arrow::Date32,
        Arrow::Dictionary(_, values) => return plain(&cast(array, values)?),
        Arrow::List(item) | Arrow::FixedSizeList(item, _) => Arrow::LargeList(item.clone()),
        _ => return Ok(array.clone()),
    };
    cast(array, &to)
}

/// Appends every value. Says whether all fit; a null stands for one that does not.
fn append(array: &ArrayRef, column: &mut ColumnBuilder) -> bool {
    let Ok(array) = plain(array) else { return false };
    let valid = |row: usize| array.is_valid(row);
    match array.data_type() {
        Arrow::Boolean => each(&array, column, |column, row| column.push_bool(array.as_boolean().value(row))),
        Arrow::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            each(&array, column, |column, row| column.push_int(values.value(row)))
        }
        Arrow::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            each(&array, column, |column, row| column.push_float(values.value(row)))
        }
        Arrow::LargeUtf8 => {
            let values = array.as_string::<i64>();
            each(&array, column, |column, row| column.push_text(values.value(row)))
        }
        Arrow::LargeBinary => {
            let values = array.as_binary::<i64>();
            each(&array, column, |column, row| column.push_bytes(values.value(row)))
        }
        Arrow::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            each(&array, column, |column, row| column.push_days(values.value(row)))
        }
        Arrow::Timestamp(unit, _) => {
            let millis = millis(&array, *unit);
            each(&array, column, |column, row| millis[row].is_some_and(|millis| column.push_millis(millis)))
        }
        Arrow::LargeList(_) => {
            let lists = array.as_list::<i64>();
            each(&array, column, |column, row| match column {
                ColumnBuilder::List(builder) => {
                    let fits = append(&lists.value(row), &mut builder.items);
                    builder.close();
                    fits
                }
                _ => false,
            })
        }
        Arrow::Struct(_) => append_structs(&array, column),
        _ => {
            (0..array.len()).for_each(|_| column.push_null());
            !(0..array.len()).any(valid)
        }
    }
}

fn each(array: &ArrayRef, column: &mut ColumnBuilder, push: impl Fn(&mut ColumnBuilder, usize) -> bool) -> bool {
    let mut all = true;
    for row in 0..array.len() {
        let before = column.len();
        let fits = array.is_null(row) || push(column, row);
        if column.len() == before {
            column.push_null();
        }
        all &= fits;
    }
    all
}

/// Epoch milliseconds, whatever the unit; none where they are out of range.
fn millis(array: &ArrayRef, unit: TimeUnit) -> Vec<Option<i64>> {
    let rows = 0..array.len();
    match unit {
        TimeUnit::Second => {
            rows.map(|row| array.as_primitive::<TimestampSecondType>().value(row).checked_mul(1_000)).collect()
        }
        TimeUnit::Millisecond => {
            rows.map(|row| Some(array.as_primitive::<TimestampMillisecondType>().value(row))).collect()
        }
        TimeUnit::Microsecond => rows
            .map(|row| Some(array.as_primitive::<TimestampMicrosecondType>().value(row).div_euclid(1_000)))
            .collect(),
        TimeUnit::Nanosecond => rows
            .map(|row| Some(array.as_primitive::<TimestampNanosecondType>().value(row).div_euclid(1_000_000)))
            .collect(),
    }
}

fn append_structs(array: &ArrayRef, column: &mut ColumnBuilder) -> bool {
    let structs = array.as_struct();
    each(array, column, |column, row| {
        let ColumnBuilder::Struct(builder) = column else { return false };
        let mut fits = true;
        for (name, member) in builder.names.iter().zip(&mut builder.members) {
            match structs.column_by_name(name) {
                Some(values) => fits &= append(&values.slice(row, 1), member),
                None => member.push_null(),
            }
        }
        builder.close();
        fits
    })
}

/// The rows of a batch as a frame, each column of the type that a pipeline has for its own; what does not fit becomes null.
///
/// # Errors
/// The rows make no frame: two columns have the same name.
pub fn frame(batch: &RecordBatch) -> Result<DataFrame> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let data_type = logical_type(field.data_type()).unwrap_or(DataType::String);
        let mut column = ColumnBuilder::new(&data_type);
        append(array, &mut column);
        columns.push(column.finish(field.name())?.into());
    }
    Ok(DataFrame::new(batch.num_rows(), columns)?)
}

fn json_row(batch: &RecordBatch) -> Result<Vec<u8>> {
    let mut row = Vec::new();
    JsonRows::new(&frame(batch)?)?.write(0, &mut row);
    Ok(row)
}
