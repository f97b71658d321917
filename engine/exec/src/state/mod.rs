//! What a stateful operator keeps: groups by key, one accumulator an aggregate, and their bytes in a checkpoint.

pub mod accumulator;
pub mod bytes;
pub mod datum;
pub mod frames;
pub mod groups;
pub mod rows;
pub mod table;
pub mod values;
