//! Where records that do not decode are kept: a topic with the original bytes, a file of JSON lines, or nowhere, because the
//! job was told to stop at the first.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rdkafka::message::{Header, OwnedHeaders};

use super::DeadLetterWriter;
use super::delivery::Delivery;
use super::disk::{sync_folder, write_error};
use crate::sources::DeadLetter;
use crate::{Domain, Error, ErrorKind, Result};

/// Dead letters as records of a topic: key and value as they were, the rest in headers.
pub(super) struct Topic {
    delivery: Delivery,
}

impl Topic {
    pub(super) fn open(brokers: &str, topic: &str) -> Result<Self> {
        Ok(Topic { delivery: Delivery::open(brokers, topic)? })
    }
}

impl DeadLetterWriter for Topic {
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()> {
        for letter in dead {
            let (partition, position) = (letter.partition.to_string(), letter.position.map(|at| at.to_string()));
            let headers = OwnedHeaders::new()
                .insert(Header { key: "hw-origin", value: Some(&letter.origin) })
                .insert(Header { key: "hw-partition", value: Some(&partition) })
                .insert(Header { key: "hw-offset", value: position.as_ref() })
                .insert(Header { key: "hw-reason", value: Some(&letter.reason) });
            self.delivery.send(letter.key.as_deref(), &letter.value, Some(headers))?;
        }
        self.delivery.check()
    }

    fn flush(&mut self) -> Result<()> {
        self.delivery.flush()
    }
}

/// Dead letters appended to a file. It is made with the first one, so that a job without any leaves none.
pub(super) struct Lines {
    path: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl Lines {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let lines = Lines { path: path.to_path_buf(), writer: None };
        let folder = lines.folder();
        fs::create_dir_all(folder).map_err(|error| write_error(folder, &error))?;
        Ok(lines)
    }

    fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    fn writer(&mut self) -> std::io::Result<&mut BufWriter<File>> {
        if self.writer.is_none() {
            let mut file = OpenOptions::new().create(true).read(true).append(true).open(&self.path)?;
            if ends_within_a_line(&mut file) {
                file.write_all(b"\n")?; // a killed run broke off here; its half line must not swallow the next one
            }
            self.writer = Some(BufWriter::new(file));
        }
        Ok(self.writer.as_mut().expect("the file was just opened"))
    }
}

fn ends_within_a_line(file: &mut File) -> bool {
    let mut last = [b'\n'];
    let read = file.seek(SeekFrom::End(-1)).and_then(|_| file.read_exact(&mut last));
    read.is_ok() && last != *b"\n"
}

impl DeadLetterWriter for Lines {
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()> {
        if dead.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for letter in dead {
            write_line(letter, &mut lines);
        }
        self.writer().and_then(|writer| writer.write_all(&lines)).map_err(|error| write_error(&self.path, &error))
    }

    fn flush(&mut self) -> Result<()> {
        let Some(writer) = self.writer.as_mut() else { return Ok(()) };
        let flushed = writer.flush().and_then(|()| writer.get_ref().sync_all());
        flushed.and_then(|()| sync_folder(self.folder())).map_err(|error| write_error(&self.path, &error))
    }
}

/// One dead letter as a JSON object: the bytes in base64, and beside them the text where it is one.
fn write_line(letter: &DeadLetter, out: &mut Vec<u8>) {
    let line = serde_json::json!({
        "origin": letter.origin,
        "partition": letter.partition,
        "position": letter.position,
        "timestamp_ms": letter.timestamp_ms,
        "reason": letter.reason,
        "text": std::str::from_utf8(&letter.value).ok(),
        "key_base64": letter.key.as_ref().map(|key| BASE64.encode(key)),
        "value_base64": BASE64.encode(&letter.value),
    });
    out.extend_from_slice(line.to_string().as_bytes());
    out.push(b'\n');
}

/// The first dead letter ends the job.
pub(super) struct Stop;

impl DeadLetterWriter for Stop {
    fn write(&mut self, dead: &[DeadLetter]) -> Result<()> {
        let Some(letter) = dead.first() else { return Ok(()) };
        let DeadLetter { origin, partition, position, reason, .. } = letter;
        let message = match position {
            Some(at) => {
                format!("the record at position {at} of partition {partition} of `{origin}` does not decode: {reason}")
            }
            None => format!("a row of partition {partition} of `{origin}`: {reason}"),
        };
        Err(Error::new(ErrorKind::Decode, message).domain(Domain::User).hint(
            "The job was told to stop at such records. Keep them aside instead with a dead-letter file or topic.",
        ))
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
