//! Planned salts: a hot key is split into several, and the salts are chosen so that they land on the least loaded workers. Random
//! salts collide; where each lands is known beforehand, so it can be planned.

use crate::fixes::{Fix, FixKind, SaltedKey, named};
use crate::keys::input::{KeyInput, KeyRow, Operator};
use crate::keys::report::KeyReport;
use crate::{KeyValue, figures};

/// A key is split until each part is this much of one worker's fair share.
const PART: f64 = 0.5;
/// Salts that are looked at for each one that is needed.
const TRIED: u32 = 64;

/// The key with a salt: as a composite key, so that it stays apart from every other.
pub(crate) fn salted(key: &KeyValue, salt: u32) -> KeyValue {
    let mut parts = match key {
        KeyValue::Several(parts) => parts.clone(),
        own => vec![own.clone()],
    };
    parts.push(KeyValue::Int(salt.into()));
    KeyValue::Several(parts)
}

/// Splits the hot keys; `None` when there is none, or rows of a key must stay together.
pub(super) fn fix(input: &KeyInput, report: &KeyReport, before: f64) -> Option<Fix> {
    let p = f64::from(report.parallelism);
    if matches!(input.operator, Operator::Ordered) || report.parallelism > 4_096 {
        return None;
    }
    let hot: Vec<_> = report.top.iter().filter(|key| key.hot && key.share * p > PART).collect();
    if hot.is_empty() {
        return None;
    }
    // What each worker has without the hot keys.
    let mut loads: Vec<f64> = report.slots.as_ref()?.loads.iter().map(|slot| slot.load).collect();
    for key in &hot {
        if let Some(slot) = key.slot {
            loads[slot as usize] = (loads[slot as usize] - key.share * p).max(0.0);
        }
    }
    let plan: Vec<SaltedKey> = hot
        .iter()
        .map(|key| {
            let parts = ((key.share * p / PART).ceil() as u32).clamp(2, report.parallelism);
            plan_key(input, &key.value, key.share * p / f64::from(parts), parts, &mut loads)
        })
        .collect();
    let rows = apply(&input.rows, &hot.iter().map(|key| &key.value).zip(&plan).collect::<Vec<_>>());
    let (factor, interval) = crate::keys::factor(input, rows, input.placement, report.parallelism);
    let all: usize = plan.iter().map(|key| key.salts.len()).sum();
    let names: Vec<&str> = plan.iter().map(|key| key.key.as_str()).collect();
    Some(Fix {
        kind: FixKind::PlannedSalts,
        title: format!("Split {} into {} parts by planned salts, and merge the parts", named(&names), all),
        why: format!(
            "Each salt lands on a worker with little to do ({} salts chosen for {} and {}); random ones collide. Rows of a hot key \
             take its salts in turn; their results are merged by a second, small group-by.",
            all,
            figures::workers(report.parallelism),
            input.placement.name()
        ),
        workers: report.parallelism,
        before,
        factor,
        interval: Some(interval),
        code: code(&report.key, &plan),
        salts: plan,
    })
}

/// The salts of one key: of the first few hundred, those that land on the least loaded workers, one after the other.
fn plan_key(input: &KeyInput, key: &KeyValue, part: f64, parts: u32, loads: &mut [f64]) -> SaltedKey {
    let workers = u32::try_from(loads.len()).unwrap_or(u32::MAX);
    let mut open: Vec<(u32, u32)> = (0..parts.saturating_mul(TRIED).min(20_000))
        .filter_map(|salt| input.placement.slot(&salted(key, salt), workers).map(|slot| (salt, slot)))
        .collect();
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

/// The rows with their keys salted, the salts of a key in turn.
pub(crate) fn apply(rows: &[KeyRow], plan: &[(&KeyValue, &SaltedKey)]) -> Vec<KeyRow> {
    let mut turns = vec![0_usize; plan.len()];
    let salt = |row: &KeyRow| {
        let found = plan.iter().position(|(key, _)| **key == row.key).filter(|at| !plan[*at].1.salts.is_empty());
        let key = match found {
            Some(at) => {
                let salts = &plan[at].1.salts;
                turns[at] += 1;
                salted(&row.key, salts[turns[at] % salts.len()])
            }
            None => row.key.clone(),
        };
        KeyRow { key, ..row.clone() }
    };
    rows.iter().map(salt).collect()
}

/// The table, as a comment above the two group-bys that use it.
fn code(key: &str, plan: &[SaltedKey]) -> String {
    let rows: Vec<String> = plan
        .iter()
        .map(|own| {
            let salts: Vec<String> = own.salts.iter().map(u32::to_string).collect();
            format!("--   {:?} → salts {}", own.key, salts.join(", "))
        })
        .collect();
    format!(
        "-- key and salts; rows of all other keys have no salt\n{}\n-- first by (`{key}`, salt), then the partial results by `{key}`",
        rows.join("\n")
    )
}
