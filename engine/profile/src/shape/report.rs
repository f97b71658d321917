//! The shape report as data: what `shape()` found, path by path, with the alerts above it.

use serde::Serialize;

use crate::shape::compare::{ColumnChange, ShapeChange};
use crate::shape::detail::Detail;
use crate::shape::input::Failure;

/// The shape of a sample: alerts first, then one row a path.
#[derive(Debug, Clone, Serialize)]
pub struct ShapeReport {
    /// What was looked at.
    pub name: String,
    /// How the sample was drawn.
    pub sample: String,
    /// Whether the sample was drawn from all over the source. If not, what is below may not be true of it.
    pub representative: bool,
    /// Whether values are kept out of the report: only their forms and lengths are in it.
    pub redacted: bool,
    /// Records looked at, undecodable ones and tombstones included.
    pub records: u64,
    /// Records that hold an object: what the shares below are of.
    pub rows: u64,
    /// Records that could not be decoded.
    pub failures: Rate,
    /// A few of them.
    pub failure_examples: Vec<Failure>,
    /// What deserves attention, worst first, seven at most.
    pub alerts: Vec<Alert>,
    /// How many more alerts there were.
    pub more_alerts: u32,
    /// One row a path, in the order of first appearance, parents before children.
    pub columns: Vec<ColumnShape>,
    /// What surrounds the value, when the source is a topic.
    pub envelope: Option<EnvelopeShape>,
    /// What it was compared with ([`ShapeReport::compare`]).
    pub versus: Option<ShapeChange>,
    /// The limits that were hit, one sentence each.
    pub limits: Vec<String>,
}

/// Something that deserves attention: a fact with its number, and what follows from it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alert {
    /// How bad it is.
    pub level: AlertLevel,
    /// What kind of finding it is.
    pub kind: AlertKind,
    /// The path it is about; `None` when it is about the whole sample.
    pub path: Option<String>,
    /// The fact with its number, e.g. "`amount` is text in 4.9 % of rows".
    pub fact: String,
    /// What follows from it, as a sentence.
    pub consequence: String,
    /// A few values that show it, made safe to print.
    pub examples: Vec<String>,
}

/// How bad an alert is; the order is the order of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// A job on this data goes wrong or loses rows.
    Bad,
    /// Results are likely to surprise.
    Warn,
    /// Good to know.
    Notice,
}

/// The kinds of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Records that do not decode.
    Undecodable,
    /// A partition without a record.
    SilentPartition,
    /// Times after the newest broker time.
    FutureTime,
    /// Times around the epoch's zero.
    TimeNearZero,
    /// Seconds and milliseconds, or texts with and without a zone, in one column.
    MixedTimes,
    /// One path, several types.
    TypeMix,
    /// Records so large that brokers or workers choke on them.
    LargeRecords,
    /// Numbers written as text.
    NumbersInText,
    /// A column that looks like an id has duplicates.
    Duplicates,
    /// Values that stand for "nothing": `N/A`, −1.
    Sentinel,
    /// Lists so long that exploding them multiplies the rows.
    ListExplosion,
    /// As a key it would give one worker three times its share or more.
    SkewedKey,
    /// Event times that go backwards, with the delay that copes.
    OutOfOrder,
    /// Timestamps written as text.
    TimeInText,
    /// Integers that look like times since the epoch.
    EpochNumbers,
    /// Nested deeper than is looked at, or a map with its keys written as fields.
    Nesting,
    /// Absent or null often.
    Missing,
    /// Only one value.
    Constant,
    /// A different value in every row.
    AllUnique,
}

/// One path of the data: a column, a nested field (`a.b`), or the elements of a list (`items[]`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnShape {
    /// The path.
    pub path: String,
    /// How deep it lies; 0 for a column.
    pub depth: u32,
    /// The types its values have (nulls apart), most frequent first.
    pub types: Vec<TypeShare>,
    /// The records (inside a list: the elements) in which the path exists, null or not.
    pub present: Rate,
    /// Of those, the ones that are null.
    pub null: Rate,
    /// Of those, the ones that are empty: `""`, `[]`, `{}`.
    pub empty: Rate,
    /// Of those, the ones that stand for "nothing" and are neither null nor empty: `N/A`, −1. Counted among the frequent values.
    pub sentinel: Rate,
    /// Which ones.
    pub sentinels: Vec<TopValue>,
    /// How many different values.
    pub distinct: Distinct,
    /// How uneven its values are: 1 − entropy / the entropy of as many equally frequent ones; 0 is even, 1 is a single value.
    pub nonuniformity: f64,
    /// What a value typically is.
    pub typical: Typical,
    /// Eight bins as text, `▁▂▅▇▅▂▁▁`; empty where it says nothing.
    pub spark: String,
    /// Times: what is known beyond [`Typical::Time`].
    pub time: Option<TimeShape>,
    /// At most three short tags.
    pub flags: Vec<String>,
    /// What is known beyond the row, by type.
    pub detail: Detail,
    /// What became of it since, when the report was compared.
    pub vs: Option<ColumnChange>,
}

