//! Checks as a table: what was expected and seen, how far it is off, how sure that is, and window by window since when.

use crate::html::escape::{CELL_CHARS, cut, html, html_isolated, html_sentence};
use crate::html::numbers::{count, counted};
use crate::html::style::{self, details, tag};
use crate::html::table::filled_table;
use crate::odds::odds;
use headwater_profile::{CheckBar, CheckResult, CheckVerdict, WindowVerdict};

/// Rows of a table; the strongest come first.
const SHOWN: usize = 60;
/// Pixels of a bar.
const BAR: f64 = 90.0;

/// The checks as a fragment of HTML for a notebook that may be untrusted: those that did not pass in the open, the passed
/// ones folded away. Empty without checks.
pub fn checks_html(checks: &[CheckResult]) -> String {
    let (passed, others): (Vec<_>, Vec<_>) = checks.iter().partition(|check| check.verdict == CheckVerdict::Pass);
    let mut out = if others.is_empty() { String::new() } else { table(&others) };
    if !passed.is_empty() {
        out.push_str(&details(&format!("● {}", counted_passes(passed.len())), &table(&passed)));
    }
    if out.is_empty() { out } else { tag("div", style::PANEL, &out) }
}

fn counted_passes(passed: usize) -> String {
    format!("{} passed", counted(passed as u64, "check"))
}

fn table(checks: &[&CheckResult]) -> String {
    let heads = ["verdict", "check", "expected", "seen", "change", "evidence", "window by window", "examples"];
    let rows: Vec<[String; 8]> = checks.iter().take(SHOWN).map(|check| row(check)).collect();
    let mut out = filled_table(&heads, &rows);
    if checks.len() > SHOWN {
        let more = format!("… and {} more", count((checks.len() - SHOWN) as u64));
        out.push_str(&tag("div", style::NOTE, &more));
    }
    out
}

fn row(check: &CheckResult) -> [String; 8] {
    let seen =
        format!("{}{}", html_isolated(&cut(&check.seen, CELL_CHARS)), check.bar.as_ref().map_or(String::new(), bar));
    let examples: Vec<String> =
        check.examples.iter().take(3).map(|text| tag("code", style::CODE, &html_isolated(&cut(text, 40)))).collect();
    [
        verdict(check),
        format!("<strong>{}</strong>", html_sentence(&cut(&check.name, CELL_CHARS))),
        html_isolated(&cut(&check.expected, CELL_CHARS)),
        seen,
        if check.size.starts_with("+0 ") { String::new() } else { html(&check.size) },
        check.evidence.filter(|evidence| *evidence >= 2.0).map_or_else(String::new, |evidence| html(&odds(evidence))),
        strip(check),
        examples.join("<br>"),
    ]
}

/// The icon and the word; the colour says nothing that they do not.
fn verdict(check: &CheckResult) -> String {
    let (color, icon, words) = match check.verdict {
        CheckVerdict::Pass => ("#0072B2", "●", "pass".to_owned()),
        CheckVerdict::Fail if check.ongoing => ("#D55E00", "▲", "fail".to_owned()),
        CheckVerdict::Fail => ("#D55E00", "▲", "failed, clean since".to_owned()),
        CheckVerdict::NeedData(0) => ("#7a7a7a", "○", "need data".to_owned()),
        CheckVerdict::NeedData(rows) => ("#7a7a7a", "○", format!("need data (≈ {} rows)", count(rows))),
    };
    // Small letters in blue are hard to read on black: the icon alone has the colour.
    format!("{} <strong>{words}</strong>", tag("span", &format!("color:{color}"), icon))
}

/// What was seen as a bar, what was expected as a tick across it; what lies past the tick is vermilion.
pub(crate) fn bar(bar: &CheckBar) -> String {
    let most = bar.seen.max(bar.expected).max(bar.interval.map_or(0.0, |own| own.high)) * 1.05;
    if !(most.is_finite() && most > 0.0 && bar.seen.max(bar.expected) > 0.0) || bar.seen < 0.0 || bar.expected < 0.0 {
        return String::new();
    }
    let wide = |value: f64| (value / most * BAR).round();
    let part = |width: f64, color: &str| {
        let style = format!("float:left;width:{width:.0}px;height:5px;margin:2px 0;background-color:{color}");
        if width > 0.0 { tag("div", &style, "") } else { String::new() }
    };
    let tick = tag("div", "float:left;width:2px;height:9px;background-color:#7a7a7a", "");
    let (seen, expected) = (wide(bar.seen), wide(bar.expected));
    let parts = if seen > expected {
        format!("{}{tick}{}", part(expected, "#0072B2"), part(seen - expected, "#D55E00"))
    } else {
        format!("{}{}{tick}", part(seen, "#0072B2"), part(expected - seen, "transparent"))
    };
    tag("div", &format!("width:{:.0}px;height:9px;overflow:hidden;margin:1px 0 2px 0", BAR + 4.0), &parts)
}

/// A cell a window, in order, alarms in vermilion; below it, since when it fails.
fn strip(check: &CheckResult) -> String {
    if check.strip.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    for run in check.strip.chunk_by(|a, b| a == b) {
        let text: String = run.iter().map(|window| window.symbol()).collect();
        out.push_str(&match run[0] {
            WindowVerdict::Fail => tag("span", "color:#D55E00", &text),
            WindowVerdict::Need => tag("span", "opacity:0.6", &text),
            WindowVerdict::Pass => tag("span", "color:#0072B2", &text),
        });
    }
    let strip = tag("div", "font-family:monospace;font-size:9px;letter-spacing:0;white-space:nowrap", &out);
    let since = match (check.verdict, check.first_window) {
        (CheckVerdict::Fail, Some(first)) => {
            let windows = counted(check.windows, "window");
            tag("div", style::TYPE, &format!("since window {} (evidence of {windows})", count(first)))
        }
        _ => String::new(),
    };
    format!("{strip}{since}")
}

#[cfg(test)]
#[path = "checks_tests.rs"]
pub(crate) mod tests;
