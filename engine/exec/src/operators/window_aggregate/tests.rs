//! Windows of given size: scripts with recovery, and random input against the obvious way to compute it.

use std::collections::BTreeMap;

use headwater::AggFunction;
use polars::prelude::{DataType, NamedFrom, Series};
use proptest::prelude::*;

use super::*;
use crate::operators::{EventTime, Judged};
use crate::tests::aggregates::{agg, every_aggregate, naive};
use crate::tests::model::{self, Row, cuts, drive, hostile_rows, orderly_rows, text, watermarks};
use crate::tests::script::{frame, run};

fn every_aggregate_of(column: &str) -> Vec<Agg> {
    vec![
        agg(AggFunction::Count, None, "rows"),
        agg(AggFunction::Count, Some(column), "values"),
        agg(AggFunction::Sum, Some(column), "sum"),
        agg(AggFunction::Min, Some(column), "min"),
        agg(AggFunction::Max, Some(column), "max"),
        agg(AggFunction::Mean, Some(column), "mean"),
    ]
}

const TUMBLING: Window = Window::Tumbling { size_ms: 60, offset_ms: 0 };

fn spec(keys: &[&str], aggs: Vec<Agg>) -> WindowedBy {
    by(TUMBLING, keys, aggs)
}

fn by(window: Window, keys: &[&str], aggs: Vec<Agg>) -> WindowedBy {
    let keys = keys.iter().map(|name| Expr::Column((*name).into())).collect();
    WindowedBy { event_time: "ts".into(), window, keys, aggs }
}

fn script(spec: &WindowedBy, columns: &str, script: &str) -> String {
    let input = frame(&[columns]);
    run(|| Box::new(WindowAggregate::new(spec, &input).unwrap()), script)
}

#[test]
fn windows_close_in_order_and_keys_are_sorted_null_first() {
    insta::assert_snapshot!(script(
        &spec(&["city"], every_aggregate_of("x")),
        "ts:t city:s x:i",
        "
        batch 0
          ts:t  city:s  x:i
          61    Rome    1
          0     Rome    2
          59    Oslo    .
          10    .       5
          .     Rome    9
          10    Rome    4
        watermark 58
        watermark 59
        batch 0
          ts:t  city:s  x:i
          130   Rome    7
          59    Rome    8
        watermark max
    "
    ));
}

#[test]
fn recovery_continues_from_the_barrier() {
    insta::assert_snapshot!(script(
        &spec(&["k", "ok"], every_aggregate_of("x")),
        "ts:i k:f ok:b x:f",
        "
        batch 0
          ts:i  k:f   ok:b   x:f
          0     1.5   true   0.5
          1     -2.0  .      .
          70    .     false  1.0
        watermark 5
        barrier
        batch 0
          ts:i  k:f   ok:b   x:f
          2     1.5   true   100.0
        watermark 59
        recovery
        batch 0
          ts:i  k:f   ok:b   x:f
          3     1.5   true   0.25
        watermark 59
        barrier
        recovery
        batch 0
          ts:i  k:f   ok:b   x:f
          4     1.5   true   1.0
        watermark max
    "
    ));
}

#[test]
fn texts_have_a_smallest_and_a_largest() {
    let aggs = vec![agg(AggFunction::Min, Some("s"), "first"), agg(AggFunction::Max, Some("s"), "last")];
    insta::assert_snapshot!(script(
        &spec(&[], aggs),
        "ts:i s:s",
        "
        batch 0
          ts:i  s:s
          0     b
          1     .
          2     Ä
        barrier
        recovery
        batch 0
          ts:i  s:s
          3     a
        watermark max
    "
    ));
}

#[test]
fn a_sum_that_does_not_fit_is_null_but_may_overflow_on_the_way() {
    let input = format!(
        "
        batch 0
          ts:i  k:i  x:i
          0     1    {max}
          0     1    1
          0     2    {max}
          0     2    1
          0     2    -1
        watermark max
        ",
        max = i64::MAX
    );
    insta::assert_snapshot!(script(
        &spec(&["k"], vec![agg(AggFunction::Sum, Some("x"), "sum")]),
        "ts:i k:i x:i",
        &input
    ));
}

