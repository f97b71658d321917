//! What grouping by a key would do to so many workers.

use headwater::{Expr, Plan, SampleFrom};
use headwater_exec::{Cancel, Error, ErrorKind, Progress, Tape};
use headwater_profile::{KeyInput, KeyReport, Operator, PartitionSpan, Placement};

use crate::key_plan::{Grouping, KeyPlan};
use crate::key_rows::rows;
use crate::mistakes::{Outcome, one};

/// How a key report is made.
#[derive(Clone, Debug, Default)]
pub struct KeyOptions {
    /// How many workers the forecast is for; a default is taken, and said, when there are none.
    pub parallelism: Option<u32>,
    /// How the target finds the worker of a key.
    pub target: Placement,
}

/// The keys `exprs` of the rows of the resolved `plan` over `tape`. Several are one key. Without any, the keys that the plan's last
/// group-by takes.
///
/// # Errors
/// A mistake in a key, a plan that cannot run, a number of workers that nobody has, or `cancel` was raised.
pub fn keys(
    plan: &Plan,
    tape: &Tape,
    exprs: &[Expr],
    options: &KeyOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<KeyReport> {
    progress(Progress { what: "counting the keys of the sample".to_owned(), done: 0, total: None });
    let keyed = KeyPlan::new(plan, exprs)?;
    let note = tape.note();
    let input = KeyInput {
        key: keyed.name(),
        sample: note.to_string(),
        representative: note.whole || note.from == SampleFrom::Stratified,
        drawn: if note.whole { 1.0 } else { note.records as f64 / note.total.max(1) as f64 },
        parallelism: options.parallelism,
        placement: options.target,
        operator: match keyed.grouped {
            Some(Grouping::Combining) => Operator::Combining,
            None => Operator::Unknown,
        },
        partitions: note.partitions.iter().map(|own| span(own.partition, own.low, own.high)).collect(),
        rows: rows(&keyed, tape, cancel)?,
        ..KeyInput::default()
    };
    headwater_profile::keys(&input).map_err(|error| one(Error::new(ErrorKind::Plan, error.to_string())))
}

fn span(partition: u32, low: u64, high: u64) -> PartitionSpan {
    PartitionSpan { partition, records: high.saturating_sub(low) }
}
