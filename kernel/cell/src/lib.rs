//! Rust cells: evcxr compiles them, a small process of their own runs them, and what they print, return and fail with
//! comes back whole.
//!
//! This crate knows neither Jupyter nor streams; it carries the source of the crate `headwater` inside itself so that
//! cells can use it without a network. A [`CellSession`] has three threads: *cells* owns evcxr (and must live as long as
//! the child, which the system ends with the thread that started it), *runner* answers the child, *output* reads what
//! cells print.

mod checkup;
mod commands;
mod compile_error;
mod completeness;
mod ended;
mod error;
mod gate;
mod kept;
mod library;
mod manifest;
mod output;
mod panicked;
mod places;
mod processes;
mod redefined;
mod runner;
mod scan;
mod sentinels;
mod session;
mod session_dir;
mod start;
mod state;
mod template;
mod timing;
mod toolchain;
mod warm_up;
mod worker;

pub use checkup::{Finding, Verdict, check_up};
pub use commands::{COMMANDS, EvcxrCommand, adds_crates, cell_functions};
pub use completeness::{Completeness, completeness};
pub use error::CellError;
pub use gate::Gate;
pub use kept::Keeper;
pub use library::narrow_library;
pub use output::{OutputSink, Stream};
pub use places::UserLine;
pub use scan::{Token, TokenKind, tokens};
pub use session::{Asker, CellOutcome, CellSession, Completions, Interrupted, Mimes, SessionConfig, Unanswered};
pub use session_dir::HEADWATER;
pub use state::Phase;
pub use timing::CellTiming;
pub use toolchain::told as toolchain_in;
pub use warm_up::warm_up;
