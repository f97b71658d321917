//! Key contracts judged on a sample: what a plan or a command promises about a key, against what its report found.

use headwater::{Expr, Plan};
use headwater_exec::{Cancel, Progress, Tape};
use headwater_profile::{CheckResult, Interval, KeyContract, KeyEvidence, KeyReport};

use crate::keys::{KeyOptions, keys};
use crate::mistakes::Outcome;

/// Judges `contract` on the keys `exprs` of the resolved `plan` over `tape`. `report` is the report on these keys.
///
/// # Errors
/// As [`keys`], for the number of workers that the contract names.
pub fn check_key(
    plan: &Plan,
    tape: &Tape,
    exprs: &[Expr],
    (contract, report): (&KeyContract, &KeyReport),
    options: &KeyOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<Vec<CheckResult>> {
    let mut stragglers = Vec::new();
    if let Some((workers, _)) = contract.straggler_below {
        let options = KeyOptions { parallelism: Some(workers), ..options.clone() };
        let at_workers = keys(plan, tape, exprs, &options, cancel, progress)?;
        stragglers.extend(at_workers.slots.map(|slots| (workers, slots.factor)));
    }
    Ok(contract.judge(&evidence(report, tape, stragglers)))
}

fn evidence(report: &KeyReport, tape: &Tape, stragglers: Vec<(u32, f64)>) -> KeyEvidence {
    let top = report.top.first().map(|top| (top.text.clone(), Interval { low: top.share, high: top.share }));
    KeyEvidence {
        rows: report.rows,
        complete: tape.note().whole,
        design_effect: (report.rows as f64 / report.effective_rows.max(1.0)).max(1.0),
        top,
        keys: report.distinct,
        // Good–Turing: as many new keys as rows had one that came once.
        keys_to_come: (1.0 - report.coverage) * report.rows as f64,
        stragglers,
    }
}
