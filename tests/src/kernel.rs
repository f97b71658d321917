//! The kernel as Jupyter drives it: installed to a folder of its own, started and talked to by `jupyter_client` and `nbclient`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{process, workspace};

/// The folder of the installed kernelspec, for `JUPYTER_PATH`; the first call installs it.
///
/// # Panics
/// When the kernel does not install.
pub fn installed() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let prefix = workspace::scratch("kernelspec");
        let mut command = process::bound(workspace::binary("headwater-kernel"));
        command.args(["install", "--cold", "--prefix"]).arg(&prefix);
        let output = process::finish(command, Duration::from_secs(60));
        assert!(output.status.success(), "the kernel does not install: {}", String::from_utf8_lossy(&output.stderr));
        prefix.join("share/jupyter")
    })
}

/// The Python of the tests on a script, with the kernel to be found, in `folder`.
pub fn jupyter(script: &Path, folder: &Path) -> Command {
    let mut command = process::bound(workspace::python());
    command.arg(script).current_dir(folder);
    command.env("JUPYTER_PATH", installed()).env("JUPYTER_PLATFORM_DIRS", "1").env("NO_COLOR", "1");
    // What tests type is nobody's history, and what they compile is kept for tests only.
    command.env("HEADWATER_HISTORY", folder.join("history.jsonl"));
    command.env("HEADWATER_TEMPLATES", workspace::target().join("templates"));
    command
}

/// A kernel that runs, with a client connected to it. It dies with this value, or with the test process.
#[derive(Debug)]
pub struct Kernel {
    /// From its start until it told who it is, seconds.
    pub ready_after: f64,
    driver: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What one cell gave.
#[derive(Debug, Deserialize)]
pub struct Executed {
    /// `ok`, `error` or `aborted`.
    pub status: String,
    /// The name of the error, if it is one.
    #[serde(default)]
    pub ename: String,
    /// Its message.
    #[serde(default)]
    pub evalue: String,
    /// Its lines.
    #[serde(default)]
    pub traceback: Vec<String>,
    /// All that was written to standard output.
    pub stdout: String,
    /// All that was written to standard error.
    pub stderr: String,
    /// Every `execute_result`, `display_data` and `update_display_data`, as sent.
    pub outputs: Vec<Map<String, Value>>,
    /// What the user was asked, as sent.
    #[serde(default)]
    pub questions: Vec<Map<String, Value>>,
    /// What came of the user expressions, by name.
    #[serde(default)]
    pub user_expressions: Map<String, Value>,
    /// The number of the cell.
    #[serde(default)]
    pub execution_count: u32,
    /// What was answered while the cell ran, in the order of the questions.
    #[serde(default)]
    pub meanwhile: Vec<Value>,
    /// From the request to idle, milliseconds.
    pub millis: f64,
    /// From the interrupt to idle, milliseconds; none when it was not interrupted.
    #[serde(default)]
    pub interrupt_millis: Option<f64>,
    /// From the request to the first output, milliseconds.
    #[serde(default)]
    pub first_output: Option<f64>,
}

impl Executed {
    /// The same, once it is known that the cell went well.
    ///
    /// # Panics
    /// When it did not.
    pub fn expect_ok(self) -> Self {
        assert_eq!(
            self.status,
            "ok",
            "{}: {}\n{}\n{}",
            self.ename,
            self.evalue,
            self.traceback.join("\n"),
            self.stderr
        );
        self
    }

    /// The same, once it is known that the cell failed and its error says every one of `words`.
    ///
    /// # Panics
    /// When it did not.
    pub fn expect_error(self, words: &[&str]) -> Self {
        assert_eq!(self.status, "error", "the cell went well: {}", self.text());
        let said = format!("{}: {}\n{}", self.ename, self.evalue, self.traceback.join("\n"));
        for word in words {
            assert!(said.contains(word), "`{word}` is not in:\n{said}");
        }
        self
    }

    /// Every output of one MIME type, joined.
    pub fn mime(&self, mime: &str) -> String {
        let data = self.outputs.iter().filter_map(|output| output.get("data")?.get(mime)?.as_str());
        data.collect::<Vec<_>>().join("\n")
    }

    /// The outputs' plain text, joined.
    pub fn text(&self) -> String {
        self.mime("text/plain")
    }
}

impl Kernel {
    /// Starts a kernel whose cells run in `folder`, and waits until it tells who it is.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn start(folder: &Path) -> Kernel {
        Kernel::start_with(folder, "tcp", &[])
    }

    /// As [`Kernel::start`], with sockets of another transport, `ipc`.
    ///
    /// # Panics
    /// When it does not within a minute.
    pub fn start_on(folder: &Path, transport: &str) -> Kernel {
        Kernel::start_with(folder, transport, &[])
    }

    /// As [`Kernel::start_on`], with other variables in its environment.
    ///
    /// # Panics
    /// When it does not start within a minute.
    pub fn start_with(folder: &Path, transport: &str, variables: &[(&str, &std::ffi::OsStr)]) -> Kernel {
        let mut command = jupyter(&workspace::driver("kernel.py"), folder);
        command.arg(transport).envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut driver = process::start(command);
        let requests = driver.stdin.take().expect("stdin was piped");
        let answers = BufReader::new(driver.stdout.take().expect("stdout was piped"));
        let mut kernel = Kernel { ready_after: 0.0, driver, requests, answers };
        let ready = kernel.answer();
        kernel.ready_after = ready["seconds"].as_f64().unwrap_or_else(|| panic!("the kernel did not start: {ready}"));
        kernel
    }

    /// Asks the driver (`tests/drivers/kernel.py`) for one thing.
    ///
    /// # Panics
    /// When the driver or the kernel has died.
    pub fn ask(&mut self, request: &Value) -> Value {
        writeln!(self.requests, "{request}").expect("the driver listens");
        self.requests.flush().expect("the driver listens");
        self.answer()
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the driver writes UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the driver died; its last line: `{line}`"))
    }

    /// Runs a cell.
    ///
    /// # Panics
    /// When the kernel has not answered after two minutes.
    pub fn execute(&mut self, code: &str) -> Executed {
        self.executed(&json!({"do": "execute", "code": code}))
    }

    /// Runs a cell and interrupts it after `delay`.
    ///
    /// # Panics
    /// When the kernel has not answered after two minutes.
    pub fn interrupt(&mut self, code: &str, delay: Duration) -> Executed {
        self.executed(&json!({"do": "execute", "code": code, "interrupt_after": delay.as_secs_f64()}))
    }

    /// Runs a cell and interrupts it `delay` after it has shown something: by then it is compiled, however busy the machine is.
    ///
    /// # Panics
    /// When the kernel has not answered after two minutes.
    pub fn interrupt_once_shown(&mut self, code: &str, delay: Duration) -> Executed {
        let after = delay.as_secs_f64();
        self.executed(&json!({"do": "execute", "code": code, "interrupt_after": after, "once_shown": true}))
    }

    /// Runs a cell as `request` says it (see the driver).
    ///
    /// # Panics
    /// When the kernel has not answered in time.
    pub fn executed(&mut self, request: &Value) -> Executed {
        let answer = self.ask(request);
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error} in {answer}"))
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        let _ = writeln!(self.requests, "{}", json!({"do": "shutdown"}));
        let _ = self.requests.flush();
        let mut line = String::new();
        let _ = self.answers.read_line(&mut line);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