#[test]
fn windows_before_1970_begin_below_zero() {
    insta::assert_snapshot!(script(
        &spec(&[], vec![agg(AggFunction::Count, None, "rows")]),
        "ts:i",
        "
        batch 0
          ts:i
          -1
          -60
          -61
        watermark -61
        watermark -1
    "
    ));
}

#[test]
fn what_cannot_be_aggregated_is_refused() {
    let refused = |aggs, keys: &[&str]| {
        let mut input = frame(&["ts:i s:s"]);
        input.with_column(Series::new_empty("l".into(), &DataType::List(Box::new(DataType::Int64))).into()).unwrap();
        WindowAggregate::new(&spec(keys, aggs), &input).unwrap_err().message
    };
    insta::assert_snapshot!(refused(vec![agg(AggFunction::Sum, Some("s"), "total")], &[]), @"`sum` of column `total` is not possible for values of its type");
    insta::assert_snapshot!(refused(vec![agg(AggFunction::Max, Some("l"), "m")], &[]), @"`max` of column `m` is not possible for values of its type");
    insta::assert_snapshot!(refused(vec![], &["l"]), @"column `l` cannot be a key: it is a list or a struct");
}

#[test]
fn hopping_windows_share_slices_and_a_row_late_for_one_counts_in_the_next() {
    let window = Window::Hopping { size_ms: 60, slide_ms: 20, offset_ms: 0 };
    insta::assert_snapshot!(script(
        &by(window, &["k"], vec![agg(AggFunction::Count, None, "rows"), agg(AggFunction::Sum, Some("x"), "sum")]),
        "ts:i k:s x:i",
        "
        batch 0
          ts:i  k:s  x:i
          0     a    1
          25    a    2
          59    b    4
        watermark 39
        barrier
        batch 0
          ts:i  k:s  x:i
          30    a    8
          5     a    16
          -45   a    32
        watermark 79
        recovery
        batch 0
          ts:i  k:s  x:i
          30    a    8
          61    a    64
        watermark 79
        watermark max
    "
    ));
}

#[test]
fn cumulating_windows_grow_and_begin_anew() {
    let window = Window::Cumulating { size_ms: 60, step_ms: 20, offset_ms: 15 };
    insta::assert_snapshot!(script(
        &by(window, &["k"], vec![agg(AggFunction::Count, None, "rows"), agg(AggFunction::Last, Some("x"), "last")]),
        "ts:i k:s x:i",
        "
        batch 0
          ts:i  k:s  x:i
          15    a    1
          74    b    2
          75    a    3
        watermark 34
        batch 0
          ts:i  k:s  x:i
          20    a    9
          60    a    4
        barrier
        watermark 54
        recovery
        watermark 54
        watermark 74
        batch 0
          ts:i  k:s  x:i
          74    a    5
        watermark max
    "
    ));
}

#[test]
fn an_offset_moves_the_windows() {
    let window = Window::Tumbling { size_ms: 60, offset_ms: 15 };
    insta::assert_snapshot!(script(
        &by(window, &[], vec![agg(AggFunction::Count, None, "rows")]),
        "ts:i",
        "
        batch 0
          ts:i
          14
          15
          -46
        watermark max
    "
    ));
}

#[test]
fn aggregates_of_no_values_are_null_and_counts_of_none_are_zero() {
    let input = model::frame(&[]);
    let mut operator = WindowAggregate::new(&by(TUMBLING, &[], every_aggregate()), &input).unwrap();
    let empty = Row { partition: 0, ts: Some(0), k: None, n: None, x: None };
    let mut out = Vec::new();
    operator.on_batch(Batch { partition: 0, frame: model::frame(&[empty]) }, &mut out).unwrap();
    operator.on_watermark(i64::MAX, &mut out).unwrap();
    let Message::Batch(batch) = &out[0] else { panic!("{out:?}") };
    insta::assert_snapshot!(model::lines(&batch.frame).join(""), @"0 60 1 0 . . . . . . . 0 0 . . .");
    assert_eq!(batch.frame.schema(), operator.output().unwrap().schema());
}

