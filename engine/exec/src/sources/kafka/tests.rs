//! Tests of the Kafka reader against librdkafka's own mock cluster; what only a real broker shows is tested in `tests/`.

use std::time::{Duration, Instant};

use headwater::{DataType, Envelope, Field, Format, Schema, Source, SourceConnector};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, DefaultProducerContext, Producer};

use crate::sources::{Polled, Positions, SourceReader, Start, open_source};
use crate::{Error, ErrorKind};

pub(crate) type Cluster = MockCluster<'static, DefaultProducerContext>;

pub(crate) fn cluster(topic: &str, partitions: i32) -> Cluster {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic(topic, partitions, 1).unwrap();
    cluster
}

/// Writes `{"n": i}` for each number, to the partition `i mod partitions`, with the broker timestamp `i` seconds.
pub(crate) fn produce(cluster: &Cluster, topic: &str, partitions: i32, numbers: std::ops::Range<i64>) {
    let producer: BaseProducer = super::client::settings(&cluster.bootstrap_servers()).create().unwrap();
    for number in numbers {
        let (key, value) = (format!("k{number}"), format!("{{\"n\":{number}}}"));
        let partition = (number % i64::from(partitions)) as i32;
        let record = BaseRecord::to(topic).key(&key).payload(&value).partition(partition).timestamp(1 + number * 1_000);
        producer.send(record).map_err(|(error, _)| error).unwrap();
    }
    producer.flush(Duration::from_secs(20)).unwrap();
}

pub(crate) fn source(brokers: String, topic: &str) -> Source {
    Source {
        connector: SourceConnector::Kafka { brokers, topic: topic.to_string() },
        format: Some(Format::Json),
        schema: Some(Schema { fields: vec![Field { name: "n".to_string(), data_type: DataType::Int64 }] }),
        envelope: Vec::new(),
    }
}

/// Everything up to the end: the numbers by partition, in order.
fn read(reader: &mut dyn SourceReader) -> Vec<Vec<i64>> {
    let mut numbers = vec![Vec::new(); reader.partitions() as usize];
    let deadline = Instant::now() + Duration::from_secs(30);
    while Instant::now() < deadline {
        match reader.poll(Duration::from_millis(100)).unwrap() {
            Polled::Batch(batch) => {
                let column = batch.frame.column("n").unwrap().i64().unwrap().clone();
                numbers[batch.partition as usize].extend(column.iter().flatten());
            }
            Polled::Nothing => {}
            Polled::End => return numbers,
        }
    }
    panic!("no end");
}

fn failure(source: &Source, start: &Start) -> Error {
    match open_source(source, start, true, None) {
        Ok(_) => panic!("it opened"),
        Err(error) => error,
    }
}

#[test]
fn a_topic_is_read_to_the_end_found_at_the_start() {
    let cluster = cluster("orders", 3);
    produce(&cluster, "orders", 3, 0..20_000);
    let source = source(cluster.bootstrap_servers(), "orders");
    let mut reader = open_source(&source, &Start::Earliest, true, None).unwrap();
    produce(&cluster, "orders", 3, 20_000..21_000);
    let numbers = read(&mut *reader);
    for (partition, numbers) in (0..).zip(&numbers) {
        assert!(numbers.iter().copied().eq((partition..20_000).step_by(3)), "partition {partition}");
    }
    assert_eq!(reader.positions(), Positions::from([(0, 6_667), (1, 6_667), (2, 6_666)]));
    assert_eq!(reader.lag(), Some(0));

    let mut rest = open_source(&source, &Start::At(reader.positions()), true, None).unwrap();
    let numbers: Vec<i64> = read(&mut *rest).concat();
    assert_eq!(numbers.len(), 1_000);
    assert!(numbers.iter().all(|number| (20_000..21_000).contains(number)));
}

#[test]
fn an_unbounded_reader_waits_for_what_comes_and_positions_follow_what_was_returned() {
    let cluster = cluster("orders", 2);
    produce(&cluster, "orders", 2, 0..10);
    let mut source = source(cluster.bootstrap_servers(), "orders");
    source.envelope = vec![Envelope::Key, Envelope::Partition, Envelope::Offset, Envelope::Timestamp];
    let mut reader = open_source(&source, &Start::Latest, false, None).unwrap();
    assert!(matches!(reader.poll(Duration::from_millis(50)).unwrap(), Polled::Nothing));
    assert_eq!(reader.positions(), Positions::from([(0, 5), (1, 5)]));
    produce(&cluster, "orders", 2, 10..11);
    let batch = loop {
        match reader.poll(Duration::from_millis(500)).unwrap() {
            Polled::Batch(batch) => break batch,
            Polled::Nothing => assert_eq!(reader.positions()[&0], 5, "nothing was returned yet"),
            Polled::End => panic!("it never ends"),
        }
    };
    let mut text = Vec::new();
    crate::json_rows::append_rows(&batch.frame, &mut text).unwrap();
    insta::assert_snapshot!(String::from_utf8(text).unwrap(), @r#"{"n":10,"_key":"k10","_partition":0,"_offset":5,"_timestamp":"1970-01-01T00:00:10.001Z"}"#);
    assert_eq!(batch.newest_ms, Some(10_001));
    assert_eq!(reader.positions(), Positions::from([(0, 6), (1, 5)]));
}

#[test]
fn an_empty_topic_ends_at_once() {
    let cluster = cluster("orders", 2);
    let mut reader = open_source(&source(cluster.bootstrap_servers(), "orders"), &Start::Earliest, true, None).unwrap();
    assert!(matches!(reader.poll(Duration::ZERO).unwrap(), Polled::End));
    assert_eq!(reader.partitions(), 2);
}

#[test]
fn an_unknown_topic_names_the_nearest() {
    let cluster = cluster("orders", 1);
    cluster.create_topic("payments", 1, 1).unwrap();
    let error = failure(&source(cluster.bootstrap_servers(), "ordres"), &Start::Earliest);
    assert_eq!(error.message, format!("no topic `ordres` at `{}`", cluster.bootstrap_servers()));
    assert_eq!(error.hint.as_deref(), Some("Did you mean `orders`?"));
}

#[test]
fn a_broker_that_does_not_answer_is_named_within_five_seconds() {
    let started = Instant::now();
    let error = failure(&source("127.0.0.1:1".to_string(), "orders"), &Start::Earliest);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(error.message.starts_with("no broker answers at `127.0.0.1:1`: "), "{error}");
    assert!(error.message.contains("Connection refused"), "{error}");
    assert_eq!(error.kind, ErrorKind::Source);
}

#[test]
fn an_offset_beyond_the_end_is_refused() {
    let cluster = cluster("orders", 1);
    produce(&cluster, "orders", 1, 0..5);
    let source = source(cluster.bootstrap_servers(), "orders");
    let error = failure(&source, &Start::At(Positions::from([(0, 6)])));
    assert_eq!(error.message, "offset 6 is beyond the end of partition 0 of `orders`, which is 5");
}

#[test]
fn an_expired_offset_says_where_the_topic_begins_now() {
    let held = super::client::Held { low: 400, high: 900 };
    let error = super::reader::check_offset("orders", 3, held, 12).unwrap_err();
    insta::assert_snapshot!(error, @r"
    offset 12 has expired: partition 3 of `orders` now begins at 400
    hint: The records in between are gone from Kafka. Start without the old checkpoint to go on from what is left, and give the topic a longer retention.
    ");
}
