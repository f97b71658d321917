//! What deserves attention in a shape: each finding is a fact with its number, and what follows from it.

use crate::figures::{bytes, count, delay, number, percent, span};
use crate::shape::column::ColumnStats;
use crate::shape::describe::{sentinels, times_of};
use crate::shape::input::Failure;
use crate::shape::paths::{FIELDS, LEVELS, Node, Paths};
use crate::shape::report::{Alert, AlertKind, AlertLevel, EnvelopeShape, Rate};
use crate::shape::times;

/// Fewer rows than this say nothing about a column being constant, unique or an id.
const ENOUGH: u64 = 20;

/// The largest record that a broker takes unless told otherwise (`message.max.bytes`).
const BROKER_LIMIT: f64 = 1_048_588.0;
/// Workers of a skewed key's forecast.
const WORKERS: u64 = crate::DEFAULT_PARALLELISM as u64;
/// A key that gives one worker so many times its share is worth a word.
const SKEWED: f64 = 3.0;

/// A finding about one path.
pub(crate) struct Finding {
    alert: Alert,
    tag: &'static str,
}

impl Finding {
    /// The short form for the column's row.
    pub(crate) fn tag(&self) -> String {
        self.tag.to_owned()
    }
}

/// Every alert of a sample, worst first.
pub(crate) fn all(paths: &Paths, failed: Rate, broken: &[Failure], envelope: Option<&EnvelopeShape>) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = undecodable(failed, broken).into_iter().collect();
    alerts.extend(envelope.into_iter().flat_map(|envelope| [silent(envelope), large(envelope)]).flatten());
    alerts.extend(deep(paths));
    for at in paths.in_order() {
        alerts.extend(of_column(paths, at).into_iter().map(|finding| finding.alert));
    }
    // A stable sort: within one level and kind, in the order of the columns.
    alerts.sort_by_key(|alert| (alert.level, alert.kind));
    alerts
}

/// The findings about one path, worst first.
pub(crate) fn of_column(paths: &Paths, at: usize) -> Vec<Finding> {
    let node = &paths.nodes[at];
    let look = Look { node, stats: &node.stats, chances: paths.chances(at) };
    let mut findings: Vec<Finding> = [
        look.future(),
        look.near_zero(),
        look.mixed_times(),
        look.type_mix(),
        look.numbers_in_text(),
        look.duplicates(),
        look.sentinel(),
        look.list_explosion(),
        look.skewed_key(),
        look.missing(),
        look.out_of_order(),
        look.time_in_text(),
        look.epoch_numbers(),
        look.constant(),
        look.all_unique(),
    ]
    .into_iter()
    .flatten()
    .collect();
    findings.sort_by_key(|finding| (finding.alert.level, finding.alert.kind));
    findings
}

fn undecodable(failed: Rate, broken: &[Failure]) -> Option<Alert> {
    if failed.count == 0 {
        return None;
    }
    let level = if failed.share >= 0.01 { AlertLevel::Bad } else { AlertLevel::Warn };
    let (n, share) = (count(failed.count), percent(failed.share));
    let records = if failed.count == 1 { "record is" } else { "records are" };
    let whole = failed.count == failed.of;
    Some(Alert {
        level,
        kind: AlertKind::Undecodable,
        path: None,
        fact: format!("{n} {records} undecodable ({share})"),
        consequence: if whole {
            "nothing is left to look at: is this the right format?".into()
        } else {
            "a job sends them to its dead letters, they are in no result".into()
        },
        examples: broken.iter().map(|f| format!("{}  ({})", f.text, f.reason)).collect(),
    })
}

fn large(envelope: &EnvelopeShape) -> Option<Alert> {
    let sizes = envelope.value_bytes?;
    let refused = sizes.max > BROKER_LIMIT;
    if !refused && (sizes.max < 100_000.0 || sizes.max < sizes.p50 * 100.0) {
        return None;
    }
    let typical = bytes(sizes.p50);
    Some(Alert {
        level: if refused { AlertLevel::Warn } else { AlertLevel::Notice },
        kind: AlertKind::LargeRecords,
        path: None,
        fact: format!("the largest record has {}, half have {typical} or less", bytes(sizes.max)),
        consequence: if refused {
            "brokers refuse more than 1 MiB unless told otherwise: the topic you write to must allow it".into()
        } else {
            "a few such records hold up a worker and fill its memory: weigh keys by bytes, not by rows".into()
        },
        examples: Vec::new(),
    })
}

