//! The command `headwater`: run to its end, or started, watched, stopped and killed.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use headwater::Job;
use headwater_export::{JobRequest, write_job};
use serde_json::Value;

use crate::kafka::Topic;
use crate::{process, workspace};

/// Exports a job whose source has format and schema, as the kernel does; gives its folder.
///
/// # Panics
/// When the job is refused.
pub fn export(folder: &Path, name: &str, job: &Job) -> PathBuf {
    let (plan, options) = (job.plan(), job.options());
    assert_eq!(job.mistakes(), [], "the job of a test has no mistake");
    let request = JobRequest {
        fingerprint: &headwater_exec::fingerprint(&plan),
        guarantee: options.guarantee,
        dead_letters: options.dead_letters.clone(),
        late: options.late.clone(),
        overwrite: options.overwrite,
        ..JobRequest::new(folder.join(name), &plan)
    };
    write_job(&request).expect("a job that can be exported").path
}

/// Changes a line of a job's `job.toml`.
///
/// # Panics
/// When `from` is not in it.
pub fn set(job: &Path, from: &str, to: &str) {
    let path = job.join("job.toml");
    let text = std::fs::read_to_string(&path).expect("a job has settings");
    assert!(text.contains(from), "`{from}` is not in:\n{text}");
    std::fs::write(&path, text.replacen(from, to, 1)).expect("settings can be written");
}

/// The rows that a job wrote to files in `folder`, JSON lines, file by file.
///
/// # Panics
/// When a file cannot be read, or a line is no JSON.
pub fn rows_in(folder: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(folder).expect("a job has written there").flatten().map(|file| file.path());
    let texts: Vec<String> = files.map(|file| std::fs::read_to_string(file).expect("a file can be read")).collect();
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    texts.iter().flat_map(|text| text.lines()).map(line).collect()
}

/// `headwater` with these arguments, in `folder`.
fn headwater(folder: &Path, args: &[&str]) -> Command {
    let mut command = process::bound(workspace::binary("headwater"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").env_remove("RUST_LOG");
    command.env("HEADWATER_TAPES", folder.join("tapes"));
    command
}

/// What a run of `headwater` gave.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Finished {
    fn new(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Finished { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The same, once it is known that it went well.
    ///
    /// # Panics
    /// When it did not.
    pub fn expect_success(self) -> Self {
        assert_eq!(self.code, Some(0), "headwater failed:\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The same, once it is known that it ended with `code` and said every one of `words` on standard error.
    ///
    /// # Panics
    /// When it did not.
    pub fn expect_failure(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "the exit code; it wrote:\n{}\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in:\n{}", self.stderr);
        }
        self
    }
}

/// Runs `headwater` to its end, two minutes at most.
///
/// # Panics
/// When it takes longer.
pub fn run(folder: &Path, args: &[&str]) -> Finished {
    Finished::new(&process::finish(headwater(folder, args), Duration::from_secs(120)))
}

/// A running `headwater`, killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts it; what it writes goes to a file `NAME.log` in `folder`.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(folder: &Path, name: &str, args: &[&str]) -> Running {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).expect("the scratch folder can be written");
        let mut command = headwater(folder, args);
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a file handle can be shared")).stderr(file);
        Running { child: process::start(command), log }
    }

    /// Starts it; its standard output is a pipe that nobody reads unless the caller does, standard error goes to the log.
    ///
    /// # Panics
    /// When it does not start.
    pub fn piped(folder: &Path, name: &str, args: &[&str]) -> (Running, ChildStdout) {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).expect("the scratch folder can be written");
        let mut command = headwater(folder, args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(file);
        let mut child = process::start(command);
        let out = child.stdout.take().expect("its standard output is a pipe");
        (Running { child, log }, out)
    }

    /// Starts it and waits until `output` has more records than before.
    ///
    /// # Panics
    /// When it ends, or writes nothing within a minute.
    pub fn start_and_see_it_write(folder: &Path, name: &str, args: &[&str], output: &Topic) -> Running {
        let before = output.count();
        let mut running = Running::start(folder, name, args);
        process::wait_for("rows of the job", Duration::from_secs(60), || {
            assert!(running.is_alive(), "the job ended:\n{}", running.log());
            (output.count() > before).then_some(())
        });
        running
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Whether it still runs.
    ///
    /// # Panics
    /// When the system cannot tell.
    pub fn is_alive(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// The most memory that it has had so far (bytes), which Linux tells; 0 once it has ended.
    pub fn peak_bytes(&self) -> u64 {
        self.told("status", "VmHWM:").map_or(0, |kilobytes| kilobytes * 1024)
    }

    /// How many bytes it has read so far, from files and sockets, which Linux tells; 0 once it has ended.
    pub fn read_bytes(&self) -> u64 {
        self.told("io", "rchar:").unwrap_or(0)
    }

    /// A number that Linux tells of the process.
    fn told(&self, file: &str, name: &str) -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).ok()?;
        text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok())
    }

    /// Asks it to stop (SIGTERM) and waits for its end.
    ///
    /// # Panics
    /// When it has not ended after half a minute.
    pub fn stop(mut self) -> (ExitStatus, String) {
        self.signal("TERM");
        let status = self.ended(Duration::from_secs(30));
        (status, self.log())
    }

    /// Kills it (SIGKILL) and waits until it is gone.
    pub fn kill(mut self) -> String {
        self.signal("KILL");
        self.ended(Duration::from_secs(10));
        self.log()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it has not ended after `limit`; its log is shown.
    pub fn ended(&mut self, limit: Duration) -> ExitStatus {
        let log = self.log.clone();
        process::wait_for(&format!("the end of the job that writes {}", log.display()), limit, || {
            self.child.try_wait().expect("a child can be waited for")
        })
    }

    fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([&format!("-{name}"), &pid]).status();
        assert!(status.is_ok_and(|status| status.success()), "signal {name} did not reach the job");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
