//! Comparison and boolean logic, three-valued: a comparison with null is null, `false and null` is false.

use headwater::BinaryOp;
use polars::prelude::{
    BooleanChunked, ChunkCompareEq, ChunkCompareIneq, ChunkFillNullValue, ChunkFullNull, DataType, IntoSeries,
    PlSmallStr, Series,
};

use super::{coerce, refused};
use crate::Result;

/// `left op right` for one of the six comparisons.
pub(super) fn compare(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    let both = coerce::unify(&[left, right], "a comparison")?;
    let (left, right) = (&both[0], &both[1]);
    if *left.dtype() == DataType::Null {
        return Ok(BooleanChunked::full_null(PlSmallStr::EMPTY, longer(left, right)).into_series());
    }
    let result = match op {
        BinaryOp::Eq => left.equal(right)?,
        BinaryOp::NotEq => left.not_equal(right)?,
        BinaryOp::Lt => left.lt(right)?,
        BinaryOp::LtEq => left.lt_eq(right)?,
        BinaryOp::Gt => left.gt(right)?,
        _ => left.gt_eq(right)?,
    };
    Ok(result.into_series())
}

/// `left and right`, `left or right`, by Kleene.
pub(super) fn connect(op: BinaryOp, left: &Series, right: &Series) -> Result<Series> {
    let (left, right) = (truth(left)?, truth(right)?);
    let result = if op == BinaryOp::And { &left & &right } else { &left | &right };
    Ok(result.into_series())
}

/// `not input`; null stays null.
pub(super) fn not(input: &Series) -> Result<Series> {
    Ok((!&truth(input)?).into_series())
}

/// The first value whose condition is true (neither false nor null).
pub(super) fn when(branches: &[(Series, Series)], otherwise: &Series) -> Result<Series> {
    let mut all: Vec<&Series> = branches.iter().map(|(_, then)| then).collect();
    all.push(otherwise);
    let mut values = coerce::unify(&all, "`when`")?;
    let mut result = values.pop().expect("the word after `otherwise` is always there");
    for ((condition, _), then) in branches.iter().zip(&values).rev() {
        let chosen = truth(condition)?.fill_null_with_values(false)?;
        let height = [chosen.len(), then.len(), result.len()].into_iter().find(|n| *n != 1).unwrap_or(1);
        let stretched =
            |series: &Series| if series.len() == height { series.clone() } else { series.new_from_index(0, height) };
        let mask = if chosen.len() == height {
            chosen
        } else {
            chosen.into_series().new_from_index(0, height).bool()?.clone()
        };
        result = stretched(then).zip_with(&mask, &stretched(&result))?;
    }
    Ok(result)
}

/// A condition's column; the constant null is a condition too.
pub(super) fn truth(input: &Series) -> Result<BooleanChunked> {
    match input.dtype() {
        DataType::Boolean => Ok(input.bool()?.clone()),
        DataType::Null => Ok(BooleanChunked::full_null(PlSmallStr::EMPTY, input.len())),
        _ => Err(refused("a condition", &[input])),
    }
}

fn longer(left: &Series, right: &Series) -> usize {
    if left.len() == 1 { right.len() } else { left.len() }
}
