//! Makes columns of the fields of a struct.

use polars::prelude::{Column, DataFrame, IdxCa, NewChunkedArray, PlSmallStr};

use super::RowStep;
use crate::Result;

/// The `unnest` step: the fields stand where the struct stood, in its order. Of a null struct every field is null.
///
/// ```
/// use headwater_exec::operators::{RowStep, Unnest};
/// use polars::prelude::*;
///
/// let payload = df!("id" => ["x"], "city" => ["Rome"])?.into_struct("payload".into());
/// let orders = DataFrame::new(1, vec![Column::new("id".into(), [1_i64]), payload.into_column()])?;
/// let flat = Unnest::new("payload", vec!["payload_id".into(), "city".into()]).apply(orders)?;
/// assert!(flat.equals(&df!("id" => [1_i64], "payload_id" => ["x"], "city" => ["Rome"])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Unnest {
    column: String,
    names: Vec<String>,
}

impl Unnest {
    /// Takes the structs in `column` apart; their fields get these names, in order.
    pub fn new(column: impl Into<String>, names: Vec<String>) -> Self {
        Unnest { column: column.into(), names }
    }
}

impl RowStep for Unnest {
    fn apply(&self, frame: DataFrame) -> Result<DataFrame> {
        let structs = frame.column(&self.column)?.as_materialized_series().rechunk();
        let mut fields = structs.struct_()?.fields_as_series();
        if structs.null_count() > 0 {
            let present = structs.is_not_null();
            let rows = (0_u32..).zip(present.iter()).map(|(row, present)| (present == Some(true)).then_some(row));
            let rows = IdxCa::from_iter_options(PlSmallStr::EMPTY, rows);
            fields = fields.iter().map(|field| field.take(&rows)).collect::<std::result::Result<_, _>>()?;
        }
        let mut columns: Vec<Column> = Vec::with_capacity(frame.width() + fields.len());
        for column in frame.columns() {
            if column.name() != self.column.as_str() {
                columns.push(column.clone());
                continue;
            }
            for (name, mut field) in self.names.iter().zip(std::mem::take(&mut fields)) {
                field.rename(PlSmallStr::from_str(name));
                columns.push(field.into());
            }
        }
        Ok(DataFrame::new(frame.height(), columns)?)
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    #[test]
    fn of_a_null_struct_every_field_is_null() {
        let structs = df!("a" => [1_i64, 2, 3], "b" => ["x", "y", "z"]).unwrap().into_struct("s".into()).into_series();
        let holes = IdxCa::from_iter_options("".into(), [Some(0), None, Some(2)].into_iter());
        let frame = DataFrame::new(
            3,
            vec![
                Column::new("n".into(), [7_i64, 8, 9]),
                structs.take(&holes).unwrap().into(),
                Column::new("m".into(), ["p", "q", "r"]),
            ],
        )
        .unwrap();
        let flat = Unnest::new("s", vec!["a".into(), "b".into()]).apply(frame.clone()).unwrap();
        let expected = df!(
            "n" => [7_i64, 8, 9],
            "a" => [Some(1_i64), None, Some(3)],
            "b" => [Some("x"), None, Some("z")],
            "m" => ["p", "q", "r"],
        );
        assert!(flat.equals_missing(&expected.unwrap()), "{flat}");
        assert_eq!(Unnest::new("s", vec!["a".into(), "b".into()]).apply(frame.clear()).unwrap().width(), 4);
    }
}
