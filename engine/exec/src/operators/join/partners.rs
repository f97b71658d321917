//! Which rows of a join found a partner and why the others did not: what a preview tells. It is kept beside the join, not in its state.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::table::KeyedTable;

/// A book of the rows of a join, for a bounded run: it remembers every key. Its clones are the same book.
#[derive(Clone, Debug, Default)]
pub struct Partners(Arc<Mutex<Book>>);

#[derive(Debug, Default)]
struct Book {
    sides: [SidePartners; 2],
    keys: HashMap<Box<[u8]>, [KeyRows; 2]>,
    /// The right input is a table, all of which is there from the beginning.
    table: bool,
    ended: bool,
}

/// The rows of one input with one key.
#[derive(Clone, Copy, Debug, Default)]
struct KeyRows {
    all: u64,
    /// Those that were given up before the sample ended, …
    alone: u64,
    /// … and those that had to be then.
    waiting: u64,
}

/// What became of the rows of one input of a join.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SidePartners {
    /// All of them.
    pub rows: u64,
    /// Those that met a row of the other input.
    pub met: u64,
    /// No row of the other input has their key.
    pub no_such_key: u64,
    /// Rows of the other input have their key, but none near enough in time.
    pub out_of_time: u64,
    /// Their partners could still have come when the sample ended.
    pub waiting: u64,
    /// Their key, or a part of it, is null, which matches nothing.
    pub null_key: u64,
    /// They came when time had passed them.
    pub late: u64,
    /// They have no event time.
    pub without_time: u64,
}

impl Partners {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A row of an input has come, with this key.
    pub(super) fn came(&self, input: usize, key: Option<&[u8]>) {
        let mut book = self.book();
        book.sides[input].rows += 1;
        match key {
            Some(key) => book.key(key)[input].all += 1,
            None => book.sides[input].null_key += 1,
        }
    }

    /// A row of an input has come too late; its key exists all the same.
    pub(super) fn late(&self, input: usize, key: Option<&[u8]>) {
        self.in_vain(input, key, |side| side.late += 1);
    }

    /// A row of an input has come without an event time; its key exists all the same.
    pub(super) fn without_time(&self, input: usize, key: Option<&[u8]>) {
        self.in_vain(input, key, |side| side.without_time += 1);
    }

    fn in_vain(&self, input: usize, key: Option<&[u8]>, note: impl FnOnce(&mut SidePartners)) {
        let mut book = self.book();
        book.sides[input].rows += 1;
        note(&mut book.sides[input]);
        if let Some(key) = key {
            book.key(key)[input].all += 1;
        }
    }

    /// A row that has come is given up: it has met none.
    pub(super) fn alone(&self, input: usize, key: &[u8]) {
        let mut book = self.book();
        let ended = book.ended;
        let rows = &mut book.key(key)[input];
        if ended {
            rows.waiting += 1;
        } else {
            rows.alone += 1;
        }
    }

    /// The right input is this table.
    pub(crate) fn table(&self, table: &KeyedTable) {
        let mut book = self.book();
        book.table = true;
        let mut keyed = 0;
        for (key, rows) in table.keys() {
            book.key(key)[1].all += rows as u64;
            keyed += rows as u64;
        }
        book.sides[1].rows += table.rows.height() as u64;
        book.sides[1].null_key += table.rows.height() as u64 - keyed;
    }

    /// The sample has ended: what is given up from now on might have met a row later.
    pub(crate) fn end(&self) {
        self.book().ended = true;
    }

    /// What became of the rows of both inputs; of a sample that is everything there is (`whole`) none waits.
    pub(crate) fn sides(&self, whole: bool) -> [SidePartners; 2] {
        let book = self.book();
        let mut sides = book.sides;
        for rows in book.keys.values() {
            for (input, side) in sides.iter_mut().enumerate() {
                let (mut own, other) = (rows[input], rows[1 - input]);
                if book.table && input == 1 && other.all == 0 {
                    own.alone = own.all;
                }
                if whole {
                    own.alone += std::mem::take(&mut own.waiting);
                }
                side.waiting += own.waiting;
                if other.all == 0 {
                    side.no_such_key += own.alone;
                } else {
                    side.out_of_time += own.alone;
                }
            }
        }
        for side in &mut sides {
            let not =
                side.no_such_key + side.out_of_time + side.waiting + side.null_key + side.late + side.without_time;
            side.met = side.rows.saturating_sub(not);
        }
        sides
    }
}

impl Book {
    fn key(&mut self, key: &[u8]) -> &mut [KeyRows; 2] {
        self.keys.entry(key.into()).or_default()
    }
}
