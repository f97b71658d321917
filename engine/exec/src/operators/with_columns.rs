//! Adds columns, or replaces those of the same name; every expression sees the columns as they were before.

use headwater::Expr;
use polars::prelude::DataFrame;

use super::RowStep;
use crate::Result;
use crate::expression::evaluate_column;

/// The `with_columns` step.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{RowStep, WithColumns};
/// use polars::prelude::df;
///
/// let shifted = WithColumns::new(vec![(col("n") + 1).alias("n"), (col("n") * 10).alias("tens")]);
/// let frame = shifted.apply(df!("n" => [1_i64, 2])?)?;
/// assert_eq!(frame, df!("n" => [2_i64, 3], "tens" => [10_i64, 20])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct WithColumns {
    exprs: Vec<Expr>,
}

impl WithColumns {
    /// One expression a column.
    pub fn new(exprs: Vec<Expr>) -> Self {
        WithColumns { exprs }
    }
}

impl RowStep for WithColumns {
    fn apply(&self, mut frame: DataFrame) -> Result<DataFrame> {
        let columns = self.exprs.iter().map(|expr| evaluate_column(expr, &frame)).collect::<Result<Vec<_>>>()?;
        for column in columns {
            frame.with_column(column)?;
        }
        Ok(frame)
    }
}
