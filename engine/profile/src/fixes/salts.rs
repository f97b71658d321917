//! Planned salts: a hot key is split into several, and the salts are chosen so that they land on the least loaded workers. Random
//! salts collide; where each lands is known beforehand, so it can be planned.
//!
//! The key becomes one of two: (key, salt), where rows of the other keys have an empty salt. So all of them land elsewhere than before.

use crate::fixes::{Fix, FixKind, SaltedKey, code, named};
use crate::keys::input::{KeyInput, KeyRow, Operator};
use crate::keys::report::{KeyReport, KeyShare};
use crate::placement::murmur2;
use crate::{KeyValue, Placement, figures};

/// A key is split until each part is this much of one worker's fair share.
const PART: f64 = 0.5;
/// Salts that are looked at for each one that is needed.
const TRIED: u32 = 64;
/// A longer line of code is not written out.
const LONGEST: usize = 4_000;

/// The key with a salt: as a composite key. The salt is a text, empty for a key that is not split.
fn salted(key: &KeyValue, salt: &str) -> KeyValue {
    let mut parts = match key {
        KeyValue::Several(parts) => parts.clone(),
        own => vec![own.clone()],
    };
    parts.push(KeyValue::from(salt));
    KeyValue::Several(parts)
}

/// Splits the hot keys; `None` when there is none, or rows of a key must stay together.
pub(super) fn fix(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let p = f64::from(report.parallelism);
    if matches!(input.operator, Operator::Ordered) || report.parallelism > 4_096 {
        return None;
    }
    let hot: Vec<&KeyShare> = report.top.iter().filter(|key| key.hot && key.share * p > PART).collect();
    if hot.is_empty() {
        return None;
    }
    let mut loads = without(input, &hot, report.parallelism);
    let plan: Vec<SaltedKey> = hot
        .iter()
        .map(|key| {
            let parts = ((key.share * p / PART).ceil() as u32).clamp(2, report.parallelism);
            plan_key(input, &key.value, key.share * p / f64::from(parts), parts, &mut loads)
        })
        .collect();
    let rows = apply(input, &hot.iter().map(|key| &key.value).zip(&plan).collect::<Vec<_>>());
    let (factor, interval) = crate::keys::factor(input, rows, input.placement, report.parallelism);
    let all: usize = plan.iter().map(|key| key.salts.len()).sum();
    let names: Vec<&str> = plan.iter().map(|key| key.key.as_str()).collect();
    Some(Fix {
        kind: FixKind::PlannedSalts,
        title: format!("Split {} into {} parts by planned salts, and merge the parts", named(&names), all),
        why: format!(
            "Each salt lands on a worker with little to do ({} salts chosen for {} and {}); random ones collide. Rows of a hot key \
             take its salts {}; their results are merged by a second, small group-by.",
            all,
            figures::workers(report.parallelism),
            input.placement.name(),
            input.spread.as_ref().map_or("in turn".to_owned(), |by| format!("by the hash of `{}`", by.name)),
        ),
        workers: report.parallelism,
        before,
        factor,
        interval: Some(interval),
        code: in_cell(input, &hot, &plan).unwrap_or_else(|| as_table(&report.key, &plan)),
        salts: plan,
    })
}

/// What each worker has without the hot keys, as a multiple of the mean of all rows.
fn without(input: &KeyInput, hot: &[&KeyShare], workers: u32) -> Vec<f64> {
    let is_hot = |row: &&KeyRow| hot.iter().any(|key| key.value == row.key);
    let others = input.rows.iter().filter(|row| !is_hot(row));
    let others: Vec<KeyRow> = others.map(|row| KeyRow { key: salted(&row.key, ""), ..row.clone() }).collect();
    let share = (1.0 - hot.iter().map(|key| key.share).sum::<f64>()).max(0.0);
    match crate::keys::loads(input, others, input.placement, workers) {
        Some(loads) => loads.mean.iter().map(|load| load * share).collect(),
        None => vec![0.0; workers as usize],
    }
}

