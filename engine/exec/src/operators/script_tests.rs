//! The operators that keep nothing across a barrier, scripted: rows, watermarks, barriers and a recovery in the middle.

use headwater::prelude::*;
use headwater::{Field, OnFailure, Renamed, Window};
use headwater_profile::{KeyContract, RateLimit};

use super::*;
use crate::tests::script::{Inputs, frame, run};

/// Rows before and behind a barrier, some of which come again after a recovery; nulls, an empty batch, another partition.
const ROWS: &str = "
    batch 0
      ts:i  s:s  n:i
      1     a    1
      2     b    5
      .     .    .
    watermark 1
    barrier
    batch 1
      ts:i  s:s  n:i
      3     c    7
    recovery
    batch 1
      ts:i  s:s  n:i
      3     c    7
      4     d    0
    batch 1
      ts:i  s:s  n:i
    idle 1
    watermark max
";

/// The stories of several operators over the same script, each behind its name.
fn stories<const N: usize>(script: &str, makers: [(&str, &dyn Fn() -> Box<dyn Operator>); N]) -> String {
    makers.map(|(name, make)| format!("== {name}\n{}", run(make, script))).join("\n")
}

fn renamed(from: &str, to: &str) -> Renamed {
    Renamed { from: from.into(), to: to.into() }
}

#[test]
fn steps_that_change_rows_keep_nothing() {
    insta::assert_snapshot!(stories(
        ROWS,
        [
            ("filter", &|| Box::new(Filter::new(col("n").gt(0)))),
            ("select", &|| Box::new(Select::new(vec![col("s"), (col("n") * 2).alias("twice")]))),
            ("with_columns", &|| Box::new(WithColumns::new(vec![(col("n") % 5).alias("n"), lit("x").alias("tag")]))),
            ("rename", &|| Box::new(Rename::new(vec![renamed("s", "n"), renamed("n", "s")]))),
            ("drop", &|| Box::new(Drop::new(vec!["n".into()]))),
            ("cast", &|| Box::new(Cast::new(vec![Field::new("n", DataType::String)]))),
        ],
    ));
}

#[test]
fn lists_become_rows_and_structs_columns() {
    let script = "
        batch 0
          id:i  l:l      p:p
          1     [1,2,.]  (7,x)
          2     []       .
          3     .        (.,y)
        barrier
        batch 0
          id:i  l:l      p:p
          4     [4]      (8,z)
        recovery
        watermark 5
        batch 0
          id:i  l:l      p:p
          4     [4]      (8,z)
        watermark max
    ";
    let unnest = || -> Box<dyn Operator> { Box::new(Unnest::new("p", vec!["a".into(), "b".into()])) };
    insta::assert_snapshot!(stories(script, [("explode", &|| Box::new(Explode::new("l"))), ("unnest", &unnest)]));
}

#[test]
fn checks_let_rows_pass_or_put_them_aside() {
    let expect =
        |on_failure| move || -> Box<dyn Operator> { Box::new(Expect::new("small", col("n").lt(6), on_failure)) };
    let rate =
        || -> Box<dyn Operator> { Box::new(ExpectRate::new("few nulls", col("n").is_null(), RateLimit::AtMost(0.5))) };
    let contract = KeyContract { key: "s".into(), top_share_below: Some(0.5), ..KeyContract::default() };
    let key = || -> Box<dyn Operator> { Box::new(ExpectKey::new(vec![col("s")], contract.clone())) };
    insta::assert_snapshot!(stories(
        ROWS,
        [
            ("expect", &expect(OnFailure::DeadLetter)),
            ("expect, kept", &expect(OnFailure::Keep)),
            ("expect_rate", &rate),
            ("expect_key", &key),
        ],
    ));
}

/// `batch 1` is of input 1.
#[test]
fn a_union_passes_what_comes_with_the_columns_of_the_first() {
    let inputs = [frame(&["s:s n:i"]), frame(&["n:i s:s more:f"])];
    insta::assert_snapshot!(run(
        || Box::new(Inputs(Box::new(Union::new(&[&inputs[0], &inputs[1]])))),
        "
        batch 0
          s:s  n:i
          a    1
          .    .
        watermark 3
        barrier
        batch 1
          n:i  s:s  more:f
          2    b    0.5
        recovery
        batch 1
          n:i  s:s  more:f
          2    b    0.5
        watermark max
    "
    ));
}

/// What it holds at a barrier leaves before it, so that nothing of it is in a checkpoint, and a recovery brings nothing twice.
#[test]
fn groups_of_a_lane_leave_before_a_barrier_and_when_a_window_could_close() {
    let window = Window::Tumbling { size_ms: 60, offset_ms: 0 };
    let spec = WindowedBy { event_time: "ts".into(), window, keys: vec![col("k")], aggs: vec![count(), sum("n")] };
    let input = frame(&["ts:i k:s n:i"]);
    insta::assert_snapshot!(run(
        || Box::new(LocalAggregate::new(&spec, &input, 1).unwrap()),
        "
        batch 0
          ts:i  k:s  n:i
          1     a    1
          2     a    .
          61    b    4
          .     a    9
        watermark 58
        watermark 59
        batch 0
          ts:i  k:s  n:i
          3     a    8
          70    .    2
        barrier
        batch 0
          ts:i  k:s  n:i
          71    b    1
        recovery
        batch 0
          ts:i  k:s  n:i
          71    b    1
        idle 0
        batch 0
          ts:i  k:s  n:i
          130   a    1
        watermark max
    "
    ));
}
