//! What can keep a kernel from starting.

use std::path::PathBuf;

/// An error of the transport; malformed messages are never errors, they are ignored.
#[derive(Debug, thiserror::Error)]
pub enum JupyterError {
    /// The connection file could not be read.
    #[error("failed to read the connection file `{path}`: {source}")]
    ReadConnectionFile {
        /// The file named on the command line.
        path: PathBuf,
        /// Why it could not be read.
        source: std::io::Error,
    },
    /// The connection file is not what Jupyter writes.
    #[error("failed to understand the connection file `{path}`: {source}")]
    ParseConnectionFile {
        /// The file named on the command line.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The connection file asks for a signature this kernel cannot make.
    #[error("the signature scheme `{0}` is not supported; only `hmac-sha256` is")]
    SignatureScheme(String),
    /// A socket could not be bound.
    #[error("failed to bind the {channel} socket to `{endpoint}`: {source}")]
    Bind {
        /// Which of the five sockets.
        channel: &'static str,
        /// The address asked for.
        endpoint: String,
        /// What ZeroMQ says.
        source: zmq::Error,
    },
    /// Any other failure of ZeroMQ.
    #[error("failed to set up ZeroMQ: {0}")]
    Zmq(#[from] zmq::Error),
    /// A thread of the kernel could not be started.
    #[error("failed to start the {name} thread: {source}")]
    Thread {
        /// What the thread is for.
        name: &'static str,
        /// Why it did not start.
        source: std::io::Error,
    },
}
