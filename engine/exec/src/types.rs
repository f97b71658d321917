//! The plan's logical types as polars types, and empty frames of a schema.

use headwater::{DataType, Schema};
use polars::prelude as pl;

/// The polars type that holds values of `data_type`.
pub fn polars_type(data_type: &DataType) -> pl::DataType {
    match data_type {
        DataType::Boolean => pl::DataType::Boolean,
        DataType::Int32 => pl::DataType::Int32,
        DataType::Int64 => pl::DataType::Int64,
        DataType::Float64 => pl::DataType::Float64,
        DataType::String => pl::DataType::String,
        DataType::Binary => pl::DataType::Binary,
        DataType::Date => pl::DataType::Date,
        DataType::Timestamp => timestamp_type(),
        DataType::List(item) => pl::DataType::List(Box::new(polars_type(item))),
        DataType::Struct(fields) => pl::DataType::Struct(
            fields.iter().map(|f| pl::Field::new(f.name.as_str().into(), polars_type(&f.data_type))).collect(),
        ),
    }
}

/// `TIMESTAMP`: milliseconds since the epoch, UTC by agreement (polars' zones need a feature that nothing here needs).
pub fn timestamp_type() -> pl::DataType {
    pl::DataType::Datetime(pl::TimeUnit::Milliseconds, None)
}

/// The logical type whose values a polars column of this type holds, if there is one.
pub fn logical_type(data_type: &pl::DataType) -> Option<DataType> {
    Some(match data_type {
        pl::DataType::Boolean => DataType::Boolean,
        pl::DataType::Int32 => DataType::Int32,
        pl::DataType::Int64 => DataType::Int64,
        pl::DataType::Float64 => DataType::Float64,
        pl::DataType::String => DataType::String,
        pl::DataType::Binary => DataType::Binary,
        pl::DataType::Date => DataType::Date,
        pl::DataType::Datetime(pl::TimeUnit::Milliseconds, None) => DataType::Timestamp,
        pl::DataType::List(item) => DataType::List(Box::new(logical_type(item)?)),
        pl::DataType::Struct(fields) => DataType::Struct(
            fields
                .iter()
                .map(|f| Some(headwater::Field { name: f.name.to_string(), data_type: logical_type(&f.dtype)? }))
                .collect::<Option<Vec<_>>>()?,
        ),
        _ => return None,
    })
}

/// A frame without rows, with the columns of `schema`.
pub fn empty_frame(schema: &Schema) -> pl::DataFrame {
    let columns = schema
        .fields
        .iter()
        .map(|f| pl::Column::new_empty(f.name.as_str().into(), &polars_type(&f.data_type)))
        .collect();
    pl::DataFrame::new(0, columns).expect("the names of a schema are unique")
}
