//! Each fix of a key report is put into a pipeline, the pipeline runs in as many lanes as there are workers, and what came to each lane is
//! counted: what was foretold from a sample of 20,000 rows is what happens to all of them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use headwater::prelude::*;
use headwater_exec::sinks::DeadLetterPolicy;
use headwater_exec::{Cancel, JobSettings, Start, fingerprint};
use headwater_tests::{duck, job, workspace};
use serde_json::Value;

const ROWS: u64 = 400_000;
const WORKERS: usize = 32;
/// A row a millisecond: a window of so many is what the report calls a flush of so many rows.
const FLUSH: &str = "5s";

/// A file of rows with an id, a millisecond each, and these columns.
fn table(folder: &Path, columns: &str, from: &str) -> PathBuf {
    let file = folder.join("rows.parquet");
    duck::rows(&format!(
        "copy (select id, epoch_ms(1700000000000 + id) as ts, {columns} from {from} where id < {ROWS} order by id)
         to '{}' (format parquet)",
        file.display()
    ));
    file
}

/// Of every thousand rows so many from the first city, the others by Zipf's law; three hundred shops.
fn cities(folder: &Path, first: u32, name: &str) -> PathBuf {
    let zipf = "'c' || floor(exp((hash(id) % 1000003 / 1000003.0) * ln(20000)))::bigint";
    let columns = format!(
        "case when hash(id + 77) % 1000 < {first} then {name} else {zipf} end as city, 's' || (hash(id + 5) % 300) as shop"
    );
    table(folder, &columns, &format!("(select unnest(range({ROWS})) as id)"))
}

fn rows(file: &Path, schema: &str) -> Stream {
    files(file.display().to_string())
        .parquet()
        .schema(format!("id BIGINT, ts TIMESTAMP, {schema}"))
        .event_time("ts", "0s")
}

/// What is said of a key of a sample of the file.
fn report(file: &Path, key: &str) -> Value {
    let workers = WORKERS.to_string();
    let folder = file.parent().expect("a file lies in a folder");
    let args = ["profile", "rows.parquet", "--key", key, "-p", &workers, "--json"];
    let said: Value = serde_json::from_str(&job::run(folder, &args).expect_success().stdout).expect("JSON");
    assert_eq!((&said["sample"]["records"], &said["keys"][0]["verdict"]), (&20_000.into(), &"will_straggle".into()));
    said["keys"][0].clone()
}

