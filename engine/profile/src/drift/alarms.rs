//! One alarm for one cause: what failed in the same windows is told together.

use crate::drift::describe::strength;
use crate::{AlarmGroup, CheckResult, CheckVerdict};

/// Columns that a sentence names.
const NAMED: usize = 4;

/// Checks that failed, joined where the stretches of windows in which they did overlap. The strongest alarm comes first.
pub(crate) fn grouped(checks: &[CheckResult]) -> Vec<AlarmGroup> {
    let failed = checks.iter().filter(|check| check.verdict == CheckVerdict::Fail);
    let mut stretches: Vec<(u64, u64, &CheckResult)> = failed
        .map(|check| {
            let first = check.first_window.unwrap_or(1);
            // What is known of its end: at least the windows that the evidence is from.
            (first, if check.ongoing { u64::MAX } else { first + check.windows.saturating_sub(1) }, check)
        })
        .collect();
    stretches.sort_by_key(|(first, ..)| *first);
    let mut groups: Vec<(u64, Vec<&CheckResult>)> = Vec::new();
    for (first, last, check) in stretches {
        match groups.last_mut() {
            Some((until, group)) if first <= *until => {
                *until = last.max(*until);
                group.push(check);
            }
            _ => groups.push((last, vec![check])),
        }
    }
    let mut groups: Vec<(f64, AlarmGroup)> = groups.into_iter().map(|(_, group)| alarm(group)).collect();
    groups.sort_by(|a, b| b.0.total_cmp(&a.0));
    groups.into_iter().map(|(_, group)| group).collect()
}

fn alarm(mut group: Vec<&CheckResult>) -> (f64, AlarmGroup) {
    group.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let mut columns: Vec<String> = Vec::new();
    for check in &group {
        let column = check.column.clone().unwrap_or_else(|| check.name.clone());
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    let first_window = group.iter().filter_map(|check| check.first_window).min().unwrap_or(1);
    let ongoing = group.iter().any(|check| check.ongoing);
    let since = if ongoing {
        format!("since window {first_window}")
    } else {
        format!("from window {first_window} on, over now")
    };
    let strongest = group.first().map_or("", |check| &check.sentence);
    let sentence = if columns.len() == 1 {
        format!("{since}: {strongest}")
    } else {
        let more = columns.len().saturating_sub(NAMED);
        let named = columns.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{since}: {named}{and_more} moved together; {strongest}")
    };
    (group.first().map_or(0.0, |check| strength(check)), AlarmGroup { columns, first_window, ongoing, sentence })
}
