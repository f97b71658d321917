//! What drives a pipeline: the clock, the wish to stop, the graph of operators, and the threads that read the sources.

mod board;
pub mod cancel;
pub mod chain;
pub mod clock;
pub(crate) mod engine;
pub mod graph;
pub mod horizon;
mod idle;
pub(crate) mod memory;
mod merge;
pub(crate) mod panic;
pub(crate) mod parallel;
pub mod progress;
pub(crate) mod reading;
mod tap;

pub use board::Board;
pub use cancel::Cancel;
pub use chain::{Chain, OperatorState};
pub use clock::{Clock, SystemClock, TestClock};
pub(crate) use engine::Engine;
pub use graph::Graph;
pub use horizon::Horizon;
pub(crate) use idle::{ClockIdle, ReplayIdle};
pub use parallel::Share;
pub(crate) use parallel::{lane_of, written_in};
pub use progress::Progress;
pub(crate) use tap::{Tap, count_keys};
pub use tap::{TapCount, TapSettings, TapStatus};
