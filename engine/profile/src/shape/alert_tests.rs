//! Tests of the alerts: each kind of trouble is found where it is, and nowhere else.

use crate::shape::tests::{BASE_MS, json_input, kinds};
use crate::{AlertKind, PartitionSpan, ShapeReport, shape};

fn of(record: impl Fn(i64) -> String) -> ShapeReport {
    let records: Vec<String> = (0..1_000).map(record).collect();
    shape(&json_input(&records, &[]))
}

#[test]
fn every_kind_of_trouble_is_found_where_it_is() {
    let cases: [(AlertKind, ShapeReport); 7] = [
        (
            AlertKind::Sentinel,
            of(|i| format!("{{\"a\":\"{}\"}}", if i % 5 == 0 { "N/A" } else { ["x", "y"][i as usize % 2] })),
        ),
        (AlertKind::Sentinel, of(|i| format!("{{\"a\":{}}}", if i % 20 == 0 { -1 } else { i % 300 }))),
        (
            AlertKind::MixedTimes,
            of(|i| format!("{{\"a\":{}}}", (BASE_MS + i * 1_000) / if i % 10 == 0 { 1_000 } else { 1 })),
        ),
        (
            AlertKind::MixedTimes,
            of(|i| {
                format!(
                    "{{\"a\":\"2026-01-01T00:{:02}:{:02}{}\"}}",
                    i / 60 % 60,
                    i % 60,
                    if i % 4 == 0 { "" } else { "Z" }
                )
            }),
        ),
        (AlertKind::ListExplosion, of(|i| format!("{{\"a\":[{}0]}}", "1,".repeat(20 + i as usize % 3)))),
        (AlertKind::SkewedKey, of(|i| format!("{{\"a\":\"c{}\"}}", if i % 2 == 0 { 0 } else { i % 40 }))),
        (AlertKind::Nesting, of(|i| format!("{{\"m\":{{\"k{}\":1}}}}", i % 200))),
    ];
    for (kind, report) in cases {
        assert!(kinds(&report).contains(&kind), "{kind:?} in\n{}", report.to_text());
    }
}

#[test]
fn a_clean_stream_raises_nothing() {
    let report = of(|i| format!("{{\"user\":\"u{}\",\"amount\":{}.25,\"n\":{}}}", i % 97, i % 31, i % 7));
    assert_eq!(kinds(&report), [], "{}", report.to_text());
}

#[test]
fn a_record_of_ten_megabytes_is_told_and_bounded() {
    let mut records: Vec<String> = (0..100).map(|i| format!("{{\"a\":\"{i}\"}}")).collect();
    records[50] = format!("{{\"a\":\"{}\",\"b\":[{}1]}}", "<script>\u{202e}".repeat(700_000), "1,".repeat(500_000));
    let mut input = json_input(&records, &[]);
    input.partitions = vec![PartitionSpan { partition: 0, records: 50 }, PartitionSpan { partition: 1, records: 50 }];
    let report = shape(&input);
    assert!(kinds(&report).contains(&AlertKind::LargeRecords), "{}", report.to_text());
    let json = serde_json::to_string(&report).unwrap();
    assert!(report.to_text().len() < 6_000 && json.len() < 40_000, "{}", json.len());
    assert!(!json.contains('\u{202e}'));
}
