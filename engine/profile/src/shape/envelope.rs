//! What surrounds the values of a topic: keys, sizes, headers, partitions.

use std::collections::BTreeMap;

use crate::PartitionSpan;
use crate::cells::{CELL_WIDTH, clean_bytes};
use crate::shape::input::JsonRecord;
use crate::shape::report::{EnvelopeShape, PartitionRows, Rate};
use crate::shape::values::{HashBudget, ValueCounts};
use crate::spread::Spread;

/// `None` where no partitions are known: the records are of no topic.
pub(crate) fn of(records: &[JsonRecord<'_>], partitions: &[PartitionSpan]) -> Option<EnvelopeShape> {
    if partitions.is_empty() {
        return None;
    }
    let (mut keys, mut budget) = (ValueCounts::default(), HashBudget::default());
    let (mut key_bytes, mut value_bytes) = (Spread::default(), Spread::default());
    let (mut without_key, mut tombstones, mut with_headers) = (0, 0, 0);
    let mut sampled: BTreeMap<u32, (u64, u64)> =
        partitions.iter().map(|span| (span.partition, (0, span.records))).collect();
    for record in records {
        sampled.entry(record.partition).or_insert((0, 0)).0 += 1;
        with_headers += u64::from(record.headers > 0);
        match record.key {
            None => without_key += 1,
            Some(key) => {
                key_bytes.push(key.len() as f64);
                keys.push(&key, &mut budget, || clean_bytes(key, CELL_WIDTH));
            }
        }
        match record.value {
            None => tombstones += 1,
            Some(value) => value_bytes.push(value.len() as f64),
        }
    }
    let of = records.len() as u64;
    let row = |(partition, (sampled, in_log)): (u32, (u64, u64))| {
        // A record proves that the log held one, whatever the span said a moment before.
        PartitionRows { partition, sampled, in_log: in_log.max(sampled) }
    };
    Some(EnvelopeShape {
        key_null: Rate::new(without_key, of),
        keys: keys.distinct(),
        tombstones: Rate::new(tombstones, of),
        headers: Rate::new(with_headers, of),
        value_bytes: value_bytes.quantiles(),
        key_bytes: key_bytes.quantiles(),
        partitions: sampled.into_iter().map(row).collect(),
    })
}
