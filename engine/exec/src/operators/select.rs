//! Keeps exactly the columns it is given expressions for, in their order.

use headwater::Expr;
use polars::prelude::DataFrame;

use super::RowStep;
use crate::Result;
use crate::expression::evaluate_column;

/// The `select` step.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{RowStep, Select};
/// use polars::prelude::df;
///
/// let doubled = Select::new(vec![(col("n") * 2).alias("twice"), col("n")]);
/// let frame = doubled.apply(df!("n" => [1_i64, 2], "rest" => ["x", "y"])?)?;
/// assert_eq!(frame, df!("twice" => [2_i64, 4], "n" => [1_i64, 2])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Select {
    exprs: Vec<Expr>,
}

impl Select {
    /// One expression a column.
    pub fn new(exprs: Vec<Expr>) -> Self {
        Select { exprs }
    }
}

impl RowStep for Select {
    fn apply(&self, frame: DataFrame) -> Result<DataFrame> {
        let columns = self.exprs.iter().map(|expr| evaluate_column(expr, &frame)).collect::<Result<_>>()?;
        Ok(DataFrame::new(frame.height(), columns)?)
    }
}
