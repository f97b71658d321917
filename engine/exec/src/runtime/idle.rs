//! Which partitions have gone silent: by the clock in a job, by the broker's timestamps when a tape is replayed.

use std::time::Duration;

use crate::tape::{PartitionNote, RawRecord, Tape};

/// Silence by the clock. A partition counts as silent since its last batch; the time in which the source was not asked,
/// because the pipeline behind it was busy, does not count.
#[derive(Debug)]
pub(crate) struct ClockIdle {
    after: Option<Duration>,
    last: Vec<Duration>,
    idle: Vec<bool>,
}

impl ClockIdle {
    /// Partitions that have just been opened.
    pub(crate) fn new(after: Option<Duration>, partitions: u32, now: Duration) -> Self {
        ClockIdle { after, last: vec![now; partitions as usize], idle: vec![false; partitions as usize] }
    }

    /// A batch has come.
    pub(crate) fn seen(&mut self, partition: u32, now: Duration) {
        let partition = partition as usize;
        if partition < self.last.len() {
            self.last[partition] = now;
            self.idle[partition] = false;
        }
    }

    /// The source was not asked for so long.
    pub(crate) fn not_asked(&mut self, pause: Duration) {
        self.last.iter_mut().for_each(|last| *last += pause);
    }

    /// The partitions that have been silent for too long and were not known to be.
    pub(crate) fn newly_idle(&mut self, now: Duration) -> Vec<u32> {
        let Some(after) = self.after else { return Vec::new() };
        let mut found = Vec::new();
        for ((partition, last), idle) in (0_u32..).zip(&self.last).zip(&mut self.idle) {
            if !*idle && now.saturating_sub(*last) >= after {
                *idle = true;
                found.push(partition);
            }
        }
        found
    }
}

/// Silence by the records' own broker timestamps, so that a replay always gives the same. A partition without a record in
/// the sample is idle at once. Another one is when the replay has reached a time before which it had no record for too long:
/// between two neighbours, before its very first record, or after its very last. Between two blocks of a sample, and beyond its ends,
/// nobody knows whether it was silent, and it does not count as idle. Records without a timestamp make nothing idle.
#[derive(Debug)]
pub(crate) struct ReplayIdle {
    /// Of each partition, from when to when (the end left out) it is idle, in order.
    silences: Vec<Vec<(i64, i64)>>,
    reached: i64,
    idle: Vec<bool>,
}

impl ReplayIdle {
    /// Before the first record.
    pub(crate) fn new(after_ms: Option<u64>, tape: &Tape) -> Self {
        let partitions = &tape.note().partitions;
        let silences = match after_ms {
            None => vec![Vec::new(); partitions.len()],
            Some(after) => {
                let after = i64::try_from(after).unwrap_or(i64::MAX);
                let of = |note| silences(tape, note, after);
                partitions.iter().map(of).collect()
            }
        };
        ReplayIdle { idle: vec![false; silences.len()], silences, reached: i64::MIN }
    }

    /// The partitions that are idle now that records up to this time have been delivered, and were not before.
    pub(crate) fn after(&mut self, newest_ms: Option<i64>) -> Vec<u32> {
        let reached = newest_ms.map_or(self.reached, |newest| self.reached.max(newest));
        self.reached = reached;
        let mut found = Vec::new();
        for ((partition, silences), was_idle) in (0_u32..).zip(&self.silences).zip(&mut self.idle) {
            let begun = silences.partition_point(|(from, _)| *from <= reached);
            let is_idle = begun.checked_sub(1).is_some_and(|last| reached < silences[last].1);
            if is_idle && !*was_idle {
                found.push(partition);
            }
            *was_idle = is_idle;
        }
        found
    }
}

