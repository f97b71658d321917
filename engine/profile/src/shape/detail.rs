//! What a shape report says about one path beyond its row, by the type that its values mostly have.

use serde::Serialize;

use crate::shape::report::{Quantiles, Rate, TopValue};

/// Details of one path.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Detail {
    /// No value but nulls.
    Nothing,
    /// Integers and floats.
    Number(Box<NumberDetail>),
    /// Text.
    Text(Box<TextDetail>),
    /// Booleans: a bar each.
    Bool(Bars),
    /// Times and dates, as such, as ISO-8601 text or as integers since 1970.
    Time(Box<TimeDetail>),
    /// Lists.
    List(Box<ListDetail>),
    /// Objects.
    Object(ObjectDetail),
    /// Bytes that are no text.
    Binary(Box<BinaryDetail>),
}

/// Every value with its count: for few different ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bars {
    /// The values, most frequent first (integers: in their order).
    pub values: Vec<TopValue>,
}

/// Points of a distribution of numbers; rank error at most 0.1 % where there were more than 4,096.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NumberQuantiles {
    /// The smallest.
    pub min: f64,
    /// 1 % are at or below.
    pub p1: f64,
    /// 5 % are at or below.
    pub p5: f64,
    /// A quarter is at or below.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// Three quarters are at or below.
    pub p75: f64,
    /// 95 % are at or below.
    pub p95: f64,
    /// 99 % are at or below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

/// What is known of numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NumberDetail {
    /// Points of the distribution; `None` when none was finite.
    pub quantiles: Option<NumberQuantiles>,
    /// The mean of the finite ones.
    pub mean: f64,
    /// Their standard deviation (of the sample, n − 1).
    pub sd: f64,
    /// Zeros.
    pub zeros: Rate,
    /// Below zero.
    pub negatives: Rate,
    /// NaN and infinities.
    pub non_finite: Rate,
    /// Bins between p1 and p99; `None` when there is but one value.
    pub histogram: Option<Histogram>,
    /// Instead of bins, for integers with at most 20 different values.
    pub bars: Option<Bars>,
    /// What the numbers may count: `epoch ms`, `epoch s`, `epoch µs`, `epoch ns`.
    pub unit: Option<&'static str>,
}

/// Counts in bins of one width, on a linear or a logarithmic scale.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    /// The bounds of the bins, one more than there are bins.
    pub edges: Vec<f64>,
    /// How many in each.
    pub counts: Vec<u64>,
    /// Below the first bound.
    pub under: u64,
    /// Above the last.
    pub over: u64,
    /// Whether the bins are equal on a logarithmic scale: min > 0 and p99 / p50 > 20.
    pub log: bool,
}

/// What is known of texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TextDetail {
    /// Lengths in bytes.
    pub length: Option<Quantiles>,
    /// The twenty most frequent, with bounds of their counts; a page shows ten.
    pub top: Vec<TopValue>,
    /// Forms, `Aa+ 99`: letters as `A` and `a`, digits as `9`, a run of letters as `a+`. Five at most, most frequent first.
    pub masks: Vec<TopValue>,
    /// What they can be read as; of the ones that were tried, see [`Readable::tried`].
    pub readable: Readable,
    /// Of those tried, texts with U+FFFD: what a reader before us put in place of bytes that are not UTF-8.
    pub invalid_utf8: u64,
    /// For more than 20 different values: which share of the rows the k most frequent have, k = 1, 2, 5, 10, …
    pub cdf: Vec<SharePoint>,
}

/// How many texts can be read as something else.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Readable {
    /// How many were tried: the first 65,536 not empty ones, then one in sixteen.
    pub tried: u64,
    /// As an integer.
    pub int: Rate,
    /// As a number that is no integer.
    pub float: Rate,
    /// As a date or a time.
    pub time: Rate,
    /// As a JSON object or list.
    pub json: Rate,
    /// As a UUID.
    pub uuid: Rate,
}

/// A point of the distribution of shares.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SharePoint {
    /// So many values, the most frequent ones.
    pub values: u32,
    /// Their share of the rows, at least.
    pub share: f64,
}

/// What is known of times.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimeDetail {
    /// The earliest and the latest that are plausible (epoch ms).
    pub range_ms: Option<(i64, i64)>,
    /// How they are written: `timestamp`, `text`, `epoch ms`, `epoch s`, or `epoch ms and epoch s` when mixed.
    pub written: &'static str,
    /// Texts with a zone and texts without: mixed, they mean different things.
    pub zoned: (u64, u64),
    /// How many came in each of up to 48 equal buckets between the ends.
    pub rate: Option<Histogram>,
    /// Advances of time that are more than five times the median one.
    pub gaps: Gaps,
    /// What each delay of `event_time` keeps.
    pub watermark: Watermark,
    /// Broker time − event time, where both are known.
    pub broker_delay: Option<BrokerDelay>,
    /// Rows by hour of the week, Monday 00:00 UTC first (168), when the times span more than two days.
    pub hour_of_week: Vec<u64>,
}

/// Holes in the flow of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Gaps {
    /// The median advance between times of one stretch of one partition (ms).
    pub median_ms: i64,
    /// Advances more than five times that.
    pub count: u64,
    /// The longest (ms).
    pub longest_ms: i64,
}

/// Which delay keeps how many of the rows in their windows. Values rounded up by at most 1 %.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Watermark {
    /// Keeps 99 % (ms).
    pub p99_ms: i64,
    /// Keeps 99.9 % (ms).
    pub p999_ms: i64,
    /// Keeps all that were seen (ms).
    pub max_ms: i64,
    /// The advice as a sentence: `42 s keeps 99.9 %, …`.
    pub advice: String,
}

/// How far the broker's clock is behind the event's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BrokerDelay {
    /// The median (ms); negative when events are ahead of the broker.
    pub p50_ms: i64,
    /// 99 % are at or below (ms).
    pub p99_ms: i64,
}

/// What is known of lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ListDetail {
    /// Their lengths.
    pub length: Option<Quantiles>,
    /// Bins of the lengths.
    pub histogram: Option<Histogram>,
    /// The mean length: how many rows `explode` makes of one.
    pub explode_factor: f64,
}

/// What is known of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ObjectDetail {
    /// Different fields that were met, at most [`crate::FIELDS`] and one.
    pub fields: u32,
    /// The most fields that one had.
    pub most: u32,
    /// Its keys look like data: a map used as dynamic columns.
    pub is_map: bool,
}

/// What is known of bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BinaryDetail {
    /// Sizes in bytes.
    pub length: Option<Quantiles>,
    /// What the first bytes of most say they are: `gzip`, `PNG`, `Avro (schema registry)`, …
    pub looks_like: Option<&'static str>,
    /// The most frequent.
    pub top: Vec<TopValue>,
}
