//! The file sink: a folder of newline-delimited JSON, `part-00001.json` and on. A part appears under its name when it is whole and on
//! the disk, and is never touched again; until then it is `.part-00001.json.tmp`, which readers of `*.json` do not see.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use polars::prelude::DataFrame;

use super::SinkWriter;
use super::disk::{sync_folder, write_error};
use crate::Result;
use crate::json_rows::append_rows;

/// A folder that rows are written to.
pub(super) struct FileSink {
    folder: PathBuf,
    /// The part that is being written, if any row has come since the last flush.
    open: Option<Part>,
    next: u32,
}

struct Part {
    aside: PathBuf,
    path: PathBuf,
    writer: BufWriter<File>,
}

impl FileSink {
    pub(super) fn open(folder: &str) -> Result<Self> {
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder).map_err(|error| write_error(&folder, &error))?;
        let next = last_part(&folder).map_err(|error| write_error(&folder, &error))? + 1;
        Ok(FileSink { folder, open: None, next })
    }

    /// Begins the next part. What a killed run left of a part of that number was not committed, and is written over.
    fn begin(&mut self) -> Result<&mut Part> {
        if self.open.is_none() {
            let name = format!("part-{:05}.json", self.next);
            let (path, aside) = (self.folder.join(&name), self.folder.join(format!(".{name}.tmp")));
            let file = OpenOptions::new().create(true).write(true).truncate(true).open(&aside);
            let file = file.map_err(|error| write_error(&aside, &error))?;
            self.open = Some(Part { aside, path, writer: BufWriter::with_capacity(1 << 16, file) });
        }
        Ok(self.open.as_mut().expect("a part was just begun"))
    }
}

impl SinkWriter for FileSink {
    fn write(&mut self, frame: &DataFrame) -> Result<()> {
        if frame.height() == 0 {
            return Ok(());
        }
        let mut lines = Vec::new();
        append_rows(frame, &mut lines)?;
        let part = self.begin()?;
        part.writer.write_all(&lines).map_err(|error| write_error(&part.path, &error))
    }

    fn flush(&mut self) -> Result<()> {
        let Some(mut part) = self.open.take() else { return Ok(()) };
        let written = part.writer.flush().and_then(|()| part.writer.get_ref().sync_all());
        let linked = written.and_then(|()| {
            // Unlike a rename, a link fails when the name is taken: a part is never overwritten, whoever else writes here.
            fs::hard_link(&part.aside, &part.path)?;
            fs::remove_file(&part.aside)?;
            sync_folder(&self.folder)
        });
        linked.map_err(|error| write_error(&part.path, &error))?;
        self.next += 1;
        Ok(())
    }
}

/// The highest number of a part in the folder.
fn last_part(folder: &Path) -> std::io::Result<u32> {
    let mut last = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("part-")?.strip_suffix(".json")?.parse().ok());
        last = last.max(number.unwrap_or(0));
    }
    Ok(last)
}
