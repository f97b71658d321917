//! A pipeline on several threads: every segment in as many lanes as there are, rows of equal keys in the same lane.
//!
//! A segment is a run of operators between two exchanges. It runs once for each lane, on a thread of its own; bounded channels lie
//! between them, so that a slow sink slows the source down. Rows reach a keyed operator by the hash of their key, as a key report
//! foretells. The watermark of a task is the slowest of its channels', a barrier waits at a channel until it has come through all.

mod alignment;
mod exchange;
mod lanes;
mod share;
mod task;

pub(crate) use exchange::lane_of;
pub(crate) use lanes::{Lanes, written_in};
pub use share::Share;

#[cfg(test)]
mod tests;
