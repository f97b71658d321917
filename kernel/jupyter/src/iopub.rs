//! Everything that is shown leaves through here, in order, on the one thread that owns the iopub socket.
//!
//! The socket is an XPUB so that every subscriber can be welcomed (`iopub_welcome`): a front end that waits for it
//! misses nothing. Text of a cell is gathered for 50 ms or 64 KiB before it goes out, because a message for every
//! `print!` would drown a browser. Any other message, the end of a cell included, sends the gathered text first.

use crate::error::JupyterError;
use crate::handler::{ErrorReport, MimeBundle};
use crate::wire::Session;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long text may wait for more text.
const GATHER: Duration = Duration::from_millis(50);
/// How much text may wait.
const GATHER_BYTES: usize = 64 * 1024;
/// How often the thread looks for new subscribers when nothing is sent.
const SUBSCRIBER_LOOK: Duration = Duration::from_millis(10);
/// Messages in flight before senders wait: a bound for memory, far above what a cell needs.
const QUEUE: usize = 1024;

/// The two text streams of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamName {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl StreamName {
    fn as_str(self) -> &'static str {
        match self {
            StreamName::Stdout => "stdout",
            StreamName::Stderr => "stderr",
        }
    }
}

/// A handle for showing things, cheap to clone, usable from any thread. What it sends belongs to the cell that runs,
/// or to the last one that ran: threads of a cell may go on printing after its end.
#[derive(Clone)]
pub struct IoPub {
    events: Sender<Event>,
    current: Arc<Mutex<Current>>,
}

struct Current {
    parent: Arc<Value>,
    execution_count: u32,
}

enum Event {
    Stream { parent: Arc<Value>, name: StreamName, text: String },
    Message { parent: Arc<Value>, msg_type: &'static str, content: Value },
    Flush(Sender<()>),
    Stop,
}

impl IoPub {
    /// Text on one of the two streams.
    pub fn stream(&self, name: StreamName, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.send(Event::Stream { parent: self.parent(), name, text });
        }
    }

    /// Something rich. With a display id it can be replaced later by [`IoPub::update_display_data`].
    pub fn display_data(&self, data: MimeBundle, display_id: Option<&str>) {
        self.message("display_data", json!({"data": data, "metadata": {}, "transient": transient(display_id)}));
    }

    /// A new form of what was displayed under this id.
    pub fn update_display_data(&self, data: MimeBundle, display_id: &str) {
        let transient = transient(Some(display_id));
        self.message("update_display_data", json!({"data": data, "metadata": {}, "transient": transient}));
    }

    /// The value of the running cell's last expression.
    pub fn execute_result(&self, data: MimeBundle) {
        let execution_count = self.lock().execution_count;
        let content = json!({"execution_count": execution_count, "data": data, "metadata": {}});
        self.message("execute_result", content);
    }

    /// The error of the running cell. The kernel sends it for a failed outcome; nobody else should.
    pub(crate) fn error(&self, report: &ErrorReport) {
        let ErrorReport { ename, evalue, traceback } = report;
        self.message("error", json!({"ename": ename, "evalue": evalue, "traceback": traceback}));
    }

    /// Empties the output of the running cell, at once or (`wait`) when the next output comes.
    pub fn clear_output(&self, wait: bool) {
        self.message("clear_output", json!({"wait": wait}));
    }

    /// Returns when everything sent before is on the socket.
    pub fn flush(&self) {
        let (done, wait) = bounded(1);
        self.send(Event::Flush(done));
        let _ = wait.recv();
    }

    /// Makes `parent` the request that everything sent from now on belongs to.
    pub(crate) fn begin(&self, parent: Value, execution_count: u32) {
        *self.lock() = Current { parent: Arc::new(parent), execution_count };
    }

    /// A message that belongs to `parent`, whatever cell runs: statuses of the control channel, for one.
    pub(crate) fn message_for(&self, parent: Value, msg_type: &'static str, content: Value) {
        self.send(Event::Message { parent: Arc::new(parent), msg_type, content });
    }

    pub(crate) fn stop(&self) {
        self.send(Event::Stop);
    }

    fn message(&self, msg_type: &'static str, content: Value) {
        self.send(Event::Message { parent: self.parent(), msg_type, content });
    }

