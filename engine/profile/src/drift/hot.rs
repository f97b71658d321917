//! Which keys are hot, then and now: the same ones, or others?

use std::collections::HashMap;

use crate::contract::share::wilson;
use crate::drift::monitor::DriftMonitor;
use crate::drift::pin::key_hash;
use crate::figures::percent;
use crate::{CheckBar, CheckKind, CheckResult, CheckUnit, CheckVerdict, KeyBaseline, WindowVerdict};

/// A key is hot when it is more than this much of what one worker should get.
const HOT: f64 = 0.5;
/// Below this Jaccard index of the two hot sets, they are others.
const SAME: f64 = 0.5;
/// Keys that are compared.
const KEYS: usize = 50;

/// One check for each key of the baseline.
pub(crate) fn check(monitor: &DriftMonitor) -> Vec<CheckResult> {
    let keys = monitor.baseline.keys.iter().zip(&monitor.walk.sink.keys);
    keys.filter(|(_, sieve)| sieve.ever.rows() > 0)
        .map(|(key, sieve)| {
            let now = sieve.ever.top(KEYS);
            let now: Vec<(String, String, f64)> =
                now.into_iter().map(|(key, share)| (format!("{:016x}", key_hash(key)), key.shown(), share)).collect();
            compare(monitor, key, &now)
        })
        .collect()
}

/// A key at the border counts as it counted before: only what is surely hot on one side and surely not on the other differs.
fn compare(monitor: &DriftMonitor, key: &KeyBaseline, now: &[(String, String, f64)]) -> CheckResult {
    let border = HOT / f64::from(key.workers);
    let (rows_then, rows_now) = (monitor.baseline.rows as f64, monitor.rows as f64);
    let then: HashMap<&str, f64> = key.top.iter().map(|(value, share)| (value.hash.as_str(), *share)).collect();
    let today: HashMap<&str, f64> = now.iter().map(|(hash, _, share)| (hash.as_str(), *share)).collect();
    let low = |share: f64, rows: f64| wilson(share, rows, 1.0).low > border;
    let may_be = |share: f64, rows: f64| wilson(share, rows, 1.0).high > border;
    let least_then = key.top.last().filter(|_| key.top.len() == KEYS).map_or(0.0, |(_, share)| *share);
    let least_now = now.last().filter(|_| now.len() == KEYS).map_or(0.0, |(.., share)| *share);
    let was_hot = key.top.iter().filter(|(_, share)| low(*share, rows_then));
    let (kept, lost): (Vec<_>, Vec<_>) =
        was_hot.partition(|(value, _)| may_be(*today.get(value.hash.as_str()).unwrap_or(&least_now), rows_now));
    let is_hot = now.iter().filter(|(.., share)| low(*share, rows_now));
    let gained: Vec<&(String, String, f64)> =
        is_hot.filter(|(hash, ..)| !may_be(*then.get(hash.as_str()).unwrap_or(&least_then), rows_then)).collect();
    let all = kept.len() + lost.len() + gained.len();
    let jaccard = if all == 0 { 1.0 } else { kept.len() as f64 / all as f64 };
    let name = key.columns.join(", ");
    let failed = jaccard < SAME;
    let lost_names: Vec<&str> = lost.iter().map(|(value, _)| value.text.as_str()).collect();
    let gained_names: Vec<&str> = gained.iter().map(|(_, text, _)| text.as_str()).collect();
    let list = |names: &[&str]| {
        if names.is_empty() { "none".into() } else { names.iter().take(5).copied().collect::<Vec<_>>().join(", ") }
    };
    let sentence = if failed {
        format!("key {name}: the hot keys are others; new: {}; gone: {}", list(&gained_names), list(&lost_names))
    } else {
        format!("key {name}: the hot keys are the same ({} of {all})", kept.len())
    };
    CheckResult {
        name: format!("hot keys of {name}"),
        kind: CheckKind::HotKeys,
        column: Some(name),
        expected: format!("{} hot keys at {} workers", kept.len() + lost.len(), key.workers),
        seen: format!("{} of them and {} others", kept.len(), gained.len()),
        bar: Some(CheckBar { expected: 1.0, seen: jaccard, interval: None, unit: CheckUnit::Share }),
        size: if failed { format!("{} the same", percent(jaccard)) } else { String::new() },
        evidence: None,
        verdict: if failed { CheckVerdict::Fail } else { CheckVerdict::Pass },
        ongoing: failed,
        first_window: failed.then_some(1),
        windows: monitor.windows,
        examples: gained_names.iter().take(3).map(|name| (*name).to_owned()).collect(),
        strip: vec![if failed { WindowVerdict::Fail } else { WindowVerdict::Pass }],
        sentence,
    }
}
