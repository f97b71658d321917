//! Kafka as a source: partitions assigned by hand at numeric offsets, no consumer group, nothing committed.

pub(crate) mod client;
mod reader;
#[cfg(test)]
mod tests;

pub(crate) use reader::KafkaReader;
