//! Every aggregate over rows of the model, and the obvious way to compute it.

use std::collections::{BTreeMap, BTreeSet};

use headwater::{Agg, AggFunction, Expr};

use super::model::{Row, float, int};

pub(crate) fn agg(function: AggFunction, input: Option<&str>, name: &str) -> Agg {
    Agg { function, input: input.map(|name| Expr::Column(name.into())), name: name.into() }
}

/// All of them.
pub(crate) fn every_aggregate() -> Vec<Agg> {
    use AggFunction::{
        ApproxCountDistinct, ApproxQuantile, Collect, Count, CountDistinct, First, Last, Max, Mean, Min, Sum, TopValues,
    };
    vec![
        agg(Count, None, "rows"),
        agg(Count, Some("n"), "values"),
        agg(Sum, Some("n"), "sum"),
        agg(Sum, Some("x"), "sum_x"),
        agg(Min, Some("n"), "min"),
        agg(Max, Some("x"), "max"),
        agg(Mean, Some("x"), "mean"),
        agg(First, Some("n"), "first"),
        agg(Last, Some("x"), "last"),
        agg(CountDistinct, Some("n"), "distinct"),
        agg(ApproxCountDistinct, Some("x"), "about"),
        agg(ApproxQuantile { q: 0.5 }, Some("x"), "median"),
        agg(TopValues { k: 2 }, Some("n"), "top"),
        agg(Collect { limit: 3 }, Some("n"), "path"),
    ]
}

/// The same of rows that are all in one group, in the order of arrival.
pub(crate) fn naive(rows: &[&Row]) -> Vec<String> {
    let ns: Vec<i64> = rows.iter().filter_map(|row| row.n).collect();
    let mut xs: Vec<f64> = rows.iter().filter_map(|row| row.x).collect();
    let sum = ns.iter().map(|n| i128::from(*n)).sum::<i128>();
    let any = !xs.is_empty();
    let total: f64 = xs.iter().sum();
    let mut in_time: Vec<&&Row> = rows.iter().collect();
    in_time.sort_by_key(|row| (row.ts, row.partition));
    let first = in_time.iter().find_map(|row| row.n);
    let last = in_time.iter().rev().find_map(|row| row.x);
    let path: Vec<String> = in_time.iter().filter_map(|row| row.n).take(3).map(|n| n.to_string()).collect();
    xs.sort_by(f64::total_cmp);
    let median = xs.get(xs.len().div_ceil(2).max(1) - 1).copied();
    vec![
        rows.len().to_string(),
        ns.len().to_string(),
        int(if ns.is_empty() { None } else { i64::try_from(sum).ok() }),
        float(any.then_some(total)),
        int(ns.iter().min().copied()),
        float(xs.last().copied()),
        float(any.then(|| total / xs.len() as f64)),
        int(first),
        float(last),
        ns.iter().collect::<BTreeSet<_>>().len().to_string(),
        xs.iter().map(|x| x.to_bits()).collect::<BTreeSet<_>>().len().to_string(),
        float(median),
        top(&ns),
        if path.is_empty() { ".".into() } else { format!("[{}]", path.join(" ")) },
    ]
}

fn top(ns: &[i64]) -> String {
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    ns.iter().for_each(|n| *counts.entry(*n).or_default() += 1);
    let mut counts: Vec<(i64, i64)> = counts.into_iter().collect();
    counts.sort_by_key(|(n, count)| (-count, *n));
    let shown: Vec<String> = counts.iter().take(2).map(|(n, count)| format!("({n} {count})")).collect();
    if shown.is_empty() { ".".into() } else { format!("[{}]", shown.join(" ")) }
}
