//! The columns of a join: which of the right input come out, and under which names; and the rows put together.

use headwater::{JoinKind, Schema};
use polars::prelude::{Column, DataFrame, IdxCa, NewChunkedArray, PlSmallStr};

use crate::{Error, ErrorKind, Result};

/// How two rows become one.
#[derive(Clone, Debug)]
pub struct JoinColumns {
    /// What becomes of a left row without a partner.
    pub kind: JoinKind,
    /// The keys in the left input.
    pub left_on: Vec<String>,
    /// The keys in the right input, in the same order.
    pub right_on: Vec<String>,
    /// The columns of the right input that come out, each with the name it gets.
    pub right: Vec<(String, String)>,
}

impl JoinColumns {
    /// The columns of a join whose output, by the plan, has the columns `output`; of a left input with those of `left`, and a right one
    /// with those of `right`. Its frames may have fewer of them, those that are read.
    ///
    /// # Errors
    /// The output is that of another join.
    pub fn new(
        kind: JoinKind,
        (left_on, right_on): (&[String], &[String]),
        (left, right): (&Schema, &Schema),
        output: &Schema,
    ) -> Result<Self> {
        let names = right.names().into_iter().filter(|name| !right_on.iter().any(|key| key == name));
        let given = output.names().into_iter().skip(left.fields.len());
        let columns: Vec<(String, String)> =
            names.zip(given).map(|(from, to)| (from.to_owned(), to.to_owned())).collect();
        if left.fields.len() + columns.len() > output.fields.len() {
            return Err(Error::new(ErrorKind::Internal, "a join has fewer columns than its inputs"));
        }
        Ok(JoinColumns { kind, left_on: left_on.to_vec(), right_on: right_on.to_vec(), right: columns })
    }

    /// The same for a right input that has only the columns of `frame`.
    #[must_use]
    pub fn of(mut self, frame: &DataFrame) -> Self {
        self.right.retain(|(from, _)| frame.get_column_index(from).is_some());
        self
    }

    /// The rows of `left` in these places, each beside the row of `right` in the same place, or beside nulls.
    ///
    /// # Errors
    /// A polars operation failed.
    pub(super) fn put_together(
        &self,
        (left, left_rows): (&DataFrame, &[u32]),
        (right, right_rows): (&DataFrame, &[Option<u32>]),
    ) -> Result<DataFrame> {
        let own = left.take(&IdxCa::from_slice(PlSmallStr::EMPTY, left_rows))?;
        let height = left_rows.len();
        let mut columns: Vec<Column> = own.columns().to_vec();
        let places = IdxCa::from_slice_options(PlSmallStr::EMPTY, right_rows);
        for (from, to) in &self.right {
            let column = right.column(from)?;
            let mut values = match places.null_count() == height {
                true => Column::full_null(PlSmallStr::EMPTY, height, column.dtype()),
                false => column.take(&places)?,
            };
            values.rename(PlSmallStr::from_str(to));
            columns.push(values);
        }
        Ok(DataFrame::new(height, columns)?)
    }

    /// The output without rows, for inputs with the columns of these frames.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self, left: &DataFrame, right: &DataFrame) -> Result<DataFrame> {
        self.put_together((&left.clear(), &[]), (&right.clear(), &[]))
    }
}
