//! Pipelines of several requests brought together in one plan (feature `serde`: the kernel's side). What handles in a cell share is one step of a
//! plan; here a step is known again by what it is and where it was written, so that the plan, and its fingerprint, are those of the builder.

use std::sync::Arc;

use super::Draft;
use crate::mistake::{Mistake, PlanError};
use crate::places::Place;
use crate::request::{Request, Verb};
use crate::{Other, Plan, Recalled, Sample, Step, Versus};

/// A pipeline of the kernel by its number.
pub type Known<'a> = &'a dyn Fn(u64) -> Option<Request>;

/// Steps that were brought together so far.
#[derive(Default)]
pub(crate) struct Gathered {
    steps: Vec<Arc<Draft>>,
}

/// What a pipeline is in a request.
struct Parts<'a> {
    plan: &'a Plan,
    places: &'a [Place],
    problems: &'a [PlanError],
    samples: &'a [Sample],
}

impl Gathered {
    /// The pipeline of a request.
    pub(crate) fn pipeline(&mut self, of: &Request) -> Arc<Draft> {
        self.add(&of.into(), &mut |_, _, _| None)
    }

    /// The steps of a pipeline. For one that stands for another pipeline, `instead` gives that.
    fn add(
        &mut self,
        of: &Parts<'_>,
        instead: &mut dyn FnMut(&mut Gathered, &Recalled, &Sample) -> Option<Arc<Draft>>,
    ) -> Arc<Draft> {
        let mut samples = of.samples.iter();
        let mut drafts: Vec<Arc<Draft>> = Vec::with_capacity(of.plan.nodes.len());
        for node in &of.plan.nodes {
            let is_source = matches!(node.step, Step::Source(_) | Step::Recall(_));
            let sample = if is_source { samples.next().cloned() } else { None }.unwrap_or_default();
            let problems = of.problems.iter().filter(|problem| problem.node == node.id);
            let noted = problems
                .map(|PlanError { message, hint, .. }| Mistake { message: message.clone(), hint: hint.clone() });
            if let Step::Recall(recalled) = &node.step
                && let Some(draft) = instead(self, recalled, &sample)
            {
                drafts.push(noted.fold(draft, |draft, mistake| draft.noting(mistake)));
                continue;
            }
            let place = of.places.iter().find(|place| place.node == node.id).copied();
            let place = place.unwrap_or(Place { node: 0, cell: 0, line: 0, column: 0 });
            let inputs = node.inputs.iter().map(|input| Arc::clone(&drafts[*input as usize])).collect();
            let draft = Draft {
                inputs,
                step: node.step.clone(),
                place: Place { node: 0, ..place },
                noted: noted.collect(),
                sample,
            };
            drafts.push(self.step(draft, &drafts));
        }
        drafts.pop().unwrap_or_else(|| unreachable!("a plan has nodes, and so has every request that is about one"))
    }

    /// The step that is known already, unless it is one of `others`, which belong to the same pipeline; otherwise it is new.
    fn step(&mut self, draft: Draft, others: &[Arc<Draft>]) -> Arc<Draft> {
        let is_other = |known: &Arc<Draft>| others.iter().any(|other| Arc::ptr_eq(other, known));
        if let Some(known) = self.steps.iter().find(|known| known.is(&draft) && !is_other(known)) {
            return Arc::clone(known);
        }
        let draft = Arc::new(draft);
        self.steps.push(Arc::clone(&draft));
        draft
    }
}

impl Draft {
    /// The column of event time, as the newest step declared it.
    pub(crate) fn event_time(&self) -> Option<&str> {
        match &self.step {
            Step::EventTime { column, .. } => Some(column),
            _ => self.inputs.first().and_then(|input| input.event_time()),
        }
    }

    /// Whether both were written in one place, which is known, and are the same.
    fn is(&self, other: &Draft) -> bool {
        self.place.line > 0
            && self.place == other.place
            && self.inputs.len() == other.inputs.len()
            && self.inputs.iter().zip(&other.inputs).all(|(own, other)| Arc::ptr_eq(own, other))
            && (&self.step, &self.noted, &self.sample) == (&other.step, &other.noted, &other.sample)
    }
}

impl<'a> From<&'a Request> for Parts<'a> {
    fn from(request: &'a Request) -> Parts<'a> {
        let Request { plan, places, problems, samples, .. } = request;
        Parts { plan, places, problems, samples }
    }
}

impl<'a> From<&'a Other> for Parts<'a> {
    fn from(other: &'a Other) -> Parts<'a> {
        let Other { plan, places, problems, samples } = other;
        Parts { plan, places, problems, samples }
    }
}

impl Request {
    /// The same with the kernel's pipelines in the places of the steps that stand for them.
    ///
    /// # Errors
    /// A pipeline that is not known.
    pub fn with_recalled(mut self, known: Known<'_>) -> Result<Request, PlanError> {
        if let Some(draft) = recalled(&(&self).into(), known)? {
            self = Request::new(&draft, self.verb);
        }
        let other = match &mut self.verb {
            Verb::Diff(args) => Some(&mut args.previous),
            Verb::Shape(args) => match &mut args.versus {
                Some(Versus::Stream(other)) => Some(other),
                _ => None,
            },
            _ => None,
        };
        if let Some(other) = other
            && let Some(draft) = recalled(&(&**other).into(), known)?
        {
            **other = Other::new(&draft);
        }
        Ok(self)
    }
}

