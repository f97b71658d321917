//! A few raw records of a topic, as they are: read by assigned offsets, in no consumer group, committing nothing.

use std::time::Duration;

use rdkafka::consumer::BaseConsumer;

use super::client::{self, Held, Listener, Purpose};
use super::raw::{Between, Bounds, read_between};
use super::reader::check_offset;
use crate::runtime::Cancel;
use crate::tape::RawRecord;
use crate::{Domain, Error, ErrorKind, Result};

const BOUNDS: Bounds = Bounds { bytes: 16 << 20, time: Duration::from_secs(3) };
/// Going back from the end, each step is so many times as far: offsets may hold nothing (markers of transactions, compaction).
const FURTHER: u64 = 16;
const STEPS: u32 = 3;

/// Which records are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek {
    /// At most so many, of all partitions together.
    pub rows: u64,
    /// Of this partition only.
    pub partition: Option<u32>,
    /// Where from.
    pub from: PeekFrom,
}

/// Where looking begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeekFrom {
    /// The oldest records there are.
    Earliest,
    /// The newest.
    Latest,
    /// Those from this offset on, in every partition that has it.
    Offset(u64),
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peeked {
    /// The records: the newest first when looking from the end, otherwise the oldest first.
    pub records: Vec<RawRecord>,
    /// How many partitions the topic has.
    pub partitions: u32,
    /// How many records the topic holds; offsets are counted, so it may hold fewer.
    pub total: u64,
    /// Whether time or bytes ran out before all that was asked for had come.
    pub cut: bool,
}

/// Looks at a few records of a topic.
///
/// # Errors
/// The brokers do not answer, the topic or the partition is not there, it does not hold the offset, or `cancel` was raised.
pub fn peek(brokers: &str, topic: &str, peek: &Peek, cancel: &Cancel) -> Result<Peeked> {
    let consumer = client::consumer(brokers, Purpose::Sample)?;
    let peeked = look(&consumer, (brokers, topic), peek, cancel);
    client::close(&consumer);
    peeked
}

fn look(
    consumer: &BaseConsumer<Listener>,
    (brokers, topic): (&str, &str),
    peek: &Peek,
    cancel: &Cancel,
) -> Result<Peeked> {
    let held = client::held_unless(consumer, brokers, topic, cancel)?;
    let looked_at = looked_at(topic, &held, peek)?;
    let mut records: Vec<RawRecord> = Vec::new();
    let mut cut = false;
    let mut distance = peek.rows;
    for _ in 0..STEPS {
        let spans: Vec<Between<'_>> =
            looked_at.iter().map(|(partition, held)| between(topic, *partition, *held, peek, distance)).collect();
        records.clear();
        cut = read_between(consumer, &spans, BOUNDS, cancel, &mut |_, record| records.push(record))?;
        let all = spans.iter().zip(&looked_at).all(|(span, (_, held))| span.from == held.low && span.to == held.high);
        if cut || all || records.len() as u64 >= peek.rows {
            break;
        }
        distance = distance.saturating_mul(FURTHER);
    }
    arrange(&mut records, peek);
    let total = held.iter().map(|held| held.high - held.low).sum();
    Ok(Peeked { records, partitions: u32::try_from(held.len()).unwrap_or(u32::MAX), total, cut })
}

/// The partitions that are looked at, and what each holds.
fn looked_at(topic: &str, held: &[Held], peek: &Peek) -> Result<Vec<(u32, Held)>> {
    let all = (0..).zip(held.iter().copied());
    let chosen: Vec<(u32, Held)> = match peek.partition {
        None => all.collect(),
        Some(wanted) => all.filter(|(partition, _)| *partition == wanted).collect(),
    };
    if let (Some(wanted), true) = (peek.partition, chosen.is_empty()) {
        let message = format!("the topic `{topic}` has no partition {wanted}");
        let hint = match held.len() {
            1 => "It has one, number 0.".to_string(),
            count => format!("It has {count}, numbered from 0 to {}.", count - 1),
        };
        return Err(Error::new(ErrorKind::Source, message).hint(hint).domain(Domain::User));
    }
    let PeekFrom::Offset(at) = peek.from else { return Ok(chosen) };
    if let ([(partition, held)], Some(_)) = (&chosen[..], peek.partition) {
        check_offset(topic, *partition as usize, *held, at).map_err(|error| asked(error, *held))?;
    }
    let having: Vec<(u32, Held)> =
        chosen.iter().copied().filter(|(_, held)| (held.low..held.high).contains(&at)).collect();
    let (low, high) = (held.iter().map(|held| held.low).min(), held.iter().map(|held| held.high).max());
    match (having.is_empty(), low.zip(high)) {
        (true, Some((low, high))) if low < high => {
            let message = format!("no partition of `{topic}` holds the offset {at}");
            Err(Error::new(ErrorKind::Source, message)
                .hint(format!("They hold {low} to {}.", high - 1))
                .domain(Domain::User))
        }
        _ => Ok(having),
    }
}

