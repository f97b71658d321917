//! Reports drawn: as SVG, as HTML and as plain text. Knows neither the engine nor the kernel.

mod graph;
pub mod html;
mod odds;
pub mod svg;
pub mod text;

pub use graph::{GraphStep, Role};
pub use html::{chart_image, checks_html, drift_html, keys_html, page, shape_html};
pub use svg::plan_graph;
pub use text::{checks_text, drift_text, graph_text, keys_text, shape_text};
