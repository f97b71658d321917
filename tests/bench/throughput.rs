//! Events per CPU-second through a job: from a file and from Kafka into hourly windows, beside DuckDB on the same file.

use std::fs;

use headwater::prelude::*;
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{duck, flights, job};

use crate::figures::{cost, print_rate, section};

const EVENTS: usize = 1_000_000;

/// Measures and prints.
pub fn measure() {
    section("A job over 1,000,000 flights: hourly windows per origin, count, sum, min, max");
    let (parquet, json) = flights::files_of("bench-throughput", EVENTS);
    let folder = parquet.parent().expect("a file lies in a folder");
    let topic = Topic::create("bench-flights", 4);
    let text = fs::read_to_string(&json).expect("the file was just written");
    flights::replay(text.lines(), &topic);
    drop(text);

    let path = |file: &std::path::Path| file.display().to_string();
    let sources = [
        ("Parquet file to window", files(path(&parquet)).parquet()),
        ("JSON file to window", files(path(&json)).json()),
        ("Kafka to window", kafka(broker(), &topic.name).json()),
    ];
    for (number, (what, source)) in sources.iter().enumerate() {
        let name = format!("job-{number}");
        job::export(folder, &name, &flights::pipeline(source).to_files(path(&folder.join("out").join(&name))));
        let events = EVENTS as u64;
        print_rate(what, events, cost(|| drop(job::run(folder, &["run", &name, "--until-end"]).expect_success())));
    }
    let reads = [
        ("DuckDB, Parquet file", format!("'{}'", parquet.display())),
        (
            "DuckDB, JSON file",
            format!("read_json('{}', format='newline_delimited', columns={{{}}})", json.display(), COLUMNS),
        ),
    ];
    for (what, from) in reads {
        print_rate(what, EVENTS as u64, cost(|| drop(duck::rows(&hourly(&from)))));
    }
}

const COLUMNS: &str =
    "'date': 'TIMESTAMP', 'delay': 'BIGINT', 'distance': 'BIGINT', 'origin': 'VARCHAR', 'destination': 'VARCHAR'";

/// The same windows in SQL, summed up so that printing rows costs DuckDB nothing.
fn hourly(from: &str) -> String {
    format!(
        "select count(*) as windows, sum(flights) as flights, sum(total) as delay, min(least) as least, max(most) as most from (
           select origin, date_trunc('hour', \"date\") as hour, count(*) as flights, sum(delay) as total, min(delay) as least, max(delay) as most
           from {from} group by all)"
    )
}
