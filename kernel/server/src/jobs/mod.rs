//! The jobs of a notebook: the folders that were exported, and the processes of `headwater run` that were started from here. Such a process
//! ends with the kernel, however that one ends: it is told to stop when its standard input closes, and writes its checkpoint.

mod folder;
mod metrics;

pub use folder::{JobInfo, JobState, last_lines, log_line};
pub use metrics::Metrics;

use folder::LOG;
use headwater::Sink;
use headwater_exec::{Domain, Error, ErrorKind};
use headwater_export::{LoadedJob, load_job};
use headwater_look::{Outcome, one};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where jobs are looked for, besides those that were exported from here.
const FOLDER: &str = "jobs";
/// What a job that prints its rows prints to, in its folder.
const OUTPUT: &str = "job.out";

/// The jobs of a notebook.
#[derive(Default)]
pub struct Jobs {
    exported: Mutex<Vec<PathBuf>>,
    started: Mutex<BTreeMap<PathBuf, Started>>,
}

/// A job that was started here.
struct Started {
    child: Child,
    /// Open for as long as the job is to run.
    stdin: Option<ChildStdin>,
    /// Where it serves its metrics.
    metrics: String,
    ended: Option<ExitStatus>,
}

impl Started {
    fn state(&mut self) -> JobState {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        match (self.ended, &self.stdin) {
            (None, Some(_)) => JobState::Running { pid: self.child.id() },
            (None, None) => JobState::Stopping { pid: self.child.id() },
            (Some(status), _) => JobState::Ended { well: status.success() },
        }
    }
}

impl Jobs {
    /// A job folder was exported.
    pub fn exported(&self, path: &Path) {
        let (path, mut exported) = (whole(path), lock(&self.exported));
        exported.retain(|known| *known != path);
        exported.push(path);
    }

    /// Every job there is: those exported or started here, and those in the folder `jobs`, in the order of their paths.
    pub fn list(&self) -> Vec<JobInfo> {
        let mut paths: Vec<PathBuf> = lock(&self.exported).clone();
        paths.extend(lock(&self.started).keys().cloned());
        let beside = std::fs::read_dir(FOLDER).into_iter().flatten().flatten().map(|entry| whole(&entry.path()));
        paths.extend(beside.filter(|path| path.join(headwater_export::SETTINGS_FILE).is_file()));
        paths.sort();
        paths.dedup();
        paths.iter().map(|path| self.info(path)).collect()
    }

    /// What is known of a job.
    pub fn info(&self, path: &Path) -> JobInfo {
        let path = whole(path);
        let started = lock(&self.started).get_mut(&path).map(Started::state);
        let mut info = JobInfo::of(&path, started);
        if let (JobState::Running { .. }, Some(metrics)) = (&info.state, self.metrics(&path)) {
            info.rows = metrics.value("rows_out_total").map(|rows| rows as u64);
        }
        info
    }

    /// What a running job serves of itself; nothing when it was not started here, or does not answer.
    pub fn metrics(&self, path: &Path) -> Option<Metrics> {
        let address = lock(&self.started).get(&whole(path)).map(|started| started.metrics.clone());
        Metrics::read(&address?)
    }

    /// Starts a job.
    ///
    /// # Errors
    /// It is none, it runs already, or its process cannot be started.
    pub fn start(&self, path: &Path, until_end: bool) -> Outcome<()> {
        let job = load_job(path).map_err(|error| {
            let own = Error::new(ErrorKind::Config, error.message.clone());
            one(error.hint.into_iter().fold(own, Error::hint))
        })?;
        let path = whole(path);
        if let JobState::Running { pid } | JobState::Stopping { pid } = self.info(&path).state {
            let error = Error::new(ErrorKind::Config, format!("{} runs already, as process {pid}", job.settings.name));
            return Err(one(error.hint(format!("`%jobs stop {}` ends it.", shown(&path)))));
        }
        if self.info(&path).state == JobState::Elsewhere {
            let message =
                format!("{} is being run by somebody else: its log was written to a moment ago", job.settings.name);
            return Err(one(
                Error::new(ErrorKind::Config, message).hint("Stop it there first; two would write every row twice.")
            ));
        }
        let started = spawn(&path, &job, until_end).map_err(|error| {
            let message = format!("cannot start {}: {error}", job.settings.name);
            one(Error::new(ErrorKind::Config, message).domain(Domain::External))
        })?;
        lock(&self.started).insert(path, started);
        Ok(())
    }

    /// Tells a job to stop, which it does with a checkpoint. Says whether there was one that runs.
    pub fn stop(&self, path: &Path) -> bool {
        lock(&self.started).get_mut(&whole(path)).is_some_and(|started| {
            started.stdin = None;
            matches!(started.state(), JobState::Stopping { .. })
        })
    }

    /// Tells all of them to stop.
    pub fn stop_all(&self) {
        lock(&self.started).values_mut().for_each(|started| started.stdin = None);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one name of a folder, however it was written.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// A path as one writes it in the notebook's folder.
pub fn shown(path: &Path) -> String {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let near = here.and_then(|here| path.strip_prefix(here).ok());
    near.unwrap_or(path).display().to_string()
}

fn spawn(path: &Path, job: &LoadedJob, until_end: bool) -> io::Result<Started> {
    let metrics = address(job.settings.metrics.as_deref())?;
    let log = File::create(path.join(LOG))?;
    let output = match job.plan.sink() {
        Some(Sink::Print) => Stdio::from(File::create(path.join(OUTPUT))?),
        _ => Stdio::null(),
    };
    let mut command = Command::new(program()?);
    command.arg("run").arg(path).args(["--json-logs", "--stop-with-stdin", "--metrics", &metrics]);
    if until_end {
        command.arg("--until-end");
    }
    // A group of its own: Ctrl-C in the terminal of a console is meant for a cell.
    command.stdin(Stdio::piped()).stdout(output).stderr(log).env("NO_COLOR", "1").process_group(0);
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    Ok(Started { child, stdin, metrics, ended: None })
}

/// The command `headwater`: beside the kernel, or wherever the system finds it.
fn program() -> io::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("headwater");
    Ok(if beside.is_file() { beside } else { PathBuf::from("headwater") })
}

/// Where metrics are served: where the job says, or on a free port when it says nothing or somebody else is there.
fn address(wanted: Option<&str>) -> io::Result<String> {
    match wanted {
        Some(wanted) if TcpListener::bind(wanted).is_ok() => Ok(wanted.to_owned()),
        _ => Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_passed_over() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let wanted = taken.local_addr().expect("an address").to_string();
        let other = address(Some(&wanted)).expect("another");
        assert!(other != wanted && other.starts_with("127.0.0.1:"), "{other}");
        drop(taken);
        assert_eq!(address(Some(&wanted)).expect("it is free"), wanted);
        assert!(address(None).is_ok());
    }

    #[test]
    fn what_is_no_job_is_not_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let jobs = Jobs::default();
        let error = jobs.start(folder.path(), false).expect_err("no job").remove(0);
        assert!(error.message.ends_with("is not a job folder") && error.hint.is_some(), "{error}");
        assert!(!jobs.stop(folder.path()) && jobs.metrics(folder.path()).is_none());
    }
}