/// The salts of one key: of the first few hundred, those that land on the least loaded workers, one after the other.
fn plan_key(input: &KeyInput, key: &KeyValue, part: f64, parts: u32, loads: &mut [f64]) -> SaltedKey {
    let workers = u32::try_from(loads.len()).unwrap_or(u32::MAX);
    let slot = |salt: u32| input.placement.slot(&salted(key, &salt.to_string()), workers).map(|slot| (salt, slot));
    let mut open: Vec<(u32, u32)> = (0..parts.saturating_mul(TRIED).min(20_000)).filter_map(slot).collect();
    let mut plan = SaltedKey { key: key.shown(), salts: Vec::new(), workers: Vec::new() };
    for _ in 0..parts {
        let least = (0..open.len()).min_by(|a, b| {
            let load = |at: &usize| loads[open[*at].1 as usize];
            load(a).total_cmp(&load(b)).then(open[*a].0.cmp(&open[*b].0))
        });
        let Some(at) = least else { break };
        let (salt, slot) = open.swap_remove(at);
        loads[slot as usize] += part;
        plan.salts.push(salt);
        plan.workers.push(slot);
    }
    plan
}

/// The rows with their keys salted: the salts of a key by the hash of another column, as the code does it, or in turn.
fn apply(input: &KeyInput, plan: &[(&KeyValue, &SaltedKey)]) -> Vec<KeyRow> {
    let by = input.spread.as_ref().filter(|by| by.values.len() == input.rows.len());
    let mut turns = vec![0_usize; plan.len()];
    let salt = |(at, row): (usize, &KeyRow)| {
        let found = plan.iter().position(|(key, _)| **key == row.key).filter(|own| !plan[*own].1.salts.is_empty());
        let key = match found {
            Some(own) => {
                turns[own] += 1;
                let number = by.map_or(turns[own], |by| (murmur2(&by.values[at].bytes()) & 0x7fff_ffff) as usize);
                let salts = &plan[own].1.salts;
                salted(&row.key, &salts[number % salts.len()].to_string())
            }
            None => salted(&row.key, ""),
        };
        KeyRow { key, ..row.clone() }
    };
    input.rows.iter().enumerate().map(salt).collect()
}

/// The steps of a cell that salt the keys. `None` when another engine's hash placed them, or a key or the column cannot be written.
fn in_cell(input: &KeyInput, hot: &[&KeyShare], plan: &[SaltedKey]) -> Option<String> {
    let (by, keys) = (input.spread.as_ref()?, input.columns());
    if input.placement != Placement::Headwater {
        return None;
    }
    let mut lines = vec![".with_columns([expr(\"case \\".to_owned()];
    for (key, plan) in hot.iter().zip(plan) {
        let salts: Vec<String> = plan.salts.iter().map(u32::to_string).collect();
        let sql = format!(
            "when {} then get(split('{}', ' '), hash({}) % {}) ",
            code::is_key(&keys, &key.value)?,
            salts.join(" "),
            by.name,
            salts.len()
        );
        lines.push(format!("    {}\\", code::quoted(&sql).trim_matches('"')));
    }
    lines.push("    else '' end\").alias(\"salt\")])".into());
    lines.push(code::group_by(&keys, Some("salt")));
    lines.push(format!(
        "// then write the parts to a topic: a second pipeline merges them, grouped by {}",
        keys.join(", ")
    ));
    lines.iter().all(|line| line.len() <= LONGEST).then(|| lines.join("\n"))
}

/// The table, as a comment above the two group-bys that use it.
fn as_table(key: &str, plan: &[SaltedKey]) -> String {
    let rows: Vec<String> = plan
        .iter()
        .map(|own| {
            let salts: Vec<String> = own.salts.iter().map(u32::to_string).collect();
            format!("--   {:?} → salts {}", own.key, salts.join(", "))
        })
        .collect();
    format!(
        "-- key and salts, which are texts; rows of all other keys have an empty one\n{}\n\
         -- first by (`{key}`, salt), then the partial results by `{key}`",
        rows.join("\n")
    )
}
