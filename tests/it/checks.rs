//! Checks and key contracts of a plan, through real Kafka: what breaks them is kept, what they say is served, and a kill loses nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::metrics::Metrics;
use headwater_tests::{process, workspace};

const ORDERS: u64 = 20_000;
const LIMIT: Duration = Duration::from_secs(60);

/// An order: every 17th costs less than nothing, every 5th is from New York.
fn order(id: u64) -> String {
    let amount = if id.is_multiple_of(17) { -1 } else { 20 };
    let city = if id.is_multiple_of(5) { "New York".to_owned() } else { format!("city {}", id % 391) };
    format!(r#"{{"id":{id},"city":"{city}","amount":{amount},"ts":{}}}"#, 1_700_000_000_000_u64 + id * 100)
}

fn orders(ids: impl Iterator<Item = u64>, topic: &Topic) {
    let values: Vec<String> = ids.map(order).collect();
    topic.write((0..).zip(&values).map(|(n, value)| (n % 4, None, value.as_bytes())));
}

fn source(topic: &Topic) -> Stream {
    kafka(broker(), &topic.name).json().schema("id BIGINT, city STRING, amount BIGINT, ts BIGINT")
}

fn ids<'a>(rows: impl IntoIterator<Item = &'a str>) -> Vec<u64> {
    let id = |row: &str| serde_json::from_str::<serde_json::Value>(row).unwrap()["id"].as_u64().unwrap();
    rows.into_iter().map(id).collect()
}

fn rows(topic: &Topic) -> BTreeSet<u64> {
    let texts: Vec<String> = topic.read().into_iter().map(|row| row.json().to_string()).collect();
    ids(texts.iter().map(String::as_str)).into_iter().collect()
}

#[test]
fn every_row_is_either_written_or_a_dead_letter_whatever_kills_the_job() {
    let folder = workspace::scratch("checks");
    let [input, output, dead] =
        [("checks", 4), ("checks-paid", 2), ("checks-dead", 1)].map(|(name, parts)| Topic::create(name, parts));
    let paid = source(&input).expect("amount is positive", col("amount").gt(0));
    let written = paid.select(["id"]).to_kafka(broker(), &output.name).dead_letters_to_topic(dead.name.as_str());
    let exported = job::export(&folder, "job", &written);
    job::set(&exported, "interval = \"10s\"", "interval = \"100ms\"");

    orders(0..ORDERS / 2, &input);
    let mut running = Running::start(&folder, "killed", &["run", "job"]);
    process::wait_for("dead letters of the job", LIMIT, || {
        assert!(running.is_alive(), "the job ended:\n{}", running.log());
        (dead.count() > 0).then_some(())
    });
    running.kill();
    orders(ORDERS / 2..ORDERS, &input);
    job::run(&folder, &["run", "job", "--until-end"]).expect_success();

    let bad: BTreeSet<u64> = (0..ORDERS).filter(|id| id.is_multiple_of(17)).collect();
    let good: BTreeSet<u64> = (0..ORDERS).filter(|id| !id.is_multiple_of(17)).collect();
    assert_eq!(rows(&output), good);
    assert_eq!(rows(&dead), bad, "a dead letter is the whole row, also of columns that the job writes nowhere");
    let letter = dead.read().into_iter().next().unwrap();
    let mut columns: Vec<String> = letter.json().as_object().unwrap().keys().cloned().collect();
    columns.sort();
    assert_eq!(columns, ["amount", "city", "id", "ts"]);
}

#[test]
fn a_preview_gives_the_verdicts_and_its_exit_code_is_for_ci() {
    let folder = workspace::scratch("checks-preview");
    let input = Topic::create("checks-preview", 4);
    orders(0..ORDERS, &input);
    let checked = source(&input)
        .expect("city is known", col("city").is_not_null())
        .expect_rate("refunds", col("amount").lt(0))
        .at_most(0.1)
        .expect_key("city")
        .keys_at_least(300);
    job::export(&folder, "kept", &checked.print());
    let kept = job::run(&folder, &["preview", "kept", "--sample", "100000"]).expect_success();
    insta::assert_snapshot!("verdicts_that_pass", verdicts(&kept.stderr));
    let broken = checked
        .expect("amount is positive", col("amount").gt(0))
        .or_keep()
        .expect_rate("paid", col("amount").gt(0))
        .at_least(0.99)
        .expect_key("city")
        .top_share_below(0.1)
        .straggler_below(64, 2.0);
    job::export(&folder, "broken", &broken.print());
    let broken = job::run(&folder, &["preview", "broken", "--sample", "100000"]);
    let broken = broken.expect_failure(3, &["checks failed", "amount is positive", "New York"]);
    insta::assert_snapshot!("verdicts_that_fail", verdicts(&broken.stderr));
}

