//! What every cell sees: `use headwater::prelude::*`.

pub use crate::aggregate::{
    Agg, approx_count_distinct, approx_quantile, collect, count, count_distinct, count_of, first, last, max, mean, min,
    sum, top_values,
};
pub use crate::connector::Envelope;
pub use crate::expr::{
    Expr, Then, When, coalesce, col, concat, concat_ws, date_diff, duration, expr, greatest, hash, least, lit, null,
    timestamp_ms, when,
};
pub use crate::group_by::GroupBy;
pub use crate::job::{DeadLetters, Guarantee, Job, JobFolder, LateRows};
pub use crate::join::Join;
pub use crate::look::{Diff, Drift, Keys, Pinned, Shape, Tapes, Watch, tapes};
pub use crate::plan::Plan;
pub use crate::sample::{SampleSpec, between, earliest, latest, stratified};
pub use crate::schema::{BIGINT, BINARY, BOOLEAN, DATE, DOUBLE, DataType, INT, STRING, TIMESTAMP};
pub use crate::stream::{ExpectedRate, Stream, files, kafka};
pub use crate::top::Top;
pub use crate::unique::Unique;
pub use crate::window::{WindowSpec, cumulating, hopping, session, tumbling};
