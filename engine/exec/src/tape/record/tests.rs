//! Tests of recording: the bounds hold, the blocks are where they were planned, and nothing is left behind.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use headwater::SampleFrom;

use super::*;
use crate::TapeStore;
use crate::sources::kafka::tests::{cluster, produce, source};

fn take(source: &Source, sample: &Sample) -> Tape {
    Tape::record(source, sample, &Cancel::new(), &mut |_| {}).unwrap()
}

fn sample(rows: u64, from: SampleFrom) -> Sample {
    Sample { rows, from, ..Sample::default() }
}

fn offsets(tape: &Tape, partition: u32) -> Vec<u64> {
    tape.records().iter().filter(|record| record.partition == partition).map(|record| record.offset).collect()
}

#[test]
fn a_small_topic_is_taken_whole() {
    let cluster = cluster("orders", 3);
    produce(&cluster, "orders", 2, 0..101); // partition 2 stays empty
    let tape = take(&source(cluster.bootstrap_servers(), "orders"), &Sample::default());
    assert_eq!(offsets(&tape, 0), (0..51).collect::<Vec<_>>());
    assert_eq!(offsets(&tape, 1), (0..50).collect::<Vec<_>>());
    let first = &tape.records()[0];
    assert_eq!(
        (first.key.as_deref(), first.value.as_deref(), first.timestamp_ms),
        (Some(&b"k0"[..]), Some(&b"{\"n\":0}"[..]), Some(1))
    );
    assert_eq!(tape.note().to_string(), "orders · the whole topic: 101 records, 1970-01-01 00:00 … 00:01 UTC");
    assert_eq!(tape.note().partitions.iter().map(|partition| partition.taken).collect::<Vec<_>>(), [51, 50, 0]);
}

#[test]
fn a_stratified_sample_is_the_planned_blocks() {
    let cluster = cluster("orders", 4);
    produce(&cluster, "orders", 3, 0..30_000);
    let tape = take(&source(cluster.bootstrap_servers(), "orders"), &sample(2_000, SampleFrom::Stratified));
    assert_eq!(tape.records().len(), 2_000);
    assert_eq!((tape.note().total, tape.note().whole, tape.note().stopped_by), (30_000, false, None));
    let blocks: BTreeSet<u32> = tape.records().iter().map(|record| record.block).collect();
    assert_eq!(blocks.len() as u32, tape.note().blocks);
    assert!(tape.note().blocks >= 39, "{}", tape.note().blocks);
    for partition in 0..3 {
        let offsets = offsets(&tape, partition);
        assert!(offsets[0] < 800 && offsets[offsets.len() - 1] >= 9_200, "partition {partition}: one block a stratum");
        assert!((666..=667).contains(&offsets.len()));
    }
    for run in tape.records().chunk_by(|one, other| one.block == other.block) {
        let offsets: Vec<u64> = run.iter().map(|record| record.offset).collect();
        assert!(offsets.windows(2).all(|pair| pair[0] + 1 == pair[1]), "a block has no gaps here");
    }
}

#[test]
fn the_newest_and_the_oldest() {
    let cluster = cluster("orders", 2);
    produce(&cluster, "orders", 2, 0..10_000);
    let source = source(cluster.bootstrap_servers(), "orders");
    let newest = take(&source, &sample(100, SampleFrom::Latest));
    assert_eq!(offsets(&newest, 1), (4_950..5_000).collect::<Vec<_>>());
    let oldest = take(&source, &sample(100, SampleFrom::Earliest));
    assert_eq!(offsets(&oldest, 0), (0..50).collect::<Vec<_>>());
}

#[test]
fn the_bound_of_bytes_holds() {
    let cluster = cluster("orders", 2);
    produce(&cluster, "orders", 2, 0..10_000);
    let sample = Sample { bytes: 1_000, ..Sample::default() };
    let tape = take(&source(cluster.bootstrap_servers(), "orders"), &sample);
    assert!((900..=1_000).contains(&tape.note().bytes), "{}", tape.note().bytes);
    assert_eq!((tape.note().stopped_by, tape.note().whole), (Some(StoppedBy::Bytes), false));
}

