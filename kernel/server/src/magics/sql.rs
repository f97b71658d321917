//! `%%sql`: a SELECT over the notebook's pipelines makes a pipeline, without compiling anything.

use super::{Call, Group, Magic, Takes, misused};
use crate::display::MimeBundle;
use crate::pipelines::Pipelines;
use crate::service::{Desk, Look, preview};
use headwater::sql::{SqlFault, Tables, TextPlace, select};
use headwater::{PLAN_VERSION, Place, Plan, Request, Verb};
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};
use std::cell::RefCell;

/// The magic.
pub struct Sql;

impl Magic for Sql {
    fn name(&self) -> &'static str {
        "sql"
    }

    fn takes(&self) -> Takes {
        Takes::Cell
    }

    fn group(&self) -> Group {
        Group::Pipelines
    }

    fn usage(&self) -> &'static str {
        "[NAME]"
    }

    fn about(&self) -> &'static str {
        "A SELECT over the notebook's pipelines, previewed; with a name, a pipeline that Rust cells go on with."
    }

    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("NAME", "the name of the pipeline, and of its variable in Rust cells"),
            (
                "FROM orders",
                "a pipeline; kafka('localhost:9092', 'orders') and files('data/*.parquet') are read at once",
            ),
            (
                "GROUP BY city, TUMBLE(ts, INTERVAL '1' MINUTE)",
                "windows: TUMBLE, HOP, CUMULATE, SESSION; window_start, window_end",
            ),
            ("JOIN p ON o.id = p.id AND p.ts BETWEEN …", "joins in time, in windows, or with a table of files"),
            ("QUALIFY row_number() OVER (…) <= 3", "the best rows of each window"),
        ]
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        let name = match call.words()[..] {
            [] => None,
            [name] => Some(checked(name)?),
            [first, ..] => return checked(first).and_then(|_| Err(misused(self, "`%%sql` takes one name"))),
        };
        if call.body.trim().is_empty() {
            let hint = "write it into the lines below, such as `SELECT * FROM orders WHERE amount > 0`";
            return Err(one(Error::new(ErrorKind::Config, "there is no SELECT").hint(hint)));
        }
        desk.ensure_pipelines()?;
        let request = desk.asks(statement(call, desk)?);
        let shown = preview::answer(&Look { request, desk })?;
        if let Some(name) = name {
            desk.pipelines.define(name, request.clone());
            desk.variables.make(name);
        }
        Ok(shown.bundle)
    }
}

/// The request that the statement of a cell means.
fn statement(call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Request> {
    let place = TextPlace { cell: desk.cell, lines_before: call.line };
    let notebook = Notebook { pipelines: desk.pipelines, desk, refused: RefCell::default() };
    select(call.body, place, &notebook).map_err(|fault| {
        // What kept the columns of a table from being known says more than that they are not.
        let (request, errors) = notebook.refused.take().unwrap_or_else(|| faulty(&fault, call, place));
        desk.asks(request);
        errors
    })
}

/// A fault as the error of the only node of a request that has a place and nothing else.
fn faulty(fault: &SqlFault, call: &Call<'_>, place: TextPlace) -> (Request, Vec<Error>) {
    let (line, column) = fault.place(call.body).unwrap_or((1, 1));
    let places = vec![Place { node: 0, cell: place.cell, line: line + place.lines_before, column }];
    let plan = Plan { version: PLAN_VERSION, nodes: Vec::new() };
    let request = Request { verb: Verb::Preview, plan, places, problems: Vec::new(), samples: Vec::new() };
    let error = Error::new(ErrorKind::Plan, fault.message()).at(0);
    (request, one(fault.advice().into_iter().fold(error, Error::hint)))
}

/// The pipelines that a statement reads.
struct Notebook<'a> {
    pipelines: &'a Pipelines,
    desk: &'a Desk<'a>,
    /// Why the columns of one could not be known.
    refused: RefCell<Option<(Request, Vec<Error>)>>,
}

impl Tables for Notebook<'_> {
    fn names(&self) -> Vec<String> {
        self.pipelines.names()
    }

    fn get(&self, name: &str) -> Option<Request> {
        self.pipelines.get(name).map(|pipeline| pipeline.request.clone())
    }

    fn columns(&self, of: &Request) -> Option<Vec<String>> {
        let resolved = Look { request: of, desk: self.desk }.resolved();
        let schemas = resolved
            .and_then(|(plan, _)| headwater::validate(&plan).map_err(|errors| headwater_look::mistakes(&errors)));
        match schemas {
            Ok(schemas) => Some(schemas.last()?.names().into_iter().map(str::to_owned).collect()),
            Err(errors) => {
                self.refused.replace(Some((of.clone(), errors)));
                None
            }
        }
    }
}

/// Words of Rust that no variable is called.
const TAKEN: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name, if a variable can have it.
fn checked(name: &str) -> Outcome<&str> {
    let wrong = |what: String, hint: String| Err(one(Error::new(ErrorKind::Config, what).hint(hint)));
    if ["select", "with", "from"].contains(&name.to_ascii_lowercase().as_str()) {
        return wrong(
            "a statement begins on the line below".to_owned(),
            "write `%%sql` or `%%sql revenue` on a line of its own".to_owned(),
        );
    }
    if TAKEN.contains(&name) {
        return wrong(
            format!("`{name}` is a word of Rust, so no variable can have this name"),
            format!("such as `%%sql {name}_rows`"),
        );
    }
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if begins && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') && name != "_" {
        return Ok(name);
    }
    let hint = "a name is that of a variable: letters, digits and `_`, such as `%%sql revenue`";
    wrong(format!("`{name}` is no name of a variable"), hint.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_variable() {
        for name in ["revenue", "_a", "r2_d2", "Self_"] {
            assert_eq!(checked(name), Ok(name));
        }
        for name in ["2nd", "a-b", "_", "", "type", "é"] {
            assert!(checked(name).is_err(), "`{name}`");
        }
    }
}