/// The pipeline with every one that it names in its place; nothing, when it names none.
fn recalled(parts: &Parts<'_>, known: Known<'_>) -> Result<Option<Arc<Draft>>, PlanError> {
    if !parts.plan.nodes.iter().any(|node| matches!(node.step, Step::Recall(_))) {
        return Ok(None);
    }
    let mut missing = None;
    let draft = Gathered::default().add(parts, &mut |gathered, recalled, sample| match known(recalled.serial) {
        Some(mut request) => {
            request.samples.iter_mut().for_each(|own| asked_anew(own, sample));
            Some(gathered.pipeline(&request))
        }
        None => {
            missing = Some(recalled.name.clone());
            None
        }
    });
    match missing {
        None => Ok(Some(draft)),
        Some(name) => {
            Err(Mistake::new(format!("no pipeline `{name}` is kept")).hint("run the cell that defines it again").at(0))
        }
    }
}

/// How a source is sampled when its pipeline is: as that says, where it says something.
fn asked_anew(own: &mut Sample, asked: &Sample) {
    let usual = Sample { again: asked.again, ..Sample::default() };
    if *asked == usual {
        own.again |= asked.again;
    } else {
        own.clone_from(asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DiffArgs;
    use crate::prelude::*;
    use crate::stream::recall;

    fn request(stream: &Stream) -> Request {
        let request = Request::new(stream.draft(), Verb::Preview);
        Request::from_json(&request.to_json()).unwrap()
    }

    /// What the kernel makes of a stream of a cell, when it knows `orders` as 1 and `paid` as 2.
    fn put_in_place(stream: &Stream, known: &[&Stream]) -> Request {
        let known = |serial: u64| known.get(usize::try_from(serial).unwrap() - 1).map(|stream| request(stream));
        request(stream).with_recalled(&known).unwrap()
    }

    fn orders() -> Stream {
        kafka("localhost:9092", "orders").json().event_time("ts", "10s").sample(latest().rows(500))
    }

    #[test]
    fn a_pipeline_that_is_put_in_its_place_is_the_builders() {
        let orders = orders();
        let paid = orders.filter(col("amount").gt(0));
        let revenue = |of: &Stream| of.group_by("city").window(tumbling("1m")).agg(sum("amount"));
        let put = put_in_place(&revenue(&recall("paid", 2)), &[&orders, &paid]);
        assert_eq!(put.plan.to_json(), revenue(&paid).plan().to_json());
        assert_eq!(put.samples, paid.samples());
        assert_eq!(put.places.len(), 4);
        assert_eq!(put.places[..3], request(&paid).places, "what was written before stands where it was written");
        assert!(put.mistakes().is_empty(), "{:?}", put.mistakes());
    }

    #[test]
    fn what_two_pipelines_share_is_one_step() {
        let orders = orders();
        let paid = orders.filter(col("amount").gt(0));
        let both = recall("paid", 2).union(&recall("orders", 1));
        let put = put_in_place(&both, &[&orders, &paid]);
        assert_eq!(put.plan.to_json(), paid.union(&orders).plan().to_json());
        let twins: Vec<Stream> = (0..2).map(|_| self::orders()).collect();
        let both = twins[0].union(&twins[1]);
        assert_eq!(put_in_place(&recall("both", 1), &[&both]).plan.to_json(), both.plan().to_json());
    }

    #[test]
    fn a_sample_counts_for_the_sources_of_the_pipeline() {
        let (orders, new) = (orders(), earliest().rows(7));
        assert_eq!(put_in_place(&recall("orders", 1).sample(new.clone()), &[&orders]).samples[0].rows, 7);
        let again = put_in_place(&recall("orders", 1).resample(), &[&orders]);
        assert_eq!((again.samples[0].rows, again.samples[0].again), (500, true));
    }

    #[test]
    fn other_pipelines_of_a_request_are_put_in_their_places_too() {
        let orders = orders();
        let diff = Request::new(
            orders.draft(),
            Verb::Diff(DiffArgs { previous: Box::new(Other::new(recall("orders", 1).draft())), by: vec![] }),
        );
        let read = Request::from_json(&diff.to_json()).unwrap().with_recalled(&|_| Some(request(&orders))).unwrap();
        let Verb::Diff(args) = read.verb else { panic!("a diff") };
        assert_eq!(args.previous.plan.to_json(), orders.plan().to_json());
    }

    #[test]
    fn what_the_kernel_keeps_is_not_changed_from_a_cell() {
        let kept = recall("orders", 1);
        for wrong in [kept.json(), kept.idle_after("1m"), kept.schema("a INT")] {
            assert_eq!(wrong.mistakes().len(), 1, "{:?}", wrong.mistakes());
        }
        insta::assert_snapshot!(kept.csv().mistakes()[0], @r"
        `csv` cannot change `orders`, which the kernel has kept
        hint: write it where `kafka(…)` or `files(…)` stands, and run that cell again
        ");
        assert!(
            kept.group_by("city").window(tumbling("1m")).agg(count()).mistakes().is_empty(),
            "nothing is said of it"
        );
        insta::assert_snapshot!(request(&kept).with_recalled(&|_| None).unwrap_err(), @r"
        no pipeline `orders` is kept
        hint: run the cell that defines it again
        ");
        insta::assert_snapshot!(crate::validate(&kept.plan()).unwrap_err()[0], @r"
        the pipeline `orders` is known to a kernel only
        hint: look at it in its notebook
        ");
        assert!(Plan::from_json(&kept.plan().to_json()).is_err());
    }
}
