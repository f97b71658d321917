//! Reading a topic: one consumer, polled on the caller's thread, whose records are decoded as they come into one batch a partition.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use headwater::Source;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::client::{self, Held, Listener, Purpose};
use crate::sources::decode::{RecordRef, RowDecoder, headers_json};
use crate::sources::{Polled, Positions, SourceBatch, SourceReader, Start};
use crate::{Error, ErrorKind, Result};

/// A batch is complete with this many records …
const BATCH_ROWS: usize = 8_192;
/// … or this many bytes, …
const BATCH_BYTES: usize = 4 << 20;
/// … or this long after its first record.
const LINGER: Duration = Duration::from_millis(50);

/// A reader of a Kafka topic.
pub(crate) struct KafkaReader {
    consumer: BaseConsumer<Listener>,
    brokers: String,
    topic: String,
    partitions: Vec<Partition>,
    ready: VecDeque<Ready>,
    /// When the oldest record came that is in no batch yet.
    waiting_since: Option<Instant>,
}

struct Partition {
    decoder: RowDecoder,
    /// The offset after the last record received.
    received: u64,
    /// The offset after the last record that `poll` has returned.
    returned: u64,
    /// Where reading ends, when it is to end.
    end: Option<u64>,
    done: bool,
}

struct Ready {
    batch: SourceBatch,
    position: u64,
}

impl KafkaReader {
    /// Opens the topic; with `until_end` it ends at the last stable offsets of now.
    pub(crate) fn open(
        source: &Source,
        (brokers, topic): (&str, &str),
        start: &Start,
        until_end: bool,
        columns: Option<&[String]>,
    ) -> Result<Self> {
        let consumer = client::consumer(brokers, Purpose::Job)?;
        let held = client::held(&consumer, brokers, topic)?;
        let start = match start {
            Start::Since(millis) => {
                let first = client::offsets_at(&consumer, topic, &held, *millis)?;
                &Start::At((0..).zip(first).collect())
            }
            start => start,
        };
        let mut partitions = Vec::with_capacity(held.len());
        let mut assigned = TopicPartitionList::with_capacity(held.len());
        for (number, held) in held.iter().enumerate() {
            let from = first_offset(topic, number, *held, start)?;
            let end = until_end.then_some(held.high);
            let done = end.is_some_and(|end| from >= end);
            let decoder = RowDecoder::new(source, columns)?;
            partitions.push(Partition { decoder, received: from, returned: from, end, done });
            if !done {
                add(&mut assigned, topic, number, from)?;
            }
        }
        consumer.assign(&assigned).map_err(|error| read_error(topic, &error))?;
        let (brokers, topic) = (brokers.to_string(), topic.to_string());
        Ok(KafkaReader { consumer, brokers, topic, partitions, ready: VecDeque::new(), waiting_since: None })
    }

    /// Whether every partition has reached its end and every record has been returned.
    fn finished(&self) -> bool {
        self.ready.is_empty() && self.partitions.iter().all(|partition| partition.done && partition.decoder.len() == 0)
    }

    /// Makes a batch of what a partition has received.
    fn seal(&mut self, number: usize) -> Result<()> {
        let partition = &mut self.partitions[number];
        if partition.decoder.len() > 0 {
            let batch = partition.decoder.take(number as u32)?;
            self.ready.push_back(Ready { batch, position: partition.received });
        }
        Ok(())
    }

    fn seal_all(&mut self) -> Result<()> {
        self.waiting_since = None;
        (0..self.partitions.len()).try_for_each(|number| self.seal(number))
    }

    /// Waits for one event of the consumer and takes it in.
    fn take_one(&mut self, wait: Duration) -> Result<()> {
        let outcome = match self.consumer.poll(wait) {
            None => return Ok(()),
            Some(Ok(message)) => Ok(take_message(&self.topic, &message, &mut self.partitions)),
            Some(Err(error)) => Err(error),
        };
        match outcome {
            Ok(None) => Ok(()),
            Ok(Some(number)) => self.taken(number),
            Err(KafkaError::PartitionEOF(number)) => self.at_end(number),
            Err(error) if is_transient(&error) => {
                tracing::warn!(%error, brokers = %self.brokers, "The Kafka connection is disturbed; librdkafka tries again.");
                Ok(())
            }
            Err(error) => Err(self.explain(&error)),
        }
    }

    /// A record of the partition has been taken in.
    fn taken(&mut self, number: usize) -> Result<()> {
        self.waiting_since.get_or_insert_with(Instant::now);
        let partition = &mut self.partitions[number];
        if partition.end.is_some_and(|end| partition.received >= end) {
            return self.finish(number);
        }
        if partition.decoder.len() >= BATCH_ROWS || partition.decoder.bytes() >= BATCH_BYTES {
            return self.seal(number);
        }
        Ok(())
    }

    /// There is nothing after what the partition has received: its last offsets may be transaction markers, which are no records.
    fn at_end(&mut self, number: i32) -> Result<()> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        match self.partitions.get(number) {
            Some(partition) if partition.end.is_some() && !partition.done => self.finish(number),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, number: usize) -> Result<()> {
        self.partitions[number].done = true;
        let mut finished = TopicPartitionList::new();
        finished.add_partition(&self.topic, i32::try_from(number).unwrap_or(i32::MAX));
        self.consumer.pause(&finished).map_err(|error| read_error(&self.topic, &error))?;
        self.seal(number)
    }

