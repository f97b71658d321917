//! Reports as HTML: fragments that pass the sanitizer of notebooks and need no trust, and whole pages.

mod checks;
mod drift;
pub mod escape;
pub mod histogram;
mod keys;
pub mod numbers;
mod page;
pub mod sanitized;
mod shape;
mod shape_detail;
pub mod style;
mod table;

pub use checks::checks_html;
pub use drift::drift_html;
pub(crate) use drift::{compared_with, looked_at};
pub use keys::{chart_image, keys_html};
pub use page::page;
pub use shape::shape_html;
pub use table::plain_table;

#[cfg(test)]
pub(crate) use checks::tests::{drifted, steady};
#[cfg(test)]
pub(crate) use shape::tests::compared;
