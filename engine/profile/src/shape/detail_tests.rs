//! Tests of the details by type, and of gathering bit by bit: any split of the input gives the same numbers.

use polars::df;
use polars::prelude::{DataType, IntoColumn, NamedFrom, Series, TimeUnit};
use proptest::prelude::*;

use crate::shape::tests::{BASE_MS, column, json_input, orders, shape_of};
use crate::{Detail, JsonRecord, Rows, ShapeBuilder, ShapeInput, ShapeReport, shape};

fn about() -> ShapeInput<'static> {
    ShapeInput {
        name: "rows".into(),
        sample: "all rows".into(),
        representative: true,
        redact: false,
        newest_ms: None,
        partitions: Vec::new(),
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(Vec::new()),
    }
}

fn json(report: &ShapeReport) -> serde_json::Value {
    serde_json::to_value(report).unwrap()
}

#[test]
fn each_type_has_its_details() {
    let records: Vec<String> = (0..500_i64)
        .map(|i| {
            let late = if i % 100 == 99 { 42_000 } else { 0 };
            format!(
                "{{\"n\":{},\"few\":{},\"text\":\"Oslo {}\",\"on\":{},\"ts\":{},\"tags\":[{}],\"o\":{{\"x\":1}},\"id\":\"{:08x}-e89b-12d3-a456-426614174000\"}}",
                if i == 3 { "1e300".into() } else { format!("{}.5", i - 10) },
                i % 4,
                i % 60,
                i % 3 == 0,
                BASE_MS + i * 1_000 - late,
                vec!["7"; (i % 5) as usize].join(","),
                i
            )
        })
        .collect();
    let report = shape(&json_input(&records, &[]));
    let Detail::Number(n) = &column(&report, "n").detail else { panic!() };
    assert_eq!((n.negatives.count, n.quantiles.unwrap().max, n.histogram.as_ref().unwrap().over), (9, 1e300, 5));
    let Detail::Number(few) = &column(&report, "few").detail else { panic!() };
    let bars: Vec<&str> = few.bars.as_ref().unwrap().values.iter().map(|bar| bar.text.as_str()).collect();
    assert_eq!((bars.join(" "), few.zeros.count), ("0 1 2 3".to_owned(), 125));
    let Detail::Text(text) = &column(&report, "text").detail else { panic!() };
    assert_eq!(text.masks[0].text, "Aa+ 99");
    assert_eq!((text.length.unwrap().max, text.cdf.last().map(|p| (p.values, p.share))), (7.0, Some((60, 1.0))));
    let Detail::Text(id) = &column(&report, "id").detail else { panic!() };
    assert_eq!(id.readable.uuid.count, 500);
    let Detail::Bool(on) = &column(&report, "on").detail else { panic!() };
    assert_eq!(on.values.len(), 2);
    let Detail::Time(ts) = &column(&report, "ts").detail else { panic!() };
    assert_eq!(ts.watermark.advice, "40 s keeps 99.9 %, 0 ms keeps 99 %, 40 s keeps all that was seen");
    assert_eq!(ts.written, "epoch ms");
    assert!(ts.broker_delay.is_some() && ts.hour_of_week.is_empty());
    let Detail::List(tags) = &column(&report, "tags").detail else { panic!() };
    assert_eq!(tags.explode_factor, 2.0);
    let Detail::Object(o) = &column(&report, "o").detail else { panic!() };
    assert_eq!((o.fields, o.most, o.is_map), (1, 1, false));
}

#[test]
fn a_gap_and_a_week_of_hours_are_seen() {
    let records: Vec<String> = (0..400_i64)
        .map(|i| format!("{{\"ts\":{}}}", BASE_MS + i * 3_600_000 + if i >= 200 { 86_400_000 } else { 0 }))
        .collect();
    let rows = records.iter().map(|r| JsonRecord { value: Some(r.as_bytes()), ..JsonRecord::default() }).collect();
    let report = shape(&ShapeInput { rows: Rows::Json(rows), ..about() });
    let Detail::Time(ts) = &column(&report, "ts").detail else { panic!() };
    assert_eq!((ts.gaps.median_ms, ts.gaps.count, ts.gaps.longest_ms), (3_600_000, 1, 90_000_000));
    assert_eq!((ts.hour_of_week.len(), ts.hour_of_week.iter().sum::<u64>()), (168, 400));
    // 2026-01-01 was a Thursday.
    assert_eq!(ts.hour_of_week.iter().position(|n| *n == 3), Some(72));
}

#[test]
fn bit_by_bit_gives_the_same_report() {
    let records = orders();
    let input = json_input(&records, &[4_000, 5_000, 0]);
    let Rows::Json(rows) = &input.rows else { panic!() };
    let mut builder = ShapeBuilder::new(&input);
    rows.chunks(77).for_each(|part| builder.push_records(part));
    assert_eq!(json(&builder.partial()), json(&shape(&input)));
    assert_eq!(builder.records(), 1_000);
}

