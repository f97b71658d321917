//! A plan and its tape in, a report out: the one way from a sample to its shape, keys and drift, for the notebook and the command.
//!
//! Everything here computes on a resolved plan and a tape that has been recorded; nothing here reads a source or draws.

mod arrange;
mod carried;
mod checks;
mod columns;
mod drift;
mod edit_diff;
#[cfg(test)]
mod edit_diff_tests;
mod key_plan;
mod key_rows;
mod keys;
mod mistakes;
mod other_keys;
mod redact;
mod resolved;
mod shape;
#[cfg(test)]
mod tests;
mod values;
mod whole;
mod whole_shape;

pub use drift::{drift, pin};
pub use edit_diff::{EditDiff, Matched, edit_diff};
pub use key_plan::check_keys;
pub use keys::{KeyOptions, KeySample, keys};
pub use mistakes::{Outcome, mistakes, one};
pub use resolved::{ResolvedSources, resolve};
pub use shape::{ShapeOptions, is_plain_source, shape};
pub use whole::{Reader, WholeKeys, whole};
pub use whole_shape::WholeShape;
