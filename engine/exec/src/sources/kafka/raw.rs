//! Raw records between offsets, of several partitions and even topics at once, for a look that ends soon whatever happens.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::client::Listener;
use super::{is_transient, read_error};
use crate::Result;
use crate::runtime::Cancel;
use crate::tape::RawRecord;

/// The longest that a wish to stop goes unseen.
const WAIT: Duration = Duration::from_millis(25);
/// How long the first record may take: connections to the leaders are made first.
const FIRST: Duration = Duration::from_millis(2_000);
/// After so long without a record there is none: what lies between the offsets are markers of transactions, or was compacted away.
const QUIET: Duration = Duration::from_millis(400);

/// The records of a partition from one offset up to another, which is not read any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Between<'a> {
    pub(crate) topic: &'a str,
    pub(crate) partition: u32,
    pub(crate) from: u64,
    pub(crate) to: u64,
}

/// What bounds the reading.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of keys and values, all together.
    pub(crate) bytes: u64,
    /// How long it may take.
    pub(crate) time: Duration,
}

/// A record as it was found, as part of a block of a sample.
pub(crate) fn raw_record(message: &BorrowedMessage<'_>, block: u32) -> Option<RawRecord> {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    Some(RawRecord {
        partition: u32::try_from(message.partition()).ok()?,
        offset: u64::try_from(message.offset()).ok()?,
        timestamp_ms: message.timestamp().to_millis(),
        key: message.key().map(<[u8]>::to_vec),
        value: message.payload().map(<[u8]>::to_vec),
        headers: headers.map(|header| (header.key.to_string(), header.value.unwrap_or_default().to_vec())).collect(),
        block,
    })
}

/// Reads the spans side by side and gives the records away as they come. Says whether a bound ended it before all had come.
pub(crate) fn read_between(
    consumer: &BaseConsumer<Listener>,
    spans: &[Between<'_>],
    bounds: Bounds,
    cancel: &Cancel,
    take: &mut dyn FnMut(&str, RawRecord),
) -> Result<bool> {
    let mut open: HashMap<(&str, u32), Between<'_>> = HashMap::new();
    let mut assigned = TopicPartitionList::with_capacity(spans.len());
    for span in spans.iter().filter(|span| span.from < span.to) {
        let offset = Offset::Offset(i64::try_from(span.from).unwrap_or(i64::MAX));
        let partition = i32::try_from(span.partition).unwrap_or(i32::MAX);
        assigned.add_partition_offset(span.topic, partition, offset).map_err(|error| read_error(span.topic, &error))?;
        open.insert((span.topic, span.partition), *span);
    }
    let name = spans.first().map_or("", |span| span.topic);
    let one_topic = spans.iter().all(|span| span.topic == name);
    consumer.assign(&assigned).map_err(|error| read_error(name, &error))?;
    let began = Instant::now();
    let (mut bytes, mut heard, mut patience) = (0, began, FIRST);
    while !open.is_empty() {
        cancel.check()?;
        if began.elapsed() >= bounds.time || bytes >= bounds.bytes {
            return Ok(true);
        }
        if heard.elapsed() >= patience {
            return Ok(false);
        }
        match consumer.poll(WAIT) {
            None => {}
            Some(Ok(message)) => {
                let Some(record) = raw_record(&message, 0) else { continue };
                let Some(span) = open.get(&(message.topic(), record.partition)).copied() else { continue };
                (heard, patience) = (Instant::now(), QUIET);
                if record.offset + 1 >= span.to {
                    open.remove(&(span.topic, span.partition));
                }
                if (span.from..span.to).contains(&record.offset) {
                    bytes += record.bytes();
                    take(span.topic, record);
                }
            }
            // It tells the number of the partition and not its topic.
            Some(Err(KafkaError::PartitionEOF(partition))) if one_topic => {
                open.remove(&(name, u32::try_from(partition).unwrap_or(u32::MAX)));
            }
            Some(Err(KafkaError::PartitionEOF(_))) => {}
            Some(Err(error)) if is_transient(&error) || !one_topic => {
                tracing::debug!(%error, "The Kafka connection is disturbed while records are looked at.");
            }
            Some(Err(error)) => return Err(read_error(name, &error)),
        }
    }
    Ok(false)
}
