//! The whole protocol between tasks: `Batch`, `Watermark`, `Barrier`, a word for a partition that has gone silent, and rows that
//! were put aside.

use polars::prelude::DataFrame;

use crate::aside::Aside;
use crate::operators::Partial;

/// What flows from a source through the operators to a sink.
#[derive(Clone, Debug)]
pub enum Message {
    /// Rows, all of one source partition as long as no aggregation has mixed them.
    Batch(Batch),
    /// No row with an event time at or below this (epoch milliseconds) is expected any more; `i64::MAX` ends the stream.
    Watermark(i64),
    /// Everything before this belongs to checkpoint `n`.
    Barrier(u64),
    /// The source partition was silent for longer than the plan allows; it holds no watermark back until its next batch.
    Idle(u32),
    /// Rows that a step took out of the stream. They pass every later step by, in their place between the other messages, so that
    /// they are kept before the checkpoint that passes over their records.
    Aside(Aside),
    /// Groups that were accumulated before an exchange, on their way to the operator that has all rows of their keys.
    Partial(Partial),
}

/// Rows of one source partition.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The index of the partition in the source (Kafka: the partition number; files: the place in the sorted list).
    pub partition: u32,
    /// The rows.
    pub frame: DataFrame,
}
