//! Kafka as a source: partitions assigned by hand at numeric offsets, no consumer group, nothing committed.

pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod peek;
mod raw;
mod reader;
#[cfg(test)]
pub(crate) mod tests;

pub use client::list_topics;
pub(crate) use raw::raw_record;
pub(crate) use reader::{KafkaReader, add, is_transient, read_error};
