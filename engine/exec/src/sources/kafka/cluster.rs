//! The topics of a cluster at a glance: how many records, how many come a second, how old the newest is, what they look like. Read by
//! assigned offsets, in no consumer group, committing nothing; a few requests a cluster, not a topic.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rdkafka::Offset;
use rdkafka::consumer::BaseConsumer;
use rdkafka::types::RDKafkaErrorCode;

use super::client::{self, Listener, PartitionOffsets, Purpose, is_internal};
use super::raw::{Between, Bounds, read_between};
use crate::Result;
use crate::runtime::{Cancel, Progress};
use crate::sources::guess::{Guessed, guess};
use crate::tape::RawRecord;

/// The newest records of a partition that are looked at.
const NEWEST: u64 = 5;
/// The partitions of a topic, and of all topics, whose newest records are looked at.
const PARTITIONS: usize = 32;
const ALL_PARTITIONS: usize = 2_000;
const BOUNDS: Bounds = Bounds { bytes: 32 << 20, time: Duration::from_secs(3) };
/// The time between two looks at the ends, from which a rate is told.
const APART: Duration = Duration::from_secs(1);
/// So many records between two looks tell a rate; with fewer, those of the last minute tell it better.
const TELLING: u64 = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// A topic at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct TopicGlance {
    /// Its name.
    pub name: String,
    /// How many partitions it has.
    pub partitions: u32,
    /// How many records it holds: the offsets are counted, so it may hold fewer.
    pub records: u64,
    /// Bytes of all keys and values, estimated from the newest records; unknown without any.
    pub bytes: Option<u64>,
    /// Records that come a second, now or in the last minute.
    pub rate: f64,
    /// What its newest records look like.
    pub format: Option<Guessed>,
    /// The broker timestamp of the newest record that was looked at, epoch milliseconds.
    pub newest_ms: Option<i64>,
    /// Why something is not known.
    pub problem: Option<String>,
}

/// The topics of a cluster in the order of their names; those of Kafka itself only with `internal`.
///
/// # Errors
/// The brokers do not answer, or `cancel` was raised.
pub fn topics(
    brokers: &str,
    internal: bool,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<TopicGlance>> {
    let consumer = client::consumer(brokers, Purpose::Sample)?;
    let found = look(&consumer, brokers, internal, cancel, progress);
    client::close(&consumer);
    found
}

/// A topic and what is known of it so far.
struct Known {
    name: String,
    count: usize,
    problem: Option<String>,
    newest: Vec<RawRecord>,
}

fn look(
    consumer: &BaseConsumer<Listener>,
    brokers: &str,
    internal: bool,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<TopicGlance>> {
    let mut say = |what: &str| progress(Progress { what: what.to_string(), done: 0, total: None });
    say(&format!("asking {brokers} for its topics"));
    let mut known = names(consumer, brokers, internal, cancel)?;
    let asked: Vec<(String, usize)> = known.iter().map(|topic| (topic.name.clone(), topic.count)).collect();
    let asked: Vec<(&str, usize)> = asked.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    cancel.check()?;
    say(&format!("asking {brokers} for the ends of its partitions"));
    let low = client::offsets_of(consumer, &asked, Offset::Beginning)?;
    let high = client::offsets_of(consumer, &asked, Offset::End)?;
    let first_look = Instant::now();
    cancel.check()?;
    let minute = client::offsets_of(consumer, &asked, Offset::Offset(now_ms() - millis(MINUTE)))?;
    say(&format!("looking at the newest records of {brokers}"));
    newest(consumer, &mut known, &low, &high, cancel)?;
    // By how much it grows, not by timestamps: records may carry those of long ago.
    let later = match known.iter().any(|topic| !topic.newest.is_empty()) {
        true => {
            while first_look.elapsed() < APART {
                cancel.check()?;
                std::thread::sleep(Duration::from_millis(20));
            }
            Some((client::offsets_of(consumer, &asked, Offset::End)?, first_look.elapsed()))
        }
        false => None,
    };
    Ok(known.into_iter().map(|topic| topic.glance(&low, &high, &minute, later.as_ref())).collect())
}

/// The topics there are.
fn names(consumer: &BaseConsumer<Listener>, brokers: &str, internal: bool, cancel: &Cancel) -> Result<Vec<Known>> {
    let metadata = client::metadata(consumer, brokers, None, cancel)?;
    let mut known: Vec<Known> = metadata
        .topics()
        .iter()
        .filter(|topic| internal || !is_internal(topic.name()))
        .map(|topic| Known {
            name: topic.name().to_string(),
            count: topic.partitions().len(),
            problem: topic.error().map(|code| RDKafkaErrorCode::from(code).to_string()),
            newest: Vec::new(),
        })
        .collect();
    known.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(known)
}

/// Reads the newest records of every topic, as far as the bounds allow.
fn newest(
    consumer: &BaseConsumer<Listener>,
    known: &mut [Known],
    low: &PartitionOffsets,
    high: &PartitionOffsets,
    cancel: &Cancel,
) -> Result<()> {
    let mut found: HashMap<String, Vec<RawRecord>> = HashMap::new();
    let mut spans: Vec<Between<'_>> = Vec::new();
    for topic in known.iter() {
        let held = topic.held(low, high).filter(|(_, low, high)| low < high).take(PARTITIONS);
        spans.extend(held.map(|(partition, low, high)| Between {
            topic: &topic.name,
            partition,
            from: high.saturating_sub(NEWEST).max(low),
            to: high,
        }));
    }
    spans.truncate(ALL_PARTITIONS);
    read_between(consumer, &spans, BOUNDS, cancel, &mut |topic, record| {
        found.entry(topic.to_string()).or_default().push(record);
    })?;
    for topic in known {
        topic.newest = found.remove(&topic.name).unwrap_or_default();
    }
    Ok(())
}

impl Known {
    /// Every partition with its first offset and the one after its last, where both are known.
    fn held<'a>(
        &'a self,
        low: &'a PartitionOffsets,
        high: &'a PartitionOffsets,
    ) -> impl Iterator<Item = (u32, u64, u64)> + 'a {
        (0..self.count).filter_map(|partition| {
            let low = low.at(&self.name, partition)?;
            let high = high.at(&self.name, partition)?;
            Some((u32::try_from(partition).ok()?, low, high.max(low)))
        })
    }

    fn newest_ms(&self) -> Option<i64> {
        self.newest.iter().filter_map(|record| record.timestamp_ms).max()
    }

    fn glance(
        self,
        low: &PartitionOffsets,
        high: &PartitionOffsets,
        minute: &PartitionOffsets,
        later: Option<&(PartitionOffsets, Duration)>,
    ) -> TopicGlance {
        let held: Vec<(u32, u64, u64)> = self.held(low, high).collect();
        let records: u64 = held.iter().map(|(_, low, high)| high - low).sum();
        let after = |offsets: &PartitionOffsets, from: bool| -> u64 {
            let each = held.iter().map(|(partition, _, high)| match offsets.at(&self.name, *partition as usize) {
                Some(at) if from => high.saturating_sub(at),
                Some(at) => at.saturating_sub(*high),
                None => 0,
            });
            each.sum()
        };
        let came = later.map(|(later, apart)| (after(later, false), *apart));
        let seen: u64 = self.newest.iter().map(RawRecord::bytes).sum();
        let bytes = (!self.newest.is_empty()).then(|| {
            let mean = seen as f64 / self.newest.len() as f64;
            (mean * records as f64) as u64
        });
        let unknown = || [low, high].iter().find_map(|offsets| offsets.problem(&self.name));
        TopicGlance {
            partitions: u32::try_from(self.count).unwrap_or(u32::MAX),
            records,
            bytes,
            rate: rate(came, after(minute, true)),
            format: guess(self.newest.iter().map(|record| record.value.as_deref())),
            newest_ms: self.newest_ms(),
            problem: self.problem.clone().or_else(unknown),
            name: self.name,
        }
    }
}

