//! From what the watches know to the drift report: words, numbers, order, and one alarm for each cause.

use crate::contract::share::{MOST_EVIDENCE, round_up, wilson};
use crate::drift::alarms;
use crate::drift::cell_name::cell_name;
use crate::drift::evidence::{Test, odds};
use crate::drift::hot;
use crate::drift::input::DriftInput;
use crate::drift::monitor::{DriftMonitor, Subject};
use crate::drift::strangers;
use crate::drift::watch::Watch;
use crate::figures::{count, multiple, number, percent};
use crate::{Baseline, CheckBar, CheckKind, CheckResult, CheckUnit, CheckVerdict, DriftReport, Interval};

/// Above this, more evidence is not worth more.
const DOUBTLESS: f64 = 1e6;

/// The report on everything that was seen.
pub(crate) fn report(monitor: &DriftMonitor) -> DriftReport {
    let baseline = &monitor.baseline;
    let mut checks = strangers::schema(monitor);
    let nothing_known = checks.first().is_some_and(|check| check.column.is_none());
    if !nothing_known {
        let gone: Vec<String> = checks.iter().filter_map(|check| check.column.clone()).collect();
        let watched = (0..monitor.watches.len()).filter(|at| !is_of_gone(monitor, *at, &gone));
        checks.extend(watched.map(|at| result(monitor, at)));
        checks.extend(hot::check(monitor));
    }
    checks.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| strength(b).total_cmp(&strength(a))));
    let needed = checks.iter().filter_map(|check| match check.verdict {
        CheckVerdict::NeedData(rows) => Some(rows),
        _ => None,
    });
    let needed = needed.max();
    let verdict = match (checks.iter().any(|check| check.verdict == CheckVerdict::Fail), needed) {
        (true, _) => CheckVerdict::Fail,
        (false, Some(rows)) => CheckVerdict::NeedData(rows),
        (false, None) => CheckVerdict::Pass,
    };
    let alarms = alarms::grouped(&checks);
    let mut report = DriftReport {
        name: String::new(),
        sample: String::new(),
        baseline: baseline.note(),
        rows: monitor.rows,
        windows: monitor.windows,
        window_rows: monitor.options.window_rows.unwrap_or(baseline.window_rows),
        budget: monitor.options.budget.to_string(),
        alpha: monitor.alpha,
        verdict,
        sentence: String::new(),
        checks,
        alarms,
        notes: monitor.notes.clone(),
    };
    report.sentence = sentence(&report);
    if monitor.walk.too_many {
        report.notes.push(format!(
            "more than {} paths, or nested deeper than {} levels: the rest is not compared",
            crate::PATHS,
            crate::LEVELS
        ));
    }
    report
}

/// By evidence, and among those of which nobody doubts, by size.
pub(crate) fn strength(check: &CheckResult) -> f64 {
    let moved = check.bar.filter(|bar| bar.unit == CheckUnit::Share).map_or(0.0, |bar| (bar.seen - bar.expected).abs());
    // The top key of a window says the same as the distribution, in fewer words.
    let plain = if check.kind == CheckKind::TopShare { 0.9 } else { 1.0 };
    check.evidence.unwrap_or(MOST_EVIDENCE).min(DOUBTLESS) * (1.0 + moved) * plain
}

/// `1 row`, `20,000 rows`.
pub(crate) fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", count(n), if n == 1 { "" } else { "s" })
}

fn rank(check: &CheckResult) -> u8 {
    match check.verdict {
        CheckVerdict::Fail => 0,
        CheckVerdict::NeedData(_) => 1,
        CheckVerdict::Pass => 2,
    }
}

