//! Plain numbers in, SVG out: the same bytes for the same numbers. Knows neither the engine nor the kernel.

mod input;

pub use input::{KeyBar, OtherKeys, SlotBar, SlotLoads, TopKeys};
