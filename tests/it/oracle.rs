//! Queries that DuckDB answers too, over three million real flights and over Nexmark: the same rows, whoever is asked.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use headwater::prelude::*;
use headwater_tests::nexmark::Nexmark;
use headwater_tests::{flights, job};
use serde_json::Value;

/// Exports the pipeline, runs the job to the end of its files, and gives what it wrote.
fn job_rows(folder: &Path, name: &str, stream: &Stream) -> Vec<Value> {
    let out = folder.join("out").join(name);
    job::export(folder, name, &stream.to_files(out.display().to_string()));
    job::run(folder, &["run", name, "--until-end"]).expect_success();
    job::rows_in(&out)
}

/// Equal as multisets of rows; a fraction may differ in its last digits, because sums are made in another order.
fn assert_same(name: &str, got: Vec<Value>, expected: Vec<Value>) {
    let (got, expected) = (sorted(got), sorted(expected));
    for (place, (got, expected)) in got.iter().zip(&expected).enumerate() {
        assert!(same(got, expected), "{name}, row {place}:\n  got {got}\n  for {expected}");
    }
    assert_eq!(got.len(), expected.len(), "{name}: the number of rows");
    assert!(!expected.is_empty(), "{name}: no row proves nothing");
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by(|a, b| {
        let (a, b) = (a.as_object().unwrap(), b.as_object().unwrap());
        // Columns that are texts and integers first: fractions decide nothing.
        let keys = |value: &Value| !value.is_f64();
        let order = |key: &String| a[key].to_string().cmp(&b[key].to_string());
        let mut names: Vec<&String> = a.keys().filter(|key| keys(&a[*key])).collect();
        names.sort();
        names.into_iter().map(order).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    });
    rows
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Number(x), Value::Number(y)) => match (x.as_f64(), y.as_f64()) {
            (Some(x), Some(y)) => x == y || (x - y).abs() <= 1e-9 * x.abs().max(y.abs()),
            _ => x == y,
        },
        _ => a == b,
    }
}

/// Three million flights, up to half an hour out of order.
struct Flights {
    folder: PathBuf,
    parquet: PathBuf,
}

impl Flights {
    fn new() -> Flights {
        let parquet = flights::parquet_of("oracle-flights", 3_000_000);
        Flights { folder: parquet.parent().unwrap().to_path_buf(), parquet }
    }

    fn stream(&self) -> Stream {
        files(self.parquet.display().to_string())
            .parquet()
            .schema(flights::SCHEMA)
            .event_time("date", flights::DISORDER)
    }

    fn check(&self, name: &str, stream: &Stream, sql: &str) {
        let expected = headwater_tests::duck::rows(&sql.replace("FLIGHTS", &format!("'{}'", self.parquet.display())));
        assert_same(name, job_rows(&self.folder, name, stream), expected);
    }
}

