//! The one file of the engine that knows a notebook: it hands a request to the kernel that runs the cell, over the Unix socket
//! named in the environment, and prints text for evcxr where no kernel is needed.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::request::{NameArgs, Request, Verb};
use crate::sample::SampleSpec;
use crate::{Agg, Expr, Plan, Stream, Then, When, WindowSpec};

/// Names the kernel's socket.
const SOCKET: &str = "HEADWATER_SOCKET";
/// An answer is a path or an error text; more than this is no answer.
const LONGEST_ANSWER: u32 = 16 << 20;

/// What the kernel made of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and published; the text depends on the verb.
    Done(String),
    /// It failed; the kernel has already shown why.
    Refused(String),
}

/// Hands one request to the kernel at this socket and waits for the answer: a big-endian `u32` length and that many bytes each
/// way, the first byte of the answer `+` or `-`.
pub fn ask(socket: &Path, request: &str) -> io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    let length = u32::try_from(request.len()).map_err(io::Error::other)?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(request.as_bytes())?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length);
    if length > LONGEST_ANSWER {
        return Err(io::Error::other(format!("an answer of {length} bytes")));
    }
    let mut body = Vec::new();
    stream.take(length.into()).read_to_end(&mut body)?;
    if body.len() as u64 != u64::from(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let text = body.get(1..).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    match body.first() {
        Some(b'+') => Ok(Answer::Done(text)),
        Some(b'-') => Ok(Answer::Refused(text)),
        _ => Err(io::Error::other("an answer that is neither yes nor no")),
    }
}

/// Asks the kernel of this cell; `None` when there is none. Ends the cell when the kernel refuses or does not answer.
pub(crate) fn ask_kernel(request: &str) -> Option<String> {
    let socket = std::env::var_os(SOCKET)?;
    match ask(Path::new(&socket), request) {
        Ok(Answer::Done(text)) => Some(text),
        // The kernel makes the error reply, so no panic message is wanted here.
        Ok(Answer::Refused(_)) => std::panic::resume_unwind(Box::new("headwater: the engine refused")),
        Err(error) => {
            eprintln!("the Headwater kernel does not answer: {error}\nhint: restart the kernel");
            std::panic::resume_unwind(Box::new("headwater: the kernel does not answer"))
        }
    }
}

/// Lets the kernel of this cell know a variable's pipeline by its name. The kernel calls it behind the user's back, so it says nothing when
/// that fails.
#[doc(hidden)]
pub fn hand_over(stream: &Stream, name: &str) {
    if let Some(socket) = std::env::var_os(SOCKET) {
        let request = Request::new(stream.draft(), Verb::Name(NameArgs { name: name.to_owned() }));
        let _ = ask(Path::new(&socket), &request.to_json());
    }
}

/// Prints plain text in the form in which evcxr takes the value of a cell.
pub(crate) fn print_text(text: &str) {
    println!("EVCXR_BEGIN_CONTENT text/plain\n{text}\nEVCXR_END_CONTENT");
}

impl Expr {
    /// Prints the expression.
    pub fn evcxr_display(&self) {
        print_text(&self.to_string());
    }
}

impl Agg {
    /// Prints the aggregate.
    pub fn evcxr_display(&self) {
        print_text(&self.to_string());
    }
}

impl WindowSpec {
    /// Prints the window, or what is wrong with it.
    pub fn evcxr_display(&self) {
        print_text(&self.mistakes.first().map_or_else(|| self.window.to_string(), ToString::to_string));
    }
}

impl SampleSpec {
    /// Prints the bounds of the sample, and what is wrong with them.
    pub fn evcxr_display(&self) {
        let lines: Vec<String> =
            std::iter::once(self.sample.to_string()).chain(self.mistakes.iter().map(ToString::to_string)).collect();
        print_text(&lines.join("\n"));
    }
}

impl Plan {
    /// Prints the steps, one a line.
    pub fn evcxr_display(&self) {
        print_text(&self.to_string());
    }
}

impl When {
    /// Prints what is missing.
    pub fn evcxr_display(&self) {
        print_text("a condition without a value; add `.then(…)`");
    }
}

impl Then {
    /// Prints the choice so far.
    pub fn evcxr_display(&self) {
        print_text(&Expr::from(self.clone()).to_string());
    }
}