#[test]
fn times_at_the_ends_of_all_time_do_not_overflow() {
    for window in [
        TUMBLING,
        Window::Hopping { size_ms: 60, slide_ms: 25, offset_ms: 5 },
        Window::Cumulating { size_ms: 60, step_ms: 20, offset_ms: 5 },
    ] {
        let input = frame(&["ts:i"]);
        let spec = by(window, &[], vec![agg(AggFunction::Count, None, "rows")]);
        let mut operator = WindowAggregate::new(&spec, &input).unwrap();
        let mut out = Vec::new();
        let times = Series::new("ts".into(), [i64::MIN, i64::MIN + 1, -1, i64::MAX - 1, i64::MAX]);
        let frame = DataFrame::new(5, vec![times.into()]).unwrap();
        operator.on_batch(Batch { partition: 0, frame }, &mut out).unwrap();
        operator.open_windows();
        operator.on_watermark(0, &mut out).unwrap();
        operator.on_watermark(i64::MAX, &mut out).unwrap();
        assert_eq!(operator.state_size().keys, 0, "{window}: every slice is gone");
    }
}

#[test]
fn the_size_of_the_state_is_known_and_falls_with_the_windows() {
    let window = Window::Hopping { size_ms: 60, slide_ms: 20, offset_ms: 0 };
    let input = frame(&["ts:i"]);
    let spec = by(window, &["ts"], vec![agg(AggFunction::Count, None, "rows")]);
    let mut operator = WindowAggregate::new(&spec, &input).unwrap();
    let times = Series::new("ts".into(), (0..1000_i64).collect::<Vec<_>>());
    let frame = DataFrame::new(1000, vec![times.into()]).unwrap();
    let mut out = Vec::new();
    operator.on_batch(Batch { partition: 0, frame }, &mut out).unwrap();
    let full = operator.state_size();
    assert_eq!(full.keys, 1000);
    assert!(full.bytes > 1000 * 9, "{full:?}");
    operator.on_watermark(899, &mut out).unwrap();
    assert_eq!(operator.state_size().keys, 140, "what the windows from 860 on are made of");
    operator.on_watermark(i64::MAX, &mut out).unwrap();
    assert_eq!(operator.state_size().keys, 0);
}

/// Every kind of window, of lengths that divide each other and that do not.
fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        (1_u64..80, 0_u64..80).prop_map(|(size_ms, offset)| Window::Tumbling { size_ms, offset_ms: offset % size_ms }),
        (1_u64..60, 0_u64..60, 0_u64..60).prop_map(|(slide_ms, more, offset)| Window::Hopping {
            size_ms: slide_ms + more,
            slide_ms,
            offset_ms: offset % slide_ms
        }),
        (1_u64..30, 1_u64..5, 0_u64..100).prop_map(|(step_ms, times, offset)| Window::Cumulating {
            size_ms: step_ms * times,
            step_ms,
            offset_ms: offset % (step_ms * times)
        }),
    ]
}

/// The windows that hold a time, found by trying.
fn windows_of(window: &Window, time: i64) -> Vec<(i64, i64)> {
    let (size, every, offset) = match *window {
        Window::Tumbling { size_ms, offset_ms } => (size_ms, size_ms, offset_ms),
        Window::Hopping { size_ms, slide_ms, offset_ms } => (size_ms, slide_ms, offset_ms),
        Window::Cumulating { size_ms, offset_ms, .. } => (size_ms, size_ms, offset_ms),
        Window::Session { .. } => unreachable!("sessions are another operator"),
    };
    let (size, every, offset) = (size as i64, every as i64, offset as i64);
    let starts = (-700..=700).map(|n| offset + n * every).filter(|start| *start <= time && time < start + size);
    let ends = |start: i64| match window {
        Window::Cumulating { step_ms, .. } => {
            let step = *step_ms as i64;
            (1..=size / step).map(|n| start + n * step).filter(|end| time < *end).collect::<Vec<_>>()
        }
        _ => vec![start + size],
    };
    starts.flat_map(|start| ends(start).into_iter().map(move |end| (start, end))).collect()
}

