//! Reports in the forms a front end may choose from.

use crate::display::MimeBundle;
use crate::display::bundle::bundle;
use headwater_charts::{drift_html, drift_text, keys_html, keys_text, shape_html, shape_text};
use headwater_profile::{DriftReport, KeyReport, ShapeReport};

/// Columns of a notebook's plain text.
const WIDTH: usize = 100;

/// The report on keys.
pub fn keys(report: &KeyReport) -> MimeBundle {
    let json = serde_json::to_value(report).unwrap_or_default();
    bundle("keys", keys_html(report), keys_text(report, WIDTH), json)
}

/// The report on the shape of the data.
pub fn shape(report: &ShapeReport) -> MimeBundle {
    let json = serde_json::to_value(report).unwrap_or_default();
    bundle("shape", shape_html(report), shape_text(report, WIDTH), json)
}

/// The report on what became of a stream since a baseline.
pub fn drift(report: &DriftReport) -> MimeBundle {
    let json = serde_json::to_value(report).unwrap_or_default();
    bundle("drift", drift_html(report), drift_text(report, WIDTH), json)
}
