//! A group-by without a window: rows that change, into a topic that keeps the newest of each key, through real Kafka and a kill.

use std::collections::BTreeMap;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{process, workspace};
use serde_json::{Value, json};

const ORDERS: u64 = 30_000;

fn order(id: u64) -> String {
    format!(r#"{{"city":"city {}","amount":{},"ts":{}}}"#, id * id % 37, id % 11, 1_700_000_000_000_u64 + id * 50)
}

/// What a topic that keeps the newest record of each key would hold, key and value.
fn newest(topic: &Topic) -> BTreeMap<String, Value> {
    let keyed = topic.read().into_iter().map(|record| {
        let value = record.json();
        (record.key.expect("a changing row has a key"), value)
    });
    keyed.collect()
}

#[test]
fn the_newest_row_of_each_key_is_right_whatever_kills_the_job() {
    let folder = workspace::scratch("upsert");
    let [input, output] = [("upsert", 3), ("upsert-cities", 2)].map(|(name, parts)| Topic::create(name, parts));
    let orders = kafka(broker(), &input.name).json().schema("city STRING, amount BIGINT, ts BIGINT");
    let cities = orders.event_time("ts", "10m").group_by(["city"]).expire_after("7d").agg([count(), sum("amount")]);
    let exported = job::export(&folder, "job", &cities.to_kafka(broker(), &output.name).upsert());
    job::set(&exported, "interval = \"10s\"", "interval = \"100ms\"");
    job::set(&exported, "# parallelism = 4", "parallelism = 2");
    let write = |ids: std::ops::Range<u64>| {
        let values: Vec<String> = ids.clone().map(order).collect();
        input.write(ids.zip(&values).map(|(id, value)| ((id % 3) as u32, None, value.as_bytes())));
    };

    write(0..ORDERS / 2);
    let mut running = Running::start(&folder, "killed", &["run", "job"]);
    process::wait_for("rows of the job", Duration::from_secs(60), || {
        assert!(running.is_alive(), "the job ended:\n{}", running.log());
        (output.count() > 0).then_some(())
    });
    running.kill();
    write(ORDERS / 2..ORDERS);
    job::run(&folder, &["run", "job", "--until-end"]).expect_success();

    let mut expected: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for id in 0..ORDERS {
        let (count, sum) = expected.entry(format!(r#"{{"city":"city {}"}}"#, id * id % 37)).or_default();
        *count += 1;
        *sum += id % 11;
    }
    let expected: BTreeMap<String, Value> = expected
        .into_iter()
        .map(|(key, (count, sum))| {
            let city = serde_json::from_str::<Value>(&key).unwrap()["city"].clone();
            (key, json!({ "city": city, "count": count, "amount_sum": sum }))
        })
        .collect();
    assert_eq!(newest(&output), expected);
}
