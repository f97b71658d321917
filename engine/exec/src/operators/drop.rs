//! Removes columns; the others stay in their order.

use polars::prelude::DataFrame;

use super::RowStep;
use crate::Result;

/// The `drop` step.
///
/// ```
/// use headwater_exec::operators::{Drop, RowStep};
/// use polars::prelude::df;
///
/// let without_b = Drop::new(vec!["b".into()]);
/// assert_eq!(without_b.apply(df!("a" => [1], "b" => [2])?)?, df!("a" => [1])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Drop {
    columns: Vec<String>,
}

impl Drop {
    /// Removes the columns of these names.
    pub fn new(columns: Vec<String>) -> Self {
        Drop { columns }
    }
}

impl RowStep for Drop {
    fn apply(&self, frame: DataFrame) -> Result<DataFrame> {
        Ok(frame.drop_many(self.columns.iter().map(String::as_str)))
    }
}
