//! Whole rows in a checkpoint, of any types that a plan has.

use polars::prelude::{AnyValue, Column, DataFrame, DataType, Field, PlSmallStr, Series};

use super::bytes::{StateReader, StateWriter};
use super::datum::Datum;
use super::values::{Builder, Values};
use crate::{Error, ErrorKind, Result};

/// Writes the rows of a frame.
///
/// # Errors
/// A polars conversion failed.
pub fn save_rows(frame: &DataFrame, state: &mut StateWriter) -> Result<()> {
    state.count(frame.height());
    for column in frame.columns() {
        let series = column.as_materialized_series();
        match Values::of(series)? {
            Some(values) => (0..series.len()).for_each(|row| save_datum(values.get(row), state)),
            None => (0..series.len()).try_for_each(|row| save_nested(&series.get(row)?, state))?,
        }
    }
    Ok(())
}

/// Reads what [`save_rows`] wrote: rows with the columns of `like`.
///
/// # Errors
/// The bytes mean no such rows.
pub fn load_rows(like: &DataFrame, state: &mut StateReader<'_>) -> Result<DataFrame> {
    let height = state.count()?;
    let mut columns: Vec<Column> = Vec::with_capacity(like.width());
    for column in like.columns() {
        let data_type = column.dtype();
        let series = match Values::of(&Series::new_empty(PlSmallStr::EMPTY, data_type))? {
            Some(values) => {
                let mut builder = Builder::new(values.form());
                for _ in 0..height {
                    let datum = state.optional(|state| values.form().datum(state))?;
                    builder.push_datum(datum.as_ref());
                }
                builder.finish(column.name(), data_type)?
            }
            None => {
                let values = (0..height).map(|_| load_nested(data_type, state)).collect::<Result<Vec<_>>>()?;
                Series::from_any_values_and_dtype(column.name().clone(), &values, data_type, true)?.into()
            }
        };
        columns.push(series);
    }
    Ok(DataFrame::new(height, columns)?)
}

fn save_datum(datum: Option<Datum>, state: &mut StateWriter) {
    if let Some(datum) = state.some(datum) {
        datum.save(state);
    }
}

/// A list or a struct: whether it is there, and its items or members.
fn save_nested(value: &AnyValue<'_>, state: &mut StateWriter) -> Result<()> {
    match value {
        AnyValue::Null => state.byte(0),
        AnyValue::List(items) => {
            state.byte(1);
            let frame = DataFrame::new(items.len(), vec![items.clone().with_name("item".into()).into()])?;
            save_rows(&frame, state)?;
        }
        AnyValue::Struct(..) | AnyValue::StructOwned(_) => {
            state.byte(1);
            for member in value._iter_struct_av() {
                save_member(&member, state)?;
            }
        }
        other => return Err(Error::new(ErrorKind::Internal, format!("`{other}` has no form in a checkpoint"))),
    }
    Ok(())
}

/// A member of a struct: what is null looks the same whether it is nested or not.
fn save_member(value: &AnyValue<'_>, state: &mut StateWriter) -> Result<()> {
    if matches!(value, AnyValue::Null | AnyValue::List(_) | AnyValue::Struct(..) | AnyValue::StructOwned(_)) {
        return save_nested(value, state);
    }
    let values = [value.clone()];
    let series = Series::from_any_values_and_dtype("member".into(), &values, &value.dtype(), true)?;
    save_datum(Values::of(&series)?.and_then(|values| values.get(0)), state);
    Ok(())
}

fn load_nested(data_type: &DataType, state: &mut StateReader<'_>) -> Result<AnyValue<'static>> {
    match state.byte()? {
        0 => return Ok(AnyValue::Null),
        1 => {}
        _ => return Err(state.damaged()),
    }
    match data_type {
        DataType::List(item) => {
            let like = DataFrame::new(0, vec![Column::new_empty("item".into(), item)])?;
            let rows = load_rows(&like, state)?;
            Ok(AnyValue::List(rows.column("item")?.as_materialized_series().clone().with_name(PlSmallStr::EMPTY)))
        }
        DataType::Struct(fields) => {
            let members = fields.iter().map(|field| load_member(field, state)).collect::<Result<Vec<_>>>()?;
            Ok(AnyValue::StructOwned(Box::new((members, fields.clone()))))
        }
        _ => Err(state.damaged()),
    }
}

fn load_member(field: &Field, state: &mut StateReader<'_>) -> Result<AnyValue<'static>> {
    if matches!(field.dtype, DataType::List(_) | DataType::Struct(_)) {
        return load_nested(&field.dtype, state);
    }
    let form = Values::of(&Series::new_empty(PlSmallStr::EMPTY, &field.dtype))?.map(|values| values.form());
    let form = form.ok_or_else(|| state.damaged())?;
    let datum = state.optional(|state| form.datum(state))?;
    let mut builder = Builder::new(form);
    builder.push_datum(datum.as_ref());
    let column = builder.finish(field.name(), &field.dtype)?;
    Ok(column.get(0)?.into_static())
}

#[cfg(test)]
mod tests {
    use polars::prelude::NamedFrom;

    use super::*;
    use crate::types::timestamp_type;

    /// Columns of every type, with nulls, and lists and structs in each other.
    fn every_type() -> DataFrame {
        let numbers = Series::new("i".into(), [Some(1_i64), None, Some(-3)]);
        let times = numbers.cast(&timestamp_type()).unwrap().with_name("t".into());
        let days = Series::new("d".into(), [None, Some(1_i32), Some(-2)]).cast(&DataType::Date).unwrap();
        let list = Series::new(
            "l".into(),
            [Some(Series::new("".into(), [Some("a"), None])), None, Some(Series::new("".into(), [] as [&str; 0]))],
        );
        let flat = DataFrame::new(
            3,
            vec![
                numbers.into(),
                times.into(),
                days.into(),
                list.into(),
                Series::new("f".into(), [Some(0.5), None, Some(f64::NEG_INFINITY)]).into(),
                Series::new("b".into(), [Some(true), None, Some(false)]).into(),
                Series::new("s".into(), [Some("x"), None, Some("")]).into(),
                Series::new("n".into(), [Some(7_i32), None, Some(8)]).into(),
                Series::new("y".into(), [Some(b"z".as_slice()), None, Some(b"")]).into(),
            ],
        )
        .unwrap();
        let members = flat.columns().iter().map(|c| c.as_materialized_series().clone()).collect::<Vec<_>>();
        let inner = polars::prelude::StructChunked::from_series("st".into(), 3, members.iter()).unwrap();
        let mut frame = flat;
        frame.with_column(polars::prelude::IntoSeries::into_series(inner).into()).unwrap();
        frame
    }

    #[test]
    fn rows_of_every_type_survive_their_bytes() {
        let frame = every_type();
        let mut state = StateWriter::new(1);
        save_rows(&frame, &mut state).unwrap();
        let bytes = state.finish();
        let mut reader = StateReader::new("a test", &bytes, 1).unwrap();
        let read = load_rows(&frame.clear(), &mut reader).unwrap();
        reader.finish().unwrap();
        assert_eq!(read.schema(), frame.schema());
        assert_eq!(format!("{read:?}"), format!("{frame:?}"));
        for cut in 1..bytes.len() {
            let mut reader = StateReader::new("a test", &bytes[..cut], 1).unwrap();
            assert!(load_rows(&frame.clear(), &mut reader).is_err(), "cut at {cut}");
        }
    }
}
