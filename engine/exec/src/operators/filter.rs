//! Keeps the rows for which a predicate is true: neither false nor null.

use headwater::Expr;
use polars::prelude::{ChunkFillNullValue, DataFrame};

use super::RowStep;
use crate::Result;
use crate::expression::condition;

/// The `filter` step.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Filter, RowStep};
/// use polars::prelude::df;
///
/// let expensive = Filter::new(col("amount").gt(10));
/// let kept = expensive.apply(df!("amount" => [Some(5), None, Some(15)])?)?;
/// assert_eq!(kept, df!("amount" => [Some(15)])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    predicate: Expr,
}

impl Filter {
    /// Keeps the rows for which `predicate` is true.
    pub fn new(predicate: Expr) -> Self {
        Filter { predicate }
    }
}

impl RowStep for Filter {
    fn apply(&self, frame: DataFrame) -> Result<DataFrame> {
        let mask = condition(&self.predicate, &frame)?.fill_null_with_values(false)?;
        Ok(frame.filter(&mask)?)
    }
}
