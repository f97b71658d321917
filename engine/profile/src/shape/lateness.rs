//! How late things come, counted over all of them in bounded memory: exact below a second, and to 1 % above.

/// Buckets of each doubling beyond a second; each is less than 1 % wide.
const PER_DOUBLING: u64 = 128;
/// Below this every millisecond is a bucket of its own.
const EXACT: u64 = 1_024;

/// Counts of delays in ms.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delays {
    counts: Vec<u64>,
    seen: u64,
    behind: u64,
    max: i64,
}

impl Delays {
    /// Takes a delay of at least 0.
    pub(crate) fn push(&mut self, ms: i64) {
        let at = bucket(ms.max(0) as u64);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.seen += 1;
        self.behind += u64::from(ms > 0);
        self.max = self.max.max(ms);
    }

    pub(crate) fn merge(&mut self, other: &Delays) {
        self.counts.resize(self.counts.len().max(other.counts.len()), 0);
        self.counts.iter_mut().zip(&other.counts).for_each(|(own, theirs)| *own += theirs);
        self.seen += other.seen;
        self.behind += other.behind;
        self.max = self.max.max(other.max);
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Delays above 0.
    pub(crate) fn behind(&self) -> u64 {
        self.behind
    }

    pub(crate) fn max(&self) -> i64 {
        self.max
    }

    /// A delay that at least the share `q` are at or below; 0 of nothing. Rounded up, so that it keeps what it promises.
    pub(crate) fn at(&self, q: f64) -> i64 {
        let rank = (self.seen as f64 * q).ceil() as u64;
        let mut below = 0;
        for (at, count) in self.counts.iter().enumerate() {
            below += count;
            if below >= rank && *count > 0 {
                return i64::try_from(upper(at)).unwrap_or(i64::MAX).min(self.max);
            }
        }
        self.max
    }
}

fn bucket(ms: u64) -> usize {
    if ms < EXACT {
        return ms as usize;
    }
    let doubling = u64::from(ms.ilog2() - EXACT.ilog2());
    let within = (ms >> (ms.ilog2() - PER_DOUBLING.ilog2())) - PER_DOUBLING;
    (EXACT + doubling * PER_DOUBLING + within) as usize
}

/// The largest delay of a bucket.
fn upper(at: usize) -> u64 {
    let at = at as u64;
    if at < EXACT {
        return at;
    }
    let (doubling, within) = ((at - EXACT) / PER_DOUBLING, (at - EXACT) % PER_DOUBLING);
    let shift = doubling + u64::from(EXACT.ilog2() - PER_DOUBLING.ilog2());
    ((PER_DOUBLING + within + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delay_keeps_what_it_promises(delays in proptest::collection::vec(0_i64..10_000_000_000, 1..300), q in 0.01..1.0_f64) {
            let mut all = Delays::default();
            delays.iter().for_each(|ms| all.push(*ms));
            let found = all.at(q);
            let mut sorted = delays.clone();
            sorted.sort_unstable();
            let exact = sorted[((sorted.len() as f64 * q).ceil() as usize).clamp(1, sorted.len()) - 1];
            prop_assert!(found >= exact, "{} {}", found, exact);
            prop_assert!(found as f64 <= exact as f64 * 1.01 + 1.0, "{} {}", found, exact);
        }

        #[test]
        fn buckets_follow_one_another(ms in 0_u64..1 << 50) {
            prop_assert!(bucket(ms) <= bucket(ms + 1) && bucket(ms + 1) <= bucket(ms) + 1);
            prop_assert!(upper(bucket(ms)) >= ms);
        }
    }
}
