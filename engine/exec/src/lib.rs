//! How a Headwater pipeline runs: sources, operators, sinks, state, checkpoints, tapes, and the loop that drives them.

mod aside;
pub mod checkpoint;
pub mod error;
pub mod expression;
mod fingerprint;
pub mod job;
pub mod json_rows;
mod key_bytes;
pub mod live;
pub mod message;
pub mod operators;
pub mod pipeline;
pub mod preview;
pub mod resolve;
pub mod runtime;
pub mod sinks;
pub mod sources;
pub mod state;
pub mod tables;
pub mod tape;
#[cfg(test)]
mod tests;
mod time_text;
pub mod types;
pub mod used_columns;

pub use aside::{Aside, Why};
pub use error::{Domain, Error, ErrorKind, Result};
pub use fingerprint::fingerprint;
pub use job::{JobEnd, JobSettings, JobStatus, JobSummary, SourceStatus, StepStatus, TableStatus, run};
pub use live::{LiveView, WatchEnd, WatchSettings, watch};
pub use message::{Batch, Message};
pub use preview::{
    Counts, Joined, PartitionTime, Preview, Repeats, SourcePreview, WindowFate, Windows, preview, preview_with,
};
pub use resolve::resolve;
pub use runtime::{Cancel, Clock, Progress, TapCount, TapSettings, TapStatus};
pub use sinks::{DeadLetterPolicy, open_dead_letters, open_sink};
pub use sources::{
    Peek, PeekFrom, Peeked, Start, Table, TableColumn, TopicGlance, frame_of, guess, list_topics, open_source, peek,
    topics,
};
pub use tables::sample_of;
pub use tape::{RawRecord, SampleNote, Tape, TapeInfo, TapeSet, TapeStore};
