//! Makes a row of each element of a list.

use polars::prelude::{DataFrame, ExplodeOptions};

use super::RowStep;
use crate::Result;

/// The `explode` step. The other columns are repeated; a list that is empty or null gives one row with null for the element.
///
/// ```
/// use headwater_exec::operators::{Explode, RowStep};
/// use polars::prelude::*;
///
/// let lists = [Some(Series::new("".into(), [1_i64, 2])), None];
/// let orders = df!("id" => ["a", "b"], "items" => Series::new("items".into(), lists))?;
/// let rows = Explode::new("items").apply(orders)?;
/// assert!(rows.equals_missing(&df!("id" => ["a", "a", "b"], "items" => [Some(1_i64), Some(2), None])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Explode {
    column: String,
}

impl Explode {
    /// Takes the lists in `column` apart.
    pub fn new(column: impl Into<String>) -> Self {
        Explode { column: column.into() }
    }
}

impl RowStep for Explode {
    fn apply(&self, frame: DataFrame) -> Result<DataFrame> {
        Ok(frame.explode([&self.column], ExplodeOptions { empty_as_null: true, keep_nulls: true })?)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn empty_and_null_lists_stay_as_one_row_and_null_elements_are_elements() {
        let lists = [
            Some(Series::new("".into(), [Some(1_i64), None])),
            None,
            Some(Series::new("".into(), [0_i64; 0])),
            Some(Series::new("".into(), [Some(4_i64)])),
        ];
        let frame =
            df!("id" => [1_i64, 2, 3, 4], "n" => Series::new("n".into(), lists), "z" => ["a", "b", "c", "d"]).unwrap();
        let expected = df!(
            "id" => [1_i64, 1, 2, 3, 4],
            "n" => [Some(1_i64), None, None, None, Some(4)],
            "z" => ["a", "a", "b", "c", "d"],
        )
        .unwrap();
        let whole = Explode::new("n").apply(frame.clone()).unwrap();
        assert!(whole.equals_missing(&expected), "{whole}");
        // The same, however the rows are split into batches.
        let mut split = Explode::new("n").apply(frame.slice(0, 2)).unwrap();
        split.vstack_mut(&Explode::new("n").apply(frame.slice(2, 2)).unwrap()).unwrap();
        assert!(split.equals_missing(&expected));
        assert_eq!(Explode::new("n").apply(frame.clear()).unwrap().schema(), expected.schema());
    }
}
