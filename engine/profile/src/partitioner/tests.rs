//! Each kind of producer is named.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix;

/// Records of 300 keys, placed by `place` (a key's bytes, its number, the record's number).
fn report(partitions: u32, place: impl Fn(&[u8], u32, u32) -> u32) -> PartitionerReport {
    let keys: Vec<String> = (0..300).map(|i| format!("customer-{i}")).collect();
    let record = |i: u32| {
        let key = keys[i as usize * 7 % 300].as_bytes();
        (Some(key), place(key, i * 7 % 300, i))
    };
    partitioner(&PartitionerInput { partitions, records: (0..2_000).map(record).collect() })
}

#[test]
fn every_hash_is_named() {
    for hash in KeyHash::EVERY {
        for partitions in [2, 3, 12, 100] {
            let found = report(partitions, |key, _, _| hash.partition(key, partitions));
            assert_eq!(found.partitioner, Partitioner::Hash(hash), "{partitions}: {}", found.sentence);
            assert!(found.chance < 1e-9 && found.split_keys == 0);
        }
    }
    let found = report(12, |key, _, _| KeyHash::Crc32.partition(key, 12));
    insta::assert_snapshot!(found.sentence, @"Producers place keys by CRC32 (librdkafka): all of 300 different keys are where it puts them.");
}

#[test]
fn two_kinds_of_producers_are_found_with_their_shares() {
    let found = report(12, |key, _, i| {
        let hash = if SplitMix::new(u64::from(i)).below(10) < 3 { KeyHash::Crc32 } else { KeyHash::Murmur2 };
        hash.partition(key, 12)
    });
    assert_eq!(found.partitioner, Partitioner::Mix(KeyHash::Murmur2, KeyHash::Crc32), "{}", found.sentence);
    assert!((found.matches[0].share - 0.7).abs() < 0.05 && (found.matches[1].share - 0.3).abs() < 0.05, "{found:?}");
    assert!(found.split_keys > 200 && found.split.len() == 5 && found.split[0].partitions.len() == 2);
    assert!(found.sentence.contains("order is lost"), "{}", found.sentence);
}

#[test]
fn a_changed_number_of_partitions_is_found_with_the_former_one() {
    for (now, former) in [(12, 8), (24, 12), (50, 48)] {
        let found = report(now, |key, _, i| KeyHash::Murmur2.partition(key, if i < 1_200 { former } else { now }));
        let expected = Partitioner::ChangedCount { hash: KeyHash::Murmur2, former };
        assert_eq!(found.partitioner, expected, "{}", found.sentence);
    }
}

#[test]
fn random_custom_and_missing_keys_are_told_apart() {
    let random = report(12, |_, _, i| SplitMix::new(u64::from(i)).below(12) as u32);
    assert_eq!(random.partitioner, Partitioner::Random, "{}", random.sentence);
    let custom = report(12, |_, key, _| key / 25);
    assert_eq!(custom.partitioner, Partitioner::Custom, "{}", custom.sentence);
    let none = PartitionerInput { partitions: 6, records: vec![(None, 1); 50] };
    assert_eq!(partitioner(&none).partitioner, Partitioner::NoKeys);
    let few = PartitionerInput { partitions: 6, records: vec![(Some(b"a"), 1); 50] };
    assert_eq!(partitioner(&few).partitioner, Partitioner::Unknown);
    let one = report(1, |_, _, _| 0);
    assert_eq!(one.partitioner, Partitioner::Unknown, "{}", one.sentence);
    assert_eq!(partitioner(&PartitionerInput::default()).partitioner, Partitioner::NoKeys);
}

proptest! {
    #[test]
    fn anything_is_survived(
        partitions in 0_u32..40,
        records in proptest::collection::vec((proptest::option::of(proptest::collection::vec(any::<u8>(), 0..4)), 0_u32..50), 0..80),
    ) {
        let records = records.iter().map(|(key, partition)| (key.as_deref(), *partition)).collect();
        let found = partitioner(&PartitionerInput { partitions, records });
        prop_assert!(found.chance >= 0.0 && found.chance <= 1.0 && !found.sentence.is_empty());
        prop_assert!(found.matches.iter().all(|own| (0.0..=1.0).contains(&own.share)));
    }
}
