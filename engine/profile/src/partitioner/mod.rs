//! The fingerprint of the producers: which hash put the keys of a topic into its partitions.
//!
//! A wrong hash puts a key into the right partition of N with probability 1 / N, so a match rate a comes from a share
//! π = (a N − 1) / (N − 1) of keys that were really placed by it. Each key counts once, so that a hot one does not decide alone.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cells::{CELL_WIDTH, clean_bytes};
use crate::placement::{crc32, fnv1a, murmur2};

/// A share of keys that is as good as all.
const ALL: f64 = 0.97;
/// A share of keys that is as good as none.
const NONE: f64 = 0.03;
/// Fewer different keys prove nothing.
const KEYS: usize = 8;
/// Rows of one key that are looked at: more do not make it more certain.
const ROWS: u64 = 64;
/// Keys in two partitions that are shown.
const EXAMPLES: usize = 5;
/// The largest former number of partitions that is tried.
const FORMER: u32 = 512;

/// What the fingerprint is taken from.
#[derive(Debug, Clone, Default)]
pub struct PartitionerInput<'a> {
    /// How many partitions the topic has.
    pub partitions: u32,
    /// The key and the partition of each record of the sample.
    pub records: Vec<(Option<&'a [u8]>, u32)>,
}

/// Which hash put the keys of a topic into its partitions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartitionerReport {
    /// What was found.
    pub partitioner: Partitioner,
    /// The same in a sentence, with what follows from it.
    pub sentence: String,
    /// Partitions of the topic.
    pub partitions: u32,
    /// Records of the sample that have a key.
    pub keyed: u64,
    /// Different keys among them.
    pub keys: u64,
    /// The share of keys that each hash placed.
    pub matches: Vec<PartitionerMatch>,
    /// The chance that keys placed by something else look like this; 1 when nothing was found.
    pub chance: f64,
    /// Keys that are in more than one partition, most frequent first, five at most.
    pub split: Vec<SplitKey>,
    /// How many keys are in more than one partition.
    pub split_keys: u64,
}

/// What put the keys where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Partitioner {
    /// One hash placed all of them.
    Hash(KeyHash),
    /// Two hashes, by producers that do not agree.
    Mix(KeyHash, KeyHash),
    /// One hash, but some keys were placed when the topic had fewer partitions.
    ChangedCount {
        /// The hash.
        hash: KeyHash,
        /// The former number of partitions.
        former: u32,
    },
    /// Keys are spread regardless of what they are.
    Random,
    /// Each key is in one partition, by a rule that is not known.
    Custom,
    /// There are no keys.
    NoKeys,
    /// The sample cannot tell.
    Unknown,
}

/// A hash that producers place keys by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyHash {
    /// The Java client's.
    Murmur2,
    /// librdkafka's default.
    Crc32,
    /// librdkafka's `fnv1a`, and Sarama's default.
    Fnv1a,
}

/// The share of keys that a hash placed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartitionerMatch {
    /// The hash.
    pub hash: KeyHash,
    /// The share of keys, 0 to 1, chance taken off.
    pub share: f64,
}

/// A key that is in more than one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitKey {
    /// Its text, made safe to print.
    pub text: String,
    /// The partitions it is in.
    pub partitions: Vec<u32>,
}

impl KeyHash {
    const EVERY: [KeyHash; 3] = [KeyHash::Murmur2, KeyHash::Crc32, KeyHash::Fnv1a];

    /// The partition, of so many, that the hash puts a key into.
    pub fn partition(self, key: &[u8], partitions: u32) -> u32 {
        let hash = match self {
            KeyHash::Murmur2 => (murmur2(key) & 0x7fff_ffff).cast_unsigned(),
            KeyHash::Crc32 => crc32(key),
            KeyHash::Fnv1a => fnv1a(key),
        };
        hash % partitions.max(1)
    }

    /// Its name, with whose it is.
    pub fn name(self) -> &'static str {
        match self {
            KeyHash::Murmur2 => "murmur2 (Java client)",
            KeyHash::Crc32 => "CRC32 (librdkafka)",
            KeyHash::Fnv1a => "FNV-1a (librdkafka, Sarama)",
        }
    }
}

/// The partitions of each key with how many of its records each has. Empty keys go anywhere by some producers and tell nothing.
type Places<'a> = BTreeMap<&'a [u8], BTreeMap<u32, u64>>;

/// The fingerprint of the producers of a topic.
pub fn partitioner(input: &PartitionerInput<'_>) -> PartitionerReport {
    let mut places = Places::new();
    let mut keyed = 0;
    for (key, partition) in &input.records {
        let Some(key) = key else { continue };
        keyed += 1;
        if !key.is_empty() {
            *places.entry(key).or_default().entry(*partition).or_insert(0) += 1;
        }
    }
    let partitions = input.partitions.max(1);
    let matches: Vec<PartitionerMatch> = KeyHash::EVERY
        .into_iter()
        .map(|hash| PartitionerMatch {
            hash,
            share: net(rate(&places, |key, p| hash.partition(key, partitions) == p), partitions),
        })
        .collect();
    let found = judge(&places, partitions, keyed, &matches);
    let split = split(&places);
    let mut report = PartitionerReport {
        partitioner: found,
        sentence: String::new(),
        partitions,
        keyed,
        keys: places.len() as u64,
        chance: chance(found, places.len(), partitions),
        matches,
        split_keys: split.len() as u64,
        split: split.into_iter().take(EXAMPLES).collect(),
    };
    report.sentence = sentence(&report);
    report
}

