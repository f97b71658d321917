//! `!command`: a command of the system, in the notebook's folder, its output shown while it runs.

use super::{Call, Group, Magic, Takes, misused};
use crate::display::MimeBundle;
use crate::service::Desk;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use headwater_cell::Gate;
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often an interrupt, and the end of the command, are looked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long a command that was interrupted may take to end by itself.
const GRACE: Duration = Duration::from_millis(100);
/// What a command that has ended wrote comes in so long.
const LAST_WORDS: Duration = Duration::from_millis(250);
const CHUNK: usize = 64 << 10;
/// The status by which a shell says that there is no such command.
const NO_SUCH_COMMAND: i32 = 127;

/// The magic.
pub struct Command;

impl Magic for Command {
    fn name(&self) -> &'static str {
        ""
    }

    fn takes(&self) -> Takes {
        Takes::Command
    }

    fn usage(&self) -> &'static str {
        "COMMAND"
    }

    fn about(&self) -> &'static str {
        "A command of the system, by `sh`, in the notebook's folder; what it leaves in the background ends with it."
    }

    fn group(&self) -> Group {
        Group::System
    }

    fn example(&self) -> &'static str {
        "!ls -l jobs"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        if call.arguments.is_empty() {
            return Err(misused(self, "there is no command"));
        }
        // What it says is how far it is.
        desk.waiting.quiet();
        let status = run(call.arguments, desk)?;
        if changes_folder(call.arguments) {
            let folder = desk.folder.display();
            desk.publisher
                .stderr(&format!("`cd` held for that command only: the next one starts in `{folder}` again\n"));
        }
        ended(call.arguments, status)
    }
}

/// A command, ended with all it started when this goes.
struct Running {
    child: Child,
}

impl Running {
    fn start(command: &str, desk: &Desk<'_>) -> Outcome<Running> {
        let mut shell = std::process::Command::new("sh");
        shell.arg("-c").arg(command).current_dir(desk.folder).process_group(0);
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let failed = |error| one(Error::new(ErrorKind::Config, format!("the command cannot be started: {error}")));
        Ok(Running { child: shell.spawn().map_err(failed)? })
    }

    /// Sends a signal to the command and all it started.
    #[expect(unsafe_code, reason = "the standard library cannot send a signal to a group of processes")]
    fn signal(&self, signal: i32) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // SAFETY: sends a signal; the group was made for this child and has its number.
            unsafe { libc::kill(-group, signal) };
        }
    }

    /// Ends it: politely, then for good.
    fn interrupt(&mut self) {
        self.signal(libc::SIGINT);
        let asked = Instant::now();
        while asked.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.signal(libc::SIGKILL);
        // Waited for, so that nothing of it is left in the table of processes.
        let _ = self.child.wait();
    }
}

/// Which of the two streams.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Stdout,
    Stderr,
}

/// What is shown of the two streams.
#[derive(Default)]
struct Screen {
    stdout: Gate,
    stderr: Gate,
}

impl Screen {
    fn show(&mut self, (from, bytes): (From, Vec<u8>), desk: &Desk<'_>) {
        match from {
            From::Stdout => say(&self.stdout.pass(&bytes), |text| desk.publisher.stdout(text)),
            From::Stderr => say(&self.stderr.pass(&bytes), |text| desk.publisher.stderr(text)),
        }
    }

    fn finish(&mut self, desk: &Desk<'_>) {
        say(&self.stdout.finish().unwrap_or_default(), |text| desk.publisher.stdout(text));
        say(&self.stderr.finish().unwrap_or_default(), |text| desk.publisher.stderr(text));
    }
}

fn say(text: &str, to: impl FnOnce(&str)) {
    if !text.is_empty() {
        to(text);
    }
}

