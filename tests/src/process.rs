//! Child processes that never outlive the tests, their output, and waiting with a limit.

use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// `command`, but killed by the system when this process ends, however it ends.
///
/// The system counts the thread that starts the child as its parent, so [`start`] must start it.
pub fn bound(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// Starts a command made by [`bound`] on a thread that lives as long as this process.
///
/// # Panics
/// When it does not start.
pub fn start(mut command: Command) -> Child {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let _ = sender.send(command.spawn());
        loop {
            thread::park();
        }
    });
    receiver.recv().expect("the starting thread answers").expect("setpriv (util-linux) is there")
}

/// Runs a command to its end within `limit` and gives what it wrote.
///
/// # Panics
/// When it takes longer: it is killed, and what it wrote is shown.
pub fn finish(mut command: Command, limit: Duration) -> Output {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let shown = format!("{command:?}");
    let mut child = start(command);
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let deadline = Instant::now() + limit;
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break Some(status),
            None if Instant::now() > deadline => break None,
            None => thread::sleep(Duration::from_millis(10)),
        }
    };
    if status.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    let (stdout, stderr) = (stdout.join().expect("reading ends"), stderr.join().expect("reading ends"));
    let Some(status) = status else {
        let text = String::from_utf8_lossy(&stderr);
        panic!("{shown} did not end within {limit:?}; it wrote:\n{}\n{text}", String::from_utf8_lossy(&stdout));
    };
    Output { status, stdout, stderr }
}

fn collect<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Asks `question` every 20 ms until it answers, at most for `limit`.
///
/// # Panics
/// When it does not answer in time, with `what` was waited for.
pub fn wait_for<T>(what: &str, limit: Duration, mut question: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = question() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
