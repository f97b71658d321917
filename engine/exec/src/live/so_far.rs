//! What open windows hold so far: the state of every operator is taken as for a checkpoint, given to a second pipeline, and closed there.

use headwater::Plan;
use polars::prelude::DataFrame;

use super::LiveWindow;
use crate::operators::OpenWindow;
use crate::pipeline::Pipeline;
use crate::preview::WindowFate;
use crate::preview::fate::Fates;
use crate::runtime::OperatorState;
use crate::{Message, Result};

/// Of larger states, in rows and keys together, only the number of open windows is told: to copy them would hold up the stream.
pub(super) const LARGEST: u64 = 20_000;
/// So many windows are looked into, those that close first.
const WINDOWS: usize = 8;

/// The windows that are open, and what decides their fate.
pub(super) struct Open<'a> {
    pub(super) plan: &'a Plan,
    pub(super) partitions: &'a [u32],
    pub(super) windows: &'a [OpenWindow],
    pub(super) fates: &'a Fates,
    /// The event time reached.
    pub(super) watermark: Option<i64>,
}

impl Open<'_> {
    /// The rows that come out when the windows that `states` hold are closed one after the other, each with what is known of its window.
    pub(super) fn rows(&self, states: &[OperatorState]) -> Result<Vec<(DataFrame, LiveWindow)>> {
        let mut graph = Pipeline::new(self.plan, self.partitions)?.graph;
        graph.restore(states)?;
        let mut rows = Vec::new();
        for (end, fate) in self.fates.in_order(self.windows).into_iter().take(WINDOWS) {
            let window = self.window(end, fate);
            for message in graph.deliver_everywhere(&Message::Watermark(end.saturating_sub(1)))? {
                if let Message::Batch(batch) = message {
                    rows.push((batch.frame, window));
                }
            }
        }
        Ok(rows)
    }

    /// How many there are, and how many of them a partition holds back.
    pub(super) fn count(&self) -> (u64, u64) {
        let held = |window: &&OpenWindow| {
            let fate = self.fates.of(window.start, window.end.saturating_sub(window.start));
            matches!(fate, WindowFate::HeldBack { .. })
        };
        (self.windows.len() as u64, self.windows.iter().filter(held).count() as u64)
    }

    fn window(&self, end: i64, fate: WindowFate) -> LiveWindow {
        let reached = self.watermark.unwrap_or(end.saturating_sub(1));
        LiveWindow::open(fate, end.saturating_sub(1).saturating_sub(reached).max(0))
    }
}
