//! A session without a user: it begins, keeps what it has compiled for those to come, and ends.

use crate::error::CellError;
use crate::output::{OutputSink, Stream};
use crate::session::{Asker, CellSession, SessionConfig, Unanswered};
use std::sync::Arc;
use std::time::{Duration, Instant};

struct Nobody;

impl OutputSink for Nobody {
    fn text(&self, _: Stream, _: &str) {}
    fn display(&self, _: Option<&str>, _: &str, _: &str) {}
    fn update(&self, _: &str, _: &str, _: &str) {}
    fn clear(&self) {}
}

impl Asker for Nobody {
    fn ask(&self, _: &str, _: bool) -> Result<String, Unanswered> {
        Err(Unanswered::Nobody)
    }
}

/// Compiles what sessions begin with, and keeps it for them; how long a session took to be ready.
///
/// # Errors
/// When cells cannot run on this machine.
pub fn warm_up(config: SessionConfig) -> Result<Duration, CellError> {
    let begun = Instant::now();
    let session = CellSession::start(config, Arc::new(Nobody), Arc::new(Nobody))
        .map_err(|error| CellError::new("KernelError", error.to_string(), None))?;
    let failed = session.wait_until_ready();
    session.shutdown();
    failed.map_or_else(|| Ok(begun.elapsed()), Err)
}
