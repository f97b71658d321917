//! Newline-delimited JSON: one object a line. A line that is none is a dead letter; its position is the byte it begins at.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{BATCH_ROWS, FileReader, damaged};
use crate::Result;
use crate::sources::decode::{RecordRef, RowDecoder};

/// The longest line; a longer one means that the file is something else.
const LONGEST: u64 = 64 << 20;

/// The lines of a file, with the byte each begins at.
pub(crate) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    at: u64,
}

impl Lines {
    /// The lines from the byte `at` on, where one begins.
    pub(crate) fn open(path: &Path, at: u64) -> Result<Self> {
        let mut file = File::open(path).map_err(|error| damaged(path, error))?;
        file.seek(SeekFrom::Start(at)).map_err(|error| damaged(path, error))?;
        Ok(Lines { path: path.to_path_buf(), reader: BufReader::with_capacity(1 << 17, file), at })
    }

    /// The lines from the first one on that begins at or after the byte `at`.
    pub(crate) fn open_after(path: &Path, at: u64) -> Result<Self> {
        let Some(before) = at.checked_sub(1) else { return Self::open(path, 0) };
        let mut lines = Self::open(path, before)?;
        lines.next(&mut Vec::new())?;
        Ok(lines)
    }

    /// Where the next line begins.
    pub(crate) fn at(&self) -> u64 {
        self.at
    }

    /// Reads the next line into `line`, without its end, and says where it begins; none at the end of the file.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> Result<Option<u64>> {
        line.clear();
        let start = self.at;
        let read = (&mut self.reader).take(LONGEST).read_until(b'\n', line);
        let read = read.map_err(|error| damaged(&self.path, format!("{error}, after byte {start}")))? as u64;
        if read == LONGEST {
            let why = format!("no line ends within 64 MiB after byte {start}, so it is not newline-delimited JSON");
            return Err(damaged(&self.path, why));
        }
        self.at += read;
        while line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            line.pop();
        }
        if start == 0 && line.starts_with(b"\xef\xbb\xbf") {
            line.drain(..3); // a byte order mark is no part of the first record
        }
        Ok((read > 0).then_some(start))
    }
}

/// Decodes the lines of a file.
pub(super) struct LinesReader {
    lines: Lines,
    line: Vec<u8>,
}

impl LinesReader {
    pub(super) fn open(path: &Path, at: u64) -> Result<Self> {
        Ok(LinesReader { lines: Lines::open(path, at)?, line: Vec::new() })
    }
}

impl FileReader for LinesReader {
    fn read(&mut self, decoder: &mut RowDecoder) -> Result<bool> {
        while decoder.len() < BATCH_ROWS {
            let Some(position) = self.lines.next(&mut self.line)? else { return Ok(false) };
            if !self.line.is_empty() {
                decoder.push(&RecordRef { position, value: Some(&self.line), ..RecordRef::default() });
            }
        }
        Ok(true)
    }

    fn position(&self) -> u64 {
        self.lines.at()
    }
}
