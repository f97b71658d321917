//! Two shape reports side by side: what is new, what is gone, and how far each path has moved.

use std::collections::HashMap;

use serde::Serialize;

use crate::shape::detail::{Detail, Histogram, NumberDetail};
use crate::shape::report::{ColumnShape, ShapeReport, TopValue};

/// What a report was compared with, and which paths only one of both has.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShapeChange {
    /// What the other report looked at.
    pub name: String,
    /// How its sample was drawn.
    pub sample: String,
    /// Its records.
    pub records: u64,
    /// Paths that only this report has.
    pub new: Vec<String>,
    /// Paths that only the other has, each with its types.
    pub gone: Vec<GonePath>,
    /// Said when hardly any path is in both.
    pub note: Option<String>,
}

/// A path that is no longer there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GonePath {
    /// The path.
    pub path: String,
    /// Its types, as [`ColumnShape::type_mix`] words them.
    pub types: String,
    /// In how many of the records it was.
    pub present: f64,
}

/// How a path differs from the same path of the other report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnChange {
    /// The other's spark, in its own bins.
    pub spark: String,
    /// How far the values have moved, 0 to 1: the largest difference of the two distribution functions (numbers, lengths), or half the sum
    /// of the differences of shares (texts, booleans). `None` where the two cannot be compared.
    pub distance: Option<f64>,
    /// The value whose share changed most, with that change.
    pub moved: Option<(String, f64)>,
    /// Share of records in which it is present, now − then.
    pub present: f64,
    /// Share of nulls, now − then.
    pub null: f64,
    /// The types then, when the main one has changed.
    pub type_before: Option<String>,
}

impl ShapeReport {
    /// Fills in what has changed since `other`, which was made of another sample or another source. Two random samples of the same data
    /// differ a little too: a distance below about 1 / √rows says nothing. For a test use [`crate::drift`].
    pub fn compare(&mut self, other: &ShapeReport) {
        let known: HashMap<&str, &ColumnShape> = other.columns.iter().map(|c| (c.path.as_str(), c)).collect();
        let mut new = Vec::new();
        for column in &mut self.columns {
            column.vs = known.get(column.path.as_str()).map(|then| change(column, then));
            if column.vs.is_none() {
                new.push(column.path.clone());
            }
        }
        let here = |path: &str| self.columns.iter().any(|c| c.path == path);
        let gone: Vec<GonePath> = other.columns.iter().filter(|c| !here(&c.path)).map(gone).collect();
        let both = self.columns.len() - new.len();
        let strangers = both * 2 < self.columns.len().max(other.columns.len()) && !other.columns.is_empty();
        let note = strangers.then(|| {
            format!(
                "only {both} of {} paths are in both: is `{}` the same kind of data?",
                self.columns.len(),
                other.name
            )
        });
        self.versus = Some(ShapeChange {
            name: other.name.clone(),
            sample: other.sample.clone(),
            records: other.records,
            new,
            gone,
            note,
        });
    }
}

fn gone(column: &ColumnShape) -> GonePath {
    GonePath { path: column.path.clone(), types: column.type_mix(), present: column.present.share }
}

fn change(now: &ColumnShape, then: &ColumnShape) -> ColumnChange {
    let main = |column: &ColumnShape| column.types.first().map(|t| t.name);
    // Records hold times as text; in the rows of a pipeline they may have become times.
    let times = |column: &ColumnShape| {
        matches!(column.detail, Detail::Time(_)) && matches!(main(column), Some("str" | "time" | "date"))
    };
    let (distance, moved) = distance(&now.detail, &then.detail);
    ColumnChange {
        spark: then.spark.clone(),
        distance,
        moved,
        present: now.present.share - then.present.share,
        null: now.null.share - then.null.share,
        type_before: (main(now) != main(then) && !(times(now) && times(then))).then(|| then.type_mix()),
    }
}

fn distance(now: &Detail, then: &Detail) -> (Option<f64>, Option<(String, f64)>) {
    match (now, then) {
        (Detail::Number(now), Detail::Number(then)) => match (&now.bars, &then.bars) {
            (Some(now), Some(then)) => by_shares(&now.values, &then.values),
            _ => (by_numbers(now, then), None),
        },
        (Detail::Text(now), Detail::Text(then)) => by_shares(&now.top, &then.top),
        (Detail::Bool(now), Detail::Bool(then)) => by_shares(&now.values, &then.values),
        (Detail::List(now), Detail::List(then)) => match (&now.histogram, &then.histogram) {
            (Some(now), Some(then)) => (Some(largest_difference(now, then)), None),
            _ => (None, None),
        },
        _ => (None, None),
    }
}

fn by_numbers(now: &NumberDetail, then: &NumberDetail) -> Option<f64> {
    match (&now.histogram, &then.histogram) {
        (Some(now), Some(then)) => Some(largest_difference(now, then)),
        // One value here, one there.
        (None, None) => Some(if now.quantiles?.p50 == then.quantiles?.p50 { 0.0 } else { 1.0 }),
        (Some(many), None) => Some(against_one(many, then.quantiles?.p50)),
        (None, Some(many)) => Some(against_one(many, now.quantiles?.p50)),
    }
}

/// The distance of a distribution from a single value.
fn against_one(many: &Histogram, one: f64) -> f64 {
    let below = up_to(many, one);
    below.max(1.0 - below)
}

/// Kolmogorov's distance, at the bounds of the bins of both.
fn largest_difference(now: &Histogram, then: &Histogram) -> f64 {
    let edges = now.edges.iter().chain(&then.edges);
    edges.map(|edge| (up_to(now, *edge) - up_to(then, *edge)).abs()).fold(0.0, f64::max)
}

/// The share at or below `value`, evenly spread within a bin.
fn up_to(histogram: &Histogram, value: f64) -> f64 {
    let total = (histogram.under + histogram.over + histogram.counts.iter().sum::<u64>()).max(1) as f64;
    let mut below = if histogram.edges.first().is_some_and(|low| value >= *low) { histogram.under as f64 } else { 0.0 };
    for (bounds, count) in histogram.edges.windows(2).zip(&histogram.counts) {
        let part = ((value - bounds[0]) / (bounds[1] - bounds[0]).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        below += *count as f64 * part;
    }
    below / total
}

/// Half the sum of the differences of shares, what is in neither list of frequent values taken as one.
fn by_shares(now: &[TopValue], then: &[TopValue]) -> (Option<f64>, Option<(String, f64)>) {
    if now.is_empty() || then.is_empty() {
        return (None, None);
    }
    let shares =
        |values: &[TopValue]| -> HashMap<String, f64> { values.iter().map(|v| (v.text.clone(), v.share)).collect() };
    let (a, b) = (shares(now), shares(then));
    let mut names: Vec<&String> = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))).collect();
    names.sort();
    let share = |of: &HashMap<String, f64>, name: &String| of.get(name).copied().unwrap_or(0.0);
    let mut moved: Option<(String, f64)> = None;
    let mut sum = (a.values().sum::<f64>() - b.values().sum::<f64>()).abs();
    for name in names {
        let by = share(&a, name) - share(&b, name);
        sum += by.abs();
        if moved.as_ref().is_none_or(|(_, most)| by.abs() > most.abs()) {
            moved = Some((name.clone(), by));
        }
    }
    (Some((sum / 2.0).min(1.0)), moved.filter(|(_, by)| *by != 0.0))
}
