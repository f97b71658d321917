//! Sessions: scripts with recovery, and random input against the obvious way to compute it.

use std::collections::BTreeMap;

use headwater::AggFunction;
use proptest::prelude::*;

use super::*;
use crate::operators::{EventTime, Judged};
use crate::tests::aggregates::{agg, every_aggregate, naive};
use crate::tests::model::{self, Row, cuts, drive, hostile_rows, orderly_rows, text, watermarks};
use crate::tests::script::{frame, run};

fn spec(aggs: Vec<Agg>) -> SessionsOf {
    SessionsOf { event_time: "ts".into(), gap_ms: 30, keys: vec![Expr::Column("k".into())], aggs }
}

fn script(script: &str) -> String {
    let aggs = vec![agg(AggFunction::Count, None, "rows"), agg(AggFunction::Sum, Some("x"), "sum")];
    let input = frame(&["ts:i k:s x:i"]);
    run(|| Box::new(SessionAggregate::new(&spec(aggs.clone()), &input).unwrap()), script)
}

#[test]
fn rows_exactly_the_gap_apart_are_one_session_and_a_row_between_joins_two() {
    insta::assert_snapshot!(script(
        "
        batch 0
          ts:i  k:s  x:i
          0     a    1
          30    a    2
          100   a    4
          131   a    8
          161   b    16
        barrier
        batch 0
          ts:i  k:s  x:i
          115   a    32
        watermark 60
        recovery
        watermark 60
        batch 0
          ts:i  k:s  x:i
          115   a    32
          50    .    64
        watermark max
    "
    ));
}

#[test]
fn a_closed_session_is_not_opened_again() {
    insta::assert_snapshot!(script(
        "
        batch 0
          ts:i  k:s  x:i
          0     a    1
        watermark 30
        batch 0
          ts:i  k:s  x:i
          30    a    2
          0     a    4
          1     a    8
        watermark max
    "
    ));
}

#[test]
fn a_place_is_used_again_and_its_session_begins_empty() {
    insta::assert_snapshot!(script(
        "
        batch 0
          ts:i  k:s  x:i
          0     a    1
          40    a    2
          20    a    4
        watermark 100
        batch 0
          ts:i  k:s  x:i
          200   a    8
          200   b    16
        barrier
        recovery
        watermark max
    "
    ));
}

#[test]
fn sessions_need_a_gap_and_say_what_they_keep() {
    let input = frame(&["ts:i k:s x:i"]);
    let none = SessionsOf { gap_ms: 0, ..spec(vec![]) };
    assert!(SessionAggregate::new(&none, &input).is_err());
    let mut sessions = SessionAggregate::new(&spec(vec![agg(AggFunction::Count, None, "rows")]), &input).unwrap();
    let rows = frame(&["ts:i k:s x:i", "0 a 1", "5 b 1", "90 a 1"]);
    sessions.on_batch(Batch { partition: 0, frame: rows }, &mut Vec::new()).unwrap();
    assert_eq!(sessions.state_size().keys, 3);
    let mut open = sessions.open_windows();
    open.sort();
    assert_eq!(open.iter().map(|window| (window.start, window.end)).collect::<Vec<_>>(), [(0, 31), (5, 36), (90, 121)]);
    sessions.on_watermark(50, &mut Vec::new()).unwrap();
    assert_eq!(sessions.state_size().keys, 1);
}

#[test]
fn without_a_window_every_batch_brings_out_the_keys_that_it_changed() {
    let aggs = vec![agg(AggFunction::Count, None, "rows"), agg(AggFunction::Sum, Some("x"), "sum")];
    let input = frame(&["ts:i k:s x:i"]);
    insta::assert_snapshot!(run(
        || Box::new(SessionAggregate::changing(&spec(aggs.clone()), &input).unwrap()),
        "
        batch 0
          ts:i  k:s  x:i
          0     b    1
          5     a    2
          10    b    4
        watermark 20
        barrier
        batch 0
          ts:i  k:s  x:i
          25    a    8
          15    .    16
        recovery
        batch 0
          ts:i  k:s  x:i
          90    a    32
          0     b    64
          6     a    128
        watermark 100
        batch 0
          ts:i  k:s  x:i
          130   a    1
          5     b    1
        watermark max
    "
    ));
}

/// The sessions of a key that are open, each with its rows.
type Open<'a> = Vec<(i64, i64, Vec<&'a Row>)>;

