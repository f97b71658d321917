//! The heartbeat: every message goes back as it came, on a thread that does nothing else.

use std::sync::atomic::{AtomicBool, Ordering};

/// How often the thread looks whether the kernel is leaving.
pub(crate) const STOP_LOOK_MS: i64 = 100;

pub(crate) fn run(socket: &zmq::Socket, stopping: &AtomicBool) {
    while !stopping.load(Ordering::Acquire) {
        if !matches!(socket.poll(zmq::POLLIN, STOP_LOOK_MS), Ok(ready) if ready > 0) {
            continue;
        }
        let Ok(frames) = socket.recv_multipart(0) else { continue };
        if let Err(error) = socket.send_multipart(frames, 0) {
            tracing::warn!(%error, "Failed to answer a heartbeat.");
        }
    }
}
