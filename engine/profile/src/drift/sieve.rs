//! One window of rows, counted into the cells that a baseline has.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::drift::family::{self, Family};
use crate::drift::keyed::KeySieve;
use crate::drift::walk::Sink;
use crate::shape::observe::Value;
use crate::{Baseline, Cells, ColumnBaseline};

/// Examples of what is odd that are kept for each column.
const EXAMPLES: usize = 3;
/// Paths that the baseline does not know of which a report tells.
const STRANGERS: usize = 50;

/// Counts of the open window, and what is kept over all windows.
#[derive(Debug)]
pub(crate) struct Sieve {
    pub(crate) columns: Vec<ColumnSieve>,
    pub(crate) keys: Vec<KeySieve>,
    /// Rows of the open window.
    pub(crate) rows: u64,
    /// Paths that the baseline does not know, with the rows or elements they were in.
    pub(crate) strangers: BTreeMap<String, Stranger>,
    by_path: HashMap<String, usize>,
    /// For each path of the walk: the column it is, and the list it lies in.
    paths: Vec<(Option<usize>, Option<usize>, String)>,
    /// For each path of the walk, how often it was there in the open window.
    present: Vec<u64>,
}

/// A path that the baseline does not know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stranger {
    pub(crate) count: u64,
    pub(crate) first_window: u64,
    pub(crate) example: String,
}

/// One column of the open window.
#[derive(Debug)]
pub(crate) struct ColumnSieve {
    family: Option<Family>,
    cells: Place,
    known: Option<HashSet<u32>>,
    look_for_repeats: bool,
    pub(crate) window: ColumnWindow,
    pub(crate) ever: Ever,
}

/// Where a value's cell is.
#[derive(Debug)]
enum Place {
    Values(HashMap<u64, usize>),
    Edges(Vec<f64>),
    Nowhere,
}

/// What is counted in a window.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnWindow {
    /// How often the path could have been there.
    pub(crate) chances: u64,
    pub(crate) present: u64,
    pub(crate) null: u64,
    pub(crate) off_type: u64,
    pub(crate) cells: Vec<f64>,
    /// Values that have a cell.
    pub(crate) valued: u64,
    /// Of those, the ones that the baseline has not seen.
    pub(crate) new: u64,
    pub(crate) repeats: u64,
    pub(crate) different: HashSet<u64>,
}

/// What is kept over all windows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ever {
    pub(crate) present: u64,
    pub(crate) off_type_examples: Vec<String>,
    pub(crate) new_examples: Vec<String>,
    pub(crate) repeat_examples: Vec<String>,
}

impl Sieve {
    pub(crate) fn new(baseline: &Baseline) -> Self {
        let by_path = baseline.columns.iter().enumerate().map(|(at, column)| (column.path.clone(), at)).collect();
        Self {
            columns: baseline.columns.iter().map(ColumnSieve::new).collect(),
            keys: baseline.keys.iter().map(|key| KeySieve::new(&key.columns, key.workers)).collect(),
            rows: 0,
            strangers: BTreeMap::new(),
            by_path,
            paths: Vec::new(),
            present: Vec::new(),
        }
    }

    /// Ends the window: fills in the chances of each column, and notes in which window strangers came first.
    pub(crate) fn end(&mut self, window: u64) {
        self.keys.iter_mut().for_each(KeySieve::end_row);
        self.columns.iter_mut().for_each(|column| column.window.chances = self.rows);
        for (at, (column, within, path)) in self.paths.iter().enumerate() {
            match column.and_then(|column| self.columns.get_mut(column)) {
                Some(column) => {
                    let elements = within.and_then(|list| self.present.get(list)).copied();
                    column.window.chances = elements.unwrap_or(self.rows).max(column.window.present);
                }
                None if self.present[at] > 0 => {
                    if let Some(stranger) = self.strangers.get_mut(path) {
                        stranger.count += self.present[at];
                        stranger.first_window = if stranger.first_window == 0 { window } else { stranger.first_window };
                    }
                }
                None => {}
            }
        }
        self.columns.iter_mut().for_each(|column| column.ever.present += column.window.present);
    }

    /// Begins the next window.
    pub(crate) fn clear(&mut self) {
        self.rows = 0;
        self.present.fill(0);
        self.keys.iter_mut().for_each(KeySieve::clear);
        self.columns.iter_mut().for_each(|column| column.window.clear());
    }
}

