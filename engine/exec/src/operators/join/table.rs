//! The table that a lookup meets: its rows by key, and the slot in which the lookups of all lanes find the newest one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use polars::prelude::DataFrame;

use super::keys::each_key;
use crate::Result;

/// The rows of a table, found by their keys.
#[derive(Debug)]
pub struct KeyedTable {
    pub(super) rows: DataFrame,
    by_key: HashMap<Box<[u8]>, Vec<u32>>,
}

impl KeyedTable {
    /// The table with these rows, whose keys are the columns `on`. A row whose key is null, or has a part that is, is met by none.
    ///
    /// # Errors
    /// One of `on` is missing, or is a list or a struct.
    pub fn new(rows: DataFrame, on: &[String]) -> Result<Self> {
        let mut by_key: HashMap<Box<[u8]>, Vec<u32>> = HashMap::new();
        each_key(&rows, on, |row, key| {
            let Some(key) = key else { return Ok(()) };
            match by_key.get_mut(key) {
                Some(places) => places.push(row as u32),
                None => drop(by_key.insert(key.into(), vec![row as u32])),
            }
            Ok(())
        })?;
        Ok(KeyedTable { rows, by_key })
    }

    /// The keys, each with how many rows have it.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&[u8], usize)> {
        self.by_key.iter().map(|(key, rows)| (key.as_ref(), rows.len()))
    }

    /// The places of the rows with this key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&[u32]> {
        self.by_key.get(key).map(Vec::as_slice)
    }
}

/// Where a lookup finds its table. The runtime fills it before the first row, and again when it has read the table anew; its clones
/// are the same slot.
#[derive(Clone, Debug, Default)]
pub struct TableSlot(Arc<RwLock<Option<Arc<KeyedTable>>>>);

impl TableSlot {
    /// From now on rows meet this table.
    pub fn fill(&self, table: Arc<KeyedTable>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(table);
    }

    /// The newest table; none before the first.
    pub(super) fn table(&self) -> Option<Arc<KeyedTable>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
