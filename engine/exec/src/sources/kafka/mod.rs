//! Kafka as a source: partitions assigned by hand at numeric offsets, no consumer group, nothing committed.

pub(crate) mod client;
mod reader;
#[cfg(test)]
pub(crate) mod tests;

pub use client::list_topics;
pub(crate) use reader::{KafkaReader, add, is_transient, read_error};
