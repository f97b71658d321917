//! Reads what cells print from two named pipes, and gives it on while the cell runs.
//!
//! Two threads read; a third sorts, so that nothing needs a lock. A named pipe outlives the process that wrote to it:
//! what a cell printed before it crashed is read like everything else. To know that all has been read, the kernel
//! itself writes a mark into both pipes and waits until it comes out ([`Output::settle`]).
//!
//! Text on stderr waits a moment before it is given on. A failed `?` prints its error there just before the cell ends,
//! and that text belongs into the cell's error, not above it.

use crate::gate::Gate;
use crate::sentinels::{Piece, Splitter};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long text on stderr waits.
const HOLD: Duration = Duration::from_millis(40);
/// How much text on stderr waits, and how much of it is remembered for a failed `?`.
const HOLD_BYTES: usize = 16 * 1024;
/// How long the mark may take to come out. It has only to pass what is in the pipes.
const SETTLE: Duration = Duration::from_secs(10);
const CHUNK: usize = 64 * 1024;

/// The two streams of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Where what cells print and show goes, while they run and after.
pub trait OutputSink: Send + Sync {
    /// The next piece of text, cut anywhere.
    fn text(&self, stream: Stream, text: &str);

    /// Something rich, in one form; by its id it can be replaced later.
    fn display(&self, id: Option<&str>, mime: &str, body: &str);

    /// A new form of what was displayed under this id.
    fn update(&self, id: &str, mime: &str, body: &str);

    /// What was printed and shown so far goes when something else comes.
    fn clear(&self);
}

/// All that was printed up to a moment, apart from the text, which went to the sink.
#[derive(Debug, Default, Clone)]
pub(crate) struct Settled {
    /// Lines of evcxr's protocol.
    pub protocol: Vec<String>,
    /// Rich values, as pairs of MIME type and body.
    pub contents: Vec<(String, String)>,
    /// What a failed `?` printed.
    pub failure: Option<String>,
    /// The end of what was printed on stderr.
    pub last_words: String,
}

enum Event {
    Bytes(Stream, Vec<u8>),
    Settle(Sender<Settled>),
}

/// The reading side of the two pipes.
pub(crate) struct Output {
    events: Sender<Event>,
    writers: [File; 2],
    mark: Vec<u8>,
}

impl Output {
    /// Makes the pipes `stdout` and `stderr` in `folder` and starts reading.
    pub(crate) fn start(folder: &Path, sink: Arc<dyn OutputSink>) -> std::io::Result<Output> {
        // Nobody prints this by accident, and it is short enough to be written in one piece.
        let mark = format!("\0\x01headwater {:p} {}\x01\0", &raw const sink, std::process::id()).into_bytes();
        let (events, received) = bounded(16);
        let mut writers = Vec::new();
        for (stream, name) in [(Stream::Stdout, "stdout"), (Stream::Stderr, "stderr")] {
            let path = folder.join(name);
            make_pipe(&path)?;
            // Open for both: the pipe never ends when a child does, and we can write the mark.
            let pipe = OpenOptions::new().read(true).write(true).open(&path)?;
            writers.push(pipe.try_clone()?);
            let events = events.clone();
            spawn(name, move || read(pipe, stream, &events))?;
        }
        let writers = writers.try_into().map_err(|_| std::io::Error::other("two pipes were made"))?;
        let sorter = Sorter::new(&mark, sink);
        spawn("output", move || sorter.run(&received))?;
        Ok(Output { events, writers, mark })
    }

    /// Waits until everything printed so far has been given on.
    pub(crate) fn settle(&self) -> Settled {
        let (reply, settled) = bounded(1);
        if self.events.send(Event::Settle(reply)).is_err() {
            return Settled::default();
        }
        for mut writer in &self.writers {
            if let Err(error) = writer.write_all(&self.mark) {
                tracing::error!(%error, "Failed to mark the output of a cell.");
            }
        }
        settled.recv_timeout(SETTLE).unwrap_or_else(|_| {
            tracing::error!("The output of a cell did not end in time; some of it may come later.");
            Settled::default()
        })
    }
}

