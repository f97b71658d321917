//! The print sink: one JSON object a line on standard output.

use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::SinkWriter;
use crate::json_rows::append_rows;
use crate::{Error, ErrorKind, Result};

/// Standard output, or in tests any other writer.
pub(super) struct PrintSink<W> {
    out: W,
}

impl PrintSink<io::Stdout> {
    pub(super) fn stdout() -> Self {
        PrintSink { out: io::stdout() }
    }
}

#[cfg(test)]
impl<W: Write> PrintSink<W> {
    pub(super) fn to(out: W) -> Self {
        PrintSink { out }
    }
}

impl<W: Write + Send> SinkWriter for PrintSink<W> {
    fn write(&mut self, frame: &DataFrame) -> Result<()> {
        let mut lines = Vec::new();
        append_rows(frame, &mut lines)?;
        self.out.write_all(&lines).map_err(|error| print_error(&error))
    }

    fn flush(&mut self) -> Result<()> {
        self.out.flush().map_err(|error| print_error(&error))
    }
}

fn print_error(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(ErrorKind::Sink, "whoever read the printed rows has gone away"),
        _ => Error::new(ErrorKind::Sink, format!("the rows cannot be printed: {error}")),
    }
}
