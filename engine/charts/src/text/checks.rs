//! Checks in plain text: the verdict, the finding in a line, and below it a cell a window.

use crate::odds::odds;
use headwater_profile::{CheckResult, CheckVerdict, clean};

/// Columns that a verdict and its icon take.
const INDENT: usize = 13;

/// The checks, at most about `width` columns wide: those that did not pass one by one, the passed ones by name.
/// Empty without checks.
pub fn checks_text(checks: &[CheckResult], width: usize) -> String {
    let (passed, others): (Vec<_>, Vec<_>) = checks.iter().partition(|check| check.verdict == CheckVerdict::Pass);
    let mut out: String = others.iter().map(|check| one(check, width)).collect();
    if !passed.is_empty() {
        let names: Vec<&str> = passed.iter().map(|check| check.name.as_str()).collect();
        out.push_str(&wrapped(&format!("{:INDENT$}{}", "● pass", names.join(" · ")), width, INDENT));
    }
    out
}

fn one(check: &CheckResult, width: usize) -> String {
    let more = match check.verdict {
        CheckVerdict::NeedData(rows) if rows > 0 => format!(" (≈ {} more rows)", crate::html::numbers::count(rows)),
        _ => String::new(),
    };
    let mut out = wrapped(&format!("{:INDENT$}{}{more}", check.verdict.label(), check.sentence), width, INDENT);
    let indent = " ".repeat(INDENT);
    if check.strip.len() > 1 {
        let room = width.saturating_sub(INDENT).max(8);
        let strip: Vec<char> = check.strip.iter().map(|window| window.symbol()).collect();
        strip.chunks(room).for_each(|part| out.push_str(&format!("{indent}{}\n", part.iter().collect::<String>())));
    }
    if !check.examples.is_empty() {
        let examples = check.examples.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        out.push_str(&format!("{indent}e.g. {}\n", clean(&examples, width.saturating_sub(INDENT + 5).max(8))));
    }
    // What the sentence says already is not said again.
    if let Some(evidence) = check.evidence.filter(|_| !check.sentence.contains("evidence")) {
        if check.verdict == CheckVerdict::Fail {
            out.push_str(&format!("{indent}evidence {}\n", odds(evidence)));
        }
    }
    out
}

/// A whole report with its long sentences broken; tables and code stay as they are.
pub(crate) fn wrapped_report(text: &str, width: usize) -> String {
    let line = |line: &str| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        // Columns of a table are two spaces apart; code stands five in, to be pasted.
        let is_prose = indent < 5 && !line.trim_start().contains("  ");
        if is_prose { wrapped(line, width, indent.max(2)) } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

/// The text broken between words; the lines after the first are indented by so many columns.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let width = width.max(40);
    let mut out = String::new();
    let mut rest = text.to_owned();
    loop {
        let line = clean(&rest, width);
        if line == rest || !line.ends_with('…') {
            return out + &line + "\n";
        }
        let kept = line.trim_end_matches('…');
        let end = kept.rfind(' ').filter(|at| kept[..*at].trim().len() > indent).unwrap_or(kept.len());
        out.push_str(kept[..end].trim_end());
        out.push('\n');
        rest = match rest.get(end..) {
            Some(after) if !after.trim().is_empty() => format!("{:indent$}{}", "", after.trim_start()),
            _ => return out,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::{drifted, steady};
    use headwater_profile::columns;

    #[test]
    fn what_failed_is_told_one_by_one_and_the_rest_by_name() {
        let text = checks_text(&drifted().checks, 100);
        assert!(text.starts_with("▲ fail"), "{text}");
        assert_eq!(text.matches("● pass ").count(), 1, "{text}");
        assert!(text.lines().all(|line| columns(line) <= 100), "{text}");
        assert!(text.contains("●▲"), "the strip shows the onset: {text}");
    }

    #[test]
    fn when_all_is_well_there_is_little_to_read() {
        let text = checks_text(&steady().checks, 80);
        assert!(text.starts_with("● pass") && text.lines().count() < 12, "{text}");
    }

    #[test]
    fn hostile_text_becomes_lines_of_the_width() {
        let mut checks = drifted().checks;
        checks[0].sentence = format!("{} \u{1b}[2J\u{202e} 東京 {}", "x".repeat(500), "שלום ".repeat(90));
        let text = checks_text(&checks, 60);
        assert!(text.lines().all(|line| columns(line) <= 60), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    }
}
