//! Another column as the key, or added to it.

use crate::KeyValue;
use crate::fixes::{Fix, FixKind, code};
use crate::keys::input::{KeyInput, KeyRow, OtherKey};
use crate::keys::report::KeyReport;

/// The best of each kind: a composite key, and another key altogether.
pub(super) fn fixes(input: &KeyInput, report: &KeyReport, before: f64) -> Vec<Fix> {
    let usable = |other: &&OtherKey| other.values.len() == input.rows.len() && other.name != report.key;
    let others: Vec<&OtherKey> = input.others.iter().filter(usable).collect();
    let best = |fixes: Vec<Fix>| fixes.into_iter().min_by(|a, b| a.factor.total_cmp(&b.factor));
    let composite = others.iter().map(|other| composite(input, report, other, before)).collect();
    let instead = others.iter().map(|other| instead(input, report, other, before)).collect();
    best(composite).into_iter().chain(best(instead)).collect()
}

fn composite(input: &KeyInput, report: &KeyReport, other: &OtherKey, before: f64) -> Fix {
    let joined = |row: &KeyRow, value: &KeyValue| {
        let mut parts = match &row.key {
            KeyValue::Several(parts) => parts.clone(),
            own => vec![own.clone()],
        };
        parts.push(value.clone());
        KeyValue::several(parts)
    };
    Fix {
        kind: FixKind::CompositeKey,
        title: format!("Group by `{}` and `{}`", report.key, other.name),
        why: format!("Finer groups spread better; aggregate once more by `{}` if that is what is wanted.", report.key),
        code: code::group_by(&input.columns(), Some(&other.name)),
        ..tried(input, report, other, before, joined)
    }
}

fn instead(input: &KeyInput, report: &KeyReport, other: &OtherKey, before: f64) -> Fix {
    Fix {
        kind: FixKind::OtherKey,
        title: format!("Group by `{}` instead", other.name),
        why: format!("Its values spread better than those of `{}`; it answers another question.", report.key),
        code: code::group_by(&[], Some(&other.name)),
        ..tried(input, report, other, before, |_, value| value.clone())
    }
}

fn tried(
    input: &KeyInput,
    report: &KeyReport,
    other: &OtherKey,
    before: f64,
    key: impl Fn(&KeyRow, &KeyValue) -> KeyValue,
) -> Fix {
    let rows = input.rows.iter().zip(&other.values).map(|(row, value)| KeyRow { key: key(row, value), ..row.clone() });
    let (factor, interval) = crate::keys::factor(input, rows.collect(), input.placement, report.parallelism);
    Fix {
        kind: FixKind::OtherKey,
        title: String::new(),
        why: String::new(),
        workers: report.parallelism,
        before,
        factor,
        interval: Some(interval),
        code: String::new(),
        salts: Vec::new(),
    }
}
