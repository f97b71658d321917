//! Placement is exact: where the real producers, the real Flink and the real Spark put 10,000 keys, and which producer is recognised
//! by it. The keys are those of `tests/golden/placement/Keys.java`.

use std::time::Duration;

use headwater_profile::{KeyHash, KeyValue, Partitioner, PartitionerInput, Placement, partitioner};
use headwater_tests::kafka::{Received, Topic, broker};
use headwater_tests::{process, workspace};
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

const KEYS: usize = 10_000;
const LETTERS: [&str; 8] = ["é", "ß", "東", "京", "ש", "🚕", "Ω", "я"];

/// SplitMix64, as in Java.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// A text (plain, empty now and then, not ASCII, or with a number) or an integer of any size.
fn key(index: usize) -> KeyValue {
    let mut random = Random(index as u64);
    match index % 4 {
        0 => {
            let letters = random.below(20);
            KeyValue::Text((0..letters).map(|_| char::from(b'a' + random.below(26) as u8)).collect())
        }
        1 => {
            let bits = random.next().cast_signed();
            KeyValue::Int(bits >> random.below(64))
        }
        2 => {
            let letters = random.below(8);
            KeyValue::Text((0..letters).map(|_| LETTERS[random.below(8) as usize]).collect())
        }
        _ => KeyValue::Text(format!("customer-{}", random.below(1_000_000))),
    }
}

#[test]
fn flink_and_spark_put_keys_where_it_is_foretold() {
    let golden = workspace::root().join("tests/golden/placement/slots.txt");
    let golden = std::fs::read_to_string(golden).expect("made by make.sh beside it");
    let targets = [
        (Placement::FlinkKeyGroups(Some(128)), 100),
        (Placement::FlinkKeyGroups(None), 64),
        (Placement::SparkShuffle, 200),
    ];
    assert_eq!(golden.lines().count(), KEYS);
    for (index, line) in golden.lines().enumerate() {
        let slots: Vec<u32> = line.split(' ').map(|slot| slot.parse().expect("a number")).collect();
        let found = targets.map(|(placement, workers)| placement.slot(&key(index), workers).expect("a place"));
        assert_eq!(found[..], slots[..], "key {index}: {:?}", key(index));
    }
}

/// Writes the keys with the real Java producer.
fn produce_with_java(topic: &Topic) {
    let folder = workspace::scratch("placement-java");
    let sources = workspace::root().join("tests/golden/placement");
    let libs = format!("{}/*", workspace::service("kafka", "kafka").join("libs").display());
    let mut compile = process::bound("javac");
    compile
        .arg("-d")
        .arg(&folder)
        .args(["-cp", &libs])
        .arg(sources.join("Keys.java"))
        .arg(sources.join("Produce.java"));
    let compiled = process::finish(compile, Duration::from_secs(60));
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let mut run = process::bound("java");
    run.args(["-cp", &format!("{}:{libs}", folder.display()), "Produce", broker(), &topic.name]);
    let run = process::finish(run, Duration::from_secs(60));
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

/// Writes the keys with librdkafka's producer and one of its partitioners.
fn produce_with_librdkafka(topic: &Topic, partitioner: &str) {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", broker())
        .set("partitioner", partitioner)
        .set("queue.buffering.max.messages", "100000")
        .create()
        .expect("the settings are valid");
    for index in 0..KEYS {
        let key = key(index);
        let value = index.to_string();
        producer
            .send(BaseRecord::to(&topic.name).key(&*key.bytes()).payload(&value))
            .expect("the queue is large enough");
    }
    producer.flush(Duration::from_secs(30)).expect("the broker answers");
}

/// Every key is where `placement` says; how many had a place.
fn assert_placed(records: &[Received], placement: Placement, partitions: u32) -> usize {
    assert_eq!(records.len(), KEYS);
    let mut placed = 0;
    for record in records {
        let index: usize = String::from_utf8_lossy(&record.value).parse().expect("the value is the index");
        if let Some(slot) = placement.slot(&key(index), partitions) {
            assert_eq!(record.partition, slot as i32, "key {index}: {:?}", key(index));
            placed += 1;
        }
    }
    placed
}

/// What the fingerprint makes of the records of several topics together.
fn fingerprint(partitions: u32, records: &[&[Received]]) -> Partitioner {
    let records = records.iter().flat_map(|records| records.iter());
    let records = records.map(|own| (own.key.as_ref().map(String::as_bytes), own.partition.unsigned_abs())).collect();
    partitioner(&PartitionerInput { partitions, records }).partitioner
}

#[test]
fn producers_put_keys_where_it_is_foretold_and_are_recognised_by_it() {
    let java = Topic::create("placed-by-java", 12);
    produce_with_java(&java);
    let by_java = java.read();
    assert_eq!(assert_placed(&by_java, Placement::KafkaMurmur2, 12), KEYS);

    let murmur = Topic::create("placed-by-murmur2", 7);
    produce_with_librdkafka(&murmur, "murmur2_random");
    assert_eq!(assert_placed(&murmur.read(), Placement::KafkaMurmur2, 7), KEYS);

    let crc = Topic::create("placed-by-crc32", 12);
    produce_with_librdkafka(&crc, "consistent_random");
    let by_librdkafka = crc.read();
    let placed = assert_placed(&by_librdkafka, Placement::KafkaCrc32, 12);
    assert!(placed > KEYS - 700 && placed < KEYS, "empty keys go anywhere: {placed}");

    let fnv = Topic::create("placed-by-fnv1a", 12);
    produce_with_librdkafka(&fnv, "fnv1a_random");

    assert_eq!(fingerprint(12, &[&by_java]), Partitioner::Hash(KeyHash::Murmur2));
    assert_eq!(fingerprint(7, &[&murmur.read()]), Partitioner::Hash(KeyHash::Murmur2));
    assert_eq!(fingerprint(12, &[&by_librdkafka]), Partitioner::Hash(KeyHash::Crc32));
    assert_eq!(fingerprint(12, &[&fnv.read()]), Partitioner::Hash(KeyHash::Fnv1a));
    let mixed = fingerprint(12, &[&by_java, &by_librdkafka]);
    assert_eq!(mixed, Partitioner::Mix(KeyHash::Murmur2, KeyHash::Crc32));
    // The topic had seven partitions when the first half was written.
    let changed = fingerprint(12, &[&murmur.read(), &by_java]);
    assert_eq!(changed, Partitioner::ChangedCount { hash: KeyHash::Murmur2, former: 7 });
    let random = Topic::create("placed-at-random", 12);
    produce_with_librdkafka(&random, "random");
    produce_with_librdkafka(&random, "random");
    assert_eq!(fingerprint(12, &[&random.read()]), Partitioner::Random);
}
