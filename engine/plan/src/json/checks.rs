//! The JSON of what a plan states about its data.

use super::{Json, object, wrapped};
use crate::{KeyPromise, OnFailure, RateBound, StragglerLimit};

impl Json for OnFailure {
    fn write(&self, out: &mut String) {
        let name = match self {
            OnFailure::DeadLetter => "dead_letter",
            OnFailure::Keep => "keep",
            OnFailure::Stop => "stop",
        };
        name.write(out);
    }
}

impl Json for RateBound {
    fn write(&self, out: &mut String) {
        match self {
            RateBound::AtMost(share) => wrapped(out, "at_most", share),
            RateBound::AtLeast(share) => wrapped(out, "at_least", share),
        }
    }
}

impl Json for KeyPromise {
    fn write(&self, out: &mut String) {
        let KeyPromise { top_share_below, keys_at_least, straggler_below } = self;
        object(
            out,
            &[
                ("top_share_below", top_share_below),
                ("keys_at_least", keys_at_least),
                ("straggler_below", straggler_below),
            ],
        );
    }
}

impl Json for StragglerLimit {
    fn write(&self, out: &mut String) {
        object(out, &[("workers", &self.workers), ("factor", &self.factor)]);
    }
}
