//! Numbers only: records in, a report of their shape or of a key's skew out. Drawing and choosing belong to other rooms.

mod input;
mod key_report;
mod shape_report;

pub use input::{Failure, JsonRecord, KeyInput, KeyRow, PartitionSpan, Placement, Rows, ShapeInput};
pub use key_report::{
    Cause, ErrorBasis, Interval, KeyError, KeyReport, KeyShare, Severity, SlotForecast, SlotLoad, Verdict,
};
pub use shape_report::{
    Alert, AlertKind, AlertLevel, ColumnShape, Distinct, EnvelopeShape, PartitionRows, Quantiles, Rate, ShapeReport,
    TimeShape, TopValue, TypeShare, Typical,
};

/// How many workers a key report forecasts for when nobody said.
pub const DEFAULT_PARALLELISM: u32 = 8;
/// The most workers a key report forecasts for.
pub const MAX_PARALLELISM: u32 = 131_072;
