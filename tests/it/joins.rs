//! Joins over real Kafka, killed in the middle, and over files: the same rows; and a lookup that follows its table.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Received, Topic, broker};
use headwater_tests::{process, workspace};
use serde_json::{Value, json};

const ORDERS: u64 = 24_000;
/// An order may come so much later than one with a later time.
const DISORDER: &str = "5s";

/// When order `n` was made: one every 100 ms, up to four seconds out of order.
fn made(n: u64) -> u64 {
    n * 100 + (n * 7_919) % 4_000
}

/// When it is paid; three of ten never are, and some after the minute that counts.
fn paid(n: u64) -> Option<u64> {
    (n % 10 < 7).then(|| made(n) + (n * 104_729) % 90_000)
}

fn orders() -> Vec<Value> {
    (0..ORDERS).map(|n| json!({"id": n, "city": format!("city {}", n % 17), "made": made(n)})).collect()
}

fn payments() -> Vec<Value> {
    let mut payments: Vec<(u64, u64)> = (0..ORDERS).filter_map(|n| Some((paid(n)?, n))).collect();
    payments.sort_unstable();
    payments.into_iter().map(|(at, n)| json!({"order": n, "paid": at, "amount": n % 90})).collect()
}

/// Every order with its payment of the minute after it.
fn joined(orders: &Stream, payments: &Stream) -> Stream {
    let orders = orders.schema("id BIGINT, city STRING, made BIGINT").event_time("made", DISORDER);
    let payments = payments.schema("order BIGINT, paid BIGINT, amount BIGINT").event_time("paid", DISORDER);
    orders.join(&payments).left_on("id").right_on("order").left().within("0s", "1m")
}

/// The same by its meaning.
fn expected() -> BTreeSet<String> {
    let row = |n: u64| {
        let paid = paid(n).filter(|at| *at <= made(n) + 60_000);
        let amount = paid.map(|_| n % 90);
        json!({"id": n, "city": format!("city {}", n % 17), "made": made(n), "paid": paid, "amount": amount})
            .to_string()
    };
    (0..ORDERS).map(row).collect()
}

fn write(topic: &Topic, rows: &[Value]) {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    topic.write((0..).zip(&lines).map(|(n, line)| (n % topic.partitions, None, line.as_bytes())));
}

