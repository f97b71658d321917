//! A check with what it has counted so far: mergeable, so that several tasks can carry one check together.

use crate::{CheckResult, CheckTally, KeyContract, KeyTap, RateCheck, RecordCheck};

/// A check that a plan states, and what it has counted.
#[derive(Debug, Clone)]
pub enum Check {
    /// Every row has to hold.
    Record {
        /// The check.
        check: RecordCheck,
        /// The rows, and the failing ones among them.
        failing: CheckTally,
    },
    /// A share of rows has a bound.
    Rate {
        /// The check.
        check: RateCheck,
        /// The rows, and those that count against the bound.
        against: CheckTally,
    },
    /// A key is as it was promised.
    Key {
        /// The contract.
        contract: KeyContract,
        /// How the key is spread.
        tap: Box<KeyTap>,
    },
}

impl Check {
    /// Judges it; a key contract gives a result for each thing promised. With `complete` these are all the rows there are, and no
    /// verdict waits for more.
    pub fn judge(&self, complete: bool) -> Vec<CheckResult> {
        let all = |tally: &CheckTally| if complete { tally.clone().complete() } else { tally.clone() };
        match self {
            Check::Record { check, failing } => vec![check.judge(&all(failing))],
            Check::Rate { check, against } => vec![check.judge(&all(against))],
            Check::Key { contract, tap } => {
                let mut evidence = tap.summary().evidence();
                evidence.complete = complete;
                contract.judge(&evidence)
            }
        }
    }

    /// Adds what another task counted for the same check. Of two different checks the first stays as it is.
    pub fn merge(&mut self, other: &Check) {
        match (self, other) {
            (Check::Record { failing, .. }, Check::Record { failing: others, .. }) => failing.merge(others),
            (Check::Rate { against, .. }, Check::Rate { against: others, .. }) => against.merge(others),
            (Check::Key { tap, .. }, Check::Key { tap: others, .. }) => tap.merge(others),
            _ => {}
        }
    }
}
