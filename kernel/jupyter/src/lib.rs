//! The Jupyter protocol over ZeroMQ: sockets, signatures, message framing, and the order in which messages go out.
//!
//! This crate knows neither Rust cells nor streams. A language implements [`Handler`]; [`Kernel`] binds the five
//! sockets, checks every signature, surrounds every request with `busy` and `idle`, and calls the handler. Everything
//! shown to a user leaves through [`IoPub`], which any thread may use.
//!
//! - [`Kernel`]: binds the sockets and runs the threads
//! - [`Handler`]: what a language has to answer, one method a request
//! - [`IoPub`]: the way out for everything that is shown
//! - [`Input`]: asking the user
//! - [`History`]: what was typed, kept in a file
//! - [`Session`], [`Message`]: framing and signatures

mod channel;
mod control;
mod error;
mod executor;
mod handler;
mod heartbeat;
mod history;
mod iopub;
mod kernel;
mod replays;
mod request;
mod shell;
mod signature;
mod sockets;
mod stdin;
mod wire;

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod tests;

pub use error::JupyterError;
pub use handler::{Completion, ErrorReport, ExecuteOutcome, Handler, Inspection, KernelInfo, MimeBundle, Proposal};
pub use history::History;
pub use iopub::{IoPub, StreamName};
pub use jupyter_protocol::{
    CompleteRequest, ConnectionInfo, ExecuteRequest, InspectRequest, IsCompleteReply, IsCompleteReplyStatus,
    connection_info::Transport,
};
pub use kernel::{Kernel, RunningKernel, Stopper};
pub use signature::Signer;
pub use stdin::{Input, InputError};
pub use wire::{Message, Session, WireError};
