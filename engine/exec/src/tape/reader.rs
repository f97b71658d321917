//! Replaying a tape as a source: in the order of broker timestamps, a few thousand records at a time, bounded.
use super::Tape;
use crate::sources::{Polled, Positions, SourceReader};
use crate::{Error, ErrorKind, Result};
use headwater::Source;
use std::time::Duration;
/// A bounded source that replays a tape.
pub struct TapeReader {
    partitions: u32,
}
impl TapeReader {
    pub(super) fn new(tape: &Tape, _source: &Source, _columns: Option<&[String]>) -> Result<Self> {
        Ok(TapeReader { partitions: tape.note().partitions.len() as u32 })
    }
}
impl SourceReader for TapeReader {
    fn partitions(&self) -> u32 {
        self.partitions
    }
    fn poll(&mut self, _timeout: Duration) -> Result<Polled> {
        Err(Error::new(ErrorKind::Internal, "tapes are not replayed yet"))
    }
    fn positions(&self) -> Positions {
        Positions::new()
    }
}