/// Runs a command to its end and shows what it writes meanwhile.
fn run(command: &str, desk: &Desk<'_>) -> Outcome<ExitStatus> {
    let mut running = Running::start(command, desk)?;
    let (sender, written) = bounded(64);
    let streams = [
        running.child.stdout.take().map(|stream| (From::Stdout, Box::new(stream) as Box<dyn Read + Send>)),
        running.child.stderr.take().map(|stream| (From::Stderr, Box::new(stream) as Box<dyn Read + Send>)),
    ];
    for (from, stream) in streams.into_iter().flatten() {
        let sender = sender.clone();
        let thread = std::thread::Builder::new().name("headwater-command".to_owned());
        let failed = |error| one(Error::new(ErrorKind::Internal, format!("failed to start a thread: {error}")));
        thread.spawn(move || read(stream, from, &sender)).map_err(failed)?;
    }
    drop(sender);
    let mut screen = Screen::default();
    let status = wait(&mut running, &written, &mut screen, desk);
    screen.finish(desk);
    status
}

fn wait(
    running: &mut Running,
    written: &Receiver<(From, Vec<u8>)>,
    screen: &mut Screen,
    desk: &Desk<'_>,
) -> Outcome<ExitStatus> {
    let failed = |error| one(Error::new(ErrorKind::Internal, format!("the command cannot be waited for: {error}")));
    let mut last_words: Option<Instant> = None;
    loop {
        if let Err(error) = desk.cancel.check() {
            running.interrupt();
            return Err(one(error));
        }
        match written.recv_timeout(LOOK) {
            Ok(piece) => screen.show(piece, desk),
            Err(RecvTimeoutError::Timeout) => {}
            // Both streams have ended; the command may go on without them.
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(LOOK),
        }
        let Some(status) = running.child.try_wait().map_err(failed)? else { continue };
        // Something it left in the background may hold its streams open.
        let since = *last_words.get_or_insert_with(Instant::now);
        while since.elapsed() < LAST_WORDS
            && let Ok(piece) = written.recv_timeout(LAST_WORDS)
        {
            screen.show(piece, desk);
        }
        return Ok(status);
    }
}

fn read(mut stream: Box<dyn Read + Send>, from: From, to: &Sender<(From, Vec<u8>)>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length) = stream.read(&mut chunk)
        && length > 0
        && to.send((from, chunk[..length].to_vec())).is_ok()
    {}
}

/// Whether a command is a `cd` that its writer may expect to last.
fn changes_folder(command: &str) -> bool {
    command.split_whitespace().next() == Some("cd") && !command.contains([';', '&', '|', '\n'])
}

fn ended(command: &str, status: ExitStatus) -> Outcome<Option<MimeBundle>> {
    if status.success() {
        return Ok(None);
    }
    let first = command.split_whitespace().next().unwrap_or_default();
    let error = match (status.code(), status.signal()) {
        (Some(NO_SUCH_COMMAND), _) => Error::new(ErrorKind::Config, "the shell found no such command")
            .hint(format!("is `{first}` installed, and in the PATH that Jupyter was started with?")),
        (Some(code), _) => Error::new(ErrorKind::Config, format!("the command ended with exit status {code}"))
            .hint("what it wrote stands above; `|| true` behind it lets the cell go on"),
        (None, signal) => {
            Error::new(ErrorKind::Config, format!("the command was ended by signal {}", signal.unwrap_or_default()))
        }
    };
    Err(one(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(command: &str, status: i32) -> String {
        ended(command, ExitStatus::from_raw(status)).expect_err("it failed")[0].to_string()
    }

    #[test]
    fn how_a_command_failed_is_told() {
        insta::assert_snapshot!(said("false", 1 << 8), @r"
        the command ended with exit status 1
        hint: what it wrote stands above; `|| true` behind it lets the cell go on
        ");
        insta::assert_snapshot!(said("kafkacat -L", 127 << 8), @r"
        the shell found no such command
        hint: is `kafkacat` installed, and in the PATH that Jupyter was started with?
        ");
        insta::assert_snapshot!(said("sleep 9", 9), @"the command was ended by signal 9");
    }

    #[test]
    fn only_a_lone_cd_is_remarked_on() {
        assert!(changes_folder("cd /tmp") && changes_folder("cd"));
        assert!(!changes_folder("cd /tmp && ls") && !changes_folder("cdecl") && !changes_folder("ls; cd x"));
    }
}
