//! Failures of a look: everything that is wrong with a plan at once, each as an error with its step.

use headwater::PlanError;
use headwater_exec::{Error, ErrorKind};

/// A result that fails with everything that is wrong at once.
pub type Outcome<T> = Result<T, Vec<Error>>;

/// One error, where several are possible.
pub fn one(error: Error) -> Vec<Error> {
    vec![error]
}

/// Mistakes in a plan as errors.
pub fn mistakes(errors: &[PlanError]) -> Vec<Error> {
    let error = |mistake: &PlanError| {
        let error = Error::new(ErrorKind::Plan, mistake.message.clone()).at(mistake.node);
        Error { hint: mistake.hint.clone(), ..error }
    };
    errors.iter().map(error).collect()
}
