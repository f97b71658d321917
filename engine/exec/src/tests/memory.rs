//! A source and sinks in memory, which remember what a broker would.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use polars::prelude::DataFrame;

use crate::sinks::{DeadLetterWriter, SinkWriter};
use crate::sources::{DeadLetter, Polled, Positions, SourceBatch, SourceReader};
use crate::{Error, ErrorKind, Result};

/// A source that gives out the batches it holds, in order, and then ends or stays silent.
#[derive(Debug)]
pub(crate) struct MemorySource {
    partitions: u32,
    batches: VecDeque<SourceBatch>,
    positions: Positions,
    end: MemoryEnd,
}

/// What a [`MemorySource`] does after its last batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryEnd {
    /// It ends.
    End,
    /// It stays silent.
    Silence,
    /// It fails.
    Failure,
    /// It panics.
    Panic,
}

impl MemorySource {
    /// The batches from `start` on, a batch counting as many positions as it has rows and dead letters.
    pub(crate) fn new(partitions: u32, batches: Vec<SourceBatch>, start: &Positions, end: MemoryEnd) -> Self {
        let mut passed: Positions = (0..partitions).map(|p| (p, 0)).collect();
        let unread = batches.into_iter().filter_map(|batch| {
            let begins = passed[&batch.partition];
            let length = length(&batch);
            passed.insert(batch.partition, begins + length);
            let skip = start.get(&batch.partition).copied().unwrap_or(0).saturating_sub(begins).min(length);
            assert!(skip == 0 || skip == length, "the tests restart between batches");
            (skip == 0).then_some(batch)
        });
        let batches = unread.collect();
        let positions = (0..partitions).map(|p| (p, start.get(&p).copied().unwrap_or(0))).collect();
        MemorySource { partitions, batches, positions, end }
    }
}

fn length(batch: &SourceBatch) -> u64 {
    (batch.frame.height() + batch.dead.len()) as u64
}

impl SourceReader for MemorySource {
    fn partitions(&self) -> u32 {
        self.partitions
    }

    fn poll(&mut self, timeout: Duration) -> Result<Polled> {
        match self.batches.pop_front() {
            Some(batch) => {
                *self.positions.entry(batch.partition).or_default() += length(&batch);
                Ok(Polled::Batch(batch))
            }
            None => match self.end {
                MemoryEnd::End => Ok(Polled::End),
                MemoryEnd::Failure => Err(Error::new(ErrorKind::Source, "the broker is gone")),
                MemoryEnd::Panic => panic!("the source panicked"),
                MemoryEnd::Silence => {
                    std::thread::sleep(timeout.min(Duration::from_millis(1)));
                    Ok(Polled::Nothing)
                }
            },
        }
    }

    fn positions(&self) -> Positions {
        self.positions.clone()
    }

    fn lag(&self) -> Option<u64> {
        Some(self.batches.iter().map(length).sum())
    }
}

/// A sink that takes nothing, for rows and dead letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrokenSink;

impl SinkWriter for BrokenSink {
    fn write(&mut self, _frame: &DataFrame) -> Result<()> {
        Err(Error::new(ErrorKind::Sink, "the disk is full"))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

impl DeadLetterWriter for BrokenSink {
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()> {
        Err(Error::new(ErrorKind::Decode, dead[0].reason.clone()))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A sink; clones see the same rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemorySink(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    pending: Vec<DataFrame>,
    durable: Vec<DataFrame>,
    dead: Vec<DeadLetter>,
}

impl MemorySink {
    /// The rows that were flushed, in order.
    pub(crate) fn durable(&self) -> Vec<DataFrame> {
        self.0.lock().unwrap().durable.clone()
    }

    /// The dead letters.
    pub(crate) fn dead(&self) -> Vec<DeadLetter> {
        self.0.lock().unwrap().dead.clone()
    }
}

impl SinkWriter for MemorySink {
    fn write(&mut self, frame: &DataFrame) -> Result<()> {
        self.0.lock().unwrap().pending.push(frame.clone());
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let mut written = self.0.lock().unwrap();
        let pending = std::mem::take(&mut written.pending);
        written.durable.extend(pending);
        Ok(())
    }
}

impl DeadLetterWriter for MemorySink {
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()> {
        self.0.lock().unwrap().dead.extend_from_slice(dead);
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
