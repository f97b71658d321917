//! What drives a pipeline: the clock, the wish to stop, the chain of operators, and the thread that reads the source.

pub mod cancel;
pub mod chain;
pub mod clock;
mod idle;
pub(crate) mod panic;
pub mod progress;
pub(crate) mod reading;
mod tap;

pub use cancel::Cancel;
pub use chain::{Chain, OperatorState};
pub use clock::{Clock, SystemClock, TestClock};
pub(crate) use idle::{ClockIdle, ReplayIdle};
pub use progress::Progress;
pub(crate) use tap::{Tap, count_keys};
pub use tap::{TapCount, TapSettings, TapStatus};