fn deep(paths: &Paths) -> Option<Alert> {
    let map = paths.nodes.iter().find(|node| node.is_map);
    let (path, fact, then) = match (map, paths.too_deep) {
        (Some(map), _) => (
            Some(map.path.clone()),
            format!("`{}` has more than {FIELDS} different fields", map.path),
            "its keys are data: a map used as dynamic columns, for which no schema holds",
        ),
        (None, true) => (
            None,
            format!("values are nested deeper than {LEVELS} levels"),
            "what lies below is in no column: take it out with `unnest` or keep it as text",
        ),
        (None, false) => return None,
    };
    let (level, kind) = (AlertLevel::Notice, AlertKind::Nesting);
    Some(Alert { level, kind, path, fact, consequence: then.into(), examples: Vec::new() })
}

fn silent(envelope: &EnvelopeShape) -> Option<Alert> {
    let silent: Vec<String> =
        envelope.partitions.iter().filter(|p| p.in_log == 0).map(|p| p.partition.to_string()).collect();
    if silent.is_empty() || silent.len() == envelope.partitions.len() {
        return None;
    }
    let named = if silent.len() == 1 { "partition" } else { "partitions" };
    let holds = if silent.len() == 1 { "holds" } else { "hold" };
    let shown = silent.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if silent.len() > 8 { format!(" and {} more", silent.len() - 8) } else { String::new() };
    Some(Alert {
        level: AlertLevel::Bad,
        kind: AlertKind::SilentPartition,
        path: None,
        fact: format!("{named} {shown}{more} of {} {holds} no record", envelope.partitions.len()),
        consequence: "the watermark waits for it and no window closes: `.idle_after(\"30s\")` lets it go on".into(),
        examples: Vec::new(),
    })
}

/// One path, looked at from every side.
struct Look<'a> {
    node: &'a Node,
    stats: &'a ColumnStats,
    chances: u64,
}

