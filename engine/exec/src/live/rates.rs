//! How many records came in each second.

use std::collections::VecDeque;
use std::time::Duration;

/// Seconds that are remembered.
const KEPT: usize = 60;

/// Records of every second, by a clock.
#[derive(Debug)]
pub(super) struct Rates {
    /// The second that the last of them is.
    second: u64,
    /// The seconds, the one under way last.
    counts: VecDeque<u64>,
}

impl Rates {
    pub(super) fn new(now: Duration) -> Rates {
        Rates { second: now.as_secs(), counts: VecDeque::from([0]) }
    }

    pub(super) fn count(&mut self, now: Duration, records: u64) {
        self.go_on(now);
        if let Some(last) = self.counts.back_mut() {
            *last += records;
        }
    }

    /// The whole seconds, the oldest first.
    pub(super) fn whole(&mut self, now: Duration) -> Vec<u64> {
        self.go_on(now);
        self.counts.iter().copied().take(self.counts.len() - 1).collect()
    }

    fn go_on(&mut self, now: Duration) {
        let seconds = now.as_secs().saturating_sub(self.second);
        self.second += seconds;
        let new = usize::try_from(seconds).unwrap_or(usize::MAX).min(KEPT + 1);
        self.counts.extend(std::iter::repeat_n(0, new));
        let old = self.counts.len().saturating_sub(KEPT + 1);
        self.counts.drain(..old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_without_a_record_count_as_none_and_old_ones_go() {
        let at = Duration::from_millis;
        let mut rates = Rates::new(at(10_500));
        rates.count(at(10_900), 5);
        assert_eq!(rates.whole(at(10_999)), [] as [u64; 0]);
        rates.count(at(13_000), 7);
        assert_eq!(rates.whole(at(13_500)), [5, 0, 0]);
        assert_eq!(rates.whole(at(14_000)), [5, 0, 0, 7]);
        assert_eq!(rates.whole(at(72_000)), [vec![0, 7], vec![0; 58]].concat());
        assert_eq!(rates.whole(at(u64::MAX)), [0; KEPT]);
    }
}
