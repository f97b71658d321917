//! What a user sees: results of the engine as MIME bundles of HTML, plain text and JSON. `profile` computes, `charts` draws, this chooses.

pub mod bundle;
pub mod cells;
pub mod dead_letters;
pub mod escape;
pub mod export;
pub mod keys;
pub mod numbers;
pub mod preview;
#[cfg(test)]
pub(crate) mod sanitized;
pub mod shape;
pub mod style;
pub mod table;
pub mod width;
pub mod windows;

pub use bundle::MimeBundle;
pub use numbers::{count, counted};