/// When a partition was silent for `after` milliseconds, as far as the sample knows.
fn silences(tape: &Tape, note: &PartitionNote, after: i64) -> Vec<(i64, i64)> {
    let all = tape.records();
    let first = all.partition_point(|record| record.partition < note.partition);
    let own = &all[first..all.partition_point(|record| record.partition <= note.partition)];
    let mut timed: Vec<(&RawRecord, i64)> =
        own.iter().filter_map(|record| record.timestamp_ms.map(|time| (record, time))).collect();
    timed.sort_by_key(|(_, time)| *time);
    let (Some((earliest, first)), Some((_, last)), Some(newest)) = (timed.first(), timed.last(), own.last()) else {
        return if own.is_empty() { vec![(i64::MIN, i64::MAX)] } else { Vec::new() };
    };
    let mut found = Vec::new();
    let mut silent = |from: i64, until: i64| {
        if until.saturating_sub(from) > after {
            found.push((from.saturating_add(after), until));
        }
    };
    if earliest.offset <= note.low {
        silent(tape.note().oldest_ms.unwrap_or(*first), *first);
    }
    for pair in timed.windows(2) {
        if pair[0].0.block == pair[1].0.block {
            silent(pair[0].1, pair[1].1);
        }
    }
    if newest.offset + 1 >= note.high {
        silent(*last, i64::MAX);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_partition_is_idle_once_until_it_is_seen_again() {
        let mut idle = ClockIdle::new(Some(seconds(10)), 2, seconds(0));
        idle.seen(0, seconds(5));
        assert_eq!(idle.newly_idle(seconds(9)), [] as [u32; 0]);
        assert_eq!(idle.newly_idle(seconds(10)), [1]);
        assert_eq!(idle.newly_idle(seconds(15)), [0]);
        assert_eq!(idle.newly_idle(seconds(99)), [] as [u32; 0]);
        idle.seen(1, seconds(100));
        assert_eq!(idle.newly_idle(seconds(110)), [1]);
    }

    #[test]
    fn waiting_for_a_slow_pipeline_is_no_silence() {
        let mut idle = ClockIdle::new(Some(seconds(10)), 1, seconds(0));
        idle.not_asked(seconds(60));
        assert_eq!(idle.newly_idle(seconds(69)), [] as [u32; 0]);
        assert_eq!(idle.newly_idle(seconds(70)), [0]);
        assert_eq!(ClockIdle::new(None, 1, seconds(0)).newly_idle(seconds(999)), [] as [u32; 0]);
    }

    fn record(partition: u32, timestamp_ms: impl Into<Option<i64>>) -> RawRecord {
        RawRecord { partition, timestamp_ms: timestamp_ms.into(), ..RawRecord::default() }
    }

    #[test]
    fn in_a_replay_an_empty_partition_is_idle_at_once_and_a_silent_one_by_broker_time() {
        let offsets = |records: [RawRecord; 5]| {
            let mut next = [0; 4];
            records.map(|mut record| {
                record.offset = next[record.partition as usize];
                next[record.partition as usize] += 1;
                record
            })
        };
        let records = offsets([record(0, 100), record(0, 160), record(1, 105), record(1, 400), record(2, None)]);
        let tape = Tape::from_records("orders", 4, records.to_vec());
        let mut idle = ReplayIdle::new(Some(50), &tape);
        assert_eq!(idle.after(None), [3]);
        assert_eq!(idle.after(Some(110)), [] as [u32; 0]);
        // A later batch may hold records of partition 1 up to here; its next one is at 400.
        assert_eq!(idle.after(Some(160)), [1]);
        assert_eq!(idle.after(Some(400)), [0]);
        assert_eq!(ReplayIdle::new(None, &tape).after(Some(400)), [] as [u32; 0]);
    }

    #[test]
    fn what_the_sample_left_out_is_not_silence() {
        let at =
            |partition, offset, timestamp_ms, block| RawRecord { offset, block, ..record(partition, timestamp_ms) };
        let busy = (0..100).map(|n| at(0, n, 10 * i64::try_from(n).unwrap(), 0));
        // Partition 1 has a block in the middle of its 300 records and one at its end.
        let sampled = [at(1, 100, 300, 1), at(1, 101, 310, 1), at(1, 298, 700, 2), at(1, 299, 710, 2)];
        let records: Vec<RawRecord> = busy.chain(sampled).collect();
        let mut note = Tape::from_records("orders", 2, records.clone()).note().clone();
        note.partitions[1] = PartitionNote { partition: 1, low: 0, high: 300, taken: 4 };
        let tape = Tape::of_records(note, vec!["orders".into(); 2], records);
        let mut idle = ReplayIdle::new(Some(50), &tape);
        assert_eq!(idle.after(Some(750)), [] as [u32; 0], "neither before the first block nor between the two");
        assert_eq!(idle.after(Some(770)), [1], "behind its last record it is silent");
    }
}
