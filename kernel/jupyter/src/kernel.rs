//! A kernel's threads: shell, control, stdin, heartbeat and iopub, one socket's owner each, and the one that runs cells.
//!
//! Shell reads requests and answers them at once, but for cells: these it hands one after another to the thread that runs them.
//! Control has a thread of its own, so that an interrupt or a shutdown gets through whatever shell does; the heartbeat answers
//! whatever the others do; iopub owns the socket that everybody publishes through, because a ZeroMQ socket belongs to one thread.

use crate::channel::Channel;
use crate::error::JupyterError;
use crate::executor::Executor;
use crate::handler::Handler;
use crate::history::History;
use crate::iopub::{self, IoPub, IoPubThread};
use crate::shell::{Cells, Shell};
use crate::sockets::Sockets;
use crate::stdin::{self, Input};
use crate::wire::Session;
use crate::{control, heartbeat};
use crossbeam_channel::unbounded;
use jupyter_protocol::ConnectionInfo;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// How long a running cell may take to end after the handler was told to shut down.
const FAREWELL: Duration = Duration::from_secs(2);

/// A kernel whose sockets are bound.
pub struct Kernel {
    sockets: Sockets,
    connection: ConnectionInfo,
    session: Session,
    history: History,
    stopping: Arc<AtomicBool>,
}

/// Ends a running kernel from any thread, as a shutdown request would.
#[derive(Clone)]
pub struct Stopper(Arc<AtomicBool>);

impl Stopper {
    /// Makes [`RunningKernel::wait`] return soon.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A kernel that answers.
pub struct RunningKernel {
    iopub: IoPub,
    threads: Vec<JoinHandle<()>>,
    publisher: IoPubThread,
    stopping: Arc<AtomicBool>,
}

impl Kernel {
    /// Binds the sockets a connection file names.
    pub fn from_connection_file(path: &Path) -> Result<Kernel, JupyterError> {
        let text =
            std::fs::read(path).map_err(|source| JupyterError::ReadConnectionFile { path: path.to_owned(), source })?;
        let connection = serde_json::from_slice(&text)
            .map_err(|source| JupyterError::ParseConnectionFile { path: path.to_owned(), source })?;
        Kernel::bind(&connection)
    }

    /// Binds the sockets of a connection. Ports of 0 take free ones: [`Kernel::connection`] has the real ones.
    pub fn bind(connection: &ConnectionInfo) -> Result<Kernel, JupyterError> {
        if !connection.key.is_empty() && connection.signature_scheme != "hmac-sha256" {
            return Err(JupyterError::SignatureScheme(connection.signature_scheme.clone()));
        }
        let (sockets, connection) = Sockets::bind(connection)?;
        let session = Session::new(&connection.key);
        let history = History::of_this_session();
        Ok(Kernel { sockets, connection, session, history, stopping: Arc::new(AtomicBool::new(false)) })
    }

    /// Keeps what is typed in this history; without it, it is known as long as the kernel runs.
    #[must_use]
    pub fn with_history(self, history: History) -> Kernel {
        Kernel { history, ..self }
    }

    /// Where the kernel listens.
    pub fn connection(&self) -> &ConnectionInfo {
        &self.connection
    }

    /// A handle that ends the kernel.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.stopping))
    }

    /// Starts answering. The handler is made with the way out for what it shows, and the way to ask the user.
    pub fn start(self, handler: impl FnOnce(IoPub, Input) -> Arc<dyn Handler>) -> Result<RunningKernel, JupyterError> {
        let Sockets { shell, control, stdin, iopub, heartbeat, bell: (rung, bell) } = self.sockets;
        let (iopub, publisher) = iopub::start(iopub, self.session.clone())?;
        let (input, desk) = stdin::open(stdin, self.session.clone());
        let handler = handler(iopub.clone(), input.clone());
        let shell = Channel::new("shell", shell, self.session.clone(), iopub.clone());
        let control = Channel::new("control", control, self.session, iopub.clone());
        let stopping = &self.stopping;
        let ((cells, received), (ended, told)) = (unbounded(), unbounded());
        let executor = Executor { handler: Arc::clone(&handler), iopub: iopub.clone(), input, bell: rung };
        let threads = vec![
            spawn("heartbeat", stopping, move |stopping| heartbeat::run(&heartbeat, stopping))?,
            spawn("shell", stopping, {
                let (handler, history) = (Arc::clone(&handler), self.history);
                move |stopping| Shell::new(&shell, &*handler, history, Cells { cells, ended: told, bell }).run(stopping)
            })?,
            spawn("cells", stopping, move |_| executor.run(&received, &ended))?,
            spawn("stdin", stopping, move |stopping| desk.run(stopping))?,
            spawn("control", stopping, move |stopping| control::run(&control, &*handler, stopping))?,
        ];
        Ok(RunningKernel { iopub, threads, publisher, stopping: self.stopping })
    }
}

impl RunningKernel {
    /// Returns when the kernel was told to leave and its last messages are on their way. A cell that does not end in
    /// time is left behind: the process is about to exit anyway.
    pub fn wait(self) {
        while !self.stopping.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let deadline = Instant::now() + FAREWELL;
        while Instant::now() < deadline && self.threads.iter().any(|thread| !thread.is_finished()) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.iopub.stop();
        if self.publisher.join().is_err() {
            tracing::error!("The iopub thread panicked.");
        }
    }
}

fn spawn(
    name: &'static str,
    stopping: &Arc<AtomicBool>,
    body: impl FnOnce(&AtomicBool) + Send + 'static,
) -> Result<JoinHandle<()>, JupyterError> {
    let stopping = Arc::clone(stopping);
    Builder::new()
        .name(format!("jupyter-{name}"))
        .spawn(move || body(&stopping))
        .map_err(|source| JupyterError::Thread { name, source })
}
