//! Charts: a report in, SVG out, the same bytes for the same report.

mod canvas;
mod heat_map;
mod input;
pub(crate) mod labels;
mod plan_graph;
mod slot_loads;
mod straggler_curve;
#[cfg(test)]
mod tests;
mod top_keys;

use headwater_profile::{HeatMap, KeyReport};

use input::{SlotLoads, TopKeys};
pub use plan_graph::plan_graph;

/// A chart, and what it says for those who do not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// What it is: `slot_loads`, `top_keys`, `straggler_curve`, `heat_map` or `plan_graph`.
    pub name: &'static str,
    /// The picture.
    pub svg: String,
    /// The finding, in words.
    pub alt: String,
}

/// The charts that the report has numbers for: loads, keys, the curve over workers, keys over time.
pub fn charts(report: &KeyReport) -> Vec<Chart> {
    [slot_loads(report), Some(top_keys(report)), straggler_curve(report), heat_map(report)]
        .into_iter()
        .flatten()
        .collect()
}

/// The load of each worker; `None` without rows.
pub fn slot_loads(report: &KeyReport) -> Option<Chart> {
    let loads = SlotLoads::of(report)?;
    Some(Chart { name: "slot_loads", svg: slot_loads::slot_loads(&loads), alt: loads.alt_text() })
}

/// The most frequent keys, with the intervals of their shares.
pub fn top_keys(report: &KeyReport) -> Chart {
    let keys = TopKeys::of(report);
    Chart { name: "top_keys", svg: top_keys::top_keys(&keys), alt: keys.alt_text() }
}

/// How much more workers help; `None` without rows.
pub fn straggler_curve(report: &KeyReport) -> Option<Chart> {
    straggler_curve::straggler_curve(report)
}

/// The most frequent keys over time; `None` without times.
pub fn heat_map(report: &KeyReport) -> Option<Chart> {
    heat_map::heat_map(report)
}

/// How the most frequent key behaves over time, in words.
pub(crate) fn heat_words(heat: &HeatMap) -> String {
    heat_map::words(heat)
}
