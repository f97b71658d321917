//! `headwater profile`: the shape of a source, the skew of its keys, and whether both are still as they should be.

pub(crate) mod args;
mod asked;
mod findings;
mod output;
mod source;
pub(crate) mod tapes;

use headwater_exec::TapeStore;

use crate::failure::Outcome;
use crate::profile::args::Profile;
use crate::profile::asked::Asked;
use crate::profile::findings::Findings;
use crate::signals;
use crate::watching::Watching;

/// Looks at the source and gives the report; a failure when a contract is broken.
pub(crate) fn profile(args: &Profile) -> Outcome {
    let asked = Asked::of(args)?;
    let store = TapeStore::new(TapeStore::default_dir());
    let cancel = signals::cancel_on_signal()?;
    let mut watching = Watching::start();
    let (plan, tape) = source::record(args, &store, &cancel, &mut |progress| watching.tell(&progress))?;
    let findings = Findings::make(&asked, &plan, &tape, &cancel, &mut |progress| watching.tell(&progress))?;
    watching.finish();
    output::write(&findings, &args.output)?;
    findings.outcome()
}
