//! The schema: columns that are gone, and columns that the baseline does not know.

use crate::drift::describe::{counted, shown};
use crate::drift::monitor::DriftMonitor;
use crate::figures::percent;
use crate::{CheckKind, CheckResult, CheckUnit, CheckVerdict, WindowVerdict};

/// A path is gone when finding none of it by chance has at most this probability.
const CHANCE: f64 = 1e-6;
/// A new path counts from this share of the rows on.
const SHARE: f64 = 1e-3;
/// Columns that a sentence lists.
const LISTED: usize = 8;

/// The checks of the schema that do not pass. When the rows have nothing in common with the baseline, one check says so.
pub(crate) fn schema(monitor: &DriftMonitor) -> Vec<CheckResult> {
    let sink = &monitor.walk.sink;
    if monitor.rows == 0 {
        return Vec::new();
    }
    let known = monitor.baseline.columns.iter().zip(&sink.columns);
    if !monitor.baseline.columns.is_empty() && known.clone().all(|(_, column)| column.ever.present == 0) {
        return vec![nothing_in_common(monitor)];
    }
    let mut gone: Vec<&str> = Vec::new();
    for (column, _) in known.filter(|(_, sieve)| sieve.ever.present == 0) {
        let absent = column.absent.share();
        // Elements have no chance of their own to be there: their list is asked.
        let surely = absent.max(1e-9).powf(monitor.rows as f64) < CHANCE && !column.path.contains("[]");
        if surely && !gone.iter().any(|above| is_within(&column.path, above)) {
            gone.push(&column.path);
        }
    }
    let mut checks: Vec<CheckResult> = gone.into_iter().map(|path| is_gone(monitor, path)).collect();
    for (path, stranger) in &sink.strangers {
        let share = stranger.count as f64 / monitor.rows as f64;
        let often = share >= SHARE && stranger.count >= 3;
        let below_another = checks.iter().filter_map(|c| c.column.as_deref()).any(|above| is_within(path, above));
        if often && !below_another {
            let mut check = is_new(path, share, stranger.first_window, monitor);
            check.examples = vec![stranger.example.clone()];
            checks.push(check);
        }
    }
    checks
}

/// Whether a path is the other one, or lies below it.
pub(crate) fn is_within(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn nothing_in_common(monitor: &DriftMonitor) -> CheckResult {
    let listed = |paths: Vec<&str>| {
        let more = paths.len().saturating_sub(LISTED);
        let text = paths.into_iter().take(LISTED).collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{text} and {more} more") } else { text }
    };
    let expected = listed(monitor.baseline.columns.iter().map(|column| column.path.as_str()).collect());
    let seen = listed(monitor.walk.sink.strangers.keys().map(String::as_str).collect());
    let mut check = failed(format!("columns {expected}"), format!("columns {seen}"), 1, monitor);
    check.sentence = format!(
        "no column of the baseline \"{}\" is in these rows (expected {expected}; found {seen}): it is of another stream, pin one of this \
         stream",
        monitor.baseline.name
    );
    check
}

fn is_gone(monitor: &DriftMonitor, path: &str) -> CheckResult {
    let mut check = failed("present".into(), "gone".into(), 1, monitor);
    check.name = format!("{path} is there");
    check.column = Some(path.into());
    check.sentence = format!("{path}: gone, in none of {}", counted(monitor.rows, "row"));
    check
}

fn is_new(path: &str, share: f64, first_window: u64, monitor: &DriftMonitor) -> CheckResult {
    let seen = format!("in {} of rows", percent(share));
    let mut check = failed("not there".into(), seen.clone(), first_window.max(1), monitor);
    check.name = format!("{path} is new");
    check.column = Some(path.into());
    check.size = format!("+{} points", crate::figures::number(share * 100.0));
    check.sentence = format!("{path}: new, {seen}, {} in the baseline", shown(0.0, CheckUnit::Share));
    check
}

fn failed(expected: String, seen: String, first_window: u64, monitor: &DriftMonitor) -> CheckResult {
    CheckResult {
        name: "columns".into(),
        kind: CheckKind::Schema,
        column: None,
        expected,
        seen,
        bar: None,
        size: String::new(),
        evidence: None,
        verdict: CheckVerdict::Fail,
        ongoing: true,
        first_window: Some(first_window),
        windows: monitor.windows,
        examples: Vec::new(),
        strip: vec![WindowVerdict::Fail],
        sentence: String::new(),
    }
}
