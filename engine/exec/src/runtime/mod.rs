//! What drives a pipeline: the clock, the wish to stop, the graph of operators, and the threads that read the sources.

pub mod cancel;
pub mod chain;
pub mod clock;
pub mod graph;
mod idle;
mod merge;
pub(crate) mod panic;
pub mod progress;
pub(crate) mod reading;
mod tap;

pub use cancel::Cancel;
pub use chain::{Chain, OperatorState};
pub use clock::{Clock, SystemClock, TestClock};
pub use graph::Graph;
pub(crate) use idle::{ClockIdle, ReplayIdle};
pub use progress::Progress;
pub(crate) use tap::{Tap, count_keys};
pub use tap::{TapCount, TapSettings, TapStatus};