fn lines(path: PathBuf, rows: &[Value]) -> String {
    fs::write(&path, rows.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
    path.display().to_string()
}

fn texts(rows: &[Received]) -> Vec<String> {
    rows.iter().map(|row| row.json().to_string()).collect()
}

#[test]
fn killed_in_the_middle_a_join_of_two_topics_gives_every_row() {
    let folder = workspace::scratch("joins-killed");
    let (orders, payments) = (orders(), payments());
    let topics = [Topic::create("joins-orders", 3), Topic::create("joins-payments", 2)];
    let output = Topic::create("joins-paid", 2);
    let [left, right] = topics.each_ref().map(|topic| kafka(broker(), &topic.name).json());
    let exported = job::export(&folder, "job", &joined(&left, &right).to_kafka(broker(), &output.name).key("id"));
    job::set(&exported, "interval = \"10s\"", "interval = \"100ms\"");
    job::set(&exported, "# parallelism = 4", "parallelism = 4");
    let third = |rows: &[Value], part: usize| rows.chunks(rows.len().div_ceil(3)).nth(part).unwrap().to_vec();
    // Each time it goes on in another number of lanes.
    let lanes = [4, 3, 1, 2];
    for part in 0..3 {
        job::set(&exported, &format!("parallelism = {}", lanes[part]), &format!("parallelism = {}", lanes[part + 1]));
        write(&topics[0], &third(&orders, part));
        write(&topics[1], &third(&payments, part));
        let name = format!("killed-{part}");
        let running = Running::start_and_see_it_write(&folder, &name, &["run", "job"], &output);
        process::wait_for("a checkpoint", Duration::from_secs(60), || {
            let kept = fs::read_dir(exported.join("checkpoints")).ok()?.flatten();
            kept.map(|file| file.path()).find(|path| path.extension().is_some_and(|end| end == "checkpoint"))
        });
        running.kill();
    }
    job::set(&exported, "parallelism = 2", "parallelism = 5");
    let log = job::run(&folder, &["run", "job", "--until-end"]).expect_success();
    let written = texts(&output.read());
    let (got, expected) = (written.iter().cloned().collect::<BTreeSet<_>>(), expected());
    let wrong: Vec<_> = got.difference(&expected).take(3).collect();
    let missing: Vec<_> = expected.difference(&got).take(3).collect();
    assert!(wrong.is_empty() && missing.is_empty(), "wrong {wrong:?}, missing {missing:?}:\n{}", log.stderr);
    assert!(log.stderr.contains("restored="), "the last run went on from a checkpoint:\n{}", log.stderr);
}

#[test]
fn files_and_topics_give_the_same_join() {
    let folder = workspace::scratch("joins-files");
    let (orders, payments) = (orders(), payments());
    let paths = [lines(folder.join("orders.json"), &orders), lines(folder.join("payments.json"), &payments)];
    let [left, right] = paths.map(|path| files(path).json());
    let out = folder.join("out");
    job::export(&folder, "files", &joined(&left, &right).to_files(out.display().to_string()));
    job::run(&folder, &["run", "files", "--until-end"]).expect_success();
    let mut bounded: Vec<String> = job::rows_in(&out).iter().map(Value::to_string).collect();
    let topics = [Topic::create("joins-orders", 3), Topic::create("joins-payments", 2)];
    let output = Topic::create("joins-paid", 2);
    write(&topics[0], &orders);
    write(&topics[1], &payments);
    let [left, right] = topics.each_ref().map(|topic| kafka(broker(), &topic.name).json());
    job::export(&folder, "topics", &joined(&left, &right).to_kafka(broker(), &output.name));
    job::run(&folder, &["run", "topics", "--until-end"]).expect_success();
    let mut unbounded = texts(&output.read());
    bounded.sort();
    unbounded.sort();
    assert!(bounded == unbounded, "{} rows of files, {} of topics", bounded.len(), unbounded.len());
    assert_eq!(bounded, expected().into_iter().collect::<Vec<_>>());
}

#[test]
fn a_lookup_follows_its_table_and_survives_that_it_is_gone() {
    let folder = workspace::scratch("joins-lookup");
    let table = folder.join("countries.csv");
    fs::write(&table, "city,country\nRome,IT\nParis,FR\nParis,US\n").unwrap();
    let (input, output) = (Topic::create("joins-lookup", 2), Topic::create("joins-lookup-out", 1));
    let orders = kafka(broker(), &input.name).json().schema("city STRING, n BIGINT");
    let countries = files(table.display().to_string()).csv().schema("city STRING, country STRING");
    let placed = orders.join(&countries).on("city").left().refresh("100ms").lookup();
    let exported = job::export(&folder, "job", &placed.to_kafka(broker(), &output.name));
    job::set(&exported, "# parallelism = 4", "parallelism = 2");
    let order = |city: &str, n: u64| json!({"city": city, "n": n});
    let wait = |rows: usize| {
        process::wait_for("rows", Duration::from_secs(60), || (output.count() >= rows as u64).then_some(()))
    };
    write(&input, &[order("Rome", 1), order("Paris", 2), order("Oslo", 3)]);
    let mut running = Running::start(&folder, "lookup", &["run", "job"]);
    wait(4);
    fs::remove_file(&table).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    write(&input, &[order("Rome", 4)]);
    wait(5);
    let new = folder.join("new.csv");
    fs::write(&new, "city,country\nRome,IT\nOslo,NO\n").unwrap();
    fs::rename(&new, &table).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    write(&input, &[order("Oslo", 5), order("Paris", 6)]);
    wait(7);
    assert!(running.is_alive(), "{}", running.log());
    let (status, log) = running.stop();
    assert_eq!(status.code(), Some(0), "{log}");
    let mut rows = texts(&output.read());
    rows.sort();
    let row = |city: &str, n: u64, country: Option<&str>| json!({"city": city, "n": n, "country": country}).to_string();
    let mut expected = vec![
        row("Rome", 1, Some("IT")),
        row("Paris", 2, Some("FR")),
        row("Paris", 2, Some("US")),
        row("Oslo", 3, None),
        row("Rome", 4, Some("IT")),
        row("Oslo", 5, Some("NO")),
        row("Paris", 6, None),
    ];
    expected.sort();
    assert_eq!(rows, expected);
}
