//! Tests of resolving: which types are inferred from what, and what is said when nothing can be.

use headwater::prelude::{Stream, col, kafka};

use super::*;
use crate::tape::RawRecord;

fn tape(values: &[&str]) -> Tape {
    let record = |(offset, value): (u64, &&str)| RawRecord {
        offset,
        value: Some(value.as_bytes().to_vec()),
        ..RawRecord::default()
    };
    Tape::from_records("orders", 1, (0..).zip(values).map(record).collect())
}

fn orders() -> Stream {
    kafka("localhost:9092", "orders")
}

fn schema(values: &[&str]) -> String {
    resolve(&orders().plan(), &tape(values)).unwrap().source().schema.as_ref().unwrap().to_string()
}

fn failure(stream: &Stream, values: &[&str]) -> Error {
    resolve(&stream.plan(), &tape(values)).unwrap_err()
}

#[test]
fn types_follow_the_values_in_the_order_of_first_sight() {
    let text = schema(&[
        r#"{"city":"Rome","amount":1,"n":1,"ok":true,"ts":"2024-01-01T00:00:00Z","day":"2024-01-01","none":null}"#,
        r#"{"amount":2.5,"n":"2","ts":"2024-01-01","tags":["a"],"address":{"zip":"00100","floor":1},"m":1}"#,
        r#"{"amount":"3","zip":"12345","nothing":[],"m":"x","address":null,"empty":{}}"#,
    ]);
    insta::assert_snapshot!(text.replace(", ", "\n"), @r"
    city STRING
    amount DOUBLE
    n BIGINT
    ok BOOLEAN
    ts TIMESTAMP
    day DATE
    none STRING
    tags ARRAY<STRING>
    address STRUCT<zip STRING
    floor BIGINT>
    m STRING
    zip STRING
    nothing ARRAY<STRING>
    empty STRING
    ");
}

#[test]
fn a_little_garbage_does_not_change_a_type_but_much_does() {
    let mut values = vec![r#"{"amount":1.5,"ts":"2024-01-01T00:00:00Z"}"#; 96];
    values.extend([r#"{"amount":"abc","ts":"yesterday"}"#; 4]);
    assert_eq!(schema(&values), "amount DOUBLE, ts TIMESTAMP");
    values.extend([r#"{"amount":"abc","ts":"yesterday"}"#; 4]);
    assert_eq!(schema(&values), "amount STRING, ts STRING");
}

#[test]
fn broken_records_are_passed_over_and_leave_no_trace() {
    assert_eq!(schema(&["{\"a\":1,\"b\":2", "hello", "[1]", "{\"c\":1}"]), "c BIGINT");
}

#[test]
fn evidence_is_the_type_mix_of_every_path() {
    let tape = tape(&[r#"{"n":1,"o":{"p":[1,2.5]}}"#, r#"{"n":"2","o":null}"#, r#"{"n":3}"#]);
    let inference = infer(&tape, Format::Json);
    let line = |evidence: &Evidence| format!("{} {} {:?}", evidence.path, evidence.data_type, evidence.kinds);
    insta::assert_snapshot!(inference.evidence.iter().map(line).collect::<Vec<_>>().join("\n"), @r"
    n BIGINT [(Integer, 2), (IntegerText, 1)]
    o STRUCT<p ARRAY<DOUBLE>> [(Null, 1), (Object, 1)]
    o.p ARRAY<DOUBLE> [(Array, 1)]
    o.p[] DOUBLE [(Integer, 1), (Float, 1)]
    ");
    assert_eq!(inference.records, 3);
}

#[test]
fn texts_of_csv_are_what_they_say() {
    let tape = tape(&[r#"{"n":"1","x":"1.5","b":"true","zip":"00100","t":"2024-01-01 10:00"}"#]);
    assert_eq!(infer(&tape, Format::Csv).schema.to_string(), "n BIGINT, x DOUBLE, b BOOLEAN, zip STRING, t TIMESTAMP");
    assert_eq!(infer(&tape, Format::Json).schema.to_string(), "n STRING, x STRING, b STRING, zip STRING, t TIMESTAMP");
}

#[test]
fn every_record_broken_shows_three_and_says_why() {
    let error = failure(&orders(), &["hello", "", "{\"a\":", "more"]);
    assert_eq!((error.kind, error.node), (ErrorKind::Decode, Some(0)));
    insta::assert_snapshot!(error, @r#"
    none of the 4 sampled records of `orders` decodes
      partition 0, offset 0: not JSON: expected value at line 1 column 1 in `hello`
      partition 0, offset 1: an empty value in ``
      partition 0, offset 2: broken JSON: EOF while parsing a value at line 1 column 5 in `{"a":`
    hint: Are they JSON objects of these columns? Say what they are, with `.csv()` or `.schema(…)`.
    "#);
}

#[test]
fn a_schema_that_fits_no_record_is_no_empty_preview() {
    let error = failure(&orders().schema("city DOUBLE"), &[r#"{"city":"Rome"}"#, r#"{"city":"Oslo"}"#]);
    insta::assert_snapshot!(error, @r#"
    none of the 2 sampled records of `orders` decodes
      partition 0, offset 0: column `city`: `Rome` is not a DOUBLE in `{"city":"Rome"}`
      partition 0, offset 1: column `city`: `Oslo` is not a DOUBLE in `{"city":"Oslo"}`
    hint: Are they JSON objects of these columns? Say what they are, with `.csv()` or `.schema(…)`.
    "#);
}

#[test]
fn an_empty_topic_has_no_columns_but_a_step_needs_some() {
    let plan = resolve(&orders().plan(), &tape(&[])).unwrap();
    assert_eq!(plan.source().schema, Some(Schema::default()));
    insta::assert_snapshot!(failure(&orders().filter(col("amount").gt(0)), &[]), @r#"
    the topic `orders` is empty: there is nothing to infer its columns from
    hint: Name the columns: `.schema("city STRING, amount DOUBLE, …")`.
    "#);
    let given = orders().schema("amount DOUBLE").filter(col("amount").gt(0));
    let resolved = resolve(&given.plan(), &tape(&[])).unwrap();
    assert_eq!(resolved.source().schema, given.plan().source().schema);
}

#[test]
fn a_mistake_in_the_plan_is_found_with_its_node() {
    let error = failure(&orders().filter(col("amout").gt(0)), &[r#"{"amount":1}"#]);
    assert_eq!((error.kind, error.node), (ErrorKind::Plan, Some(1)));
    insta::assert_snapshot!(error, @r"
    no column `amout`
    hint: did you mean `amount`? columns: amount
    ");
}

#[test]
fn csv_of_a_topic_needs_a_schema() {
    let error = failure(&orders().csv(), &["a,1"]);
    assert_eq!(error.message, "`csv` records in Kafka do not name their columns");
    let plan = resolve(&orders().csv().schema("city STRING, n BIGINT").plan(), &tape(&["a,1"])).unwrap();
    assert_eq!(plan.source().format, Some(Format::Csv));
}

#[test]
fn the_fingerprint_of_a_resolved_plan_has_64_digits_and_no_sink() {
    let plan = resolve(&orders().plan(), &tape(&[r#"{"n":1}"#])).unwrap();
    let mut with_sink = plan.clone();
    let sink = headwater::Step::Sink(headwater::Sink::Print);
    with_sink.nodes.push(headwater::Node { id: 1, inputs: vec![0], step: sink });
    let fingerprint = crate::fingerprint(&plan);
    assert_eq!(fingerprint.len(), 64);
    assert_eq!(fingerprint, crate::fingerprint(&with_sink));
    let other = resolve(&orders().plan(), &tape(&[r#"{"m":1}"#])).unwrap();
    assert_ne!(fingerprint, crate::fingerprint(&other));
}
