//! Files as a source: a path or a glob; every file is a partition, in the order of their names.

pub(crate) mod csv;
pub(crate) mod lines;
pub(crate) mod parquet;
mod place;
pub(crate) mod table;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater::{Format, Schema, Source, SourceConnector};

pub(crate) use place::{damaged, format_of, list, one_format};

use super::decode::RowDecoder;
use super::{Polled, Positions, SourceReader, Start};
use crate::{Error, ErrorKind, Result};

/// Records in a batch.
pub(crate) const BATCH_ROWS: usize = 8_192;
/// Files that are read side by side; more would run into the limit of open files.
const SIDE_BY_SIDE: usize = 64;

/// One open file.
pub(super) trait FileReader: Send {
    /// Decodes the next records, about [`BATCH_ROWS`]. Says whether there are more.
    ///
    /// # Errors
    /// The file cannot be read any further; what was decoded before that stays.
    fn read(&mut self, decoder: &mut RowDecoder) -> Result<bool>;

    /// The position of the next record.
    fn position(&self) -> u64;
}

/// A reader of files. It takes a batch from each in turn, so that files that each begin in the past hold one another's watermark
/// back as little as can be.
pub(crate) struct FilesReader {
    files: Vec<FileState>,
    format: Format,
    /// The files that are open, the next one first.
    open: VecDeque<(u32, Box<dyn FileReader>)>,
    /// The next file to open.
    next: usize,
    /// What a file failed with after some of its records were decoded; told once these have been returned.
    failed: Option<Error>,
}

struct FileState {
    path: PathBuf,
    decoder: RowDecoder,
    position: u64,
    /// Bytes, or rows of Parquet.
    length: u64,
}

impl FilesReader {
    /// Opens the files that `path` names now.
    pub(crate) fn open(source: &Source, path: &str, start: &Start, columns: Option<&[String]>) -> Result<Self> {
        let Some(format) = source.format else {
            return Err(Error::new(ErrorKind::Internal, "a source without format cannot be read"));
        };
        let mut files = Vec::new();
        for (number, path) in (0..).zip(list(path)?) {
            let length = length(&path, format)?;
            let position = match start {
                Start::Earliest => 0,
                Start::Latest => length,
                Start::At(positions) => positions.get(&number).copied().unwrap_or(0),
                Start::Since(_) => return Err(timeless(&path)),
            };
            if position > length {
                let message = format!("`{}` is shorter than the position {position} it was read to", path.display());
                let hint = "Was the file replaced? Start without the old checkpoint to read it from its beginning.";
                return Err(Error::new(ErrorKind::Source, message).hint(hint));
            }
            files.push(FileState { path, decoder: RowDecoder::new(source, columns)?, position, length });
        }
        let mut reader = FilesReader { files, format, open: VecDeque::new(), next: 0, failed: None };
        reader.open_more()?;
        Ok(reader)
    }

    fn open_more(&mut self) -> Result<()> {
        while self.open.len() < SIDE_BY_SIDE
            && let Some(file) = self.files.get(self.next)
        {
            let reader = open_file(self.format, file)?;
            self.open.push_back((self.next as u32, reader));
            self.next += 1;
        }
        Ok(())
    }
}

/// The refusal of a beginning that files cannot find.
fn timeless(path: &Path) -> Error {
    let message = format!("`{}` has no times of its own, so it cannot be read from a moment on", path.display());
    Error::new(ErrorKind::Config, message)
        .hint("Read it from its beginning and keep the rows of that time with a filter.")
}

fn open_file(format: Format, file: &FileState) -> Result<Box<dyn FileReader>> {
    let FileState { path, position, .. } = file;
    Ok(match format {
        Format::Json => Box::new(lines::LinesReader::open(path, *position)?),
        Format::Csv => Box::new(csv::CsvReader::open(path, *position, file.decoder.names())?),
        Format::Parquet => Box::new(parquet::ParquetReader::open(path, *position, file.decoder.names())?),
    })
}

fn length(path: &Path, format: Format) -> Result<u64> {
    match format {
        Format::Parquet => Ok(parquet::Footer::read(path)?.rows),
        _ => std::fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| damaged(path, error)),
    }
}

impl SourceReader for FilesReader {
    fn partitions(&self) -> u32 {
        self.files.len() as u32
    }

    fn poll(&mut self, _timeout: Duration) -> Result<Polled> {
        loop {
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            self.open_more()?;
            let Some((number, mut reader)) = self.open.pop_front() else { return Ok(Polled::End) };
            let file = &mut self.files[number as usize];
            match reader.read(&mut file.decoder) {
                Ok(more) => {
                    file.position = reader.position();
                    if more {
                        self.open.push_back((number, reader));
                    }
                }
                Err(error) => {
                    file.position = reader.position();
                    self.failed = Some(error);
                }
            }
            let mut batch = file.decoder.take(number)?;
            if batch.frame.height() + batch.dead.len() > 0 {
                let origin = file.path.display().to_string();
                batch.dead.iter_mut().for_each(|dead| dead.origin.clone_from(&origin));
                return Ok(Polled::Batch(batch));
            }
        }
    }

    fn positions(&self) -> Positions {
        (0..).zip(&self.files).map(|(number, file)| (number, file.position)).collect()
    }

    /// In the unit of the positions, which for text files is bytes; so only a source of Parquet files knows its records.
    fn lag(&self) -> Option<u64> {
        let left = || self.files.iter().map(|file| file.length.saturating_sub(file.position)).sum();
        (self.format == Format::Parquet).then(left)
    }
}

/// The schema of a source whose files hold it themselves: the columns of the first file, then those that others add.
pub(crate) fn schema_of(source: &Source) -> Result<Option<Schema>> {
    let (SourceConnector::Files { path }, Some(Format::Parquet)) = (&source.connector, source.format) else {
        return Ok(None);
    };
    let mut schema = Schema::default();
    for path in list(path)? {
        for field in parquet::Footer::read(&path)?.schema()?.fields {
            if schema.field(&field.name).is_none() {
                schema.fields.push(field);
            }
        }
    }
    Ok(Some(schema))
}