/// The answer by looking at all sessions for every row: those that the watermark has passed are closed first.
fn expected(gap: i64, rows: &[Row], delay: i64) -> (Vec<String>, u64) {
    let mut keys: BTreeMap<Option<String>, Open<'_>> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut late = 0;
    for (row, watermark) in rows.iter().zip(watermarks(rows, delay)) {
        close(&mut keys, gap, watermark, &mut lines);
        let Some(time) = row.ts else { continue };
        let open = keys.entry(row.k.clone()).or_default();
        let touching: Vec<usize> =
            (0..open.len()).filter(|n| open[*n].0 - gap <= time && time <= open[*n].1 + gap).collect();
        if touching.is_empty() && time + gap <= watermark {
            late += 1;
            continue;
        }
        let mut session = (time, time, Vec::new());
        for n in touching.into_iter().rev() {
            let (first, last, rows) = open.remove(n);
            session = (session.0.min(first), session.1.max(last), [rows, session.2].concat());
        }
        session.2.push(row);
        open.push(session);
    }
    close(&mut keys, gap, i64::MAX, &mut lines);
    lines.sort();
    (lines, late)
}

fn close(keys: &mut BTreeMap<Option<String>, Open<'_>>, gap: i64, watermark: i64, lines: &mut Vec<String>) {
    for (key, open) in keys {
        open.retain(|(first, last, rows)| {
            if last + gap > watermark {
                return true;
            }
            let bounds = vec![text(key.as_ref()), first.to_string(), (last + gap).to_string()];
            lines.push([bounds, naive(rows)].concat().join(" "));
            false
        });
    }
}

fn operators(gap: i64, delay: u64) -> Vec<Box<dyn Operator>> {
    let spec = SessionsOf { gap_ms: gap, ..spec(every_aggregate()) };
    let sessions = SessionAggregate::new(&spec, &model::frame(&[])).unwrap();
    vec![Box::new(EventTime::new("ts", delay, model::PARTITIONS, Judged::Exactly)), Box::new(sessions)]
}

proptest! {
    #![proptest_config(model::config())]

    /// Over hostile rows, cut into any batches and taken down and restored at any of them, sessions and late rows are what the rows
    /// say one by one.
    #[test]
    fn any_split_and_any_restore_give_the_naive_answer(
        gap in prop_oneof![1..5_i64, 1..80_i64],
        rows in hostile_rows(),
        cuts in cuts(),
        delay in prop_oneof![Just(0_u64), 1..60_u64],
    ) {
        let ran = drive(|| operators(gap, delay), &rows, &cuts);
        let (lines, late) = expected(gap, &rows, delay as i64);
        prop_assert_eq!(ran.rows, lines);
        prop_assert_eq!(ran.late, late);
    }

    /// Without a window the last row of every key is the aggregate of its newest session, whatever the batches and restores.
    #[test]
    fn the_last_row_of_a_key_is_its_newest_session(
        gap in prop_oneof![1..5_i64, 1..80_i64],
        rows in hostile_rows(),
        cuts in cuts(),
        delay in prop_oneof![Just(0_u64), 1..60_u64],
    ) {
        let spec = SessionsOf { gap_ms: gap, ..spec(every_aggregate()) };
        let make = || -> Vec<Box<dyn Operator>> {
            let changing = SessionAggregate::changing(&spec, &model::frame(&[])).unwrap();
            vec![Box::new(EventTime::new("ts", delay, model::PARTITIONS, Judged::Exactly)), Box::new(changing)]
        };
        let newest = |ran: model::Ran| -> BTreeMap<String, String> {
            let keyed = |line: &String| (line.split(' ').next().unwrap().to_owned(), line.clone());
            ran.in_order.iter().map(keyed).collect()
        };
        let (whole, split) = (drive(make, &rows, &[]), drive(make, &rows, &cuts));
        prop_assert_eq!(whole.late, split.late);
        prop_assert_eq!(newest(whole), newest(split));
    }

    /// Rows within the delay give the same sessions however their partitions interleave.
    #[test]
    fn any_interleaving_of_partitions_gives_the_same_answer(
        gap in 1..60_i64,
        (rows, interleaved) in orderly_rows(25),
        cuts in cuts(),
    ) {
        let one = drive(|| operators(gap, 25), &rows, &[]);
        let other = drive(|| operators(gap, 25), &interleaved, &cuts);
        prop_assert_eq!(one.late + other.late, 0);
        prop_assert_eq!(one.rows, other.rows);
    }
}
