//! Rows of a frame by their numbers.

use polars::prelude::{ChunkCast, DataFrame, IDX_DTYPE, UInt32Chunked};

use crate::Result;

/// These rows of a frame, in this order.
pub(crate) fn picked(frame: &DataFrame, rows: Vec<u32>) -> Result<DataFrame> {
    let indices = UInt32Chunked::from_vec("".into(), rows).cast(&IDX_DTYPE)?;
    Ok(frame.take(indices.idx()?)?)
}
