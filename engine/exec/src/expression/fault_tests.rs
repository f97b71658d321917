//! What is counted as a fault, and what is not: nulls, and rows that never come to the place.

use headwater::prelude::*;
use polars::prelude::{DataFrame, df};

use super::{Faults, counting, evaluate};

fn frame() -> DataFrame {
    df!(
        "n" => [Some(i64::MAX), Some(7), None, Some(i64::MIN)],
        "d" => [Some(0_i64), Some(0), Some(0), Some(-1)],
        "x" => [Some(0.0), Some(-1.0), None, Some(4.0)],
    )
    .unwrap()
}

#[track_caller]
fn faults(expr: &Expr) -> (u64, u64, u64) {
    let (values, faults) = counting(|| evaluate(expr, &frame()));
    assert_eq!(values.unwrap().len(), 4);
    let Faults { overflow, division_by_zero, undefined } = faults;
    (overflow, division_by_zero, undefined)
}

#[test]
fn each_value_that_became_null_is_counted_once() {
    assert_eq!(faults(&(col("n") + 1)), (1, 0, 0));
    assert_eq!(faults(&(-col("n"))), (1, 0, 0));
    assert_eq!(faults(&col("n").abs()), (1, 0, 0));
    assert_eq!(faults(&(col("n") / col("d"))), (0, 2, 0));
    assert_eq!(faults(&(col("n") % col("d"))), (0, 2, 0));
    assert_eq!(faults(&col("n").floor_div(col("d"))), (1, 2, 0));
    assert_eq!(faults(&(col("x") / 0)), (0, 3, 0));
    assert_eq!(faults(&col("x").ln()), (0, 0, 2));
    assert_eq!(faults(&col("x").sqrt()), (0, 0, 1));
    assert_eq!(faults(&col("n").to_timestamp("s")), (2, 0, 0));
    assert_eq!(faults(&col("n").to_timestamp("ms").date_add("1d")), (1, 0, 0));
    assert_eq!(faults(&col("n").cast(INT)), (0, 0, 0), "a cast that does not fit is no fault");
}

#[test]
fn a_row_that_never_comes_there_is_no_fault() {
    let safe = when(col("d").neq(0)).then(col("n").floor_div(col("d"))).otherwise(0);
    assert_eq!(faults(&safe), (1, 0, 0));
    let later = when(col("d").eq(0)).then(0).when(col("n").floor_div(col("d")).gt(1)).then(1).otherwise(col("n") + 1);
    assert_eq!(faults(&later), (1, 0, 0), "only the last row comes to the second condition");
    assert_eq!(faults(&col("d").neq(0).and((col("n") / col("d")).gt(1))), (0, 0, 0));
    assert_eq!(faults(&col("d").eq(0).or((col("n") / col("d")).gt(1))), (0, 0, 0));
    assert_eq!(faults(&col("d").eq(0).and((col("n") / col("d")).gt(1))), (0, 2, 0));
}

#[test]
fn counts_do_not_leak() {
    let ((), outer) = counting(|| {
        let (_, inner) = counting(|| evaluate(&(col("n") + 1), &frame()));
        assert_eq!(inner.total(), 1);
    });
    assert!(outer.is_empty());
    assert_eq!(
        Faults { overflow: 2, division_by_zero: 0, undefined: 1 }.to_string(),
        "2 by overflow, 1 without a real value"
    );
}
