//! Plain numbers in, SVG out: the same bytes for the same numbers. Knows neither the engine nor the kernel.

mod canvas;
mod input;
mod labels;
mod slot_loads;
mod top_keys;

#[cfg(test)]
mod tests;

pub use input::{KeyBar, OtherKeys, SlotBar, SlotLoads, TopKeys};
pub use slot_loads::slot_loads;
pub use top_keys::top_keys;
