//! Reading a source on a thread of its own, into a channel of few batches: when the pipeline is slower, the source waits.

use std::time::Duration;

use crossbeam_channel::{Sender, TrySendError};

use super::{Cancel, Clock, ClockIdle};
use crate::sources::{Polled, Positions, SourceBatch, SourceReader};
use crate::{Error, ErrorKind};

/// How many batches wait between the source and the pipeline.
pub(crate) const WAITING: usize = 8;

/// How long one poll may take: the longest that a stop waits for the source.
const POLL: Duration = Duration::from_millis(100);

/// What the source's thread says.
#[derive(Debug)]
pub(crate) enum FromSource {
    /// Records, and where the source is after them.
    Batch {
        /// The records.
        batch: SourceBatch,
        /// The positions after them.
        positions: Positions,
        /// Records not read yet, where known.
        lag: Option<u64>,
    },
    /// A partition has been silent for too long.
    Idle(u32),
    /// The bounded source has ended.
    End,
    /// The source failed, and will not be read any further.
    Failed(Error),
}

/// Reads `source`, the plan's node `node`, until it ends or fails, until `stop` is raised, or until nobody listens.
pub(crate) fn read(
    node: u32,
    mut source: Box<dyn SourceReader>,
    idle_after: Option<Duration>,
    clock: &dyn Clock,
    stop: &Cancel,
    to: &Sender<FromSource>,
) {
    let mut idle = ClockIdle::new(idle_after, source.partitions(), clock.now());
    while !stop.is_cancelled() {
        let said = match source.poll(POLL) {
            Ok(Polled::Batch(batch)) => {
                idle.seen(batch.partition, clock.now());
                Some(FromSource::Batch { batch, positions: source.positions(), lag: source.lag() })
            }
            Ok(Polled::Nothing) => None,
            Ok(Polled::End) => Some(FromSource::End),
            Err(error) => Some(FromSource::Failed(at_source(error, node))),
        };
        let last = matches!(said, Some(FromSource::End | FromSource::Failed(_)));
        let silent = idle.newly_idle(clock.now()).into_iter().map(FromSource::Idle);
        for message in said.into_iter().chain(silent) {
            match to.try_send(message) {
                Ok(()) => {}
                Err(TrySendError::Full(message)) => {
                    let before = clock.now();
                    if to.send(message).is_err() {
                        return;
                    }
                    idle.not_asked(clock.now().saturating_sub(before));
                }
                Err(TrySendError::Disconnected(_)) => return,
            }
        }
        if last {
            return;
        }
    }
}

fn at_source(error: Error, node: u32) -> Error {
    if error.kind == ErrorKind::Internal { error } else { error.at(node) }
}
