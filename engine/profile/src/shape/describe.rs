//! From what was gathered about a path to what the report says of it.

use crate::shape::alerts::Finding;
use crate::shape::column::{ColumnStats, TYPES};
use crate::shape::detail::{
    Bars, BinaryDetail, BrokerDelay, Detail, Gaps, ListDetail, ObjectDetail, SharePoint, TextDetail, TimeDetail,
    Watermark,
};
use crate::shape::numbers::histogram;
use crate::shape::paths::{Node, Paths};
use crate::shape::report::{ColumnShape, Rate, TimeShape, TopValue, TypeShare, Typical};
use crate::shape::times::{Lateness, Times};
use crate::shape::{alerts, sentinel};
use crate::spread;

/// Frequent values of a detail; a page shows ten.
const TOP: usize = 20;
/// Values that a cell of the table shows.
const TYPICAL: usize = 3;
/// More different texts than this are drawn as a curve of shares, not as bars.
const BARS: usize = 20;
/// Buckets of the rate of a column of times.
const BUCKETS: usize = 48;
const TWO_DAYS_MS: i64 = 2 * 86_400_000;

/// One row of the report; after [`Paths::settle`].
pub(crate) fn column(paths: &Paths, at: usize) -> ColumnShape {
    let node = &paths.nodes[at];
    let stats = &node.stats;
    let findings = alerts::of_column(paths, at);
    let mut flags: Vec<String> = findings.iter().map(Finding::tag).collect();
    if node.is_map {
        flags.push("map?".into());
    }
    if stats.present > 0 && stats.filled() == 0 {
        flags.push("all null".into());
    }
    flags.dedup();
    flags.truncate(3);
    let sentinels = sentinels(stats);
    ColumnShape {
        path: node.path.clone(),
        depth: u32::try_from(node.depth.saturating_sub(1)).unwrap_or(0),
        types: types(stats),
        present: Rate::new(stats.present, paths.chances(at)),
        null: Rate::new(stats.null, stats.present),
        empty: Rate::new(stats.empty, stats.present),
        sentinel: Rate::new(sentinels.iter().map(|s| s.count).sum(), stats.present),
        sentinels,
        distinct: stats.values.distinct(),
        nonuniformity: nonuniformity(stats),
        typical: typical(node),
        spark: spark(stats),
        time: time_of(stats),
        flags,
        detail: detail(node),
        vs: None,
    }
}

fn types(stats: &ColumnStats) -> Vec<TypeShare> {
    let filled = stats.filled();
    let mut types: Vec<TypeShare> = TYPES
        .iter()
        .zip(stats.types)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| TypeShare { name, count, share: count as f64 / filled as f64 })
        .collect();
    types.sort_by_key(|own| std::cmp::Reverse(own.count));
    types
}

/// The times of a path, if that is what it mostly holds: real ones, text, or integers since the epoch.
pub(crate) fn times_of(stats: &ColumnStats) -> Option<&Times> {
    let filled = stats.filled().max(1);
    let mostly = |n: u64| n * 10 >= filled * 9;
    if mostly(stats.times.seen) {
        return Some(&stats.times);
    }
    let epochs = stats.epochs.seen;
    (epochs > 0 && mostly(epochs + stats.epochs.near_zero) && epochs * 2 >= filled).then_some(&stats.epochs)
}

fn time_of(stats: &ColumnStats) -> Option<TimeShape> {
    let times = times_of(stats)?;
    let Lateness { compared, behind, max_ms, p99_ms, p999_ms, future } = times.lateness();
    Some(TimeShape {
        future,
        near_zero: times.near_zero,
        out_of_order: Rate::new(behind, compared),
        max_lateness_ms: max_ms,
        delay_p99_ms: p99_ms,
        delay_p999_ms: p999_ms,
    })
}

/// The type that most values have.
fn main_type(stats: &ColumnStats) -> &'static str {
    if stats.filled() == 0 {
        return "";
    }
    (0..TYPES.len()).max_by_key(|at| (stats.types[*at], TYPES.len() - at)).map_or("", |at| TYPES[at])
}

