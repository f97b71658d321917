//! What a job's folder tells of it: its name and fingerprint, its last checkpoint, and how its last run ended, by its log.

use headwater_export::load_job;
use serde_json::Value;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The log of the last run that a notebook started, in the job's folder.
pub(super) const LOG: &str = "job.log";
/// No more than this is read of a log.
const TAIL: u64 = 64 << 10;
/// A job that runs logs every ten seconds.
const FRESH: Duration = Duration::from_secs(15);

/// A job as its folder shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobInfo {
    /// Its folder.
    pub path: PathBuf,
    /// Its name; the folder's when it cannot be read.
    pub name: String,
    /// The fingerprint of its pipeline; empty when it cannot be read.
    pub fingerprint: String,
    /// What it does.
    pub state: JobState,
    /// The number of its last checkpoint, and how old that is.
    pub checkpoint: Option<(u64, Duration)>,
    /// Rows that its last run has written.
    pub rows: Option<u64>,
    /// What went wrong, and what to do.
    pub error: Option<String>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Its folder cannot be read.
    Unreadable,
    /// It has neither a checkpoint nor a log.
    NeverRun,
    /// It was started here and runs.
    Running {
        /// Its process.
        pid: u32,
    },
    /// It was told to stop, and writes its checkpoint.
    Stopping {
        /// Its process.
        pid: u32,
    },
    /// It was started here and its process has ended.
    Ended {
        /// With success.
        well: bool,
    },
    /// Its log was written to a moment ago, by a process that was not started here.
    Elsewhere,
    /// It was stopped.
    Stopped,
    /// It reached the end of its source.
    Finished,
    /// It failed.
    Failed,
}

impl JobState {
    /// Whether its process lives, as far as is known here.
    pub fn is_alive(self) -> bool {
        matches!(self, JobState::Running { .. } | JobState::Stopping { .. })
    }
}

impl JobInfo {
    /// The job in a folder; `started` is what is known of its process, when it was started here.
    pub(super) fn of(path: &Path, started: Option<JobState>) -> JobInfo {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let nothing = JobInfo {
            path: path.to_owned(),
            name,
            fingerprint: String::new(),
            state: JobState::Unreadable,
            checkpoint: None,
            rows: None,
            error: None,
        };
        let job = match load_job(path) {
            Ok(job) => job,
            Err(error) => return JobInfo { error: Some(error.message), ..nothing },
        };
        let checkpoint = last_checkpoint(&job.settings.checkpoint.path);
        let lines = last_lines(path);
        let rows = lines.iter().rev().find_map(|line| parsed(line)?.get("rows_out")?.as_u64());
        let error = failure(&lines);
        let state = match started {
            Some(alive) if alive.is_alive() => alive,
            started => ended(&lines, error.is_some(), started, checkpoint.is_some(), age(&path.join(LOG))),
        };
        let error = error.filter(|_| state == JobState::Failed);
        JobInfo { name: job.settings.name, fingerprint: job.fingerprint, state, checkpoint, rows, error, ..nothing }
    }
}

/// How the last run ended, as its log says; `age` is the log's.
fn ended(
    lines: &[String],
    failed: bool,
    started: Option<JobState>,
    has_checkpoint: bool,
    age: Option<Duration>,
) -> JobState {
    let said = |words: &str| lines.iter().rev().any(|line| line.contains(words));
    match (started, age) {
        _ if failed => JobState::Failed,
        _ if said("Job reached the end of its source.") => JobState::Finished,
        _ if said("Job was stopped;") => JobState::Stopped,
        (Some(JobState::Ended { well: true }), _) => JobState::Stopped,
        (Some(_), _) => JobState::Failed,
        (None, Some(age)) if age < FRESH => JobState::Elsewhere,
        (None, Some(_)) => JobState::Failed,
        (None, None) if has_checkpoint => JobState::Stopped,
        (None, None) => JobState::NeverRun,
    }
}

/// The last lines of the log of a job's last run.
pub fn last_lines(path: &Path) -> Vec<String> {
    let read = || {
        let mut file = std::fs::File::open(path.join(LOG))?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        std::io::Result::Ok((String::from_utf8_lossy(&bytes).into_owned(), length > TAIL))
    };
    let Ok((text, cut)) = read() else { return Vec::new() };
    text.lines().skip(usize::from(cut)).filter(|line| !line.trim().is_empty()).map(str::to_owned).collect()
}

/// A line of a log for people: time, level, message and fields; what is no JSON object stays as it is.
pub fn log_line(line: &str) -> String {
    let Some(object) = parsed(line) else { return line.to_owned() };
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    let time = text("timestamp").get(11..19).unwrap_or_default();
    let fields =
        object.iter().filter(|(name, _)| !["timestamp", "level", "message", "target"].contains(&name.as_str()));
    let field = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!(" {name}={text}"),
        other => format!(" {name}={other}"),
    };
    format!("{time} {:<5} {}{}", text("level"), text("message"), fields.map(field).collect::<String>())
}

fn parsed(line: &str) -> Option<serde_json::Map<String, Value>> {
    serde_json::from_str(line).ok()
}

/// What the command said when it failed: it is no JSON, and its last word.
fn failure(lines: &[String]) -> Option<String> {
    let at = lines.iter().rposition(|line| line.starts_with("error: "))?;
    let said = lines[at..].iter().map(|line| line.strip_prefix("error: ").unwrap_or(line));
    Some(said.collect::<Vec<_>>().join("\n"))
}

/// The number of the newest checkpoint in a folder, and its age. Nothing is opened: it may be large, and being written.
fn last_checkpoint(folder: &Path) -> Option<(u64, Duration)> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "checkpoint"));
    let numbered = files.filter_map(|path| Some((path.file_stem()?.to_str()?.parse().ok()?, path)));
    let (number, path): (u64, PathBuf) = numbered.max()?;
    Some((number, age(&path)?))
}

fn age(path: &Path) -> Option<Duration> {
    std::fs::metadata(path).ok()?.modified().ok().map(|then| then.elapsed().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_as_people_read_it() {
        let line = r#"{"timestamp":"2026-11-30T16:20:01.5Z","level":"INFO","message":"Job runs.","records":9,"sink":"topic x"}"#;
        assert_eq!(log_line(line), "16:20:01 INFO  Job runs. records=9 sink=topic x");
        assert_eq!(log_line("error: no topic `x`"), "error: no topic `x`");
    }

    #[test]
    fn the_end_of_a_run_is_known_by_its_log() {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let state = |text: &str, started, checkpoint, age: Option<u64>| {
            let lines = lines(text);
            ended(&lines, failure(&lines).is_some(), started, checkpoint, age.map(Duration::from_secs))
        };
        let runs = r#"{"message":"Job runs."}"#;
        assert_eq!(state("", None, false, None), JobState::NeverRun);
        assert_eq!(state("", None, true, None), JobState::Stopped, "by hand, in a terminal");
        assert_eq!(state(runs, None, true, Some(3)), JobState::Elsewhere);
        assert_eq!(state(runs, None, true, Some(60)), JobState::Failed, "it ended without a word");
        assert_eq!(state(r#"{"message":"Job was stopped; …"}"#, None, true, Some(3)), JobState::Stopped);
        assert_eq!(state("error: no\nhint: yes", None, false, Some(3)), JobState::Failed);
        assert_eq!(state(runs, Some(JobState::Ended { well: false }), true, Some(1)), JobState::Failed);
        assert_eq!(failure(&lines("{}\nerror: no\nhint: yes")).as_deref(), Some("no\nhint: yes"));
    }
}
