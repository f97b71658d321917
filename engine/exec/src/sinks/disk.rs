//! What to say when a disk does not take what is written to it, and how a written file is made to last.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::{Domain, Error, ErrorKind};

/// The error of a failed write.
pub(crate) fn write_error(path: &Path, error: &io::Error) -> Error {
    let path = path.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::new(ErrorKind::Sink, format!("the disk is full: `{path}` cannot be written"))
                .hint("Make room and start again; a job goes on from its last checkpoint, and nothing is lost.")
        }
        io::ErrorKind::PermissionDenied => Error::new(ErrorKind::Sink, format!("`{path}` may not be written"))
            .domain(Domain::User)
            .hint("Give the user that runs this the right to write there, or choose another place."),
        _ => Error::new(ErrorKind::Sink, format!("`{path}` cannot be written: {error}")),
    }
}

/// Makes the entries of a folder last: a new or renamed file survives a power cut only then.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
