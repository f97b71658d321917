//! Joins, scripted, with a recovery in the middle.

use std::sync::Arc;

use headwater::{JoinKind, Window};
use polars::prelude::DataFrame;

use super::*;
use crate::operators::Operator;
use crate::tests::script::{Inputs, frame, run};

/// Orders (`ts`, `id`, `n`) and payments (`at`, `id`, `paid`).
fn inputs() -> [DataFrame; 2] {
    [frame(&["ts:i id:s n:i"]), frame(&["at:i id:s paid:i"])]
}

fn columns(kind: JoinKind) -> JoinColumns {
    let right = ["at", "paid"].map(|name| (name.to_owned(), name.to_owned())).to_vec();
    JoinColumns { kind, left_on: vec!["id".into()], right_on: vec!["id".into()], right }
}

fn interval(kind: JoinKind, script: &str) -> String {
    let spec = IntervalSpec { columns: columns(kind), times: ["ts".into(), "at".into()], before_ms: 10, after_ms: 20 };
    let [left, right] = inputs();
    run(|| Box::new(Inputs(Box::new(IntervalJoin::new(spec.clone(), [&left, &right])))), script)
}

fn windowed(kind: JoinKind, window: Window, script: &str) -> String {
    let spec = WindowJoinSpec { columns: columns(kind), times: ["ts".into(), "at".into()] };
    let [left, right] = inputs();
    run(|| Box::new(Inputs(Box::new(WindowJoin::new(spec.clone(), &window, [&left, &right]).unwrap()))), script)
}

#[test]
fn both_ends_of_an_interval_are_in_it() {
    insta::assert_snapshot!(interval(
        JoinKind::Inner,
        "
        batch 0
          ts:i  id:s  n:i
          100   a     1
          100   .     2
          .     a     3
        batch 1
          at:i  id:s  paid:i
          89    a     1
          90    a     2
          120   a     3
          121   a     4
          110   .     5
          .     a     6
          110   b     7
    "
    ));
}

#[test]
fn a_left_row_without_a_partner_comes_out_when_its_time_is_over() {
    insta::assert_snapshot!(interval(
        JoinKind::Left,
        "
        batch 0
          ts:i  id:s  n:i
          100   a     1
          105   b     2
          100   .     3
          .     c     4
        batch 1
          at:i  id:s  paid:i
          110   b     1
        watermark 119
        watermark 120
        batch 0
          ts:i  id:s  n:i
          121   b     5
        watermark max
    "
    ));
}

#[test]
fn recovery_remembers_who_has_met() {
    insta::assert_snapshot!(interval(
        JoinKind::Left,
        "
        batch 0
          ts:i  id:s  n:i
          100   a     1
          101   a     2
        batch 1
          at:i  id:s  paid:i
          91    a     1
        watermark 95
        barrier
        batch 1
          at:i  id:s  paid:i
          120   a     9
        watermark max
        recovery
        batch 1
          at:i  id:s  paid:i
          121   a     2
        watermark 120
        watermark 121
    "
    ));
}

#[test]
fn what_the_watermark_has_reached_is_late_and_put_aside() {
    insta::assert_snapshot!(interval(
        JoinKind::Inner,
        "
        batch 0
          ts:i  id:s  n:i
          100   a     1
        watermark 105
        batch 1
          at:i  id:s  paid:i
          105   a     1
          106   a     2
    "
    ));
}

#[test]
fn a_window_comes_out_when_it_closes() {
    insta::assert_snapshot!(windowed(
        JoinKind::Left,
        Window::Tumbling { size_ms: 60, offset_ms: 0 },
        "
        batch 0
          ts:i  id:s  n:i
          1     a     1
          59    b     2
          60    a     3
          2     .     4
          .     a     5
        batch 1
          at:i  id:s  paid:i
          0     a     1
          59    a     2
          61    b     3
        watermark 58
        barrier
        watermark 59
        recovery
        batch 1
          at:i  id:s  paid:i
          30    b     4
        watermark 59
        batch 1
          at:i  id:s  paid:i
          59    b     5
        watermark max
    "
    ));
}

#[test]
fn windows_that_overlap_share_their_rows() {
    insta::assert_snapshot!(windowed(
        JoinKind::Inner,
        Window::Hopping { size_ms: 60, slide_ms: 30, offset_ms: 0 },
        "
        batch 0
          ts:i  id:s  n:i
          40    a     1
        batch 1
          at:i  id:s  paid:i
          10    a     1
        watermark 59
        batch 1
          at:i  id:s  paid:i
          59    a     2
        watermark 89
    "
    ));
}

#[test]
fn a_lookup_gives_every_match_and_goes_on_with_the_newest_table() {
    let right = [("zone".to_owned(), "zone".to_owned())].to_vec();
    let on = vec!["id".to_owned()];
    let table = |lines: &[&str]| Arc::new(KeyedTable::new(frame(lines), &["id".to_owned()]).unwrap());
    let columns = JoinColumns { kind: JoinKind::Left, left_on: on.clone(), right_on: on, right };
    let make = || {
        let slot = TableSlot::default();
        slot.fill(table(&["id:s zone:s", "a north", "a south", ". nowhere"]));
        Box::new(Lookup::new(columns.clone(), slot)) as Box<dyn Operator>
    };
    insta::assert_snapshot!(run(
        make,
        "
        batch 3
          id:s  n:i
          a     1
          b     2
          .     3
        barrier
        recovery
        batch 0
          id:s  n:i
          a     4
    "
    ));
    let slot = TableSlot::default();
    let mut lookup = Lookup::new(columns.clone(), slot.clone());
    let batch = || crate::Batch { partition: 0, frame: frame(&["id:s", "b"]) };
    assert_eq!(lookup.on_batch(batch(), &mut Vec::new()).unwrap_err().kind, crate::ErrorKind::Internal);
    slot.fill(table(&["id:s zone:s"]));
    slot.fill(table(&["id:s zone:s", "b east"]));
    let mut out = Vec::new();
    lookup.on_batch(batch(), &mut out).unwrap();
    let [crate::Message::Batch(batch)] = &out[..] else { panic!("{out:?}") };
    assert_eq!(batch.frame.column("zone").unwrap().str().unwrap().get(0), Some("east"));
}
