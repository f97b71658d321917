//! A plan as text, one numbered step a line, as errors number them.

use std::fmt;

use crate::duration::format_duration;
use crate::names::write_name;
use crate::plan::FUTURE_LIMIT_MS;
use crate::{JoinBound, JoinKind, KeyPromise, Node, OnFailure, Plan, RateBound, Sink, Source, SourceConnector, Step};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.nodes.len().to_string().len();
        let width = self.nodes.iter().map(|node| node.step.name().len()).max().unwrap_or(0);
        for (i, node) in self.nodes.iter().enumerate() {
            let end = if i == 0 { "" } else { "\n" };
            let what = node.what();
            let line = format!("{end}{:>digits$}  {:width$}  {what}", i + 1, node.step.name());
            f.write_str(line.trim_end())?;
        }
        Ok(())
    }
}

/// After which silence a partition of event time is idle, and how far ahead it may be, where that is not as usual.
fn patience(idle_after_ms: Option<u64>, future_limit_ms: Option<u64>) -> String {
    let idle = idle_after_ms.map(|idle| format!(", partitions idle after {}", format_duration(idle)));
    let ahead = match future_limit_ms {
        Some(FUTURE_LIMIT_MS) => String::new(),
        Some(limit) => format!(", at most {} ahead", format_duration(limit)),
        None => ", however far ahead".to_owned(),
    };
    idle.unwrap_or_default() + &ahead
}

impl Node {
    /// What it does; and of which steps, when that is not the one before it.
    fn what(&self) -> String {
        let of: Vec<String> = self.inputs.iter().map(|input| (u64::from(*input) + 1).to_string()).collect();
        let steps = match &self.inputs[..] {
            [] => String::new(),
            [only] if only + 1 == self.id => String::new(),
            [_] => format!("of step {}", of[0]),
            [.., _] => format!("of steps {} and {}", of[..of.len() - 1].join(", "), of[of.len() - 1]),
        };
        [steps, self.step.to_string()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" | ")
    }
}

/// What a step does, without its name: `amount > 0`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Source(source) => source.fmt(f),
            Step::Recall(recalled) => f.write_str(&name(&recalled.name)),
            Step::Filter { predicate } => predicate.fmt(f),
            Step::Select { exprs } | Step::WithColumns { exprs } => f.write_str(&list(exprs)),
            Step::Rename { columns } => {
                let pairs: Vec<String> =
                    columns.iter().map(|column| format!("{} as {}", name(&column.from), name(&column.to))).collect();
                f.write_str(&pairs.join(", "))
            }
            Step::Drop { columns } => {
                let names: Vec<String> = columns.iter().map(|column| name(column)).collect();
                f.write_str(&names.join(", "))
            }
            Step::Cast { columns } => f.write_str(&list(columns)),
            Step::EventTime { column, delay_ms, idle_after_ms, future_limit_ms } => {
                write!(f, "{}, up to {} late", name(column), format_duration(*delay_ms))?;
                f.write_str(&patience(*idle_after_ms, *future_limit_ms))
            }
            Step::Expect { name, predicate, on_failure } => {
                let otherwise = match on_failure {
                    OnFailure::DeadLetter => "",
                    OnFailure::Keep => ", or keep",
                    OnFailure::Stop => ", or stop",
                };
                write!(f, "{name:?}: {predicate}{otherwise}")
            }
            Step::ExpectRate { name, predicate, bound } => write!(f, "{name:?}: {predicate}, {bound}"),
            Step::ExpectKey { keys, promise } => write!(f, "{}: {promise}", list(keys)),
            Step::Aggregate { keys, window, aggs, expire_after_ms } => {
                let expiry = expire_after_ms.map(|millis| format!("expire after {}", format_duration(millis)));
                let window = window.as_ref().map(|window| format!("window {window}")).or(expiry);
                let keys = Some(list(keys)).filter(|keys| !keys.is_empty());
                let parts: Vec<String> = [keys, window, Some(list(aggs))].into_iter().flatten().collect();
                f.write_str(&parts.join(" | "))
            }
            Step::Unique { keys, within_ms } => write!(f, "{} | within {}", list(keys), format_duration(*within_ms)),
            Step::Top { n, by, per, .. } if per.is_empty() => write!(f, "{n} by {by}"),
            Step::Top { n, by, per, .. } => write!(f, "{n} by {by} | per {}", list(per)),
            Step::Union => Ok(()),
            Step::Join { .. } => f.write_str(&join(self)),
            Step::Explode { column } | Step::Unnest { column } => f.write_str(&name(column)),
            Step::Sink(sink) => sink.fmt(f),
        }
    }
}

