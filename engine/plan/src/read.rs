//! The one reader of the plan's JSON (feature `serde`): strict, so that what is read is what was written.

use std::fmt;

use crate::look::{DiffArgs, Other, ShapeArgs, ShapeSort, Versus};
use crate::mistake::Mistake;
use crate::places::Place;
use crate::request::{Request, Verb};
use crate::validate::step_exprs;
use crate::{Expr, PLAN_VERSION, Plan, PlanError, Sample, Step};

/// Why a text is not a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It is not the JSON of a plan: a syntax error, an unknown or missing field, with line and column.
    Json(String),
    /// It was written by another version of Headwater.
    Version(u32),
    /// It is JSON of the right fields, but its nodes do not form a plan.
    Nodes(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Json(reason) => write!(f, "not the JSON of a plan: {reason}"),
            ReadError::Version(found) => {
                write!(f, "the plan has version {found}, but this Headwater reads version {PLAN_VERSION}")
            }
            ReadError::Nodes(reason) => write!(f, "not a plan: {reason}"),
        }
    }
}

impl std::error::Error for ReadError {}

/// The version alone, read first so that a newer plan is not called a damaged one.
#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

impl Plan {
    /// Reads a plan from its JSON. Unknown fields are refused; the mistakes a user can make are found by [`crate::validate`].
    pub fn from_json(text: &str) -> Result<Plan, ReadError> {
        let probe: Version = serde_json::from_str(text).map_err(|error| ReadError::Json(error.to_string()))?;
        if probe.version != PLAN_VERSION {
            return Err(ReadError::Version(probe.version));
        }
        let plan: Plan = serde_json::from_str(text).map_err(|error| ReadError::Json(error.to_string()))?;
        plan.checked()?;
        if let Some(node) = plan.nodes.iter().find(|node| matches!(node.step, Step::Recall(_))) {
            return Err(ReadError::Nodes(format!("node {} is a pipeline that only a kernel knows", node.id)));
        }
        match plan.nodes.iter().find(|node| step_exprs(&node.step).into_iter().any(Expr::has_sql)) {
            Some(node) => Err(ReadError::Nodes(format!("node {} holds SQL text that was never read", node.id))),
            None => Ok(plan),
        }
    }

    /// Reads the plan of a request: as a cell wrote it, so that it may hold SQL text. What is wrong with that is told.
    fn from_cell(text: &str) -> Result<(Plan, Vec<PlanError>), ReadError> {
        let mut plan: Plan = serde_json::from_str(text).map_err(|error| ReadError::Json(error.to_string()))?;
        plan.checked()?;
        let wrong = plan.read_sql();
        Ok((plan, wrong))
    }

    fn checked(&self) -> Result<(), ReadError> {
        match self.version {
            PLAN_VERSION => self.well_formed().map_err(ReadError::Nodes),
            other => Err(ReadError::Version(other)),
        }
    }
}

/// Reads a float to the last bit, which `serde_json` alone does not promise.
pub(crate) fn exact_float<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let raw: Box<serde_json::value::RawValue> = serde::Deserialize::deserialize(deserializer)?;
    finite(raw.get())
}

fn finite<E: serde::de::Error>(text: &str) -> Result<f64, E> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.ok_or_else(|| E::custom(format_args!("`{text}` is not a finite number")))
}

/// As [`exact_float`], or nothing.
pub(crate) fn exact_float_or_null<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let raw: Box<serde_json::value::RawValue> = serde::Deserialize::deserialize(deserializer)?;
    if raw.get() == "null" { Ok(None) } else { finite(raw.get()).map(Some) }
}

/// A request as it stands in the JSON, its plan and arguments still to be read by their own readers.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest<'a> {
    verb: String,
    #[serde(borrow)]
    plan: &'a serde_json::value::RawValue,
    places: Vec<Place>,
    problems: Vec<PlanError>,
    samples: Vec<Sample>,
    #[serde(borrow)]
    args: &'a serde_json::value::RawValue,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShape {
    sort: ShapeSort,
    columns: Vec<String>,
    versus: Option<RawVersus>,
    redact: bool,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawVersus {
    Baseline(String),
    Stream(Box<Other>),
}

impl RawShape {
    fn checked(self) -> Result<ShapeArgs, ReadError> {
        let RawShape { sort, columns, versus, redact } = self;
        let versus = match versus {
            Some(RawVersus::Stream(other)) => Some(Versus::Stream(other.checked()?)),
            Some(RawVersus::Baseline(name)) => Some(Versus::Baseline(name)),
            None => None,
        };
        Ok(ShapeArgs { sort, columns, versus, redact })
    }
}

impl Other {
    /// The same once it is known to be a graph, with its SQL text read.
    fn checked(mut self: Box<Self>) -> Result<Box<Self>, ReadError> {
        self.plan.checked()?;
        let wrong = self.plan.read_sql();
        self.problems.extend(wrong);
        Ok(self)
    }
}

impl Request {
    /// Reads what a cell sent.
    pub fn from_json(text: &str) -> Result<Request, ReadError> {
        let broken = |error: serde_json::Error| ReadError::Json(error.to_string());
        let raw: RawRequest = serde_json::from_str(text).map_err(broken)?;
        let args = raw.args.get();
        let (plan, wrong) = match raw.verb.as_str() {
            "tapes" => return Ok(Request::tapes()),
            _ => Plan::from_cell(raw.plan.get())?,
        };
        let mut verb = match raw.verb.as_str() {
            "preview" => Verb::Preview,
            "shape" => Verb::Shape(serde_json::from_str::<RawShape>(args).map_err(broken)?.checked()?),
            "keys" => Verb::Keys(serde_json::from_str(args).map_err(broken)?),
            "diff" => {
                let DiffArgs { previous, by } = serde_json::from_str(args).map_err(broken)?;
                Verb::Diff(DiffArgs { previous: previous.checked()?, by })
            }
            "drift" => Verb::Drift(serde_json::from_str(args).map_err(broken)?),
            "pin" => Verb::Pin(serde_json::from_str(args).map_err(broken)?),
            "watch" => Verb::Watch(serde_json::from_str(args).map_err(broken)?),
            "export" => Verb::Export(serde_json::from_str(args).map_err(broken)?),
            "job" => Verb::Job(serde_json::from_str(args).map_err(broken)?),
            "name" => Verb::Name(serde_json::from_str(args).map_err(broken)?),
            other => return Err(ReadError::Json(format!("no verb `{other}`"))),
        };
        let RawRequest { places, mut problems, samples, .. } = raw;
        let last = plan.nodes.last().map_or(0, |node| node.id);
        problems.extend(wrong);
        problems.extend(verb.read_sql().into_iter().map(|mistake| mistake.of("`keys`").at(last)));
        Ok(Request { verb, plan, places, problems, samples })
    }
}

impl Verb {
    /// Reads the SQL text in its arguments; gives what is wrong with it.
    fn read_sql(&mut self) -> Vec<Mistake> {
        let exprs: Vec<&mut Expr> = match self {
            Verb::Keys(args) => args.exprs.iter_mut().collect(),
            Verb::Pin(args) => args.keys.iter_mut().flat_map(|key| &mut key.exprs).collect(),
            Verb::Watch(args) => args.keys.iter_mut().collect(),
            _ => Vec::new(),
        };
        exprs.into_iter().filter_map(crate::sql::read).collect()
    }
}
