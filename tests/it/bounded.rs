//! The same plans over the same records, from files and from real Kafka, in one lane and in two: the same rows.

use std::fs;
use std::path::Path;

use headwater::prelude::*;
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{job, workspace};
use serde_json::{Value, json};

const RECORDS: u64 = 12_000;
const PARTITIONS: u64 = 3;

/// One every 100 ms, up to four seconds out of order; every seventh has no city, every thirteenth no time, one city is hot.
fn record(n: u64) -> Value {
    let city = (n % 7 > 0).then(|| if n % 2 == 0 { "city 0".to_owned() } else { format!("city {}", n * n % 23) });
    let items: Vec<Value> =
        (0..n % 4).map(|at| json!({"sku": format!("sku {}", (n + at) % 9), "pieces": at + 1})).collect();
    json!({
        "id": n - n % 3, "ts": (n % 13 > 0).then(|| 1_700_000_000_000 + n * 100 + (n * 7_919) % 4_000), "city": city,
        "amount": (n % 11 > 0).then_some(n % 90), "items": items,
    })
}

/// The records as lines of one file a partition, and in a topic of as many partitions.
fn both(folder: &Path) -> [Stream; 2] {
    let topic = Topic::create("bounded", PARTITIONS as u32);
    let lines: Vec<String> = (0..RECORDS).map(|n| record(n).to_string()).collect();
    for partition in 0..PARTITIONS {
        let own = lines.iter().skip(partition as usize).step_by(PARTITIONS as usize);
        fs::write(
            folder.join(format!("part-{partition}.json")),
            own.map(|line| format!("{line}\n")).collect::<String>(),
        )
        .unwrap();
    }
    topic.write((0..).zip(&lines).map(|(n, line)| ((n % PARTITIONS) as u32, None, line.as_bytes())));
    let columns = "id BIGINT, ts BIGINT, city STRING, amount BIGINT, items ARRAY<STRUCT<sku STRING, pieces BIGINT>>";
    let sources = [files(folder.join("part-*.json").display().to_string()).json(), kafka(broker(), &topic.name).json()];
    sources.map(|source| source.schema(columns).event_time("ts", "10s"))
}

/// A plan of each operator, over a source and a table of files.
fn plans(rows: &Stream, table: &Stream) -> Vec<(&'static str, Stream)> {
    let by = |window| rows.group_by(["city"]).window(window);
    vec![
        (
            "tumbling",
            by(tumbling("1m")).agg([
                count(),
                count_of("amount"),
                sum("amount"),
                min("amount"),
                max("amount"),
                mean("amount"),
                first("amount"),
                last("amount"),
                count_distinct("id"),
                approx_count_distinct("id"),
                approx_quantile("amount", 0.9),
                top_values("amount", 3),
                collect("id", 5),
            ]),
        ),
        ("hopping", by(hopping("1m", "20s").offset("5s")).agg([count(), sum("amount")])),
        ("cumulating", by(cumulating("2m", "30s")).agg([count(), last("amount")])),
        (
            "session",
            rows.filter(col("amount").lt(20)).group_by(["city"]).window(session("2s")).agg([count(), first("id")]),
        ),
        ("unique", rows.drop(["items"]).unique(["id"]).within("1m")),
        ("top", by(tumbling("1m")).agg([sum("amount")]).top(3).by("amount_sum")),
        (
            "items",
            rows.explode("items")
                .unnest("items")
                .group_by(["sku"])
                .window(tumbling("1m"))
                .agg([count(), sum("pieces")]),
        ),
        ("union", rows.filter(col("amount").gt(60)).union(&rows.filter(col("amount").lt(80))).select(["id", "amount"])),
        ("lookup", rows.select(["id", "city"]).join(table).on("city").left().lookup()),
        (
            "interval",
            rows.filter((col("amount") % 5).eq(0))
                .select(["id", "ts", "city"])
                .join(rows.filter(col("amount").eq(7)).select(["ts", "city", "amount"]))
                .on("city")
                .left()
                .within("5s", "20s"),
        ),
        (
            "windowed",
            rows.filter(col("amount").lt(9))
                .select(["id", "ts", "city"])
                .join(rows.filter(col("amount").eq(7)).select(["ts", "city", "amount"]))
                .on("city")
                .left()
                .window(tumbling("10s")),
        ),
        (
            "rows",
            rows.expect("not too much", col("amount").lt(70))
                .with_columns([col("city").upper().alias("city"), (col("amount") / (col("id") % 4)).alias("share")])
                .cast([("id", "STRING")])
                .rename([("city", "place")])
                .select(["id", "place", "share"]),
        ),
    ]
}

#[test]
fn every_operator_gives_the_same_rows_from_files_and_from_kafka() {
    let folder = workspace::scratch("bounded");
    fs::write(folder.join("countries.csv"), "city,country\ncity 0,IT\ncity 1,FR\ncity 1,US\ncity 9,NO\n").unwrap();
    let countries =
        files(folder.join("countries.csv").display().to_string()).csv().schema("city STRING, country STRING");
    let [bounded, streamed] = both(&folder).map(|source| plans(&source, &countries));
    for ((name, of_files), (_, of_topic)) in bounded.iter().zip(&streamed) {
        let out = folder.join("out").join(name);
        job::export(&folder, &format!("{name}-files"), &of_files.to_files(out.display().to_string()));
        job::run(&folder, &["run", &format!("{name}-files"), "--until-end"]).expect_success();
        let output = Topic::create(&format!("bounded-{name}"), 2);
        let exported = job::export(&folder, &format!("{name}-topic"), &of_topic.to_kafka(broker(), &output.name));
        job::set(&exported, "# parallelism = 4", "parallelism = 2");
        job::run(&folder, &["run", &format!("{name}-topic"), "--until-end"]).expect_success();
        let mut expected: Vec<String> = job::rows_in(&out).iter().map(Value::to_string).collect();
        let mut got: Vec<String> = output.read().iter().map(|row| row.json().to_string()).collect();
        expected.sort();
        got.sort();
        assert!(expected.len() > 30, "{name}: {} rows prove little", expected.len());
        for (got, expected) in got.iter().zip(&expected) {
            assert_eq!(got, expected, "{name}");
        }
        assert_eq!(got.len(), expected.len(), "{name}: the number of rows");
    }
}