impl Sink for Sieve {
    fn path(&mut self, path: usize, text: &str, within: Option<usize>) {
        let column = self.by_path.get(text).copied();
        if column.is_none() && self.strangers.len() < STRANGERS {
            self.strangers.insert(text.to_owned(), Stranger::default());
        }
        self.paths.push((column, within, text.to_owned()));
        self.present.push(0);
        self.keys.iter_mut().for_each(|key| key.path(path, text));
    }

    fn row(&mut self) {
        self.rows += 1;
        self.keys.iter_mut().for_each(KeySieve::end_row);
        self.keys.iter_mut().for_each(KeySieve::begin_row);
    }

    fn value(&mut self, path: usize, value: Value<'_>) {
        self.present[path] += 1;
        self.keys.iter_mut().for_each(|key| key.value(path, value));
        if let Some(column) = self.paths[path].0.and_then(|column| self.columns.get_mut(column)) {
            column.value(value);
        } else if self.present[path] == 1
            && let Some(stranger) = self.strangers.get_mut(&self.paths[path].2)
            && stranger.example.is_empty()
        {
            stranger.example = family::text(value);
        }
    }
}

impl ColumnSieve {
    fn new(column: &ColumnBaseline) -> Self {
        let (cells, count) = match &column.cells {
            Some(cells) => (Place::new(&cells.cells), cells.counts.len()),
            None => (Place::Nowhere, 0),
        };
        let hashes = |text: &String| {
            let bytes = text.as_bytes().chunks(8);
            bytes.filter_map(|hex| u32::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()).collect()
        };
        Self {
            family: Family::named(&column.family),
            cells,
            known: column.new_values.as_ref().map(|new| hashes(&new.known)),
            look_for_repeats: column.unique || column.distinct.is_some(),
            window: ColumnWindow { cells: vec![0.0; count], ..ColumnWindow::default() },
            ever: Ever::default(),
        }
    }

    fn value(&mut self, value: Value<'_>) {
        let window = &mut self.window;
        window.present += 1;
        let Some(family) = Family::of(value) else {
            window.null += 1;
            return;
        };
        // A column that was always null has no type to differ from.
        if self.family.is_some_and(|expected| expected != family) {
            window.off_type += 1;
            return keep(&mut self.ever.off_type_examples, value);
        }
        let Some(hash) = family::identity(value) else { return };
        window.valued += 1;
        if let Some(cell) = self.cells.of(hash, value) {
            window.cells[cell] += 1.0;
        }
        if self.known.as_ref().is_some_and(|known| !known.contains(&short(hash))) {
            window.new += 1;
            keep(&mut self.ever.new_examples, value);
        }
        if self.look_for_repeats && !window.different.insert(hash) {
            window.repeats += 1;
            if window.repeats < 10 {
                keep(&mut self.ever.repeat_examples, value);
            }
        }
    }
}

impl ColumnWindow {
    fn clear(&mut self) {
        let (mut cells, mut different) = (std::mem::take(&mut self.cells), std::mem::take(&mut self.different));
        cells.fill(0.0);
        different.clear();
        *self = Self { cells, different, ..Self::default() };
    }
}

impl Place {
    fn new(cells: &Cells) -> Self {
        match cells {
            Cells::Values(values) => {
                let hash = |value: &crate::KnownValue| u64::from_str_radix(&value.hash, 16).unwrap_or(0);
                Self::Values(values.iter().map(hash).zip(0..).collect())
            }
            Cells::Edges(edges) => Self::Edges(edges.clone()),
        }
    }

    fn of(&self, hash: u64, value: Value<'_>) -> Option<usize> {
        match self {
            Self::Values(values) => Some(values.get(&hash).copied().unwrap_or(values.len())),
            Self::Edges(edges) => family::number(value).map(|number| edges.partition_point(|edge| *edge < number)),
            Self::Nowhere => None,
        }
    }
}

/// Half a hash: enough to know a value among 2,048.
pub(crate) fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn keep(examples: &mut Vec<String>, value: Value<'_>) {
    if examples.len() < EXAMPLES {
        let text = family::text(value);
        if !examples.contains(&text) {
            examples.push(text);
        }
    }
}
