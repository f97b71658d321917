//! Writes orders to a Kafka topic, partition by partition as the orders say.

use std::time::{Duration, Instant};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::exit_code;
use crate::failure::Failure;
use crate::orders::OrderRecord;

/// How long a cluster may take to answer or to acknowledge.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a cluster may take to answer for the first time.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

/// Counts what the brokers did not take.
#[derive(Clone, Default)]
struct Refusals(Arc<AtomicU64>);

impl rdkafka::ClientContext for Refusals {
    // Broken connections end in an error of the call that needed them; librdkafka's own lines would only repeat it.
    fn log(&self, _level: rdkafka::config::RDKafkaLogLevel, _facility: &str, _message: &str) {}
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ProducerContext for Refusals {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if result.is_err() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A writer of orders to one topic.
pub(crate) struct OrderProducer {
    producer: BaseProducer<Refusals>,
    brokers: String,
    topic: String,
    partitions: u32,
}

impl OrderProducer {
    /// A writer to a topic that is there.
    pub(crate) fn open(brokers: &str, topic: &str) -> Result<OrderProducer, Failure> {
        let refusals = Refusals::default();
        let producer: BaseProducer<Refusals> = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("acks", "all")
            .set("linger.ms", "20")
            .create_with_context(refusals)
            .map_err(|error| Failure::new(exit_code::USER, format!("no Kafka client for `{brokers}`: {error}")))?;
        let metadata =
            producer.client().fetch_metadata(None, FIRST_ANSWER).map_err(|error| unreachable(brokers, &error))?;
        let found = metadata.topics().iter().find(|candidate| candidate.name() == topic);
        let Some(partitions) = found.map(|found| found.partitions().len()).filter(|count| *count > 0) else {
            return Err(Failure::new(exit_code::USER, format!("no topic `{topic}` at `{brokers}`"))
                .hint("add `--create-topic`, or name one that is there"));
        };
        let partitions = u32::try_from(partitions).unwrap_or(u32::MAX);
        Ok(OrderProducer { producer, brokers: brokers.into(), topic: topic.into(), partitions })
    }

    /// How many partitions the topic has.
    pub(crate) fn partitions(&self) -> u32 {
        self.partitions
    }

    /// Sends one order; waits while the queue is full.
    pub(crate) fn send(&self, order: &OrderRecord) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let mut record = BaseRecord::<[u8], [u8]>::to(&self.topic)
                .payload(&order.value)
                .partition(i32::try_from(order.partition).unwrap_or(0))
                .timestamp(order.timestamp_ms);
            if let Some(key) = &order.key {
                record = record.key(key.as_bytes());
            }
            match self.producer.send(record) {
                Ok(()) => {
                    self.producer.poll(Duration::ZERO);
                    return Ok(());
                }
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) if begun.elapsed() < PATIENCE => {
                    self.producer.poll(Duration::from_millis(50));
                }
                Err((error, _)) => return Err(self.failed(&error.to_string())),
            }
        }
    }

    /// Returns when the brokers have taken everything.
    pub(crate) fn flush(&self) -> Result<(), Failure> {
        self.producer.flush(PATIENCE).map_err(|error| self.failed(&error.to_string()))?;
        match self.producer.context().0.load(Ordering::Relaxed) {
            0 => Ok(()),
            refused => Err(self.failed(&format!("{refused} records were refused"))),
        }
    }

    fn failed(&self, why: &str) -> Failure {
        Failure::new(exit_code::EXTERNAL, format!("cannot write to `{}` at `{}`: {why}", self.topic, self.brokers))
    }
}

/// Makes a topic; that it is there already is fine.
pub(crate) fn create_topic(brokers: &str, topic: &str, partitions: u32) -> Result<(), Failure> {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("log_level", "0")
        .create()
        .map_err(|error| Failure::new(exit_code::USER, format!("no Kafka client for `{brokers}`: {error}")))?;
    admin.inner().fetch_metadata(None, FIRST_ANSWER).map_err(|error| unreachable(brokers, &error))?;
    let count = i32::try_from(partitions).unwrap_or(i32::MAX);
    // The orders carry times of long ago; with Kafka's usual seven days they would be gone within minutes.
    let new = NewTopic::new(topic, count, TopicReplication::Fixed(1)).set("retention.ms", "-1");
    let made =
        futures_executor::block_on(admin.create_topics([&new], &AdminOptions::new().operation_timeout(Some(PATIENCE))));
    let failed = |why: String| Failure::new(exit_code::EXTERNAL, format!("cannot make the topic `{topic}`: {why}"));
    match made.map_err(|error| failed(error.to_string()))?.first() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) | Some(Ok(_)) => Ok(()),
        Some(Err((_, code))) => Err(failed(code.to_string())),
        None => Err(failed("the brokers said nothing about it".into())),
    }
}

fn unreachable(brokers: &str, error: &KafkaError) -> Failure {
    Failure::new(exit_code::EXTERNAL, format!("cannot reach Kafka at `{brokers}`: {error}"))
        .hint("is it running there? `headwater sandbox` starts one to try things on")
}