/// The answer, row by row from the rows, and how many are late for all their windows.
fn expected(window: &Window, rows: &[Row], delay: i64) -> (Vec<String>, u64) {
    let mut groups: BTreeMap<(i64, i64, Option<String>), Vec<&Row>> = BTreeMap::new();
    let mut late = 0;
    for (row, watermark) in rows.iter().zip(watermarks(rows, delay)) {
        let Some(time) = row.ts else { continue };
        let open: Vec<_> = windows_of(window, time).into_iter().filter(|(_, end)| end - 1 > watermark).collect();
        late += u64::from(open.is_empty());
        for (start, end) in open {
            groups.entry((start, end, row.k.clone())).or_default().push(row);
        }
    }
    let line = |((start, end, key), rows): (&(i64, i64, Option<String>), &Vec<&Row>)| {
        [vec![text(key.as_ref()), start.to_string(), end.to_string()], naive(rows)].concat().join(" ")
    };
    let mut lines: Vec<String> = groups.iter().map(line).collect();
    lines.sort();
    (lines, late)
}

/// Event time and windows, as a pipeline makes them.
fn operators(window: Window, delay: u64, judged: Judged) -> Vec<Box<dyn Operator>> {
    let spec = by(window, &["k"], every_aggregate());
    let aggregate = WindowAggregate::new(&spec, &model::frame(&[])).unwrap();
    vec![Box::new(EventTime::new("ts", delay, model::PARTITIONS, judged)), Box::new(aggregate)]
}

proptest! {
    #![proptest_config(model::config())]

    /// Over hostile rows, cut into any batches and taken down and restored at any of them, what comes out and what is late is what
    /// the rows say one by one.
    #[test]
    fn any_split_and_any_restore_give_the_naive_answer(
        window in any_window(),
        rows in hostile_rows(),
        cuts in cuts(),
        delay in prop_oneof![Just(0_u64), 1..100_u64],
        exactly: bool,
    ) {
        let judged = if exactly { Judged::Exactly } else { Judged::By(Slices::of(&window).unwrap()) };
        let ran = drive(|| operators(window, delay, judged), &rows, &cuts);
        let (lines, late) = expected(&window, &rows, delay as i64);
        prop_assert_eq!(ran.rows, lines);
        prop_assert_eq!(ran.late, late);
    }

    /// Rows within the delay give the same answer however their partitions interleave.
    #[test]
    fn any_interleaving_of_partitions_gives_the_same_answer(
        window in any_window(),
        (rows, interleaved) in orderly_rows(25),
        cuts in cuts(),
    ) {
        let judged = Judged::By(Slices::of(&window).unwrap());
        let (one, other) = (
            drive(|| operators(window, 25, judged), &rows, &[]),
            drive(|| operators(window, 25, judged), &interleaved, &cuts),
        );
        prop_assert_eq!(one.late + other.late, 0);
        prop_assert_eq!(&one.rows, &other.rows);
        prop_assert_eq!(one.rows, expected(&window, &rows, 25).0);
    }
}

proptest! {
    /// A state that was cut off or changed is refused or means another state, but nothing panics.
    #[test]
    fn a_damaged_state_never_panics(flip in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<prop::sample::Index>()) {
        let rows: Vec<Row> = (0..20)
            .map(|n| Row { partition: 0, ts: Some(n * 7), k: Some(format!("k{}", n % 3)), n: Some(n), x: Some(n as f64) })
            .collect();
        let window = Window::Hopping { size_ms: 60, slide_ms: 20, offset_ms: 0 };
        let make = || WindowAggregate::new(&by(window, &["k"], every_aggregate()), &model::frame(&[])).unwrap();
        let mut operator = make();
        operator.on_batch(Batch { partition: 0, frame: model::frame(&rows) }, &mut Vec::new()).unwrap();
        let state = operator.snapshot().unwrap();
        prop_assert!(make().restore(&[&state[..cut.index(state.len())]], Share::ALL).is_err());
        let mut flipped = state.clone();
        flipped[flip.index(state.len())] ^= 1 << bit;
        let mut other = make();
        if other.restore(&[&flipped], Share::ALL).is_ok() {
            other.on_watermark(1_000, &mut Vec::new()).unwrap();
        }
    }
}
