//! Looks over small tapes: what comes out is of the right records, and mistakes are the user's words.

use std::sync::Arc;

use headwater::prelude::*;
use headwater::{Expr, Plan};
use headwater_exec::{Cancel, ErrorKind, RawRecord, Tape};
use headwater_profile::{FixKind, KeyReport, Operator, Placement, Verdict};

use crate::key_plan::{Grouping, KeyPlan};
use crate::key_rows::rows;
use crate::{KeyOptions, Outcome, ResolvedSources, ShapeOptions};

/// Two partitions; of each the blocks 2p and 2p + 1.
fn tape(rows: u64) -> Tape {
    let record = |n: u64| RawRecord {
        partition: (n % 2) as u32,
        offset: n / 2,
        block: (n % 2) as u32 * 2 + u32::from(n >= rows / 2),
        timestamp_ms: Some(1_000 * n as i64),
        key: Some(format!("k{n}").into_bytes()),
        value: Some(match n % 50 {
            7 => b"{\"city\": <broken>".to_vec(),
            _ => format!("{{\"city\":\"c{}\",\"amount\":{},\"ts\":{}}}", n % 5, n % 9, 60_000 * n).into_bytes(),
        }),
        ..RawRecord::default()
    };
    Tape::from_records("orders", 2, (0..rows).map(record).collect())
}

fn orders() -> Stream {
    kafka("localhost:9092", "orders").json().event_time("ts", "10s")
}

fn resolved(stream: &Stream, tape: &Tape) -> Plan {
    crate::resolve(&stream.plan(), &[Arc::new(tape.clone())], &ResolvedSources::default()).unwrap()
}

fn keys(stream: &Stream, exprs: &[Expr]) -> Outcome<KeyReport> {
    let tape = tape(200);
    let plan = resolved(stream, &tape);
    let options = KeyOptions { parallelism: Some(4), ..KeyOptions::default() };
    crate::keys(&plan, &tape, exprs, &options, &Cancel::new(), &mut |_| {})
}

#[test]
fn every_key_is_known_by_its_record_through_all_steps() {
    let tape = tape(200);
    let stream = orders()
        .filter(col("amount").gt(2))
        .with_columns([(col("amount") * 2).alias("_offset")])
        .rename([("city", "town")])
        .select([col("town"), col("_offset"), col("ts")])
        .drop(["ts"]);
    let plan = KeyPlan::new(&resolved(&stream, &tape), &[col("town")]).unwrap();
    let found: Vec<(u32, u32)> =
        rows(&plan, &(&tape).into(), &Cancel::new()).unwrap().iter().map(|row| (row.partition, row.block)).collect();
    let kept = |record: &&RawRecord| {
        let n = record.offset * 2 + u64::from(record.partition);
        n % 50 != 7 && n % 9 > 2
    };
    let expected: Vec<(u32, u32)> =
        tape.records().iter().filter(kept).map(|record| (record.partition, record.block)).collect();
    let sorted = |mut places: Vec<(u32, u32)>| {
        places.sort_unstable();
        places
    };
    assert_eq!(sorted(found), sorted(expected));
}

#[test]
fn a_group_by_knows_its_keys_and_whether_it_combines() {
    let tape = tape(200);
    let counts = orders().group_by([col("city")]).window(tumbling("1m")).agg([count(), max("amount")]);
    let plan = KeyPlan::new(&resolved(&counts, &tape), &[]).unwrap();
    assert_eq!(
        (plan.name().as_str(), plan.grouped),
        ("city", Some(Grouping { combining: true, combining_here: true, window_ms: Some(60_000) }))
    );
    assert_eq!(rows(&plan, &(&tape).into(), &Cancel::new()).unwrap().len(), 196);
    // Of the rows that come out of it, one is a window's.
    let plan = KeyPlan::new(&resolved(&counts, &tape), &[col("count")]).unwrap();
    assert!(rows(&plan, &(&tape).into(), &Cancel::new()).unwrap().iter().all(|row| row.block == 0));
}

