//! Rows whose key stands for "nothing": null, an empty text, 0, −1, "unknown". They need no group of their own.

use crate::fixes::{Fix, FixKind, code};
use crate::keys::input::KeyInput;
use crate::keys::report::{KeyReport, KeyShare};
use crate::{KeyValue, figures};

/// Texts that stand for nothing, in lower case.
const WORDS: [&str; 14] = [
    "",
    "0",
    "-1",
    "unknown",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "undefined",
    "test",
    "default",
    "anonymous",
    "(null)",
];

/// Leaves out the hot keys that mean nothing; `None` when there is none.
pub(super) fn fix(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let nothing: Vec<&KeyShare> = report.top.iter().filter(|key| key.hot && stands_for_nothing(&key.value)).collect();
    if nothing.is_empty() {
        return None;
    }
    let rows: Vec<_> =
        input.rows.iter().filter(|row| !nothing.iter().any(|key| key.value == row.key)).cloned().collect();
    let (factor, interval) = crate::keys::factor(input, rows, input.placement, report.parallelism);
    let names: Vec<&str> = nothing.iter().map(|key| key.text.as_str()).collect();
    let share = figures::percent(nothing.iter().map(|key| key.share).sum());
    Some(Fix {
        kind: FixKind::FilterSentinel,
        title: format!("Leave out the rows whose key is {}", names.join(", ")),
        why: format!("They are {share} of rows, mean nothing as a group, and all go to one worker."),
        workers: report.parallelism,
        before,
        factor,
        interval: Some(interval),
        code: nothing.iter().filter_map(|key| without(&input.columns(), &key.value)).collect::<Vec<_>>().join("\n"),
        salts: Vec::new(),
    })
}

pub(super) fn stands_for_nothing(key: &KeyValue) -> bool {
    match key {
        KeyValue::Null | KeyValue::Int(0 | -1) => true,
        KeyValue::Text(text) => text.len() < 16 && WORDS.contains(&text.trim().to_lowercase().as_str()),
        KeyValue::Several(parts) => parts.iter().all(stands_for_nothing),
        _ => false,
    }
}

/// The step that leaves the key out.
fn without(keys: &[String], value: &KeyValue) -> Option<String> {
    let column =
        if let [key] = keys { code::name(key).map(|name| format!("col({})", code::quoted(&name))) } else { None };
    let condition = match (column, value) {
        (Some(column), KeyValue::Null) => format!("{column}.is_not_null()"),
        // In SQL's logic null is not unequal to anything, and would be left out too.
        (Some(column), KeyValue::Int(number)) => format!("{column}.is_distinct_from({number})"),
        (Some(column), KeyValue::Text(text)) => format!("{column}.is_distinct_from({})", code::quoted(text)),
        _ => code::expr(&format!("({}) is not true", code::is_key(keys, value)?)),
    };
    Some(format!(".filter({condition})"))
}
