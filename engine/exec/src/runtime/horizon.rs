//! How far ahead an event time may be: set by whoever drives the pipeline, since operators read no clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// The latest event time that can be true. Clones share it.
#[derive(Clone, Debug)]
pub struct Horizon {
    ahead_ms: Option<i64>,
    latest: Arc<AtomicI64>,
}

impl Horizon {
    /// So far ahead of the time that it is told; without a length, and before it is told any, everything can be true.
    pub fn new(ahead_ms: Option<u64>) -> Self {
        let ahead_ms = ahead_ms.map(|ahead| i64::try_from(ahead).unwrap_or(i64::MAX));
        Horizon { ahead_ms, latest: Arc::new(AtomicI64::new(i64::MAX)) }
    }

    /// The time is now (epoch milliseconds).
    pub fn now_is(&self, ms: i64) {
        if let Some(ahead) = self.ahead_ms {
            self.latest.store(ms.saturating_add(ahead), Ordering::Relaxed);
        }
    }

    /// The latest event time that can be true (epoch milliseconds).
    pub fn latest(&self) -> i64 {
        self.latest.load(Ordering::Relaxed)
    }
}

impl PartialEq for Horizon {
    /// As lengths; what time it is does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.ahead_ms == other.ahead_ms
    }
}

impl Eq for Horizon {}
