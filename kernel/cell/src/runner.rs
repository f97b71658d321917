//! Answers the child process: one connection a question. Its loop asks `hello`, `start` and `done` (see `runtime/main.rs`); a cell that
//! shows something or asks the user comes with the other ones (see `runtime/functions.rs`).

use crate::output::{Output, OutputSink};
use crate::session::{Asker, Unanswered};
use crate::state::Shared;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

/// The most that a cell may show at once, bytes; more would drown the front end.
const MOST: u64 = 64 << 20;

/// What it takes to answer.
pub(crate) struct Desk {
    pub(crate) shared: Arc<Shared>,
    pub(crate) output: Arc<Output>,
    pub(crate) sink: Arc<dyn OutputSink>,
    pub(crate) asker: Arc<dyn Asker>,
}

/// Listens on `runner.sock` in the session's folder.
pub(crate) fn listen(folder: &Path, desk: Desk) -> std::io::Result<()> {
    let listener = UnixListener::bind(folder.join("runner.sock"))?;
    let desk = Arc::new(desk);
    std::thread::Builder::new().name("cell-runner".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            if let Err(error) = desk.answer(connection) {
                tracing::warn!(%error, "Failed to answer the process that runs cells.");
            }
        }
    })?;
    Ok(())
}

impl Desk {
    fn answer(self: &Arc<Self>, connection: UnixStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(&connection);
        let mut question = String::new();
        reader.read_line(&mut question)?;
        let answer = match question.trim_end() {
            "hello" => {
                self.shared.runner_is_new();
                String::new()
            }
            "start" => self.shared.run().map_or_else(|| "interrupted\n".to_owned(), |cell| format!("cell {cell}\n")),
            "done" => {
                self.shared.ran();
                let settled = self.output.settle();
                let lines: String = settled.protocol.iter().map(|line| format!("{line}\n")).collect();
                self.shared.leave(settled);
                lines
            }
            kind => {
                let mut what = Vec::new();
                reader.take(MOST).read_to_end(&mut what)?;
                let what = String::from_utf8_lossy(&what).into_owned();
                // All that was printed before stands above it.
                self.shared.leave(self.output.settle());
                match kind {
                    "display" | "update" | "clear" => self.show(kind, &what),
                    "input" | "password" => return self.ask_user(connection, what, kind == "password"),
                    other => {
                        tracing::warn!(question = other, "The process that runs cells asked something unknown.");
                        String::new()
                    }
                }
            }
        };
        (&connection).write_all(answer.as_bytes())
    }

    fn show(&self, kind: &str, what: &str) -> String {
        let mut parts = what.splitn(3, '\n');
        let (id, mime, body) = (parts.next(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let id = id.filter(|id| !id.is_empty());
        match (kind, id) {
            ("clear", _) => self.sink.clear(),
            ("update", Some(id)) => self.sink.update(id, mime, body),
            _ => self.sink.display(id, mime, body),
        }
        "=".to_owned()
    }

    /// On a thread of its own: a user takes as long as they like, and the cell's process may be ended and begin anew meanwhile.
    fn ask_user(
        self: &Arc<Self>,
        mut connection: UnixStream,
        prompt: String,
        is_password: bool,
    ) -> std::io::Result<()> {
        let desk = Arc::clone(self);
        let body = move || {
            let answer = match desk.asker.ask(&prompt, is_password) {
                Ok(text) => format!("={text}"),
                Err(why) => {
                    if why == Unanswered::Interrupted {
                        desk.shared.question_was_interrupted();
                    }
                    format!("!{why}")
                }
            };
            if let Err(error) = connection.write_all(answer.as_bytes()) {
                tracing::debug!(%error, "Nobody waits for the answer any more.");
            }
        };
        std::thread::Builder::new().name("cell-input".to_owned()).spawn(body).map(drop)
    }
}