fn sentence(report: &DriftReport) -> String {
    let of = format!("in {} ({})", counted(report.rows, "row"), counted(report.windows, "window"));
    let all = report.checks.len() as u64;
    let that = |verdict: fn(&CheckVerdict) -> bool| report.checks.iter().filter(|c| verdict(&c.verdict)).count() as u64;
    let need = that(|v| matches!(v, CheckVerdict::NeedData(_)));
    if report.rows == 0 && report.verdict != CheckVerdict::Fail {
        return format!("No rows to compare with the baseline \"{}\".", report.baseline.name);
    }
    let of = if report.rows == 0 { "where no record could be decoded".to_owned() } else { of };
    match report.verdict {
        CheckVerdict::Pass => format!("No drift {of}: all {} checks passed.", count(all)),
        CheckVerdict::NeedData(rows) => format!(
            "No drift seen {of}, but {} of {} checks cannot tell yet: about {} more rows are needed.",
            count(need),
            count(all),
            count(rows)
        ),
        CheckVerdict::Fail => {
            let failed = that(|v| *v == CheckVerdict::Fail);
            let worst = report.checks.first().map_or("", |check| &check.sentence);
            if report.checks.first().is_some_and(|check| check.kind == CheckKind::Schema && check.column.is_none()) {
                return format!("Drift {of}: {worst}.");
            }
            format!("Drift {of}: {} of {} failed. {worst}.", counted(failed, "check"), count(all))
        }
    }
}

/// What the input adds to the notes.
pub(crate) fn note_input(report: &mut DriftReport, baseline: &Baseline, input: &DriftInput<'_>) {
    if !baseline.provenance.representative {
        report
            .notes
            .push("the baseline's sample may not represent its stream: a difference can be one of the samples".into());
    }
    if !input.representative {
        report.notes.push("these rows may not represent the stream: a difference can be one of the samples".into());
    }
    if baseline.rows < u64::from(report.window_rows) * 20 {
        report.notes.push(format!(
            "the baseline has {} rows, fewer than 20 windows: what it expects is known roughly only",
            count(baseline.rows)
        ));
    }
    if let Some(longer) = other_hours(baseline, input) {
        report.notes.push(longer);
    }
}

const HOUR_MS: f64 = 3_600_000.0;

/// Both samples are shorter than a day and of other hours: then a difference may be the hour's.
fn other_hours(baseline: &Baseline, input: &DriftInput<'_>) -> Option<String> {
    let (from, to) = (baseline.provenance.from_ms? as f64, baseline.provenance.to_ms? as f64);
    let (now_from, now_to) = crate::drift::pin::times(input);
    let (now_from, now_to) = (now_from? as f64, now_to? as f64);
    let day = 24.0 * HOUR_MS;
    if to - from >= day * 0.75 && now_to - now_from >= day * 0.75 {
        return None;
    }
    let hour = |ms: f64| ((ms / HOUR_MS).rem_euclid(24.0) as u32, ((ms / day).floor() as i64 + 4).rem_euclid(7));
    let apart = (f64::midpoint(from, to) - f64::midpoint(now_from, now_to)).rem_euclid(day);
    let far = apart.min(day - apart) > ((to - from) / 2.0).max(2.0 * HOUR_MS);
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
    let show = |ms: f64| format!("{} {:02}:00", names[usize::try_from(hour(ms).1).unwrap_or(0)], hour(ms).0);
    far.then(|| {
        format!(
            "the baseline is of {} to {} (UTC), these rows of {} to {}: a difference may be the hour's",
            show(from),
            show(to),
            show(now_from),
            show(now_to)
        )
    })
}

fn is_of_gone(monitor: &DriftMonitor, at: usize, gone: &[String]) -> bool {
    let column = column_of(monitor, monitor.watches[at].0);
    column.is_some_and(|column| gone.iter().any(|gone| strangers::is_within(&column, gone)))
}

fn column_of(monitor: &DriftMonitor, subject: Subject) -> Option<String> {
    match subject {
        Subject::Absent(at)
        | Subject::Null(at)
        | Subject::OffType(at)
        | Subject::Distribution(at)
        | Subject::NewValues(at)
        | Subject::Duplicates(at)
        | Subject::Distinct(at) => monitor.baseline.columns.get(at).map(|column| column.path.clone()),
        Subject::TopShare(at) | Subject::EffectiveKeys(at) | Subject::Straggler(at) => {
            monitor.baseline.keys.get(at).map(|key| key.columns.join(", "))
        }
        Subject::Undecodable | Subject::Late | Subject::Volume => None,
    }
}

/// How the numbers of a check are said.
struct Words {
    kind: CheckKind,
    name: String,
    /// What stands before the number.
    what: String,
    unit: CheckUnit,
    expected: f64,
    seen: f64,
    interval: Option<Interval>,
    examples: Vec<String>,
}

