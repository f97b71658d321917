//! What a language answers: one method a request. The protocol around it is this crate's business.

use jupyter_protocol::{CompleteRequest, ExecuteRequest, InspectRequest, IsCompleteReply};
use serde_json::{Map, Value};

/// One thing in several forms, keyed by MIME type; the front end chooses the richest it knows.
pub type MimeBundle = Map<String, Value>;

/// What the kernel says about itself.
#[derive(Debug, Clone)]
pub struct KernelInfo {
    /// The name of the implementation.
    pub implementation: String,
    /// Its version.
    pub implementation_version: String,
    /// Greeting of console front ends.
    pub banner: String,
    /// The `language_info` object of the protocol.
    pub language_info: Value,
    /// Pairs of text and address for the Help menu.
    pub help_links: Vec<(String, String)>,
}

/// An error as Jupyter shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReport {
    /// The kind, such as `CompileError`.
    pub ename: String,
    /// The message, one line if it can be.
    pub evalue: String,
    /// What is displayed, line by line, with ANSI colours.
    pub traceback: Vec<String>,
}

/// How a cell ended.
#[derive(Debug, Clone, PartialEq)]
pub enum ExecuteOutcome {
    /// The cell ran to its end; the value of its last expression, if it has one that was not shown yet.
    Done(Option<MimeBundle>),
    /// The cell failed.
    Failed(ErrorReport),
}

/// One thing that could stand there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposal {
    /// The text.
    pub text: String,
    /// What it is: `function`, `module`, …
    pub kind: String,
    /// How it is called, for a function.
    pub signature: Option<String>,
}

/// Proposals for the text between two positions, counted in Unicode code points.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completion {
    /// The proposals, the likeliest first.
    pub matches: Vec<Proposal>,
    /// Where the replaced text begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What is known about the thing under the cursor; `None` for nothing.
pub type Inspection = Option<MimeBundle>;

/// A language. Three threads call it: one `execute` and `evaluate`, in order; one `kernel_info`, `complete`, `inspect` and
/// `is_complete`, which must answer while a cell runs and so within a moment; one `interrupt` and `shutdown`.
pub trait Handler: Send + Sync {
    /// [kernel_info](https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-info): answered at once.
    fn kernel_info(&self) -> KernelInfo;

    /// [execute](https://jupyter-client.readthedocs.io/en/latest/messaging.html#execute): run a cell, and return when
    /// all it printed has been given to [`IoPub`](crate::IoPub).
    fn execute(&self, request: &ExecuteRequest, execution_count: u32) -> ExecuteOutcome;

    /// A [user expression](https://jupyter-client.readthedocs.io/en/latest/messaging.html#execution-user-expressions),
    /// evaluated after a cell that went well; its value is shown to nobody but who asked.
    ///
    /// # Errors
    /// It does not compile, or fails.
    fn evaluate(&self, expression: &str) -> Result<MimeBundle, ErrorReport>;

    /// [complete](https://jupyter-client.readthedocs.io/en/latest/messaging.html#completion).
    fn complete(&self, request: &CompleteRequest) -> Completion;

    /// [inspect](https://jupyter-client.readthedocs.io/en/latest/messaging.html#introspection).
    fn inspect(&self, request: &InspectRequest) -> Inspection;

    /// [is_complete](https://jupyter-client.readthedocs.io/en/latest/messaging.html#code-completeness).
    fn is_complete(&self, code: &str) -> IsCompleteReply;

    /// [interrupt](https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-interrupt): make the running
    /// cell end. Returns at once; the cell may need a moment.
    fn interrupt(&self);

    /// [shutdown](https://jupyter-client.readthedocs.io/en/latest/messaging.html#kernel-shutdown): end the running cell
    /// and every process that was started. The kernel leaves when this returns.
    fn shutdown(&self, restart: bool);
}
