//! The keys of rows to be joined, as bytes that are equal when the keys are.

use polars::prelude::DataFrame;

use crate::state::groups::{encode, encoders};
use crate::state::values::Values;
use crate::{Error, ErrorKind, Result};

/// Calls `each` with the key of every row; none where a part of it is null, which equals nothing.
pub(crate) fn each_key(
    frame: &DataFrame,
    on: &[String],
    mut each: impl FnMut(usize, Option<&[u8]>) -> Result<()>,
) -> Result<()> {
    let columns = on.iter().map(|name| frame.column(name)).collect::<std::result::Result<Vec<_>, _>>()?;
    let null = columns.iter().filter(|column| column.null_count() > 0).map(|column| column.is_null());
    let null: Vec<_> = null.map(|mask| mask.rechunk().into_owned()).collect();
    let values = columns.iter().map(|column| {
        let flat = Values::of(column.as_materialized_series())?;
        flat.ok_or_else(|| Error::new(ErrorKind::Plan, format!("column `{}` cannot be a key", column.name())))
    });
    let values = values.collect::<Result<Vec<Values>>>()?;
    let encoders = encoders(&values);
    let mut key = Vec::new();
    for row in 0..frame.height() {
        if null.iter().any(|mask| mask.get(row) == Some(true)) {
            each(row, None)?;
            continue;
        }
        key.clear();
        encode(&encoders, row, &mut key);
        each(row, Some(&key))?;
    }
    Ok(())
}
