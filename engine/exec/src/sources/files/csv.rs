//! CSV files: the first line names the columns. A record of another length is a dead letter; a quote that is never closed is an error.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::csv::{ByteRecord, Position, Reader, ReaderBuilder};

use super::{BATCH_ROWS, FileReader, damaged};
use crate::sources::decode::{RecordRef, RowDecoder};
use crate::{Domain, Error, ErrorKind, Result};

/// The longest record; an unclosed quote would otherwise swallow the rest of the file into memory.
const LONGEST: u64 = 64 << 20;

/// The records of a CSV file, with the byte each begins at.
pub(crate) struct Records {
    path: PathBuf,
    reader: Reader<Limited>,
    header: Vec<String>,
    /// How long the file was when it was opened.
    length: u64,
    begin: Arc<AtomicU64>,
}

/// A file that refuses to be read far beyond the beginning of a record.
struct Limited {
    file: File,
    at: u64,
    begin: Arc<AtomicU64>,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let begin = self.begin.load(Ordering::Relaxed);
        if self.at.saturating_sub(begin) > LONGEST {
            let why = format!("the record at byte {begin} does not end within 64 MiB; is a quote never closed?");
            return Err(io::Error::other(why));
        }
        let read = self.file.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Limited {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        self.begin.store(self.at, Ordering::Relaxed);
        Ok(self.at)
    }
}

impl Records {
    /// The records from the byte `at` on, where one begins; from the first one after the header when it is 0.
    pub(crate) fn open(path: &Path, at: u64) -> Result<Self> {
        let file = File::open(path).map_err(|error| damaged(path, error))?;
        let length = file.metadata().map_err(|error| damaged(path, error))?.len();
        let begin = Arc::new(AtomicU64::new(0));
        let limited = Limited { file, at: 0, begin: Arc::clone(&begin) };
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(limited);
        let header = reader.byte_headers().map_err(|error| damaged(path, error))?;
        let names = header.iter().map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').to_string());
        let header = names.collect();
        if at > 0 {
            let mut position = Position::new();
            position.set_byte(at);
            reader.seek(position).map_err(|error| damaged(path, error))?;
        }
        Ok(Records { path: path.to_path_buf(), reader, header, length, begin })
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Where the next record begins.
    pub(crate) fn at(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Reads the next record and says where it begins; none at the end of the file.
    pub(crate) fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>> {
        self.begin.store(self.at(), Ordering::Relaxed);
        let read = self.reader.read_byte_record(record).map_err(|error| damaged(&self.path, error))?;
        if !read {
            return Ok(None);
        }
        let start = record.position().map_or(0, Position::byte);
        if self.at() >= self.length && self.is_unclosed(start).map_err(|error| damaged(&self.path, error))? {
            let why = format!("the record at byte {start} opens a quote that is never closed");
            return Err(damaged(&self.path, why));
        }
        Ok(Some(start))
    }

    /// Whether the last record of the file, from the byte `start` on, ends within quotes.
    fn is_unclosed(&self, start: u64) -> io::Result<bool> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut text = Vec::new();
        file.take(LONGEST + 1).read_to_end(&mut text)?;
        let quoted = text.starts_with(b"\"") || text.windows(2).any(|pair| pair == b",\"");
        Ok(quoted && text.iter().filter(|byte| **byte == b'"').count() % 2 == 1)
    }

    /// Why a record is none: it has more or fewer fields than the header. None when it is one.
    pub(crate) fn misfit(&self, record: &ByteRecord) -> Option<String> {
        let (fields, columns) = (record.len(), self.header.len());
        (fields != columns).then(|| format!("{fields} fields, where the header names {columns} columns"))
    }
}

/// A record as a line again.
pub(crate) fn line(record: &ByteRecord) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_byte_record(record);
    let mut line = writer.into_inner().unwrap_or_default();
    line.pop();
    line
}

/// Decodes the records of a file.
pub(super) struct CsvReader {
    records: Records,
    record: ByteRecord,
    /// For each wanted column its place in this file.
    places: Vec<Option<usize>>,
}

impl CsvReader {
    pub(super) fn open(path: &Path, at: u64, columns: &[String]) -> Result<Self> {
        let records = Records::open(path, at)?;
        let place = |column: &String| records.header().iter().position(|name| name == column);
        let places: Vec<Option<usize>> = columns.iter().map(place).collect();
        if !columns.is_empty() && places.iter().all(Option::is_none) {
            let header = records.header().join("`, `");
            let message = format!("the header of `{}` names none of the columns: it is `{header}`", path.display());
            return Err(Error::new(ErrorKind::Source, message)
                .domain(Domain::User)
                .hint("The first line of a CSV file must name its columns."));
        }
        Ok(CsvReader { records, record: ByteRecord::new(), places })
    }
}

impl FileReader for CsvReader {
    fn read(&mut self, decoder: &mut RowDecoder) -> Result<bool> {
        while decoder.len() < BATCH_ROWS {
            let Some(position) = self.records.next(&mut self.record)? else { return Ok(false) };
            let reference = RecordRef { position, ..RecordRef::default() };
            match self.records.misfit(&self.record) {
                None => decoder.push_fields(&reference, &self.record, &self.places),
                Some(reason) => {
                    let line = line(&self.record);
                    decoder.reject(&RecordRef { value: Some(&line), ..reference }, reason);
                }
            }
        }
        Ok(true)
    }

    fn position(&self) -> u64 {
        self.records.at()
    }
}
