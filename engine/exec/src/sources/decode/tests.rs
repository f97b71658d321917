//! Tests of decoding: what fits, what does not and why; and that how records are cut into batches changes nothing.

use headwater::{DataType, Envelope, Field, Format, Schema, Source, SourceConnector};
use polars::prelude::DataFrame;
use proptest::prelude::*;

use super::*;

fn field(name: &str, data_type: DataType) -> Field {
    Field { name: name.to_string(), data_type }
}

fn source(format: Format, fields: Vec<Field>) -> Source {
    let connector = SourceConnector::Kafka { brokers: "nowhere:1".to_string(), topic: "orders".to_string() };
    Source { connector, format: Some(format), schema: Some(Schema { fields }), envelope: Vec::new() }
}

fn orders() -> Source {
    let address = DataType::Struct(vec![field("zip", DataType::String), field("floor", DataType::Int32)]);
    source(
        Format::Json,
        vec![
            field("city", DataType::String),
            field("amount", DataType::Float64),
            field("count", DataType::Int64),
            field("paid", DataType::Boolean),
            field("ts", DataType::Timestamp),
            field("day", DataType::Date),
            field("raw", DataType::Binary),
            field("tags", DataType::List(Box::new(DataType::Int64))),
            field("address", address),
        ],
    )
}

fn decode(source: &Source, values: &[&str]) -> SourceBatch {
    let mut decoder = RowDecoder::new(source, None).unwrap();
    for (position, value) in (0..).zip(values) {
        decoder.push(&RecordRef { origin: "orders", position, value: Some(value.as_bytes()), ..RecordRef::default() });
    }
    decoder.take(0).unwrap()
}

