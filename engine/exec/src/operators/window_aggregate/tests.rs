//! The tumbling aggregation: scripts with recovery, and random input against the obvious way to compute it.

use std::collections::BTreeMap;

use headwater::AggFunction;
use polars::prelude::{NamedFrom, Series};
use proptest::prelude::*;

use super::*;
use crate::tests::script::{frame, run};

fn agg(function: AggFunction, input: Option<&str>, name: &str) -> Agg {
    Agg { function, input: input.map(|name| Expr::Column(name.into())), name: name.into() }
}

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

fn spec(keys: &[&str], aggs: Vec<Agg>) -> WindowSpec {
    let keys = keys.iter().map(|name| Expr::Column((*name).into())).collect();
    WindowSpec { event_time: "ts".into(), size_ms: 60, keys, aggs }
}

fn script(spec: &WindowSpec, columns: &str, script: &str) -> String {
    let input = frame(&[columns]);
    run(|| Box::new(WindowAggregate::new(spec.clone(), &input).unwrap()), script)
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
        WindowAggregate::new(spec(keys, aggs), &input).unwrap_err().message
    };
    insta::assert_snapshot!(refused(vec![agg(AggFunction::Sum, Some("s"), "total")], &[]), @"`sum` of column `total` is not possible for values of its type");
    insta::assert_snapshot!(refused(vec![agg(AggFunction::Max, Some("l"), "m")], &[]), @"`max` of column `m` is not possible for values of its type");
    insta::assert_snapshot!(refused(vec![], &["l"]), @"column `l` cannot be a key: it is a list or a struct");
}

type Row = (i64, Option<String>, Option<i64>, Option<f64>);

fn rows_frame(rows: &[Row]) -> DataFrame {
    let columns = vec![
        Series::new("ts".into(), rows.iter().map(|r| r.0).collect::<Vec<_>>()).into(),
        Series::new("k".into(), rows.iter().map(|r| r.1.clone()).collect::<Vec<_>>()).into(),
        Series::new("n".into(), rows.iter().map(|r| r.2).collect::<Vec<_>>()).into(),
        Series::new("x".into(), rows.iter().map(|r| r.3).collect::<Vec<_>>()).into(),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

/// Start, key, rows, values of n, sum of n, largest n, mean of x, smallest x.
type Answer = (i64, Option<String>, i64, i64, Option<i64>, Option<i64>, Option<f64>, Option<f64>);

fn naive(rows: &[Row]) -> Vec<Answer> {
    let mut groups: BTreeMap<(i64, Option<String>), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry((row.0.div_euclid(60) * 60, row.1.clone())).or_default().push(row);
    }
    let answer = |((start, key), rows): ((i64, Option<String>), Vec<&Row>)| {
        let ns: Vec<i64> = rows.iter().filter_map(|r| r.2).collect();
        let xs: Vec<f64> = rows.iter().filter_map(|r| r.3).collect();
        let sum = ns.iter().map(|n| i128::from(*n)).sum::<i128>();
        let sum = if ns.is_empty() { None } else { i64::try_from(sum).ok() };
        let mean = if xs.is_empty() { None } else { Some(xs.iter().sum::<f64>() / xs.len() as f64) };
        let smallest = xs.iter().copied().reduce(f64::min);
        (start, key, rows.len() as i64, ns.len() as i64, sum, ns.into_iter().max(), mean, smallest)
    };
    groups.into_iter().map(answer).collect()
}

fn answers(frame: &DataFrame) -> Vec<Answer> {
    let int = |name: &str| frame.column(name).unwrap().to_physical_repr().i64().unwrap().to_vec();
    let float = |name: &str| frame.column(name).unwrap().f64().unwrap().to_vec();
    let keys = frame.column("k").unwrap().str().unwrap().iter().map(|k| k.map(str::to_owned)).collect::<Vec<_>>();
    (0..frame.height())
        .map(|row| {
            assert_eq!(int("window_end")[row], int("window_start")[row].map(|start| start + 60));
            (
                int("window_start")[row].unwrap(),
                keys[row].clone(),
                int("rows")[row].unwrap(),
                int("values")[row].unwrap(),
                int("sum")[row],
                int("max")[row],
                float("mean")[row],
                float("min")[row],
            )
        })
        .collect()
}

proptest! {
    /// Over any rows, split into any batches, with watermarks that make nothing late, and taken down and restored at any
    /// point, the answer is the naive one, in its order.
    #[test]
    fn any_split_and_any_restore_give_the_naive_answer(
        rows in prop::collection::vec(
            (-200_i64..400, prop::option::of("[ab\0]{0,2}"), prop::option::of(prop_oneof![-5_i64..5, Just(i64::MAX)]),
             prop::option::of(-1e3..1e3)),
            0..60,
        ),
        cuts in prop::collection::vec((0_usize..60, any::<bool>()), 0..8),
    ) {
        let aggs = vec![
            agg(AggFunction::Count, None, "rows"),
            agg(AggFunction::Count, Some("n"), "values"),
            agg(AggFunction::Sum, Some("n"), "sum"),
            agg(AggFunction::Max, Some("n"), "max"),
            agg(AggFunction::Mean, Some("x"), "mean"),
            agg(AggFunction::Min, Some("x"), "min"),
        ];
        let make = || WindowAggregate::new(spec(&["k"], aggs.clone()), &rows_frame(&[])).unwrap();
        let mut cuts: Vec<(usize, bool)> = cuts.into_iter().filter(|cut| cut.0 < rows.len()).collect();
        cuts.sort();
        cuts.push((rows.len(), false));
        let mut operator = make();
        let mut out = Vec::new();
        let mut from = 0;
        for (to, restart) in cuts {
            operator.on_batch(Batch { partition: 0, frame: rows_frame(&rows[from..to]) }, &mut out).unwrap();
            // As far as the rest allows.
            if let Some(oldest) = rows[to..].iter().map(|row| row.0).min() {
                operator.on_watermark(oldest - 1, &mut out).unwrap();
            }
            if restart {
                let state = operator.snapshot().unwrap();
                operator = make();
                operator.restore(&state).unwrap();
            }
            from = to;
        }
        operator.on_watermark(i64::MAX, &mut out).unwrap();
        let found: Vec<Answer> = out
            .iter()
            .filter_map(|message| if let Message::Batch(batch) = message { Some(answers(&batch.frame)) } else { None })
            .flatten()
            .collect();
        prop_assert_eq!(found, naive(&rows));
        prop_assert_eq!(operator.report().late, 0);
    }

    /// A state that was cut off or changed is refused or means another state, but nothing panics.
    #[test]
    fn a_damaged_state_never_panics(flip in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<prop::sample::Index>()) {
        let rows: Vec<Row> = (0..20).map(|n| (n * 7, Some(format!("k{}", n % 3)), Some(n), Some(n as f64))).collect();
        let aggs = every_aggregate_of("n");
        let make = || WindowAggregate::new(spec(&["k"], aggs.clone()), &rows_frame(&[])).unwrap();
        let mut operator = make();
        operator.on_batch(Batch { partition: 0, frame: rows_frame(&rows) }, &mut Vec::new()).unwrap();
        let state = operator.snapshot().unwrap();
        prop_assert!(make().restore(&state[..cut.index(state.len())]).is_err());
        let mut flipped = state.clone();
        flipped[flip.index(state.len())] ^= 1 << bit;
        let mut other = make();
        if other.restore(&flipped).is_ok() {
            other.on_watermark(i64::MAX, &mut Vec::new()).unwrap();
        }
    }
}
