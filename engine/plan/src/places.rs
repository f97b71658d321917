//! Where in the notebook a step was written, so that an error can point at the cell's own line.

use std::panic::Location;

/// The cell, line and column of the verb that made a node. They travel beside the plan, never in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Place {
    /// The id of the node.
    pub node: u32,
    /// The number of the cell, as the kernel counts; 0 outside a notebook.
    pub cell: u32,
    /// The line in the source the cell was compiled as; the kernel knows which line of the cell that is.
    pub line: u32,
    /// The column in that line.
    pub column: u32,
}

impl Place {
    /// The place of the caller in the running cell.
    pub(crate) fn new(node: u32, location: &Location<'_>) -> Place {
        let cell = std::env::var("HEADWATER_CELL").ok().and_then(|number| number.parse().ok()).unwrap_or(0);
        Place { node, cell, line: location.line(), column: location.column() }
    }
}
