//! Topics: made, filled, read back and asked about, with librdkafka's own clients.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};

use super::broker;

const LIMIT: Duration = Duration::from_secs(30);

/// A topic of the test broker, or of another one.
#[derive(Clone, Debug)]
pub struct Topic {
    /// The broker.
    pub brokers: String,
    /// Its name, unique in the test process.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
}

/// A record read back.
#[derive(Clone, Debug)]
pub struct Received {
    /// Its partition.
    pub partition: i32,
    /// Its offset.
    pub offset: i64,
    /// Its key as text.
    pub key: Option<String>,
    /// Its value.
    pub value: Vec<u8>,
    /// Its headers, values as text.
    pub headers: BTreeMap<String, String>,
}

impl Received {
    /// The value as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.value).expect("the record is JSON")
    }
}

impl Topic {
    /// A new topic, its name made from `name` and a number.
    ///
    /// # Panics
    /// When the broker refuses.
    pub fn create(name: &str, partitions: u32) -> Topic {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        Topic::create_as(&format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)), partitions)
    }

    /// A new topic with exactly this name.
    ///
    /// # Panics
    /// When the broker refuses.
    pub fn create_as(name: &str, partitions: u32) -> Topic {
        let admin: AdminClient<DefaultClientContext> = config(broker()).create().expect("an admin client");
        let count = i32::try_from(partitions).expect("few partitions");
        let topic = NewTopic::new(name, count, TopicReplication::Fixed(1));
        let options = AdminOptions::new().operation_timeout(Some(LIMIT)).request_timeout(Some(LIMIT));
        let results = block_on(admin.create_topics([&topic], &options)).expect("the broker answers");
        for result in results {
            result.unwrap_or_else(|(topic, code)| panic!("the broker refuses to make `{topic}`: {code}"));
        }
        Topic::at(broker(), name, partitions)
    }

    /// A topic that is there already.
    pub fn at(brokers: &str, name: &str, partitions: u32) -> Topic {
        Topic { brokers: brokers.to_owned(), name: name.to_owned(), partitions }
    }

    /// Writes records, each `(partition, key, value)`, in this order within a partition.
    ///
    /// # Panics
    /// When the broker does not take them all.
    pub fn write<'a>(&self, records: impl IntoIterator<Item = (u32, Option<&'a [u8]>, &'a [u8])>) {
        let producer: BaseProducer = config(&self.brokers)
            .set("linger.ms", "20")
            .set("queue.buffering.max.messages", "500000")
            .set("enable.idempotence", "true")
            .create()
            .expect("a producer");
        for (partition, key, value) in records {
            let partition = i32::try_from(partition).expect("few partitions");
            let mut record = BaseRecord::<[u8], [u8]>::to(&self.name).partition(partition).payload(value);
            record.key = key;
            while let Err((error, again)) = producer.send(record) {
                let full = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);
                assert!(error == full, "writing to `{}`: {error}", self.name);
                producer.poll(Duration::from_millis(50));
                record = again;
            }
        }
        producer.flush(LIMIT).expect("the broker takes every record");
    }

    /// Writes one record with headers.
    ///
    /// # Panics
    /// When the broker does not take it.
    pub fn write_with_headers(&self, partition: i32, key: &[u8], value: &[u8], headers: &[(&str, &[u8])]) {
        let producer: BaseProducer = config(&self.brokers).create().expect("a producer");
        let all = headers
            .iter()
            .fold(OwnedHeaders::new(), |all, (name, value)| all.insert(Header { key: name, value: Some(*value) }));
        let record = BaseRecord::<[u8], [u8]>::to(&self.name).partition(partition).key(key).payload(value).headers(all);
        producer.send(record).map_err(|(error, _)| error).expect("room for one record");
        producer.flush(LIMIT).expect("the broker takes it");
    }

    /// The first and the next offset of every partition.
    ///
    /// # Panics
    /// When the broker does not tell.
    pub fn offsets(&self) -> Vec<(i64, i64)> {
        let consumer: BaseConsumer = config(&self.brokers).create().expect("a consumer");
        let ask =
            |partition| consumer.fetch_watermarks(&self.name, partition, LIMIT).expect("the broker knows its offsets");
        (0..i32::try_from(self.partitions).expect("few partitions")).map(ask).collect()
    }

    /// How many records it has.
    pub fn count(&self) -> u64 {
        self.offsets().iter().map(|(low, high)| u64::try_from(high - low).expect("offsets grow")).sum()
    }

    /// Every record there is now, by partition and offset.
    ///
    /// # Panics
    /// When they cannot be read within half a minute.
    pub fn read(&self) -> Vec<Received> {
        let consumer: BaseConsumer = config(&self.brokers)
            .set("group.id", "tests")
            .set("enable.auto.commit", "false")
            .create()
            .expect("a consumer");
        let (mut assignment, mut wanted) = (TopicPartitionList::new(), 0);
        for (partition, (low, high)) in (0..).zip(self.offsets()) {
            assignment.add_partition_offset(&self.name, partition, Offset::Offset(low)).expect("a valid offset");
            wanted += usize::try_from(high - low).expect("offsets grow");
        }
        consumer.assign(&assignment).expect("an assignment");
        let mut records = Vec::with_capacity(wanted);
        while records.len() < wanted {
            let message = consumer
                .poll(LIMIT)
                .unwrap_or_else(|| panic!("`{}` gave {} of {wanted} records", self.name, records.len()));
            records.push(received(&message.expect("the broker gives its records")));
        }
        records.sort_by_key(|record| (record.partition, record.offset));
        records
    }
}

fn received(message: &impl Message) -> Received {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message.headers().into_iter().flat_map(|all| (0..all.count()).map(|at| all.get(at)));
    Received {
        partition: message.partition(),
        offset: message.offset(),
        key: message.key().map(text),
        value: message.payload().unwrap_or_default().to_vec(),
        headers: headers.map(|header| (header.key.to_owned(), header.value.map(text).unwrap_or_default())).collect(),
    }
}

/// The consumer groups that the broker knows.
///
/// # Panics
/// When it does not tell.
pub fn groups() -> Vec<String> {
    let consumer: BaseConsumer = config(broker()).create().expect("a consumer");
    let list = consumer.fetch_group_list(None, LIMIT).expect("the broker knows its groups");
    list.groups().iter().map(|group| group.name().to_owned()).collect()
}

/// The topics that the broker knows, its own included.
///
/// # Panics
/// When it does not tell.
pub fn topics() -> Vec<String> {
    let consumer: BaseConsumer = config(broker()).create().expect("a consumer");
    let metadata = consumer.fetch_metadata(None, LIMIT).expect("the broker knows its topics");
    let mut names: Vec<String> = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
    names.sort();
    names
}

fn config(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers);
    config
}

/// Waits for a future on this thread; the admin client answers from a thread of its own, so no runtime is needed.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}
