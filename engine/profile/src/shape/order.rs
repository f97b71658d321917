//! The order in which a report lists its paths, and which of them it lists. Children stay behind their parents.

use serde::{Deserialize, Serialize};

use crate::shape::report::{ColumnShape, ShapeReport};

/// The order in which a shape report lists the paths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeOrder {
    /// As they first appear in the records.
    #[default]
    Order,
    /// The least even values first.
    Nonuniform,
    /// The most often missing first: absent, null, empty or a stand-in.
    Missing,
    /// The most changed first, when compared.
    Drift,
    /// By name.
    Name,
}

/// A path with what lies below it.
struct Tree {
    column: ColumnShape,
    children: Vec<Tree>,
}

impl ShapeReport {
    /// Puts the paths in an order.
    pub fn sort(&mut self, by: ShapeOrder) {
        if by == ShapeOrder::Order || (by == ShapeOrder::Drift && self.versus.is_none()) {
            return;
        }
        let mut columns = std::mem::take(&mut self.columns).into_iter().peekable();
        let mut roots = Vec::new();
        while let Some(column) = columns.next() {
            roots.push(tree(column, &mut columns));
        }
        arrange(&mut roots, by);
        roots.into_iter().for_each(|root| flatten(root, &mut self.columns));
    }

    /// Keeps the paths that [fit](ColumnShape::fits) one of the patterns, and their parents; all when there are none.
    pub fn keep_paths(&mut self, patterns: &[String]) {
        if patterns.is_empty() {
            return;
        }
        let fits = |column: &&ColumnShape| patterns.iter().any(|pattern| column.fits(pattern));
        let wanted: Vec<String> = self.columns.iter().filter(fits).map(|column| column.path.clone()).collect();
        let above = |path: &str| {
            wanted.iter().any(|below| {
                below.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            })
        };
        self.columns.retain(|column| above(&column.path));
    }
}

impl ColumnShape {
    /// Whether its path has the form of a pattern, in which `*` stands for any text.
    pub fn fits(&self, pattern: &str) -> bool {
        matches(pattern.as_bytes(), self.path.as_bytes())
    }
}

fn tree(column: ColumnShape, rest: &mut std::iter::Peekable<std::vec::IntoIter<ColumnShape>>) -> Tree {
    let depth = column.depth;
    let mut children = Vec::new();
    while let Some(child) = rest.next_if(|next| next.depth > depth) {
        children.push(tree(child, rest));
    }
    Tree { column, children }
}

fn arrange(trees: &mut [Tree], by: ShapeOrder) {
    // A stable sort: what is equal stays in the order of the records.
    match by {
        ShapeOrder::Name => trees.sort_by(|a, b| a.column.path.cmp(&b.column.path)),
        by => trees.sort_by(|a, b| weight(b, by).total_cmp(&weight(a, by))),
    }
    trees.iter_mut().for_each(|tree| arrange(&mut tree.children, by));
}

/// A parent is as interesting as the most interesting path below it.
fn weight(tree: &Tree, by: ShapeOrder) -> f64 {
    let own = match by {
        ShapeOrder::Order | ShapeOrder::Name => 0.0,
        ShapeOrder::Nonuniform => tree.column.nonuniformity,
        ShapeOrder::Missing => missing(&tree.column),
        ShapeOrder::Drift => moved(&tree.column),
    };
    tree.children.iter().map(|child| weight(child, by)).fold(own, f64::max)
}

fn missing(column: &ColumnShape) -> f64 {
    let nothing = column.null.count + column.empty.count + column.sentinel.count;
    let absent = column.present.of.saturating_sub(column.present.count);
    (absent + nothing) as f64 / column.present.of.max(1) as f64
}

fn moved(column: &ColumnShape) -> f64 {
    match &column.vs {
        // A path that was not there before has moved as far as can be.
        None => 1.0,
        Some(vs) if vs.type_before.is_some() => 1.0,
        Some(vs) => vs.distance.unwrap_or(0.0).max(vs.present.abs()).max(vs.null.abs()),
    }
}

fn flatten(tree: Tree, out: &mut Vec<ColumnShape>) {
    out.push(tree.column);
    tree.children.into_iter().for_each(|child| flatten(child, out));
}

/// Whether `text` has the form `pattern`, in which `*` stands for any text. The usual two pointers: linear but for repeated stars.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match (pattern.get(p), star) {
            (Some(b'*'), _) => {
                star = Some((p, t));
                p += 1;
            }
            (Some(c), _) if *c == text[t] => (p, t) = (p + 1, t + 1),
            (_, Some((at, from))) => {
                star = Some((at, from + 1));
                (p, t) = (at + 1, from + 1);
            }
            _ => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == b'*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_text() {
        let yes = [("*", ""), ("user.*", "user.city"), ("*id*", "order_id"), ("a*b*c", "aXbYbc"), ("a", "a")];
        assert!(yes.iter().all(|(p, t)| matches(p.as_bytes(), t.as_bytes())));
        let no = [("user.*", "user"), ("a", "ab"), ("*x", "y"), ("", "a")];
        assert!(no.iter().all(|(p, t)| !matches(p.as_bytes(), t.as_bytes())));
    }
}
