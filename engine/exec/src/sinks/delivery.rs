//! Writing to a Kafka topic so that nothing is lost silently: idempotent, acknowledged by all in-sync replicas, bounded.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::statistics::Statistics;
use rdkafka::types::RDKafkaErrorCode;

use crate::sources::kafka::client::{self, Listener};
use crate::{Error, ErrorKind, Result};

/// How long a record may wait for its acknowledgement before the sink has failed.
const PATIENCE: Duration = Duration::from_secs(120);

/// A producer for one topic.
pub(super) struct Delivery {
    producer: BaseProducer<Acknowledgements>,
    brokers: String,
    topic: String,
}

/// Keeps the first delivery that failed: what was not acknowledged must fail the next flush.
#[derive(Clone, Default)]
struct Acknowledgements {
    listener: Listener,
    failed: Arc<Mutex<Option<KafkaError>>>,
}

impl Acknowledgements {
    fn failure(&self) -> Option<KafkaError> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Acknowledgements {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.listener.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.listener.error(error, reason);
    }

    fn stats(&self, statistics: Statistics) {
        self.listener.stats(statistics);
    }
}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        if let Err((error, _)) = result {
            self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| error.clone());
        }
    }
}

impl Delivery {
    /// Opens the topic, which must exist.
    pub(super) fn open(brokers: &str, topic: &str) -> Result<Self> {
        let mut config = client::settings(brokers);
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            // The partitioner of Kafka's Java clients, so that a key lands where Flink and others expect it.
            .set("partitioner", "murmur2_random")
            .set("linger.ms", "20")
            .set("queue.buffering.max.messages", "100000")
            .set("queue.buffering.max.kbytes", "65536")
            .set("message.timeout.ms", PATIENCE.as_millis().to_string());
        let context = Acknowledgements::default();
        let producer: BaseProducer<_> = config
            .create_with_context(context.clone())
            .map_err(|error| Error::new(ErrorKind::Config, format!("no Kafka client for `{brokers}`: {error}")))?;
        let topics = client::all_topics(producer.client(), brokers, &context.listener, || {
            producer.poll(Duration::from_millis(1));
        })?;
        if !topics.iter().any(|name| name == topic) {
            return Err(client::unknown_topic(ErrorKind::Sink, brokers, topic, &topics));
        }
        Ok(Delivery { producer, brokers: brokers.to_string(), topic: topic.to_string() })
    }

    /// Hands a record over; waits while the queue is full.
    pub(super) fn send(&self, key: Option<&[u8]>, value: &[u8], headers: Option<OwnedHeaders>) -> Result<()> {
        let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&self.topic).payload(value);
        record.key = key;
        record.headers = headers;
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), back)) => {
                    record = back;
                    self.producer.poll(Duration::from_millis(50));
                    self.check()?;
                }
                Err((error, _)) => return Err(self.failed(&error)),
            }
        }
        Ok(())
    }

    /// Serves acknowledgements; fails if one record was refused.
    pub(super) fn check(&self) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        match self.producer.context().failure() {
            Some(error) => Err(self.failed(&error)),
            None => Ok(()),
        }
    }

    /// Returns when every record is acknowledged.
    pub(super) fn flush(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE + Duration::from_secs(10);
        while self.producer.in_flight_count() > 0 && Instant::now() < deadline {
            // That a second was too short is no failure; a refused record is.
            let _ = self.producer.flush(Duration::from_secs(1));
            self.check()?;
        }
        self.check()?;
        match self.producer.in_flight_count() {
            0 => Ok(()),
            left => {
                Err(Error::new(ErrorKind::Sink, format!("{left} records for `{}` were never acknowledged", self.topic)))
            }
        }
    }

    fn failed(&self, error: &KafkaError) -> Error {
        let Delivery { brokers, topic, .. } = self;
        let error = match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageTimedOut) => Error::new(
                ErrorKind::Sink,
                format!("`{brokers}` has acknowledged no record for `{topic}` for two minutes"),
            ),
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                Error::new(ErrorKind::Sink, format!("a record is larger than the topic `{topic}` allows"))
                    .hint("Raise `max.message.bytes` of the topic, or select fewer columns.")
            }
            _ => Error::new(ErrorKind::Sink, format!("the topic `{topic}` at `{brokers}` cannot be written: {error}")),
        };
        match error.hint {
            Some(_) => error,
            None => error
                .hint("What was not acknowledged is written again when the job is started from its last checkpoint."),
        }
    }
}
