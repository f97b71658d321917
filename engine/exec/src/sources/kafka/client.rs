//! The clients of a Kafka cluster: their settings, what they say when it cannot be reached, what a topic holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::metadata::Metadata;
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use crate::runtime::Cancel;
use crate::{Error, ErrorKind, Result};

/// How long a cluster has to answer before it counts as unreachable; the promise is five seconds.
const ANSWER: Duration = Duration::from_millis(4_500);

/// How long a consumer may take to close.
const CLOSE: Duration = Duration::from_secs(2);

/// What a consumer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A job: throughput, within bounded memory.
    Job,
    /// A sample: small blocks at many places, soon.
    Sample,
}

/// Keeps what librdkafka says about itself, so that an error can say why and a job how far behind it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listener {
    said: Arc<Mutex<Said>>,
}

#[derive(Debug, Default)]
struct Said {
    last_error: Option<String>,
    high: BTreeMap<u32, u64>,
}

impl Listener {
    fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest end of every partition that librdkafka has heard of.
    pub(crate) fn high(&self) -> BTreeMap<u32, u64> {
        self.said().high.clone()
    }
}

impl ClientContext for Listener {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        match level {
            RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical | RDKafkaLogLevel::Error => {
                tracing::warn!(facility, "{message}");
            }
            _ => tracing::debug!(facility, "{message}"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, "{reason}");
        let mut said = self.said();
        // That all brokers are down says less than why the last one is.
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::AllBrokersDown) || said.last_error.is_none() {
            said.last_error = Some(reason.to_string());
        }
    }

    fn stats(&self, statistics: Statistics) {
        let mut said = self.said();
        for topic in statistics.topics.values() {
            for (&partition, numbers) in &topic.partitions {
                if let (Ok(partition), Ok(high)) = (u32::try_from(partition), u64::try_from(numbers.hi_offset)) {
                    said.high.insert(partition, high);
                }
            }
        }
    }
}

impl ConsumerContext for Listener {}

/// The settings that every client of `brokers` shares.
pub(crate) fn settings(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "headwater")
        .set("reconnect.backoff.ms", "20")
        .set("log.connection.close", "false");
    config
}

/// A consumer that joins no group: librdkafka wants a group's name to assign partitions by hand, but nothing ever subscribes
/// or commits under it.
pub(crate) fn consumer(brokers: &str, purpose: Purpose) -> Result<BaseConsumer<Listener>> {
    let mut config = settings(brokers);
    config
        .set("group.id", "headwater-assigns-by-hand")
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "error")
        .set("isolation.level", "read_committed")
        .set("allow.auto.create.topics", "false")
        .set("enable.partition.eof", "true");
    match purpose {
        Purpose::Job => config
            .set("queued.min.messages", "50000")
            .set("queued.max.messages.kbytes", "32768")
            .set("fetch.queue.backoff.ms", "20")
            .set("fetch.wait.max.ms", "100")
            .set("statistics.interval.ms", "2000"),
        // A partition whose queue is full is left alone for a while, and a seek does not end that: so the queue is larger than a
        // block, and what is fetched at a time is small.
        Purpose::Sample => config
            .set("queued.min.messages", "20000")
            .set("queued.max.messages.kbytes", "16384")
            .set("fetch.message.max.bytes", "262144")
            .set("fetch.queue.backoff.ms", "1")
            .set("fetch.wait.max.ms", "10"),
    };
    config
        .create_with_context(Listener::default())
        .map_err(|error| Error::new(ErrorKind::Config, format!("no Kafka client for `{brokers}`: {error}")))
}

/// What a partition holds: `[low, high)`, up to the last stable offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

/// The partitions of a topic and what each holds. Asking for the metadata first also tells librdkafka the leaders: assigning
/// to a leader it does not know yet costs half a second.
pub(crate) fn held(consumer: &BaseConsumer<Listener>, brokers: &str, topic: &str) -> Result<Vec<Held>> {
    held_unless(consumer, brokers, topic, &Cancel::new())
}

/// The same, but for someone who may lose patience.
pub(crate) fn held_unless(
    consumer: &BaseConsumer<Listener>,
    brokers: &str,
    topic: &str,
    cancel: &Cancel,
) -> Result<Vec<Held>> {
    let metadata = metadata(consumer, brokers, Some(topic), cancel)?;
    let found =
        metadata.topics().first().map(|found| (found.error().map(RDKafkaErrorCode::from), found.partitions().len()));
    let count = match found {
        Some((None, count)) if count > 0 => count,
        Some((Some(code), _)) if !is_unknown(code) => {
            return Err(Error::new(ErrorKind::Source, format!("the topic `{topic}` cannot be read: {code}")));
        }
        _ => {
            let names =
                consumer.fetch_metadata(None, ANSWER).map(|metadata| topic_names(&metadata)).unwrap_or_default();
            return Err(unknown_topic(ErrorKind::Source, brokers, topic, &names));
        }
    };
    let (low, high) =
        (offsets(consumer, topic, count, Offset::Beginning)?, offsets(consumer, topic, count, Offset::End)?);
    let held = |(low, high): (Option<u64>, Option<u64>)| {
        let low = low.unwrap_or(0);
        Held { low, high: high.unwrap_or(0).max(low) }
    };
    Ok(low.into_iter().zip(high).map(held).collect())
}

