//! What a user sees: results of the engine as MIME bundles of HTML, plain text and JSON. `profile` computes, `charts` draws, this chooses.

pub mod bundle;
pub mod cells;
pub mod config;
pub mod dead_letters;
pub mod edit_diff;
pub mod export;
pub mod help;
pub mod jobs;
pub mod listing;
pub mod peek;
pub mod pinned;
pub mod plan;
pub mod preview;
pub mod reports;
pub mod table;
pub mod tapes;
pub mod timings;
pub mod topics;
pub mod watch;
pub mod width;

pub use bundle::MimeBundle;
pub use headwater_charts::html::numbers::{count, counted};
pub use headwater_charts::html::{escape, numbers, style};
