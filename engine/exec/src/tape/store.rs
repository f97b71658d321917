//! The store of tapes: the same source and sample give the same tape, from memory or from its file; only the first look records.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use headwater::{Format, Sample, Source, SourceConnector};
use sha2::{Digest, Sha256};

use super::{Tape, blocks};
use crate::Result;
use crate::runtime::{Cancel, Progress};

/// The tapes of a session.
#[derive(Debug)]
pub struct TapeStore {
    dir: PathBuf,
    tapes: Mutex<HashMap<String, Arc<Tape>>>,
}

impl TapeStore {
    /// A store whose files are in `dir`, which is made when missing.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        TapeStore { dir: dir.into(), tapes: Mutex::default() }
    }

    /// The tape of `source` sampled as `sample` says; recorded on the first call, the very same ever after. A tape on which
    /// there is nothing is not kept: the next look may find something.
    ///
    /// # Errors
    /// As [`Tape::record`]. That the tape's file cannot be written is only a warning in the log.
    pub fn get(
        &self,
        source: &Source,
        sample: &Sample,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Arc<Tape>> {
        let key = key(source, sample);
        let mut tapes = self.tapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tape) = tapes.get(&key) {
            return Ok(Arc::clone(tape));
        }
        let path = self.dir.join(format!("{key}.arrow"));
        let tape = match path.exists().then(|| Tape::open(&path)) {
            Some(Ok(tape)) => tape,
            found => {
                if let Some(Err(error)) = found {
                    tracing::warn!(%error, "A tape could not be read and is recorded again.");
                }
                self.record(source, sample, cancel, progress, &path)?
            }
        };
        let tape = Arc::new(tape);
        if !tape.records().is_empty() {
            tapes.insert(key, Arc::clone(&tape));
        }
        Ok(tape)
    }

    /// Forgets the tape of `source` and `sample`, so that the next look records a new one. Says whether there was one.
    pub fn forget(&self, source: &Source, sample: &Sample) -> bool {
        let key = key(source, sample);
        let mut tapes = self.tapes.lock().unwrap_or_else(PoisonError::into_inner);
        let file = std::fs::remove_file(self.dir.join(format!("{key}.arrow"))).is_ok();
        tapes.remove(&key).is_some() || file
    }

    fn record(
        &self,
        source: &Source,
        sample: &Sample,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
        path: &std::path::Path,
    ) -> Result<Tape> {
        let tape = Tape::record(source, sample, cancel, progress)?;
        if !tape.records().is_empty()
            && let Err(error) = tape.save(path)
        {
            tracing::warn!(%error, "A tape could not be kept on disk.");
        }
        Ok(tape)
    }
}

/// What makes a tape: where the records are, how they are cut apart, and how they are sampled. Schema and envelope do not.
fn key(source: &Source, sample: &Sample) -> String {
    let place = match &source.connector {
        SourceConnector::Kafka { brokers, topic } => format!("kafka\0{brokers}\0{topic}"),
        SourceConnector::Files { path } => {
            let format = source.format.map_or("", |format| match format {
                Format::Json => "json",
                Format::Csv => "csv",
                Format::Parquet => "parquet",
            });
            format!("files\0{path}\0{format}")
        }
    };
    let from = blocks::from_name(sample.from);
    let text = format!("{place}\0{}\0{}\0{}\0{from}", sample.rows, sample.bytes, sample.millis);
    crate::fingerprint::hex(&Sha256::digest(text))
}
