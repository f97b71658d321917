//! Lines and cells that the kernel itself understands, without compiling anything: `%name …`, `%%name …` and `!command`. A magic is one
//! file of this folder and one line of [`ALL`]; `%help`, completion and tooltips are made from what it says of itself.

mod call;
mod clusters;
mod command;
mod config;
mod help;
mod jobs;
mod options;
mod peek;
mod plan;
mod set;
mod sql;
mod tapes;
mod timings;
mod topics;

pub use call::{Call, MagicCell, split};

use crate::display::MimeBundle;
use crate::service::Desk;
use headwater_exec::{Error, ErrorKind};
use headwater_look::{Outcome, one};

/// What stands behind one name.
pub trait Magic: Sync {
    /// Its name, without the `%`.
    fn name(&self) -> &'static str;

    /// Whether it takes a line or a whole cell.
    fn takes(&self) -> Takes {
        Takes::Line
    }

    /// What follows the name: `TOPIC [--rows N]`; nothing when it takes nothing.
    fn usage(&self) -> &'static str;

    /// What it does, in one sentence.
    fn about(&self) -> &'static str;

    /// Its options, and what each does.
    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Where `%help` lists it.
    fn group(&self) -> Group {
        Group::Session
    }

    /// One call as people write it, for `%help`.
    fn example(&self) -> &'static str {
        ""
    }

    /// Does it. What it gives is shown; nothing when it has shown all there is to show.
    ///
    /// # Errors
    /// As the user shall read them; the line is added by whoever called.
    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>>;
}

/// How much of a cell belongs to a magic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `%name …`: its line.
    Line,
    /// `%%name …`: all that follows in the cell.
    Cell,
    /// `!…`: its line, which is a command of the system.
    Command,
}

impl Takes {
    /// What stands before the name.
    pub fn sign(self) -> &'static str {
        match self {
            Takes::Line => "%",
            Takes::Cell => "%%",
            Takes::Command => "!",
        }
    }
}

/// What a magic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// What there is to read.
    Sources,
    /// What is made of it.
    Pipelines,
    /// What runs.
    Jobs,
    /// The notebook and its kernel.
    Session,
    /// The machine.
    System,
}

impl Group {
    /// Every group, in the order of `%help`.
    pub const ALL: [Group; 5] = [Group::Sources, Group::Pipelines, Group::Jobs, Group::Session, Group::System];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Group::Sources => "Sources",
            Group::Pipelines => "Pipelines",
            Group::Jobs => "Jobs",
            Group::Session => "The session",
            Group::System => "The system",
        }
    }
}

/// Every magic there is, in the order of `%help`.
pub static ALL: &[&dyn Magic] = &[
    &topics::Topics,
    &peek::Peek,
    &tapes::Tapes,
    &sql::Sql,
    &plan::PlanMagic,
    &jobs::Jobs,
    &timings::Timings,
    &set::Set,
    &config::Config,
    &help::Help,
    &command::Command,
];

/// The magic that a call names.
///
/// # Errors
/// There is none; what was probably meant is named.
pub fn named(call: &Call<'_>) -> Outcome<&'static dyn Magic> {
    let found = ALL.iter().find(|magic| magic.takes() == call.takes && magic.name() == call.name);
    found.copied().ok_or_else(|| one(unknown(call)))
}

fn unknown(call: &Call<'_>) -> Error {
    let signed = |magic: &&dyn Magic| format!("{}{}", magic.takes().sign(), magic.name());
    let other = ALL.iter().find(|magic| magic.name() == call.name).map(signed);
    let meant = other.or_else(|| {
        let near = headwater::suggest(call.name, ALL.iter().map(|magic| magic.name()))?;
        ALL.iter().find(|magic| magic.name() == near).map(signed)
    });
    let error = Error::new(ErrorKind::Config, format!("no magic `{}{}`", call.takes.sign(), call.name));
    match meant {
        Some(meant) => error.hint(format!("did you mean `{meant}`? `%help` lists them all.")),
        None => error.hint("`%help` lists them all."),
    }
}

/// The error for arguments that a magic does not take.
pub fn misused(magic: &dyn Magic, what: impl Into<String>) -> Vec<Error> {
    one(Error::new(ErrorKind::Config, what).hint(format!("write `{}`", help::written(magic))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_magic_says_what_was_meant() {
        let said = |code: &str| {
            let error = named(&split(code).calls[0]).err().expect("it is unknown").remove(0);
            format!("{}; {}", error.message, error.hint.unwrap_or_default())
        };
        assert_eq!(said("%tape"), "no magic `%tape`; did you mean `%tapes`? `%help` lists them all.");
        assert_eq!(said("%%help"), "no magic `%%help`; did you mean `%help`? `%help` lists them all.");
        assert_eq!(said("%xyzzy"), "no magic `%xyzzy`; `%help` lists them all.");
    }
}
