//! What the tests of this crate share: scripts of drawn batches for one operator, and a source and sinks in memory.

pub(crate) mod memory;
pub(crate) mod orders;
pub(crate) mod script;