fn read(mut pipe: File, stream: Stream, events: &Sender<Event>) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(length) = pipe.read(&mut chunk)
        && length > 0
        && events.send(Event::Bytes(stream, chunk[..length].to_vec())).is_ok()
    {}
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().name(format!("cell-{name}")).spawn(body).map(drop)
}

#[expect(unsafe_code, reason = "the standard library cannot make a named pipe")]
fn make_pipe(path: &Path) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the path is a valid C string for the time of the call.
    match unsafe { libc::mkfifo(path.as_ptr(), 0o600) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}

/// The thread that sorts: text to the sink, the rest to whoever settles.
struct Sorter {
    sink: Arc<dyn OutputSink>,
    stdout: (Splitter, Gate),
    stderr: (Splitter, Gate),
    /// Text of stderr that is not given on yet, and since when.
    held: Vec<u8>,
    held_since: Instant,
    /// The last of this cell's text on stderr that was given on.
    told: Vec<u8>,
    gathered: Settled,
    waiting: Option<Sender<Settled>>,
    marks: usize,
}

impl Sorter {
    fn new(mark: &[u8], sink: Arc<dyn OutputSink>) -> Sorter {
        let stream = || (Splitter::new(mark), Gate::default());
        Sorter {
            sink,
            stdout: stream(),
            stderr: stream(),
            held: Vec::new(),
            held_since: Instant::now(),
            told: Vec::new(),
            gathered: Settled::default(),
            waiting: None,
            marks: 0,
        }
    }

    fn run(mut self, events: &Receiver<Event>) {
        loop {
            match events.recv_timeout(HOLD) {
                Ok(Event::Bytes(stream, bytes)) => self.sort(stream, &bytes),
                Ok(Event::Settle(reply)) => {
                    self.waiting = Some(reply);
                    self.marks = 0;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let due = self.held_since.elapsed() >= HOLD || self.held.len() >= HOLD_BYTES;
            if due && self.waiting.is_none() {
                self.tell_stderr();
            }
            if self.marks == 2 {
                self.answer();
            }
        }
    }

    fn sort(&mut self, stream: Stream, bytes: &[u8]) {
        let splitter = match stream {
            Stream::Stdout => &mut self.stdout.0,
            Stream::Stderr => &mut self.stderr.0,
        };
        for piece in splitter.push(bytes) {
            match piece {
                Piece::Text(text) if stream == Stream::Stdout => {
                    let shown = self.stdout.1.pass(&text);
                    self.show(Stream::Stdout, &shown);
                }
                Piece::Text(text) => {
                    if self.held.is_empty() {
                        self.held_since = Instant::now();
                    }
                    self.held.extend(text);
                }
                Piece::Protocol(line) => self.gathered.protocol.push(line),
                Piece::Content { mime, body } => self.gathered.contents.push((mime, body)),
                Piece::Mark => self.marks += 1,
            }
        }
    }

    /// Gives on what waited.
    fn tell_stderr(&mut self) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return;
        }
        let shown = self.stderr.1.pass(&held);
        self.show(Stream::Stderr, &shown);
        self.told.extend(held);
        let excess = self.told.len().saturating_sub(HOLD_BYTES);
        self.told.drain(..excess);
    }

    /// Both marks have come out: the cell's text is complete.
    fn answer(&mut self) {
        let mut settled = std::mem::take(&mut self.gathered);
        if settled.protocol.iter().any(|line| line == "EVCXR_ERROR_OCCURRED") {
            settled.failure = Some(self.take_failure());
        }
        self.tell_stderr();
        settled.last_words = String::from_utf8_lossy(&self.told).into_owned();
        let endings = [(Stream::Stdout, self.stdout.1.finish()), (Stream::Stderr, self.stderr.1.finish())];
        for (stream, ending) in endings {
            self.show(stream, &ending.unwrap_or_default());
        }
        self.told.clear();
        self.marks = 0;
        if let Some(reply) = self.waiting.take() {
            let _ = reply.send(settled);
        }
    }

