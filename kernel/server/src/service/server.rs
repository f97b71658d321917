//! The socket of the engine service: a folder nobody else can enter, a thread that accepts, a thread for each request.

use crate::service::frame;
use crate::service::state::State;
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long a cell may take to write its request, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket and the thread behind it; both end when this is dropped.
pub struct Server {
    state: Arc<State>,
    stop: Arc<AtomicBool>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Binds `path` and answers requests with `state`.
    pub fn start(path: &Path, state: State) -> io::Result<Server> {
        if let Some(folder) = path.parent() {
            private_folder(folder)?;
        }
        if UnixStream::connect(path).is_err() && path.exists() {
            std::fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        let (state, stop) = (Arc::new(state), Arc::new(AtomicBool::new(false)));
        let accept = {
            let (state, stop) = (Arc::clone(&state), Arc::clone(&stop));
            move || accept(&listener, &state, &stop)
        };
        let thread = std::thread::Builder::new().name("headwater-engine".to_owned()).spawn(accept)?;
        Ok(Server { state, stop, path: path.to_owned(), thread: Some(thread) })
    }

    /// What requests are answered with.
    pub fn state(&self) -> &State {
        &self.state
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.cancel();
        self.stop.store(true, Ordering::SeqCst);
        // The accepting thread looks at the flag when somebody comes: be that somebody.
        let woken = UnixStream::connect(&self.path).is_ok();
        let _ = std::fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

/// Makes `folder` so that only this user can enter it; one that is there must be so already.
fn private_folder(folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return DirBuilder::new().recursive(true).mode(0o700).create(folder);
    }
    let mode = std::fs::metadata(folder)?.permissions().mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "the folder `{}` of the socket can be entered by others (mode {:o})",
                folder.display(),
                mode & 0o777
            ),
        )),
    }
}

fn accept(listener: &UnixListener, state: &Arc<State>, stop: &AtomicBool) {
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of descriptors, say: the next moment may be better.
            std::thread::sleep(Duration::from_millis(50));
            continue;
        };
        let state = Arc::clone(state);
        let serve = move || serve(stream, &state);
        if let Err(error) = std::thread::Builder::new().name("headwater-request".to_owned()).spawn(serve) {
            tracing::error!(%error, "no thread for the request of a cell");
        }
    }
}

/// One connection, one request, one answer. Whatever comes, the service goes on.
fn serve(mut stream: UnixStream, state: &State) {
    let limits = stream.set_read_timeout(Some(PATIENCE)).and_then(|()| stream.set_write_timeout(Some(PATIENCE)));
    let answer = match limits.and_then(|()| frame::read(&mut stream)) {
        Ok(request) => state.answer(&request),
        Err(error) => Err(format!("malformed request: {error}")),
    };
    if let Err(error) = frame::write(&mut stream, &answer) {
        tracing::debug!(%error, "the cell went away before its answer");
    }
}
