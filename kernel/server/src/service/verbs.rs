//! From a request to what is shown: the steps that all verbs share (mistakes first, then the tape, then the resolved plan).

use crate::display::MimeBundle;
use crate::service::Desk;
use crate::service::aside::{aside, aside_hearing};
use crate::service::{drift, edit_diff, export, keys, preview, shape, tapes, watch};
use headwater::{Other, Plan, PlanError, Request, Sample, Source, Verb};
use headwater_exec::{ErrorKind, Tape};
use headwater_look::ResolvedSources;
pub use headwater_look::{Outcome, mistakes, one};
use std::sync::Arc;

/// A request with what it takes to answer it.
pub struct Look<'a> {
    /// What is asked.
    pub request: &'a Request,
    /// What it takes.
    pub desk: &'a Desk<'a>,
}

/// What a request came to.
pub struct Answer {
    /// What is shown; nothing when all has been shown already.
    pub bundle: Option<MimeBundle>,
    /// What the cell is told: the absolute path of an export, otherwise nothing.
    pub reply: String,
}

impl Answer {
    /// Something to show, nothing to tell.
    pub fn show(bundle: MimeBundle) -> Answer {
        Answer { bundle: Some(bundle), reply: String::new() }
    }
}

/// Answers a request.
pub fn answer(look: &Look<'_>) -> Outcome<Answer> {
    match &look.request.verb {
        Verb::Preview | Verb::Job(_) => preview::answer(look),
        Verb::Export(options) => export::answer(look, options),
        Verb::Shape(args) => shape::answer(look, args),
        Verb::Keys(args) => keys::answer(look, args),
        Verb::Diff(args) => edit_diff::answer(look, args),
        Verb::Drift(args) => drift::answer(look, args),
        Verb::Pin(args) => drift::pin(look, args),
        Verb::Watch(args) => watch::answer(look, args),
        Verb::Tapes => tapes::answer(look.desk).map(Answer::show),
        // It has its name already, by whoever read the request.
        Verb::Name(_) => Ok(Answer { bundle: None, reply: String::new() }),
    }
}

impl Look<'_> {
    /// The tapes of the plan's sources, and the plan resolved by them. Mistakes that need no data are found before any is read.
    pub fn resolved(&self) -> Outcome<(Plan, Vec<Arc<Tape>>)> {
        self.no_mistakes()?;
        self.recorded(&self.request.plan, &self.request.samples, &|_, _| None)
    }

    /// The same. As long as the only source is being recorded, what `shown` makes of the part that has been read is shown.
    pub fn resolved_showing(
        &self,
        shown: &dyn Fn(&Plan, &Tape) -> Option<MimeBundle>,
    ) -> Outcome<(Plan, Vec<Arc<Tape>>)> {
        self.no_mistakes()?;
        self.recorded(&self.request.plan, &self.request.samples, shown)
    }

    /// The same of another pipeline that the request is about too.
    pub fn resolved_other(&self, other: &Other) -> Outcome<(Plan, Vec<Arc<Tape>>)> {
        no_mistakes(&other.plan, &other.problems)?;
        self.recorded(&other.plan, &other.samples, &|_, _| None)
    }

    fn recorded(
        &self,
        plan: &Plan,
        samples: &[Sample],
        shown: &dyn Fn(&Plan, &Tape) -> Option<MimeBundle>,
    ) -> Outcome<(Plan, Vec<Arc<Tape>>)> {
        let (mut tapes, sources) = (Vec::new(), plan.sources());
        let mut so_far = |part: Tape| {
            let part = [Arc::new(part)];
            // A part that cannot be looked at says nothing of the whole.
            let resolved = headwater_look::resolve(plan, &part, &ResolvedSources::default()).ok();
            let found = resolved.filter(|_| sources.len() == 1).and_then(|plan| shown(&plan, &part[0]));
            found.into_iter().for_each(|found| self.desk.waiting.partial(found));
        };
        for (at, (node, source)) in plan.sources().into_iter().enumerate() {
            let asked = samples.get(at).cloned().unwrap_or_default();
            let sample = headwater_exec::sample_of(plan, node, &self.desk.settings.sample(asked));
            tapes.push(self.tape(node, source, &sample, &mut so_far)?);
            self.desk.cancel.check().map_err(one)?;
        }
        let (plan, seen, known) = (plan.clone(), tapes.clone(), self.desk.resolved.clone());
        let resolved = aside(self.desk, move |_, _| headwater_look::resolve(&plan, &seen, &known))?;
        Ok((resolved, tapes))
    }

    /// That nothing is known to be wrong before the source is read.
    pub fn no_mistakes(&self) -> Outcome<()> {
        no_mistakes(&self.request.plan, &self.request.problems)
    }

    fn tape(&self, node: u32, source: &Source, sample: &Sample, so_far: &mut dyn FnMut(Tape)) -> Outcome<Arc<Tape>> {
        let store = if sample.name.is_some() { self.desk.named_tapes } else { self.desk.tapes }.clone();
        let (source, sample) = (source.clone(), sample.clone());
        aside_hearing(self.desk, so_far, move |voice, cancel| {
            let (mut progress, mut part) = (|progress| voice.progress(progress), |part| voice.part(part));
            let tape = store.get_watched(&source, &sample, cancel, &mut progress, &mut part);
            // A source that cannot be read is a failure of its step, whoever noticed it.
            tape.map_err(|error| one(if error.kind == ErrorKind::Source { error.at(node) } else { error }))
        })
    }
}

fn no_mistakes(plan: &Plan, problems: &[PlanError]) -> Outcome<()> {
    let found = headwater::mistakes(plan, problems);
    if found.is_empty() { Ok(()) } else { Err(mistakes(&found)) }
}
