//! Joins: the rows of two inputs with equal keys, near in time, in the same window, or from a table.

mod columns;
mod interval;
mod keys;
mod lookup;
#[cfg(test)]
mod model_tests;
mod partners;
#[cfg(test)]
mod state_tests;
mod table;
#[cfg(test)]
mod tests;
mod window;

pub use columns::JoinColumns;
pub use interval::{IntervalJoin, IntervalSpec};
pub use lookup::Lookup;
pub use partners::{Partners, SidePartners};
pub use table::{KeyedTable, TableSlot};
pub use window::{WindowJoin, WindowJoinSpec};
