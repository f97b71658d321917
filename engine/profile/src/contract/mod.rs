//! Contracts that a plan states about its data, judged with three answers: kept, broken, or not enough rows to tell.

pub(crate) mod check;
pub(crate) mod course;
pub(crate) mod key;
pub(crate) mod rate;
pub(crate) mod share;
pub(crate) mod tally;

#[cfg(test)]
mod tests;
