//! A request of a cell: what is asked, about which plan, and which line of which cell each step was written in.

use headwater::{Expr, JobOptions, Place, Plan, PlanError, Sample};
use headwater_exec::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What a cell asks for.
#[derive(Debug)]
pub struct Request {
    /// What is asked.
    pub ask: Ask,
    /// The plan that it is about.
    pub plan: Plan,
    /// Where its steps were written.
    pub places: Vec<Place>,
    /// Mistakes that the builders noticed.
    pub problems: Vec<PlanError>,
    /// How the source is sampled.
    pub sample: Sample,
}

/// What is asked, with what only that needs.
#[derive(Debug)]
pub enum Ask {
    /// The first rows.
    Preview,
    /// What is in the data.
    Shape,
    /// What grouping by a key would do.
    Keys(KeysArgs),
    /// A job folder.
    Export(JobOptions),
    /// A pipeline with its sink: what a job would write.
    Job(JobOptions),
}

/// The arguments of a key report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysArgs {
    /// The key.
    pub exprs: Vec<Expr>,
    /// For how many workers.
    pub parallelism: Option<u32>,
}

/// The request as it is sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    verb: Verb,
    plan: Box<RawValue>,
    places: Vec<Place>,
    problems: Vec<PlanError>,
    sample: Sample,
    args: Box<RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verb {
    Preview,
    Shape,
    Keys,
    Export,
    Job,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// It is none: the crate in the cell and this kernel do not fit, or something else has written to the socket.
    pub fn parse(bytes: &[u8]) -> Result<Request> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        let plan = Plan::from_json(wire.plan.get()).map_err(|error| malformed(&error))?;
        let ask = match wire.verb {
            Verb::Preview => Ask::Preview,
            Verb::Shape => Ask::Shape,
            Verb::Keys => Ask::Keys(args(&wire.args)?),
            Verb::Job => Ask::Job(args(&wire.args)?),
            Verb::Export => Ask::Export(args(&wire.args)?),
        };
        Ok(Request { ask, plan, places: wire.places, problems: wire.problems, sample: wire.sample })
    }
}

fn args<'de, T: Deserialize<'de>>(text: &'de RawValue) -> Result<T> {
    serde_json::from_str(text.get()).map_err(|error| malformed(&error))
}

fn malformed(error: &dyn std::fmt::Display) -> Error {
    Error::new(ErrorKind::Internal, format!("the request of the cell could not be read: {error}"))
        .hint("The crate `headwater` in the cell and the kernel may be of different versions: restart the kernel.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater::prelude::*;

    #[test]
    fn every_verb_that_a_cell_sends_is_read() {
        let orders = files("orders.json").schema("city STRING").filter(col("city").is_not_null());
        let options = JobOptions { path: Some("jobs/x".to_owned()), ..JobOptions::default() };
        let keys = headwater::Verb::Keys { exprs: vec![col("city")], parallelism: Some(64) };
        let verbs = [
            headwater::Verb::Preview,
            headwater::Verb::Shape,
            keys,
            headwater::Verb::Job(JobOptions::default()),
            headwater::Verb::Export(options.clone()),
        ];
        for verb in verbs {
            let name = verb.name();
            let place = Place { node: 1, cell: 3, line: 12, column: 5 };
            let problem = PlanError { node: 1, message: "x".to_owned(), hint: None };
            let (places, problems) = (vec![place], vec![problem]);
            let sent = headwater::Request { verb, plan: orders.plan(), places, problems, sample: Sample::default() };
            let read = Request::parse(sent.to_json().as_bytes()).expect(name);
            assert_eq!((read.plan, read.places, read.problems), (sent.plan, sent.places, sent.problems));
            match read.ask {
                Ask::Keys(args) => assert_eq!((args.exprs, args.parallelism), (vec![col("city")], Some(64))),
                Ask::Export(read) => assert_eq!(read, options),
                Ask::Job(read) => assert_eq!(read, JobOptions::default()),
                Ask::Preview | Ask::Shape => {}
            }
        }
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_way_out() {
        for bytes in [&b"hello"[..], b"{}", b"\xff\xfe", b"{\"verb\":\"dance\"}"] {
            let error = Request::parse(bytes).expect_err("no request");
            assert_eq!(error.kind, ErrorKind::Internal);
            assert!(error.message.starts_with("the request of the cell could not be read: "), "{error}");
        }
    }
}