#[test]
fn three_million_flights_are_counted_as_duckdb_counts_them() {
    let flights = Flights::new();
    flights.check(
        "tumbling",
        &flights.stream().group_by(["origin"]).window(tumbling("1h")).agg([
            count().alias("flights"),
            sum("delay").alias("delay"),
            min("delay").alias("least"),
            max("distance").alias("farthest"),
        ]),
        "select origin, date_trunc('hour', date) as window_start, date_trunc('hour', date) + interval 1 hour as window_end,
                count(*) as flights, sum(delay)::bigint as delay, min(delay) as least, max(distance) as farthest
         from FLIGHTS group by all",
    );
    flights.check(
        "offset",
        &flights
            .stream()
            .group_by(Vec::<String>::new())
            .window(tumbling("1d").offset("6h"))
            .agg([count().alias("flights"), mean("delay").alias("delay")]),
        "select time_bucket(interval 1 day, date, interval 6 hours) as window_start,
                time_bucket(interval 1 day, date, interval 6 hours) + interval 1 day as window_end,
                count(*) as flights, avg(delay) as delay
         from FLIGHTS group by all",
    );
    flights.check(
        "hopping",
        &flights.stream().filter(col("delay").gt(60)).group_by(["origin"]).window(hopping("2h", "30m")).agg([
            count().alias("late"),
            mean("delay").alias("delay"),
        ]),
        "select origin, start as window_start, start + interval 2 hours as window_end, count(*) as late, avg(delay) as delay
         from (select *, unnest([time_bucket(interval 30 minutes, date) - to_minutes(30 * k) for k in range(4)]) as start
               from FLIGHTS where delay > 60)
         group by all",
    );
    flights.check(
        "cumulating",
        &flights.stream().group_by(["destination"]).window(cumulating("1d", "6h")).agg([
            count().alias("flights"),
            max("delay").alias("worst"),
        ]),
        "select destination, date_trunc('day', date) as window_start, date_trunc('day', date) + to_hours(6 * step) as window_end,
                count(*) as flights, max(delay) as worst
         from (select *, unnest(range(hour(date) // 6 + 1, 5)) as step from FLIGHTS) group by all",
    );
    flights.check(
        "sessions",
        &flights
            .stream()
            .filter(col("distance").gt(2_000))
            .group_by(["origin", "destination"])
            .window(session("3h"))
            .agg([count().alias("flights"), sum("distance").alias("distance")]),
        "with apart as (select *, date - lag(date) over w > interval 3 hours as new from FLIGHTS where distance > 2000
                        window w as (partition by origin, destination order by date)),
              numbered as (select *, count(*) filter (where new) over (partition by origin, destination order by date
                                                                      rows unbounded preceding) as session from apart)
         select origin, destination, min(date) as window_start, max(date) + interval 3 hours as window_end,
                count(*) as flights, sum(distance)::bigint as distance
         from numbered group by origin, destination, session",
    );
    flights.check(
        "distinct",
        &flights.stream().group_by(["origin"]).window(tumbling("1d")).agg([
            count_distinct("destination").alias("destinations"),
            count_of("delay").alias("known"),
        ]),
        "select origin, date_trunc('day', date) as window_start, date_trunc('day', date) + interval 1 day as window_end,
                count(distinct destination) as destinations, count(delay) as known
         from FLIGHTS group by all",
    );
    flights.check(
        "top",
        &flights
            .stream()
            .group_by(["origin"])
            .window(tumbling("1d"))
            .agg([count().alias("flights")])
            .top(3)
            .by("flights"),
        "select origin, window_start, window_start + interval 1 day as window_end, flights
         from (select origin, date_trunc('day', date) as window_start, count(*) as flights from FLIGHTS group by all)
         qualify row_number() over (partition by window_start order by flights desc, origin) <= 3",
    );
    flights.check(
        "unique",
        &flights.stream().select(["date", "origin"]).unique(["origin"]).within("20d"),
        "with recursive kept as (
           select origin, min(date) as date from FLIGHTS group by origin
           union all
           select kept.origin, (select min(date) from FLIGHTS as next where next.origin = kept.origin
                                                                       and next.date >= kept.date + interval 20 day) as date
           from kept where date is not null)
         select date, origin from kept where date is not null",
    );
    let regions = flights.folder.join("regions.csv");
    headwater_tests::duck::rows(&format!(
        "copy (select origin as airport, 'region ' || (hash(origin) % 9) as region, count(*) as flights
               from '{}' where hash(origin) % 5 > 0 group by origin) to '{}' (header)",
        flights.parquet.display(),
        regions.display()
    ));
    let table = files(regions.display().to_string()).csv().schema("airport STRING, region STRING, flights BIGINT");
    flights.check(
        "lookup",
        &flights
            .stream()
            .filter(col("delay").gt(180))
            .join(&table)
            .left_on("origin")
            .right_on("airport")
            .left()
            .lookup()
            .group_by(["region"])
            .window(tumbling("1d"))
            .agg([count().alias("late"), max("flights").alias("largest")]),
        &format!(
            "select region, date_trunc('day', date) as window_start, date_trunc('day', date) + interval 1 day as window_end,
                    count(*) as late, max(flights) as largest
             from FLIGHTS left join '{}' as table_of on origin = airport where delay > 180 group by all",
            regions.display()
        ),
    );
    let far = flights.stream().filter(col("distance").gt(2_500));
    flights.check(
        "connections",
        &far.select(["date", "origin", "destination"])
            .join(far.select(["date", "origin", "destination"]))
            .left_on("destination")
            .right_on("origin")
            .left()
            .suffix("_next")
            .within("0s", "20m"),
        "with far as (select * from FLIGHTS where distance > 2500)
         select far.date as date, far.origin as origin, far.destination as destination, next.date as date_next,
                next.destination as destination_next
         from far left join far as next on next.origin = far.destination and next.date between far.date and far.date + interval 20 minutes",
    );
    flights.check(
        "union",
        &flights
            .stream()
            .filter(col("delay").gt(120))
            .with_columns([lit("late").alias("kind")])
            .union(flights.stream().filter(col("delay").lt(-30)).with_columns([lit("early").alias("kind")]))
            .group_by(["kind", "origin"])
            .window(tumbling("1d"))
            .agg([count().alias("flights"), sum("delay").alias("delay")]),
        "select case when delay > 0 then 'late' else 'early' end as kind, origin, date_trunc('day', date) as window_start,
                date_trunc('day', date) + interval 1 day as window_end, count(*) as flights, sum(delay)::bigint as delay
         from FLIGHTS where delay > 120 or delay < -30 group by all",
    );
    flights.check(
        "expressions",
        &flights.stream().filter(col("delay").gt(1_000).or(col("delay").lt(-120))).select([
            col("date"),
            concat([col("origin").lower(), lit("-"), col("destination").substring(1, 2)]).alias("route"),
            (col("distance") / col("delay")).alias("speed"),
            when(col("delay").gt(0)).then("late").otherwise("early").alias("kind"),
            (col("distance") % 7).alias("rest"),
        ]),
        "select date, lower(origin) || '-' || substring(destination, 1, 2) as route, distance / delay as speed,
                case when delay > 0 then 'late' else 'early' end as kind, distance % 7 as rest
         from FLIGHTS where delay > 1000 or delay < -120",
    );
}

