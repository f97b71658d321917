//! Which partitions have gone silent: by the clock in a job, by the broker's timestamps when a tape is replayed.

use std::time::Duration;

use crate::tape::RawRecord;

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
/// the sample is idle at once; another one when the replay has reached a time before which it has no record for too long.
/// Records without a timestamp make nothing idle.
#[derive(Debug)]
pub(crate) struct ReplayIdle {
    after_ms: Option<u64>,
    /// The broker timestamps of each partition, in order.
    times: Vec<Vec<i64>>,
    silent: Vec<bool>,
    oldest: Option<i64>,
    reached: Option<i64>,
    idle: Vec<bool>,
}

impl ReplayIdle {
    /// Before the first record.
    pub(crate) fn new(after_ms: Option<u64>, partitions: u32, records: &[RawRecord]) -> Self {
        let mut times = vec![Vec::new(); partitions as usize];
        let mut silent = vec![true; partitions as usize];
        for record in records {
            let partition = record.partition as usize;
            if partition < silent.len() {
                silent[partition] = false;
                times[partition].extend(record.timestamp_ms);
            }
        }
        times.iter_mut().for_each(|times| times.sort_unstable());
        let oldest = times.iter().filter_map(|times| times.first()).min().copied();
        let idle = vec![false; silent.len()];
        ReplayIdle { after_ms, times, silent, oldest, reached: None, idle }
    }

    /// The partitions that are idle now that records up to this time have been delivered, and were not before.
    pub(crate) fn after(&mut self, newest_ms: Option<i64>) -> Vec<u32> {
        let Some(after_ms) = self.after_ms else { return Vec::new() };
        let after_ms = i64::try_from(after_ms).unwrap_or(i64::MAX);
        self.reached = self.reached.max(newest_ms);
        let mut found = Vec::new();
        for (partition, was_idle) in (0_u32..).zip(&mut self.idle) {
            let times = &self.times[partition as usize];
            let is_idle = self.silent[partition as usize]
                || self.reached.zip(self.oldest).is_some_and(|(reached, oldest)| {
                    let before = times.partition_point(|time| *time <= reached);
                    let last = before.checked_sub(1).map_or(oldest, |at| times[at]);
                    !times.is_empty() && reached.saturating_sub(last) >= after_ms
                });
            if is_idle && !*was_idle {
                found.push(partition);
            }
            *was_idle = is_idle;
        }
        found
    }
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
        let records = [record(0, 100), record(0, 160), record(1, 105), record(1, 400), record(2, None)];
        let mut idle = ReplayIdle::new(Some(50), 4, &records);
        assert_eq!(idle.after(None), [3]);
        assert_eq!(idle.after(Some(110)), [] as [u32; 0]);
        // A later batch may hold records of partition 1 up to here; its next one is at 400.
        assert_eq!(idle.after(Some(160)), [1]);
        assert_eq!(idle.after(Some(400)), [0]);
        assert_eq!(ReplayIdle::new(None, 4, &records).after(Some(400)), [] as [u32; 0]);
    }
}
