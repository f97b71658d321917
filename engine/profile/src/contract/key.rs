//! Key contracts: how much one key may hold, how many keys there have to be, and how much the busiest worker may get.

use crate::contract::share::{ShareTest, round_up, wilson};
use crate::figures::{count, multiple, number, percent};
use crate::{CheckBar, CheckKind, CheckResult, CheckUnit, CheckVerdict, Interval, WindowVerdict};

/// Above this share of rows with a new key, a sample says nothing about how many keys there are.
const UNCOVERED: f64 = 0.05;

/// What a plan promises about a key: `expect_key("city").top_share_below(0.10).keys_at_least(640).straggler_below(64, 2.0)`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct KeyContract {
    /// The key as the user wrote it.
    pub key: String,
    /// No key holds this share of the rows or more.
    pub top_share_below: Option<f64>,
    /// There are at least so many keys.
    pub keys_at_least: Option<u64>,
    /// At so many workers, the busiest gets less than so many times the mean.
    pub straggler_below: Option<(u32, f64)>,
}

/// What is known of a key when its contract is judged: from a sample, or from a running job's [tap](crate::KeyTap).
#[derive(Debug, Clone, PartialEq)]
pub struct KeyEvidence {
    /// Rows counted.
    pub rows: u64,
    /// These are all the rows there are: then nothing waits for more.
    pub complete: bool,
    /// How many rows of a burst are worth one independent row: 1, or more.
    pub design_effect: f64,
    /// The most frequent key: its text, made safe to print, and the least and the most its share of these rows can be.
    pub top: Option<(String, Interval)>,
    /// Different keys seen; with a sketch, the least that can be.
    pub keys: u64,
    /// How many new ones as many rows again would bring, estimated: those that the last half of the rows brought, or those that came
    /// once.
    pub keys_to_come: f64,
    /// The straggler factor S of these rows, for each number of workers.
    pub stragglers: Vec<(u32, f64)>,
}

impl KeyContract {
    /// One result for each thing promised, in the order of the builder's words.
    pub fn judge(&self, seen: &KeyEvidence) -> Vec<CheckResult> {
        let top = self.top_share_below.map(|limit| self.judge_top(limit, seen));
        let keys = self.keys_at_least.map(|least| self.judge_keys(least, seen));
        let straggler = self.straggler_below.map(|(workers, factor)| self.judge_straggler(workers, factor, seen));
        [top, keys, straggler].into_iter().flatten().collect()
    }

    fn judge_top(&self, limit: f64, seen: &KeyEvidence) -> CheckResult {
        let (text, share) = seen.top.clone().unwrap_or_else(|| ("no key".into(), Interval { low: 0.0, high: 0.0 }));
        // Fewer than 1/limit keys can be that large, so the largest was chosen among so many.
        let (verdict, evidence) = verdict(limit, share, (1.0 / limit.max(1e-9)).ceil(), seen);
        let mut result = self.result(CheckKind::TopShare, verdict, format!("top share < {}", percent(limit)));
        let middle = f64::midpoint(share.low, share.high);
        result.seen = if seen.rows == 0 { "no rows".into() } else { format!("{text} {}", percent(middle)) };
        result.evidence = (!seen.complete).then_some(evidence);
        result.size = over(middle, limit, |by| format!("+{} points", number(by * 100.0)));
        result.bar = Some(CheckBar {
            expected: limit,
            seen: middle,
            interval: Some(wilson(middle, seen.rows as f64, seen.design_effect)),
            unit: CheckUnit::Share,
        });
        if seen.rows > 0 {
            result.examples = vec![text];
        }
        finish(result, seen)
    }

    fn judge_keys(&self, least: u64, seen: &KeyEvidence) -> CheckResult {
        let missing = least.saturating_sub(seen.keys);
        // The upper end of a Poisson count.
        let to_come = seen.keys_to_come + 2.0 * seen.keys_to_come.max(0.0).sqrt() + 3.0;
        let covered = to_come < seen.rows as f64 * UNCOVERED;
        let verdict = if missing == 0 {
            CheckVerdict::Pass
        } else if seen.rows == 0 {
            CheckVerdict::NeedData(least)
        } else if seen.complete || (covered && to_come < missing as f64) {
            // Hardly a row has a new key, and as many rows again would not bring enough of them.
            CheckVerdict::Fail
        } else {
            CheckVerdict::NeedData(round_up(missing as f64 / to_come * seen.rows as f64))
        };
        let mut result = self.result(CheckKind::Keys, verdict, format!("at least {} keys", count(least)));
        result.seen = format!("{} keys in {} rows", count(seen.keys), count(seen.rows));
        result.size = if missing == 0 { String::new() } else { format!("{} fewer", count(missing)) };
        result.bar =
            Some(CheckBar { expected: least as f64, seen: seen.keys as f64, interval: None, unit: CheckUnit::Count });
        finish(result, seen)
    }

