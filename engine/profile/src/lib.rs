//! Numbers only: records in, a report of their shape or of a key's skew out. Drawing and choosing belong to other rooms.

mod calendar;
mod cells;
mod contract;
mod drift;
mod figures;
mod fixes;
mod keys;
mod partitioner;
mod placement;
mod random;
mod shape;
mod span;
mod spread;

pub use calendar::{civil, days_from_civil, days_in_month, read_date, read_timestamp};
pub use cells::{CELL_WIDTH, clean, width as columns};
pub use contract::check::Check;
pub use contract::key::{KeyContract, KeyEvidence};
pub use contract::rate::{RateCheck, RateLimit, RecordCheck};
pub use contract::tally::CheckTally;
pub use drift::baseline::{
    BASELINE_VERSION, Baseline, BaselineError, Cells, CellsBaseline, ColumnBaseline, KeyBaseline, KnownValue,
    NewValuesBaseline, Provenance, RateBaseline, VolumeBaseline, WindowStatistic,
};
pub use drift::budget::AlarmBudget;
pub use drift::input::{DriftInput, DriftOptions, LogSpan, PinError, PinOptions};
pub use drift::monitor::{DriftMonitor, WindowExtra, drift};
pub use drift::pin::pin;
pub use drift::report::{
    AlarmGroup, BaselineNote, CheckBar, CheckKind, CheckResult, CheckUnit, CheckVerdict, DriftReport, WindowVerdict,
};
pub use drift::tap::{KeyTap, KeyTapSummary, TapKey};
pub use fixes::{Fix, FixKind, SaltedKey};
pub use keys::heat::{HeatMap, HeatPattern, HeatRow};
pub use keys::input::{KeyInput, KeyRow, Operator, OtherKey};
pub use keys::keys;
pub use keys::report::{
    ByBytes, Cause, CombinedFactor, Concentration, CurvePoint, ErrorBasis, HotState, Interval, KeyError, KeyReport,
    KeyShare, Severity, SkewParts, SlotForecast, SlotLoad, TargetForecast, Verdict,
};
pub use partitioner::{
    KeyHash, Partitioner, PartitionerInput, PartitionerMatch, PartitionerReport, SplitKey, partitioner,
};
pub use placement::{KeyValue, Placement, crc32, fnv1a, murmur2};
pub use shape::builder::ShapeBuilder;
pub use shape::compare::{ColumnChange, GonePath, ShapeChange};
pub use shape::detail::{
    Bars, BinaryDetail, BrokerDelay, Detail, Gaps, Histogram, ListDetail, NumberDetail, NumberQuantiles, ObjectDetail,
    Readable, SharePoint, TextDetail, TimeDetail, Watermark,
};
pub use shape::input::{Failure, JsonRecord, Rows, ShapeInput};
pub use shape::order::ShapeOrder;
pub use shape::paths::{FIELDS, LEVELS, PATHS};
pub use shape::report::{
    Alert, AlertKind, AlertLevel, ColumnShape, Distinct, EnvelopeShape, HourRows, PartitionRows, Quantiles, Rate,
    ShapeReport, TimeShape, TopValue, TypeShare, Typical,
};
pub use shape::shape;
pub use shape::slices::Values;
pub use span::PartitionSpan;

/// How many workers a key report forecasts for when nobody said.
pub const DEFAULT_PARALLELISM: u32 = 8;
/// The most workers a key report forecasts for.
pub const MAX_PARALLELISM: u32 = 131_072;