/// Asks for the metadata of a topic, or of all there are. librdkafka cannot be interrupted while it waits, so it is asked for short waits, each
/// longer than the one before: an answer that takes long must find somebody who waits for it.
pub(crate) fn metadata(
    consumer: &BaseConsumer<Listener>,
    brokers: &str,
    topic: Option<&str>,
    cancel: &Cancel,
) -> Result<Metadata> {
    let mut left = ANSWER;
    let mut wait = Duration::from_millis(250);
    loop {
        let asked = Instant::now();
        match consumer.fetch_metadata(topic, wait) {
            Ok(metadata) => return Ok(metadata),
            // It ran out of time (give or take its own rounding), not of brokers.
            Err(_) if asked.elapsed() >= wait * 9 / 10 && left > wait => cancel.check()?,
            Err(error) => {
                listen(|| {
                    consumer.poll(Duration::from_millis(1));
                });
                return Err(unreachable(brokers, consumer.context(), &error));
            }
        }
        left = left.saturating_sub(wait);
        wait = (wait * 3 / 2).min(left);
    }
}

/// Whether the topic is not there.
pub(crate) fn is_unknown(code: RDKafkaErrorCode) -> bool {
    matches!(code, RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic)
}

/// The topics of a cluster but for its own.
pub(crate) fn topic_names(metadata: &Metadata) -> Vec<String> {
    metadata.topics().iter().map(|topic| topic.name().to_string()).filter(|name| !is_internal(name)).collect()
}

/// Whether Kafka keeps its own affairs in it.
pub(crate) fn is_internal(topic: &str) -> bool {
    topic.starts_with("__")
}

/// The topics of the cluster at `brokers` but for its own, each with the number of its partitions.
///
/// # Errors
/// It does not answer within `patience`.
pub fn list_topics(brokers: &str, patience: Duration) -> Result<Vec<(String, usize)>> {
    let consumer = consumer(brokers, Purpose::Sample)?;
    let metadata = consumer.fetch_metadata(None, patience).map_err(|error| {
        listen(|| drop(consumer.poll(Duration::from_millis(1))));
        unreachable(brokers, consumer.context(), &error)
    });
    let found = metadata.map(|metadata| {
        let own = metadata.topics().iter().filter(|topic| !is_internal(topic.name()));
        own.map(|topic| (topic.name().to_owned(), topic.partitions().len())).collect()
    });
    close(&consumer);
    found
}

/// All topics of the cluster that a producer writes to. (Asking it for one topic could create that topic.)
pub(crate) fn all_topics<C: ClientContext>(
    client: &rdkafka::client::Client<C>,
    brokers: &str,
    listener: &Listener,
    poll: impl Fn(),
) -> Result<Vec<String>> {
    let metadata = client.fetch_metadata(None, ANSWER).map_err(|error| {
        listen(poll);
        unreachable(brokers, listener, &error)
    })?;
    Ok(topic_names(&metadata))
}

/// Offsets by topic and partition, or why there is none.
#[derive(Debug, Default)]
pub(crate) struct PartitionOffsets(HashMap<String, BTreeMap<i32, std::result::Result<Option<u64>, String>>>);

impl PartitionOffsets {
    pub(crate) fn put(&mut self, topic: &str, partition: i32, offset: std::result::Result<Option<u64>, String>) {
        self.0.entry(topic.to_string()).or_default().insert(partition, offset);
    }

    /// The offset of a partition, where it has one.
    pub(crate) fn at(&self, topic: &str, partition: usize) -> Option<u64> {
        self.0.get(topic)?.get(&i32::try_from(partition).ok()?)?.as_ref().ok().copied().flatten()
    }

    /// Why one of the topic's partitions has none.
    pub(crate) fn problem(&self, topic: &str) -> Option<String> {
        self.0.get(topic)?.values().find_map(|offset| offset.as_ref().err().cloned())
    }
}

