//! Tests of the table of checks: each verdict with icon and word, bars with their tick, strips with their onset.

use super::*;
use crate::html::sanitized;
use headwater_profile::{
    Baseline, CheckUnit, DriftInput, DriftOptions, DriftReport, Interval, JsonRecord, PinOptions, Rows, drift, pin,
};
use std::sync::LazyLock;

/// Rows of orders, a share of them from New York: evenly mixed, so that the numbers are the same each time.
fn orders(rows: u64, new_york: u64, nulls: u64) -> Vec<String> {
    let row = |at: u64| {
        let mixed = at.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407) >> 33;
        let city = if mixed % 100 < new_york { "New York".to_owned() } else { format!("City {}", mixed % 37) };
        let amount = if mixed % 1_000 < nulls { "null".to_owned() } else { format!("{}.5", mixed % 90) };
        format!(r#"{{"id":{at},"ts":{},"city":"{city}","amount":{amount}}}"#, 1_767_225_600_000 + at * 1_000)
    };
    (0..rows).map(row).collect()
}

fn input(rows: &[String]) -> DriftInput<'_> {
    let records = rows.iter().zip(0..).map(|(row, at)| JsonRecord {
        value: Some(row.as_bytes()),
        timestamp_ms: Some(1_767_225_600_000 + at * 1_000),
        ..JsonRecord::default()
    });
    DriftInput {
        name: "orders".into(),
        sample: "20,000 of 1,000,000 records, 40 blocks".into(),
        representative: true,
        rows: Rows::Json(records.collect()),
        times_ms: Vec::new(),
        undecodable: 0,
        late: None,
        log: Vec::new(),
    }
}

fn baseline() -> Baseline {
    let options = PinOptions {
        name: "usual".into(),
        fingerprint: Some("0f3c9a77d1b2e4f5".into()),
        pinned_ms: Some(1_767_225_600_000),
        keys: vec![(vec!["city".into()], 64)],
        ..PinOptions::default()
    };
    pin(&input(&orders(20_000, 18, 10)), &options).expect("rows to pin")
}

/// New York rises by eight points in the second half.
pub(crate) fn drifted() -> DriftReport {
    static REPORT: LazyLock<DriftReport> = LazyLock::new(|| {
        let mut rows = orders(10_000, 18, 10);
        rows.extend(orders(20_000, 26, 10).into_iter().skip(10_000));
        drift(&baseline(), &input(&rows), &DriftOptions::default())
    });
    REPORT.clone()
}

pub(crate) fn steady() -> DriftReport {
    drift(&baseline(), &input(&orders(20_000, 18, 10)), &DriftOptions::default())
}

#[test]
fn each_verdict_has_its_icon_and_its_word() {
    let mut checks = drifted().checks;
    checks.truncate(3);
    checks[1].verdict = CheckVerdict::NeedData(3_400);
    checks[2].verdict = CheckVerdict::Pass;
    let html = checks_html(&checks);
    sanitized::check(&html);
    for words in [
        ">▲</span> <strong>fail",
        ">○</span> <strong>need data (≈ 3,400 rows)",
        ">●</span> <strong>pass",
        "<summary style=\"cursor:pointer\">● 1 check passed",
    ] {
        assert!(html.contains(words), "no {words} in {html}");
    }
    assert_eq!(checks_html(&[]), "");
}

#[test]
fn a_bar_shows_what_is_past_the_tick() {
    let of = |expected, seen| {
        bar(&CheckBar { expected, seen, interval: Some(Interval { low: 0.0, high: 0.3 }), unit: CheckUnit::Share })
    };
    assert!(of(0.18, 0.26).contains("#D55E00") && !of(0.26, 0.18).contains("#D55E00"));
    assert_eq!(of(f64::NAN, f64::NAN).matches("<div").count(), of(f64::NAN, f64::NAN).matches("</div>").count());
    assert_eq!(bar(&CheckBar { expected: 0.0, seen: 0.0, interval: None, unit: CheckUnit::Count }), "");
}

#[test]
fn the_strip_shows_the_onset() {
    let report = drifted();
    let city = report.checks.iter().find(|check| check.verdict == CheckVerdict::Fail).expect("it drifted");
    let html = strip(city);
    assert!(html.contains("<span style=\"color:#D55E00\">▲") && html.contains("since window"), "{html}");
}