fn typical(node: &Node) -> Typical {
    let stats = &node.stats;
    if let Some(times) = times_of(stats) {
        let whole = times.min_ms.zip(times.max_ms);
        return match times.plausible_range().or(whole) {
            Some((min_ms, max_ms)) => Typical::Time { min_ms, max_ms },
            None => Typical::Nothing,
        };
    }
    match main_type(stats) {
        "" => Typical::Nothing,
        "int" | "num" => stats.numbers.spread.quantiles().map_or(Typical::Nothing, Typical::Numbers),
        "list" => stats.lengths.quantiles().map_or(Typical::Nothing, Typical::Lengths),
        "object" => Typical::Fields(fields(node)),
        _ => Typical::Top(top_values(stats, TYPICAL)),
    }
}

fn fields(node: &Node) -> u32 {
    u32::try_from(node.children.len()).unwrap_or(u32::MAX).max(node.stats.fields)
}

fn top_values(stats: &ColumnStats, k: usize) -> Vec<TopValue> {
    let total = stats.values.total().max(1);
    let shared = |count: u64| count as f64 / total as f64;
    let top = stats.values.top(k).into_iter();
    top.map(|c| TopValue { share: shared(c.count), text: c.text, count: c.count, at_most: c.at_most }).collect()
}

pub(crate) fn sentinels(stats: &ColumnStats) -> Vec<TopValue> {
    let numbers = stats.numbers.spread.quantiles().filter(|_| times_of(stats).is_none());
    sentinel::among(&top_values(stats, 50), numbers.as_ref())
}

/// 1 − H / ln(k) over the values that are counted, the rest as one.
fn nonuniformity(stats: &ColumnStats) -> f64 {
    let counts = stats.values.top_counts(usize::MAX);
    let total = stats.values.total() as f64;
    let rest = total - counts.iter().sum::<u64>() as f64;
    let kinds = counts.len() + usize::from(rest > 0.0);
    if kinds < 2 {
        return if total > 1.0 { 1.0 } else { 0.0 };
    }
    let term = |n: f64| if n > 0.0 { -(n / total) * (n / total).ln() } else { 0.0 };
    let entropy = counts.iter().map(|n| term(*n as f64)).sum::<f64>() + term(rest);
    (1.0 - entropy / (kinds as f64).ln()).clamp(0.0, 1.0)
}

fn spark(stats: &ColumnStats) -> String {
    if let Some(times) = times_of(stats) {
        return times.judged().spread.spark();
    }
    if stats.lengths.seen() * 2 > stats.filled() {
        return stats.lengths.spark();
    }
    if stats.numbers.seen() * 2 > stats.filled() {
        return stats.numbers.spread.spark();
    }
    let distinct = stats.values.distinct();
    // Values that hardly repeat would draw a flat line that says nothing.
    if distinct.count < 2 || distinct.count * 2 > stats.filled() {
        String::new()
    } else {
        spread::bars(&stats.values.top_counts(8))
    }
}

fn detail(node: &Node) -> Detail {
    let stats = &node.stats;
    if let Some(times) = times_of(stats) {
        return Detail::Time(Box::new(time_detail(stats, times)));
    }
    match main_type(stats) {
        "" => Detail::Nothing,
        "int" | "num" => {
            let few = stats.values.seen_exactly().is_some_and(|n| n <= BARS as u64) && stats.of_type("num") == 0;
            let values = few.then(|| top_values(stats, BARS));
            Detail::Number(Box::new(stats.numbers.detail(values, unit(stats))))
        }
        "bool" => Detail::Bool(Bars { values: top_values(stats, TOP) }),
        "bin" => Detail::Binary(Box::new(BinaryDetail {
            length: stats.binary.lengths.quantiles(),
            looks_like: stats.binary.looks_like(),
            top: top_values(stats, TOP),
        })),
        "list" => Detail::List(Box::new(ListDetail {
            length: stats.lengths.quantiles(),
            histogram: stats.lengths.sorted().bins(BARS).map(histogram),
            explode_factor: stats.elements as f64 / stats.of_type("list").max(1) as f64,
        })),
        "object" => Detail::Object(ObjectDetail { fields: fields(node), most: stats.fields, is_map: node.is_map }),
        _ => Detail::Text(Box::new(text_detail(stats))),
    }
}