/// One type of a path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeShare {
    /// `str`, `int`, `num`, `bool`, `time`, `date`, `bin`, `list` or `object`.
    pub name: &'static str,
    /// Values of this type.
    pub count: u64,
    /// Of all values that are not null.
    pub share: f64,
}

/// So many of so many, with what zero of them proves.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// `count / of`; 0 when `of` is 0.
    pub share: f64,
    /// With a count of 0: the share that the source may still have, with 95 % confidence.
    pub at_most: Option<f64>,
}

/// How many different values a path has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Distinct {
    /// How many came in what was looked at.
    pub count: u64,
    /// Whether that was counted in full; otherwise it is an estimate (HyperLogLog of 2^14 registers: a standard error of 0.65 %).
    pub is_exact: bool,
    /// The 95 % interval of the estimate; `count` itself when exact.
    pub low: u64,
    /// Its upper end.
    pub high: u64,
    /// How many the source has at least, by what came once and twice (Chao1); of the whole source, about `count`.
    pub at_least: u64,
    /// No value came twice.
    pub all_unique: bool,
}

impl Distinct {
    /// A number that was counted in full.
    pub fn exactly(count: u64, all_unique: bool) -> Self {
        Self { count, is_exact: true, low: count, high: count, at_least: count, all_unique }
    }
}

/// What a value typically is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Typical {
    /// No value, or only structure.
    Nothing,
    /// Numbers: p5, p50, p95.
    Numbers(Quantiles),
    /// Text and booleans: the most frequent values.
    Top(Vec<TopValue>),
    /// Times: the first and the last, epoch ms.
    Time {
        /// The earliest.
        min_ms: i64,
        /// The latest.
        max_ms: i64,
    },
    /// Lists: their lengths.
    Lengths(Quantiles),
    /// Objects: the number of their fields.
    Fields(u32),
}

/// Points of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// The smallest.
    pub min: f64,
    /// 5 % are below.
    pub p5: f64,
    /// The median.
    pub p50: f64,
    /// 95 % are below.
    pub p95: f64,
    /// 99 % are below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// A frequent value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopValue {
    /// Its text, made safe to print, at most 64 columns wide.
    pub text: String,
    /// How often at least.
    pub count: u64,
    /// How often at most; the same as `count` when it was counted in full.
    pub at_most: u64,
    /// `count` of all values that are not null.
    pub share: f64,
}

/// What is known about a column of times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TimeShape {
    /// Values after the newest broker time (or, without one, far beyond the rest).
    pub future: u64,
    /// Values within a year of 1970-01-01.
    pub near_zero: u64,
    /// Values that came after a later one of the same partition, of all that could be compared.
    pub out_of_order: Rate,
    /// How far behind the latest one they came at most.
    pub max_lateness_ms: i64,
    /// The delay of `event_time` that keeps 99 % of the rows.
    pub delay_p99_ms: i64,
    /// The delay of `event_time` that keeps 99.9 % of the rows.
    pub delay_p999_ms: i64,
}

/// What surrounds the values of a topic.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnvelopeShape {
    /// Records without a key.
    pub key_null: Rate,
    /// What the keys are: `text`, `integer as text`, `JSON`, `UUID`, `4 bytes`, `8 bytes`, `bytes` or `empty`; most frequent first.
    pub key_types: Vec<TypeShare>,
    /// Different keys.
    pub keys: Distinct,
    /// Records without a value (tombstones).
    pub tombstones: Rate,
    /// Records with headers.
    pub headers: Rate,
    /// The size of values in bytes.
    pub value_bytes: Option<Quantiles>,
    /// The size of keys in bytes.
    pub key_bytes: Option<Quantiles>,
    /// Each partition.
    pub partitions: Vec<PartitionRows>,
    /// Records with a timestamp of the broker.
    pub timestamps: Rate,
    /// Records of the sample by hour of that timestamp, in order; hours without any are left out, 336 at most.
    pub hours: Vec<HourRows>,
}

/// One partition of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PartitionRows {
    /// Its number.
    pub partition: u32,
    /// Records of the sample.
    pub sampled: u64,
    /// Their keys and values in bytes.
    pub sampled_bytes: u64,
    /// Records in the log.
    pub in_log: u64,
}

/// One hour of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HourRows {
    /// Its beginning (epoch ms).
    pub start_ms: i64,
    /// Records of the sample.
    pub records: u64,
}
