//! `headwater preview`: what a job would write for a sample of its live source. Nothing is written or committed.

use headwater::Sample;
use headwater_exec::json_rows::append_rows;
use headwater_exec::{Cancel, Tape, preview as run_preview};

use crate::args::Preview;
use crate::failure::{Failure, Outcome};
use crate::job::{open, short};

/// Prints the first rows as JSON lines; what they were made of goes to standard error.
pub(crate) fn preview(args: &Preview) -> Outcome {
    let job = open(&args.job)?;
    let plan = job.runnable_plan();
    let sample = Sample { rows: args.sample, ..Sample::default() };
    let cancel = Cancel::new();
    let tape = Tape::record(plan.source(), &sample, &cancel, &mut |_| {})
        .map_err(|error| Failure::in_plan(error.at(0), &plan))?;
    let given = run_preview(&plan, &tape, &cancel).map_err(|error| Failure::in_plan(error, &plan))?;
    let mut rows = Vec::new();
    append_rows(&given.frame.head(Some(args.rows)), &mut rows)?;
    print!("{}", String::from_utf8_lossy(&rows));
    let counts = &given.counts;
    eprintln!("{}", given.note);
    eprintln!(
        "{} of {} rows shown; {} dead letters, {} late; fingerprint {}",
        args.rows.min(given.frame.height()),
        counts.rows,
        counts.dead,
        counts.late,
        short(&job.fingerprint)
    );
    Ok(())
}
