//! Shape reports of garbage as it comes.

use polars::df;
use polars::prelude::{DataType, IntoColumn, NamedFrom, Series, TimeUnit};
use proptest::prelude::*;

use crate::{
    AlertKind, AlertLevel, ColumnShape, Failure, JsonRecord, PartitionSpan, Rows, ShapeInput, ShapeReport, Typical,
    shape,
};

pub(super) const BASE_MS: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

pub(super) fn json_input<'a>(values: &'a [String], partitions: &[u64]) -> ShapeInput<'a> {
    let record = |(at, value): (usize, &'a String)| JsonRecord {
        value: Some(value.as_bytes()),
        key: (at % 10 != 0).then_some(&value.as_bytes()[..value.len().min(6)]),
        partition: (at % 2) as u32,
        timestamp_ms: Some(BASE_MS),
        ..JsonRecord::default()
    };
    let spans = partitions.iter().enumerate();
    ShapeInput {
        name: "orders".into(),
        sample: "orders · 1,000 of 9,000 records (11.1 %), 40 blocks over 2 of 3 partitions".into(),
        representative: true,
        redact: false,
        newest_ms: Some(BASE_MS + 3_600_000),
        partitions: spans.map(|(p, records)| PartitionSpan { partition: p as u32, records: *records }).collect(),
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(values.iter().enumerate().map(record).collect()),
    }
}

pub(super) fn shape_of(values: &[&str]) -> ShapeReport {
    let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
    shape(&json_input(&values, &[]))
}

pub(super) fn column<'a>(report: &'a ShapeReport, path: &str) -> &'a ColumnShape {
    report.columns.iter().find(|c| c.path == path).unwrap_or_else(|| panic!("no `{path}` in\n{}", report.to_text()))
}

pub(super) fn kinds(report: &ShapeReport) -> Vec<AlertKind> {
    report.alerts.iter().map(|a| a.kind).collect()
}

/// A thousand orders with every kind of garbage.
pub(super) fn orders() -> Vec<String> {
    let cities = ["New York", "Chicago", "Rome", "Tokyo", "Oslo"];
    let mut records: Vec<String> = (0..1_000_i64)
        .map(|i| {
            let city = cities[[0, 0, 0, 1, 1, 2, 3, 4][(i * 7 % 8) as usize]];
            let late = if i % 50 == 49 { 42_000 } else { 0 };
            let ts = crate::shape::times::text(BASE_MS + i * 1_000 - late).replace(' ', "T") + "Z";
            let amount = match i % 20 {
                3 => format!("\"{}.5\"", i % 90),
                7 => "null".into(),
                _ => format!("{}.25", 1 + i * i % 97),
            };
            let coupon = if i % 4 == 0 { ",\"coupon\":\"SPRING\"" } else { "" };
            let id = if i == 500 { 499 } else { i };
            format!(
                "{{\"order_id\":\"o-{id}\",\"ts\":\"{ts}\",\"city\":\"{city}\",\"amount\":{amount},\"v\":1,\
                 \"items\":[{{\"sku\":\"s{}\",\"n\":{}}}]{coupon}}}",
                i % 5,
                i % 3
            )
        })
        .collect();
    records[17] = "{\"order_id\":\"o-17\",\"ts\":".into();
    records[18] = "not json\u{7}".into();
    records[400] = records[400].replace("2026-01-01T00:06:40Z", "2099-12-31T00:00:00Z");
    records
}

#[test]
fn garbage_is_reported_worst_first() {
    let records = orders();
    insta::assert_snapshot!(shape(&json_input(&records, &[4_000, 5_000, 0])).to_text());
}

#[test]
fn every_number_of_the_report_is_in_its_json() {
    let records = orders();
    let report = shape(&json_input(&records, &[4_000, 5_000, 0]));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["failures"]["count"], 2);
    assert_eq!(json["alerts"][0]["kind"], "silent_partition");
    assert_eq!(json["columns"][0]["path"], "order_id");
    assert_eq!(json["envelope"]["partitions"][2]["in_log"], 0);
}