impl Look<'_> {
    fn finding(&self, level: AlertLevel, kind: AlertKind, tag: &'static str, fact: String, then: String) -> Finding {
        let path = Some(self.node.path.clone());
        Finding { alert: Alert { level, kind, path, fact, consequence: then, examples: Vec::new() }, tag }
    }

    fn name(&self) -> String {
        format!("`{}`", self.node.path)
    }

    fn future(&self) -> Option<Finding> {
        let found = times_of(self.stats)?.lateness().future;
        if found == 0 {
            return None;
        }
        let latest = times_of(self.stats)?.max_ms.map(times::text).unwrap_or_default();
        let fact = format!("{} has {} in the future, the latest {latest}", self.name(), times_word(found));
        let then = "as event time, one such record moves the watermark past all others: they count as late";
        Some(self.finding(AlertLevel::Bad, AlertKind::FutureTime, "future", fact, then.into()))
    }

    fn near_zero(&self) -> Option<Finding> {
        let found = times_of(self.stats)?.near_zero;
        if found == 0 {
            return None;
        }
        let fact = format!("{} has {} around 1970-01-01", self.name(), times_word(found));
        let then = "a missing time written as 0: such rows are late for every window";
        Some(self.finding(AlertLevel::Warn, AlertKind::TimeNearZero, "1970", fact, then.into()))
    }

    fn mixed_times(&self) -> Option<Finding> {
        let (epochs, text) = (&self.stats.epochs, &self.stats.text);
        let units = [("seconds", epochs.seconds), ("milliseconds", epochs.seen - epochs.seconds)];
        let (zoned, local) = (text.zoned, text.times - text.zoned);
        let whole = times_of(self.stats)?.seen;
        let few = |n: u64| n > 0 && n * 2 <= whole;
        let (fact, then) = if units.iter().any(|(_, n)| few(*n)) && units.iter().all(|(_, n)| *n > 0) {
            let (name, n) = if units[0].1 <= units[1].1 { units[0] } else { units[1] };
            let share = percent(n as f64 / epochs.seen as f64);
            (
                format!("{} counts {name} since 1970 in {share}, and the other unit in the rest", self.name()),
                "read as one unit, the others are of 1970 or of the far future",
            )
        } else if zoned > 0 && local > 0 {
            let share = percent(local as f64 / text.times as f64);
            (
                format!("{} has no zone in {share}, and one in the rest", self.name()),
                "without a zone it is taken for UTC: local times are off by hours, and late or in the future",
            )
        } else {
            return None;
        };
        Some(self.finding(AlertLevel::Warn, AlertKind::MixedTimes, "mixed times", fact, then.into()))
    }

    fn sentinel(&self) -> Option<Finding> {
        let found = sentinels(self.stats);
        let n: u64 = found.iter().map(|s| s.count).sum();
        let filled = self.stats.filled();
        if filled < ENOUGH || n * 100 < filled || n == filled {
            return None;
        }
        let named = found.iter().take(3).map(|s| format!("\"{}\"", s.text)).collect::<Vec<_>>().join(", ");
        let fact = format!("{} is {named} in {}", self.name(), percent(n as f64 / filled as f64));
        let then = "stands for a missing value: as a key, one group of strangers; in a sum or a mean, a number";
        Some(self.finding(AlertLevel::Notice, AlertKind::Sentinel, "sentinel", fact, then.into()))
    }

    fn list_explosion(&self) -> Option<Finding> {
        let lengths = self.stats.lengths.quantiles()?;
        let mean = self.stats.elements as f64 / self.stats.of_type("list").max(1) as f64;
        if mean < 10.0 && lengths.max < 1_000.0 {
            return None;
        }
        let fact = format!("{} has {} elements on average, {} at most", self.name(), number(mean), number(lengths.max));
        let then = format!("`explode` makes {} rows of one: do what can be done before it", number(mean));
        Some(self.finding(AlertLevel::Notice, AlertKind::ListExplosion, "long lists", fact, then))
    }

    /// A first forecast, by the most frequent value alone; `keys` makes the real one.
    fn skewed_key(&self) -> Option<Finding> {
        let stats = self.stats;
        let filled = stats.filled();
        let text = stats.of_type("str") == filled && times_of(stats).is_none();
        let candidate = text || (stats.of_type("int") == filled && self.named_like_id());
        let distinct = stats.values.distinct().count;
        if !candidate
            || self.node.within.is_some()
            || filled < ENOUGH * 5
            || distinct < WORKERS
            || distinct * 2 > filled
        {
            return None;
        }
        let top = stats.values.top(1).into_iter().next()?;
        let share = top.count as f64 / filled as f64;
        let factor = share * WORKERS as f64;
        if factor < SKEWED {
            return None;
        }
        let name = &self.node.path;
        let fact = format!(
            "as a key, {} gives one of {WORKERS} workers {}× its share: \"{}\" has {}",
            self.name(),
            number(factor),
            top.text,
            percent(share)
        );
        let then = format!("`.keys(\"{name}\")` shows what grouping by it would do, and what helps");
        Some(self.finding(AlertLevel::Notice, AlertKind::SkewedKey, "skewed key", fact, then))
    }

    fn type_mix(&self) -> Option<Finding> {
        let stats = self.stats;
        let filled = stats.filled();
        let numbers = stats.of_type("int") + stats.of_type("num");
        // Whole and broken numbers are one kind of thing.
        let kinds = [
            ("numbers", numbers),
            ("text", stats.of_type("str")),
            ("booleans", stats.of_type("bool")),
            ("lists", stats.of_type("list")),
            ("objects", stats.of_type("object")),
        ];
        let (main, most) = kinds.into_iter().max_by_key(|(_, n)| *n)?;
        let rest: Vec<String> = kinds
            .iter()
            .filter(|(name, n)| *n > 0 && *name != main)
            .map(|(name, n)| format!("{name} in {}", percent(*n as f64 / filled as f64)))
            .collect();
        if rest.is_empty() || most == filled {
            return None;
        }
        let text = stats.of_type("str");
        let readable = main == "numbers" && text + numbers == filled && stats.text.numeric() == stats.text.tried;
        let fact = format!("{} holds {main}, but {}", self.name(), rest.join(", "));
        let then = if readable {
            "all of that text reads as a number: a schema with DOUBLE or BIGINT takes it"
        } else {
            "what does not fit the column's type makes the record a dead letter"
        };
        let mut finding = self.finding(AlertLevel::Warn, AlertKind::TypeMix, "type mix", fact, then.into());
        finding.alert.examples = self.minority_examples(main);
        Some(finding)
    }

    fn minority_examples(&self, main: &str) -> Vec<String> {
        if main == "numbers" && !self.stats.text.other_examples.is_empty() {
            return self.stats.text.other_examples.iter().map(|t| format!("\"{t}\"")).collect();
        }
        let order = ["text", "numbers", "numbers", "booleans", "", "", "", "lists", "objects"];
        let others = order.iter().enumerate().filter(|(_, kind)| **kind != main);
        others.flat_map(|(at, _)| self.stats.examples[at].iter().cloned()).take(3).collect()
    }

    fn numbers_in_text(&self) -> Option<Finding> {
        let text = &self.stats.text;
        let all_text = self.stats.of_type("str") == self.stats.filled();
        let mostly = text.numeric() * 20 >= text.tried * 19;
        if text.filled == 0 || !all_text || !mostly || text.zero_led > 0 || self.named_like_id() {
            return None;
        }
        let share = percent(text.numeric() as f64 / text.tried as f64);
        let fact = format!("{} is text, but {share} of it reads as a number", self.name());
        let then = "as text it sorts and sums wrongly: give the column DOUBLE or BIGINT in the schema";
        let mut finding =
            self.finding(AlertLevel::Warn, AlertKind::NumbersInText, "numbers in text", fact, then.into());
        finding.alert.examples = text.numeric_examples.iter().map(|t| format!("\"{t}\"")).collect();
        Some(finding)
    }

    fn named_like_id(&self) -> bool {
        let name = self.node.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        ["id", "uuid", "guid", "key"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
            || name.ends_with("uuid")
            || self.node.path.ends_with("Id")
            || self.node.path.ends_with("ID")
    }

    /// Unlike numbers and times, which may differ in every row by their nature.
    fn may_be_id(&self) -> bool {
        let stats = self.stats;
        let filled = stats.filled();
        if self.node.within.is_some() || filled < ENOUGH || times_of(stats).is_some() {
            return false;
        }
        let text = stats.of_type("str") == filled && (stats.text.numeric() == 0 || self.named_like_id());
        text || (stats.of_type("int") == filled && self.named_like_id())
    }

    fn duplicates(&self) -> Option<Finding> {
        let filled = self.stats.filled();
        let seen = self.stats.values.seen_exactly()?;
        let extra = filled.saturating_sub(seen);
        if !self.may_be_id() || extra == 0 || seen * 20 < filled * 19 {
            return None;
        }
        let share = percent(extra as f64 / filled as f64);
        let repeats = if extra == 1 { "1 row repeats".into() } else { format!("{} rows repeat", count(extra)) };
        let fact = format!("{} looks like an id, but {} one ({share})", self.name(), repeats);
        let then = "records delivered twice are counted twice";
        let mut finding = self.finding(AlertLevel::Warn, AlertKind::Duplicates, "duplicates", fact, then.into());
        let twice = self.stats.values.top(3).into_iter().filter(|top| top.count > 1);
        finding.alert.examples = twice.map(|top| top.text).collect();
        Some(finding)
    }

    fn missing(&self) -> Option<Finding> {
        let absent = self.chances.saturating_sub(self.stats.present);
        let (null, chances) = (self.stats.null, self.chances.max(1));
        let share = (absent + null) as f64 / chances as f64;
        // Under an absent parent a child is absent too: the parent says it.
        if share < 0.05 || (self.node.depth > 1 && null == 0) {
            return None;
        }
        let part = |n: u64, what: &str| (n > 0).then(|| format!("{what} in {}", percent(n as f64 / chances as f64)));
        let parts: Vec<String> = [part(absent, "absent"), part(null, "null")].into_iter().flatten().collect();
        let fact = format!("{} is {} of {}", self.name(), parts.join(" and "), self.counted_in());
        let then = "aggregates skip nulls; as a key, null is one group of its own";
        Some(self.finding(AlertLevel::Notice, AlertKind::Missing, "missing", fact, then.into()))
    }

    fn counted_in(&self) -> &'static str {
        if self.node.within.is_some() { "elements" } else { "rows" }
    }

    fn out_of_order(&self) -> Option<Finding> {
        let found = times_of(self.stats)?.lateness();
        if found.behind == 0 {
            return None;
        }
        let share = percent(found.behind as f64 / found.compared as f64);
        let (name, most) = (&self.node.path, span(found.max_ms));
        let fact = format!("{} goes backwards in {share} of rows, by {most} at most", self.name());
        let then = format!(
            "`.event_time(\"{name}\", \"{}\")` keeps 99.9 % of them in their windows",
            delay(found.p999_ms.max(1))
        );
        Some(self.finding(AlertLevel::Notice, AlertKind::OutOfOrder, "out of order", fact, then))
    }

    fn time_in_text(&self) -> Option<Finding> {
        if self.stats.text.times == 0 || times_of(self.stats).is_none() {
            return None;
        }
        let share = percent(self.stats.text.times as f64 / self.stats.text.tried as f64);
        let fact = format!("{} is text, and {share} of it reads as a time", self.name());
        let then = "give it TIMESTAMP in the schema to use it as event time";
        let kind = AlertKind::TimeInText;
        let mut finding = self.finding(AlertLevel::Notice, kind, "time in text", fact, then.into());
        finding.alert.examples = self.stats.text.other_examples.iter().map(|t| format!("\"{t}\"")).collect();
        Some(finding)
    }

    fn epoch_numbers(&self) -> Option<Finding> {
        let epochs = times_of(self.stats).filter(|times| std::ptr::eq(*times, &self.stats.epochs))?;
        let seconds = epochs.seconds * 2 > epochs.seen;
        let (unit, tag) = if seconds { ("seconds", "epoch s") } else { ("milliseconds", "epoch ms") };
        let fact = format!("{} looks like {unit} since 1970", self.name());
        let then = if seconds {
            "event time takes milliseconds: multiply it by 1000 first"
        } else {
            "it can be the event time as it is"
        };
        Some(self.finding(AlertLevel::Notice, AlertKind::EpochNumbers, tag, fact, then.into()))
    }

    fn constant(&self) -> Option<Finding> {
        let values = &self.stats.values;
        let one = values.seen_exactly() == Some(1) && values.total() == self.stats.filled();
        if !one || self.stats.filled() < ENOUGH {
            return None;
        }
        let value = values.top(1).into_iter().next()?.text;
        let fact = format!("{} is always {value}", self.name());
        let then = "it tells rows nothing apart: as a key it sends all of them to one worker";
        Some(self.finding(AlertLevel::Notice, AlertKind::Constant, "constant", fact, then.into()))
    }

    fn all_unique(&self) -> Option<Finding> {
        if !self.may_be_id() || !self.stats.values.distinct().all_unique {
            return None;
        }
        let fact = format!("{} differs in each of {} rows", self.name(), count(self.stats.filled()));
        let then = "an id: grouping by it keeps one state a row";
        Some(self.finding(AlertLevel::Notice, AlertKind::AllUnique, "id", fact, then.into()))
    }
}

fn times_word(n: u64) -> String {
    if n == 1 { "1 value".into() } else { format!("{} values", count(n)) }
}
