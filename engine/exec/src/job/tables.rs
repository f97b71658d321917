//! The tables of a job's lookups: read before the first record, and anew when they are due.

use std::sync::Arc;
use std::time::Duration;

use headwater::Source;

use super::TableStatus;
use crate::operators::{KeyedTable, TableSlot};
use crate::runtime::Cancel;
use crate::sinks::DeadLetterWriter;
use crate::sources::SourceReader;
use crate::tables::{TableSpec, read_table};
use crate::{ErrorKind, Result};

/// Opens a source of a table at its beginning, to be read to its end.
pub(crate) type OpenTable = Box<dyn Fn(&Source) -> Result<Box<dyn SourceReader>>>;

/// The tables of a job.
pub(crate) struct Tables {
    tables: Vec<Table>,
    open: OpenTable,
}

/// One of them.
struct Table {
    spec: TableSpec,
    /// Where the lookup of each lane finds it.
    slots: Vec<TableSlot>,
    status: TableStatus,
    /// When it is read next.
    due: Option<Duration>,
}

impl Tables {
    /// Reads all of them for the first time, at `now`.
    pub(crate) fn read(
        wanted: Vec<(TableSpec, Vec<TableSlot>)>,
        open: OpenTable,
        dead_letters: &mut dyn DeadLetterWriter,
        now: Duration,
        cancel: &Cancel,
    ) -> Result<Self> {
        let table = |(spec, slots): (TableSpec, Vec<TableSlot>)| {
            let status = TableStatus { node: spec.node, ..TableStatus::default() };
            Table { spec, slots, status, due: None }
        };
        let mut tables = Tables { tables: wanted.into_iter().map(table).collect(), open };
        for at in 0..tables.tables.len() {
            tables.read_one(at, dead_letters, now, cancel)?;
        }
        Ok(tables)
    }

    /// Reads anew those that are due. One that cannot be read stays as it is: files may be missing for a moment.
    pub(crate) fn refresh(
        &mut self,
        dead_letters: &mut dyn DeadLetterWriter,
        now: Duration,
        cancel: &Cancel,
    ) -> Result<()> {
        for at in 0..self.tables.len() {
            if self.tables[at].due.is_none_or(|due| now < due) {
                continue;
            }
            match self.read_one(at, dead_letters, now, cancel) {
                Err(error) if matches!(error.kind, ErrorKind::Source | ErrorKind::Decode) => {
                    let table = &mut self.tables[at];
                    table.status.failures += 1;
                    table.status.failure = Some(error.message);
                    table.due = table.spec.refresh.map(|every| now + every);
                }
                // The loop sees that it is to stop, and does so with a checkpoint.
                Err(error) if error.kind == ErrorKind::Cancelled => return Ok(()),
                other => other?,
            }
        }
        Ok(())
    }

    fn read_one(
        &mut self,
        at: usize,
        dead_letters: &mut dyn DeadLetterWriter,
        now: Duration,
        cancel: &Cancel,
    ) -> Result<()> {
        let Table { spec, slots, status, due } = &mut self.tables[at];
        let read = read_table(spec, &mut |_, source| (self.open)(source), cancel)?;
        for (_, dead) in read.sources.iter().filter(|(_, dead)| !dead.is_empty()) {
            dead_letters.write(dead)?;
        }
        status.rows = read.rows.height() as u64;
        let keyed = Arc::new(KeyedTable::new(read.rows, &spec.on)?);
        slots.iter().for_each(|slot| slot.fill(Arc::clone(&keyed)));
        status.reads += 1;
        status.failure = None;
        *due = spec.refresh.map(|every| now + every);
        Ok(())
    }

    /// What is known of them.
    pub(crate) fn status(&self) -> Vec<TableStatus> {
        self.tables.iter().map(|table| table.status.clone()).collect()
    }
}
