//! Reports as plain text, for a terminal and for whoever cannot show HTML.

mod checks;
mod curve;
mod drift;
mod fixes;
mod graph;
mod heat;

pub use checks::checks_text;
pub use drift::drift_text;
pub use graph::graph_text;

use headwater_profile::{KeyReport, ShapeReport};

/// The report on keys, at most about `width` columns wide: the verdict first, then loads, keys, fixes, the
/// curve over workers, keys over time.
pub fn keys_text(report: &KeyReport, width: usize) -> String {
    let mut out = report.to_text();
    for part in [fixes::fixes(report), fixes::producers(report), curve::curve(report, width), heat::heat(report, width)]
        .into_iter()
        .flatten()
    {
        out.push('\n');
        out.push_str(&part);
    }
    checks::wrapped_report(&out, width)
}

/// The report on the shape of the data.
pub fn shape_text(report: &ShapeReport, width: usize) -> String {
    checks::wrapped_report(&report.to_text(), width)
}
