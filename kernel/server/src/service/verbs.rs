//! From a request to what is shown: the steps that all verbs share (mistakes first, then the tape, then the resolved plan).

use crate::display::MimeBundle;
use crate::service::progress::Waiting;
use crate::service::resolved::ResolvedSources;
use crate::service::{export, keys, preview, shape};
use headwater::{Plan, PlanError, Request, Step, Verb};
use headwater_exec::{Cancel, Error, ErrorKind, Tape, TapeStore};
use std::path::Path;
use std::sync::Arc;

/// A request with what it takes to answer it.
pub struct Look<'a> {
    /// What is asked.
    pub request: &'a Request,
    /// The tapes recorded so far.
    pub tapes: &'a TapeStore,
    /// The folder that they are kept in.
    pub tapes_dir: &'a Path,
    /// The sources resolved so far.
    pub resolved: &'a ResolvedSources,
    /// Raised when the user interrupts.
    pub cancel: &'a Cancel,
    /// The line of progress.
    pub waiting: &'a Waiting,
}

/// What a request came to.
pub struct Answer {
    /// What is shown.
    pub bundle: MimeBundle,
    /// What the cell is told: the absolute path of an export, otherwise nothing.
    pub reply: String,
}

impl Answer {
    /// Something to show, nothing to tell.
    pub fn show(bundle: MimeBundle) -> Answer {
        Answer { bundle, reply: String::new() }
    }
}

/// A result that fails with everything that is wrong at once.
pub type Outcome<T> = Result<T, Vec<Error>>;

/// Answers a request.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    match &look.request.verb {
        Verb::Preview | Verb::Job(_) => preview::answer(look),
        Verb::Export(options) => export::answer(look, options),
        Verb::Shape => shape::answer(look),
        Verb::Keys { exprs, parallelism } => keys::answer(look, exprs, *parallelism),
    }
}

impl Look<'_> {
    /// The tape of the plan's source, and the plan resolved by it. Mistakes that need no data are found before any is read.
    pub fn resolved(&self) -> Outcome<(Plan, Arc<Tape>)> {
        let request = self.request;
        let found = headwater::mistakes(&request.plan, &request.problems);
        if !found.is_empty() {
            return Err(mistakes(&found));
        }
        let tape = self.tape()?;
        self.cancel.check().map_err(one)?;
        let declared = request.plan.source();
        if let Some(source) = self.resolved.get(&tape, declared) {
            let plan = request.plan.with_source(source);
            headwater::validate(&plan).map_err(|errors| mistakes(&errors))?;
            return Ok((plan, tape));
        }
        let plan = headwater_exec::resolve(&request.plan, &tape).map_err(one)?;
        self.resolved.insert(&tape, declared, plan.source());
        Ok((plan, tape))
    }

    fn tape(&self) -> Outcome<Arc<Tape>> {
        let mut progress = |progress| self.waiting.report(progress);
        let source = self.request.plan.source();
        let tape = self.tapes.get(source, &self.request.sample, self.cancel, &mut progress);
        // A source that cannot be read is a failure of the plan's first step, whoever noticed it.
        tape.map_err(|error| one(if error.kind == ErrorKind::Source { error.at(0) } else { error }))
    }

    /// Says what is being done, for when it takes long.
    pub fn says(&self, what: &str) {
        self.waiting.report(headwater_exec::Progress { what: what.to_owned(), done: 0, total: None });
    }
}

/// Whether the rows of `plan` are its source's records, unchanged.
pub fn is_plain_source(plan: &Plan) -> bool {
    plan.nodes.iter().all(|node| matches!(node.step, Step::Source(_) | Step::EventTime { .. }))
}

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