/// The share of keys whose records are where `there` says; each key counts once.
fn rate(places: &Places<'_>, there: impl Fn(&[u8], u32) -> bool) -> f64 {
    let of_key = |(key, at): (&&[u8], &BTreeMap<u32, u64>)| {
        let all: u64 = at.values().map(|n| (*n).min(ROWS)).sum();
        let own: u64 = at.iter().filter(|(p, _)| there(key, **p)).map(|(_, n)| (*n).min(ROWS)).sum();
        own as f64 / all.max(1) as f64
    };
    places.iter().map(of_key).sum::<f64>() / places.len().max(1) as f64
}

/// What is left of a match rate when chance is taken off: π = (a N − 1) / (N − 1).
fn net(rate: f64, partitions: u32) -> f64 {
    let n = f64::from(partitions);
    if partitions < 2 { 0.0 } else { ((rate * n - 1.0) / (n - 1.0)).clamp(0.0, 1.0) }
}

fn judge(places: &Places<'_>, partitions: u32, keyed: u64, matches: &[PartitionerMatch]) -> Partitioner {
    if keyed == 0 {
        return Partitioner::NoKeys;
    }
    if partitions < 2 || places.len() < KEYS {
        return Partitioner::Unknown;
    }
    let mut best: Vec<PartitionerMatch> = matches.to_vec();
    best.sort_by(|a, b| b.share.total_cmp(&a.share));
    if best[0].share >= ALL {
        return Partitioner::Hash(best[0].hash);
    }
    if let Some(changed) = changed_count(places, partitions) {
        return changed;
    }
    if best[1].share > 2.0 * NONE && best[0].share + best[1].share >= ALL - 2.0 * NONE {
        let (a, b) = (best[0].hash.min(best[1].hash), best[0].hash.max(best[1].hash));
        return Partitioner::Mix(a, b);
    }
    let several = places.values().filter(|at| at.values().sum::<u64>() > 1);
    let (mut all, mut one) = (0_u64, 0_u64);
    for at in several {
        all += 1;
        one += u64::from(at.len() == 1);
    }
    match one as f64 / all.max(1) as f64 {
        _ if all < KEYS as u64 => Partitioner::Unknown,
        share if share >= ALL => Partitioner::Custom,
        share if share < 0.5 => Partitioner::Random,
        _ => Partitioner::Unknown,
    }
}

/// One hash explains all keys when some may have been placed among fewer partitions; the simplest such number.
fn changed_count(places: &Places<'_>, partitions: u32) -> Option<Partitioner> {
    let explained = |hash: KeyHash, former: u32| {
        let now = |key: &[u8], p| hash.partition(key, partitions) == p;
        let then = |key: &[u8], p| hash.partition(key, former) == p;
        let either = rate(places, |key, p| now(key, p) || then(key, p));
        // What only the former number explains; a number that explains by chance explains few.
        let only_then = rate(places, |key, p| then(key, p) && !now(key, p));
        (either, only_then)
    };
    KeyHash::EVERY.into_iter().find_map(|hash| {
        let former = (1..partitions.min(FORMER)).rev().find(|former| {
            let (either, only_then) = explained(hash, *former);
            either >= ALL + (1.0 - ALL) / 2.0 && only_then > NONE && *former > 1
        })?;
        Some(Partitioner::ChangedCount { hash, former })
    })
}

/// The probability that keys placed by something else are where they are: each is with probability 1 / N, or 2 / N where two
/// rules are tried.
fn chance(found: Partitioner, keys: usize, partitions: u32) -> f64 {
    let rules = match found {
        Partitioner::Hash(_) => 1.0,
        Partitioner::Mix(..) | Partitioner::ChangedCount { .. } => 2.0,
        _ => return 1.0,
    };
    (rules / f64::from(partitions)).min(1.0).powi(i32::try_from(keys).unwrap_or(i32::MAX))
}

/// The keys that are in more than one partition, those with most records first.
fn split(places: &Places<'_>) -> Vec<SplitKey> {
    let mut split: Vec<_> = places.iter().filter(|(_, at)| at.len() > 1).collect();
    split.sort_by_key(|(key, at)| (std::cmp::Reverse(at.values().sum::<u64>()), **key));
    let shown = |(key, at): (&&[u8], &BTreeMap<u32, u64>)| SplitKey {
        text: clean_bytes(key, CELL_WIDTH),
        partitions: at.keys().copied().collect(),
    };
    split.into_iter().map(shown).collect()
}

fn sentence(report: &PartitionerReport) -> String {
    let keys = crate::figures::count(report.keys);
    let apart = "Records of one key are in two partitions: their order is lost, and a join that relies on equal partitions misses some.";
    match report.partitioner {
        Partitioner::Hash(hash) => {
            format!("Producers place keys by {}: all of {keys} different keys are where it puts them.", hash.name())
        }
        Partitioner::Mix(a, b) => {
            let share = |hash: KeyHash| {
                let found = report.matches.iter().find(|own| own.hash == hash);
                crate::figures::percent(found.map_or(0.0, |own| own.share))
            };
            format!(
                "Two kinds of producers write here: {} placed {}, {} placed {}. {apart}",
                a.name(),
                share(a),
                b.name(),
                share(b)
            )
        }
        Partitioner::ChangedCount { hash, former } => format!(
            "Producers place keys by {}, but some records are from when the topic had {former} partitions instead of {}. {apart}",
            hash.name(),
            report.partitions
        ),
        Partitioner::Random => {
            "Producers spread records regardless of their key: records of one key are in many partitions and have no order.".into()
        }
        Partitioner::Custom => {
            format!("Each of {keys} different keys is in one partition, but by no rule known here: a custom partitioner.")
        }
        Partitioner::NoKeys => "Records have no key: producers spread them at will.".into(),
        Partitioner::Unknown if report.partitions < 2 => "The topic has one partition: nothing is placed.".into(),
        Partitioner::Unknown => format!("{keys} different keys are too few, or too mixed, to tell how producers place them."),
    }
}
