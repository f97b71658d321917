//! The observer of this room: finds the paths of the rows it is told of, and hands each value on with the number of its path.

use std::collections::HashMap;

use polars::frame::DataFrame;
use polars::prelude::{IdxCa, NamedFrom};

use crate::cells::segment;
use crate::shape::observe::{Observer, Value};
use crate::shape::{frame, json};
use crate::{FIELDS, JsonRecord, LEVELS, PATHS, Rows};

/// Longest name of a field that is looked at (bytes), as in the shape report.
const NAME: usize = 1_024;

/// What is done with the values.
pub(crate) trait Sink {
    /// A path is met for the first time: its number (they count up from 0), its text, and the path of list elements it lies in.
    fn path(&mut self, path: usize, text: &str, within: Option<usize>);
    /// A row begins.
    fn row(&mut self);
    /// A value.
    fn value(&mut self, path: usize, value: Value<'_>);
}

/// The paths met so far, and where the reader is.
#[derive(Debug)]
pub(crate) struct Walk<S> {
    pub(crate) sink: S,
    nodes: Vec<Node>,
    /// Where the reader is; node 0 is the row itself, the path of node i has the number i − 1.
    stack: Vec<usize>,
    pub(crate) too_many: bool,
}

#[derive(Debug, Default)]
struct Node {
    text: String,
    depth: usize,
    within: Option<usize>,
    by_name: HashMap<Box<str>, usize>,
    elements: Option<usize>,
    /// The row in which it was last met outside of lists: a name that comes twice in one object counts once.
    met_in: u64,
}

impl<S: Sink> Walk<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink, nodes: vec![Node::default()], stack: vec![0], too_many: false }
    }

    fn add(&mut self, parent: usize, text: String, within: Option<usize>) -> Option<usize> {
        let depth = self.nodes[parent].depth + 1;
        if self.nodes.len() > PATHS || depth > LEVELS {
            self.too_many = true;
            return None;
        }
        let at = self.nodes.len();
        // The elements of a list lie within themselves.
        let within = if text.ends_with("[]") { Some(at) } else { within };
        self.sink.path(at - 1, &text, within.map(|list| list - 1));
        self.nodes.push(Node { text, depth, within, ..Node::default() });
        Some(at)
    }

    fn field_node(&mut self, parent: usize, name: &str) -> Option<usize> {
        if let Some(known) = self.nodes[parent].by_name.get(name) {
            return Some(*known);
        }
        if name.len() > NAME || (parent != 0 && self.nodes[parent].by_name.len() >= FIELDS) {
            self.too_many = true;
            return None;
        }
        let above = &self.nodes[parent];
        let text = if parent == 0 { segment(name) } else { format!("{}.{}", above.text, segment(name)) };
        let at = self.add(parent, text, above.within)?;
        self.nodes[parent].by_name.insert(name.into(), at);
        Some(at)
    }
}

impl<S: Sink> Observer for Walk<S> {
    fn row(&mut self, _partition: u32) {
        self.stack.clear();
        self.stack.push(0);
        self.nodes[0].met_in += 1;
        self.sink.row();
    }

    fn field(&mut self, name: &str) -> bool {
        let parent = self.stack.last().copied().unwrap_or(0);
        let Some(at) = self.field_node(parent, name) else { return false };
        let row = self.nodes[0].met_in;
        let node = &mut self.nodes[at];
        if node.within.is_none() && node.met_in == row {
            return false;
        }
        node.met_in = row;
        self.stack.push(at);
        true
    }

    fn items(&mut self) -> bool {
        let list = self.stack.last().copied().unwrap_or(0);
        let known = self.nodes[list].elements;
        let at = known.or_else(|| self.add(list, format!("{}[]", self.nodes[list].text), None));
        self.nodes[list].elements = at;
        self.stack.extend(at);
        at.is_some()
    }

    fn leave(&mut self) {
        self.stack.pop();
    }

    fn value(&mut self, value: Value<'_>) {
        if let Some(path) = self.stack.last().and_then(|at| at.checked_sub(1)) {
            self.sink.value(path, value);
        }
    }
}

/// Rows in the order of time, to be read window by window.
#[derive(Debug)]
pub(crate) enum Ordered<'a> {
    Json(Vec<&'a JsonRecord<'a>>),
    Frame(DataFrame),
}

impl<'a> Ordered<'a> {
    /// Frames are ordered by `times_ms`, if there is one for every row.
    pub(crate) fn new(rows: &'a Rows<'a>, times_ms: &[i64]) -> Self {
        match rows {
            Rows::Json(records) => {
                let mut records: Vec<&JsonRecord<'_>> = records.iter().collect();
                if records.iter().all(|record| record.timestamp_ms.is_some()) {
                    records.sort_by_key(|record| record.timestamp_ms);
                }
                Self::Json(records)
            }
            Rows::Frame(frame) if times_ms.len() == frame.height() && !times_ms.is_sorted() => {
                let mut order: Vec<u32> = (0..u32::try_from(times_ms.len()).unwrap_or(u32::MAX)).collect();
                order.sort_by_key(|at| times_ms[*at as usize]);
                let sorted = frame.take(&IdxCa::new("order".into(), order));
                Self::Frame(sorted.unwrap_or_else(|_| (*frame).clone()))
            }
            Rows::Frame(frame) => Self::Frame((*frame).clone()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Json(records) => records.len(),
            Self::Frame(frame) => frame.height(),
        }
    }

    /// Tells so many rows from `from` on; gives how many of them could not be decoded.
    pub(crate) fn tell<S: Sink>(&self, from: usize, rows: usize, walk: &mut Walk<S>) -> u64 {
        match self {
            Self::Json(records) => {
                let end = (from + rows).min(records.len());
                records[from.min(end)..end].iter().map(|record| u64::from(!tell_record(record, walk))).sum()
            }
            Self::Frame(all) => {
                frame::tell(&all.slice(i64::try_from(from).unwrap_or(i64::MAX), rows), walk);
                0
            }
        }
    }
}

/// `false` when it cannot be decoded. A tombstone holds no row and is no failure.
fn tell_record<S: Sink>(record: &JsonRecord<'_>, walk: &mut Walk<S>) -> bool {
    let Some(value) = record.value else { return true };
    let Ok(object) = json::parse(value) else { return false };
    walk.row(record.partition);
    object.tell_fields(walk);
    true
}
