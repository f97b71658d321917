//! What a preview says of a `unique`: how many rows came again, and how many the end of the sample leaves open.

use std::fmt;

use headwater::{Plan, Step, format_duration};

use crate::operators::Report;
use crate::runtime::Board;
use crate::tape::grouped;

/// What a `unique` left out in a preview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Its node.
    pub node: u32,
    /// For how long a key is remembered (milliseconds).
    pub within_ms: u64,
    /// Rows that are the first of their key.
    pub kept: u64,
    /// Rows left out because one with their key had come within the time.
    pub again: u64,
    /// Rows that waited when the sample ended: an earlier one could still have come before them.
    pub open: u64,
}

impl Repeats {
    /// Those of the plan, before the final watermark: what waits now is what the end of the sample cuts.
    pub(super) fn before_the_end(plan: &Plan, board: &Board, complete: bool) -> Vec<Repeats> {
        let steps = board.steps();
        let of = |node: u32| steps.iter().find(|step| step.node == node).map_or(0, |step| step.state.rows);
        let waiting = |node: u32| if complete { 0 } else { of(node) };
        let repeats = plan.nodes.iter().filter_map(|node| match node.step {
            Step::Unique { within_ms, .. } => {
                Some(Repeats { node: node.id, within_ms, open: waiting(node.id), ..Repeats::default() })
            }
            _ => None,
        });
        repeats.collect()
    }

    /// The same at the very end.
    pub(super) fn at_the_end(self, board: &Board) -> Repeats {
        let kept = board.steps().iter().find(|step| step.node == self.node).map_or(0, |step| step.rows_out);
        let again = board.reports().get(&self.node).map_or(0, |report: &Report| report.again);
        Repeats { kept, again, ..self }
    }
}

impl fmt::Display for Repeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let within = format_duration(self.within_ms);
        write!(f, "unique in step {}: ", self.node + 1)?;
        match self.kept {
            0 => f.write_str("no row came out")?,
            1 => write!(f, "1 row is the first of its key within {within}")?,
            kept => write!(f, "{} rows are the first of their key within {within}", grouped(kept))?,
        }
        match self.again {
            0 => {}
            again => write!(f, ", {} came again and {} left out", grouped(again), was(again))?,
        }
        match self.open {
            0 => Ok(()),
            open => write!(
                f,
                "; {} {} not settled when the sample ended, because an earlier row could still have come",
                grouped(open),
                was(open)
            ),
        }
    }
}

fn was(rows: u64) -> &'static str {
    if rows == 1 { "was" } else { "were" }
}