#[test]
fn nexmark_is_answered_as_duckdb_answers_it() {
    let nexmark = Nexmark::new("oracle-nexmark");
    let check = |name: &str, stream: &Stream, sql: &str| {
        assert_same(name, job_rows(nexmark.folder(), name, stream), nexmark.rows(sql));
    };
    check(
        "q1",
        &nexmark.bid().select([col("auction"), col("bidder"), (col("price") * 0.908).alias("price"), col("ts")]),
        "select auction, bidder, price::double * 0.908::double as price, ts from bid",
    );
    check(
        "q2",
        &nexmark.bid().filter((col("auction") % 123).eq(0)).select(["auction", "price"]),
        "select auction, price from bid where auction % 123 = 0",
    );
    check(
        "q3",
        &nexmark
            .auction()
            .filter(col("category").eq(10))
            .join(nexmark.person().filter(col("state").is_in(["OR", "ID", "CA"])))
            .left_on("seller")
            .right_on("id")
            .within("20m", "20m")
            .select(["name", "city", "state", "id"]),
        "select name, city, state, auction.id as id from auction join person on auction.seller = person.id
         where category = 10 and state in ('OR', 'ID', 'CA')",
    );
    check(
        "q7",
        &nexmark
            .bid()
            .group_by(["auction", "bidder", "price", "ts"])
            .window(tumbling("10s"))
            .agg([count().alias("bids")])
            .top(1)
            .by("price"),
        "select auction, bidder, price, ts, time_bucket(interval 10 seconds, ts) as window_start,
                time_bucket(interval 10 seconds, ts) + interval 10 seconds as window_end, count(*) as bids
         from bid group by auction, bidder, price, ts
         qualify row_number() over (partition by time_bucket(interval 10 seconds, ts) order by price desc, auction, bidder, ts) = 1",
    );
    check(
        "q8",
        &nexmark
            .person()
            .select(["id", "name", "ts"])
            .join(nexmark.auction().select([col("seller"), col("item"), col("ts")]))
            .left_on("id")
            .right_on("seller")
            .window(tumbling("10s"))
            .select(["id", "name", "item", "window_start"]),
        "select person.id as id, name, item, time_bucket(interval 10 seconds, person.ts) as window_start
         from person join auction on person.id = auction.seller
                                 and time_bucket(interval 10 seconds, person.ts) = time_bucket(interval 10 seconds, auction.ts)",
    );
    check(
        "q5",
        &nexmark
            .bid()
            .group_by(["auction"])
            .window(hopping("10s", "2s"))
            .agg([count().alias("bids")])
            .top(1)
            .by("bids"),
        "select auction, start as window_start, start + interval 10 seconds as window_end, count(*) as bids
         from (select *, unnest([time_bucket(interval 2 seconds, ts) - to_seconds(2 * k) for k in range(5)]) as start from bid)
         group by auction, start
         qualify row_number() over (partition by start order by count(*) desc, auction) = 1",
    );
    check(
        "q11",
        &nexmark.bid().group_by(["bidder"]).window(session("10s")).agg([count().alias("bids")]),
        "with apart as (select *, ts - lag(ts) over (partition by bidder order by ts) > interval 10 seconds as new from bid),
              numbered as (select *, count(*) filter (where new) over (partition by bidder order by ts rows unbounded preceding)
                             as session from apart)
         select bidder, min(ts) as window_start, max(ts) + interval 10 seconds as window_end, count(*) as bids
         from numbered group by bidder, session",
    );
    check(
        "q12",
        &nexmark.bid().group_by(["bidder"]).window(tumbling("10s")).agg([count().alias("bids")]),
        "select bidder, time_bucket(interval 10 seconds, ts) as window_start,
                time_bucket(interval 10 seconds, ts) + interval 10 seconds as window_end, count(*) as bids
         from bid group by all",
    );
}

