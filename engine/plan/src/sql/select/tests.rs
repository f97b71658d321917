//! SQL beside the builders: the same plan, byte for byte; and what is refused, with its place.

use super::{Tables, TextPlace, select};
use crate::prelude::*;
use crate::request::{Request, Verb};

/// The pipelines of a notebook.
struct Notebook(Vec<(&'static str, Stream)>);

impl Tables for Notebook {
    fn names(&self) -> Vec<String> {
        self.0.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn get(&self, name: &str) -> Option<Request> {
        let (_, stream) = self.0.iter().find(|(own, _)| *own == name)?;
        Some(Request::new(stream.draft(), Verb::Preview))
    }

    fn columns(&self, of: &Request) -> Option<Vec<String>> {
        let schemas = crate::validate(&of.plan).ok()?;
        Some(schemas.last()?.names().into_iter().map(str::to_owned).collect())
    }
}

fn orders() -> Stream {
    kafka("localhost:9092", "orders")
        .json()
        .schema("order_id BIGINT, city STRING, amount DOUBLE, rate DOUBLE, ts TIMESTAMP, user STRUCT<name STRING>, tags ARRAY<STRING>")
        .event_time("ts", "10s")
}

fn payments() -> Stream {
    kafka("localhost:9092", "payments")
        .json()
        .schema("order_id BIGINT, amount DOUBLE, paid_at TIMESTAMP")
        .event_time("paid_at", "10s")
}

fn cities() -> Stream {
    files("cities.csv").schema("name STRING, country STRING, amount INT")
}

fn revenue() -> Stream {
    orders().group_by("city").window(tumbling("1m")).agg([sum("amount").alias("revenue"), count()])
}

fn notebook() -> Notebook {
    let orders = orders();
    let paid = orders.filter(col("amount").gt(0));
    Notebook(vec![
        ("orders", orders),
        ("paid", paid),
        ("payments", payments()),
        ("cities", cities()),
        ("revenue", revenue()),
    ])
}

fn plan_of(sql: &str) -> String {
    match select(sql, TextPlace { cell: 7, lines_before: 1 }, &notebook()) {
        Ok(request) => {
            assert!(request.mistakes().is_empty(), "{sql}: {:?}", request.mistakes());
            request.plan.to_json()
        }
        Err(fault) => panic!("{}", fault.in_text(sql)),
    }
}

/// That the text makes the plan of the builders.
fn same(sql: &str, built: &Stream) {
    assert!(built.mistakes().is_empty(), "{sql}: {:?}", built.mistakes());
    assert_eq!(plan_of(sql), built.plan().to_json(), "{sql}");
}

#[test]
fn rows_and_columns() {
    let orders = orders();
    same("select * from orders", &orders);
    same("SELECT * FROM orders AS o;\n;", &orders);
    same(
        "select city, amount * 2 as double from orders",
        &orders.select([col("city"), (col("amount") * 2).alias("double")]),
    );
    same(
        "select o.city, o.user.name, o.tags[1] AS tag from orders o",
        &orders.select([col("city"), col("user").field("name"), col("tags").get(0).alias("tag")]),
    );
    same("select city AS city, amount AS a from orders", &orders.select([col("city"), col("amount").alias("a")]));
    same(
        "select *, amount * rate AS eur from orders",
        &orders.with_columns([(col("amount") * col("rate")).alias("eur")]),
    );
    same("select orders.* exclude (rate, tags) from orders", &orders.drop(["rate", "tags"]));
    same("select * except (rate) from orders", &orders.drop(["rate"]));
    same(
        "select * replace (lower(city) AS city) from orders",
        &orders.with_columns([col("city").lower()].map(|c| c.alias("city"))),
    );
    same("select * rename (city AS town) from orders", &orders.rename([("city", "town")]));
    same("select lower(city) from orders", &orders.select([col("city").lower()]));
    same("from orders select city", &orders.select(["city"]));
}

#[test]
fn conditions_and_statements_in_statements() {
    let orders = orders();
    let paid = orders.filter(col("amount").gt(0));
    same("select * from orders where amount > 0", &paid);
    same(
        "select * from (select * from orders where amount > 0) p where p.city is not null",
        &paid.filter(col("city").is_not_null()),
    );
    same("with p as (select * from orders where amount > 0) select city from p", &paid.select(["city"]));
    same(
        "with orders as (select * from orders where amount > 0) select * from orders where rate > 1",
        &paid.filter(col("rate").gt(1)),
    );
    same("select * from orders union all select * from paid", &orders_and_paid());
    let three = orders.union([&paid, &orders.filter(col("rate").gt(1))]);
    same(
        "select * from orders union all (select * from orders where amount > 0) union all select * from orders where rate > 1",
        &three,
    );
}

/// `paid` is made of `orders`, which is one step though the kernel was told of each.
fn orders_and_paid() -> Stream {
    let orders = orders();
    orders.union(&orders.filter(col("amount").gt(0)))
}

#[test]
fn groups_in_windows() {
    let orders = orders();
    let minutes = orders.group_by("city").window(tumbling("1m"));
    let all = "select city, window_start, window_end, sum(amount) as revenue, count(*) from orders group by city, ";
    let revenue = [sum("amount").alias("revenue"), count()];
    same(&format!("{all} tumble(ts, interval '1' minute)"), &minutes.agg(revenue.clone()));
    same(&format!("{all} TUMBLE(orders.ts, INTERVAL '60' SECONDS)"), &minutes.agg(revenue.clone()));
    for cut in [
        "table(tumble(table orders, descriptor(ts), interval '1' minute))",
        "tumble(data => table orders, timecol => descriptor(ts), size => '1m')",
    ] {
        let all = all.replace("from orders", &format!("from {cut}"));
        same(&format!("{all} window_start, window_end"), &minutes.agg(revenue.clone()));
    }
    let hopping = |window| orders.group_by("city").window(window).agg(revenue.clone());
    same(&format!("{all} hop(ts, interval '5' minute, interval '1' hour)"), &hopping(hopping_of_an_hour()));
    same(&format!("{all} cumulate(ts, interval '1' hour, interval '1' day)"), &hopping(cumulating("1d", "1h")));
    same(&format!("{all} session(ts, '10m')"), &hopping(session("10m")));
    same(&format!("{all} tumble(ts, interval '1' day, interval '6' hour)"), &hopping(tumbling("1d").offset("6h")));
    same(
        "select window_start, window_end, count(*) from orders group by tumble(ts, '1m')",
        &orders.window(tumbling("1m")).agg(count()),
    );
}

fn hopping_of_an_hour() -> crate::WindowSpec {
    hopping("1h", "5m")
}

#[test]
fn what_is_shown_of_groups() {
    let orders = orders();
    let minutes = orders.group_by("city").window(tumbling("1m"));
    let by = "from orders group by city, tumble(ts, interval '1' minute)";
    same(
        &format!("select city, sum(amount) as revenue {by}"),
        &minutes.agg(sum("amount").alias("revenue")).select(["city", "revenue"]),
    );
    same(
        &format!("select TUMBLE_START(ts, INTERVAL '1' MINUTE) AS minute, city, count(*) AS orders {by}"),
        &minutes.agg(count().alias("orders")).select([col("window_start").alias("minute"), col("city"), col("orders")]),
    );
    same(
        &format!(
            "select city, window_start, window_end, sum(amount) as total, count(*), sum(amount) / count(*) as mean {by}"
        ),
        &minutes
            .agg([sum("amount").alias("total"), count()])
            .with_columns([(col("total") / col("count")).alias("mean")]),
    );
    same(
        &format!("select city, max(amount) - min(amount) as spread {by}"),
        &minutes
            .agg([max("amount"), min("amount")])
            .select([col("city"), (col("amount_max") - col("amount_min")).alias("spread")]),
    );
    same(
        &format!("select city, window_start, window_end, count(*) as orders {by} having orders > 5 and count(*) < 9"),
        &minutes.agg(count().alias("orders")).filter(col("orders").gt(5).and(col("orders").lt(9))),
    );
    same(
        &format!("select city, window_start, window_end, count(*) as orders {by} having sum(amount) > 5"),
        &minutes.agg([count().alias("orders"), sum("amount")]).filter(col("amount_sum").gt(5)).select([
            "city",
            "window_start",
            "window_end",
            "orders",
        ]),
    );
    let lower = |name: &str| orders.group_by([col("city").lower().alias(name)]).window(tumbling("1m")).agg(count());
    for by in ["lower(city)", "town", "1"] {
        same(
            &format!(
                "select lower(city) as town, window_start, window_end, count(*) from orders group by {by}, tumble(ts, '1m')"
            ),
            &lower("town"),
        );
    }
    same(
        "select city as town, window_start, window_end, count(*) from orders group by city, tumble(ts, '1m')",
        &orders.group_by([col("city").alias("town")]).window(tumbling("1m")).agg(count()),
    );
    same(
        "select user.name, window_start, window_end, count(*) from orders group by user.name, tumble(ts, '1m')",
        &orders.group_by([col("user").field("name")]).window(tumbling("1m")).agg(count()),
    );
}

#[test]
fn every_aggregate() {
    let minutes = orders().group_by("city").window(tumbling("1m"));
    let pairs = [
        ("count(*)", count()),
        ("count(amount)", count_of("amount")),
        ("count(distinct user.name)", count_distinct(col("user").field("name"))),
        ("sum(amount * rate) as eur", sum(col("amount") * col("rate")).alias("eur")),
        ("min(amount)", min("amount")),
        ("max(o.amount)", max("amount")),
        ("avg(amount)", mean("amount")),
        ("mean(rate)", mean("rate")),
        ("first_value(city)", first("city")),
        ("last(amount)", last("amount")),
        ("approx_count_distinct(city)", approx_count_distinct("city")),
        ("approx_quantile(amount, 0.95) as p95", approx_quantile("amount", 0.95).alias("p95")),
        ("top_values(city, 3) as best", top_values("city", 3).alias("best")),
        ("collect(amount, 20) as few", collect("amount", 20).alias("few")),
        (
            "sum(amount) filter (where rate > 1) as dear",
            sum(Expr::from(when(col("rate").gt(1)).then(col("amount")))).alias("dear"),
        ),
        (
            "count(*) filter (where rate > 1) as few_dear",
            count_of(Expr::from(when(col("rate").gt(1)).then(true))).alias("few_dear"),
        ),
    ];
    let list: Vec<&str> = pairs.iter().map(|(sql, _)| *sql).collect();
    let sql = format!(
        "select city, window_start, window_end, {} from orders o group by city, tumble(ts, '1m')",
        list.join(", ")
    );
    same(&sql, &minutes.agg(pairs.iter().map(|(_, agg)| agg.clone()).collect::<Vec<_>>()));
}

#[test]
fn the_best_rows_of_each_window() {
    let by = "group by city, tumble(ts, '1m') qualify row_number() over (partition by window_start, window_end";
    let revenue = revenue();
    same(
        "select * from revenue qualify row_number() over (partition by window_start, window_end order by revenue desc) <= 3",
        &revenue.top(3).by("revenue"),
    );
    same(
        "select * from revenue qualify row_number() over (partition by city, window_start, window_end order by count) = 1",
        &revenue.bottom(1).per("city").by("count"),
    );
    same(
        &format!(
            "select city, window_start, window_end, sum(amount) as revenue, count(*) from orders {by} order by revenue desc) < 4"
        ),
        &revenue.top(3).by("revenue"),
    );
    same(
        &format!("select city, count(*) as orders from orders {by} order by sum(amount) desc) <= 3"),
        &orders()
            .group_by("city")
            .window(tumbling("1m"))
            .agg([count().alias("orders"), sum("amount")])
            .top(3)
            .by("amount_sum")
            .select(["city", "orders"]),
    );
}

#[test]
fn joins() {
    let (orders, payments, cities) = (orders(), payments(), cities());
    let join = "from orders o join payments p on o.order_id = p.order_id and";
    let paid = orders.join(&payments).on("order_id").within("5m", "1h");
    for times in [
        "p.paid_at between o.ts - interval '5' minute and o.ts + interval '1' hour",
        "o.ts between p.paid_at - interval '1' hour and p.paid_at + interval '5' minute",
        "(p.paid_at >= o.ts - interval '5' minute and o.ts + interval '1' hour >= p.paid_at)",
    ] {
        same(&format!("select * {join} {times}"), &paid);
    }
    let times = "p.paid_at >= o.ts and p.paid_at <= o.ts + interval '1' hour";
    let after = orders.join(&payments).on("order_id").left().within("0s", "1h");
    same(
        &format!(
            "select o.order_id, p.amount as paid, paid_at from orders o left join payments p on p.order_id = o.order_id and {times}"
        ),
        &after.select([col("order_id"), col("amount_right").alias("paid"), col("paid_at")]),
    );
    let placed = orders.join(&cities).left_on("city").right_on("name");
    same("select * from orders left join cities c on city = c.name", &placed.left().lookup());
    same(
        "select c.name, c.country, c.amount from orders join cities c on city = c.name where c.amount > 1",
        &placed.lookup().filter(col("amount_right").gt(1)).select([col("city"), col("country"), col("amount_right")]),
    );
    let windows = "select * from tumble(table orders, descriptor(ts), '1m') l join tumble(payments, paid_at, '1m') r
        on l.order_id = r.order_id and l.window_start = r.window_start and l.window_end = r.window_end";
    same(windows, &orders.join(&payments).on("order_id").window(tumbling("1m")));
    let twice = paid.join(&cities).left_on("city").right_on("name").suffix("_c").lookup();
    same(
        "select p.amount as paid, c.amount as people from orders o join payments p on o.order_id = p.order_id and p.paid_at
         between o.ts - interval '5' minute and o.ts + interval '1' hour join cities c on o.city = c.name",
        &twice.select([col("amount_right").alias("paid"), col("amount_c").alias("people")]),
    );
}

#[test]
fn sources_that_are_read_at_once() {
    same("select * from kafka('b:1', 'orders')", &kafka("b:1", "orders"));
    same(
        "select * from kafka('b:1', topic => 'orders', format => 'json', schema => 'city STRING, ts TIMESTAMP', event_time => 'ts', delay => interval '10' second) o where o.city = 'Oslo'",
        &kafka("b:1", "orders")
            .json()
            .schema("city STRING, ts TIMESTAMP")
            .event_time("ts", "10s")
            .filter(col("city").eq("Oslo")),
    );
    same("select * from files('data/*.parquet')", &files("data/*.parquet"));
}

#[test]
fn each_step_stands_where_it_was_written() {
    let sql = "SELECT city,\n  window_start, window_end, count(*)\nFROM kafka('b:1', 'o', event_time => 'ts', delay => '1s')\nWHERE amount > 0\nGROUP BY city, TUMBLE(ts, '1m')";
    let request = select(sql, TextPlace { cell: 7, lines_before: 1 }, &notebook()).unwrap();
    let places: Vec<(u32, u32, u32, u32)> =
        request.places.iter().map(|place| (place.node, place.cell, place.line, place.column)).collect();
    assert_eq!(places, [(0, 7, 4, 6), (1, 7, 4, 38), (2, 7, 5, 7), (3, 7, 6, 10)]);
    let of_orders =
        select("select * from orders where rate > 1", TextPlace { cell: 7, lines_before: 1 }, &notebook()).unwrap();
    let cells: Vec<u32> = of_orders.places.iter().map(|place| place.cell).collect();
    assert_eq!(cells, [0, 0, 7], "the steps of `orders` stand where they were written");
}

/// What is wrong with a statement, as a user reads it.
fn wrong(sql: &str) -> String {
    match select(sql, TextPlace::default(), &notebook()) {
        Err(fault) => format!("{}\n", fault.in_text(sql)),
        Ok(request) => panic!("`{sql}` is\n{}", request.plan),
    }
}

#[test]
fn what_a_plan_cannot_say_is_refused() {
    let minute = "group by city, tumble(ts, '1m')";
    let all = [
        "select * from orderz".to_owned(),
        "select 1".to_owned(),
        "select * from orders, payments".to_owned(),
        "select * from a.b".to_owned(),
        "select distinct city from orders".to_owned(),
        "select city from orders order by city".to_owned(),
        "select city from orders limit 3".to_owned(),
        "select * from revenue order by revenue desc limit 3".to_owned(),
        "select city from orders union select city from paid".to_owned(),
        "select city from orders except select city from paid".to_owned(),
        "insert into x select * from orders".to_owned(),
        "select * from orders; select * from paid".to_owned(),
        "select city, from orders where".to_owned(),
        "select sum(amount) from orders".to_owned(),
        "select city, count(*) from orders group by city".to_owned(),
        format!("select city, amount, count(*) from orders {minute}"),
        format!("select * from orders {minute}"),
        format!("select city from orders {minute}"),
        format!("select city, median(amount) from orders {minute}"),
        format!("select city, sum(amount) / count(*) from orders {minute}"),
        format!("select tumble(ts, '1m'), count(*) from orders {minute}"),
        format!("select tumble_start(ts, '1h'), count(*) from orders {minute}"),
        "select city, count(*) from orders group by city, tumble(order_id, '1m')".to_owned(),
        "select city, count(*) from orders group by city, tumble(ts)".to_owned(),
        "select city, count(*) from orders group by city, tumble(ts, interval '1' month)".to_owned(),
        "select city, count(*) from orders group by all".to_owned(),
        "select city from orders where sum(amount) > 1".to_owned(),
        "select *, row_number() over (order by ts) as n from orders".to_owned(),
        "select * from revenue qualify row_number() over (order by revenue) <= 3".to_owned(),
        "select * from revenue qualify rank() over (partition by window_start, window_end order by revenue) <= 3"
            .to_owned(),
        "select *, amount * 2 from orders".to_owned(),
        "select city, * from orders".to_owned(),
        "select 1 from orders".to_owned(),
        "select * from orders o join payments p on o.order_id = p.order_id".to_owned(),
        "select * from orders o join payments p on o.order_id = p.order_id and p.paid_at > o.ts".to_owned(),
        "select * from orders o join payments p on o.amount > p.amount".to_owned(),
        "select * from orders o join payments p on o.order_id = p.id".to_owned(),
        "select amount from orders o join cities c on o.city = c.name".to_owned(),
        "select c.name from orders o left join cities c on o.city = c.name".to_owned(),
        "select * from orders o full join cities c on o.city = c.name".to_owned(),
        "select * from orders cross join unnest(tags)".to_owned(),
        "select * from kafka('b:1')".to_owned(),
        "select * from kafka('b:1', 'o', event_time => 'ts')".to_owned(),
        "select * from kafka('b:1', 'o', partitions => 3)".to_owned(),
        "select * from fils('a.json')".to_owned(),
        "select * from tumble(table orders, descriptor(ts), '1m')".to_owned(),
    ];
    insta::assert_snapshot!(all.iter().map(|sql| wrong(sql)).collect::<Vec<_>>().join("\n"));
    let nobody = select("select * from orders", TextPlace::default(), &Notebook(Vec::new())).unwrap_err();
    insta::assert_snapshot!(nobody.in_text("select * from orders"), @r#"
    in SQL text: no pipeline `orders`
      select * from orders
                    ^
    hint: there is none yet: define one in a Rust cell, `let orders = kafka("localhost:9092", "orders").json();`, or read a topic at once, `FROM kafka('localhost:9092', 'orders')`
    "#);
}
