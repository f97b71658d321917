//! Asking the user: a question goes to the front end whose cell runs, on the stdin channel, and the cell waits for the answer.

use crate::heartbeat::STOP_LOOK_MS;
use crate::wire::Session;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the thread looks whether the question it waits for was cancelled.
const ANSWER_LOOK_MS: i64 = 20;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// No cell runs, or its front end has nobody to ask: it was sent with `allow_stdin` false.
    #[error("there is nobody to ask: this front end does not take input")]
    Nobody,
    /// The cell was interrupted, or has ended.
    #[error("the question was interrupted")]
    Interrupted,
}

type Answer = Result<String, InputError>;

/// A handle for asking the user, cheap to clone, usable from any thread. One question at a time: another one waits.
#[derive(Clone)]
pub struct Input {
    questions: Sender<Question>,
    asked: Arc<Mutex<Asked>>,
    turn: Arc<Mutex<()>>,
}

#[derive(Default)]
struct Asked {
    /// The request of the running cell, if its front end takes questions.
    cell: Option<Arc<Cell>>,
    /// Who waits for an answer.
    waiting: Option<Sender<Answer>>,
}

struct Cell {
    identities: Vec<Vec<u8>>,
    header: Value,
}

struct Question {
    cell: Arc<Cell>,
    prompt: String,
    is_password: bool,
}

impl Input {
    /// Asks, and waits for the answer as long as the cell runs.
    ///
    /// # Errors
    /// There is nobody to ask, or the question was [cancelled](Input::cancel).
    pub fn ask(&self, prompt: &str, is_password: bool) -> Result<String, InputError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, answered) = bounded(1);
        {
            let mut asked = self.lock();
            let cell = Arc::clone(asked.cell.as_ref().ok_or(InputError::Nobody)?);
            asked.waiting = Some(answer);
            let question = Question { cell, prompt: prompt.to_owned(), is_password };
            self.questions.send(question).map_err(|_| InputError::Nobody)?;
        }
        answered.recv().unwrap_or(Err(InputError::Interrupted))
    }

    /// Ends the question that waits for an answer. Says whether there was one.
    pub fn cancel(&self) -> bool {
        self.answer(Err(InputError::Interrupted))
    }

    /// A cell begins.
    pub(crate) fn begin(&self, identities: &[Vec<u8>], header: &Value, allowed: bool) {
        let cell = Cell { identities: identities.to_vec(), header: header.clone() };
        self.lock().cell = allowed.then(|| Arc::new(cell));
    }

    /// The cell has ended; what threads of it still ask is not answered.
    pub(crate) fn end(&self) {
        self.lock().cell = None;
        self.cancel();
    }

    fn answer(&self, answer: Answer) -> bool {
        self.lock().waiting.take().is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    fn lock(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread's side: owns the socket.
pub(crate) struct Desk {
    socket: zmq::Socket,
    session: Session,
    questions: Receiver<Question>,
    input: Input,
}

/// The two sides of the channel.
pub(crate) fn open(socket: zmq::Socket, session: Session) -> (Input, Desk) {
    let (questions, received) = unbounded();
    let input = Input { questions, asked: Arc::default(), turn: Arc::default() };
    (input.clone(), Desk { socket, session, questions: received, input })
}

impl Desk {
    pub(crate) fn run(self, stopping: &AtomicBool) {
        while !stopping.load(Ordering::Acquire) {
            let question = self.questions.recv_timeout(Duration::from_millis(STOP_LOOK_MS.unsigned_abs()));
            // What was said before a question is no answer to it.
            while self.socket.recv_multipart(zmq::DONTWAIT).is_ok() {}
            if let Ok(question) = question {
                self.put(&question);
                self.await_answer(stopping);
            }
        }
        self.input.cancel();
    }

    fn put(&self, Question { cell, prompt, is_password }: &Question) {
        let content = json!({"prompt": prompt, "password": is_password});
        let frames = self.session.encode(&cell.identities, "input_request", &cell.header, &content);
        if let Err(error) = self.socket.send_multipart(frames, 0) {
            tracing::warn!(%error, "Failed to ask the front end.");
            self.input.answer(Err(InputError::Nobody));
        }
    }

    fn await_answer(&self, stopping: &AtomicBool) {
        while !stopping.load(Ordering::Acquire) && self.input.lock().waiting.is_some() {
            if !matches!(self.socket.poll(zmq::POLLIN, ANSWER_LOOK_MS), Ok(ready) if ready > 0) {
                continue;
            }
            let Ok(frames) = self.socket.recv_multipart(0) else { continue };
            match self.session.accept("stdin", frames) {
                Some(message) if message.msg_type() == "input_reply" => {
                    let value = message.content["value"].as_str().unwrap_or_default();
                    self.input.answer(Ok(value.to_owned()));
                }
                Some(message) => tracing::debug!(kind = message.msg_type(), "Ignored a message on stdin."),
                None => {}
            }
        }
    }
}
