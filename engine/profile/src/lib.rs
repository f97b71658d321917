//! Numbers only: records in, a report of their shape or of a key's skew out. Drawing and choosing belong to other rooms.

mod alerts;
mod cells;
mod column;
mod envelope;
mod figures;
mod frame;
mod input;
mod interval;
mod json;
mod key_report;
mod key_text;
mod keys;
mod observe;
mod paths;
mod placement;
mod random;
mod shape;
mod shape_report;
mod shape_text;
mod spread;
mod tally;
mod times;
mod values;
mod verdict;

#[cfg(test)]
mod tests;

pub use cells::CELL_WIDTH;
pub use input::{Failure, JsonRecord, KeyInput, KeyRow, PartitionSpan, Placement, Rows, ShapeInput};
pub use key_report::{
    Cause, ErrorBasis, Interval, KeyError, KeyReport, KeyShare, Severity, SlotForecast, SlotLoad, Verdict,
};
pub use keys::{join_key, keys};
pub use paths::{FIELDS, LEVELS, PATHS};
pub use placement::murmur2;
pub use shape::shape;
pub use shape_report::{
    Alert, AlertKind, AlertLevel, ColumnShape, Distinct, EnvelopeShape, PartitionRows, Quantiles, Rate, ShapeReport,
    TimeShape, TopValue, TypeShare, Typical,
};

/// How many workers a key report forecasts for when nobody said.
pub const DEFAULT_PARALLELISM: u32 = 8;
/// The most workers a key report forecasts for.
pub const MAX_PARALLELISM: u32 = 131_072;