/// What a join does; nothing of another step.
fn join(step: &Step) -> String {
    let Step::Join { kind, left_on, right_on, suffix, bound } = step else { return String::new() };
    let side = |names: &[String]| names.iter().map(|own| name(own)).collect::<Vec<_>>().join(", ");
    let on = match left_on == right_on {
        true => format!("on {}", side(left_on)),
        false => format!("on {} = {}", side(left_on), side(right_on)),
    };
    let left = (*kind == JoinKind::Left).then(|| "left".to_owned());
    let bound = bound.as_ref().map(ToString::to_string);
    let clash = (suffix != "_right").then(|| format!("clashes get {}", name(suffix)));
    [left, Some(on), bound, clash].into_iter().flatten().collect::<Vec<_>>().join(" | ")
}

impl fmt::Display for RateBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateBound::AtMost(share) => write!(f, "at most {share}"),
            RateBound::AtLeast(share) => write!(f, "at least {share}"),
        }
    }
}

impl fmt::Display for KeyPromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let top = self.top_share_below.map(|share| format!("top share below {share}"));
        let keys = self.keys_at_least.map(|keys| format!("at least {keys} keys"));
        let straggler =
            self.straggler_below.map(|limit| format!("straggler below {} at {} workers", limit.factor, limit.workers));
        let all: Vec<String> = [top, keys, straggler].into_iter().flatten().collect();
        f.write_str(&all.join(", "))
    }
}

impl fmt::Display for JoinBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JoinBound::Lookup { refresh_ms: Some(every), .. } => {
                write!(f, "lookup, read anew every {}", format_duration(*every))
            }
            JoinBound::Lookup { refresh_ms: None, .. } => f.write_str("lookup"),
            JoinBound::Window { window } => write!(f, "window {window}"),
            JoinBound::Interval { before_ms, after_ms } => {
                write!(f, "within {} before and {} after", format_duration(*before_ms), format_duration(*after_ms))
            }
        }
    }
}

fn list(items: &[impl fmt::Display]) -> String {
    items.iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

fn name(name: &str) -> String {
    let mut text = String::new();
    // Writing to a String never fails.
    let _ = write_name(&mut text, name);
    text
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connector.fmt(f)?;
        if let Some(format) = self.format {
            write!(f, ", {}", format.name())?;
        }
        if let Some(columns) = self.columns() {
            write!(f, " ({columns})")?;
        }
        Ok(())
    }
}

impl fmt::Display for SourceConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceConnector::Kafka { brokers, topic } => write!(f, "{topic} at {brokers}"),
            SourceConnector::Files { path } => f.write_str(path),
        }
    }
}

impl fmt::Display for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sink::Kafka { brokers, topic, key } => {
                write!(f, "{topic} at {brokers}")?;
                match key {
                    Some(key) => write!(f, ", key {}", name(key)),
                    None => Ok(()),
                }
            }
            Sink::KafkaUpsert { brokers, topic, keys } => {
                let keys: Vec<String> = keys.iter().map(|key| name(key)).collect();
                write!(f, "{topic} at {brokers}, upsert by {}", keys.join(", "))
            }
            Sink::Files { path } => f.write_str(path),
            Sink::Print => Ok(()),
        }
    }
}
