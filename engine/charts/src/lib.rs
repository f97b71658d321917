//! Reports drawn: as SVG, as HTML and as plain text. Knows neither the engine nor the kernel.

pub mod html;
mod odds;
pub mod svg;
pub mod text;

pub use html::{checks_html, drift_html, keys_html, page, shape_html};
pub use text::{checks_text, drift_text, keys_text, shape_text};
