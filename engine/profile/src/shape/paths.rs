//! The observer that builds the report: a tree of the paths it is told of, each with what is gathered about it.

use std::collections::HashMap;

use crate::cells::segment;
use crate::shape::column::{ColumnStats, Surroundings};
use crate::shape::observe::{Observer, Value};
use crate::shape::slices::Values;
use crate::shape::times::Place;
use crate::shape::values::HashBudget;

/// Paths that a report has rows for.
pub const PATHS: usize = 200;
/// Levels of nesting that are looked into.
pub const LEVELS: usize = 8;
/// Fields of one nested object that are looked at; more is a map with its keys written as fields.
pub const FIELDS: usize = 64;
/// Longest name of a field that is kept (bytes).
const NAME: usize = 1_024;

/// One path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    pub(crate) path: String,
    pub(crate) depth: usize,
    pub(crate) stats: ColumnStats,
    /// The nearest list above whose elements this path is counted in; `None`: counted in rows.
    pub(crate) within: Option<usize>,
    pub(crate) children: Vec<usize>,
    by_name: HashMap<Box<str>, usize>,
    elements: Option<usize>,
    /// The object instance in which this field was last met, to notice a name that comes twice.
    met_in: u64,
    /// It has more fields than [`FIELDS`].
    pub(crate) is_map: bool,
}

/// All paths; the first node is the row itself.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    pub(crate) nodes: Vec<Node>,
    pub(crate) rows: u64,
    pub(crate) newest_ms: Option<i64>,
    pub(crate) too_many: bool,
    pub(crate) too_deep: bool,
    pub(crate) repeated_names: u64,
    pub(crate) budget: HashBudget,
    /// Where the record that is read stands.
    pub(crate) place: Place,
    pub(crate) redact: bool,
    /// Where the reader is: nodes, each with the object instance it is in.
    stack: Vec<(usize, u64)>,
    instances: u64,
}

impl Paths {
    pub(crate) fn new(newest_ms: Option<i64>) -> Self {
        Self {
            nodes: vec![Node::default()],
            rows: 0,
            newest_ms,
            too_many: false,
            too_deep: false,
            repeated_names: 0,
            budget: HashBudget::default(),
            place: Place::default(),
            redact: false,
            stack: vec![(0, 0)],
            instances: 0,
        }
    }

    /// The paths in the order of the report: as first met, children behind their parent.
    pub(crate) fn in_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut open: Vec<usize> = self.nodes[0].children.iter().rev().copied().collect();
        while let Some(at) = open.pop() {
            order.push(at);
            open.extend(self.nodes[at].children.iter().rev());
        }
        order
    }

    /// How many times the path could have been there: rows, or the elements of the list it is in.
    pub(crate) fn chances(&self, at: usize) -> u64 {
        self.nodes[at].within.map_or(self.rows, |list| self.nodes[list].stats.present)
    }

    fn here(&self) -> (usize, u64) {
        self.stack.last().copied().unwrap_or((0, 0))
    }

    fn add(&mut self, parent: usize, path: String, within: Option<usize>) -> Option<usize> {
        if self.nodes.len() > PATHS {
            self.too_many = true;
            return None;
        }
        let depth = self.nodes[parent].depth + 1;
        if depth > LEVELS {
            self.too_deep = true;
            return None;
        }
        let at = self.nodes.len();
        self.nodes.push(Node { path, depth, within, ..Node::default() });
        self.nodes[parent].children.push(at);
        Some(at)
    }

    pub(crate) fn field_node(&mut self, parent: usize, name: &str) -> Option<usize> {
        if let Some(known) = self.nodes[parent].by_name.get(name) {
            return Some(*known);
        }
        if name.len() > NAME {
            self.too_many = true;
            return None;
        }
        if parent != 0 && self.nodes[parent].by_name.len() >= FIELDS {
            self.nodes[parent].is_map = true;
            return None;
        }
        let above = &self.nodes[parent];
        let path = if parent == 0 { segment(name) } else { format!("{}.{}", above.path, segment(name)) };
        let at = self.add(parent, path, above.within)?;
        self.nodes[parent].by_name.insert(name.into(), at);
        Some(at)
    }
}

impl Paths {
    /// Goes to a path from anywhere, to tell a column of it.
    pub(crate) fn goto(&mut self, at: usize) {
        self.stack.clear();
        self.stack.push((at, 0));
        self.place = Place::default();
    }

    /// Tells values of a column that has nothing below it.
    pub(crate) fn tell_column(&mut self, name: &str, values: Values<'_>, nulls: u64) {
        let Some(at) = self.field_node(0, name) else { return };
        let Self { nodes, newest_ms, redact, budget, .. } = self;
        let mut around = Surroundings { place: Place::default(), newest_ms: *newest_ms, redact: *redact, budget };
        nodes[at].stats.push_nulls(nulls);
        nodes[at].stats.push_each(values, &mut around);
    }