    fn judge_straggler(&self, workers: u32, factor: f64, seen: &KeyEvidence) -> CheckResult {
        let expected = format!("S({}) < {}", count(u64::from(workers)), multiple(factor));
        let known = seen.stragglers.iter().find(|(of, _)| *of == workers).map(|(_, factor)| *factor);
        let p = f64::from(workers.max(1));
        let share = known.unwrap_or(0.0) / p;
        let (verdict, evidence) = match known {
            // A factor above the number of workers cannot be, one of 1 cannot be undercut.
            _ if factor > p => (CheckVerdict::Pass, 1.0),
            Some(_) => verdict(factor / p, Interval { low: share, high: share }, p, seen),
            None => (CheckVerdict::NeedData(1), 1.0),
        };
        let mut result = self.result(CheckKind::Straggler, verdict, expected);
        result.seen = known.filter(|_| seen.rows > 0).map_or_else(
            || "no rows".into(),
            |found| format!("{} of the mean at {} workers", multiple(found), count(u64::from(workers))),
        );
        result.evidence = (!seen.complete).then_some(evidence);
        if let Some(found) = known {
            result.size = over(found, factor, |by| format!("+{}", multiple(by)));
            let within = wilson(share, seen.rows as f64, seen.design_effect);
            let interval = Some(Interval { low: within.low * p, high: within.high * p });
            result.bar = Some(CheckBar { expected: factor, seen: found, interval, unit: CheckUnit::Multiple });
        }
        finish(result, seen)
    }

    fn result(&self, kind: CheckKind, verdict: CheckVerdict, expected: String) -> CheckResult {
        let key = crate::cells::clean(&self.key, crate::CELL_WIDTH);
        CheckResult {
            name: format!("key {key}: {expected}"),
            kind,
            column: Some(key),
            expected,
            seen: String::new(),
            bar: None,
            size: String::new(),
            evidence: None,
            verdict,
            ongoing: verdict == CheckVerdict::Fail,
            first_window: None,
            windows: 1,
            examples: Vec::new(),
            strip: vec![match verdict {
                CheckVerdict::Pass => WindowVerdict::Pass,
                CheckVerdict::Fail => WindowVerdict::Fail,
                CheckVerdict::NeedData(_) => WindowVerdict::Need,
            }],
            sentence: String::new(),
        }
    }
}

fn verdict(limit: f64, share: Interval, candidates: f64, seen: &KeyEvidence) -> (CheckVerdict, f64) {
    if seen.rows == 0 {
        return (CheckVerdict::NeedData(1), 1.0);
    }
    if seen.complete || limit >= 1.0 || limit <= 0.0 {
        let broken = share.low >= limit;
        let sure = crate::contract::share::MOST_EVIDENCE;
        return if broken { (CheckVerdict::Fail, sure) } else { (CheckVerdict::Pass, 1.0) };
    }
    let test = ShareTest {
        limit,
        rows: seen.rows as f64,
        low: share.low,
        high: share.high,
        phi: seen.design_effect,
        candidates,
    };
    test.judge()
}

fn over(seen: f64, limit: f64, text: impl FnOnce(f64) -> String) -> String {
    if seen > limit { text(seen - limit) } else { String::new() }
}

fn finish(mut result: CheckResult, seen: &KeyEvidence) -> CheckResult {
    if result.verdict == CheckVerdict::Fail {
        result.first_window = Some(1);
    }
    let key = result.column.as_deref().unwrap_or_default();
    let found = format!("key {key}: {} ({} expected)", result.seen, result.expected);
    result.sentence = match result.verdict {
        CheckVerdict::NeedData(_) if seen.rows == 0 => {
            format!("key {key}: no rows to judge by ({} expected)", result.expected)
        }
        CheckVerdict::NeedData(more) => format!("{found}; about {} more rows can tell", count(more)),
        _ => found,
    };
    result
}