/// Integers that would be times if they were counted in finer units.
fn unit(stats: &ColumnStats) -> Option<&'static str> {
    let mostly = |n: u64| n > 0 && n * 10 >= stats.filled() * 9;
    match &stats.epochs {
        times if mostly(times.micros) => Some("epoch µs"),
        times if mostly(times.nanos) => Some("epoch ns"),
        _ => None,
    }
}

fn text_detail(stats: &ColumnStats) -> TextDetail {
    TextDetail {
        length: stats.text.lengths.quantiles(),
        top: top_values(stats, TOP),
        masks: stats.text.top_forms(),
        readable: stats.text.readable(),
        invalid_utf8: stats.text.replaced,
        cdf: shares_of_top(stats),
    }
}

fn shares_of_top(stats: &ColumnStats) -> Vec<SharePoint> {
    let counts = stats.values.top_counts(usize::MAX);
    if counts.len() <= BARS {
        return Vec::new();
    }
    let total = stats.values.total().max(1) as f64;
    let mut wanted = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 3_000].into_iter().peekable();
    let (mut sum, mut points) = (0, Vec::new());
    for (at, count) in counts.iter().enumerate() {
        sum += count;
        let last = at + 1 == counts.len();
        if wanted.next_if(|k| *k == at + 1).is_some() || last {
            points.push(SharePoint { values: u32::try_from(at + 1).unwrap_or(u32::MAX), share: sum as f64 / total });
        }
    }
    points
}

fn time_detail(stats: &ColumnStats, times: &Times) -> TimeDetail {
    let judged = times.judged();
    let range_ms = times.plausible_range();
    let long = range_ms.is_some_and(|(from, to)| to.saturating_sub(from) > TWO_DAYS_MS);
    let broker = judged.broker.sorted();
    let delay_at = |q| broker.at(q).map(|ms| ms as i64);
    TimeDetail {
        range_ms,
        written: written(stats, times),
        zoned: (stats.text.zoned, stats.text.times - stats.text.zoned),
        rate: judged.spread.sorted().bins(BUCKETS).map(histogram),
        gaps: gaps(times),
        watermark: watermark(times.lateness()),
        broker_delay: delay_at(0.5).zip(delay_at(0.99)).map(|(p50_ms, p99_ms)| BrokerDelay { p50_ms, p99_ms }),
        hour_of_week: if long { judged.hours.clone() } else { Vec::new() },
    }
}

fn written(stats: &ColumnStats, times: &Times) -> &'static str {
    if std::ptr::eq(times, &stats.times) {
        return if stats.of_type("str") > 0 { "text" } else { "timestamp" };
    }
    match times.seconds {
        0 => "epoch ms",
        s if s == times.seen => "epoch s",
        _ => "epoch ms and epoch s",
    }
}

fn gaps(times: &Times) -> Gaps {
    let advances = times.judged().gaps.sorted();
    let Some(median) = advances.at(0.5) else { return Gaps { median_ms: 0, count: 0, longest_ms: 0 } };
    let count = advances.total() - advances.up_to(5.0 * median);
    Gaps { median_ms: median as i64, count, longest_ms: advances.at(1.0).unwrap_or(median) as i64 }
}

fn watermark(late: Lateness) -> Watermark {
    let Lateness { behind, max_ms, p99_ms, p999_ms, .. } = late;
    let advice = if behind == 0 {
        "every time came in order: a delay of 0 s keeps all that was seen".to_owned()
    } else {
        format!(
            "{} keeps 99.9 %, {} keeps 99 %, {} keeps all that was seen",
            shown(p999_ms),
            shown(p99_ms),
            shown(max_ms)
        )
    };
    Watermark { p99_ms, p999_ms, max_ms, advice }
}

/// A delay for people, never shorter than it is.
fn shown(ms: i64) -> String {
    match ms {
        ..1_000 => format!("{} ms", ms.max(0)),
        1_000..120_000 => format!("{} s", (ms + 999) / 1_000),
        120_000..7_200_000 => format!("{} min", (ms + 59_999) / 60_000),
        _ => format!("{} h", (ms + 3_599_999) / 3_600_000),
    }
}
