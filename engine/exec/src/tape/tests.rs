//! Tests of tapes: their files, their replay, their notes.

use std::time::Duration;

use headwater::{DataType, Field, Format, Schema, SourceConnector};
use proptest::prelude::*;

use super::*;
use crate::sources::Polled;

fn source() -> Source {
    Source {
        connector: SourceConnector::Kafka { brokers: "nowhere:1".to_string(), topic: "orders".to_string() },
        format: Some(Format::Json),
        schema: Some(Schema { fields: vec![Field { name: "n".to_string(), data_type: DataType::Int64 }] }),
        envelope: Vec::new(),
    }
}

fn record(partition: u32, offset: u64, timestamp_ms: Option<i64>) -> RawRecord {
    let value = Some(format!("{{\"n\":{}}}", u64::from(partition) * 1_000_000 + offset).into_bytes());
    RawRecord { partition, offset, timestamp_ms, value, ..RawRecord::default() }
}

/// The numbers of a replay in order, and the dead letters' positions.
fn replay(tape: &Tape) -> (Vec<i64>, Vec<u64>) {
    let mut reader = tape.reader(&source()).unwrap();
    let (mut numbers, mut dead) = (Vec::new(), Vec::new());
    loop {
        match reader.poll(Duration::ZERO).unwrap() {
            Polled::Batch(batch) => {
                numbers.extend(batch.frame.column("n").unwrap().i64().unwrap().iter().flatten());
                dead.extend(batch.dead.iter().filter_map(|dead| dead.position));
            }
            Polled::End => return (numbers, dead),
            Polled::Nothing => panic!("a tape never waits"),
        }
    }
}

#[test]
fn a_tape_is_read_back_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/tape.arrow");
    let mut records: Vec<RawRecord> =
        (0..20_000).map(|offset| record(offset % 3, u64::from(offset), Some(i64::from(offset)))).collect();
    records[5].headers = vec![("trace".to_string(), b"\x00\xff".to_vec()), ("trace".to_string(), Vec::new())];
    records[6].key = Some(b"key".to_vec());
    records[7].value = None;
    records[8].timestamp_ms = None;
    records[9].block = 7;
    let tape = Tape::from_records("orders", 4, records);
    tape.save(&path).unwrap();
    assert_eq!(Tape::open(&path).unwrap(), tape);
}

#[test]
fn a_damaged_tape_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tape.arrow");
    Tape::from_records("orders", 1, (0..100).map(|offset| record(0, offset, None)).collect()).save(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = Tape::open(&path).unwrap_err();
    assert!(error.message.starts_with(&format!("cannot read the tape `{}`", path.display())), "{error}");
    assert!(error.hint.unwrap().contains("delete the file"));
}

#[test]
fn partitions_are_replayed_in_the_order_of_time_a_slice_at_a_time() {
    let old = (0..5_000).map(|offset| record(0, offset, Some(offset as i64)));
    let new = (0..5_000).map(|offset| record(1, offset, Some(5_000 + offset as i64)));
    let mut records: Vec<RawRecord> = new.chain(old).collect();
    records[3].value = Some(b"broken".to_vec());
    let (numbers, dead) = replay(&Tape::from_records("orders", 3, records));
    assert_eq!(dead, [3]);
    assert_eq!(numbers.len(), 9_999);
    assert!(numbers[..4_096].iter().copied().eq(0..4_096), "the old partition comes first");
    assert_eq!(numbers.last(), Some(&1_004_999));
}