/// For every partition of these topics (each with how many it has) the offset that `at` stands for (a number is a timestamp): one
/// request a broker, not one a partition.
pub(crate) fn offsets_of(
    consumer: &BaseConsumer<Listener>,
    topics: &[(&str, usize)],
    at: Offset,
) -> Result<PartitionOffsets> {
    let failed = |error: KafkaError| Error::new(ErrorKind::Source, format!("the offsets cannot be read: {error}"));
    let mut asked = TopicPartitionList::with_capacity(topics.iter().map(|(_, count)| count).sum());
    for (topic, count) in topics {
        for partition in 0..*count {
            asked.add_partition_offset(topic, i32::try_from(partition).unwrap_or(i32::MAX), at).map_err(failed)?;
        }
    }
    let mut offsets = PartitionOffsets::default();
    if asked.count() == 0 {
        return Ok(offsets);
    }
    for element in consumer.offsets_for_times(asked, ANSWER).map_err(failed)?.elements() {
        let offset = match (element.error(), element.offset()) {
            (Err(error), _) => Err(error.to_string()),
            (Ok(()), Offset::Offset(offset)) => Ok(u64::try_from(offset).ok()),
            (Ok(()), _) => Ok(None),
        };
        offsets.put(element.topic(), element.partition(), offset);
    }
    Ok(offsets)
}

/// The same of one topic, of which every partition must answer.
fn offsets(consumer: &BaseConsumer<Listener>, topic: &str, count: usize, at: Offset) -> Result<Vec<Option<u64>>> {
    let failed = |why: &str| Error::new(ErrorKind::Source, format!("the offsets of `{topic}` cannot be read: {why}"));
    let found = offsets_of(consumer, &[(topic, count)], at).map_err(|error| {
        failed(error.message.strip_prefix("the offsets cannot be read: ").unwrap_or(&error.message))
    })?;
    match found.problem(topic) {
        Some(why) => Err(failed(&why)),
        None => Ok((0..count).map(|partition| found.at(topic, partition)).collect()),
    }
}

/// For each partition the offset of its first record whose timestamp is at or after `millis`; its end where there is none.
pub(crate) fn offsets_at(
    consumer: &BaseConsumer<Listener>,
    topic: &str,
    held: &[Held],
    millis: i64,
) -> Result<Vec<u64>> {
    let found = offsets(consumer, topic, held.len(), Offset::Offset(millis.max(0)))?;
    // The broker answers with no offset for a partition without such a record, which reads as none here.
    Ok(found
        .into_iter()
        .zip(held)
        .map(|(found, held)| found.map_or(held.high, |at| at.clamp(held.low, held.high)))
        .collect())
}

/// What librdkafka has to complain about waits in its queue, one event a poll, until someone asks.
fn listen(poll: impl Fn()) {
    (0..32).for_each(|_| poll());
}

/// The error of a cluster that does not answer, with the reason that librdkafka gave last.
fn unreachable(brokers: &str, listener: &Listener, error: &KafkaError) -> Error {
    let why = listener.said().last_error.clone().unwrap_or_else(|| error.to_string());
    Error::new(ErrorKind::Source, format!("no broker answers at `{brokers}`: {why}"))
        .hint("Is Kafka running there, and does it listen on that address? Correct the brokers of the source or sink.")
}

/// The error of a topic that is not there, with the nearest names.
pub(crate) fn unknown_topic(kind: ErrorKind, brokers: &str, topic: &str, names: &[String]) -> Error {
    let mut near: Vec<(f64, &String)> = names.iter().map(|name| (strsim::jaro_winkler(topic, name), name)).collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then_with(|| one.1.cmp(other.1)));
    let near: Vec<String> =
        near.iter().filter(|(likeness, _)| *likeness > 0.7).take(3).map(|(_, name)| format!("`{name}`")).collect();
    let hint = match (kind, near.is_empty()) {
        (_, false) => format!("Did you mean {}?", near.join(" or ")),
        (ErrorKind::Sink, true) => {
            "Headwater creates no topics: create it with the partitions it is to have.".to_string()
        }
        (_, true) if names.is_empty() => "The cluster has no topics yet.".to_string(),
        (_, true) => format!("The cluster has {} topics, none with a name like it.", names.len()),
    };
    let hint = match kind {
        ErrorKind::Sink if !near.is_empty() => format!("{hint} Headwater creates no topics."),
        _ => hint,
    };
    Error::new(kind, format!("no topic `{topic}` at `{brokers}`")).hint(hint).domain(crate::Domain::User)
}

/// Closes a consumer at once: left to itself, dropping it waits a tenth of a second at a time.
pub(crate) fn close(consumer: &BaseConsumer<Listener>) {
    let deadline = std::time::Instant::now() + CLOSE;
    if consumer.close_queue().is_ok() {
        while !consumer.closed() && std::time::Instant::now() < deadline {
            consumer.poll(Duration::from_millis(1));
        }
    }
}
