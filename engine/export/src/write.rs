//! Writes a job folder: first aside, then in place, so that a failure leaves what was there.

use std::fs;
use std::path::{Path, PathBuf};

use headwater::{DeadLetters, Guarantee, LateRows, Plan};

use crate::error::{ExportError, ExportErrorKind};
use crate::job_toml::job_toml;
use crate::load::load_job;
use crate::readme::readme;
use crate::settings::not_yet;
use crate::sha256::sha256_hex;
use crate::{PLAN_FILE, SETTINGS_FILE};

/// What is exported, and where to.
#[derive(Clone, Debug)]
pub struct JobRequest<'a> {
    /// The folder; its last part is the job's name. Missing parents are made.
    pub path: PathBuf,
    /// The resolved plan, sink included.
    pub plan: &'a Plan,
    /// The pipeline's fingerprint.
    pub fingerprint: &'a str,
    /// What the job promises.
    pub guarantee: Guarantee,
    /// What becomes of records that do not decode; a file in the folder when absent.
    pub dead_letters: Option<DeadLetters>,
    /// What becomes of rows that come too late; they are only counted when absent.
    pub late: Option<LateRows>,
    /// The sample and its answer, for `headwater check`.
    pub sample: Option<SampleToKeep<'a>>,
    /// Whether a folder that holds another pipeline may be replaced.
    pub overwrite: bool,
}

/// The sample that goes with a job.
#[derive(Clone, Copy, Debug)]
pub struct SampleToKeep<'a> {
    /// The tape files, one a source in the order of the plan, which are copied.
    pub tapes: &'a [PathBuf],
    /// The rows that the notebook showed, one JSON object a line.
    pub expected: &'a str,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenJob {
    /// The folder, absolute.
    pub path: PathBuf,
    /// The files in it that were written, relative to it.
    pub files: Vec<String>,
    /// Whether the folder held an export before.
    pub replaced: bool,
}

impl<'a> JobRequest<'a> {
    /// A request with the defaults: at least once, dead letters to a file, no sample, nothing overwritten.
    pub fn new(path: impl Into<PathBuf>, plan: &'a Plan) -> Self {
        JobRequest {
            path: path.into(),
            plan,
            fingerprint: "",
            guarantee: Guarantee::AtLeastOnce,
            dead_letters: None,
            late: None,
            sample: None,
            overwrite: false,
        }
    }

    /// The job's name: the last part of its path.
    pub fn name(&self) -> String {
        self.path.file_name().map_or_else(|| "job".into(), |name| name.to_string_lossy().into_owned())
    }
}

/// Writes the job folder. What the job itself has put there (checkpoints, dead letters) stays as it is.
///
/// # Errors
/// A guarantee that is not there yet, no sink, a folder that holds something else or another pipeline, or the disk.
pub fn write_job(request: &JobRequest<'_>) -> Result<WrittenJob, ExportError> {
    if request.guarantee != Guarantee::AtLeastOnce {
        return Err(not_yet(request.guarantee));
    }
    if request.plan.sink().is_none() {
        return Err(ExportError::new(ExportErrorKind::User, "a job needs a place to write to")
            .hint("end the pipeline with `.to_kafka(…)`, `.to_files(…)` or `.print()` before `.export(…)`"));
    }
    let replaced = may_write(request)?;
    let aside = aside(&request.path);
    let outcome =
        write_files(request, &aside).and_then(|files| move_files(&aside, &request.path, &files).map(|()| files));
    // The folder aside is removed whether or not all went well; what is left of it does no harm.
    let _ = fs::remove_dir_all(&aside);
    let path = fs::canonicalize(&request.path).unwrap_or_else(|_| request.path.clone());
    Ok(WrittenJob { path, files: outcome?, replaced })
}

/// Whether the folder holds an export already; refused when it holds something that must not be replaced.
fn may_write(request: &JobRequest<'_>) -> Result<bool, ExportError> {
    let path = &request.path;
    let entries = match fs::read_dir(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(ExportError::disk("export to", path, &error)),
        Ok(entries) => entries.count(),
    };
    if entries == 0 {
        return Ok(false);
    }
    if !path.join(SETTINGS_FILE).is_file() {
        return Err(ExportError::new(
            ExportErrorKind::User,
            format!("`{}` is not empty and holds no exported job", path.display()),
        )
        .hint("export to another folder"));
    }
    let same = load_job(path).is_ok_and(|job| job.fingerprint == request.fingerprint);
    if same || request.overwrite {
        return Ok(true);
    }
    Err(ExportError::new(ExportErrorKind::User, format!("`{}` holds another pipeline", path.display())).hint(
        "export to another folder, or say `.overwrite()` before `.export(…)`; a checkpoint of the other pipeline will then be refused by `headwater run`",
    ))
}

fn aside(path: &Path) -> PathBuf {
    let name = path.file_name().map_or_else(|| "job".into(), |name| name.to_string_lossy().into_owned());
    path.with_file_name(format!(".{name}.export-{}", std::process::id()))
}

/// Writes every file of the job into `aside`; gives their names.
fn write_files(request: &JobRequest<'_>, aside: &Path) -> Result<Vec<String>, ExportError> {
    fs::create_dir_all(aside).map_err(|error| ExportError::disk("make the folder", &request.path, &error))?;
    let plan = request.plan.to_json();
    let mut files = vec![
        (PLAN_FILE, plan.clone()),
        (SETTINGS_FILE, job_toml(request, &sha256_hex(plan.as_bytes()))),
        ("README.md", readme(request)),
    ];
    if let Some(sample) = &request.sample {
        let folder = aside.join("sample");
        fs::create_dir_all(&folder).map_err(|error| ExportError::disk("make the folder", &folder, &error))?;
        for (at, tape) in sample.tapes.iter().enumerate() {
            let copy = aside.join(tape_file(at));
            fs::copy(tape, &copy).map_err(|error| ExportError::disk("copy the tape to", &copy, &error))?;
        }
        files.push(("sample/expected.json", sample.expected.to_owned()));
    }
    for (name, text) in &files {
        write_synced(&aside.join(name), text)?;
    }
    let mut names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    names.extend((0..request.sample.map_or(0, |sample| sample.tapes.len())).map(tape_file));
    Ok(names)
}

/// The file of the tape of the plan's source number `at`: `sample/tape.arrow`, `sample/tape-2.arrow`, ….
pub(crate) fn tape_file(at: usize) -> String {
    match at {
        0 => "sample/tape.arrow".into(),
        _ => format!("sample/tape-{}.arrow", at + 1),
    }
}

fn write_synced(path: &Path, text: &str) -> Result<(), ExportError> {
    use std::io::Write as _;
    let written = fs::File::create(path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| ExportError::disk("write", path, &error))
}

/// Moves the files into the job's folder. `job.toml` is last: until it is there, the plan beside it is refused.
fn move_files(aside: &Path, path: &Path, files: &[String]) -> Result<(), ExportError> {
    fs::create_dir_all(path).map_err(|error| ExportError::disk("make the folder", path, &error))?;
    let old_sample = path.join("sample");
    if old_sample.is_dir() {
        fs::remove_dir_all(&old_sample).map_err(|error| ExportError::disk("remove", &old_sample, &error))?;
    }
    let (last, first): (Vec<&String>, Vec<&String>) = files.iter().partition(|name| *name == SETTINGS_FILE);
    for name in first.into_iter().chain(last) {
        let to = path.join(name);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| ExportError::disk("make the folder", folder, &error))?;
        }
        fs::rename(aside.join(name), &to).map_err(|error| ExportError::disk("write", &to, &error))?;
    }
    Ok(())
}
