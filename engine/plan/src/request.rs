//! What a cell asks of the kernel: a verb, the plan, where its steps were written, what is wrong with it, and the sample.

use std::sync::Arc;

use crate::display::{ask_kernel, print_text};
use crate::draft::Draft;
use crate::job::{DeadLetters, Guarantee, JobOptions, LateRows};
use crate::json::{Json, object};
use crate::look::{DiffArgs, DriftArgs, KeysArgs, PinArgs, ShapeArgs, WatchArgs};
use crate::places::Place;
use crate::validate::mistakes;
use crate::{Plan, PlanError, Sample};

/// One request of a cell to the kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What is asked.
    pub verb: Verb,
    /// Of which pipeline; one without steps for [`Verb::Tapes`].
    pub plan: Plan,
    /// Where each node was written.
    pub places: Vec<Place>,
    /// What its builder could not understand; such a node may differ from what was meant.
    pub problems: Vec<PlanError>,
    /// How each source is sampled, in the order of the plan's sources; one that is missing, as by default.
    pub samples: Vec<Sample>,
}

/// What a cell asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// The rows of a stream.
    Preview,
    /// What is in them.
    Shape(ShapeArgs),
    /// The skew of keys.
    Keys(KeysArgs),
    /// What an edit changed in them.
    Diff(DiffArgs),
    /// What became of them since a baseline.
    Drift(DriftArgs),
    /// A baseline to compare with later.
    Pin(PinArgs),
    /// The rows that come from now on.
    Watch(WatchArgs),
    /// The recordings there are.
    Tapes,
    /// A job folder.
    Export(JobOptions),
    /// The rows a job would write.
    Job(JobOptions),
    /// Nothing but to know it by the name of the variable that holds it.
    Name(NameArgs),
}

/// How a pipeline is called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct NameArgs {
    /// The name of the variable.
    pub name: String,
}

impl Verb {
    /// Its name in the request.
    pub fn name(&self) -> &'static str {
        match self {
            Verb::Preview => "preview",
            Verb::Shape(_) => "shape",
            Verb::Keys(_) => "keys",
            Verb::Diff(_) => "diff",
            Verb::Drift(_) => "drift",
            Verb::Pin(_) => "pin",
            Verb::Watch(_) => "watch",
            Verb::Tapes => "tapes",
            Verb::Export(_) => "export",
            Verb::Job(_) => "job",
            Verb::Name(_) => "name",
        }
    }
}

impl Request {
    pub(crate) fn new(draft: &Arc<Draft>, verb: Verb) -> Request {
        let (plan, samples) = (draft.plan(), draft.samples());
        Request { verb, plan, places: draft.places(), problems: draft.noted(), samples }
    }

    /// Asks for the recordings: the one request that is about no pipeline.
    pub(crate) fn tapes() -> Request {
        let plan = Plan { version: crate::PLAN_VERSION, nodes: Vec::new() };
        Request { verb: Verb::Tapes, plan, places: Vec::new(), problems: Vec::new(), samples: Vec::new() }
    }

    /// The JSON that goes over the socket.
    pub fn to_json(&self) -> String {
        self.json()
    }

    /// All that is known to be wrong with the plan before its source is read.
    pub fn mistakes(&self) -> Vec<PlanError> {
        mistakes(&self.plan, &self.problems)
    }

    /// Lets the kernel show it; without a kernel, prints the plan and what is wrong with it.
    pub(crate) fn show(&self) {
        if ask_kernel(&self.json()).is_none() {
            print_text(&self.to_text());
        }
    }

    /// Lets the kernel do it and gives its answer; without a kernel, says on standard error that nothing was done.
    pub(crate) fn carry_out(&self, verb: &str) -> Option<String> {
        let answer = ask_kernel(&self.json());
        if answer.is_none() {
            eprintln!("`{verb}` did nothing: it needs a notebook with the Headwater kernel");
        }
        answer
    }

    fn to_text(&self) -> String {
        if self.verb == Verb::Tapes {
            return "no tapes: they are recorded in a notebook with the Headwater kernel".to_owned();
        }
        let mut text = self.plan.to_string();
        for mistake in self.mistakes() {
            let place = self.plan.describe(mistake.node);
            text.push_str(&format!("\n\n{place}: {mistake}"));
        }
        text
    }
}

impl Json for Request {
    fn write(&self, out: &mut String) {
        let Request { verb, plan, places, problems, samples } = self;
        object(
            out,
            &[
                ("verb", &verb.name()),
                ("plan", plan),
                ("places", places),
                ("problems", problems),
                ("samples", samples),
                ("args", verb),
            ],
        );
    }
}

/// The arguments of a verb.
impl Json for Verb {
    fn write(&self, out: &mut String) {
        match self {
            Verb::Preview | Verb::Tapes => object(out, &[]),
            Verb::Shape(args) => args.write(out),
            Verb::Keys(args) => args.write(out),
            Verb::Diff(args) => args.write(out),
            Verb::Drift(args) => args.write(out),
            Verb::Pin(args) => args.write(out),
            Verb::Watch(args) => args.write(out),
            Verb::Export(options) | Verb::Job(options) => options.write(out),
            Verb::Name(NameArgs { name }) => object(out, &[("name", name)]),
        }
    }
}

impl Json for JobOptions {
    fn write(&self, out: &mut String) {
        let JobOptions { path, guarantee, dead_letters, late, with_sample, overwrite } = self;
        object(
            out,
            &[
                ("path", path),
                ("guarantee", guarantee),
                ("dead_letters", dead_letters),
                ("late", late),
                ("with_sample", with_sample),
                ("overwrite", overwrite),
            ],
        );
    }
}

impl Json for Guarantee {
    fn write(&self, out: &mut String) {
        self.name().write(out);
    }
}

impl Json for LateRows {
    fn write(&self, out: &mut String) {
        match self {
            LateRows::Topic(topic) => object(out, &[("topic", topic)]),
            LateRows::File(path) => object(out, &[("file", path)]),
        }
    }
}

impl Json for DeadLetters {
    fn write(&self, out: &mut String) {
        match self {
            DeadLetters::Topic(topic) => object(out, &[("topic", topic)]),
            DeadLetters::File(path) => object(out, &[("file", path)]),
            DeadLetters::Stop => "stop".write(out),
        }
    }
}
