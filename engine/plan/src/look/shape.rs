//! `Shape`: what is in a stream, and with what it is compared.

use std::sync::Arc;

use crate::draft::Draft;
use crate::look::drift::{PinArgs, Pinned};
use crate::mistake::Mistake;
use crate::names::suggest;
use crate::places::Place;
use crate::request::{Request, Verb};
use crate::{IntoNames, Plan, PlanError, Sample, Stream};

/// What is in a stream. Shown when it ends a cell; made by [`crate::Stream::shape`].
#[derive(Clone, Debug)]
pub struct Shape {
    draft: Arc<Draft>,
    args: ShapeArgs,
}

/// How a shape report is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ShapeArgs {
    /// The order of the paths.
    pub sort: ShapeSort,
    /// The paths that are shown, `*` for any text; all when there are none.
    pub columns: Vec<String>,
    /// What it is compared with.
    pub versus: Option<Versus>,
    /// Whether values are kept out of the report.
    pub redact: bool,
}

/// The order in which a shape report lists the paths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ShapeSort {
    /// As they first appear in the records.
    #[default]
    Order,
    /// The least even values first.
    Nonuniform,
    /// The most often missing first.
    Missing,
    /// The most changed first, when compared.
    Drift,
    /// By name.
    Name,
}

/// What a shape is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Versus {
    /// A pinned baseline: its name, or the path of its file.
    Baseline(String),
    /// The rows of another pipeline.
    Stream(Box<Other>),
}

/// Another pipeline in a request: its plan, where it was written, what is wrong with it, and how it is sampled.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Other {
    /// The pipeline.
    pub plan: Plan,
    /// Where each node was written.
    pub places: Vec<Place>,
    /// What its builder could not understand.
    pub problems: Vec<PlanError>,
    /// How each of its sources is sampled; see [`Request::samples`].
    pub samples: Vec<Sample>,
}

const SORTS: [(&str, ShapeSort); 5] = [
    ("order", ShapeSort::Order),
    ("nonuniform", ShapeSort::Nonuniform),
    ("missing", ShapeSort::Missing),
    ("drift", ShapeSort::Drift),
    ("name", ShapeSort::Name),
];

impl ShapeSort {
    /// Its name, as a cell writes it.
    pub fn name(self) -> &'static str {
        SORTS.iter().find(|(_, sort)| *sort == self).map_or("order", |(name, _)| name)
    }

    /// Reads `order`, `nonuniform`, `missing`, `drift` or `name`.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<ShapeSort, Mistake> {
        if let Some((_, sort)) = SORTS.iter().find(|(name, _)| *name == text) {
            return Ok(*sort);
        }
        let names = SORTS.map(|(name, _)| name);
        let hint = match suggest(text, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the orders are {}", names.join(", ")),
        };
        Err(Mistake::new(format!("no order `{text}`")).hint(hint))
    }
}

impl Shape {
    pub(crate) fn new(draft: Arc<Draft>) -> Shape {
        Shape { draft, args: ShapeArgs::default() }
    }

    fn with(&self, change: impl FnOnce(&mut ShapeArgs)) -> Shape {
        let mut shape = self.clone();
        change(&mut shape.args);
        shape
    }

    fn noting(&self, mistake: Mistake) -> Shape {
        Shape { draft: self.draft.noting(mistake.of("`shape`")), args: self.args.clone() }
    }

    /// The order of the paths: `"order"` as in the records (the default), `"nonuniform"`, `"missing"`, `"drift"` or `"name"`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let shape = kafka("localhost:9092", "orders").shape().sort("missing");
    /// # assert!(shape.mistakes().is_empty());
    /// ```
    pub fn sort(&self, by: impl AsRef<str>) -> Shape {
        match ShapeSort::parse(by.as_ref()) {
            Ok(sort) => self.with(|args| args.sort = sort),
            Err(mistake) => self.noting(mistake),
        }
    }

    /// Only these paths, each with what lies in it; `*` stands for any text.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let shape = kafka("localhost:9092", "orders").shape().columns(["user.*", "amount"]);
    /// # assert!(shape.mistakes().is_empty());
    /// ```
    pub fn columns(&self, paths: impl IntoNames) -> Shape {
        let paths = paths.into_names();
        self.with(|args| args.columns = paths)
    }

    /// Beside another stream: which paths are spread otherwise there, the most changed first unless sorted.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let (old, new) = (files("monday.json").json(), files("tuesday.json").json());
    /// let shape = new.shape().versus(&old);
    /// # assert!(shape.mistakes().is_empty());
    /// ```
    pub fn versus(&self, other: &Stream) -> Shape {
        let other = Versus::Stream(Box::new(Other::new(other.draft())));
        self.with(|args| args.versus = Some(other))
    }

    /// Beside a baseline that was pinned before: its name, or the path of its file.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let shape = kafka("localhost:9092", "orders").shape().versus_baseline("normal");
    /// # assert!(shape.mistakes().is_empty());
    /// ```
    pub fn versus_baseline(&self, name: impl Into<String>) -> Shape {
        let name = name.into();
        self.with(|args| args.versus = Some(Versus::Baseline(name)))
    }

    /// No value of the data in the report: numbers and types only.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let shape = kafka("localhost:9092", "orders").shape().redact();
    /// # assert!(shape.mistakes().is_empty());
    /// ```
    pub fn redact(&self) -> Shape {
        self.with(|args| args.redact = true)
    }

    /// Pins what is in the stream as a baseline; see [`crate::Stream::pin`]. After [`Shape::redact`] its file holds no value.
    ///
    /// ```no_run
    /// # use headwater::prelude::*;
    /// kafka("localhost:9092", "orders").shape().redact().pin("normal");
    /// ```
    pub fn pin(&self, name: impl Into<String>) -> Pinned {
        let args = PinArgs { name: name.into(), keys: Vec::new(), redact: self.args.redact };
        Pinned::carry_out(&self.draft, args)
    }

    /// How the report is made.
    pub fn args(&self) -> &ShapeArgs {
        &self.args
    }

    /// All that is known to be wrong without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows the report in the notebook; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Shape(self.args.clone())).show();
    }
}

impl Other {
    pub(crate) fn new(draft: &Arc<Draft>) -> Other {
        Other { plan: draft.plan(), places: draft.places(), problems: draft.noted(), samples: draft.samples() }
    }
}
