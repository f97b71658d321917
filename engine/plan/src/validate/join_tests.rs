//! What is said of joins, unions, explode and unnest that cannot be meant.

use crate::prelude::*;
use crate::{JoinKind, Plan, Step, validate};

fn told(plan: &Plan, mistakes: &[crate::PlanError]) -> String {
    let one = |mistake: &crate::PlanError| format!("{}: {mistake}", plan.describe(mistake.node));
    mistakes.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn wrong(stream: &Stream) -> String {
    told(&stream.plan(), &stream.mistakes())
}

fn orders() -> Stream {
    kafka("b:1", "orders").json().schema("id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, items ARRAY<STRING>")
}

fn timed() -> Stream {
    orders().event_time("ts", "10s")
}

fn payments() -> Stream {
    kafka("b:1", "payments").json().schema("order_id INT, amount DOUBLE, at TIMESTAMP").event_time("at", "10s")
}

#[test]
fn a_join_has_the_columns_of_both_and_no_name_twice() {
    let columns = |stream: &Stream| validate(&stream.plan()).unwrap().pop().unwrap().to_string();
    let join = timed().join(payments()).left_on("id").right_on("order_id");
    insta::assert_snapshot!(columns(&join.within("1h", "1h")), @"");
    insta::assert_snapshot!(columns(&join.suffix("_paid").window(tumbling("1m"))), @"");
    let flat =
        kafka("b:1", "o").json().schema("id INT, tags ARRAY<STRUCT<id STRING, n INT>>").explode("tags").unnest("tags");
    insta::assert_snapshot!(columns(&flat), @"");
}

#[test]
fn a_join_says_what_bounds_it() {
    insta::assert_snapshot!(timed().join(payments()).left_on("id").right_on("order_id").within("5m", "1h").plan(), @"");
    insta::assert_snapshot!(orders().join(files("c.csv")).on("city").refresh("10m").suffix("_c").lookup().plan(), @"");
}

#[test]
fn a_join_without_a_bound_is_refused_with_the_ways_to_bound_it() {
    let mut plan = timed().join(payments()).left_on("id").right_on("order_id").within("1h", "1h").plan();
    if let Some(Step::Join { bound, kind, .. }) = plan.nodes.last_mut().map(|node| &mut node.step) {
        (*bound, *kind) = (None, JoinKind::Left);
    }
    insta::assert_snapshot!(told(&plan, &validate(&plan).unwrap_err()), @"");
}

#[test]
fn joins_in_time_need_a_time_on_both_sides() {
    insta::assert_snapshot!(wrong(&orders().join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @"");
    let lost = payments().with_columns([lit(1).alias("at")]);
    insta::assert_snapshot!(wrong(&timed().join(lost).left_on("id").right_on("order_id").window(tumbling("1m"))), @"");
    let grouped = timed().group_by(["id"]).window(tumbling("1m")).agg([count()]);
    insta::assert_snapshot!(wrong(&grouped.join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("id").right_on("order_id").window(session("5m"))), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("id").right_on("order_id").window(tumbling("0s"))), @"");
}

#[test]
fn keys_are_named_known_and_of_one_kind() {
    insta::assert_snapshot!(wrong(&timed().join(payments()).within("1h", "1h")), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).on("id").within("1h", "1h")), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on(["id", "city"]).right_on("order_id").within("1h", "1h")), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("city").right_on("order_id").within("1h", "1h")), @"");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("items").right_on("order_id").within("1h", "1h")), @"");
}

#[test]
fn names_that_clash_after_all_are_refused() {
    let taken = timed().with_columns([lit(1).alias("amount_right")]);
    insta::assert_snapshot!(wrong(&taken.join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @"");
    let taken = timed().with_columns([lit(1).alias("window_end")]);
    insta::assert_snapshot!(wrong(&taken.join(payments()).left_on("id").right_on("order_id").window(tumbling("1m"))), @"");
}

#[test]
fn a_lookup_wants_a_table() {
    insta::assert_snapshot!(wrong(&orders().join(payments()).left_on("id").right_on("order_id").lookup()), @"");
    let late = files("cities.csv").schema("city STRING, ts TIMESTAMP").event_time("ts", "1s");
    insta::assert_snapshot!(wrong(&orders().lookup(late, ["city"])), @"");
    let both = files("a.csv").schema("city STRING, n INT").union(files("b.csv").schema("n INT, city STRING"));
    assert_eq!(wrong(&orders().lookup(both.filter(col("n").gt(0)), ["city"])), "");
}

#[test]
fn a_union_wants_the_same_columns_and_the_same_time() {
    insta::assert_snapshot!(wrong(&orders().union([&orders().drop("city"), &orders().cast([("id", "INT")])])), @"");
    insta::assert_snapshot!(wrong(&timed().union(orders())), @"");
    insta::assert_snapshot!(wrong(&timed().union(orders().with_columns([col("ts").alias("at")]).event_time("at", "1s"))), @"");
    insta::assert_snapshot!(wrong(&orders().union(orders()).event_time("ts", "1s")), @"");
    let alone = Plan { nodes: orders().plan().nodes, version: 1 };
    let mut alone = alone;
    alone.nodes.push(crate::Node { id: 1, inputs: vec![0], step: Step::Union });
    insta::assert_snapshot!(told(&alone, &validate(&alone).unwrap_err()), @"");
}

#[test]
fn explode_and_unnest_want_lists_and_structs() {
    insta::assert_snapshot!(wrong(&orders().explode("city")), @"");
    insta::assert_snapshot!(wrong(&orders().explode("itms")), @"");
    insta::assert_snapshot!(wrong(&orders().unnest("items")), @"");
    let clash = kafka("b:1", "o").json().schema("id INT, p_id INT, p STRUCT<id INT>");
    insta::assert_snapshot!(wrong(&clash.unnest("p")), @"");
    let no_time = kafka("b:1", "o").json().schema("ts ARRAY<TIMESTAMP>").event_time("ts", "1s").explode("ts");
    insta::assert_snapshot!(wrong(&no_time), @"");
}
