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
    insta::assert_snapshot!(columns(&join.within("1h", "1h")), @"id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, items ARRAY<STRING>, amount_right DOUBLE, at TIMESTAMP");
    insta::assert_snapshot!(columns(&join.suffix("_paid").window(tumbling("1m"))), @"id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, items ARRAY<STRING>, amount_paid DOUBLE, at TIMESTAMP, window_start TIMESTAMP, window_end TIMESTAMP");
    let flat =
        kafka("b:1", "o").json().schema("id INT, tags ARRAY<STRUCT<id STRING, n INT>>").explode("tags").unnest("tags");
    insta::assert_snapshot!(columns(&flat), @"id INT, tags_id STRING, n INT");
}

#[test]
fn a_join_says_what_bounds_it() {
    insta::assert_snapshot!(timed().join(payments()).left_on("id").right_on("order_id").within("5m", "1h").plan(), @r"
1  kafka       orders at b:1, json (id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, items ARRAY<STRING>)
2  event_time  ts, up to 10s late
3  kafka       payments at b:1, json (order_id INT, amount DOUBLE, at TIMESTAMP)
4  event_time  at, up to 10s late
5  join        of steps 2 and 4 | on id = order_id | within 5m before and 1h after
");
    insta::assert_snapshot!(orders().join(files("c.csv")).on("city").refresh("10m").suffix("_c").lookup().plan(), @r"
1  kafka  orders at b:1, json (id BIGINT, city STRING, amount DOUBLE, ts TIMESTAMP, items ARRAY<STRING>)
2  files  c.csv
3  join   of steps 1 and 2 | on city | lookup, read anew every 10m | clashes get _c
");
}

#[test]
fn a_join_without_a_bound_is_refused_with_the_ways_to_bound_it() {
    let mut plan = timed().join(payments()).left_on("id").right_on("order_id").within("1h", "1h").plan();
    if let Some(Step::Join { bound, kind, .. }) = plan.nodes.last_mut().map(|node| &mut node.step) {
        (*bound, *kind) = (None, JoinKind::Left);
    }
    insta::assert_snapshot!(told(&plan, &validate(&plan).unwrap_err()), @r#"
step 5, `join`: `join` has no bound: it would keep every row for ever, since a stream has no end
hint: bound it: `.within("5m", "1h")` for partners near in event time, `.window(tumbling("1m"))` for those in the same window, or `.lookup()` of a table of files
"#);
}

#[test]
fn joins_in_time_need_a_time_on_both_sides() {
    insta::assert_snapshot!(wrong(&orders().join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @r#"
step 4, `join`: `join(…).within(…)` needs an event time in both streams; step 1, `kafka`, has none
hint: put `.event_time("ts", "10s")` right after its source, with its column of times
"#);
    let lost = payments().with_columns([lit(1).alias("at")]);
    insta::assert_snapshot!(wrong(&timed().join(lost).left_on("id").right_on("order_id").window(tumbling("1m"))), @r"
step 6, `join`: `join(…).window(…)` needs the event-time column `at`, which step 5, `with_columns`, changes or removes
hint: keep `at` as it is until the join
");
    let grouped = timed().group_by(["id"]).window(tumbling("1m")).agg([count()]);
    insta::assert_snapshot!(wrong(&grouped.join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @r"
step 6, `join`: `join(…).within(…)` needs rows with an event time; those of step 3, `group_by`, are of windows
hint: join the streams first, and group what comes out
");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("id").right_on("order_id").window(session("5m"))), @r"
step 5, `join`: a join in sessions is not possible: a session is of one key of one stream
hint: take `tumbling`, `hopping` or `cumulating` windows, or `.within(…)`
");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("id").right_on("order_id").window(tumbling("0s"))), @r#"
step 5, `join`: `window(tumbling("0ms"))`: a window of this length is not possible
hint: give it at least a millisecond, such as `tumbling("1m")`
"#);
}

#[test]
fn keys_are_named_known_and_of_one_kind() {
    insta::assert_snapshot!(wrong(&timed().join(payments()).within("1h", "1h")), @r#"
step 5, `join`: `join` has no keys
hint: name them: `.on(["id"])`
"#);
    insta::assert_snapshot!(wrong(&timed().join(payments()).on("id").within("1h", "1h")), @r"
step 5, `join`: `join`, right keys: no column `id`
hint: columns: order_id, amount, at
");
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on(["id", "city"]).right_on("order_id").within("1h", "1h")), @r#"
step 5, `join`: `join` has 2 keys of the left stream and 1 of the right
hint: name as many of each, in the same order: `.left_on(["id"]).right_on(["order_id"])`
"#);
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("city").right_on("order_id").within("1h", "1h")), @r#"
step 5, `join`: `join` compares `city`, which is STRING, with `order_id`, which is INT
hint: cast one of them before the join: `.cast([("city", "INT")])`
"#);
    insta::assert_snapshot!(wrong(&timed().join(payments()).left_on("items").right_on("order_id").within("1h", "1h")), @r"
step 5, `join`: `join` cannot compare `items`, which is ARRAY<STRING>
hint: take a column of numbers, texts or times
");
}

#[test]
fn names_that_clash_after_all_are_refused() {
    let taken = timed().with_columns([lit(1).alias("amount_right")]);
    insta::assert_snapshot!(wrong(&taken.join(payments()).left_on("id").right_on("order_id").within("1h", "1h")), @r#"
step 6, `join`: two columns of the join would be called `amount_right`
hint: choose another `.suffix("…")`, or rename the column before the join
"#);
    let taken = timed().with_columns([lit(1).alias("window_end")]);
    insta::assert_snapshot!(wrong(&taken.join(payments()).left_on("id").right_on("order_id").window(tumbling("1m"))), @r#"
step 6, `join`: two columns of the join would be called `window_end`
hint: choose another `.suffix("…")`, or rename the column before the join
"#);
}

#[test]
fn a_lookup_wants_a_table() {
    insta::assert_snapshot!(wrong(&orders().join(payments()).left_on("id").right_on("order_id").lookup()), @r#"
step 4, `join`: `lookup` needs a table of files: `kafka` has no end
hint: join two streams in time: `.join(…).on(…).within("5m", "1h")` or `.window(tumbling("1m"))`
"#);
    let late = files("cities.csv").schema("city STRING, ts TIMESTAMP").event_time("ts", "1s");
    insta::assert_snapshot!(wrong(&orders().lookup(late, ["city"])), @r"
step 4, `join`: `lookup` needs a table of files: `event_time` works on a stream
hint: make the table with steps on its rows only: filter, select, with_columns, rename, drop, cast
");
    let both = files("a.csv").schema("city STRING, n INT").union(files("b.csv").schema("n INT, city STRING"));
    assert_eq!(wrong(&orders().lookup(both.filter(col("n").gt(0)), ["city"])), "");
}

#[test]
fn a_union_wants_the_same_columns_and_the_same_time() {
    insta::assert_snapshot!(wrong(&orders().union([&orders().drop("city"), &orders().cast([("id", "INT")])])), @r"
step 6, `union`: `union` needs the same columns: step 3, `drop` has no `city`
hint: make them the same first, with `.select`, `.rename` or `.cast`

step 6, `union`: `union` needs the same columns: `id` is BIGINT in step 1, `kafka`, and INT in step 5, `cast`
hint: make them the same first, with `.select`, `.rename` or `.cast`
");
    insta::assert_snapshot!(wrong(&timed().union(orders())), @r#"
step 4, `union`: `union` needs the event time of every input; it is `ts` in step 2, `event_time`, but step 3, `kafka` has none
hint: put `.event_time("ts", "10s")` right after that source too
"#);
    insta::assert_snapshot!(wrong(&timed().union(orders().with_columns([col("ts").alias("at")]).event_time("at", "1s"))), @r"
step 6, `union`: `union` needs one event-time column; it is `ts` in step 2, `event_time`, and `at` in step 5, `event_time`
hint: rename the column before `.event_time(…)`, so that both have one name

step 6, `union`: `union` needs the same columns: step 2, `event_time` has no `at`
hint: make them the same first, with `.select`, `.rename` or `.cast`
");
    insta::assert_snapshot!(wrong(&orders().union(orders()).event_time("ts", "1s")), @r"
step 4, `event_time`: `event_time` comes after step 3, `union`, which brings several sources together
hint: put `.event_time(…)` right after each source
");
    let alone = Plan { nodes: orders().plan().nodes, version: 1 };
    let mut alone = alone;
    alone.nodes.push(crate::Node { id: 1, inputs: vec![0], step: Step::Union });
    insta::assert_snapshot!(told(&alone, &validate(&alone).unwrap_err()), @"step 1, `kafka`: not a plan: node 1, `union`, has 1 inputs");
}

#[test]
fn explode_and_unnest_want_lists_and_structs() {
    insta::assert_snapshot!(wrong(&orders().explode("city")), @r"
step 2, `explode`: `explode` needs a column of lists; `city` is STRING
hint: name a column that is an ARRAY<…>
");
    insta::assert_snapshot!(wrong(&orders().explode("itms")), @r"
step 2, `explode`: no column `itms`
hint: did you mean `items`? columns: id, city, amount, ts, items
");
    insta::assert_snapshot!(wrong(&orders().unnest("items")), @r"
step 2, `unnest`: `unnest` needs a column of structs; `items` is ARRAY<STRING>
hint: name a column that is a STRUCT<…>; a list becomes rows with `.explode(…)` first
");
    let clash = kafka("b:1", "o").json().schema("id INT, p_id INT, p STRUCT<id INT>");
    insta::assert_snapshot!(wrong(&clash.unnest("p")), @r#"
step 2, `unnest`: two columns are called `p_id`
hint: give one of them another name, with `.alias("…")` or `rename`
"#);
    let no_time = kafka("b:1", "o").json().schema("ts ARRAY<TIMESTAMP>").event_time("ts", "1s").explode("ts");
    insta::assert_snapshot!(wrong(&no_time), @r"
step 2, `event_time`: event time must be a TIMESTAMP or a BIGINT of epoch milliseconds; `ts` is ARRAY<TIMESTAMP>
hint: name the column that says when the event happened
");
}