#[test]
fn the_bound_of_time_holds_and_what_came_is_kept() {
    let cluster = cluster("orders", 1);
    produce(&cluster, "orders", 1, 0..1_000);
    cluster.broker_round_trip_time(1, Duration::from_millis(400)).unwrap();
    let started = Instant::now();
    let sample = Sample { millis: 100, ..Sample::default() };
    let tape = take(&source(cluster.bootstrap_servers(), "orders"), &sample);
    assert_eq!(tape.note().stopped_by, Some(StoppedBy::Seconds));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn what_a_slow_broker_has_given_so_far_is_told_as_a_smaller_sample() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = cluster("orders", 2);
    produce(&cluster, "orders", 2, 0..20_000);
    cluster.broker_round_trip_time(1, Duration::from_millis(100)).unwrap();
    let source = source(cluster.bootstrap_servers(), "orders");
    let sample = Sample { millis: 60_000, ..sample(4_000, SampleFrom::Stratified) };
    let mut parts = Vec::new();
    let mut so_far = |part| parts.push(part);
    let store = TapeStore::new(folder.path());
    let tape = store.get_watched(&source, &sample, &Cancel::new(), &mut |_| {}, &mut so_far);
    let tape = tape.unwrap();
    assert_eq!((tape.note().records, tape.note().stopped_by), (4_000, None));
    assert!((1..=7).contains(&parts.len()), "{} parts in {} ms", parts.len(), tape.note().took_ms);
    for part in &parts {
        assert!(part.records().iter().all(|record| tape.records().contains(record)));
        assert!(0 < part.note().records && part.note().records <= 4_000);
        assert_eq!((part.note().total, part.note().format.as_deref()), (20_000, Some("json")));
        assert!(!part.note().whole && part.note().to_string().contains(" of 20,000 records"), "{}", part.note());
    }
    let last = parts.last().unwrap();
    let places: Vec<u64> = last.records().iter().map(|record| record.offset).collect();
    assert!(places.iter().any(|offset| *offset >= 5_000), "blocks are visited from all over the log: {places:?}");
}

#[test]
fn an_interrupt_ends_recording() {
    let cluster = cluster("orders", 1);
    produce(&cluster, "orders", 1, 0..10);
    let cancel = Cancel::new();
    cancel.cancel();
    let source = source(cluster.bootstrap_servers(), "orders");
    let error = Tape::record(&source, &Sample::default(), &cancel, &mut |_| {}).unwrap_err();
    assert_eq!(
        (error.kind, error.message.as_str()),
        (crate::ErrorKind::Cancelled, "interrupted while the sample was read")
    );
}

#[test]
fn an_empty_topic_is_an_empty_tape() {
    let cluster = cluster("orders", 2);
    let tape = take(&source(cluster.bootstrap_servers(), "orders"), &Sample::default());
    assert!(tape.records().is_empty());
    assert_eq!(tape.note().to_string(), "orders · the whole topic is empty: 0 records");
}

#[test]
fn the_second_look_reads_no_topic() {
    let folder = tempfile::tempdir().unwrap();
    let cluster = cluster("orders", 1);
    produce(&cluster, "orders", 1, 0..10);
    let source = source(cluster.bootstrap_servers(), "orders");
    let get = |store: &TapeStore, sample: &Sample| store.get(&source, sample, &Cancel::new(), &mut |_| {}).unwrap();
    let store = TapeStore::new(folder.path());
    let first = get(&store, &Sample::default());
    produce(&cluster, "orders", 1, 10..20);
    assert!(std::sync::Arc::ptr_eq(&first, &get(&store, &Sample::default())));
    assert_eq!(*get(&TapeStore::new(folder.path()), &Sample::default()), *first, "another store finds the file");
    assert_eq!(get(&store, &sample(15, SampleFrom::Latest)).records().len(), 15, "another sample is another tape");
    assert!(store.forget(&source, &Sample::default()));
    assert_eq!(get(&store, &Sample::default()).records().len(), 20);
}

#[test]
fn a_topic_is_read_whole_from_its_first_offsets_to_those_of_now() {
    let cluster = cluster("orders", 3);
    produce(&cluster, "orders", 2, 0..70_001); // partition 2 stays empty
    let source = source(cluster.bootstrap_servers(), "orders");
    let (mut chunks, mut next) = (0, [0_u64; 3]);
    let note = read_whole(&source, &Cancel::new(), &mut |_| {}, &mut |records| {
        chunks += 1;
        for record in records {
            let next = &mut next[record.partition as usize];
            assert_eq!(record.offset, *next, "every record once, in order");
            *next += 1;
        }
        Ok(())
    });
    let note = note.unwrap();
    assert_eq!((next, chunks >= 2), ([35_001, 35_000, 0], true));
    assert_eq!((note.records, note.total, note.whole, note.partitions_taken()), (70_001, 70_001, true, 2));
    assert!(note.oldest_ms < note.newest_ms && note.bytes > 0);
}

#[test]
fn who_reads_a_whole_source_can_stop() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    std::fs::write(&path, "{\"n\":1}\n".repeat(200_000)).unwrap();
    let source = Source::new(SourceConnector::Files { path: path.display().to_string() });
    let stop = |_| Err(Error::new(ErrorKind::Config, "enough"));
    let error = read_whole(&source, &Cancel::new(), &mut |_| {}, &mut { stop }).unwrap_err();
    assert_eq!(error.message, "enough");
    let cancel = Cancel::new();
    let mut told = 0;
    let error = read_whole(&source, &cancel, &mut |_| {}, &mut |_| {
        told += 1;
        cancel.cancel();
        Ok(())
    });
    assert_eq!((error.unwrap_err().kind, told), (ErrorKind::Cancelled, 1));
}