fn json(frame: &DataFrame) -> String {
    let mut text = Vec::new();
    crate::json_rows::append_rows(frame, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn reason(value: &str) -> String {
    let batch = decode(&orders(), &[value]);
    assert_eq!(batch.frame.height(), 0, "{value}");
    batch.dead[0].reason.clone()
}

#[test]
fn every_type_is_read_and_written() {
    let batch = decode(
        &orders(),
        &[
            r#"{"city":"Köln \"am\" Rhein","amount":12.5,"count":3,"paid":true,"ts":"2024-01-01T10:00:00+02:00","day":"2024-02-29","raw":"AQI=","tags":[1,null,3],"address":{"zip":50667,"floor":2}}"#,
            r#"{"amount":"12.50","count":"7","ts":null,"city":1.10,"tags":[],"address":null,"paid":"false","more":{"a":[1,{"b":2}]}}"#,
            r#"{"amount":1,"count":3.0,"address":{"floor":null,"other":1},"tags":null}"#,
            r#"{"city":"first","city":"last","tags":[1],"tags":[2,3]}"#,
            "{}",
        ],
    );
    assert_eq!(batch.dead, []);
    insta::assert_snapshot!(json(&batch.frame), @r#"
    {"city":"Köln \"am\" Rhein","amount":12.5,"count":3,"paid":true,"ts":"2024-01-01T08:00:00.000Z","day":"2024-02-29","raw":"AQI=","tags":[1,null,3],"address":{"zip":"50667","floor":2}}
    {"city":"1.10","amount":12.5,"count":7,"paid":false,"ts":null,"day":null,"raw":null,"tags":[],"address":null}
    {"city":null,"amount":1.0,"count":3,"paid":null,"ts":null,"day":null,"raw":null,"tags":null,"address":{"zip":null,"floor":null}}
    {"city":"last","amount":null,"count":null,"paid":null,"ts":null,"day":null,"raw":null,"tags":[2,3],"address":null}
    {"city":null,"amount":null,"count":null,"paid":null,"ts":null,"day":null,"raw":null,"tags":null,"address":null}
    "#);
}

#[test]
fn a_dead_letter_says_why() {
    let reasons: Vec<String> = [
        r#"{"amount":"abc"}"#,
        r#"{"count":1.5}"#,
        r#"{"count":9223372036854775808}"#,
        r#"{"address":{"floor":"third"}}"#,
        r#"{"tags":[1,"x"]}"#,
        r#"{"tags":{"a":1}}"#,
        r#"{"ts":1704067200000}"#,
        r#"{"paid":1}"#,
        r#"{"amount":""}"#,
        r#"{"amount":1e999}"#,
        r#"{"amount":true}"#,
        r#"{"amount":[1]}"#,
        r#"{"city":"a","amount":1"#,
        r#"{"city":"a"} trailing"#,
        "[1,2]",
        "\"text\"",
        "12",
        "null",
        "hello",
        "",
    ]
    .into_iter()
    .map(reason)
    .collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    column `amount`: `abc` is not a DOUBLE
    column `count`: `1.5` is not a BIGINT
    column `count`: `9223372036854775808` is not a BIGINT
    column `address.floor`: `third` is not an INT
    column `tags[]`: `x` is not a BIGINT
    column `tags`: an object is not an ARRAY
    column `ts`: `1704067200000` is not a TIMESTAMP (ISO-8601 text)
    column `paid`: `1` is not a BOOLEAN
    column `amount`: `` is not a DOUBLE
    column `amount`: `1e999` is not a DOUBLE
    column `amount`: `true` is not a DOUBLE
    column `amount`: an array is not a DOUBLE
    broken JSON: EOF while parsing an object at line 1 column 22
    broken JSON: trailing characters at line 1 column 14
    not a JSON object but an array
    not a JSON object but a text
    not a JSON object but a number
    not a JSON object but null
    not JSON: expected value at line 1 column 1
    an empty value
    ");
}

#[test]
fn a_tombstone_is_a_dead_letter_with_its_key() {
    let mut decoder = RowDecoder::new(&orders(), None).unwrap();
    decoder.push(&RecordRef { origin: "orders", position: 4, key: Some(b"k"), ..RecordRef::default() });
    let dead = decoder.take(0).unwrap().dead;
    assert_eq!(
        (dead[0].reason.as_str(), dead[0].position.unwrap(), dead[0].key.as_deref()),
        ("no value (a tombstone)", 4, Some(&b"k"[..]))
    );
}

#[test]
fn only_the_wanted_columns_are_built_and_the_envelope_follows() {
    let mut source = orders();
    source.envelope =
        vec![Envelope::Partition, Envelope::Key, Envelope::Timestamp, Envelope::Headers, Envelope::Offset];
    let mut decoder = RowDecoder::new(&source, Some(&["count".to_string()])).unwrap();
    assert!(decoder.wants_headers());
    let headers = headers_json([("a", &b"1"[..]), ("b", b"\xff")].into_iter());
    decoder.push(&RecordRef {
        origin: "orders",
        partition: 2,
        position: 9,
        timestamp_ms: Some(1_704_067_200_000),
        key: Some(b"k"),
        value: Some(br#"{"amount":"abc","count":1}"#),
        headers: Some(&headers),
    });
    let batch = decoder.take(2).unwrap();
    assert_eq!((batch.dead.len(), batch.newest_ms), (0, Some(1_704_067_200_000)));
    insta::assert_snapshot!(json(&batch.frame), @r#"{"count":1,"_partition":2,"_key":"k","_timestamp":"2024-01-01T00:00:00.000Z","_headers":"{\"a\":\"1\",\"b\":\"�\"}","_offset":9}"#);
}

#[test]
fn no_column_at_all_still_counts_rows_and_finds_broken_records() {
    let mut decoder = RowDecoder::new(&orders(), Some(&[])).unwrap();
    for value in ["{}", "{", "{\"a\":1}"] {
        decoder.push(&RecordRef { value: Some(value.as_bytes()), ..RecordRef::default() });
    }
    let batch = decoder.take(0).unwrap();
    assert_eq!((batch.frame.height(), batch.dead.len()), (2, 1));
}

#[test]
fn csv_records_of_a_topic_are_read_by_the_schema() {
    let fields =
        vec![field("city", DataType::String), field("amount", DataType::Float64), field("ts", DataType::Timestamp)];
    let batch = decode(
        &source(Format::Csv, fields),
        &["\"Rome, IT\",12.5,2024-01-01", "Oslo,,", "Bonn,abc,", "a,b", "Ulm,1,2024-01-01T00:00:01Z"],
    );
    insta::assert_snapshot!(json(&batch.frame), @r#"
    {"city":"Rome, IT","amount":12.5,"ts":"2024-01-01T00:00:00.000Z"}
    {"city":"Oslo","amount":null,"ts":null}
    {"city":"Ulm","amount":1.0,"ts":"2024-01-01T00:00:01.000Z"}
    "#);
    let reasons: Vec<&str> = batch.dead.iter().map(|dead| dead.reason.as_str()).collect();
    assert_eq!(reasons, ["column `amount`: `abc` is not a DOUBLE", "2 fields, where the schema has 3 columns"]);
}

/// Records as a producer might send them, some of them broken.
fn record() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f32>().prop_filter("JSON has no NaN", |n| n.is_finite()).prop_map(|n| n.to_string()),
        "[a-z\\\\\"é]{0,6}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        Just("\"12\"".to_string()),
        Just("[1,2]".to_string()),
        Just("{\"floor\":3,\"zip\":\"x\"}".to_string()),
        Just("true".to_string()),
    ];
    let name = prop::sample::select(vec!["city", "amount", "count", "paid", "tags", "address", "other"]);
    let object = prop::collection::vec((name, scalar), 0..6).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    prop_oneof![9 => object, 1 => "\\PC{0,20}"]
}

proptest! {
    #[test]
    fn any_split_into_batches_gives_the_same_rows_and_dead_letters(
        records in prop::collection::vec(record(), 0..40), cuts in prop::collection::vec(0_usize..40, 0..5)
    ) {
        let values: Vec<&str> = records.iter().map(String::as_str).collect();
        let whole = decode(&orders(), &values);
        let (mut text, mut dead) = (String::new(), Vec::new());
        let mut decoder = RowDecoder::new(&orders(), None).unwrap();
        for (position, value) in values.iter().enumerate() {
            if cuts.contains(&position) {
                let batch = decoder.take(0).unwrap();
                text.push_str(&json(&batch.frame));
                dead.extend(batch.dead);
            }
            let record = RecordRef { origin: "orders", position: position as u64, value: Some(value.as_bytes()), ..RecordRef::default() };
            decoder.push(&record);
        }
        let batch = decoder.take(0).unwrap();
        text.push_str(&json(&batch.frame));
        dead.extend(batch.dead);
        prop_assert_eq!(whole.frame.height() + whole.dead.len(), records.len());
        prop_assert_eq!(json(&whole.frame), text);
        prop_assert_eq!(whole.dead, dead);
    }

    #[test]
    fn one_record_is_read_as_a_naive_reader_would(record in record()) {
        let batch = decode(&orders(), &[&record]);
        let naive: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&record).ok();
        if let (Some(naive), 1) = (&naive, batch.frame.height()) {
            let row: serde_json::Value = serde_json::from_str(&json(&batch.frame)).unwrap();
            if let Some(serde_json::Value::String(city)) = naive.get("city") {
                prop_assert_eq!(row["city"].as_str(), Some(city.as_str()));
            }
            if let Some(amount) = naive.get("amount").and_then(serde_json::Value::as_f64) {
                // Both readings by serde_json may be off by the last bit; `a_double_is_read_to_the_nearest_value` is exact.
                let read = row["amount"].as_f64().unwrap();
                prop_assert!((read - amount).abs() <= amount.abs() * 1e-14, "{} {}", read, amount);
            }
            if let Some(count) = naive.get("count").and_then(serde_json::Value::as_i64) {
                prop_assert_eq!(row["count"].as_i64(), Some(count));
            }
        }
        if naive.is_none() {
            prop_assert_eq!(batch.dead.len(), 1);
        }
    }

    #[test]
    fn a_double_is_read_to_the_nearest_value(amount in any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite())) {
        let batch = decode(&orders(), &[&format!("{{\"amount\":{amount:e}}}"), &format!("{{\"amount\":\"{amount}\"}}")]);
        let column = batch.frame.column("amount").unwrap().f64().unwrap().clone();
        prop_assert_eq!(column.get(0).map(f64::to_bits), Some(amount.to_bits()));
        prop_assert_eq!(column.get(1).map(f64::to_bits), Some(amount.to_bits()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for format in [Format::Json, Format::Csv, Format::Parquet] {
            let mut source = orders();
            source.format = Some(format);
            let mut decoder = RowDecoder::new(&source, None).unwrap();
            decoder.push(&RecordRef { value: Some(&bytes), ..RecordRef::default() });
            decoder.push_json(&RecordRef { value: Some(&bytes), ..RecordRef::default() });
            let batch = decoder.take(0).unwrap();
            prop_assert_eq!(batch.frame.height() + batch.dead.len(), 2);
        }
    }
}
