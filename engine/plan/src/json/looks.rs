//! The arguments of looks as JSON. They travel beside the plan and are no part of its fingerprint.

use crate::json::{Json, object, variant, wrapped};
use crate::look::{
    DiffArgs, DriftArgs, KeysArgs, Other, PinArgs, PinnedKey, ShapeArgs, ShapeSort, Target, Versus, WatchArgs,
    WatchFrom,
};

impl Json for ShapeArgs {
    fn write(&self, out: &mut String) {
        let ShapeArgs { sort, columns, versus, redact } = self;
        object(out, &[("sort", sort), ("columns", columns), ("versus", versus), ("redact", redact)]);
    }
}

impl Json for ShapeSort {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for Versus {
    fn write(&self, out: &mut String) {
        match self {
            Versus::Baseline(name) => wrapped(out, "baseline", name),
            Versus::Stream(other) => wrapped(out, "stream", &**other),
        }
    }
}

impl Json for Other {
    fn write(&self, out: &mut String) {
        let Other { plan, places, problems, samples } = self;
        object(out, &[("plan", plan), ("places", places), ("problems", problems), ("samples", samples)]);
    }
}

impl Json for DiffArgs {
    fn write(&self, out: &mut String) {
        let DiffArgs { previous, by } = self;
        object(out, &[("previous", &**previous), ("by", by)]);
    }
}

impl Json for KeysArgs {
    fn write(&self, out: &mut String) {
        let KeysArgs { exprs, parallelism, target, redact } = self;
        object(out, &[("exprs", exprs), ("parallelism", parallelism), ("target", target), ("redact", redact)]);
    }
}

impl Json for Target {
    fn write(&self, out: &mut String) {
        match self {
            Target::Headwater => "headwater".write(out),
            Target::Kafka => "kafka".write(out),
            Target::Librdkafka => "librdkafka".write(out),
            Target::Spark => "spark".write(out),
            Target::Flink { key_groups } => variant(out, "flink", &[("key_groups", key_groups)]),
        }
    }
}

impl Json for DriftArgs {
    fn write(&self, out: &mut String) {
        let DriftArgs { baseline, budget, window_rows } = self;
        object(out, &[("baseline", baseline), ("budget", budget), ("window_rows", window_rows)]);
    }
}

impl Json for PinArgs {
    fn write(&self, out: &mut String) {
        let PinArgs { name, keys, redact } = self;
        object(out, &[("name", name), ("keys", keys), ("redact", redact)]);
    }
}

impl Json for PinnedKey {
    fn write(&self, out: &mut String) {
        let PinnedKey { exprs, parallelism } = self;
        object(out, &[("exprs", exprs), ("parallelism", parallelism)]);
    }
}

impl Json for WatchArgs {
    fn write(&self, out: &mut String) {
        let WatchArgs { from, stop_after_ms, rows, keys } = self;
        object(out, &[("from", from), ("stop_after_ms", stop_after_ms), ("rows", rows), ("keys", keys)]);
    }
}

impl Json for WatchFrom {
    fn write(&self, out: &mut String) {
        match self {
            WatchFrom::Now => "now".write(out),
            WatchFrom::Earliest => "earliest".write(out),
            WatchFrom::Ago { millis } => variant(out, "ago", &[("millis", millis)]),
            WatchFrom::At { millis } => variant(out, "at", &[("millis", millis)]),
        }
    }
}
