//! Functions that choose among values or compare several: `coalesce`, `between`, `is_in`, `least` and their kin.

use std::collections::HashSet;
use std::hash::Hash;

use headwater::BinaryOp;
use polars::prelude::{
    BooleanChunked, ChunkCompareEq, ChunkFillNullValue, ChunkFullNull, DataType, IntoSeries, NamedFrom, PlSmallStr,
    Series,
};

use super::spread::{rows, stretched};
use super::{coerce, logic, refused};
use crate::Result;

/// `coalesce(a, b, …)`: the first that is not null.
pub(super) fn coalesce(args: &[Series]) -> Result<Series> {
    let mut values = coerce::unify(&args.iter().collect::<Vec<_>>(), "`coalesce`")?;
    let mut result = values.pop().ok_or_else(|| refused("`coalesce`", &[]))?;
    while let Some(before) = values.pop() {
        let height = rows([before.len(), result.len()]);
        let [before, after] = [before, result].map(|series| stretched(&series, height));
        result = before.zip_with(&before.is_not_null(), &after)?;
    }
    Ok(result)
}

/// `null_if(a, b)`: null where both are equal, else the first.
pub(super) fn null_if(value: &Series, other: &Series) -> Result<Series> {
    let both = coerce::unify(&[value, other], "`null_if`")?;
    let equal = logic::truth(&logic::compare(BinaryOp::Eq, value, other)?)?.fill_null_with_values(false)?;
    chosen(&!&equal, &both[0], &nothing(both[0].dtype()))
}

/// `between(value, low, high)`.
pub(super) fn between(value: &Series, low: &Series, high: &Series) -> Result<Series> {
    let above = logic::compare(BinaryOp::GtEq, value, low)?;
    logic::connect(BinaryOp::And, &above, &logic::compare(BinaryOp::LtEq, value, high)?)
}

/// `is_distinct_from(a, b)`: whether they differ, null being a value like any other.
pub(super) fn is_distinct_from(value: &Series, other: &Series) -> Result<Series> {
    let both = coerce::unify(&[value, other], "`is_distinct_from`")?;
    let height = rows([value.len(), other.len()]);
    if *both[0].dtype() == DataType::Null {
        return Ok(Series::new(PlSmallStr::EMPTY, vec![false; height]));
    }
    let [value, other] = [stretched(&both[0], height), stretched(&both[1], height)];
    Ok(value.not_equal_missing(&other)?.into_series())
}

/// `is_in(value, items…)`: whether it is one of the constants.
pub(super) fn is_in(args: &[Series]) -> Result<Series> {
    let all = coerce::unify(&args.iter().collect::<Vec<_>>(), "`is_in`")?;
    let (value, items) = (&all[0], &all[1..]);
    let null_among = items.iter().any(|item| item.null_count() > 0);
    let found = match value.dtype() {
        DataType::Null => return Ok(BooleanChunked::full_null(PlSmallStr::EMPTY, value.len()).into_series()),
        DataType::Int64 => {
            let items: HashSet<i64> = items.iter().filter_map(|item| item.i64().ok()?.get(0)).collect();
            members(value.i64()?.iter(), &items)
        }
        DataType::Int32 => {
            let items: HashSet<i32> = items.iter().filter_map(|item| item.i32().ok()?.get(0)).collect();
            members(value.i32()?.iter(), &items)
        }
        DataType::String => {
            let items: HashSet<&str> = items.iter().filter_map(|item| item.str().ok()?.get(0)).collect();
            members(value.str()?.iter(), &items)
        }
        _ => {
            let mut any = BooleanChunked::full_null(PlSmallStr::EMPTY, value.len()).fill_null_with_values(false)?;
            for item in items.iter().filter(|item| item.null_count() == 0) {
                any = &any | &logic::truth(&logic::compare(BinaryOp::Eq, value, item)?)?;
            }
            // A comparison with null is null, but `false or null` of the first item already made it so.
            any
        }
    };
    let found = found.into_series();
    if !null_among {
        return Ok(found);
    }
    logic::connect(BinaryOp::Or, &found, &Series::new_null(PlSmallStr::EMPTY, 1))
}

fn members<T: Hash + Eq>(values: impl Iterator<Item = Option<T>>, items: &HashSet<T>) -> BooleanChunked {
    values.map(|value| value.map(|value| items.contains(&value))).collect()
}

/// `least(a, b, …)` or `greatest(a, b, …)`: null where any is null.
pub(super) fn extreme(args: &[Series], least: bool) -> Result<Series> {
    let name = if least { "`least`" } else { "`greatest`" };
    let all = coerce::unify(&args.iter().collect::<Vec<_>>(), name)?;
    let op = if least { BinaryOp::LtEq } else { BinaryOp::GtEq };
    let mut values = all.into_iter();
    let mut result = values.next().ok_or_else(|| refused(name, &[]))?;
    for other in values {
        let first = logic::truth(&logic::compare(op, &result, &other)?)?;
        let known = first.is_not_null();
        let nearer = chosen(&first.fill_null_with_values(false)?, &result, &other)?;
        result = chosen(&known, &nearer, &nothing(nearer.dtype()))?;
    }
    Ok(result)
}

/// One value where the mask is true, else the other.
fn chosen(mask: &BooleanChunked, one: &Series, other: &Series) -> Result<Series> {
    let height = rows([mask.len(), one.len(), other.len()]);
    let mask = stretched(&mask.clone().into_series(), height);
    Ok(stretched(one, height).zip_with(mask.bool()?, &stretched(other, height))?)
}

fn nothing(data_type: &DataType) -> Series {
    Series::full_null(PlSmallStr::EMPTY, 1, data_type)
}