#[test]
fn what_combines_is_what_the_engine_combines() {
    let tape = tape(200);
    let operator = |stream: &Stream, target| {
        let options = KeyOptions { parallelism: Some(4), target, ..KeyOptions::default() };
        crate::keys(&resolved(stream, &tape), &tape, &[], &options, &Cancel::new(), &mut |_| {}).unwrap().operator
    };
    let by_city = |agg: headwater::Agg| orders().group_by([col("city")]).window(tumbling("1m")).agg([agg]);
    let flink = Placement::FlinkKeyGroups(None);
    for (agg, here, there) in [
        (count(), Operator::Combining, Operator::Combining),
        // Its sketch could be sent on; this engine sends the rows.
        (approx_count_distinct("amount"), Operator::Holistic, Operator::Combining),
        (count_distinct("amount"), Operator::Holistic, Operator::Holistic),
    ] {
        let found = (operator(&by_city(agg.clone()), Placement::Headwater), operator(&by_city(agg.clone()), flink));
        assert_eq!(found, (here, there), "{agg:?}");
    }
    let sessions = orders().group_by([col("city")]).window(session("1m")).agg([count()]);
    assert_eq!(operator(&sessions, flink), Operator::Holistic);
    let changing = orders().group_by([col("city")]).expire_after("1d").agg([count()]);
    assert_eq!(operator(&changing, Placement::Headwater), Operator::Holistic);
}

#[test]
fn a_hot_key_is_split_by_the_column_that_differs_most() {
    let tape = tape(200);
    let report = |key: Expr, redact| {
        let options = KeyOptions { parallelism: Some(16), redact, ..KeyOptions::default() };
        crate::keys(&resolved(&orders(), &tape), &tape, &[key], &options, &Cancel::new(), &mut |_| {}).unwrap()
    };
    let redacted = report(col("city"), true);
    let report = report(col("city").lower().alias("town"), false);
    assert_eq!(report.verdict, Verdict::WillStraggle, "{}", report.sentence);
    let salts = report.fixes.iter().find(|fix| fix.kind == FixKind::PlannedSalts).unwrap();
    assert!(salts.code.contains("    when (lower(city)) = 'c0' then get(split('"), "{}", salts.code);
    assert!(salts.code.contains("', ' '), hash(ts) % "), "{}", salts.code);
    assert!(salts.code.contains(".group_by([expr(\"lower(city)\"), col(\"salt\")])"), "{}", salts.code);
    let codes: Vec<&str> = redacted.fixes.iter().map(|fix| fix.code.as_str()).collect();
    assert!(codes.iter().all(|code| !code.contains("c0")), "{codes:?}");
}

#[test]
fn several_columns_and_expressions_are_keys() {
    let report = keys(&orders(), &[col("city"), (col("amount") % 2).alias("odd")]).unwrap();
    assert_eq!((report.rows, report.distinct), (196, 10));
    assert_eq!(keys(&orders(), &[col("city").upper()]).unwrap().top[0].text, "C0");
}

#[test]
fn what_is_wrong_with_a_key_is_said_of_the_key() {
    let error = keys(&orders(), &[col("citty")]).unwrap_err().remove(0);
    assert_eq!((error.kind, error.node), (ErrorKind::Plan, None));
    insta::assert_snapshot!(error, @r"
    in `keys`: no column `citty`
    hint: did you mean `city`? columns: city, amount, ts
    ");
    let error = keys(&orders(), &[]).unwrap_err().remove(0);
    assert!(error.hint.is_some_and(|hint| hint.contains("group_by")) && error.message.contains("groups by nothing"));
}

#[test]
fn a_shape_is_of_the_records_or_of_the_rows() {
    let tape = tape(200);
    let shape = |stream: &Stream| {
        crate::shape(&resolved(stream, &tape), &tape, &ShapeOptions::default(), &Cancel::new(), &mut |_| {}).unwrap()
    };
    let raw = shape(&orders());
    assert_eq!((raw.records, raw.rows, raw.failures.count, raw.envelope.is_some()), (200, 196, 4, true));
    let derived = shape(&orders().select([col("city")]));
    assert_eq!((derived.rows, derived.failures.count, derived.columns.len()), (196, 4, 1));
    assert_eq!(derived.failure_examples[0].text, "{\"city\": <broken>");
}

#[test]
fn a_look_that_is_interrupted_says_so() {
    let tape = tape(200);
    let plan = resolved(&orders(), &tape);
    let cancel = Cancel::new();
    cancel.cancel();
    let keys = crate::keys(&plan, &tape, &[col("city")], &KeyOptions::default(), &cancel, &mut |_| {});
    assert_eq!(keys.unwrap_err()[0].kind, ErrorKind::Cancelled);
}
