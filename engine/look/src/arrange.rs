//! Which columns of a shape report are told, and in which order.

use headwater::ShapeSort;
use headwater_profile::{ShapeOrder, ShapeReport};

/// Keeps the columns that `paths` names, and those they lie in (all, when it names none), and puts them in order. Says so when a name
/// fits none.
pub(crate) fn arrange(report: &mut ShapeReport, sort: ShapeSort, paths: &[String]) {
    let unknown = paths.iter().filter(|path| !report.columns.iter().any(|column| column.fits(path)));
    let unknown: Vec<String> = unknown.map(|path| format!("no column `{path}` to show")).collect();
    report.keep_paths(paths);
    report.limits.extend(unknown);
    report.sort(match sort {
        ShapeSort::Order => ShapeOrder::Order,
        ShapeSort::Drift => ShapeOrder::Drift,
        ShapeSort::Name => ShapeOrder::Name,
        ShapeSort::Missing => ShapeOrder::Missing,
        ShapeSort::Nonuniform => ShapeOrder::Nonuniform,
    });
}
