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

/// Orders over three days with garbage in them, as the profile sees them; `seed` moves the amounts.
fn orders(scale: f64) -> ShapeReport {
    use headwater_profile::{JsonRecord, Rows, ShapeInput, shape};
    let row = |at: u64| {
        let mixed = (at.wrapping_mul(6_364_136_223_846_793_005) >> 33) as f64;
        let city = ["New York", "Los Angeles", "Chicago", "<b>Houston</b>", "שלום", ""][(mixed as usize % 17).min(5)];
        let amount = -((mixed % 9_973.0 + 1.0) / 9_974.0).ln() * 40.0 * scale;
        let ts = 1_767_225_600_000 + at * 43_200 - (at % 13) * 1_500;
        match at % 97 {
            0 => format!("{{\"id\":{at},<script>"),
            1 => format!(r#"{{"id":{at},"ts":{ts},"amount":"n/a"}}"#),
            _ => format!(
                r#"{{"id":{at},"ts":{ts},"amount":{amount:.2},"qty":{},"user":{{"city":"{city}","vip":{}}},"items":[{}]}}"#,
                at % 5,
                at % 3 == 0,
                vec![r#"{"sku":"a1"}"#; (at % 4) as usize].join(",")
            ),
        }
    };
    let rows: Vec<String> = (0..6_000).map(row).collect();
    let records = rows.iter().zip(0..).map(|(row, at)| JsonRecord {
        value: Some(row.as_bytes()),
        key: Some(b"k"),
        partition: at % 3,
        block: at / 200,
        timestamp_ms: Some(1_767_225_600_000 + i64::from(at) * 43_200),
        ..JsonRecord::default()
    });
    shape(&ShapeInput {
        name: "orders".to_owned(),
        sample: "orders · 6,000 of 206,113 records (2.9 %), 30 blocks".to_owned(),
        representative: true,
        redact: false,
        newest_ms: Some(1_767_225_600_000 + 6_000 * 43_200),
        partitions: Vec::new(),
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(records.collect()),
    })
}

/// The same, compared with a time of smaller amounts.
pub(crate) fn compared() -> ShapeReport {
    let mut now = orders(2.0);
    now.compare(&orders(1.0));
    now
}

#[test]
fn each_type_has_its_details_folded_away() {
    let html = shape_html(&orders(1.0));
    crate::html::sanitized::check(&html);
    for words in
        ["Details of each path", "p25", "watermark:", ">explode</code>", "by hour of the week", "data:image/svg+xml"]
    {
        assert!(html.contains(words), "no {words} in {html}");
    }
    assert!(html.len() < 300_000, "{} bytes", html.len());
}

#[test]
fn a_comparison_shows_both_sparks_and_the_distance() {
    let report = compared();
    let html = shape_html(&report);
    crate::html::sanitized::check(&html);
    assert!(html.contains("then · distance") && html.contains("compared with orders"), "{html}");
    let amount = report.columns.iter().find(|column| column.path == "amount").and_then(|own| own.vs.as_ref());
    let distance = amount.and_then(|change| change.distance).expect("numbers can be compared");
    assert!(distance > 0.1 && html.contains(&format!("{distance:.3}")), "{distance}");
}

#[test]
fn five_hundred_columns_stay_within_the_bounds() {
    let mut report = orders(1.0);
    let columns = report.columns.clone();
    report.columns = columns.iter().cycle().take(500).cloned().collect();
    let html = shape_html(&report);
    crate::html::sanitized::check(&html);
    assert!(
        html.len() < 300_000 && html.contains("more paths have details") && html.contains("more paths, in"),
        "{} bytes",
        html.len()
    );
}
