//! The parts of a join as JSON.

use crate::join::{JoinBound, JoinKind};
use crate::json::{Json, variant};

impl Json for JoinKind {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for JoinBound {
    fn write(&self, out: &mut String) {
        match self {
            JoinBound::Lookup { refresh_ms, memory } => {
                variant(out, "lookup", &[("refresh_ms", refresh_ms), ("memory", memory)]);
            }
            JoinBound::Window { window } => variant(out, "window", &[("window", window)]),
            JoinBound::Interval { before_ms, after_ms } => {
                variant(out, "interval", &[("before_ms", before_ms), ("after_ms", after_ms)]);
            }
        }
    }
}
