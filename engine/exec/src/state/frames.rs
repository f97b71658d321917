//! Frames in a state: whole rows that an operator keeps, column by column, nested ones included.

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, Field, IdxCa, IntoSeries, NewChunkedArray, PlSmallStr, Series, StructChunked,
};

use super::bytes::{StateReader, StateWriter};
use super::values::{Builder, Values};
use crate::{Error, ErrorKind, Result};

/// Writes the rows of `frame`. Names and types are not written: whoever reads them knows the columns from the plan.
///
/// # Errors
/// A polars conversion failed.
pub fn save_frame(frame: &DataFrame, state: &mut StateWriter) -> Result<()> {
    state.count(frame.height());
    frame.columns().iter().try_for_each(|column| save(column.as_materialized_series(), state))
}

/// Reads rows with the columns of `like`.
///
/// # Errors
/// They are other columns, or damaged.
pub fn load_frame(like: &DataFrame, state: &mut StateReader<'_>) -> Result<DataFrame> {
    // A row without columns takes no byte, so that its count proves nothing; such frames are not kept.
    let height = state.count()?;
    let columns =
        like.columns().iter().map(|column| Ok(load(column.name().clone(), column.dtype(), height, state)?.into()));
    Ok(DataFrame::new(height, columns.collect::<Result<Vec<Column>>>()?)?)
}

fn save(series: &Series, state: &mut StateWriter) -> Result<()> {
    match series.dtype() {
        DataType::List(_) => {
            let lists = series.list()?;
            let mut elements: Option<Series> = None;
            for row in 0..lists.len() {
                let list = lists.get_as_series(row);
                if let Some(list) = state.some(list) {
                    state.count(list.len());
                    match &mut elements {
                        Some(all) => {
                            all.append(&list)?;
                        }
                        None => elements = Some(list),
                    }
                }
            }
            let Some(elements) = state.some(elements) else { return Ok(()) };
            state.count(elements.len());
            save(&elements, state)
        }
        DataType::Struct(_) => {
            let present = series.is_not_null();
            present.iter().for_each(|present| state.byte(u8::from(present == Some(true))));
            series.struct_()?.fields_as_series().iter().try_for_each(|field| save(field, state))
        }
        _ => {
            save_flat(Values::of(series)?.ok_or_else(|| unknown(series.dtype()))?, state);
            Ok(())
        }
    }
}

fn save_flat(values: Values, state: &mut StateWriter) {
    match values {
        Values::Int(values) => values.iter().for_each(|value| {
            if let Some(value) = state.some(value) {
                state.int(value);
            }
        }),
        Values::Float(values) => values.iter().for_each(|value| {
            if let Some(value) = state.some(value) {
                state.float(value);
            }
        }),
        Values::Bytes(values) => values.iter().for_each(|value| {
            if let Some(value) = state.some(value) {
                state.run(value);
            }
        }),
    }
}

fn load(name: PlSmallStr, data_type: &DataType, height: usize, state: &mut StateReader<'_>) -> Result<Series> {
    match data_type {
        DataType::List(element) => load_lists(name, element, height, state),
        DataType::Struct(fields) => load_structs(name, fields, height, state),
        _ => {
            let empty = Series::new_empty(name.clone(), data_type);
            let form = Values::of(&empty)?.ok_or_else(|| unknown(data_type))?.form();
            let mut values = Builder::new(form);
            for _ in 0..height {
                load_flat(&mut values, state)?;
            }
            Ok(values.finish(&name, data_type)?.take_materialized_series())
        }
    }
}

fn load_flat(values: &mut Builder, state: &mut StateReader<'_>) -> Result<()> {
    match values {
        Builder::Int(values) => values.push(state.optional(StateReader::int)?),
        Builder::Float(values) => values.push(state.optional(StateReader::float)?),
        Builder::Bytes(values) => values.push(state.optional(|state| Ok(state.run()?.to_vec()))?),
        // Lists are written element by element.
        Builder::List(_) => return Err(state.damaged()),
    }
    Ok(())
}