#[test]
fn the_same_records_give_the_same_report() {
    let records = orders();
    let twice = [(); 2].map(|()| shape(&json_input(&records, &[4_000, 5_000, 0])).to_text());
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn nothing_at_all_is_a_report_too() {
    let report = shape_of(&[]);
    assert_eq!((report.records, report.rows, report.columns.len()), (0, 0, 0));
    assert_eq!(report.to_text().lines().next(), Some("shape of orders · 0 records · 0 paths"));
    let empty = shape_of(&["{}", "{}"]);
    assert_eq!((empty.rows, empty.columns.len()), (2, 0));
}

#[test]
fn all_broken_says_so_and_shows_three() {
    let report = shape_of(&["x", "{", "[1]", "\"text\"", ""]);
    assert_eq!(report.failures.count, 5);
    assert_eq!(report.failure_examples.len(), 3);
    assert_eq!(report.alerts[0].level, AlertLevel::Bad);
    assert!(report.to_text().contains("is this the right format?"), "{}", report.to_text());
    assert_eq!(report.failure_examples[2].reason, "a list, not a JSON object");
}

#[test]
fn absent_null_and_empty_are_three_things() {
    let report = shape_of(&[r#"{"a":""}"#, r#"{"a":null}"#, r#"{"a":"x"}"#, r#"{"b":[]}"#]);
    let a = column(&report, "a");
    assert_eq!((a.present.count, a.present.of), (3, 4));
    assert_eq!((a.null.count, a.null.of), (1, 3));
    assert_eq!((a.empty.count, a.empty.of), (1, 3));
    assert_eq!(column(&report, "b").null.to_string(), "0 (≤ 95 %)", "one row proves next to nothing");
}

#[test]
fn zero_nulls_come_with_a_bound() {
    let records: Vec<String> = (0..2_000).map(|i| format!("{{\"a\":{i}}}")).collect();
    let report = shape(&json_input(&records, &[]));
    assert_eq!(column(&report, "a").null.to_string(), "0 (≤ 0.15 %)");
}

#[test]
fn times_are_known_in_every_clothing() {
    let records: Vec<String> = (0..100_i64)
        .map(|i| {
            let ms = BASE_MS + i * 60_000;
            let zero = if i == 5 { 0 } else { ms };
            let iso = crate::shape::times::text(ms).replace(' ', "T");
            format!("{{\"ms\":{zero},\"s\":{},\"iso\":\"{iso}\",\"n\":{i}}}", ms / 1_000)
        })
        .collect();
    let report = shape(&json_input(&records, &[]));
    for path in ["ms", "s", "iso"] {
        let from = "2026-01-01 → 2026-01-01 01:39";
        assert_eq!(column(&report, path).typical.to_string(), from, "{path}");
    }
    assert!(column(&report, "n").time.is_none());
    assert_eq!(column(&report, "ms").time.unwrap().near_zero, 1);
    assert_eq!(column(&report, "ms").flags, ["1970", "epoch ms"]);
    assert_eq!(column(&report, "s").flags, ["epoch s"]);
}

#[test]
fn postal_codes_are_not_numbers_and_prices_in_text_are() {
    let records: Vec<String> = (0..100)
        .map(|i| format!("{{\"zip\":\"{:05}\",\"price\":\"{i}.5\",\"user_id\":\"{}\"}}", i * 7, i % 50))
        .collect();
    let report = shape(&json_input(&records, &[]));
    let numbers: Vec<_> = report.alerts.iter().filter(|a| a.kind == AlertKind::NumbersInText).collect();
    assert_eq!(numbers.len(), 1, "{}", report.to_text());
    assert_eq!(numbers[0].path.as_deref(), Some("price"));
}

#[test]
fn hostile_text_reaches_nobody() {
    let megabyte = "x".repeat(1 << 20);
    let report = shape_of(&[
        &format!("{{\"{}\":1,\"a\":\"{megabyte}\"}}", "n".repeat(900)),
        "{\"a\":\"\\u202e\\u0000<script>\"}",
        &format!("{{\"{}\":1}}", "m".repeat(5_000)),
    ]);
    let text = report.to_text();
    assert!(text.len() < 4_000, "{}", text.len());
    assert!(!text.contains('\u{202e}') && !text.contains('\0'));
    assert!(text.lines().all(|line| crate::cells::width(line) < 400));
}

#[test]
fn limits_are_said() {
    let wide: String = (0..300).map(|i| format!("\"c{i}\":1,")).collect();
    let report = shape_of(&[&format!("{{{}}}", wide.trim_end_matches(','))]);
    assert_eq!(report.columns.len(), crate::PATHS);
    assert_eq!(report.limits, ["more than 200 paths: the first 200 are shown"]);
}

#[test]
fn a_frame_is_described_in_the_same_words() {
    let times = Series::new("ts".into(), (0..40_i64).map(|i| BASE_MS + i * 1_000).collect::<Vec<_>>())
        .cast(&DataType::Datetime(TimeUnit::Milliseconds, None))
        .unwrap();
    let lists = Series::new(
        "tags".into(),
        (0..40_i64).map(|i| Series::new("".into(), vec![i; (i % 3) as usize])).collect::<Vec<_>>(),
    );
    let mut frame = df![
        "city" => (0..40).map(|i| (i % 4 != 0).then(|| ["Rome", "Oslo"][i % 2])).collect::<Vec<_>>(),
        "amount" => (0..40).map(|i| f64::from(i) * 1.5).collect::<Vec<_>>(),
        "small" => (0..40_i32).collect::<Vec<_>>(),
        "on" => (0..40).map(|i| i % 5 == 0).collect::<Vec<_>>(),
    ]
    .unwrap();
    frame.with_column(times.into_column()).unwrap();
    frame.with_column(lists.into_column()).unwrap();
    let structs = frame.clone().select(["city", "amount"]).unwrap().into_struct("nested".into());
    frame.with_column(structs.into_column()).unwrap();
    let input = ShapeInput {
        name: "flights.parquet".into(),
        sample: "the whole file".into(),
        representative: true,
        redact: false,
        newest_ms: None,
        partitions: Vec::new(),
        failures: 1,
        failure_examples: vec![Failure { text: "x".into(), reason: "why".into() }],
        rows: Rows::Frame(&frame),
    };
    insta::assert_snapshot!(shape(&input).to_text());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counts_equal_a_naive_count(
        rows in proptest::collection::vec((proptest::option::of(proptest::option::of(-5_i64..5)), 0_u8..3), 1..200)
    ) {
        let records: Vec<String> = rows
            .iter()
            .map(|(a, kind)| match (a, kind) {
                (None, _) => "{}".to_owned(),
                (Some(None), _) => "{\"a\":null}".to_owned(),
                (Some(Some(n)), 0) => format!("{{\"a\":{n}}}"),
                (Some(Some(n)), 1) => format!("{{\"a\":\"{n}\"}}"),
                (Some(Some(n)), _) => format!("{{\"a\":{n}.5}}"),
            })
            .collect();
        let report = shape(&json_input(&records, &[]));
        prop_assert_eq!(report.rows, rows.len() as u64);
        let present = rows.iter().filter(|(a, _)| a.is_some()).count() as u64;
        let null = rows.iter().filter(|(a, _)| *a == Some(None)).count() as u64;
        if present == 0 {
            prop_assert!(report.columns.is_empty());
            return Ok(());
        }
        let a = column(&report, "a");
        prop_assert_eq!((a.present.count, a.null.count), (present, null));
        let different: std::collections::HashSet<_> =
            rows.iter().filter_map(|(a, kind)| Some((a.flatten()?, *kind))).collect();
        prop_assert_eq!(a.distinct.count, different.len() as u64);
        let sum: f64 = a.types.iter().map(|t| t.share).sum();
        prop_assert!(null == present || (sum - 1.0).abs() < 1e-9);
        if let Typical::Top(top) = &a.typical {
            prop_assert!(top.iter().all(|v| v.count == v.at_most && v.share <= 1.0));
        }
    }

    #[test]
    fn no_bytes_make_it_panic(records in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..20)) {
        let rows = records.iter().map(|bytes| JsonRecord { value: Some(bytes), ..JsonRecord::default() }).collect();
        let input = ShapeInput { rows: Rows::Json(rows), ..json_input(&[], &[1]) };
        let report = shape(&input);
        prop_assert_eq!(report.failures.count + report.rows, records.len() as u64);
        let _ = report.to_text();
    }
}

#[test]
fn alerts_are_limited_to_seven_and_say_how_many_more() {
    let wide: Vec<String> = (0..12).map(|i| format!("\"c{i}\":7")).collect();
    let records = vec![format!("{{{}}}", wide.join(",")); 30];
    let report = shape(&json_input(&records, &[]));
    assert_eq!(kinds(&report), [AlertKind::Constant; 7]);
    assert_eq!(report.more_alerts, 5);
}
