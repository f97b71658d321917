//! Rows of a frame by their numbers.

use headwater::Expr;
use polars::prelude::{ChunkCast, DataFrame, IDX_DTYPE, Series, UInt32Chunked};

use crate::Result;
use crate::expression::evaluate;
use crate::runtime::Share;

/// These rows of a frame, in this order.
pub(crate) fn picked(frame: &DataFrame, rows: Vec<u32>) -> Result<DataFrame> {
    let indices = UInt32Chunked::from_vec("".into(), rows).cast(&IDX_DTYPE)?;
    Ok(frame.take(indices.idx()?)?)
}

/// Of every row of a frame whether its key is among those of a share.
pub(super) fn held(frame: &DataFrame, keys: &[Expr], share: Share) -> Result<Vec<bool>> {
    let columns = keys.iter().map(|key| evaluate(key, frame)).collect::<Result<Vec<Series>>>()?;
    share.holds(&columns, frame.height())
}

/// The rows of a frame whose keys are among those of a share.
pub(super) fn held_rows(frame: DataFrame, keys: &[Expr], share: Share) -> Result<DataFrame> {
    let held = held(&frame, keys, share)?;
    if held.iter().all(|held| *held) {
        return Ok(frame);
    }
    picked(&frame, (0_u32..).zip(held).filter(|(_, held)| *held).map(|(row, _)| row).collect())
}
