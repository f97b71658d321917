//! Key contracts judged on a sample: what a plan or a command promises about a key, against what its report found.

use headwater_profile::{Interval, KeyEvidence, KeyReport};

/// What a report knows for a contract; `whole` when every row of the source is in it.
pub(crate) fn evidence(report: &KeyReport, whole: bool) -> KeyEvidence {
    let top = report.top.first().map(|top| (top.text.clone(), Interval { low: top.share, high: top.share }));
    let factor = report.slots.as_ref().map(|slots| (report.parallelism, slots.factor));
    KeyEvidence {
        rows: report.rows,
        complete: whole,
        design_effect: (report.rows as f64 / report.effective_rows.max(1.0)).max(1.0),
        top,
        keys: report.distinct,
        // Good–Turing: as many new keys as rows had one that came once.
        keys_to_come: (1.0 - report.coverage) * report.rows as f64,
        stragglers: factor.into_iter().collect(),
    }
}
