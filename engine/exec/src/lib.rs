//! How a Headwater pipeline runs: sources, operators, sinks, state, checkpoints, tapes, and the loop that drives them.

pub mod error;
pub mod message;
pub mod operators;
pub mod sinks;
pub mod sources;

pub use error::{Domain, Error, ErrorKind, Result};
pub use message::{Batch, Message};
