//! The wish to stop, shared between the one who has it and the work that looks at it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, ErrorKind, Result};

/// A flag that is raised once. Clones share it; long work looks at it at least every few hundred milliseconds.
///
/// ```
/// let cancel = headwater_exec::Cancel::new();
/// let seen_by_the_worker = cancel.clone();
/// cancel.cancel();
/// assert!(seen_by_the_worker.is_cancelled());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// A flag that nobody has raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag, for ever.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// `Ok` until the flag is raised, then the error that says so.
    ///
    /// # Errors
    /// The flag is raised.
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::new(ErrorKind::Cancelled, "interrupted")) } else { Ok(()) }
    }
}
