//! Reports drawn: as SVG, as HTML and as plain text. Knows neither the engine nor the kernel.

pub mod html;
pub mod svg;
pub mod text;

pub use html::{keys_html, page, shape_html};
pub use text::{keys_text, shape_text};
