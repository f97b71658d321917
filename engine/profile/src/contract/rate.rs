//! Checks of records and of rates: how many rows do not hold, and whether that is more than was promised.

use crate::contract::share::{MOST_EVIDENCE, ShareTest, wilson};
use crate::contract::tally::CheckTally;
use crate::figures::{count, percent};
use crate::{CheckBar, CheckKind, CheckResult, CheckUnit, CheckVerdict, Rate, WindowVerdict};

/// A condition that every record has to hold: `expect("amount is positive", …)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCheck {
    /// Its name.
    pub name: String,
}

/// A bound of how many rows a condition may hold for: `expect_rate("nulls in city", …).at_most(0.01)`.
#[derive(Debug, Clone, PartialEq)]
pub struct RateCheck {
    /// Its name.
    pub name: String,
    /// The bound.
    pub limit: RateLimit,
}

/// A bound of a share of rows: 0 to 1. What lies outside is taken as the nearer end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RateLimit {
    /// The condition holds for at most this share of the rows. The tally counts the rows for which it holds.
    AtMost(f64),
    /// The condition holds for at least this share of the rows. The tally counts the rows for which it does **not** hold.
    AtLeast(f64),
}

impl RecordCheck {
    /// Judges the failing rows: one is enough to fail, and without rows there is nothing to judge.
    pub fn judge(&self, failing: &CheckTally) -> CheckResult {
        let verdict = match (failing.rows(), failing.hits()) {
            (0, _) => CheckVerdict::NeedData(1),
            (_, 0) => CheckVerdict::Pass,
            _ => CheckVerdict::Fail,
        };
        let strip = failing.stretches().iter();
        let strip = strip.map(|(_, hits)| if *hits == 0 { WindowVerdict::Pass } else { WindowVerdict::Fail }).collect();
        let mut result = result(&self.name, CheckKind::Record, failing, verdict, strip);
        result.expected = "every row".into();
        if failing.hits() > 0 {
            result.size = format!("{} rows", count(failing.hits()));
        }
        result.sentence = sentence(&result, failing, "every row has to hold");
        result
    }
}

impl RateCheck {
    /// Judges the rows that count against the bound, as [`RateLimit`] says. The evidence adds up over all rows; bursts count for less
    /// than as many separate rows.
    pub fn judge(&self, hits: &CheckTally) -> CheckResult {
        let (limit, phi) = (self.limit(), hits.design_effect());
        let exact = hits.is_complete() || limit == 0.0 || limit == 1.0;
        let test = |rows: u64, hits: u64| {
            let share = hits as f64 / rows.max(1) as f64;
            ShareTest { limit, rows: rows as f64, low: share, high: share, phi, candidates: 1.0 }
        };
        let (verdict, evidence) = match hits.rows() {
            0 => (CheckVerdict::NeedData(1), 1.0),
            rows if !exact => test(rows, hits.hits()).judge(),
            rows if hits.hits() as f64 <= limit * rows as f64 => (CheckVerdict::Pass, 1.0),
            _ => (CheckVerdict::Fail, MOST_EVIDENCE),
        };
        let (mut rows, mut hit) = (0, 0);
        let strip = hits.stretches().iter().map(|stretch| {
            (rows, hit) = (rows + stretch.0, hit + stretch.1);
            match exact {
                true if hit as f64 <= limit * rows as f64 => WindowVerdict::Pass,
                true => WindowVerdict::Fail,
                false => test(rows, hit).window(),
            }
        });
        let strip: Vec<WindowVerdict> = strip.collect();
        let mut result = result(&self.name, CheckKind::Rate, hits, verdict, strip);
        // All rows are counted: nothing is estimated.
        result.evidence = (!hits.is_complete()).then_some(evidence);
        if let Some(bar) = &mut result.bar {
            bar.expected = limit;
            bar.interval = Some(wilson(bar.seen, hits.rows() as f64, phi));
            if bar.seen > limit {
                result.size = format!("+{} points", crate::figures::number((bar.seen - limit) * 100.0));
            }
        }
        let what = match self.limit {
            RateLimit::AtMost(_) => {
                result.expected = if limit == 0.0 { "none".into() } else { format!("at most {}", percent(limit)) };
                format!("{} allowed", result.expected)
            }
            RateLimit::AtLeast(_) => {
                least(&mut result, limit, hits);
                format!("{} needed", result.expected)
            }
        };
        result.sentence = sentence(&result, hits, &what);
        result
    }

    /// The largest share of rows that may count against it.
    fn limit(&self) -> f64 {
        let limit = match self.limit {
            RateLimit::AtMost(share) => share,
            RateLimit::AtLeast(share) => 1.0 - share,
        };
        if limit.is_nan() { 0.0 } else { limit.clamp(0.0, 1.0) }
    }
}

/// Turns what is said of the rows that count against the bound into what is said of the others.
fn least(result: &mut CheckResult, limit: f64, misses: &CheckTally) {
    result.expected = if limit == 0.0 { "every row".into() } else { format!("at least {}", percent(1.0 - limit)) };
    let kept = Rate::new(misses.rows() - misses.hits(), misses.rows());
    if kept.of > 0 {
        result.seen = format!("{} of {} ({})", count(kept.count), count(kept.of), percent(kept.share));
    }
    result.size = result.size.replacen('+', "−", 1);
    if let Some(bar) = &mut result.bar {
        (bar.expected, bar.seen) = (1.0 - bar.expected, 1.0 - bar.seen);
        bar.interval = bar.interval.map(|within| crate::Interval { low: 1.0 - within.high, high: 1.0 - within.low });
    }
}

/// What both have in common.
fn result(
    name: &str,
    kind: CheckKind,
    tally: &CheckTally,
    verdict: CheckVerdict,
    strip: Vec<WindowVerdict>,
) -> CheckResult {
    let rate = Rate::new(tally.hits(), tally.rows());
    let seen = match rate.at_most {
        _ if rate.of == 0 => "no rows".into(),
        Some(_) if tally.is_complete() => format!("0 of {}", count(rate.of)),
        Some(at_most) => format!("0 of {} (at most {})", count(rate.of), percent(at_most)),
        None => format!("{} of {} ({})", count(rate.count), count(rate.of), percent(rate.share)),
    };
    let failed = strip.iter().position(|window| *window == WindowVerdict::Fail);
    CheckResult {
        name: crate::cells::clean(name, crate::CELL_WIDTH),
        kind,
        column: None,
        expected: String::new(),
        seen,
        bar: (rate.of > 0).then_some(CheckBar {
            expected: 0.0,
            seen: rate.share,
            interval: None,
            unit: CheckUnit::Share,
        }),
        size: String::new(),
        evidence: None,
        verdict,
        ongoing: verdict == CheckVerdict::Fail,
        first_window: (verdict == CheckVerdict::Fail).then(|| failed.map_or(1, |at| at as u64 + 1)),
        windows: strip.len() as u64,
        examples: tally.examples().to_vec(),
        strip,
        sentence: String::new(),
    }
}

fn sentence(result: &CheckResult, tally: &CheckTally, what: &str) -> String {
    let name = &result.name;
    match result.verdict {
        CheckVerdict::NeedData(more) if tally.rows() == 0 => {
            format!("{name}: no rows to judge by, at least {} needed", count(more))
        }
        CheckVerdict::NeedData(more) => {
            format!("{name}: {}, {what}; about {} more rows can tell", result.seen, count(more))
        }
        _ => format!("{name}: {}, {what}", result.seen),
    }
}
