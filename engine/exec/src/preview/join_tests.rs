//! Previews of joins: the rows, and what is said of those without a partner.

use headwater::Sample;
use headwater::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::tape::{PartitionNote, RawRecord};
use crate::tests::script::drawing;

/// A topic of one partition with these payloads.
fn topic(name: &str, rows: &[Value], whole: bool) -> Tape {
    let record = |(at, row): (u64, &Value)| RawRecord {
        offset: at,
        timestamp_ms: Some(at as i64),
        value: Some(row.to_string().into_bytes()),
        ..RawRecord::default()
    };
    let partitions = vec![PartitionNote { partition: 0, low: 0, high: rows.len() as u64, taken: 0 }];
    let note = SampleNote { origin: name.to_owned(), partitions, whole, ..SampleNote::default() };
    Tape::of_records(note, vec![name.to_owned()], (0..).zip(rows).map(record).collect())
}

fn orders() -> Stream {
    kafka("b:1", "orders").json().schema("id BIGINT, city STRING, ts BIGINT").event_time("ts", "0s")
}

fn payments() -> Stream {
    kafka("b:1", "payments").json().schema("order_id BIGINT, paid BIGINT").event_time("paid", "0s")
}

fn tapes(whole: bool) -> Vec<Tape> {
    let order = |id: Option<i64>, ts: Option<i64>| json!({"id": id, "city": "Rome", "ts": ts});
    let payment = |id: i64, paid: i64| json!({"order_id": id, "paid": paid});
    vec![
        topic(
            "orders",
            &[
                order(Some(1), Some(100)),
                order(Some(2), Some(200)),
                order(None, Some(300)),
                order(Some(3), None),
                order(Some(4), Some(400)),
                order(Some(5), Some(9_900)),
            ],
            whole,
        ),
        topic("payments", &[payment(1, 110), payment(2, 5_000), payment(7, 5_000), payment(1, 150)], whole),
    ]
}

fn look(stream: &Stream) -> Preview {
    preview(&stream.plan(), &tapes(true), &Cancel::new()).unwrap()
}

#[test]
fn a_join_says_who_found_no_partner_and_why() {
    let join = orders().join(payments()).left_on("id").right_on("order_id");
    let near = look(&join.left().within("0s", "1s"));
    insta::assert_snapshot!(drawing(&near.frame), @r"
id:i  city:s  ts:i  paid:i
.     Rome    300   .
3     Rome    .     .
1     Rome    100   110
2     Rome    200   .
4     Rome    400   .
5     Rome    9900  .
");
    insta::assert_snapshot!(near.joins[0], @"join in step 5: 1 of 6 rows of orders found a partner: 2 have a key that none of the rows of payments has, 1 matches by key, but not in time, 1 has a null key, 1 has no event time; 1 of 4 rows of payments found a partner: 1 matches by key, but not in time, 2 came too late");
    insta::assert_snapshot!(look(&join.window(tumbling("1s"))).joins[0], @"join in step 5: 1 of 6 rows of orders found a partner: 2 have a key that none of the rows of payments has, 1 matches by key, but not in time, 1 has a null key, 1 has no event time; 1 of 4 rows of payments found a partner: 1 has a key that none of the rows of orders has, 1 matches by key, but not in time, 1 came too late");
}

#[test]
fn rows_that_wait_when_a_sample_ends_are_no_misses() {
    let join = orders().join(payments()).left_on("id").right_on("order_id").within("0s", "1s");
    let sampled = preview(&join.plan(), &tapes(false), &Cancel::new()).unwrap();
    insta::assert_snapshot!(sampled.joins[0], @"join in step 5: 1 of 6 rows of orders found a partner: 1 has a key that none of the rows of payments has, 1 matches by key, but not in time, 1 was still waiting when the sample ended, 1 has a null key, 1 has no event time; 1 of 4 rows of payments found a partner: 1 matches by key, but not in time, 2 came too late. The sample has some of the records only, so partners may lie outside of it: `.sample(between(…))` of the same time in both takes them together");
}

#[test]
fn a_lookup_says_whom_no_table_knows_and_what_of_the_table_nobody_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payments.csv");
    std::fs::write(&path, "id,method\n1,card\n1,cash\n2,card\n8,cash\n,card\n").unwrap();
    let table = files(path.to_str().unwrap()).csv().schema("id BIGINT, method STRING");
    let tape = |source: &Source| Tape::record(source, &Sample::default(), &Cancel::new(), &mut |_| {}).unwrap();
    let stream = orders().lookup(&table, ["id"]).select(["id", "method"]);
    let plan = stream.plan();
    let tapes = vec![tapes(true).remove(0), tape(plan.sources()[1].1)];
    let known = preview(&plan, &tapes, &Cancel::new()).unwrap();
    insta::assert_snapshot!(drawing(&known.frame), @r"
id:i  method:s
1     card
1     cash
2     card
.     .
3     .
4     .
5     .
");
    let told = known.joins[0].to_string().replace(path.to_str().unwrap(), "payments.csv");
    insta::assert_snapshot!(told, @"join in step 4: 2 of 6 rows of orders found a partner: 3 have a key that none of the rows of payments.csv has, 1 has a null key; 3 of 5 rows of payments.csv found a partner: 1 has a key that none of the rows of orders has, 1 has a null key");
    let records: Vec<u64> = known.sources.iter().map(|source| source.records).collect();
    assert_eq!(records, [6, 5]);
}

#[test]
fn a_table_of_which_the_sample_has_only_a_part_is_refused() {
    let plan = orders().lookup(files("payments.csv").schema("id BIGINT, method STRING"), ["id"]).plan();
    let tapes = vec![tapes(true).remove(0), topic("payments.csv", &[json!({"id": 1})], false)];
    let error = preview(&plan, &tapes, &Cancel::new()).unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", error.message, error.hint.unwrap_or_default()), @r#"
the table `payments.csv` takes more than the 1GiB it may
Keep only the columns and rows that are looked up, or allow more: `.join(…).on(…).memory("4GiB").lookup()`.
"#);
}
