//! The drift report in plain text: the verdict first, what it was compared with, then the checks.

use crate::text::checks::{checks_text, wrapped};
use headwater_profile::DriftReport;

/// The report, at most about `width` columns wide.
pub fn drift_text(report: &DriftReport, width: usize) -> String {
    let mut out = wrapped(&format!("{} {}", report.verdict.label(), report.sentence), width, 2);
    out.push_str(&wrapped(&crate::html::looked_at(report), width, 2));
    out.push_str(&wrapped(&crate::html::compared_with(&report.baseline), width, 2));
    if report.alarms.len() > 1 {
        report.alarms.iter().for_each(|alarm| out.push_str(&wrapped(&format!("▲ {}", alarm.sentence), width, 2)));
    }
    out.push('\n');
    out.push_str(&checks_text(&report.checks, width));
    report.notes.iter().for_each(|note| out.push_str(&wrapped(&format!("· {note}"), width, 2)));
    out
}

#[cfg(test)]
mod tests {
    use super::drift_text;
    use crate::html::{drifted, steady};

    #[test]
    fn the_report_reads_well_as_text() {
        insta::assert_snapshot!(drift_text(&drifted(), 100));
        insta::assert_snapshot!(drift_text(&steady(), 100));
    }
}
