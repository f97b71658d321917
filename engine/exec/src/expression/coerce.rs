//! Bringing operands to one type: integers widen, an integer meets a float as a float, null takes any type.

use polars::prelude::{DataType, Series};

use crate::Result;
use crate::types::{logical_type, timestamp_type};

/// The type that values of both types are brought to, if there is one.
pub(super) fn common_type(left: &DataType, right: &DataType) -> Option<DataType> {
    use DataType::{Date, Datetime, Float64, Int32, Int64, Null};
    Some(match (left, right) {
        (a, b) if a == b => a.clone(),
        (Null, other) | (other, Null) => other.clone(),
        (Int32, Int64) | (Int64, Int32) => Int64,
        (Int32 | Int64, Float64) | (Float64, Int32 | Int64) => Float64,
        (Date, Datetime(..)) | (Datetime(..), Date) => timestamp_type(),
        _ => return None,
    })
}

/// `series` as `to`, one of the types that [`common_type`] gave for it.
pub(super) fn widen(series: &Series, to: &DataType) -> Result<Series> {
    if series.dtype() == to { Ok(series.clone()) } else { Ok(series.cast(to)?) }
}

/// All of `series` as their common type.
pub(super) fn unify(series: &[&Series], operation: &str) -> Result<Vec<Series>> {
    let common = series
        .iter()
        .try_fold(DataType::Null, |so_far, next| common_type(&so_far, next.dtype()))
        .ok_or_else(|| super::refused(operation, series))?;
    series.iter().map(|one| widen(one, &common)).collect()
}

/// A type as a person writes it in a schema.
pub(super) fn type_name(data_type: &DataType) -> String {
    use headwater::DataType as Logical;
    match logical_type(data_type) {
        Some(Logical::Boolean) => "BOOLEAN".into(),
        Some(Logical::Int32) => "INT".into(),
        Some(Logical::Int64) => "BIGINT".into(),
        Some(Logical::Float64) => "DOUBLE".into(),
        Some(Logical::String) => "STRING".into(),
        Some(Logical::Binary) => "BINARY".into(),
        Some(Logical::Date) => "DATE".into(),
        Some(Logical::Timestamp) => "TIMESTAMP".into(),
        Some(Logical::List(_)) => "ARRAY".into(),
        Some(Logical::Struct(_)) => "STRUCT".into(),
        None => data_type.to_string(),
    }
}
