//! Answers the child process: one connection a question, `hello`, `start` or `done` (see `runtime/main.rs`).

use crate::output::Output;
use crate::state::Shared;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;

/// Listens on `runner.sock` in the session's folder.
pub(crate) fn listen(folder: &Path, shared: Arc<Shared>, output: Arc<Output>) -> std::io::Result<()> {
    let listener = UnixListener::bind(folder.join("runner.sock"))?;
    std::thread::Builder::new().name("cell-runner".to_owned()).spawn(move || {
        for connection in listener.incoming().flatten() {
            if let Err(error) = answer(&connection, &shared, &output) {
                tracing::warn!(%error, "Failed to answer the process that runs cells.");
            }
        }
    })?;
    Ok(())
}

fn answer(mut connection: &UnixStream, shared: &Shared, output: &Output) -> std::io::Result<()> {
    let mut question = String::new();
    BufReader::new(connection).read_line(&mut question)?;
    let answer = match question.trim_end() {
        "hello" => {
            shared.runner_is_new();
            String::new()
        }
        "start" => shared.run().map_or_else(|| "interrupted\n".to_owned(), |cell| format!("cell {cell}\n")),
        "done" => {
            let settled = output.settle();
            let lines: String = settled.protocol.iter().map(|line| format!("{line}\n")).collect();
            shared.leave(settled);
            lines
        }
        other => {
            tracing::warn!(question = other, "The process that runs cells asked something unknown.");
            String::new()
        }
    };
    connection.write_all(answer.as_bytes())
}
