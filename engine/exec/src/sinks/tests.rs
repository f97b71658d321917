//! Tests of the sinks: what they write, that they never overwrite, and what they say when they cannot.

use std::path::Path;
use std::time::Duration;

use polars::prelude::{IntoColumn, NamedFrom, Series};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::{Offset, TopicPartitionList};

use super::*;
use crate::sources::kafka::tests::{Cluster, cluster};

fn frame(cities: &[&str]) -> DataFrame {
    let amounts: Vec<i64> = (0..cities.len() as i64).collect();
    let columns =
        vec![Series::new("city".into(), cities).into_column(), Series::new("n".into(), amounts).into_column()];
    DataFrame::new(cities.len(), columns).unwrap()
}

fn letter(value: &[u8]) -> DeadLetter {
    DeadLetter {
        origin: "orders".to_string(),
        partition: 2,
        position: Some(17),
        timestamp_ms: Some(5),
        key: Some(b"k".to_vec()),
        value: value.to_vec(),
        reason: "broken JSON: EOF".to_string(),
    }
}

struct Consumed {
    partition: i32,
    key: Option<String>,
    value: Vec<u8>,
    headers: Vec<String>,
}

fn consume(cluster: &Cluster, topic: &str, partitions: i32, count: usize) -> Vec<Consumed> {
    let consumer: BaseConsumer =
        crate::sources::kafka::client::settings(&cluster.bootstrap_servers()).set("group.id", "test").create().unwrap();
    let mut all = TopicPartitionList::new();
    for partition in 0..partitions {
        all.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&all).unwrap();
    let mut consumed = Vec::new();
    for _ in 0..200 {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            let message = message.unwrap();
            let header = |header: rdkafka::message::Header<'_, &[u8]>| {
                format!("{}={}", header.key, String::from_utf8_lossy(header.value.unwrap()))
            };
            consumed.push(Consumed {
                partition: message.partition(),
                key: message.key().map(|key| String::from_utf8(key.to_vec()).unwrap()),
                value: message.payload().unwrap_or_default().to_vec(),
                headers: message.headers().map(|headers| headers.iter().map(header).collect()).unwrap_or_default(),
            });
        }
        if consumed.len() == count {
            return consumed;
        }
    }
    panic!("{} of {count} records came", consumed.len());
}

