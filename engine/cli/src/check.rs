//! `headwater check`: does the job still give what the notebook showed, on the sample that was exported with it?

use std::collections::BTreeMap;

use headwater_exec::json_rows::append_rows;
use headwater_exec::{Cancel, Tape, preview_with};

use crate::args::Job;
use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::job::{open, short};
use crate::watching::Watching;

/// How many differing rows of each kind are shown.
const SHOWN: usize = 5;

/// Replays the sample and compares the rows, in any order.
pub(crate) fn check(args: &Job) -> Outcome {
    let job = open(&args.job)?;
    let sample = job.sample().ok_or_else(|| {
        Failure::new(exit_code::USER, format!("`{}` was exported without a sample", args.job.display()))
            .hint("export it again with `.with_sample()` before `.export(…)`")
    })?;
    let expected = std::fs::read_to_string(&sample.expected).map_err(|error| {
        Failure::new(exit_code::EXTERNAL, format!("cannot read `{}`: {error}", sample.expected.display()))
    })?;
    let tapes = sample.tapes.iter().map(|tape| Tape::open(tape)).collect::<Result<Vec<_>, _>>()?;
    let mut watching = Watching::start();
    let given = preview_with(&job.plan, &tapes, &Cancel::new(), &mut |progress| watching.tell(&progress))
        .map_err(|error| Failure::in_plan(error, &job.plan))?;
    watching.finish();
    let mut rows = Vec::new();
    append_rows(&given.frame, &mut rows)?;
    let rows = String::from_utf8_lossy(&rows);
    match difference(&expected, &rows) {
        None => {
            println!(
                "{}: the same {} rows as in the notebook, from {} records; fingerprint {}",
                job.settings.name,
                given.counts.rows,
                given.counts.records,
                short(&given.fingerprint)
            );
            Ok(())
        }
        Some(text) => {
            Err(Failure::new(exit_code::DIFFERENT, format!("{} differs from the notebook\n{text}", job.settings.name))
                .hint("another version of Headwater, or an edited sample? export the job again to take the new answer"))
        }
    }
}

/// Which lines are in one text more often than in the other; nothing when there are none.
fn difference(expected: &str, given: &str) -> Option<String> {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for line in expected.lines() {
        *counts.entry(line).or_default() -= 1;
    }
    for line in given.lines() {
        *counts.entry(line).or_default() += 1;
    }
    let of = |sign: i64| counts.iter().filter(move |(_, count)| count.signum() == sign).map(|(line, _)| *line);
    let (missing, new): (Vec<&str>, Vec<&str>) = (of(-1).collect(), of(1).collect());
    if missing.is_empty() && new.is_empty() {
        return None;
    }
    let listed = |mark: char, lines: &[&str]| {
        let shown: Vec<String> = lines.iter().take(SHOWN).map(|line| format!("{mark} {line}")).collect();
        let rest = lines.len().saturating_sub(SHOWN);
        let rest = if rest > 0 { format!("\n{mark} … {rest} more") } else { String::new() };
        format!("{}{rest}", shown.join("\n"))
    };
    let parts = [
        format!("{} rows of the notebook are missing, {} are new", missing.len(), new.len()),
        listed('-', &missing),
        listed('+', &new),
    ];
    Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_compared_in_any_order_and_as_often_as_they_come() {
        assert_eq!(difference("a\nb\nb\n", "b\na\nb\n"), None);
        let text = difference("a\nb\nb\n", "b\na\nc\n").unwrap();
        insta::assert_snapshot!(text, @r"
        1 rows of the notebook are missing, 1 are new
        - b
        + c
        ");
    }

    #[test]
    fn many_differences_are_cut_short() {
        let many: String = (0..8).map(|n| format!("{n}\n")).collect();
        insta::assert_snapshot!(difference(&many, "").unwrap(), @r"
        8 rows of the notebook are missing, 0 are new
        - 0
        - 1
        - 2
        - 3
        - 4
        - … 3 more
        ");
    }
}
