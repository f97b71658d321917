//! Where a key lands: the exact hashes of the targets that a key can be sent to, one file each.

mod flink;
mod kafka;
mod key_value;
mod spark;

use serde::Serialize;

pub use kafka::{crc32, fnv1a, murmur2};
pub use key_value::KeyValue;

/// How a target turns a key into a worker (or a partition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// This engine: murmur2 of the key's bytes, as Kafka's Java client does it; a null key goes where no bytes go.
    #[default]
    Headwater,
    /// Kafka's Java client: `(murmur2(key) & 0x7fffffff) % partitions`; a null key goes anywhere.
    KafkaMurmur2,
    /// librdkafka's default, `consistent_random`: `crc32(key) % partitions`; a null or empty key goes anywhere.
    KafkaCrc32,
    /// Flink's `keyBy` of a DataStream: key groups, then a worker of them. The number of key groups, or Flink's default.
    FlinkKeyGroups(Option<u32>),
    /// Spark's shuffle: `pmod(murmur3(key, 42), partitions)`.
    SparkShuffle,
}

impl Placement {
    /// Every target, with its defaults.
    pub const ALL: [Placement; 5] = [
        Placement::Headwater,
        Placement::KafkaMurmur2,
        Placement::KafkaCrc32,
        Placement::FlinkKeyGroups(None),
        Placement::SparkShuffle,
    ];

    /// The worker, of so many, that the key goes to; `None` when the target puts such a key anywhere.
    pub fn slot(self, key: &KeyValue, workers: u32) -> Option<u32> {
        let workers = workers.max(1);
        let positive = |hash: i32| (hash & 0x7fff_ffff).cast_unsigned() % workers;
        match self {
            Placement::Headwater => Some(positive(murmur2(&key.bytes()))),
            Placement::KafkaMurmur2 if key.is_null() => None,
            Placement::KafkaMurmur2 => Some(positive(murmur2(&key.bytes()))),
            Placement::KafkaCrc32 => {
                let bytes = key.bytes();
                (!bytes.is_empty()).then(|| crc32(&bytes) % workers)
            }
            Placement::FlinkKeyGroups(groups) => {
                let groups = groups.unwrap_or_else(|| flink::default_key_groups(workers));
                Some(flink::subtask(flink::hash_code(key), groups, workers))
            }
            Placement::SparkShuffle => {
                let hash = spark::murmur3(key, spark::SEED).cast_signed();
                Some(i64::from(hash).rem_euclid(i64::from(workers)) as u32)
            }
        }
    }

    /// What dividing the key groups among the workers does even to perfectly even keys, `ceil(G / P) · P / G`; 1 without key groups.
    pub fn rounding(self, workers: u32) -> f64 {
        let Some(groups) = self.key_groups(workers) else { return 1.0 };
        f64::from(groups.div_ceil(workers.max(1))) * f64::from(workers.max(1)) / f64::from(groups)
    }

    /// The number of key groups, where there are any.
    pub fn key_groups(self, workers: u32) -> Option<u32> {
        match self {
            Placement::FlinkKeyGroups(groups) => {
                Some(groups.unwrap_or_else(|| flink::default_key_groups(workers)).max(1))
            }
            _ => None,
        }
    }

    /// What part of all possible keys each of the workers is given; `None` when it is the same for all.
    pub(crate) fn parts(self, workers: u32) -> Option<Vec<f64>> {
        let groups = self.key_groups(workers)?;
        let mut parts = vec![0.0; workers.max(1) as usize];
        for group in 0..groups {
            parts[flink::owner(group, groups, workers.max(1)) as usize] += 1.0 / f64::from(groups);
        }
        Some(parts)
    }

    /// The target in words.
    pub fn name(self) -> String {
        match self {
            Placement::Headwater => "Headwater".into(),
            Placement::KafkaMurmur2 => "Kafka, Java client (murmur2)".into(),
            Placement::KafkaCrc32 => "Kafka, librdkafka (CRC32)".into(),
            Placement::FlinkKeyGroups(Some(groups)) => format!("Flink DataStream, {groups} key groups"),
            Placement::FlinkKeyGroups(None) => "Flink DataStream, default key groups".into(),
            Placement::SparkShuffle => "Spark shuffle".into(),
        }
    }

    /// What the forecast for the target cannot know.
    pub fn caveat(self) -> Option<&'static str> {
        match self {
            Placement::FlinkKeyGroups(_) => Some(
                "Flink SQL hashes a binary row instead of the Java object: its loads are as uneven, on other workers; \
                 a DataStream refuses null keys",
            ),
            Placement::KafkaMurmur2 | Placement::KafkaCrc32 => {
                Some("for keys that are written as text; records without a key go anywhere")
            }
            Placement::Headwater | Placement::SparkShuffle => None,
        }
    }
}
