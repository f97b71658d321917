//! The drift report: the verdict first, what it was compared with, one line an alarm, then the table of checks.

use crate::html::checks::checks_html;
use crate::html::escape::{html, html_sentence};
use crate::html::numbers::{count, counted, timestamp_seconds};
use crate::html::style::{self, details, tag};
use headwater_profile::{BaselineNote, CheckVerdict, DriftReport};

/// The report as a fragment of HTML, for a notebook that may be untrusted.
pub fn drift_html(report: &DriftReport) -> String {
    let (box_style, icon) = match report.verdict {
        CheckVerdict::Pass => (style::INFO, '●'),
        CheckVerdict::NeedData(_) => (style::INFO, '○'),
        CheckVerdict::Fail => (style::ALERT, '▲'),
    };
    let sentence = tag("div", style::VERDICT, &format!("{icon} {}", html_sentence(&report.sentence)));
    let mut out = tag("div", box_style, &sentence);
    out.push_str(&tag("div", style::NOTE, &html(&looked_at(report))));
    out.push_str(&tag("div", style::NOTE, &html(&compared_with(&report.baseline))));
    // One alarm is the verdict already.
    if report.alarms.len() > 1 {
        out.extend(report.alarms.iter().map(|alarm| tag("div", style::ALERT, &html_sentence(&alarm.sentence))));
    }
    out.push_str(&checks_html(&report.checks));
    out.extend(report.notes.iter().map(|note| tag("div", style::INFO, &html_sentence(note))));
    out.push_str(&details("How it is judged", &tag("div", style::NOTE, &html(&judged(report)))));
    tag("div", style::PANEL, &out)
}

/// `orders · 20,000 rows in 64 windows of 312 · how they were drawn`.
pub(crate) fn looked_at(report: &DriftReport) -> String {
    let windows = match report.windows {
        0 => String::new(),
        1 => " in 1 window".to_owned(),
        n => format!(" in {} windows of {}", count(n), count(report.window_rows.into())),
    };
    let drawn = if report.sample.is_empty() { String::new() } else { format!(" · {}", report.sample) };
    format!("{} · {}{windows}{drawn}", report.name, counted(report.rows, "row"))
}

/// `compared with “usual” · 20,000 rows of orders, pinned 2026-01-01 00:00:00 UTC · pipeline 0f3c…`.
pub(crate) fn compared_with(baseline: &BaselineNote) -> String {
    let name = if baseline.name.is_empty() { "a baseline".to_owned() } else { format!("“{}”", baseline.name) };
    let source = if baseline.source.is_empty() { String::new() } else { format!(" of {}", baseline.source) };
    let pinned = baseline.pinned_ms.map(|at| format!(", pinned {} UTC", timestamp_seconds(at))).unwrap_or_default();
    let plan = baseline.fingerprint.as_ref().map(|hash| {
        let short: String = hash.chars().take(12).collect();
        format!(" · pipeline {short}")
    });
    format!("compared with {name} · {}{source}{pinned}{}", counted(baseline.rows, "row"), plan.unwrap_or_default())
}

/// What an alarm takes, in words.
fn judged(report: &DriftReport) -> String {
    let odds = if report.alpha > 0.0 { crate::odds::odds(1.0 / report.alpha) } else { "any".to_owned() };
    format!(
        "An alarm takes evidence of {odds} and a change that matters; budget: {}. ● as expected, ○ too few rows to tell, ▲ alarm. \
         In a bar, the tick is what was expected.",
        report.budget
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::checks::tests::drifted;
    use crate::html::{page, sanitized};

    #[test]
    fn the_verdict_comes_first_and_the_rest_passes_the_sanitizer() {
        let report = drifted();
        let html = drift_html(&report);
        sanitized::check(&html);
        let place = |text: &str| html.find(text).unwrap_or_else(|| panic!("no {text:?} in {html}"));
        assert!(place("▲") < place("compared with") && place("compared with") < place("<table"));
        assert!(place("New York") < place("passed"), "what failed stands above what passed");
        assert!(page("x", &[html]).starts_with("<!DOCTYPE html>"));
    }

    #[test]
    fn hostile_names_do_nothing() {
        let mut report = drifted();
        report.name = "<script>x</script>\u{1b}[2J".to_owned();
        report.baseline.name = "\"><img src=x>".to_owned();
        for check in &mut report.checks {
            check.name = "<b>\u{202e}".to_owned();
            check.expected = "<i>".to_owned();
            check.seen = "שלום<u>".to_owned();
            check.examples = vec!["<svg onload=x>".repeat(10_000)];
        }
        let html = drift_html(&report);
        sanitized::check(&html);
        assert!(html.len() < 300_000, "{} bytes", html.len());
    }
}
