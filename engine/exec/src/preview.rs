//! The bounded run behind a preview: the pipeline's own operators over a tape, with the sink left out.

use headwater::Plan;
use polars::prelude::DataFrame;

use crate::runtime::Cancel;
use crate::sources::DeadLetter;
use crate::tape::{SampleNote, Tape};
use crate::{Error, ErrorKind, Result};

/// What a pipeline gave on a sample.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The resolved plan that ran.
    pub plan: Plan,
    /// Its fingerprint.
    pub fingerprint: String,
    /// All output rows.
    pub frame: DataFrame,
    /// For a windowed pipeline, of each output row how its window ended; otherwise empty.
    pub windows: Vec<WindowFate>,
    /// How many of what.
    pub counts: Counts,
    /// The first records that did not decode, at most [`SHOWN_DEAD`].
    pub dead: Vec<DeadLetter>,
    /// Every partition of the source, the silent ones included.
    pub partitions: Vec<PartitionTime>,
    /// How the sample was drawn.
    pub note: SampleNote,
    /// How long the run took, milliseconds; without recording the tape.
    pub took_ms: u64,
}

/// How many records that did not decode a preview keeps.
pub const SHOWN_DEAD: usize = 100;

/// How a window ended in a bounded run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowFate {
    /// The watermark passed its end: on the same records, a job emits the same row.
    Closed,
    /// The sample ended inside it.
    Cut,
    /// Other partitions are past its end, but this one never reached its beginning, and so holds the watermark back.
    HeldBack {
        /// The partition that is furthest behind.
        partition: u32,
    },
}

/// The numbers of a bounded run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read, the ones that did not decode included.
    pub records: u64,
    /// Records that did not decode.
    pub dead: u64,
    /// Output rows.
    pub rows: u64,
    /// Rows dropped because their window was already closed.
    pub late: u64,
    /// Rows without an event time.
    pub null_event_time: u64,
}

/// How far a partition has come in event time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionTime {
    /// The partition's index.
    pub partition: u32,
    /// Its records in the sample.
    pub records: u64,
    /// Its largest event time (epoch milliseconds), where the plan has one and a row had one.
    pub max_event_time: Option<i64>,
}

/// Runs the resolved `plan` over `tape`.
///
/// # Errors
/// The plan cannot run, or `cancel` was raised.
pub fn preview(_plan: &Plan, _tape: &Tape, _cancel: &Cancel) -> Result<Preview> {
    Err(Error::new(ErrorKind::Internal, "previews have not landed yet"))
}
