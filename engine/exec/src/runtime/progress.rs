//! A word on how far a long piece of work has come, for whoever shows it.

/// How far something has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done: `reading orders`.
    pub what: String,
    /// How much is done.
    pub done: u64,
    /// How much there is, where that is known.
    pub total: Option<u64>,
}