/// What is said of checks: from the first verdict on.
fn verdicts(text: &str) -> &str {
    let begin = ["● pass", "▲ fail", "○ need"].iter().filter_map(|mark| text.find(mark)).min();
    &text[begin.expect("a verdict")..]
}

#[test]
fn a_check_can_stop_the_job_and_says_which_row_it_was() {
    let folder = workspace::scratch("checks-stop");
    let input = Topic::create("checks-stop", 1);
    let values: Vec<String> = (1..40).map(order).collect();
    input.write(values.iter().map(|value| (0, None, value.as_bytes())));
    let strict = source(&input).expect("amount is positive", col("amount").gt(0)).or_stop();
    job::export(&folder, "job", &strict.to_files(folder.join("out").display().to_string()));
    job::run(&folder, &["run", "job", "--until-end"])
        .expect_failure(2, &["amount is positive", r#"{"id":17,"city":"city 17","amount":-1"#, "or_stop"]);
}

#[test]
fn a_running_job_serves_its_checks_and_the_skew_of_its_keys() {
    let folder = workspace::scratch("checks-metrics");
    let input = Topic::create("checks-metrics", 4);
    orders(0..ORDERS, &input);
    let counts = source(&input)
        .event_time("ts", "10s")
        .expect("amount is positive", col("amount").gt(0))
        .group_by(["city"])
        .window(tumbling("1m"))
        .agg([count()]);
    let exported = job::export(&folder, "job", &counts.to_files(folder.join("out").display().to_string()));
    let metrics = Metrics::of(&exported);
    job::set(&exported, "# count = \"keys\"", "count = \"keys\"");
    job::set(&exported, "# workers = [8, 64]", "workers = [4]");
    let mut running = Running::start(&folder, "metrics", &["run", "job"]);
    let served = process::wait_for("metrics of the whole topic", LIMIT, || {
        assert!(running.is_alive(), "the job ended:\n{}", running.log());
        metrics.read().filter(|served| served.value("headwater_records_total", "") == Some(ORDERS as f64))
    });
    let bad = (0..ORDERS).filter(|id| id.is_multiple_of(17)).count() as f64;
    let good = ORDERS as f64 - bad;
    assert_eq!(served.value("headwater_rejected_rows_total", ""), Some(bad), "{served:?}");
    assert_eq!(served.value("headwater_check_failing", "amount is positive"), Some(1.0), "{served:?}");
    assert_eq!(served.value("headwater_key_rows_total", "key=\"city\""), Some(good), "{served:?}");
    let new_york = (0..ORDERS).filter(|id| id.is_multiple_of(5) && !id.is_multiple_of(17)).count() as f64;
    assert_eq!(served.value("headwater_key_top_share", "city"), Some(new_york / good), "{served:?}");
    let keys: BTreeSet<String> = (0..ORDERS)
        .filter(|id| !id.is_multiple_of(17))
        .map(|id| if id.is_multiple_of(5) { "New York".into() } else { format!("city {}", id % 391) })
        .collect();
    let distinct = served.value("headwater_key_distinct", "city").unwrap();
    assert!((distinct / keys.len() as f64 - 1.0).abs() < 0.05, "{distinct} of {}", keys.len());
    assert!(served.value("headwater_key_straggler_factor", "workers=\"4\"").unwrap() > 1.0, "{served:?}");
    assert!(!served.text.contains("New York"), "keys are named only when asked for:\n{served:?}");
    let (status, log) = running.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("A check fails: amount is positive"), "{log}");
}

#[test]
fn a_row_from_the_future_is_a_dead_letter_and_makes_no_other_late() {
    let folder = workspace::scratch("checks-future");
    let rows = ["2026-01-01T00:00:01", "2199-01-01T00:00:00", "2026-01-01T00:00:02"];
    let lines = rows.map(|ts| format!("{{\"ts\":\"{ts}\"}}\n")).concat();
    std::fs::write(folder.join("rows.json"), lines).unwrap();
    let rows =
        files(folder.join("rows.json").display().to_string()).json().schema("ts TIMESTAMP").event_time("ts", "0s");
    let counts = rows.group_by(Vec::<String>::new()).window(tumbling("1m")).agg([count()]);
    let out = folder.join("out");
    job::export(&folder, "job", &counts.to_files(out.display().to_string()));
    let seen = job::run(&folder, &["preview", "job"]).expect_success();
    assert!(seen.stderr.contains("0 rows put aside by checks, 0 late, 1 from the future"), "{}", seen.stderr);
    assert!(seen.stdout.contains(r#""count":2"#), "{}", seen.stdout);
    job::run(&folder, &["run", "job", "--until-end"]).expect_success();
    let dead = std::fs::read_to_string(folder.join("job/dead-letters.json")).unwrap();
    assert!(dead.lines().count() == 1 && dead.contains("too far ahead to be true (step 2, `event_time`)"), "{dead}");
}