fn load_lists(name: PlSmallStr, element: &DataType, height: usize, state: &mut StateReader<'_>) -> Result<Series> {
    let mut lengths = Vec::new();
    for _ in 0..height {
        lengths.push(state.optional(|state| Ok(state.int()?))?);
    }
    let elements = state.optional(|state| {
        let all = state.count()?;
        load(PlSmallStr::EMPTY, element, all, state)
    })?;
    let elements = elements.unwrap_or_else(|| Series::new_empty(PlSmallStr::EMPTY, element));
    let mut lists: Vec<AnyValue<'static>> = Vec::with_capacity(height);
    let mut at = 0_usize;
    for length in lengths {
        let Some(length) = length else {
            lists.push(AnyValue::Null);
            continue;
        };
        let length = usize::try_from(length).map_err(|_| state.damaged())?;
        let end = at.checked_add(length).filter(|end| *end <= elements.len()).ok_or_else(|| state.damaged())?;
        lists.push(AnyValue::List(elements.slice(at as i64, length)));
        at = end;
    }
    Ok(Series::from_any_values_and_dtype(name, &lists, &DataType::List(Box::new(element.clone())), true)?)
}

fn load_structs(name: PlSmallStr, fields: &[Field], height: usize, state: &mut StateReader<'_>) -> Result<Series> {
    let mut present = Vec::with_capacity(height.min(1 << 16));
    for _ in 0..height {
        present.push(state.byte()? == 1);
    }
    let columns = fields.iter().map(|field| load(field.name.clone(), &field.dtype, height, state));
    let columns = columns.collect::<Result<Vec<Series>>>()?;
    let structs = StructChunked::from_series(name.clone(), height, columns.iter())?.into_series();
    if present.iter().all(|present| *present) {
        return Ok(structs);
    }
    let rows = (0_u32..).zip(present).map(|(row, present)| present.then_some(row));
    Ok(structs.take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, rows))?)
}

fn unknown(data_type: &DataType) -> Error {
    Error::new(ErrorKind::Internal, format!("rows with a column of type {data_type} cannot be kept in a state"))
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    fn hostile() -> DataFrame {
        let lists = [Some(Series::new("".into(), [Some(1_i64), None])), None, Some(Series::new("".into(), [0_i64; 0]))];
        let structs = StructChunked::from_series(
            "s".into(),
            3,
            [Series::new("a".into(), [Some("x"), None, Some("")]), Series::new("b".into(), [1.5, f64::NAN, -0.0])]
                .iter(),
        );
        let structs = structs.unwrap().into_series();
        let holes = IdxCa::from_iter_options("".into(), [Some(0), None, Some(2)].into_iter());
        DataFrame::new(
            3,
            vec![
                Series::new("l".into(), lists).into(),
                structs.take(&holes).unwrap().into(),
                Series::new("n".into(), [Some(i64::MIN), None, Some(i64::MAX)]).into(),
                Series::new("d".into(), [Some(1_i32), None, Some(-9)]).cast(&DataType::Date).unwrap().into(),
                Series::new("i".into(), [Some(1_i32), None, Some(-9)]).into(),
                Series::new("t".into(), [Some(true), None, Some(false)]).into(),
                Series::new("x".into(), [Some(&b"\0\xff"[..]), None, Some(&b""[..])]).into(),
            ],
        )
        .unwrap()
    }

    fn back(frame: &DataFrame) -> DataFrame {
        let mut state = StateWriter::new(1);
        save_frame(frame, &mut state).unwrap();
        let bytes = state.finish();
        let mut state = StateReader::new("rows", &bytes, 1).unwrap();
        let read = load_frame(&frame.clear(), &mut state).unwrap();
        state.finish().unwrap();
        read
    }

    #[test]
    fn rows_of_every_type_come_back_as_they_were() {
        let frame = hostile();
        assert!(back(&frame).equals_missing(&frame), "{:?}\n{frame:?}", back(&frame));
        assert_eq!(back(&frame.clear()).schema(), frame.schema());
        let last = frame.slice(1, 2);
        assert!(back(&last).equals_missing(&last));
    }

    #[test]
    fn what_is_cut_off_is_damaged_and_no_panic() {
        let frame = hostile();
        let mut state = StateWriter::new(1);
        save_frame(&frame, &mut state).unwrap();
        let bytes = state.finish();
        for length in 1..bytes.len() {
            let mut state = StateReader::new("rows", &bytes[..length], 1).unwrap();
            assert!(load_frame(&frame, &mut state).is_err(), "{length} bytes of {}", bytes.len());
        }
    }
}
