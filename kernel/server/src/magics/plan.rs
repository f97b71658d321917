//! `%plan`: the graph of a pipeline.

use super::{Call, Group, Magic, misused};
use crate::display::MimeBundle;
use crate::display::plan;
use crate::service::Desk;
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};

/// The magic.
pub struct PlanMagic;

impl Magic for PlanMagic {
    fn name(&self) -> &'static str {
        "plan"
    }

    fn usage(&self) -> &'static str {
        "[NAME]"
    }

    fn about(&self) -> &'static str {
        "The steps of a pipeline as a picture; without a name, the pipelines that the notebook has."
    }

    fn group(&self) -> Group {
        Group::Pipelines
    }

    fn example(&self) -> &'static str {
        "%plan revenue"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        desk.ensure_pipelines()?;
        match call.words()[..] {
            [] => {
                let names = desk.pipelines.names();
                let all: Vec<_> = names.iter().filter_map(|name| desk.pipelines.get(name)).collect();
                Ok(Some(plan::list(&all)))
            }
            [name] => match desk.pipelines.get(name) {
                Some(pipeline) => Ok(Some(plan::plan(name, &pipeline.request))),
                None => Err(one(unknown(name, &desk.pipelines.names()))),
            },
            _ => Err(misused(self, "`%plan` takes the name of one pipeline")),
        }
    }
}

fn unknown(name: &str, names: &[String]) -> Error {
    let error = Error::new(ErrorKind::Config, format!("no pipeline `{name}`"));
    match headwater::suggest(name, names.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`? `%plan` lists them all")),
        None if names.is_empty() => {
            error.hint("a variable of the notebook that holds a stream is one; there is none yet")
        }
        None => error.hint("`%plan` lists them"),
    }
}
