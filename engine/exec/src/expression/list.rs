//! Functions that look into lists and structs.

use headwater::BinaryOp;
use polars::prelude::{
    BooleanChunked, ChunkFillNullValue, DataType, IdxCa, IdxSize, Int64Chunked, IntoSeries, ListChunked, PlSmallStr,
    Series,
};

use super::spread::{Wholes, rows, stretched};
use super::{coerce, logic, refused};
use crate::Result;

/// Lists in one piece: where each begins and ends among all elements.
struct Lists {
    bounds: Vec<Option<(usize, usize)>>,
    elements: Series,
}

impl Lists {
    fn of(name: &str, input: &Series) -> Result<Lists> {
        let DataType::List(_) = input.dtype() else { return Err(refused(&format!("`{name}`"), &[input])) };
        let lists: ListChunked = input.list()?.rechunk().into_owned();
        let elements = lists.get_inner();
        let valid = lists.is_not_null();
        let Some(array) = lists.downcast_iter().next() else { return Ok(Lists { bounds: Vec::new(), elements }) };
        let offsets = array.offsets();
        let bounds = valid.iter().enumerate().map(|(row, valid)| (valid == Some(true)).then(|| offsets.start_end(row)));
        Ok(Lists { bounds: bounds.collect(), elements })
    }

    fn get(&self, row: usize) -> Option<(usize, usize)> {
        *self.bounds.get(if self.bounds.len() == 1 { 0 } else { row })?
    }
}

/// `field(struct, name)`: a member; null where the struct is.
pub(super) fn field(input: &Series, name: &str) -> Result<Series> {
    if *input.dtype() == DataType::Null {
        return Ok(input.clone());
    }
    let DataType::Struct(_) = input.dtype() else { return Err(refused("`field`", &[input])) };
    let member = input.struct_()?.field_by_name(name)?;
    if input.null_count() == 0 {
        return Ok(member);
    }
    let nothing = Series::full_null(PlSmallStr::EMPTY, member.len(), member.dtype());
    Ok(member.zip_with(&input.is_not_null(), &nothing)?)
}

/// `get(list, index)`: the first element is 0, the last -1.
pub(super) fn get(input: &Series, index: &Series) -> Result<Series> {
    if *input.dtype() == DataType::Null {
        return Ok(input.clone());
    }
    let lists = Lists::of("get", input)?;
    let index = Wholes::of("get", index)?;
    let place = |row: usize| -> Option<IdxSize> {
        let (begin, end) = lists.get(row)?;
        let index = index.get(row)?;
        let length = i64::try_from(end - begin).ok()?;
        let from_begin = if index < 0 { index.checked_add(length)? } else { index };
        let within = usize::try_from(from_begin).ok().filter(|at| *at < end - begin)?;
        IdxSize::try_from(begin + within).ok()
    };
    let places: IdxCa = (0..rows([input.len(), index.len()])).map(place).collect();
    Ok(lists.elements.take(&places)?)
}

/// `list_length(list)`: elements, nulls among them.
pub(super) fn length(input: &Series) -> Result<Series> {
    if *input.dtype() == DataType::Null {
        return coerce::widen(input, &DataType::Int64);
    }
    let lists = Lists::of("list_length", input)?;
    let length = |bounds: &Option<(usize, usize)>| bounds.and_then(|(begin, end)| i64::try_from(end - begin).ok());
    Ok(lists.bounds.iter().map(length).collect::<Int64Chunked>().into_series())
}

/// `list_contains(list, value)`: whether it is one of the elements; null where either is null.
pub(super) fn contains(input: &Series, value: &Series) -> Result<Series> {
    let rows = rows([input.len(), value.len()]);
    if *input.dtype() == DataType::Null {
        return Ok(stretched(&coerce::widen(input, &DataType::Boolean)?, rows));
    }
    let lists = Lists::of("list_contains", input)?;
    // For each element the value that its list is asked for, so that all are compared at once.
    let mut owners: Vec<IdxSize> = vec![0; lists.elements.len()];
    for row in 0..if value.len() == 1 { 0 } else { rows } {
        let (begin, end) = lists.get(row).unwrap_or_default();
        owners[begin..end].fill(IdxSize::try_from(row).unwrap_or(IdxSize::MAX));
    }
    let known = value.is_not_null();
    let wanted = if value.len() == 1 || value.is_empty() {
        value.clone()
    } else {
        value.take(&IdxCa::from_vec(PlSmallStr::EMPTY, owners))?
    };
    let equal = logic::truth(&logic::compare(BinaryOp::Eq, &lists.elements, &wanted)?)?;
    let equal: Vec<bool> = equal.fill_null_with_values(false)?.iter().map(|equal| equal == Some(true)).collect();
    let one = |row: usize| -> Option<bool> {
        let (begin, end) = lists.get(row)?;
        let known = known.get(if known.len() == 1 { 0 } else { row }) == Some(true);
        known.then(|| equal.get(begin..end).is_some_and(|own| own.contains(&true)))
    };
    Ok((0..rows).map(one).collect::<BooleanChunked>().into_series())
}
