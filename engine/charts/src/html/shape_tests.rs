//! Tests of the shape report's HTML: alerts before the table, nothing of the data as markup, only what the sanitizer keeps.

use super::*;
use headwater_profile::{AlertKind, Detail, Failure};

fn rate(count: u64, of: u64) -> Rate {
    let at_most = (count == 0).then(|| 1.0 - 0.05f64.powf(1.0 / of as f64));
    Rate { count, of, share: count as f64 / of as f64, at_most }
}

fn column(path: &str, types: Vec<TypeShare>, typical: Typical) -> ColumnShape {
    ColumnShape {
        path: path.to_owned(),
        depth: path.matches('.').count() as u32,
        types,
        present: rate(1_996, 2_000),
        null: rate(0, 1_996),
        empty: rate(0, 1_996),
        sentinel: rate(0, 1_996),
        sentinels: Vec::new(),
        nonuniformity: 0.0,
        distinct: Distinct {
            count: 1_200,
            is_exact: false,
            low: 1_180,
            high: 1_220,
            at_least: 1_500,
            all_unique: false,
        },
        typical,
        spark: "▁▂▅▇▅▂▁▁".to_owned(),
        time: None,
        flags: vec!["event time?".to_owned()],
        detail: Detail::Nothing,
        vs: None,
    }
}

pub(crate) fn report() -> ShapeReport {
    let kind = |name, share: f64| TypeShare { name, count: (share * 1_996.0) as u64, share };
    let numbers = Quantiles { min: -3.0, p5: 1.25, p50: 30.0, p95: 218.4, p99: 900.0, max: 12_345.6 };
    let value = |text: &str, share: f64| TopValue { text: text.to_owned(), count: 9, at_most: 9, share };
    let cities = vec![value("New York", 0.201), value("", 0.05), value("<i>x</i>", 0.01)];
    ShapeReport {
        name: "orders".to_owned(),
        sample: "orders · 2,000 of 206,113 records (0.97 %)".to_owned(),
        representative: true,
        redacted: false,
        records: 2_000,
        rows: 1_998,
        failures: rate(2, 2_000),
        failure_examples: vec![Failure { text: "{\"a\":<script>".to_owned(), reason: "not JSON".to_owned() }],
        alerts: vec![Alert {
            level: AlertLevel::Bad,
            kind: AlertKind::TypeMix,
            path: Some("amount".to_owned()),
            fact: "`amount` is text in 4.9 % of rows".to_owned(),
            consequence: "What is no number becomes a dead letter.".to_owned(),
            examples: vec!["12.5".to_owned(), "<script>alert(1)</script>".to_owned()],
        }],
        more_alerts: 2,
        columns: vec![
            column("amount", vec![kind("num", 0.951), kind("str", 0.049)], Typical::Numbers(numbers)),
            column("user", vec![kind("object", 1.0)], Typical::Fields(3)),
            column("user.city", vec![kind("str", 1.0)], Typical::Top(cities)),
            column(
                "ts",
                vec![kind("time", 1.0)],
                Typical::Time { min_ms: 1_767_225_600_000, max_ms: 1_767_240_600_000 },
            ),
            column("<svg onload=x>", vec![], Typical::Nothing),
        ],
        envelope: None,
        versus: None,
        limits: vec!["only the first 200 paths are shown".to_owned()],
    }
}

#[test]
fn alerts_come_before_the_table() {
    let html = to_html(&report());
    let alert = html.find("is text in 4.9 %").expect("the alert");
    let table = html.find("<table").expect("the table");
    assert!(alert < table, "{html}");
    assert!(html.contains("… and 2 more findings"), "{html}");
}

#[test]
fn zero_of_many_says_what_it_proves() {
    assert_eq!(rate_text(&rate(0, 2_000)), "0 ≤ 0.15 %");
    assert_eq!(rate_text(&rate(1, 2_000)), "0.05 %");
}

fn rate_text(own: &Rate) -> String {
    let html = super::rate(own).replace("&nbsp;", " ");
    let mut inside = false;
    html.chars()
        .filter(|c| {
            let keep = !inside && *c != '<';
            inside = *c == '<' || inside && *c != '>';
            keep
        })
        .collect()
}

#[test]
fn a_type_mix_has_a_bar_and_a_rare_type_stays_visible() {
    let html = to_html(&report());
    assert!(html.contains("num 95.1 % · str 4.9 %"), "{html}");
    assert!(html.contains("width:95.1%") && html.contains("width:4.9%"), "{html}");
    let rare =
        [TypeShare { name: "num", count: 9_999, share: 0.9999 }, TypeShare { name: "str", count: 1, share: 0.0001 }];
    assert!(type_mix(&rare).contains("width:2.0%"));
}

#[test]
fn nothing_of_the_data_becomes_markup() {
    let html = to_html(&report());
    crate::html::sanitized::check(&html);
}

#[test]
fn what_did_not_decode_is_folded_away_with_its_reason() {
    let html = to_html(&report());
    assert!(html.contains("2 records did not decode (0.10 %)") && html.contains("not JSON"), "{html}");
}