    fn send(&self, event: Event) {
        // The thread is gone only when the kernel is leaving; there is nobody left to show anything to.
        let _ = self.events.send(event);
    }

    fn parent(&self) -> Arc<Value> {
        Arc::clone(&self.lock().parent)
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn transient(display_id: Option<&str>) -> Value {
    display_id.map_or_else(|| json!({}), |id| json!({"display_id": id}))
}

/// Starts the thread that owns the socket.
pub(crate) fn start(socket: zmq::Socket, session: Session) -> Result<(IoPub, IoPubThread), JupyterError> {
    let (events, receiver) = bounded(QUEUE);
    let current = Current { parent: Arc::new(json!({})), execution_count: 0 };
    let iopub = IoPub { events, current: Arc::new(Mutex::new(current)) };
    let publisher = Publisher { socket, session, gathered: None, anyone: false };
    let thread = std::thread::Builder::new()
        .name("jupyter-iopub".to_owned())
        .spawn(move || publisher.run(&receiver))
        .map_err(|source| JupyterError::Thread { name: "iopub", source })?;
    Ok((iopub, thread))
}

/// The running thread; it ends after [`IoPub::stop`].
pub(crate) type IoPubThread = std::thread::JoinHandle<()>;

struct Publisher {
    socket: zmq::Socket,
    session: Session,
    gathered: Option<Gathered>,
    /// Whether anyone has subscribed yet. The status `starting` waits for the first one, who would miss it otherwise.
    anyone: bool,
}

/// Text of one stream of one cell, waiting for more.
struct Gathered {
    parent: Arc<Value>,
    name: StreamName,
    text: String,
    since: Instant,
}

impl Publisher {
    fn run(mut self, events: &Receiver<Event>) {
        loop {
            self.welcome();
            match events.recv_timeout(SUBSCRIBER_LOOK) {
                Ok(Event::Stream { parent, name, text }) => self.gather(parent, name, text),
                Ok(Event::Message { parent, msg_type, content }) => {
                    self.release();
                    self.welcome();
                    self.publish(msg_type, &parent, &content);
                }
                Ok(Event::Flush(done)) => {
                    self.release();
                    let _ = done.send(());
                }
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => break self.release(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.gathered.as_ref().is_some_and(|waiting| waiting.since.elapsed() >= GATHER) {
                self.release();
            }
        }
    }

    /// Greets everyone who subscribed since the last look. A subscription is a frame beginning with 1.
    fn welcome(&mut self) {
        while let Ok(frame) = self.socket.recv_bytes(zmq::DONTWAIT) {
            if let Some((1, topic)) = frame.split_first() {
                let content = json!({"subscription": String::from_utf8_lossy(topic)});
                let frames = self.session.encode(&[topic.to_vec()], "iopub_welcome", &json!({}), &content);
                self.put(frames);
                if !std::mem::replace(&mut self.anyone, true) {
                    self.publish("status", &json!({}), &json!({"execution_state": "starting"}));
                }
            }
        }
    }

    fn gather(&mut self, parent: Arc<Value>, name: StreamName, text: String) {
        match &mut self.gathered {
            Some(waiting) if waiting.name == name && Arc::ptr_eq(&waiting.parent, &parent) => {
                waiting.text.push_str(&text);
            }
            _ => {
                self.release();
                self.gathered = Some(Gathered { parent, name, text, since: Instant::now() });
            }
        }
        if self.gathered.as_ref().is_some_and(|waiting| waiting.text.len() >= GATHER_BYTES) {
            self.release();
        }
    }

    fn release(&mut self) {
        if let Some(Gathered { parent, name, text, .. }) = self.gathered.take() {
            self.publish("stream", &parent, &json!({"name": name.as_str(), "text": text}));
        }
    }

    fn publish(&self, msg_type: &str, parent: &Value, content: &Value) {
        self.put(self.session.encode(&[msg_type.as_bytes().to_vec()], msg_type, parent, content));
    }

    fn put(&self, frames: Vec<Vec<u8>>) {
        if let Err(error) = self.socket.send_multipart(frames, 0) {
            tracing::warn!(%error, "Failed to publish a message.");
        }
    }
}
