//! Which columns of a shape report are told, and in which order.

use headwater::ShapeSort;
use headwater_profile::{ColumnShape, ShapeReport};

/// Keeps the columns that `paths` names (all, when it names none) and puts them in order. Says so when a name fits none.
pub(crate) fn arrange(report: &mut ShapeReport, sort: ShapeSort, paths: &[String]) {
    let unknown = paths.iter().filter(|path| !report.columns.iter().any(|column| fits(&column.path, path)));
    let unknown: Vec<String> = unknown.map(|path| format!("no column `{path}` to show")).collect();
    if !paths.is_empty() {
        report.columns.retain(|column| paths.iter().any(|path| fits(&column.path, path)));
    }
    report.limits.extend(unknown);
    let descending =
        |key: fn(&ColumnShape) -> f64| move |one: &ColumnShape, other: &ColumnShape| key(other).total_cmp(&key(one));
    match sort {
        ShapeSort::Order | ShapeSort::Drift => {}
        ShapeSort::Name => report.columns.sort_by(|one, other| one.path.cmp(&other.path)),
        ShapeSort::Missing => report.columns.sort_by(descending(missing)),
        ShapeSort::Nonuniform => report.columns.sort_by(descending(nonuniform)),
    }
}

/// Whether a path is the one named, or lies below `named.*`.
fn fits(path: &str, named: &str) -> bool {
    match named.strip_suffix('*') {
        Some(beginning) => path.starts_with(beginning),
        None => path == named,
    }
}

/// The share of records without a value: absent, or null.
fn missing(column: &ColumnShape) -> f64 {
    1.0 - column.present.share * (1.0 - column.null.share)
}

/// How far the bins are from equal: 1 − entropy over its largest, of the eight bins of the spark; 0 without one.
fn nonuniform(column: &ColumnShape) -> f64 {
    let heights: Vec<f64> =
        column.spark.chars().map(|bar| f64::from((bar as u32).saturating_sub('▁' as u32))).collect();
    let total: f64 = heights.iter().sum();
    if heights.len() < 2 || total <= 0.0 {
        return if column.distinct.count == 1 { 1.0 } else { 0.0 };
    }
    let entropy: f64 =
        heights.iter().filter(|height| **height > 0.0).map(|height| -height / total * (height / total).ln()).sum();
    1.0 - entropy / (heights.len() as f64).ln()
}