/// Somebody who only looks has no checkpoint to leave behind.
fn asked(error: Error, held: Held) -> Error {
    let hint = match held.low < held.high {
        true => format!("It holds {} to {}.", held.low, held.high - 1),
        false => "It is empty.".to_string(),
    };
    Error { hint: Some(hint), ..error }.domain(Domain::User)
}

fn between<'a>(topic: &'a str, partition: u32, held: Held, peek: &Peek, distance: u64) -> Between<'a> {
    let (from, to) = match peek.from {
        PeekFrom::Earliest => (held.low, held.low.saturating_add(distance)),
        PeekFrom::Latest => (held.high.saturating_sub(distance), held.high),
        PeekFrom::Offset(at) => (at, at.saturating_add(distance)),
    };
    Between { topic, partition, from: from.max(held.low), to: to.min(held.high) }
}

/// In the order of time, and not more than asked for.
fn arrange(records: &mut Vec<RawRecord>, peek: &Peek) {
    records.sort_by_key(|record| (record.timestamp_ms, record.partition, record.offset));
    if peek.from == PeekFrom::Latest {
        records.reverse();
    }
    records.truncate(usize::try_from(peek.rows).unwrap_or(usize::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked_for(from: PeekFrom, partition: Option<u32>) -> Peek {
        Peek { rows: 10, partition, from }
    }

    const HELD: [Held; 3] = [Held { low: 0, high: 5 }, Held { low: 40, high: 100 }, Held { low: 7, high: 7 }];

    fn refused(from: PeekFrom, partition: Option<u32>) -> String {
        looked_at("orders", &HELD, &asked_for(from, partition)).unwrap_err().to_string()
    }

    #[test]
    fn spans_stay_within_what_a_partition_holds() {
        let span = |from, distance| {
            let span = between("orders", 1, HELD[1], &asked_for(from, None), distance);
            (span.from, span.to)
        };
        assert_eq!(span(PeekFrom::Latest, 10), (90, 100));
        assert_eq!(span(PeekFrom::Latest, 500), (40, 100));
        assert_eq!(span(PeekFrom::Earliest, 10), (40, 50));
        assert_eq!(span(PeekFrom::Offset(95), 10), (95, 100));
    }

    #[test]
    fn an_offset_is_looked_for_where_it_is() {
        let partitions = |from| -> Vec<u32> {
            let found = looked_at("orders", &HELD, &asked_for(from, None)).unwrap();
            found.into_iter().map(|(partition, _)| partition).collect()
        };
        assert_eq!(partitions(PeekFrom::Offset(3)), [0]);
        assert_eq!(partitions(PeekFrom::Latest), [0, 1, 2]);
        insta::assert_snapshot!(refused(PeekFrom::Offset(700), None), @r"
        no partition of `orders` holds the offset 700
        hint: They hold 0 to 99.
        ");
        insta::assert_snapshot!(refused(PeekFrom::Offset(3), Some(1)), @r"
        offset 3 has expired: partition 1 of `orders` now begins at 40
        hint: It holds 40 to 99.
        ");
        insta::assert_snapshot!(refused(PeekFrom::Latest, Some(9)), @r"
        the topic `orders` has no partition 9
        hint: It has 3, numbered from 0 to 2.
        ");
    }

    #[test]
    fn the_newest_come_first_when_looking_from_the_end() {
        let record = |offset, time| RawRecord { offset, timestamp_ms: Some(time), ..RawRecord::default() };
        let mut records: Vec<RawRecord> = (0..30).map(|at| record(at, at as i64 / 2)).collect();
        arrange(&mut records, &asked_for(PeekFrom::Latest, None));
        assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>()[..3], [29, 28, 27]);
        assert_eq!(records.len(), 10);
        arrange(&mut records, &asked_for(PeekFrom::Earliest, None));
        assert_eq!(records[0].offset, 20);
    }
}