/// Records a second: by what came between two looks when that is enough to tell, otherwise by the last minute.
fn rate(came: Option<(u64, Duration)>, in_a_minute: u64) -> f64 {
    let now = came.map_or(0.0, |(records, apart)| records as f64 / apart.as_secs_f64().max(0.001));
    match came {
        Some((records, _)) if records >= TELLING => now,
        _ if in_a_minute > 0 => in_a_minute as f64 / MINUTE.as_secs_f64(),
        _ => now,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_by_two_looks_or_by_the_last_minute() {
        let second = Duration::from_secs(1);
        assert_eq!(rate(Some((3_000, second)), 60), 3_000.0, "it has just begun");
        assert_eq!(rate(Some((1, second)), 120), 2.0, "one record tells little");
        assert_eq!(rate(Some((1, second)), 0), 1.0, "its timestamps are of another time");
        assert_eq!(rate(None, 30), 0.5);
        assert_eq!(rate(None, 0), 0.0);
    }

    #[test]
    fn what_is_not_known_of_one_partition_does_not_hide_the_others() {
        let offsets = |of: &[(i32, u64)]| {
            let mut offsets = PartitionOffsets::default();
            of.iter().for_each(|(partition, at)| offsets.put("orders", *partition, Ok(Some(*at))));
            offsets
        };
        let record = RawRecord { value: Some(b"{\"a\":12}".to_vec()), timestamp_ms: Some(7), ..RawRecord::default() };
        let known = Known { name: "orders".to_string(), count: 3, problem: None, newest: vec![record] };
        let mut high = offsets(&[(0, 100), (1, 50)]);
        high.put("orders", 2, Err("no leader".to_string()));
        let low = offsets(&[(0, 10), (1, 50), (2, 0)]);
        let later = (offsets(&[(0, 150)]), Duration::from_secs(1));
        let glance = known.glance(&low, &high, &offsets(&[(0, 40)]), Some(&later));
        assert_eq!((glance.partitions, glance.records, glance.bytes), (3, 90, Some(720)));
        assert_eq!((glance.rate, glance.newest_ms), (50.0, Some(7)));
        assert_eq!(glance.problem.as_deref(), Some("no leader"));
        assert_eq!(glance.format.unwrap().to_string(), "JSON");
    }
}
