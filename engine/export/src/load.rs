//! Reads a job folder back: its plan, unchanged, and its settings, checked.

use std::path::{Path, PathBuf};

use headwater::{Plan, Sink, SourceConnector, Step};

use crate::error::{ExportError, ExportErrorKind};
use crate::settings::{Settings, SettingsFile};
use crate::sha256::sha256_hex;
use crate::write::tape_file;
use crate::{PLAN_FILE, SETTINGS_FILE};

/// A job folder that is what was exported.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedJob {
    /// The folder.
    pub dir: PathBuf,
    /// The plan as it was exported. To run it, take [`LoadedJob::runnable_plan`].
    pub plan: Plan,
    /// The fingerprint that the export recorded; whoever runs the plan compares it with the one it computes.
    pub fingerprint: String,
    /// What an operator may change.
    pub settings: Settings,
}

/// The recorded sample of a job and what the notebook showed for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFiles {
    /// The tapes (Arrow IPC), one a source in the order of the plan.
    pub tapes: Vec<PathBuf>,
    /// The rows, one JSON object a line.
    pub expected: PathBuf,
}

impl LoadedJob {
    /// The plan with the brokers of `job.toml` in place of the notebook's.
    pub fn runnable_plan(&self) -> Plan {
        let mut plan = self.plan.clone();
        for node in &mut plan.nodes {
            match (&mut node.step, &self.settings.source.brokers, &self.settings.sink.brokers) {
                (Step::Source(source), Some(others), _) => {
                    if let SourceConnector::Kafka { brokers, .. } = &mut source.connector {
                        brokers.clone_from(others);
                    }
                }
                (Step::Sink(Sink::Kafka { brokers, .. } | Sink::KafkaUpsert { brokers, .. }), _, Some(others)) => {
                    brokers.clone_from(others)
                }
                _ => {}
            }
        }
        plan
    }

    /// The sample, when the job was exported with one.
    pub fn sample(&self) -> Option<SampleFiles> {
        let expected = self.dir.join("sample/expected.json");
        let tapes: Vec<PathBuf> = (0..self.plan.sources().len()).map(|at| self.dir.join(tape_file(at))).collect();
        let there = expected.is_file() && tapes.iter().all(|tape| tape.is_file());
        there.then_some(SampleFiles { tapes, expected })
    }
}

/// Reads the job folder at `dir`.
///
/// # Errors
/// It is no job folder, `plan.json` is not the one that was exported, or `job.toml` has a mistake (named with its line).
pub fn load_job(dir: &Path) -> Result<LoadedJob, ExportError> {
    if !dir.join(SETTINGS_FILE).is_file() || !dir.join(PLAN_FILE).is_file() {
        return Err(ExportError::new(ExportErrorKind::User, format!("`{}` is not a job folder", dir.display())).hint(
            format!(
                "a job folder holds `{PLAN_FILE}` and `{SETTINGS_FILE}`; a notebook writes one with `.export(\"…\")`"
            ),
        ));
    }
    let text = read(&dir.join(SETTINGS_FILE))?;
    let file = SettingsFile::parse(&text)?;
    let json = read(&dir.join(PLAN_FILE))?;
    let (recorded, fingerprint) = (file.plan_sha256.clone(), file.fingerprint.clone());
    if sha256_hex(json.as_bytes()) != recorded {
        return Err(edited(dir).hint("restore it, or export the job again from its notebook"));
    }
    let plan = Plan::from_json(&json).map_err(|error| {
        ExportError::new(
            ExportErrorKind::Edited,
            format!("`{}` cannot be read: {error}", dir.join(PLAN_FILE).display()),
        )
        .hint("it was written by another version of Headwater: export the job again with this one")
    })?;
    let settings = file.settings(&text, dir)?;
    Ok(LoadedJob { dir: dir.to_owned(), plan, fingerprint, settings })
}

/// The refusal of a plan that is not the one that was exported.
fn edited(dir: &Path) -> ExportError {
    ExportError::new(
        ExportErrorKind::Edited,
        format!(
            "`{}` was edited after the export: its SHA-256 is not the one in `{SETTINGS_FILE}`",
            dir.join(PLAN_FILE).display()
        ),
    )
}

fn read(path: &Path) -> Result<String, ExportError> {
    std::fs::read_to_string(path).map_err(|error| ExportError::disk("read", path, &error))
}