#[test]
fn kafka_gets_json_objects_keyed_as_java_would_place_them() {
    let cluster = cluster("revenue", 12);
    let sink = Sink::Kafka {
        brokers: cluster.bootstrap_servers(),
        topic: "revenue".to_string(),
        key: Some("city".to_string()),
    };
    let mut sink = open_sink(&sink).unwrap();
    sink.write(&frame(&["Chicago", "Rome"])).unwrap();
    sink.flush().unwrap();
    let consumed = consume(&cluster, "revenue", 12, 2);
    let chicago = consumed.iter().find(|record| record.key.as_deref() == Some("Chicago")).unwrap();
    // murmur2 of Kafka's Java client puts this key into partition 5 of 12; librdkafka's own default would say 2.
    assert_eq!((chicago.partition, chicago.value.as_slice()), (5, &br#"{"city":"Chicago","n":0}"#[..]));
}

#[test]
fn an_unknown_topic_is_not_created() {
    let cluster = cluster("revenue", 1);
    let sink = |topic: &str| Sink::Kafka { brokers: cluster.bootstrap_servers(), topic: topic.to_string(), key: None };
    let failure = |topic: &str| open_sink(&sink(topic)).err().unwrap();
    assert_eq!(failure("revenu").message, format!("no topic `revenu` at `{}`", cluster.bootstrap_servers()));
    insta::assert_snapshot!(failure("revenu").hint.unwrap(), @"Did you mean `revenue`? Headwater creates no topics.");
    insta::assert_snapshot!(failure("x").hint.unwrap(), @"Headwater creates no topics: create it with the partitions it is to have.");
    assert!(failure("revenu").message.contains("no topic"), "the second look finds none either");
}

#[test]
fn a_broker_that_does_not_answer_is_named() {
    let sink = Sink::Kafka { brokers: "127.0.0.1:1".to_string(), topic: "t".to_string(), key: None };
    let error = open_sink(&sink).err().unwrap();
    assert!(
        error.message.starts_with("no broker answers at `127.0.0.1:1`: ") && error.message.contains("refused"),
        "{error}"
    );
}

#[test]
fn a_refused_record_fails_the_flush() {
    let cluster = cluster("revenue", 1);
    let sink = Sink::Kafka { brokers: cluster.bootstrap_servers(), topic: "revenue".to_string(), key: None };
    let mut sink = open_sink(&sink).unwrap();
    let refused = rdkafka::types::RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    cluster.request_errors(rdkafka::types::RDKafkaApiKey::Produce, &[refused; 5]);
    sink.write(&frame(&["Rome"])).unwrap();
    let error = sink.flush().unwrap_err();
    assert!(error.message.starts_with("the topic `revenue` at `"), "{error}");
    assert!(sink.flush().is_err(), "what was lost stays lost");
}

#[test]
fn parts_are_numbered_on_whole_and_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let sink = || open_sink(&Sink::Files { path: path.display().to_string() }).unwrap();
    let names = || {
        let mut names: Vec<String> =
            std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let mut first = sink();
    first.write(&frame(&["Rome"])).unwrap();
    assert_eq!(names(), [".part-00001.json.tmp"], "nobody sees what is not whole");
    first.flush().unwrap();
    first.flush().unwrap();
    assert_eq!(names(), ["part-00001.json"]);
    first.write(&frame(&["lost with the process"])).unwrap();
    drop(first);
    let mut second = sink();
    second.write(&frame(&["Oslo"])).unwrap();
    second.write(&frame(&["Bonn"])).unwrap();
    second.flush().unwrap();
    assert_eq!(names(), ["part-00001.json", "part-00002.json"]);
    let text = std::fs::read_to_string(path.join("part-00002.json")).unwrap();
    assert_eq!(text, "{\"city\":\"Oslo\",\"n\":0}\n{\"city\":\"Bonn\",\"n\":0}\n");
    second.write(&frame(&["Ulm"])).unwrap();
    std::fs::write(path.join("part-00003.json"), "another's").unwrap();
    assert!(second.flush().is_err());
    assert_eq!(std::fs::read_to_string(path.join("part-00003.json")).unwrap(), "another's");
}

#[test]
fn rows_are_printed_one_a_line() {
    let mut printed = Vec::new();
    let mut sink = print::PrintSink::to(&mut printed);
    sink.write(&frame(&["Rome", "Oslo"])).unwrap();
    sink.flush().unwrap();
    assert_eq!(String::from_utf8(printed).unwrap(), "{\"city\":\"Rome\",\"n\":0}\n{\"city\":\"Oslo\",\"n\":1}\n");
}

#[test]
fn a_full_disk_says_so() {
    let policy = DeadLetterPolicy::File("/dev/full".into());
    let mut writer = open_dead_letters(&policy).unwrap();
    let error = writer.write(&[letter(b"x")]).and_then(|()| writer.flush()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    the disk is full: `/dev/full` cannot be written
    hint: Make room and start again; a job goes on from its last checkpoint, and nothing is lost.
    ");
}

#[test]
fn a_place_that_is_no_folder_says_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = open_sink(&Sink::Files { path: file.path().display().to_string() }).err().unwrap();
    assert!(error.message.contains(&file.path().display().to_string()), "{error}");
}

#[test]
fn dead_letters_are_appended_to_a_file_with_their_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/dead.json");
    let open = |path: &Path| open_dead_letters(&DeadLetterPolicy::File(path.to_path_buf())).unwrap();
    let mut writer = open(&path);
    writer.write(&[]).unwrap();
    writer.flush().unwrap();
    assert!(!path.exists(), "no dead letter, no file");
    writer.write(&[letter(b"{\"a\":")]).unwrap();
    writer.flush().unwrap();
    std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"{\"torn"))
        .unwrap();
    let mut again = open(&path);
    again.write(&[letter(b"\xff")]).unwrap();
    again.flush().unwrap();
    insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
    {"key_base64":"aw==","origin":"orders","partition":2,"position":17,"reason":"broken JSON: EOF","text":"{\"a\":","timestamp_ms":5,"value_base64":"eyJhIjo="}
    {"torn
    {"key_base64":"aw==","origin":"orders","partition":2,"position":17,"reason":"broken JSON: EOF","text":null,"timestamp_ms":5,"value_base64":"/w=="}
    "#);
}

#[test]
fn dead_letters_go_to_a_topic_as_they_were() {
    let cluster = cluster("dead", 1);
    let policy = DeadLetterPolicy::Topic { brokers: cluster.bootstrap_servers(), topic: "dead".to_string() };
    let mut writer = open_dead_letters(&policy).unwrap();
    writer.write(&[letter(b"\xff\x00")]).unwrap();
    writer.flush().unwrap();
    let consumed = consume(&cluster, "dead", 1, 1);
    assert_eq!((consumed[0].key.as_deref(), consumed[0].value.as_slice()), (Some("k"), &b"\xff\x00"[..]));
    assert_eq!(
        consumed[0].headers,
        ["hw-origin=orders", "hw-partition=2", "hw-offset=17", "hw-reason=broken JSON: EOF"]
    );
}

#[test]
fn a_job_told_to_stop_stops_at_the_first_dead_letter() {
    let mut writer = open_dead_letters(&DeadLetterPolicy::Stop).unwrap();
    writer.write(&[]).unwrap();
    insta::assert_snapshot!(writer.write(&[letter(b"x")]).unwrap_err(), @r"
    the record at position 17 of partition 2 of `orders` does not decode: broken JSON: EOF
    hint: The job was told to stop at such records. Keep them aside instead with a dead-letter file or topic.
    ");
}
