//! Checkpoints: where a job is, in one file that is either whole or refused.
//!
//! A checkpoint is written aside, synced, renamed, and its folder synced; the last [`KEPT`] are kept. The newest one is
//! the only one that is ever loaded: a job that silently continued from an older one would write its rows again.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::runtime::OperatorState;
use crate::sources::Positions;
use crate::{Error, ErrorKind, Result};

/// How many checkpoints are kept.
pub const KEPT: usize = 3;

/// Where a job is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The fingerprint of the pipeline.
    pub fingerprint: String,
    /// Its number, counting from 1.
    pub epoch: u64,
    /// Where to go on reading, by the node of the source.
    pub positions: BTreeMap<u32, Positions>,
    /// The event time reached, for people; operators keep their own.
    pub watermark: Option<i64>,
    /// The state of every operator.
    pub states: Vec<OperatorState>,
}

/// The folder of a job's checkpoints.
#[derive(Clone, Debug)]
pub struct CheckpointStore {
    dir: PathBuf,
}

impl CheckpointStore {
    /// The checkpoints in `dir`, which is made if it is missing. What an interrupted write left aside is removed.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(dir: impl Into<PathBuf>) -> Result<Self> {
        let store = CheckpointStore { dir: dir.into() };
        fs::create_dir_all(&store.dir).map_err(|error| failed("make the folder", &store.dir, &error))?;
        for path in store.files(ASIDE)? {
            fs::remove_file(&path).map_err(|error| failed("remove", &path, &error))?;
        }
        Ok(store)
    }

    /// Writes `checkpoint` and removes the ones that are too old. Once this returns, it survives a loss of power.
    ///
    /// # Errors
    /// The disk refuses; the checkpoints before it are untouched.
    pub fn save(&self, checkpoint: &Checkpoint) -> Result<PathBuf> {
        let path = self.dir.join(format!("{:012}.{ENDING}", checkpoint.epoch));
        let aside = path.with_extension(ASIDE);
        let written = self.write(&aside, &path, checkpoint);
        written.map_err(|error| {
            // What was written so far only takes room, and the next start removes it too.
            let _ = fs::remove_file(&aside);
            let hint = if error.kind() == io::ErrorKind::StorageFull {
                "The disk is full: make room and start the job again; it continues from the checkpoint before."
            } else {
                "The job continues from the checkpoint before when it is started again."
            };
            failed("write the checkpoint", &path, &error).hint(hint)
        })?;
        let files = self.files(ENDING)?;
        for old in &files[..files.len().saturating_sub(KEPT)] {
            fs::remove_file(old).map_err(|error| failed("remove", old, &error))?;
        }
        Ok(path)
    }

    fn write(&self, aside: &Path, path: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(aside)?);
        file::write(checkpoint, &mut out)?;
        out.into_inner()?.sync_all()?;
        fs::rename(aside, path)?;
        File::open(&self.dir)?.sync_all()
    }

    /// The newest checkpoint, which must be of the pipeline with this fingerprint; none if there is none yet.
    ///
    /// # Errors
    /// It is damaged, of another version or of another pipeline, or cannot be read.
    pub fn load(&self, fingerprint: &str) -> Result<Option<Checkpoint>> {
        let files = self.files(ENDING)?;
        let Some((newest, older)) = files.split_last() else { return Ok(None) };
        let bytes = fs::read(newest).map_err(|error| failed("read the checkpoint", newest, &error))?;
        let checkpoint = file::decode(&bytes).map_err(|why| refused(newest, older.last(), &why))?;
        if newest.file_stem().and_then(|stem| stem.to_str()?.parse().ok()) != Some(checkpoint.epoch) {
            return Err(refused(newest, older.last(), "it is another checkpoint under this name"));
        }
        if checkpoint.fingerprint != fingerprint {
            let short = |name: &str| name.chars().take(12).collect::<String>();
            let message = format!(
                "checkpoint `{}` is of pipeline {}, but this job is pipeline {}",
                newest.display(),
                short(&checkpoint.fingerprint),
                short(fingerprint),
            );
            return Err(Error::new(ErrorKind::Checkpoint, message).hint(
                "Give the changed job another checkpoint folder, or remove this one to begin at the start of the source.",
            ));
        }
        Ok(Some(checkpoint))
    }

    /// The files with this ending, oldest first.
    fn files(&self, ending: &str) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(&self.dir).map_err(|error| failed("read the folder", &self.dir, &error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| failed("read the folder", &self.dir, &error))?.path();
            if path.extension().is_some_and(|found| found == ending) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

const ENDING: &str = "checkpoint";
const ASIDE: &str = "partial";

fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Checkpoint, format!("failed to {what} `{}`: {error}", path.display()))
}

/// The refusal of a file that must not be loaded. What is in it cannot be trusted, so the user has to decide.
fn refused(path: &Path, before: Option<&PathBuf>, why: &str) -> Error {
    let message = format!("checkpoint `{}` cannot be used: {why}", path.display());
    let hint = match before {
        Some(before) => format!(
            "Remove it to continue from the one before, `{}`; rows written since then are written again.",
            before.display()
        ),
        None => "Remove it to begin at the start of the source; rows written since then are written again.".to_owned(),
    };
    Error::new(ErrorKind::Checkpoint, message).hint(hint)
}
