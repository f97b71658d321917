//! Tests of what is done to a finished report: comparing, putting in order, leaving out; and of reports without values.

use polars::prelude::{DataType, TimeUnit};

use crate::shape::tests::{BASE_MS, column, json_input, orders};
use crate::{Rows, ShapeInput, ShapeOrder, ShapeReport, shape};

fn of(record: impl Fn(i64) -> String) -> ShapeReport {
    let records: Vec<String> = (0..1_000).map(record).collect();
    shape(&json_input(&records, &[]))
}

fn paths(report: &ShapeReport) -> Vec<&str> {
    report.columns.iter().map(|column| column.path.as_str()).collect()
}

#[test]
fn a_comparison_says_what_moved_what_is_new_and_what_is_gone() {
    let then = of(|i| {
        format!(
            "{{\"city\":\"{}\",\"amount\":{},\"kind\":1,\"old\":true}}",
            ["Rome", "Oslo"][(i % 2) as usize],
            i % 100
        )
    });
    let mut now = of(|i| {
        let old = if i % 2 == 0 { ",\"sometimes\":1" } else { "" };
        let city = ["Rome", "Rome", "Rome", "Oslo"][(i % 4) as usize];
        format!("{{\"city\":\"{city}\",\"amount\":{},\"kind\":\"x\"{old}}}", i % 100 + 20)
    });
    now.compare(&then);
    insta::assert_snapshot!(now.to_text().split("compared with orders\n").nth(1).unwrap(), @"
    orders · 1,000 of 9,000 records (11.1 %), 40 blocks over 2 of 3 partitions
    path    then      now       distance  moved most         present  null
    city    ██        █▃        0.25      Oslo -25.0 points  –        –
    amount  █▇▇▇█▇▇█  █▇▇▇█▇▇█  0.204     –                  –        –
    kind    int       str       –         –                  –        –
    new: sometimes
    gone: old
    ");
    let city = column(&now, "city").vs.as_ref().unwrap();
    assert!((city.distance.unwrap() - 0.25).abs() < 1e-9, "{city:?}");
    let amount = column(&now, "amount").vs.as_ref().unwrap();
    assert!((amount.distance.unwrap() - 0.2).abs() < 0.02, "{amount:?}");
    assert_eq!(column(&now, "kind").vs.as_ref().unwrap().type_before.as_deref(), Some("int"));
    now.sort(ShapeOrder::Drift);
    assert_eq!(paths(&now), ["kind", "sometimes", "city", "amount"]);
}

#[test]
fn the_same_data_has_not_moved() {
    let mut now = of(|i| format!("{{\"a\":\"v{}\",\"n\":{i},\"l\":[1]}}", i % 30));
    now.compare(&now.clone());
    assert!(now.columns.iter().all(|c| c.vs.as_ref().is_some_and(|vs| vs.distance.unwrap_or(0.0) == 0.0)));
}

#[test]
fn another_schema_is_noticed() {
    let mut now = of(|i| format!("{{\"a\":{i},\"b\":1}}"));
    now.compare(&of(|i| format!("{{\"x\":{i},\"y\":1,\"z\":2}}")));
    let versus = now.versus.as_ref().unwrap();
    assert_eq!(versus.note.as_deref(), Some("only 0 of 2 paths are in both: is `orders` the same kind of data?"));
    assert_eq!((versus.new.len(), versus.gone.len()), (2, 3));
    now.compare(&shape(&json_input(&[], &[])));
    assert!(now.versus.as_ref().unwrap().note.is_none(), "nothing is no other schema");
}

#[test]
fn times_as_text_and_as_times_are_of_one_type() {
    let text = of(|i| format!("{{\"ts\":\"{}\"}}", crate::shape::times::text(BASE_MS + i * 1_000)));
    let millis: Vec<i64> = (0..500).map(|i| BASE_MS + i * 1_000).collect();
    let mut frame = polars::df!("ts" => millis).unwrap();
    let times = frame.column("ts").unwrap().cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).unwrap();
    frame.with_column(times).unwrap();
    let mut now = shape(&ShapeInput { rows: Rows::Frame(&frame), ..json_input(&[], &[]) });
    let type_before = |now: &ShapeReport| now.columns[0].vs.as_ref().unwrap().type_before.clone();
    now.compare(&text);
    assert_eq!(type_before(&now), None);
    now.compare(&of(|i| format!("{{\"ts\":\"name {i}\"}}")));
    assert_eq!(type_before(&now).as_deref(), Some("str"));
}

#[test]
fn paths_are_ordered_with_what_lies_below_them() {
    let record = |i: i64| {
        let rare = if i % 10 == 0 { ",\"rare\":1" } else { "" };
        format!("{{\"z\":{i},\"b\":{{\"y\":\"N/A\",\"x\":\"{}\"}},\"a\":\"\"{rare}}}", i % 3)
    };
    let order = |by| {
        let mut report = of(record);
        report.sort(by);
        paths(&report).join(" ")
    };
    assert_eq!(order(ShapeOrder::Order), "z b b.y b.x a rare");
    assert_eq!(order(ShapeOrder::Name), "a b b.x b.y rare z");
    assert_eq!(order(ShapeOrder::Missing), "b b.y b.x a rare z");
    assert_eq!(order(ShapeOrder::Nonuniform), "b b.y b.x a rare z");
    assert_eq!(order(ShapeOrder::Drift), order(ShapeOrder::Order), "nothing to compare with");
    let mut report = of(record);
    report.keep_paths(&["*.x".into(), "rare".into()]);
    assert_eq!(paths(&report), ["b", "b.x", "rare"]);
}

#[test]
fn a_redacted_report_holds_no_value() {
    let mut records = orders();
    records.push("{\"order_id\":\"o-1\",\"secret\":\"Anna Karenina\", broken Vronsky".into());
    let input = ShapeInput { redact: true, ..json_input(&records, &[4_000, 5_000, 0]) };
    let report = shape(&input);
    let all = report.to_text() + &serde_json::to_string(&report).unwrap();
    for value in ["New York", "Chicago", "Rome", "SPRING", "o-499", "Anna", "Vronsky", "2099-12-31T"] {
        assert!(!all.contains(value), "{value} in {all}");
    }
    assert!(report.redacted && all.contains("Aaa Aaaa 37.6 %"), "forms and shares stay: {}", report.to_text());
}