    /// From here on everything that was gathered can be read, and no more may come.
    pub(crate) fn settle(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.stats.settle());
    }

    /// Takes in what `other` gathered of other partitions, or of a later stretch of the same.
    pub(crate) fn merge(&mut self, other: &Paths) {
        self.rows += other.rows;
        self.newest_ms = self.newest_ms.max(other.newest_ms);
        self.too_many |= other.too_many;
        self.too_deep |= other.too_deep;
        self.repeated_names += other.repeated_names;
        self.merge_node(0, other, 0);
    }

    fn merge_node(&mut self, own: usize, other: &Paths, theirs: usize) {
        let node = &other.nodes[theirs];
        self.nodes[own].stats.merge(&node.stats, &mut self.budget);
        self.nodes[own].is_map |= node.is_map;
        for child in &node.children {
            let name = node.by_name.iter().find(|(_, at)| *at == child).map(|(name, _)| name.clone());
            let at = match name {
                Some(name) => self.field_node(own, &name),
                None => self.items_node(own),
            };
            if let Some(at) = at {
                self.merge_node(at, other, *child);
            }
        }
    }

    fn items_node(&mut self, list: usize) -> Option<usize> {
        if let Some(elements) = self.nodes[list].elements {
            return Some(elements);
        }
        let path = format!("{}[]", self.nodes[list].path);
        let at = self.add(list, path, None)?;
        self.nodes[at].within = Some(at);
        self.nodes[list].elements = Some(at);
        Some(at)
    }
}

impl Observer for Paths {
    fn row(&mut self, partition: u32) {
        self.rows += 1;
        self.place.partition = partition;
        self.instances += 1;
        self.stack.clear();
        self.stack.push((0, self.instances));
    }

    fn field(&mut self, name: &str) -> bool {
        let (parent, instance) = self.here();
        let Some(at) = self.field_node(parent, name) else { return false };
        if self.nodes[at].met_in == instance {
            self.repeated_names += 1;
            return false;
        }
        self.nodes[at].met_in = instance;
        self.stack.push((at, 0));
        true
    }

    fn items(&mut self) -> bool {
        let (list, _) = self.here();
        let Some(at) = self.items_node(list) else { return false };
        self.stack.push((at, 0));
        true
    }

    fn leave(&mut self) {
        self.stack.pop();
    }

    fn value(&mut self, value: Value<'_>) {
        if let (Value::Object(_), Some(top)) = (value, self.stack.last_mut()) {
            self.instances += 1;
            top.1 = self.instances;
        }
        let (at, _) = self.here();
        let mut around = Surroundings {
            place: self.place,
            newest_ms: self.newest_ms,
            redact: self.redact,
            budget: &mut self.budget,
        };
        self.nodes[at].stats.push(value, &mut around);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::json::parse;

    fn tell(records: &[&str]) -> Paths {
        let mut paths = Paths::new(None);
        for record in records {
            paths.row(0);
            parse(record.as_bytes()).unwrap().tell_fields(&mut paths);
        }
        paths
    }

    fn shown(paths: &Paths) -> Vec<String> {
        let line = |at: &usize| {
            let node = &paths.nodes[*at];
            format!("{} {}/{} null {}", node.path, node.stats.present, paths.chances(*at), node.stats.null)
        };
        paths.in_order().iter().map(line).collect()
    }

    #[test]
    fn nested_paths_are_counted_where_they_can_be() {
        let paths = tell(&[
            r#"{"id":1,"user":{"city":"Rome"},"items":[{"sku":"a"},{"sku":null},{}]}"#,
            r#"{"id":2,"user":null,"late":[[1],[2,3]]}"#,
        ]);
        assert_eq!(
            shown(&paths),
            [
                "id 2/2 null 0",
                "user 2/2 null 1",
                "user.city 1/2 null 0",
                "items 1/2 null 0",
                "items[] 3/3 null 0",
                "items[].sku 2/3 null 1",
                "late 1/2 null 0",
                "late[] 2/2 null 0",
                "late[][] 3/3 null 0",
            ]
        );
    }

    #[test]
    fn a_name_that_comes_twice_counts_once() {
        let paths = tell(&[r#"{"a":1,"a":2}"#, r#"{"a":3}"#, r#"{"b":[{"c":1},{"c":2}]}"#]);
        assert_eq!(shown(&paths), ["a 2/3 null 0", "b 1/3 null 0", "b[] 2/2 null 0", "b[].c 2/2 null 0"]);
        assert_eq!(paths.repeated_names, 1);
    }

    #[test]
    fn width_and_depth_are_limited() {
        let wide: String = (0..300).map(|i| format!(r#""c{i}":1,"#)).collect();
        let map: String = (0..100).map(|i| format!(r#""k{i}":1,"#)).collect();
        let deep = format!("{}1{}", r#"{"d":"#.repeat(20), "}".repeat(20));
        let paths = tell(&[&format!(
            r#"{{"m":{{{}}},"deep":{deep},{}}}"#,
            map.trim_end_matches(','),
            wide.trim_end_matches(',')
        )]);
        assert_eq!(paths.in_order().len(), PATHS);
        assert!(paths.too_many && paths.too_deep);
        assert!(paths.nodes.iter().any(|n| n.path == "m" && n.is_map));
        assert!(paths.nodes.iter().all(|n| n.depth <= LEVELS));
    }
}