/// Runs the pipeline in so many lanes; gives what the busiest lane got, as a multiple of the mean.
fn found(folder: &Path, rows: &Stream, keys: &[&str], agg: Agg, lanes: usize) -> f64 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let scratch = folder.join(format!("run-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let grouped = rows.group_by(keys.to_vec()).window(tumbling(FLUSH)).agg([agg]);
    let sink = grouped.to_files(scratch.join("out").display().to_string());
    assert_eq!(sink.mistakes(), []);
    let plan = sink.plan().with_sql_read().expect("SQL text of the report");
    let settings = JobSettings {
        fingerprint: fingerprint(&plan),
        plan,
        start: Start::Earliest,
        until_end: true,
        checkpoint_dir: scratch.join("checkpoints"),
        checkpoint_interval: Duration::from_secs(3_600),
        dead_letters: DeadLetterPolicy::Stop,
        late: None,
        parallelism: Some(lanes),
        memory_limit: None,
        tap: None,
    };
    let status = headwater_exec::run(&settings, &Cancel::new(), &mut |_| ()).expect("the job runs").status;
    let step = status.steps.iter().find(|step| step.name == "group_by").expect("a group-by");
    assert_eq!((status.records, step.lanes.len(), status.late), (ROWS, lanes, 0), "{step:?}");
    step.straggler().expect("rows were exchanged")
}

/// Rows of a key all have to come to its lane.
fn all_rows() -> Agg {
    count_distinct("id")
}

/// The names in `.group_by(["origin", "destination"])`.
fn names(code: &str) -> Vec<&str> {
    let line = code.lines().find_map(|line| line.strip_prefix(".group_by([")).expect("a group-by");
    let names = line.split_once("])").expect("its end").0;
    names.split(", ").map(|name| name.trim_matches('"')).collect()
}

/// The SQL text in `expr("…")`, as Rust reads it: a line that ends with a backslash goes on with the next one's first word.
fn sql(code: &str) -> String {
    let text = code.split_once("expr(\"").and_then(|(_, rest)| rest.split_once("\").alias(")).expect("SQL text").0;
    assert!(!text.contains("\\\"") && !text.contains("\\u"), "no other escapes: {text}");
    text.split("\\\n").map(str::trim_start).collect()
}

/// Puts the fix into the pipeline, and gives what is left of the skew.
fn applied(folder: &Path, rows: &Stream, key: &str, fix: &Value) -> f64 {
    let code = fix["code"].as_str().expect("code");
    match fix["kind"].as_str().expect("a kind") {
        "filter_sentinel" => {
            assert_eq!(code, ".filter(col(\"city\").is_not_null())");
            found(folder, &rows.filter(col("city").is_not_null()), &[key], all_rows(), WORKERS)
        }
        "planned_salts" => {
            let salted = rows.with_columns([expr(sql(code)).alias("salt")]);
            found(folder, &salted, &names(code), all_rows(), WORKERS)
        }
        "two_stage" => {
            assert!(code.contains(".agg([count()])"), "{code}");
            found(folder, rows, &names(code), count(), WORKERS)
        }
        "fewer_workers" => {
            let lanes = code.split_once("parallelism = ").expect("a line of job.toml").1.parse().expect("a number");
            found(folder, rows, &[key], all_rows(), lanes)
        }
        "composite_key" | "other_key" => found(folder, rows, &names(code), all_rows(), WORKERS),
        other => panic!("{other} is not tried here"),
    }
}

/// Tries every fix of the report on a key; gives their kinds.
fn try_all(what: &str, file: &Path, schema: &str, key: &str) -> Vec<String> {
    let (folder, rows, report) = (file.parent().expect("a folder"), rows(file, schema), report(file, key));
    let close = |what: &str, foretold: &Value, found: f64| {
        let foretold = foretold.as_f64().expect("a factor");
        println!("{what}: {foretold:.2} foretold, {found:.2} found");
        assert!((foretold / found - 1.0).abs() <= 0.1, "{what}: {foretold:.2} foretold, {found:.2} found");
    };
    close(&format!("{what}, as it is"), &report["slots"]["factor"], found(folder, &rows, &[key], all_rows(), WORKERS));
    let fixes = report["fixes"].as_array().expect("fixes");
    fixes
        .iter()
        .map(|fix| {
            let title = fix["title"].as_str().expect("a title");
            close(&format!("{what}: {title}"), &fix["factor"], applied(folder, &rows, key, fix));
            fix["kind"].as_str().expect("a kind").to_owned()
        })
        .collect()
}

#[test]
fn a_hot_city_is_split_combined_or_keyed_otherwise_as_foretold() {
    let folder = workspace::scratch("fixes-hot");
    let file = cities(&folder, 200, "'New York'");
    let tried = try_all("hot city", &file, "city STRING, shop STRING", "city");
    for kind in ["planned_salts", "two_stage", "fewer_workers", "composite_key", "other_key"] {
        assert!(tried.iter().any(|own| own == kind), "{kind} is not among {tried:?}");
    }
}

#[test]
fn rows_without_a_city_are_left_out_as_foretold() {
    let folder = workspace::scratch("fixes-null");
    let file = cities(&folder, 300, "null");
    let tried = try_all("no city", &file, "city STRING, shop STRING", "city");
    assert!(tried.iter().any(|kind| kind == "filter_sentinel"), "{tried:?}");
}

#[test]
fn real_flights_are_spread_as_foretold() {
    let folder = workspace::scratch("fixes-flights");
    let flights = workspace::service("flights", "flights").join("flights-3m.parquet");
    let from = format!("(select *, row_number() over () - 1 as id from '{}')", flights.display());
    let file = table(&folder, "origin, destination", &from);
    let tried = try_all("flights", &file, "origin STRING, destination STRING", "origin");
    assert!(tried.iter().any(|kind| kind == "planned_salts"), "{tried:?}");
}
