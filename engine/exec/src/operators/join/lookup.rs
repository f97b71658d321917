//! Joins a stream with a table that is at hand whole.

use headwater::JoinKind;

use super::columns::JoinColumns;
use super::keys::each_key;
use super::partners::Partners;
use super::table::TableSlot;
use crate::operators::{Operator, Output};
use crate::{Batch, Error, ErrorKind, Message, Result};

/// The `join(…).lookup()` step: each row meets every row of the table with its keys. The runtime reads the table and puts it into the
/// slot before the first row, and again when it has read it anew. It is no part of a checkpoint: a job that is started again reads it
/// again.
///
/// ```
/// use headwater::JoinKind;
/// use headwater_exec::operators::{JoinColumns, KeyedTable, Lookup, Operator, TableSlot};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let columns = JoinColumns {
///     kind: JoinKind::Inner,
///     left_on: vec!["city".into()],
///     right_on: vec!["name".into()],
///     right: vec![("country".into(), "country".into())],
/// };
/// let slot = TableSlot::default();
/// slot.fill(KeyedTable::new(df!("name" => ["Rome"], "country" => ["IT"])?, &["name".into()])?.into());
/// let mut lookup = Lookup::new(columns, slot);
/// let mut out = Vec::new();
/// let orders = df!("city" => ["Rome", "Oslo"], "amount" => [1_i64, 2])?;
/// lookup.on_batch(Batch { partition: 0, frame: orders }, &mut out)?;
/// let [Message::Batch(batch)] = &out[..] else { panic!("{out:?}") };
/// assert!(batch.frame.equals(&df!("city" => ["Rome"], "amount" => [1_i64], "country" => ["IT"])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Lookup {
    columns: JoinColumns,
    slot: TableSlot,
    book: Option<Partners>,
}

impl Lookup {
    /// A join with the table in `slot`.
    pub fn new(columns: JoinColumns, slot: TableSlot) -> Self {
        Lookup { columns, slot, book: None }
    }

    /// The same, which notes what becomes of its rows.
    #[must_use]
    pub fn noted_in(self, book: Option<Partners>) -> Self {
        Lookup { book, ..self }
    }
}

impl Operator for Lookup {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let table = self
            .slot
            .table()
            .ok_or_else(|| Error::new(ErrorKind::Internal, "rows came to a `lookup` before its table"))?;
        let (mut left, mut right) = (Vec::new(), Vec::new());
        each_key(&batch.frame, &self.columns.left_on, |row, key| {
            let found = key.and_then(|key| table.get(key));
            if let Some(book) = &self.book {
                book.came(0, key);
                if let (Some(key), None) = (key, found) {
                    book.alone(0, key);
                }
            }
            match found {
                Some(places) => places.iter().for_each(|place| {
                    left.push(row as u32);
                    right.push(Some(*place));
                }),
                None if self.columns.kind == JoinKind::Left => {
                    left.push(row as u32);
                    right.push(None);
                }
                None => {}
            }
            Ok(())
        })?;
        if !left.is_empty() {
            let frame = self.columns.put_together((&batch.frame, &left), (&table.rows, &right))?;
            out.push(Message::Batch(Batch { partition: batch.partition, frame }));
        }
        Ok(())
    }
}
