//! A tape on disk: one Arrow IPC file, its version and its note in the schema's metadata.
use super::Tape;
use crate::{Error, ErrorKind, Result};
use std::path::Path;
pub(super) fn save(_tape: &Tape, _path: &Path) -> Result<()> {
    Err(Error::new(ErrorKind::Internal, "tapes are not saved yet"))
}
pub(super) fn open(_path: &Path) -> Result<Tape> {
    Err(Error::new(ErrorKind::Internal, "tapes are not saved yet"))
}
