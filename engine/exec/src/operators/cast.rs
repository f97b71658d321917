//! Changes the types of columns in their places; a value that does not fit becomes null.

use headwater::{Expr, Field};
use polars::prelude::DataFrame;

use super::RowStep;
use crate::Result;
use crate::expression::evaluate_column;

/// The `cast` step.
///
/// ```
/// use headwater::{DataType, Field};
/// use headwater_exec::operators::{Cast, RowStep};
/// use polars::prelude::df;
///
/// let numbers = Cast::new(vec![Field { name: "n".into(), data_type: DataType::Int64 }]);
/// assert_eq!(numbers.apply(df!("n" => ["1", "2"])?)?, df!("n" => [1_i64, 2])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cast {
    exprs: Vec<Expr>,
}

impl Cast {
    /// Which column gets which type.
    pub fn new(columns: Vec<Field>) -> Self {
        let cast = |field: Field| Expr::Cast { input: Box::new(Expr::Column(field.name)), to: field.data_type };
        Cast { exprs: columns.into_iter().map(cast).collect() }
    }
}

impl RowStep for Cast {
    fn apply(&self, mut frame: DataFrame) -> Result<DataFrame> {
        for expr in &self.exprs {
            let column = evaluate_column(expr, &frame)?;
            frame.with_column(column)?;
        }
        Ok(frame)
    }
}