    /// Finds out which partition an error is about.
    fn explain(&self, error: &KafkaError) -> Error {
        let expired = matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
        );
        if let (true, Ok(held)) = (expired, client::held(&self.consumer, &self.brokers, &self.topic)) {
            let received = self.partitions.iter().map(|partition| partition.received);
            for (number, (held, at)) in held.iter().zip(received).enumerate() {
                if let Err(error) = check_offset(&self.topic, number, *held, at) {
                    return error;
                }
            }
        }
        read_error(&self.topic, error)
    }
}

impl SourceReader for KafkaReader {
    fn partitions(&self) -> u32 {
        self.partitions.len() as u32
    }

    fn poll(&mut self, timeout: Duration) -> Result<Polled> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(Ready { batch, position }) = self.ready.pop_front() {
                self.partitions[batch.partition as usize].returned = position;
                return Ok(Polled::Batch(batch));
            }
            if self.finished() {
                return Ok(Polled::End);
            }
            let now = Instant::now();
            let due = self.waiting_since.map(|since| since + LINGER);
            if due.is_some_and(|due| due <= now) {
                self.seal_all()?;
                continue;
            }
            let until = due.map_or(deadline, |due| due.min(deadline));
            self.take_one(until.saturating_duration_since(now))?;
            if self.ready.is_empty() && Instant::now() >= deadline && !self.finished() {
                return Ok(Polled::Nothing);
            }
        }
    }

    fn positions(&self) -> Positions {
        (0..).zip(&self.partitions).map(|(number, partition)| (number, partition.returned)).collect()
    }

    fn lag(&self) -> Option<u64> {
        let high = self.consumer.context().high();
        let mut lag = 0;
        for (number, partition) in (0..).zip(&self.partitions) {
            let end = partition.end.or_else(|| high.get(&number).copied())?;
            lag += end.saturating_sub(partition.returned);
        }
        Some(lag)
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        client::close(&self.consumer);
    }
}

/// Decodes a record into its partition. Says into which, unless that one has reached its end.
fn take_message(topic: &str, message: &BorrowedMessage<'_>, partitions: &mut [Partition]) -> Option<usize> {
    let number = usize::try_from(message.partition()).ok()?;
    let offset = u64::try_from(message.offset()).ok()?;
    let partition = partitions.get_mut(number).filter(|partition| !partition.done)?;
    partition.received = offset + 1;
    if partition.end.is_some_and(|end| offset >= end) {
        partition.received = offset; // the record after the end is for another run
        return Some(number);
    }
    let headers = partition.decoder.wants_headers().then(|| message_headers(message));
    partition.decoder.push(&RecordRef {
        origin: topic,
        partition: number as u32,
        position: offset,
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key(),
        value: message.payload(),
        headers: headers.as_deref(),
    });
    Some(number)
}

fn message_headers(message: &BorrowedMessage<'_>) -> String {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    headers_json(headers.map(|header| (header.key, header.value.unwrap_or_default())))
}

/// Where a partition begins.
fn first_offset(topic: &str, number: usize, held: Held, start: &Start) -> Result<u64> {
    match start {
        Start::Earliest => Ok(held.low),
        // A moment has become offsets before.
        Start::Latest | Start::Since(_) => Ok(held.high),
        Start::At(positions) => match positions.get(&(number as u32)) {
            None => Ok(held.low),
            Some(&at) => check_offset(topic, number, held, at).map(|()| at),
        },
    }
}

/// Whether the topic still holds what comes at an offset.
pub(super) fn check_offset(topic: &str, number: usize, held: Held, at: u64) -> Result<()> {
    let Held { low, high } = held;
    let (what, hint) = if at < low {
        (
            format!("has expired: partition {number} of `{topic}` now begins at {low}"),
            "The records in between are gone from Kafka. Start without the old checkpoint to go on from what is left, \
             and give the topic a longer retention.",
        )
    } else if at > high {
        (
            format!("is beyond the end of partition {number} of `{topic}`, which is {high}"),
            "Was the topic deleted and made anew? Start without the old checkpoint to read it from its beginning.",
        )
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorKind::Source, format!("offset {at} {what}")).hint(hint))
}

/// Adds a partition at a numeric offset.
pub(crate) fn add(list: &mut TopicPartitionList, topic: &str, number: usize, offset: u64) -> Result<()> {
    let offset = Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX));
    let partition = i32::try_from(number).unwrap_or(i32::MAX);
    list.add_partition_offset(topic, partition, offset).map_err(|error| read_error(topic, &error))
}

/// Whether librdkafka gets over it by itself.
pub(crate) fn is_transient(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    matches!(error, KafkaError::MessageConsumption(_))
        && matches!(
            error.rdkafka_error_code(),
            Some(
                Code::BrokerTransportFailure
                    | Code::AllBrokersDown
                    | Code::OperationTimedOut
                    | Code::RequestTimedOut
                    | Code::Resolve
                    | Code::Retry
                    | Code::LeaderNotAvailable
                    | Code::NotLeaderForPartition
                    | Code::BrokerNotAvailable
                    | Code::ReplicaNotAvailable
                    | Code::NetworkException
                    | Code::KafkaStorageError
            )
        )
}

/// The error of a topic that cannot be read on.
pub(crate) fn read_error(topic: &str, error: &KafkaError) -> Error {
    match error.rdkafka_error_code() {
        Some(code) if client::is_unknown(code) || code == RDKafkaErrorCode::UnknownPartition => {
            Error::new(ErrorKind::Source, format!("the topic `{topic}` is gone while it is being read"))
                .hint("Was it deleted? Make it anew, or point the source to another topic.")
        }
        _ => Error::new(ErrorKind::Source, format!("the topic `{topic}` cannot be read: {error}")),
    }
}