#[test]
fn notes_read_as_a_sentence() {
    let partition = |partition, high, taken| PartitionNote { partition, low: 0, high, taken };
    let hour = 3_600_000;
    let note = SampleNote {
        origin: "orders".to_string(),
        partitions: vec![partition(0, 200_000, 19_400), partition(1, 6_113, 600), partition(2, 0, 0)],
        records: 20_000,
        total: 206_113,
        blocks: 40,
        oldest_ms: Some(1_767_225_600_000),
        newest_ms: Some(1_767_225_600_000 + 4 * hour),
        ..SampleNote::default()
    };
    insta::assert_snapshot!(note, @"orders · 20,000 of 206,113 records (9.7 %), 40 blocks over 2 of 3 partitions, offsets 0–199,999, 2026-01-01 00:00 … 04:00 UTC");
    let latest = SampleNote {
        from: SampleFrom::Latest,
        blocks: 2,
        stopped_by: Some(StoppedBy::Bytes),
        newest_ms: Some(1_767_225_600_000 + 30 * hour),
        ..note.clone()
    };
    insta::assert_snapshot!(latest, @"orders · the newest 20,000 of 206,113 records (9.7 %) over 2 of 3 partitions, offsets 0–199,999, 2026-01-01 00:00 … 2026-01-02 06:00 UTC · stopped at its bound of bytes · LAST-N SAMPLE — may not represent the stream");
    let earliest = SampleNote { from: SampleFrom::Earliest, oldest_ms: None, stopped_by: None, ..latest.clone() };
    insta::assert_snapshot!(earliest, @"orders · the oldest 20,000 of 206,113 records (9.7 %) over 2 of 3 partitions, offsets 0–199,999 · FIRST-N SAMPLE — may not represent the stream");
    let range = SampleNote { from: SampleFrom::Between { from_ms: 0, to_ms: 1_767_225_600_000 }, ..earliest.clone() };
    insta::assert_snapshot!(range, @"orders · 20,000 of 206,113 records (9.7 %) between 1970-01-01T00:00 and 2026-01-01T00:00 UTC, 2 blocks over 2 of 3 partitions, offsets 0–199,999");
    let json = serde_json::to_string(&range).unwrap();
    assert_eq!(serde_json::from_str::<SampleNote>(&json).unwrap(), range);
    let old = r#"{"origin":"o","partitions":[],"records":0,"total":0,"bytes":0,"from":"latest","blocks":0,"whole":true,"oldest_ms":null,"newest_ms":null,"took_ms":0,"stopped_by":null,"unit":"rows"}"#;
    let old: SampleNote = serde_json::from_str(old).unwrap();
    assert_eq!((old.name, old.recorded_ms, old.from), (None, None, SampleFrom::Latest), "tapes of before are read");
    let whole = SampleNote { whole: true, records: 1_234, oldest_ms: None, ..note.clone() };
    insta::assert_snapshot!(whole, @"orders · the whole topic: 1,234 records");
    let empty = SampleNote { records: 0, ..whole };
    insta::assert_snapshot!(empty, @"orders · the whole topic is empty: 0 records");
    let lines = SampleNote { origin: "data/*.json".to_string(), unit: PositionUnit::Bytes, oldest_ms: None, ..note };
    insta::assert_snapshot!(lines, @"data/*.json · 20,000 of about 206,113 records (9.7 %), 40 blocks over 2 of 3 files");
}

proptest! {
    #[test]
    fn a_replay_keeps_every_record_and_the_order_within_a_partition(
        lengths in prop::collection::vec(0_u64..3_000, 1..6), times in prop::collection::vec(prop::option::of(0_i64..50), 20)
    ) {
        let mut records = Vec::new();
        for (partition, length) in (0..).zip(&lengths) {
            for offset in 0..*length {
                records.push(record(partition, offset, times[(offset as usize * 7 + partition as usize) % times.len()]));
            }
        }
        let (numbers, dead) = replay(&Tape::from_records("orders", lengths.len() as u32, records));
        prop_assert!(dead.is_empty());
        for (partition, length) in (0_i64..).zip(&lengths) {
            let own = numbers.iter().filter(|number| **number / 1_000_000 == partition).map(|number| number % 1_000_000);
            prop_assert!(own.eq(0..*length as i64));
        }
    }
}