#[test]
fn left_joins_and_side_inputs_of_nexmark_are_answered_as_duckdb_answers_them() {
    let nexmark = Nexmark::new("oracle-nexmark-joins");
    let check = |name: &str, stream: &Stream, sql: &str| {
        assert_same(name, job_rows(nexmark.folder(), name, stream), nexmark.rows(sql));
    };
    check(
        "q13",
        &nexmark
            .bid()
            .filter(col("price").lt(5_000))
            .join(
                files(nexmark.folder().join("person.json").display().to_string())
                    .json()
                    .schema("id BIGINT, state STRING"),
            )
            .left_on("bidder")
            .right_on("id")
            .lookup()
            .select(["auction", "bidder", "price", "state"]),
        "select auction, bidder, price, state from bid join person on bidder = person.id where price < 5000",
    );
    check(
        "left",
        &nexmark
            .auction()
            .join(nexmark.bid())
            .left_on("id")
            .right_on("auction")
            .left()
            .within("1s", "500ms")
            .select(["id", "ts", "ts_right", "price"]),
        "select id, auction.ts, bid.ts as ts_right, price
         from auction left join bid on auction.id = bid.auction
                                       and bid.ts between auction.ts - interval 1 second and auction.ts + interval 500 milliseconds",
    );
    check(
        "left-hopping",
        &nexmark
            .person()
            .join(nexmark.auction())
            .left_on("id")
            .right_on("seller")
            .left()
            .window(hopping("2s", "1s"))
            .select(["id", "item", "window_start"]),
        "with p as (select *, unnest([time_bucket(interval 1 second, ts), time_bucket(interval 1 second, ts) - interval 1 second]) as start
                    from person),
              a as (select *, unnest([time_bucket(interval 1 second, ts), time_bucket(interval 1 second, ts) - interval 1 second]) as start
                    from auction)
         select p.id, item, p.start as window_start from p left join a on p.id = a.seller and p.start = a.start",
    );
}
