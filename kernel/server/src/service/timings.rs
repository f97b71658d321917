//! What the last cells took, and where the time went.

use headwater_cell::CellTiming;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many cells are remembered.
const KEPT: usize = 100;
/// Of their first line so many characters.
const LINE: usize = 60;

/// One cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellTime {
    /// Its number.
    pub cell: u32,
    /// The first line of its code.
    pub line: String,
    /// Whether it failed.
    pub failed: bool,
    /// From its request to its end.
    pub total: Duration,
    /// What its magics took.
    pub magics: Duration,
    /// What the engine took while it ran.
    pub engine: Duration,
    /// What its Rust took, the engine included.
    pub rust: CellTiming,
}

impl CellTime {
    /// A cell of this code.
    pub fn of(cell: u32, code: &str) -> CellTime {
        let line = code.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        CellTime { cell, line: crate::display::escape::cut(line, LINE), ..CellTime::default() }
    }

    /// Where the time went, by name; the last is what nothing else explains.
    pub fn parts(&self) -> [(&'static str, Duration); 8] {
        let CellTiming { waited, types, again, compile, run } = self.rust;
        let run = run.saturating_sub(self.engine);
        let known = self.magics + self.engine + waited + types + again + compile + run;
        [
            ("start", waited),
            ("types", types),
            ("again", again),
            ("compile", compile),
            ("run", run),
            ("engine", self.engine),
            ("magics", self.magics),
            ("rest", self.total.saturating_sub(known)),
        ]
    }
}

/// The last cells, the oldest first.
#[derive(Debug, Default)]
pub struct Timings(Mutex<VecDeque<CellTime>>);

impl Timings {
    /// Remembers a cell, and forgets the oldest when there are too many.
    pub fn push(&self, cell: CellTime) {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.len() == KEPT {
            cells.pop_front();
        }
        cells.push_back(cell);
    }

    /// The last `count` cells, the oldest of them first.
    pub fn last(&self, count: usize) -> Vec<CellTime> {
        let cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cells.iter().skip(cells.len().saturating_sub(count)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_cell_add_up_to_the_whole() {
        let ms = Duration::from_millis;
        let rust = CellTiming { waited: ms(5), types: ms(40), again: ms(0), compile: ms(200), run: ms(100) };
        let cell = CellTime { total: ms(360), engine: ms(80), rust, ..CellTime::of(3, "\n  orders  \nx") };
        assert_eq!(cell.line, "orders");
        assert_eq!(cell.parts().iter().map(|(_, time)| *time).sum::<Duration>(), ms(360));
        assert_eq!(cell.parts()[4..6], [("run", ms(20)), ("engine", ms(80))]);
    }

    #[test]
    fn the_last_cells_are_remembered_and_no_more() {
        let timings = Timings::default();
        (0..250).for_each(|cell| timings.push(CellTime::of(cell, "x")));
        assert_eq!(timings.last(3).iter().map(|cell| cell.cell).collect::<Vec<_>>(), [247, 248, 249]);
        assert_eq!(timings.last(1_000).len(), KEPT);
    }
}
