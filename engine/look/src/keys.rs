//! What grouping by a key would do to so many workers.

use headwater::{Expr, Plan};
use headwater_exec::{Cancel, Error, ErrorKind, Progress, Tape};
use headwater_profile::{KeyInput, KeyReport, Placement};

use crate::key_plan::KeyPlan;
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
    let input = KeyInput {
        key: keyed.name(),
        sample: tape.note().to_string(),
        parallelism: options.parallelism,
        placement: options.target,
        rows: rows(&keyed, tape, cancel)?,
    };
    headwater_profile::keys(&input).map_err(|error| one(Error::new(ErrorKind::Plan, error.to_string())))
}
