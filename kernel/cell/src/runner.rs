//! Answers the child process: one connection a question, `hello`, `start` or `done` (see `runtime/main.rs`), and `input` or `password`
//! of a cell that asks the user (see `runtime/input.rs`).

use crate::output::Output;
use crate::session::{Asker, Unanswered};
use crate::state::Shared;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

/// The longest prompt that is shown, bytes.
const LONGEST_PROMPT: u64 = 64 << 10;

/// Listens on `runner.sock` in the session's folder.
pub(crate) fn listen(
    folder: &Path,
    shared: Arc<Shared>,
    output: Arc<Output>,
    asker: Arc<dyn Asker>,
) -> std::io::Result<()> {
    let listener = UnixListener::bind(folder.join("runner.sock"))?;
    let desk = Arc::new(Desk { shared, output, asker });
    std::thread::Builder::new().name("cell-runner".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            if let Err(error) = desk.answer(connection) {
                tracing::warn!(%error, "Failed to answer the process that runs cells.");
            }
        }
    })?;
    Ok(())
}

/// What it takes to answer.
struct Desk {
    shared: Arc<Shared>,
    output: Arc<Output>,
    asker: Arc<dyn Asker>,
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
                let settled = self.output.settle();
                let lines: String = settled.protocol.iter().map(|line| format!("{line}\n")).collect();
                self.shared.leave(settled);
                lines
            }
            kind @ ("input" | "password") => {
                let mut prompt = Vec::new();
                reader.take(LONGEST_PROMPT).read_to_end(&mut prompt)?;
                let (desk, is_password) = (Arc::clone(self), kind == "password");
                // A user takes as long as they like; the cell's process may be ended and begin anew meanwhile.
                let body = move || desk.ask_user(&connection, &String::from_utf8_lossy(&prompt), is_password);
                return std::thread::Builder::new().name("cell-input".to_owned()).spawn(body).map(drop);
            }
            other => {
                tracing::warn!(question = other, "The process that runs cells asked something unknown.");
                String::new()
            }
        };
        (&connection).write_all(answer.as_bytes())
    }

    fn ask_user(&self, mut connection: &UnixStream, prompt: &str, is_password: bool) {
        // All that was printed before the question stands above it.
        self.shared.leave(self.output.settle());
        let answer = match self.asker.ask(prompt, is_password) {
            Ok(text) => format!("={text}"),
            Err(why) => {
                if why == Unanswered::Interrupted {
                    self.shared.question_was_interrupted();
                }
                format!("!{why}")
            }
        };
        if let Err(error) = connection.write_all(answer.as_bytes()) {
            tracing::debug!(%error, "Nobody waits for the answer any more.");
        }
    }
}
