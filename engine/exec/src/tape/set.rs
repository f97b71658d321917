//! The tapes of a plan, one a source.

use std::sync::Arc;

use headwater::Plan;

use super::{SampleNote, Tape};
use crate::{Error, ErrorKind, Result};

/// A tape for each source of a plan, in the order of [`Plan::sources`]. A plan of one source takes `&tape`.
#[derive(Clone, Debug)]
pub struct TapeSet<'a>(Vec<&'a Tape>);

impl<'a> TapeSet<'a> {
    /// The tapes of `plan`.
    ///
    /// # Errors
    /// There are not as many as the plan has sources.
    pub fn of(&self, plan: &Plan) -> Result<Vec<&'a Tape>> {
        let (sources, tapes) = (plan.sources().len(), self.0.len());
        if sources == tapes {
            return Ok(self.0.clone());
        }
        Err(Error::new(ErrorKind::Internal, format!("{tapes} tapes for a plan of {sources} sources")))
    }
}

impl<'a> TapeSet<'a> {
    /// The tape of the first source: of the one source that most plans have.
    ///
    /// # Panics
    /// There is none, though every plan has a source.
    pub fn first(&self) -> &'a Tape {
        self.0.first().expect("a plan has a source, and so a tape")
    }

    /// How the samples were drawn: the note of the one tape, or what can be said of several together.
    pub fn note(&self) -> SampleNote {
        match self.0.as_slice() {
            [only] => only.note().clone(),
            several => SampleNote::together(&several.iter().map(|tape| tape.note()).collect::<Vec<_>>()),
        }
    }
}

impl<'a> From<&'a Tape> for TapeSet<'a> {
    fn from(tape: &'a Tape) -> Self {
        TapeSet(vec![tape])
    }
}

impl<'a> From<&'a Arc<Tape>> for TapeSet<'a> {
    fn from(tape: &'a Arc<Tape>) -> Self {
        TapeSet(vec![tape])
    }
}

impl<'a> From<&'a [Arc<Tape>]> for TapeSet<'a> {
    fn from(tapes: &'a [Arc<Tape>]) -> Self {
        TapeSet(tapes.iter().map(|tape| &**tape).collect())
    }
}

impl<'a> From<&'a Vec<Arc<Tape>>> for TapeSet<'a> {
    fn from(tapes: &'a Vec<Arc<Tape>>) -> Self {
        tapes.as_slice().into()
    }
}

impl<'a> From<&'a [Tape]> for TapeSet<'a> {
    fn from(tapes: &'a [Tape]) -> Self {
        TapeSet(tapes.iter().collect())
    }
}

impl<'a> From<&'a Vec<Tape>> for TapeSet<'a> {
    fn from(tapes: &'a Vec<Tape>) -> Self {
        tapes.as_slice().into()
    }
}