#[test]
fn partitions_gathered_apart_give_the_same_report() {
    let records = orders();
    let input = json_input(&records, &[4_000, 5_000, 0]);
    let Rows::Json(rows) = &input.rows else { panic!() };
    let mut merged = ShapeBuilder::new(&input);
    for partition in 0..2 {
        let own: Vec<JsonRecord<'_>> = rows.iter().filter(|row| row.partition == partition).copied().collect();
        let mut part = ShapeBuilder::new(&input);
        part.push_records(&own);
        merged.merge(&part);
    }
    let (merged, whole) = (merged.finish(), shape(&input));
    assert_eq!((merged.rows, merged.failures), (whole.rows, whole.failures));
    for column in &whole.columns {
        let own = merged.columns.iter().find(|own| own.path == column.path).unwrap();
        assert_eq!(
            (own.present, own.null, own.distinct, &own.time),
            (column.present, column.null, column.distinct, &column.time)
        );
        assert_eq!(own.typical, column.typical, "{}", column.path);
    }
    assert_eq!(merged.envelope, whole.envelope);
}

#[test]
fn many_records_of_many_partitions_are_gathered_side_by_side() {
    let records: Vec<String> = (0..70_000).map(|i| format!("{{\"k\":\"k{}\",\"n\":{i}}}", i % 5_000)).collect();
    let whole = shape(&json_input(&records, &[35_000, 35_000]));
    assert_eq!((whole.rows, whole.columns.len()), (70_000, 2));
    let k = column(&whole, "k");
    assert!((k.distinct.count as f64 / 5_000.0 - 1.0).abs() < 0.02, "{:?}", k.distinct);
    assert_eq!(column(&whole, "n").present.count, 70_000);
    assert_eq!(json(&whole), json(&shape(&json_input(&records, &[35_000, 35_000]))), "the same on every run");
}

#[test]
fn a_frame_in_batches_is_the_frame() {
    let times = Series::new("ts".into(), (0..9_000_i64).map(|i| BASE_MS + i * 1_000).collect::<Vec<_>>());
    let mut frame = df![
        "city" => (0..9_000).map(|i| (i % 4 != 0).then(|| format!("c{}", i % 700))).collect::<Vec<_>>(),
        "amount" => (0..9_000).map(|i| f64::from(i) * 1.5).collect::<Vec<_>>(),
        "id" => (0..9_000_i64).collect::<Vec<_>>(),
    ]
    .unwrap();
    frame.with_column(times.cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap().into_column()).unwrap();
    let nested = frame.clone().into_struct("nested".into());
    frame.with_column(nested.into_column()).unwrap();
    let whole = shape(&ShapeInput { rows: Rows::Frame(&frame), ..about() });
    let mut builder = ShapeBuilder::new(&about());
    for from in (0..9_000).step_by(700) {
        builder.push_frame(&frame.slice(from, 700));
    }
    assert_eq!(json(&builder.finish()), json(&whole));
    assert_eq!(column(&whole, "nested.id").distinct.count, 9_000);
    assert_eq!(column(&whole, "nested").types[0].count, 9_000);
}

#[test]
fn odd_samples_give_a_report() {
    for (records, paths) in [
        (vec![], 0),
        (vec!["{\"a\":1}".to_owned()], 1),
        (
            vec![format!("{{{}}}", (0..500).map(|i| format!("\"c{i}\":{i}")).collect::<Vec<_>>().join(","))],
            crate::PATHS,
        ),
        (vec![format!("{}1{}", "{\"d\":".repeat(40), "}".repeat(40))], crate::LEVELS),
        (vec![format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40))], crate::LEVELS),
        (vec!["{\"<b>x</b>\":\"\\u0007\\u202eabc\",\"\":null}".to_owned()], 2),
    ] {
        let report = shape(&json_input(&records, &[1]));
        assert_eq!(report.columns.len(), paths, "{}", report.to_text());
        let text = report.to_text() + &json(&report).to_string();
        assert!(!text.contains('\u{202e}') && !text.contains('\u{7}'));
    }
    let empty = df!["a" => Vec::<i64>::new()].unwrap();
    let report = shape(&ShapeInput { rows: Rows::Frame(&empty), ..about() });
    assert_eq!((report.rows, report.columns.len()), (0, 1));
    assert!(shape_of(&["{\"a\":1}"]).to_text().contains("95 %"), "one row proves next to nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_column_is_described_like_the_same_json(
        values in proptest::collection::vec(proptest::option::of(-50_i64..50), 1..300)
    ) {
        let records: Vec<String> = values
            .iter()
            .map(|v| v.map_or("{\"a\":null}".to_owned(), |v| format!("{{\"a\":{v}}}")))
            .collect();
        let rows = records.iter().map(|r| JsonRecord { value: Some(r.as_bytes()), ..JsonRecord::default() }).collect();
        let told = shape(&ShapeInput { rows: Rows::Json(rows), ..about() });
        let frame = df!["a" => values].unwrap();
        let read = shape(&ShapeInput { rows: Rows::Frame(&frame), ..about() });
        prop_assert_eq!(json(&told), json(&read));
    }
}
