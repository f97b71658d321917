//! `headwater preview`: what a job would write for a sample of its live source. Nothing is written or committed.

use headwater::Sample;
use headwater_exec::json_rows::append_rows;
use headwater_exec::{Cancel, Tape, Windows, preview_with};

use headwater_profile::{CheckResult, CheckVerdict};

use crate::args::Preview;
use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::job::{open, short};
use crate::watching::Watching;

/// How wide what is said of checks may be, in columns.
const TEXT_WIDTH: usize = 100;

/// Prints the first rows as JSON lines; what they were made of goes to standard error.
pub(crate) fn preview(args: &Preview) -> Outcome {
    let job = open(&args.job)?;
    let plan = job.runnable_plan();
    let sample = Sample { rows: args.sample, ..Sample::default() };
    let cancel = Cancel::new();
    let mut watching = Watching::start();
    let record = |(node, source)| {
        let sample = headwater_exec::sample_of(&plan, node, &sample);
        let tape = Tape::record(source, &sample, &cancel, &mut |progress| watching.tell(&progress));
        tape.map_err(|error| Failure::in_plan(error.at(node), &plan))
    };
    let tapes = plan.sources().into_iter().map(record).collect::<Result<Vec<_>, _>>()?;
    let given = preview_with(&plan, &tapes, &cancel, &mut |progress| watching.tell(&progress))
        .map_err(|error| Failure::in_plan(error, &plan))?;
    watching.finish();
    let mut rows = Vec::new();
    append_rows(&given.frame.head(Some(args.rows)), &mut rows)?;
    print!("{}", String::from_utf8_lossy(&rows));
    let counts = &given.counts;
    given.sources.iter().for_each(|source| eprintln!("{}", source.note));
    eprintln!(
        "{} of {} rows shown; {} dead letters, {} rows put aside by checks, {} late, {} from the future; fingerprint {}",
        args.rows.min(given.frame.height()),
        counts.rows,
        counts.dead,
        counts.rejected,
        counts.late,
        counts.future,
        short(&job.fingerprint)
    );
    said(&given);
    eprint!("{}", headwater_charts::checks_text(&given.checks, TEXT_WIDTH));
    verdict(&given.checks)
}

/// What became of the rows on the way, to standard error: the windows, each join, each `unique`, values that are null now.
fn said(given: &headwater_exec::Preview) {
    let windows = Windows::of(&given.frame, &given.windows).sentence(&given.sources);
    windows.iter().for_each(|sentence| eprintln!("{sentence}"));
    given.joins.iter().for_each(|join| eprintln!("{join}"));
    given.repeats.iter().for_each(|unique| eprintln!("{unique}"));
    given.time_unit.iter().for_each(|hint| eprintln!("{hint}"));
    for step in given.steps.iter().filter(|step| !step.faults.is_empty()) {
        let (values, name) = (step.faults.total(), step.name);
        let noun = if values == 1 { "value" } else { "values" };
        eprintln!("{values} {noun} became null in step {}, `{name}`: {}", step.node + 1, step.faults);
    }
}

/// A failure when a check of the pipeline failed.
fn verdict(checks: &[CheckResult]) -> Outcome {
    match checks.iter().filter(|check| check.verdict == CheckVerdict::Fail).count() {
        0 => Ok(()),
        failed => Err(Failure::new(exit_code::DIFFERENT, format!("{failed} of {} checks failed", checks.len()))),
    }
}
