//! How a Headwater pipeline runs: sources, operators, sinks, state, checkpoints, tapes, and the loop that drives them.

pub mod error;
pub mod job;
pub mod message;
pub mod operators;
pub mod runtime;
pub mod sinks;
pub mod sources;
pub mod types;

pub use error::{Domain, Error, ErrorKind, Result};
pub use job::{JobEnd, JobSettings, JobStatus, JobSummary, StepStatus, run};
pub use message::{Batch, Message};
pub use runtime::{Cancel, Clock, Progress};
pub use sinks::DeadLetterPolicy;
pub use sources::Start;