    /// Takes the error of a failed `?` off the end of stderr; if it was given on already, it is at least repeated.
    fn take_failure(&mut self) -> String {
        let from_held = !self.held.is_empty();
        let text = if from_held { &self.held } else { &self.told };
        let text = String::from_utf8_lossy(text).into_owned();
        let failure = last_error(&text);
        if from_held {
            self.held = text[..text.len() - failure.len()].as_bytes().to_vec();
        }
        failure.trim_end().to_owned()
    }

    fn show(&self, stream: Stream, text: &str) {
        if !text.is_empty() {
            self.sink.text(stream, text);
        }
    }
}

/// The error that ends this text: its last line, or from the line above `Caused by:` on, as `anyhow` and `eyre` print.
fn last_error(text: &str) -> &str {
    let body = text.trim_end();
    let chain = body.rfind("\n\nCaused by:");
    let before = &body[..chain.unwrap_or(body.len())];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Seen(Mutex<String>);

    impl OutputSink for Seen {
        fn text(&self, stream: Stream, text: &str) {
            let mut seen = self.0.lock().unwrap();
            seen.push_str(if stream == Stream::Stdout { "out:" } else { "err:" });
            seen.push_str(text);
        }

        fn display(&self, _: Option<&str>, _: &str, _: &str) {}
        fn update(&self, _: &str, _: &str, _: &str) {}
        fn clear(&self) {}
    }

    fn start(folder: &Path) -> (Output, Arc<Seen>, [File; 2]) {
        let seen = Arc::new(Seen::default());
        let output = Output::start(folder, Arc::<Seen>::clone(&seen)).unwrap();
        let open = |name| OpenOptions::new().write(true).open(folder.join(name)).unwrap();
        (output, seen, [open("stdout"), open("stderr")])
    }

    #[test]
    fn what_is_printed_is_told_and_settled() {
        let folder = tempfile::tempdir().unwrap();
        let (output, seen, [mut stdout, mut stderr]) = start(folder.path());
        stdout.write_all(b"half a line").unwrap();
        stderr.write_all(b"a warning\n").unwrap();
        stdout.write_all(b"EVCXR_BEGIN_CONTENT text/plain\n42\nEVCXR_END_CONTENT\n").unwrap();
        let settled = output.settle();
        assert_eq!(settled.contents, [("text/plain".to_owned(), "42".to_owned())]);
        assert_eq!(settled.failure, None);
        let seen = seen.0.lock().unwrap();
        assert!(seen.contains("out:half a line") && seen.contains("err:a warning\n"), "{seen}");
    }

    #[test]
    fn the_error_of_a_failed_question_mark_is_not_told_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (output, seen, [mut stdout, mut stderr]) = start(folder.path());
        stderr.write_all(b"before\nParseIntError { kind: Empty }\n").unwrap();
        stdout.write_all(b"EVCXR_ERROR_OCCURRED\n").unwrap();
        let settled = output.settle();
        assert_eq!(settled.failure.as_deref(), Some("ParseIntError { kind: Empty }"));
        assert_eq!(*seen.0.lock().unwrap(), "err:before\n");
        assert!(output.settle().protocol.is_empty(), "the next cell begins clean");
    }

    #[test]
    fn an_error_with_its_causes_is_one_error() {
        let text = "note\nno config\n\nCaused by:\n    not found\n";
        assert_eq!(last_error(text), "no config\n\nCaused by:\n    not found\n");
        assert_eq!(last_error("one line\n"), "one line\n");
    }

    #[test]
    fn a_hundred_megabytes_pass_in_bounded_memory() {
        let folder = tempfile::tempdir().unwrap();
        let (output, seen, [mut stdout, _stderr]) = start(folder.path());
        let line = b"a line of forty characters, more or less\n".repeat(1000);
        for _ in 0..(100_000_000 / line.len()) {
            stdout.write_all(&line).unwrap();
        }
        output.settle();
        let seen = seen.0.lock().unwrap();
        assert!(seen.len() < 2_000_000, "{} bytes were told", seen.len());
        assert!(seen.contains("MB of output are not shown"));
    }
}