/// The result of one watch.
pub(crate) fn result(monitor: &DriftMonitor, at: usize) -> CheckResult {
    let (subject, watch) = &monitor.watches[at];
    let column = column_of(monitor, *subject);
    let words = words(monitor, *subject, watch);
    let verdict = verdict(monitor, watch, words.unit);
    let evidence = watch.strongest.map_or(watch.most, |s| s.finding.ln_evidence).min(MOST_EVIDENCE.ln()).exp();
    let say = |number: f64| format!("{}{}", words.what, shown(number, words.unit));
    let (expected, seen, size) = (say(words.expected), say(words.seen), size(&words));
    let windows = match (&watch.strongest, verdict) {
        (Some(stretch), CheckVerdict::Fail) => stretch.windows,
        _ => watch.all.windows,
    };
    let of = column.as_deref().unwrap_or("records");
    let sentence = match verdict {
        CheckVerdict::Fail => format!(
            "{of}: {expected} → {} ({size}, evidence {}, {})",
            shown(words.seen, words.unit),
            odds(evidence),
            counted(windows, "window")
        ),
        CheckVerdict::NeedData(rows) if watch.all.weight > 0.0 => format!(
            "{of}: {expected} → {} so far; about {} more rows can tell",
            shown(words.seen, words.unit),
            count(rows)
        ),
        CheckVerdict::NeedData(_) => format!("{of}: {expected} expected, no rows to judge by"),
        CheckVerdict::Pass => format!("{of}: {expected} expected, {} seen", shown(words.seen, words.unit)),
    };
    CheckResult {
        name: words.name,
        kind: words.kind,
        column,
        expected,
        seen: if watch.all.weight > 0.0 { seen } else { "no rows".into() },
        bar: (watch.all.weight > 0.0).then_some(CheckBar {
            expected: words.expected,
            seen: words.seen,
            interval: words.interval,
            unit: words.unit,
        }),
        size: if watch.all.weight > 0.0 { size } else { String::new() },
        evidence: Some(evidence),
        verdict,
        ongoing: watch.ongoing(),
        first_window: watch.first.map(|stretch| stretch.first),
        windows,
        examples: words.examples,
        strip: watch.strip().to_vec(),
        sentence,
    }
}

fn verdict(monitor: &DriftMonitor, watch: &Watch, unit: CheckUnit) -> CheckVerdict {
    if watch.strongest.is_some() {
        return CheckVerdict::Fail;
    }
    match watch.recent_settles() {
        Ok(()) => CheckVerdict::Pass,
        Err(more) => {
            let window_rows = f64::from(monitor.baseline.window_rows);
            let rows = match (&watch.test, unit) {
                (Test::Mean(_), _) => more * window_rows,
                (Test::Flow(flow), _) => more * flow.per_second() / 1e3,
                (Test::Cells(_), _) => {
                    // A column that is often absent needs more rows to have as many values.
                    let a_row = (watch.all.weight / monitor.rows.max(1) as f64).clamp(1e-3, 1.0);
                    more / if watch.all.weight > 0.0 { a_row } else { 1.0 }
                }
            };
            CheckVerdict::NeedData(round_up(rows))
        }
    }
}

