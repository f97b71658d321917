//! From records or rows to the shape report.

#[cfg(test)]
mod alert_tests;
mod alerts;
mod all_hashes;
mod binary;
pub(crate) mod builder;
#[cfg(test)]
mod change_tests;
mod column;
pub(crate) mod compare;
mod describe;
pub(crate) mod detail;
#[cfg(test)]
mod detail_tests;
mod envelope;
pub(crate) mod frame;
mod hash;
pub(crate) mod input;
pub(crate) mod json;
mod lateness;
mod mask;
mod numbers;
pub(crate) mod observe;
pub(crate) mod order;
pub(crate) mod paths;
pub(crate) mod report;
mod sentinel;
pub(crate) mod slices;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod text_stats;
pub(crate) mod times;
pub(crate) mod values;

use crate::shape::builder::ShapeBuilder;
use crate::shape::input::{Rows, ShapeInput};
use crate::shape::report::{Rate, ShapeReport};

/// The shape of the rows: types, nulls, distributions, garbage.
pub fn shape(input: &ShapeInput<'_>) -> ShapeReport {
    let mut builder = ShapeBuilder::new(input);
    match &input.rows {
        Rows::Json(records) => builder.push_records(records),
        Rows::Frame(rows) => builder.push_frame(rows),
    }
    builder.finish()
}

impl Rate {
    /// So many of so many; of zero in a sample of `of`, the source has at most 1 − 0.05^(1/of) with 95 % confidence.
    pub fn new(count: u64, of: u64) -> Self {
        let share = if of == 0 { 0.0 } else { count as f64 / of as f64 };
        let at_most = (count == 0 && of > 0).then(|| 1.0 - 0.05_f64.powf(1.0 / of as f64));
        Self { count, of, share, at_most }
    }
}
