//! What the tests of this crate share: scripts of drawn batches for one operator, and a source and sinks in memory.

pub(crate) mod aggregates;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod orders;
pub(crate) mod script;
