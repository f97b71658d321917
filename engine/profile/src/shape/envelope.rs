//! What surrounds the values of a topic: keys, sizes, headers, partitions, hours.

use std::collections::BTreeMap;

use crate::PartitionSpan;
use crate::cells::{CELL_WIDTH, clean_bytes};
use crate::shape::input::JsonRecord;
use crate::shape::report::{EnvelopeShape, HourRows, PartitionRows, Rate, TypeShare};
use crate::shape::values::{HashBudget, ValueCounts};
use crate::shape::{hash, mask};
use crate::spread::Spread;

/// What keys can be.
const KINDS: [&str; 8] = ["text", "integer as text", "JSON", "UUID", "4 bytes", "8 bytes", "bytes", "empty"];
const HOUR_MS: i64 = 3_600_000;
/// Hours that a report shows: two weeks.
const HOURS: usize = 336;

/// What is gathered around the values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Envelope {
    records: u64,
    keys: ValueCounts,
    budget: HashBudget,
    key_bytes: Spread,
    value_bytes: Spread,
    kinds: [u64; KINDS.len()],
    without_key: u64,
    tombstones: u64,
    with_headers: u64,
    timed: u64,
    partitions: BTreeMap<u32, PartitionRows>,
    hours: BTreeMap<i64, u64>,
}

impl Envelope {
    pub(crate) fn push(&mut self, record: &JsonRecord<'_>, redact: bool) {
        self.records += 1;
        let size = record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        let known = self.partitions.entry(record.partition).or_insert(empty(record.partition, 0));
        known.sampled += 1;
        known.sampled_bytes += size as u64;
        self.with_headers += u64::from(record.headers > 0);
        match record.key {
            None => self.without_key += 1,
            Some(key) => {
                self.key_bytes.push(key.len() as f64);
                self.kinds[kind(key)] += 1;
                let shown = || clean_bytes(key, CELL_WIDTH);
                let text = || if redact { mask::redacted(&shown()) } else { shown() };
                self.keys.push(hash::bytes(key), &mut self.budget, text);
            }
        }
        match record.value {
            None => self.tombstones += 1,
            Some(value) => self.value_bytes.push(value.len() as f64),
        }
        if let Some(ms) = record.timestamp_ms {
            self.timed += 1;
            let hour = ms.div_euclid(HOUR_MS);
            if self.hours.len() < HOURS || self.hours.contains_key(&hour) {
                *self.hours.entry(hour).or_insert(0) += 1;
            }
        }
    }

    pub(crate) fn merge(&mut self, other: &Envelope) {
        self.records += other.records;
        self.keys.merge(&other.keys, &mut self.budget);
        self.key_bytes.merge(&other.key_bytes);
        self.value_bytes.merge(&other.value_bytes);
        self.kinds.iter_mut().zip(other.kinds).for_each(|(own, theirs)| *own += theirs);
        self.without_key += other.without_key;
        self.tombstones += other.tombstones;
        self.with_headers += other.with_headers;
        self.timed += other.timed;
        for theirs in other.partitions.values() {
            let own = self.partitions.entry(theirs.partition).or_insert(empty(theirs.partition, 0));
            own.sampled += theirs.sampled;
            own.sampled_bytes += theirs.sampled_bytes;
        }
        for (hour, count) in &other.hours {
            *self.hours.entry(*hour).or_insert(0) += count;
        }
    }

    /// `None` where no partitions are known: the records are of no topic.
    pub(crate) fn shape(&self, spans: &[PartitionSpan]) -> Option<EnvelopeShape> {
        if spans.is_empty() {
            return None;
        }
        let mut partitions = self.partitions.clone();
        for span in spans {
            let own = partitions.entry(span.partition).or_insert(empty(span.partition, 0));
            own.in_log = span.records;
        }
        // A record proves that the log held one, whatever the span said a moment before.
        partitions.values_mut().for_each(|own| own.in_log = own.in_log.max(own.sampled));
        let of = self.records;
        let hour = |(hour, records): (&i64, &u64)| HourRows { start_ms: hour * HOUR_MS, records: *records };
        Some(EnvelopeShape {
            key_null: Rate::new(self.without_key, of),
            key_types: self.key_types(),
            keys: self.keys.distinct(),
            tombstones: Rate::new(self.tombstones, of),
            headers: Rate::new(self.with_headers, of),
            value_bytes: self.value_bytes.quantiles(),
            key_bytes: self.key_bytes.quantiles(),
            partitions: partitions.into_values().collect(),
            timestamps: Rate::new(self.timed, of),
            hours: self.hours.iter().take(HOURS).map(hour).collect(),
        })
    }

    fn key_types(&self) -> Vec<TypeShare> {
        let of = (self.records - self.without_key).max(1) as f64;
        let counted = KINDS.into_iter().zip(self.kinds).filter(|(_, count)| *count > 0);
        let mut types: Vec<TypeShare> =
            counted.map(|(name, count)| TypeShare { name, count, share: count as f64 / of }).collect();
        types.sort_by_key(|own| std::cmp::Reverse(own.count));
        types
    }
}

fn empty(partition: u32, in_log: u64) -> PartitionRows {
    PartitionRows { partition, sampled: 0, sampled_bytes: 0, in_log }
}

/// Where what the key is stands in [`KINDS`].
fn kind(key: &[u8]) -> usize {
    let printable = |text: &str| !text.chars().any(char::is_control);
    match std::str::from_utf8(key).ok().filter(|text| printable(text)) {
        Some("") => 7,
        Some(text) if text.len() <= 20 && text.parse::<i64>().is_ok() => 1,
        Some(text) if text.starts_with('{') && text.ends_with('}') => 2,
        Some(text) if text.len() == 36 && text.bytes().filter(|b| *b == b'-').count() == 4 => 3,
        Some(_) => 0,
        None if key.len() == 4 => 4,
        None if key.len() == 8 => 5,
        None => 6,
    }
}
