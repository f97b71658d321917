//! Differences of edits over small tapes, and against a naive count of rows.

use std::sync::Arc;

use headwater::prelude::*;
use headwater_exec::{Cancel, RawRecord, Tape};
use proptest::prelude::*;

use crate::{EditDiff, Matched, ResolvedSources, edit_diff};

fn tape(amounts: &[i64]) -> Arc<Tape> {
    let record = |(n, amount): (u64, &i64)| RawRecord {
        offset: n,
        value: Some(format!("{{\"city\":\"c{}\",\"amount\":{amount},\"ts\":{}}}", n % 3, 1_000 * n).into_bytes()),
        ..RawRecord::default()
    };
    Arc::new(Tape::from_records("orders", 1, (0..).zip(amounts).map(record).collect()))
}

fn orders() -> Stream {
    kafka("b:1", "orders").json().schema("city STRING, amount BIGINT, ts BIGINT").event_time("ts", "10s")
}

fn diff_on(tapes: [&Arc<Tape>; 2], before: &Stream, after: &Stream, by: &[&str]) -> crate::Outcome<EditDiff> {
    let tapes = tapes.map(|tape| [Arc::clone(tape)]);
    let plan =
        |stream: &Stream, at: usize| crate::resolve(&stream.plan(), &tapes[at], &ResolvedSources::default()).unwrap();
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    edit_diff((&plan(before, 0), &tapes[0]), (&plan(after, 1), &tapes[1]), &by, &Cancel::new())
}

fn diff(before: &Stream, after: &Stream, by: &[&str]) -> EditDiff {
    let tape = tape(&[5, 0, 7, 3, 8, 1]);
    diff_on([&tape, &tape], before, after, by).unwrap()
}

fn counts(diff: &EditDiff) -> (usize, usize, usize, u64) {
    (diff.changed.len(), diff.added.len(), diff.gone.len(), diff.same)
}

#[test]
fn a_row_is_known_by_the_record_that_it_is_made_of() {
    let doubled = orders()
        .with_columns([when(col("amount").gt(4)).then(col("amount") * 2).otherwise(col("amount")).alias("amount")]);
    let edit = diff(&orders(), &doubled, &[]);
    assert_eq!((counts(&edit), &edit.matched), ((3, 0, 0, 3), &Matched::Records));
    assert_eq!(edit.changed_columns, [("amount".to_owned(), 3)]);
    assert_eq!((edit.before.width(), edit.after.width()), (3, 3), "the places of records are not shown");
    let filtered = doubled.filter(col("amount").gt(0)).select(["amount"]);
    assert_eq!(counts(&diff(&orders(), &filtered, &[])), (3, 0, 1, 2));
    assert_eq!(counts(&diff(&filtered, &orders(), &[])), (3, 1, 0, 2));
    let same = diff(&orders(), &orders(), &[]);
    assert!(same.same_pipeline && same.same_sample && counts(&same) == (0, 0, 0, 6));
}

#[test]
fn a_group_is_known_by_its_keys_and_window() {
    let revenue = |orders: &Stream| {
        orders.group_by(["city"]).window(tumbling("1m")).agg([sum("amount").alias("revenue"), count()])
    };
    let edit = diff(&revenue(&orders()), &revenue(&orders().filter(col("amount").gt(3))), &[]);
    let known = ["city", "window_start", "window_end"].map(str::to_owned).to_vec();
    assert_eq!((counts(&edit), &edit.matched), ((3, 0, 0, 0), &Matched::Columns(known)));
    assert_eq!(edit.changed_columns, [("count".to_owned(), 3), ("revenue".to_owned(), 2)]);
    let fewer = revenue(&orders().filter(col("city").neq("c1")));
    assert_eq!(counts(&diff(&revenue(&orders()), &fewer, &[])), (0, 0, 1, 2));
    let longer = orders().group_by(["city"]).window(tumbling("1h")).agg([sum("amount").alias("revenue"), count()]);
    assert_eq!(counts(&diff(&revenue(&orders()), &longer, &[])), (0, 3, 3, 0), "other windows are other rows");
    assert_eq!(counts(&diff(&revenue(&orders()), &longer, &["city"])), (3, 0, 0, 0));
}

#[test]
fn what_cannot_be_matched_is_compared_whole() {
    let own = orders();
    let edit = diff(&own, &own.union(own.filter(col("amount").gt(6))), &[]);
    assert_eq!((counts(&edit), &edit.matched), ((0, 2, 0, 6), &Matched::WholeRows));
    let (one, other) = (tape(&[1, 2, 3]), tape(&[1, 2, 4]));
    let edit = diff_on([&one, &other], &orders(), &orders(), &[]).unwrap();
    assert!(!edit.same_sample && edit.matched == Matched::WholeRows);
    assert_eq!(counts(&edit), (0, 1, 1, 2));
}

#[test]
fn a_column_that_only_one_of_them_has_is_no_key() {
    let tape = tape(&[1]);
    let errors = diff_on([&tape, &tape], &orders(), &orders().drop(["city"]), &["city"]).unwrap_err();
    insta::assert_snapshot!(format!("{}\n{}", errors[0].message, errors[0].hint.as_deref().unwrap_or_default()), @r"
in `diff`: no column `city` of the pipeline
Match by columns that both have. There are: amount, ts.
");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_accounted_for(amounts in proptest::collection::vec(0_i64..6, 0..30), from in 0_i64..6, more in 0_i64..2) {
        let tape = tape(&amounts);
        let after = orders().filter(col("amount").gt_eq(from)).with_columns([(col("amount") + more).alias("amount")]);
        let edit = diff_on([&tape, &tape], &orders(), &after, &[]).unwrap();
        let kept = amounts.iter().filter(|amount| **amount >= from).count();
        let (changed, same) = if more == 0 { (0, kept) } else { (kept, 0) };
        prop_assert_eq!(counts(&edit), (changed, 0, amounts.len() - kept, same as u64));
        let whole = diff_on([&tape, &tape], &orders(), &after, &["ts"]).unwrap();
        prop_assert_eq!(counts(&whole), counts(&edit));
    }
}
