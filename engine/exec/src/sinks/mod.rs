//! The sinks: where rows go. A sink is at-least-once: what `flush` returned from is durable.

mod dead_letters;
mod delivery;
pub(crate) mod disk;
mod files;
mod kafka;
mod print;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use headwater::Sink;
use polars::prelude::DataFrame;

use crate::Result;
use crate::sources::DeadLetter;

/// What becomes of records that do not decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeadLetterPolicy {
    /// They go to a Kafka topic: the bytes as they were, position and reason as headers.
    Topic {
        /// `host:port`, several with commas.
        brokers: String,
        /// The topic's name.
        topic: String,
    },
    /// They are appended to a file, one JSON object a line.
    File(PathBuf),
    /// The first one stops the job.
    Stop,
}

/// A writer of rows.
pub trait SinkWriter: Send {
    /// Takes rows; may buffer.
    ///
    /// # Errors
    /// The sink cannot take them.
    fn write(&mut self, frame: &DataFrame) -> Result<()>;

    /// Returns when everything written so far is durable (acknowledged by all in-sync replicas; synced to disk).
    ///
    /// # Errors
    /// Something written may be lost; the job must not commit past it.
    fn flush(&mut self) -> Result<()>;
}

/// A writer of dead letters, with the same promise.
pub trait DeadLetterWriter: Send {
    /// Takes records that did not decode.
    ///
    /// # Errors
    /// They cannot be kept, or the job was told to stop at the first.
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()>;

    /// As [`SinkWriter::flush`].
    ///
    /// # Errors
    /// As [`SinkWriter::flush`].
    fn flush(&mut self) -> Result<()>;
}

/// Opens the sink of a plan.
///
/// # Errors
/// It cannot be reached, or does not exist.
pub fn open_sink(sink: &Sink) -> Result<Box<dyn SinkWriter>> {
    Ok(match sink {
        Sink::Kafka { brokers, topic, key } => Box::new(kafka::KafkaSink::open(brokers, topic, key.as_deref())?),
        Sink::KafkaUpsert { brokers, topic, keys } => Box::new(kafka::UpsertSink::open(brokers, topic, keys)?),
        Sink::Files { path } => Box::new(files::FileSink::open(path)?),
        Sink::Print => Box::new(print::PrintSink::stdout()),
    })
}

/// Opens the place where records that do not decode are kept.
///
/// # Errors
/// It cannot be reached, or does not exist.
pub fn open_dead_letters(policy: &DeadLetterPolicy) -> Result<Box<dyn DeadLetterWriter>> {
    Ok(match policy {
        DeadLetterPolicy::Topic { brokers, topic } => Box::new(dead_letters::Topic::open(brokers, topic)?),
        DeadLetterPolicy::File(path) => Box::new(dead_letters::Lines::open(path)?),
        DeadLetterPolicy::Stop => Box::new(dead_letters::Stop),
    })
}
