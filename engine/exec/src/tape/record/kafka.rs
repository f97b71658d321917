//! Recording a Kafka topic: metadata and ends first, then every partition's blocks side by side, by seeking from one to the next.
//!
//! A block never waits for an offset: transaction markers and compaction leave gaps, so a block is complete when a record at or
//! behind its last offset has come, or the end of the partition.

use std::collections::VecDeque;
use std::time::Duration;

use headwater::{Sample, SampleFrom};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::Recording;
use crate::Result;
use crate::sources::kafka::client::{self, Listener, Purpose};
use crate::sources::kafka::{add, is_transient, raw_record, read_error};
use crate::tape::blocks::{self, Block, Span};
use crate::tape::{PartitionNote, SampleNote, Tape};

/// The longest that a wish to stop goes unseen.
const WAIT: Duration = Duration::from_millis(50);

pub(super) fn record(brokers: &str, topic: &str, sample: &Sample, recording: &mut Recording<'_>) -> Result<Tape> {
    let purpose = if recording.sink.is_some() { Purpose::Job } else { Purpose::Sample };
    let consumer = client::consumer(brokers, purpose)?;
    let tape = walk(&consumer, (brokers, topic), sample, recording);
    client::close(&consumer);
    tape
}

fn walk(
    consumer: &BaseConsumer<Listener>,
    (brokers, topic): (&str, &str),
    sample: &Sample,
    recording: &mut Recording<'_>,
) -> Result<Tape> {
    let held = client::held_unless(consumer, brokers, topic, recording.cancel)?;
    let mut spans: Vec<Span> =
        (0..).zip(&held).map(|(partition, held)| Span { partition, low: held.low, high: held.high }).collect();
    if let SampleFrom::Between { from_ms, to_ms } = sample.from {
        let first = client::offsets_at(consumer, topic, &held, from_ms)?;
        let end = client::offsets_at(consumer, topic, &held, to_ms)?;
        for (span, (first, end)) in spans.iter_mut().zip(first.into_iter().zip(end)) {
            (span.low, span.high) = (first, end.max(first));
        }
    }
    let total = spans.iter().map(Span::len).sum();
    let plan = blocks::blocks(&spans, sample);
    let planned: u64 = plan.iter().map(|block| block.to - block.from).sum();
    let known = SampleNote {
        origin: topic.to_string(),
        partitions: spans
            .iter()
            .map(|span| PartitionNote { partition: span.partition, low: span.low, high: span.high, taken: 0 })
            .collect(),
        total,
        from: sample.from,
        blocks: plan.len() as u32,
        ..SampleNote::default()
    };
    let origins = vec![topic.to_string(); spans.len()];
    recording.knows(&known, &origins);
    if planned > 0 {
        Walk::new(consumer, topic, &spans, &plan)?.run(planned, recording)?;
    }
    let note = SampleNote {
        whole: planned == total && recording.stopped_by.is_none() && !matches!(sample.from, SampleFrom::Between { .. }),
        took_ms: recording.started.elapsed().as_millis() as u64,
        stopped_by: recording.stopped_by,
        ..known
    };
    Ok(Tape::of_records(note, origins, recording.kept()?))
}

/// The way through the blocks of every partition.
struct Walk<'a> {
    consumer: &'a BaseConsumer<Listener>,
    topic: &'a str,
    /// For each partition the block being read and those to come.
    partitions: Vec<VecDeque<Numbered>>,
}

/// A block and its number in the sample.
#[derive(Clone, Copy)]
struct Numbered {
    number: u32,
    block: Block,
}

impl<'a> Walk<'a> {
    /// Assigns every partition at its first block.
    fn new(consumer: &'a BaseConsumer<Listener>, topic: &'a str, spans: &[Span], plan: &[Block]) -> Result<Self> {
        let mut partitions = vec![VecDeque::new(); spans.len()];
        let numbered: Vec<Numbered> = (0..).zip(plan).map(|(number, &block)| Numbered { number, block }).collect();
        for run in numbered.chunk_by(|one, other| one.block.partition == other.block.partition) {
            partitions[run[0].block.partition as usize] =
                blocks::visiting_order(run.len()).into_iter().map(|index| run[index]).collect();
        }
        let mut assigned = TopicPartitionList::new();
        for (number, blocks) in partitions.iter().enumerate() {
            if let Some(first) = blocks.front() {
                add(&mut assigned, topic, number, first.block.from)?;
            }
        }
        consumer.assign(&assigned).map_err(|error| read_error(topic, &error))?;
        Ok(Walk { consumer, topic, partitions })
    }

    fn run(mut self, planned: u64, recording: &mut Recording<'_>) -> Result<()> {
        while self.partitions.iter().any(|blocks| !blocks.is_empty()) && recording.goes_on(planned)? {
            match self.consumer.poll(WAIT.min(recording.left())) {
                None => {}
                Some(Ok(message)) => self.take(&message, recording)?,
                Some(Err(KafkaError::PartitionEOF(partition))) => self.next_block(partition)?,
                Some(Err(error)) if is_transient(&error) => {
                    tracing::warn!(%error, topic = self.topic, "The Kafka connection is disturbed while a sample is read.");
                }
                Some(Err(error)) => return Err(read_error(self.topic, &error)),
            }
        }
        Ok(())
    }

    /// Takes a record that belongs to its partition's block, and goes on to the next block behind the last one.
    fn take(&mut self, message: &BorrowedMessage<'_>, recording: &mut Recording<'_>) -> Result<()> {
        let (Ok(number), Ok(offset)) = (usize::try_from(message.partition()), u64::try_from(message.offset())) else {
            return Ok(());
        };
        let Some(&Numbered { number: block_number, block }) = self.partitions.get(number).and_then(VecDeque::front)
        else {
            return Ok(()); // fetched before the partition was paused
        };
        if let (true, Some(record)) = ((block.from..block.to).contains(&offset), raw_record(message, block_number)) {
            recording.take(record);
        }
        if offset + 1 >= block.to { self.next_block(message.partition()) } else { Ok(()) }
    }

    /// Leaves the block of a partition: for its next one, or for good.
    fn next_block(&mut self, partition: i32) -> Result<()> {
        let failed = |error: KafkaError| read_error(self.topic, &error);
        let Some(blocks) = usize::try_from(partition).ok().and_then(|number| self.partitions.get_mut(number)) else {
            return Ok(());
        };
        if blocks.pop_front().is_none() {
            return Ok(());
        }
        match blocks.front() {
            Some(next) => {
                let offset = Offset::Offset(i64::try_from(next.block.from).unwrap_or(i64::MAX));
                // Without a timeout the seek is only ordered; what was fetched from the old place is dropped by librdkafka.
                self.consumer.seek(self.topic, partition, offset, Duration::ZERO).map_err(failed)
            }
            None => {
                let mut finished = TopicPartitionList::new();
                finished.add_partition(self.topic, partition);
                self.consumer.pause(&finished).map_err(failed)
            }
        }
    }
}