fn words(monitor: &DriftMonitor, subject: Subject, watch: &Watch) -> Words {
    let column = column_of(monitor, subject).unwrap_or_default();
    let (kind, name, what) = match subject {
        Subject::Absent(_) => (CheckKind::Absent, format!("{column} absent"), "absent ".into()),
        Subject::Null(_) => (CheckKind::Null, format!("nulls in {column}"), "null ".into()),
        Subject::OffType(at) => {
            let family = &monitor.baseline.columns[at].family;
            (CheckKind::Type, format!("type of {column}"), format!("not {family} "))
        }
        Subject::Distribution(_) => (CheckKind::Distribution, format!("distribution of {column}"), String::new()),
        Subject::NewValues(_) => (CheckKind::NewValues, format!("new values of {column}"), "new values ".into()),
        Subject::Duplicates(_) => (CheckKind::Duplicates, format!("duplicates of {column}"), "duplicates ".into()),
        Subject::Distinct(_) => {
            (CheckKind::Distinct, format!("different values of {column}"), "different a window ".into())
        }
        Subject::TopShare(_) => (CheckKind::TopShare, format!("top key of {column}"), "top key ".into()),
        Subject::EffectiveKeys(_) => (CheckKind::Keys, format!("effective keys of {column}"), "effective keys ".into()),
        Subject::Straggler(at) => {
            let workers = monitor.baseline.keys[at].workers;
            (CheckKind::Straggler, format!("straggler factor of {column}"), format!("S({workers}) "))
        }
        Subject::Undecodable => (CheckKind::Undecodable, "undecodable records".into(), "undecodable ".into()),
        Subject::Late => (CheckKind::Late, "late rows".into(), "late ".into()),
        Subject::Volume => (CheckKind::Volume, "volume".into(), "volume ".into()),
    };
    let mut words = Words {
        kind,
        name,
        what,
        unit: CheckUnit::Share,
        expected: 0.0,
        seen: 0.0,
        interval: None,
        examples: examples(monitor, subject),
    };
    fill_numbers(monitor, subject, watch, &mut words);
    words
}

/// Expected and seen: since the alarm began, in the strongest alarm that is over, or in all rows.
fn fill_numbers(monitor: &DriftMonitor, subject: Subject, watch: &Watch, words: &mut Words) {
    let block = watch.during.as_ref().unwrap_or(&watch.all);
    let sum = |at: usize| block.sums.get(at).copied().unwrap_or(0.0) / block.weight.max(1e-9);
    let over = watch.strongest.filter(|_| watch.during.is_none());
    match &watch.test {
        Test::Cells(test) => {
            let moved = |at: &usize| (sum(*at) - test.share(*at)).abs();
            let most = (0..block.sums.len()).max_by(|a, b| moved(a).total_cmp(&moved(b)));
            let cell = watch.strongest.map_or(most.unwrap_or(0), |stretch| stretch.finding.cell);
            let (seen, rows) = over.map_or((sum(cell), block.weight), |s| (s.finding.seen, s.weight));
            words.expected = test.share(cell);
            words.seen = seen;
            words.interval = Some(wilson(seen, rows, test.widest_phi(cell)));
            if let Subject::Distribution(at) = subject
                && let Some(cells) = &monitor.baseline.columns[at].cells
            {
                words.what = format!("{} ", cell_name(&cells.cells, cell));
            }
        }
        Test::Mean(test) => {
            words.unit = match subject {
                Subject::TopShare(_) => CheckUnit::Share,
                Subject::Straggler(_) => CheckUnit::Multiple,
                _ => CheckUnit::Count,
            };
            words.expected = test.mean();
            words.seen = over.map_or(sum(0), |s| s.finding.seen);
        }
        Test::Flow(test) => {
            words.unit = CheckUnit::PerSecond;
            words.expected = test.per_second();
            words.seen = over.map_or(sum(0) * 1e3, |s| s.finding.seen);
        }
    }
}

fn examples(monitor: &DriftMonitor, subject: Subject) -> Vec<String> {
    let ever = |at: usize| monitor.walk.sink.columns.get(at).map(|column| &column.ever);
    let found = match subject {
        Subject::OffType(at) => ever(at).map(|ever| &ever.off_type_examples),
        Subject::NewValues(at) => ever(at).map(|ever| &ever.new_examples),
        Subject::Duplicates(at) => ever(at).map(|ever| &ever.repeat_examples),
        _ => None,
    };
    found.cloned().unwrap_or_default()
}

pub(crate) fn shown(value: f64, unit: CheckUnit) -> String {
    match unit {
        CheckUnit::Share => percent(value),
        CheckUnit::Count => number(value),
        CheckUnit::Multiple => multiple(value),
        CheckUnit::PerSecond => format!("{} rows/s", number(value)),
    }
}

fn size(words: &Words) -> String {
    let change = words.seen - words.expected;
    let sign = if change < 0.0 { "−" } else { "+" };
    if words.unit == CheckUnit::Share {
        return format!("{sign}{} points", number((change * 100.0).abs()));
    }
    if words.expected > 0.0 {
        return format!("{sign}{} %", number((change / words.expected * 100.0).abs()));
    }
    format!("{sign}{}", number(change.abs()))
}
