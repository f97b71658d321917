//! Which of the rows that a windowed join keeps have met a row, when somebody wants to know.

use std::collections::BTreeMap;
use std::ops::Range;

use super::super::partners::Partners;
use super::Pairs;

/// The rows in the slices of a windowed join, in the same order, and the book that they end in.
#[derive(Debug)]
pub(super) struct Watched {
    book: Partners,
    slices: BTreeMap<i64, [Vec<Row>; 2]>,
}

/// A row: its key, unless that is null, and whether it has met a row.
#[derive(Debug)]
struct Row {
    key: Option<Box<[u8]>>,
    met: bool,
}

impl Watched {
    /// No rows yet.
    pub(super) fn new(book: Partners) -> Self {
        Watched { book, slices: BTreeMap::new() }
    }

    /// A row of an input has come; it is kept in `slice`, unless it has no time or is late.
    pub(super) fn came(&mut self, input: usize, key: Option<&[u8]>, slice: Option<i64>, late: bool) {
        match slice {
            None => self.book.without_time(input, key),
            Some(_) if late => self.book.late(input, key),
            Some(slice) => {
                self.book.came(input, key);
                let row = Row { key: key.map(Into::into), met: false };
                self.slices.entry(slice).or_default()[input].push(row);
            }
        }
    }

    /// These rows of the slices in `range`, counted through, have met.
    pub(super) fn met(&mut self, range: Range<i64>, (left, right): &Pairs) {
        let mut rows: [Vec<&mut Row>; 2] = [Vec::new(), Vec::new()];
        for (_, inputs) in self.slices.range_mut(range) {
            for (rows, own) in rows.iter_mut().zip(inputs) {
                rows.extend(own);
            }
        }
        for (own, partner) in left.iter().zip(right) {
            if let Some(partner) = partner {
                rows[0][*own as usize].met = true;
                rows[1][*partner as usize].met = true;
            }
        }
    }

    /// Slices that are over are forgotten.
    pub(super) fn forget(&mut self, is_over: impl Fn(i64) -> bool) {
        self.slices.retain(|slice, inputs| {
            let over = is_over(*slice);
            if over {
                for (input, rows) in inputs.iter().enumerate() {
                    let alone = rows.iter().filter(|row| !row.met).filter_map(|row| row.key.as_deref());
                    alone.for_each(|key| self.book.alone(input, key));
                }
            }
            !over
        });
    }
}
