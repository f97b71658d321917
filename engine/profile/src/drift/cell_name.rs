//! What a cell of a distribution is called.

use crate::Cells;
use crate::figures::number;

/// A value, `other`, or the range between two deciles, with a colon so that its numbers and the share that follows stay apart.
pub(crate) fn cell_name(cells: &Cells, at: usize) -> String {
    match cells {
        Cells::Values(values) => values.get(at).map_or_else(|| "other".into(), |value| value.text.clone()),
        Cells::Edges(edges) => match (at.checked_sub(1).and_then(|below| edges.get(below)), edges.get(at)) {
            (None, Some(to)) => format!("up to {}:", number(*to)),
            (Some(from), Some(to)) => format!("{} to {}:", number(*from), number(*to)),
            (Some(from), None) => format!("above {}:", number(*from)),
            (None, None) => "any".into(),
        },
    }
}
