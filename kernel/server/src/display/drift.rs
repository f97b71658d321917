//! Drift: the verdict, the alarms, and every check with what was expected, what was seen, how sure that is, and when it began.

use crate::display::escape::{cut, html, html_isolated, html_sentence, visible};
use crate::display::numbers::{count, counted};
use crate::display::style::{self, details, tag};
use crate::display::width::width;
use crate::display::{MimeBundle, bundle};
use headwater_charts::html::plain_table;
use headwater_profile::{CheckResult, CheckVerdict, DriftReport};

/// Checks that passed are folded away; of those that did not, so many are shown.
const SHOWN: usize = 40;

/// `report` for a notebook.
pub fn drift(report: &DriftReport) -> MimeBundle {
    let json = serde_json::to_value(report).unwrap_or_default();
    bundle::bundle("drift", to_html(report), to_text(report), json)
}

fn to_html(report: &DriftReport) -> String {
    let style = match report.verdict {
        CheckVerdict::Fail => style::ALERT,
        _ => style::INFO,
    };
    let verdict = format!("{} {}", icon(report.verdict), html_sentence(&report.sentence));
    let mut out = tag("div", &format!("{};{style}", style::VERDICT), &verdict);
    out.extend(header(report).iter().map(|line| tag("div", style::NOTE, &html(line))));
    out.extend(
        report.alarms.iter().map(|alarm| tag("div", style::ALERT, &format!("▲ {}", html_sentence(&alarm.sentence)))),
    );
    let (passed, others): (Vec<&CheckResult>, Vec<&CheckResult>) =
        report.checks.iter().partition(|check| check.verdict == CheckVerdict::Pass);
    let heads = ["check", "expected", "seen", "change", "evidence", "verdict", "window by window"];
    if !others.is_empty() {
        out.push_str(&plain_table(&heads, &others.iter().take(SHOWN).map(|check| row(check)).collect::<Vec<_>>()));
    }
    if others.len() > SHOWN {
        out.push_str(&tag("div", style::NOTE, &format!("… and {} more", others.len() - SHOWN)));
    }
    if !passed.is_empty() {
        let rows: Vec<_> = passed.iter().take(SHOWN).map(|check| row(check)).collect();
        out.push_str(&details(
            &format!("{} passed", counted(passed.len() as u64, "check")),
            &plain_table(&heads, &rows),
        ));
    }
    out.extend(report.notes.iter().map(|note| tag("div", style::NOTE, &html(note))));
    tag("div", style::PANEL, &out)
}

fn row(check: &CheckResult) -> [String; 7] {
    let name = match &check.column {
        Some(column) if !check.name.contains(column.as_str()) => format!("{} · {}", check.name, column),
        _ => check.name.clone(),
    };
    let strip: String = check.strip.iter().map(|window| window.symbol()).collect();
    [
        html_isolated(&cut(&name, 60)),
        html_isolated(&cut(&check.expected, 60)),
        html_isolated(&cut(&check.seen, 60)),
        html(&check.size),
        html(&evidence(check)),
        html(&verdict(check.verdict)),
        tag("span", "font-family:monospace;font-size:10px", &html(&strip)),
    ]
}

/// Two lines: what was compared with what.
fn header(report: &DriftReport) -> [String; 2] {
    let DriftReport { baseline, rows, windows, window_rows, .. } = report;
    let windows = counted(*windows, "window");
    [
        format!(
            "{} · {} · {} in {windows} of {}",
            report.name,
            report.sample,
            counted(*rows, "row"),
            count(u64::from(*window_rows))
        ),
        format!(
            "baseline {}: {} · {} · {}",
            baseline.name,
            baseline.source,
            counted(baseline.rows, "row"),
            report.budget
        ),
    ]
}

fn icon(verdict: CheckVerdict) -> &'static str {
    verdict.label().split(' ').next().unwrap_or_default()
}

fn verdict(verdict: CheckVerdict) -> String {
    match verdict {
        CheckVerdict::NeedData(rows) if rows > 0 => format!("○ need about {} more rows", count(rows)),
        other => other.label().to_owned(),
    }
}

fn evidence(check: &CheckResult) -> String {
    match check.evidence {
        Some(odds) if odds >= 1e6 => "over 1,000,000:1".to_owned(),
        Some(odds) if odds >= 1.0 => format!("{}:1", count(odds as u64)),
        Some(_) => "none".to_owned(),
        None => String::new(),
    }
}

fn to_text(report: &DriftReport) -> String {
    let mut lines = vec![format!("{} {}", icon(report.verdict), visible(&report.sentence))];
    lines.extend(header(report).iter().map(|line| visible(line)));
    lines.extend(report.alarms.iter().map(|alarm| format!("▲ {}", visible(&alarm.sentence))));
    let others: Vec<&CheckResult> = report.checks.iter().filter(|check| check.verdict != CheckVerdict::Pass).collect();
    if !others.is_empty() {
        lines.push(String::new());
    }
    for check in others.iter().take(SHOWN) {
        let verdict = verdict(check.verdict);
        let space = " ".repeat(26_usize.saturating_sub(width(&verdict)));
        let strip: String = check.strip.iter().map(|window| window.symbol()).collect();
        lines.push(format!("{verdict}{space} {}  {strip}", visible(&check.sentence)));
    }
    if others.len() > SHOWN {
        lines.push(format!("… and {} more", others.len() - SHOWN));
    }
    let passed = report.checks.len() - others.len();
    lines.push(String::new());
    lines.push(format!("● {} passed", counted(passed as u64, "check")));
    lines.extend(report.notes.iter().map(|note| visible(note)));
    lines.join("\n")
}
