//! Real data: flights of January 2001, as JSON records and as Parquet, with a disorder that is always the same.

use std::path::PathBuf;

use headwater::prelude::{Stream, count, max, min, sum, tumbling};
use serde_json::Value;

use crate::kafka::Topic;
use crate::{duck, workspace};

/// How many flights are used: those of the first days of 2001.
pub const FLIGHTS: usize = 220_000;

/// The event time of a flight comes at most this much later than that of a flight before it.
pub const DISORDER: &str = "30m";

/// The schema of a flight.
pub const SCHEMA: &str = "date TIMESTAMP, delay BIGINT, distance BIGINT, origin STRING, destination STRING";

/// [`FLIGHTS`] flights in files of the scratch folder `name`; see [`files_of`].
///
/// # Panics
/// When DuckDB or the disk refuses.
pub fn files(name: &str) -> (PathBuf, PathBuf) {
    files_of(name, FLIGHTS)
}

/// The first `rows` flights of 2001 in arrival order: `flights.parquet`, and `flights.json` with one record a line.
///
/// # Panics
/// When DuckDB or the disk refuses.
pub fn files_of(name: &str, rows: usize) -> (PathBuf, PathBuf) {
    let folder = workspace::scratch(name);
    let (parquet, json) = (folder.join("flights.parquet"), folder.join("flights.json"));
    arrive(
        rows,
        &format!(
            "copy arrived to '{}' (format parquet);
         copy arrived to '{}' (format json, timestampformat '%Y-%m-%dT%H:%M:%S.%gZ')",
            parquet.display(),
            json.display()
        ),
    );
    (parquet, json)
}

/// The first `rows` flights of 2001 in arrival order, as Parquet alone.
///
/// # Panics
/// When DuckDB or the disk refuses.
pub fn parquet_of(name: &str, rows: usize) -> PathBuf {
    let parquet = workspace::scratch(name).join("flights.parquet");
    arrive(rows, &format!("copy arrived to '{}' (format parquet)", parquet.display()));
    parquet
}

/// Runs `copy` on the first flights as they arrive: each up to half an hour late, by a hash of its row. That is the order of a real feed,
/// the same on every run.
fn arrive(rows: usize, copy: &str) {
    let source = workspace::service("flights", "flights").join("flights-3m.parquet");
    duck::rows(&format!(
        "create temp table arrived as
           select \"date\", delay, distance, origin, destination
           from (select *, row_number() over () as place from '{}' limit {rows})
           order by \"date\" + to_seconds((hash(place) % 1800)::bigint), place;
         {copy}",
        source.display(),
    ));
}

/// DuckDB's answer: per origin and hour, how many flights, and the sum, least and greatest delay; ordered by hour and origin.
///
/// # Panics
/// When DuckDB refuses.
pub fn hourly(parquet: &std::path::Path) -> Vec<Value> {
    duck::rows(&format!(
        "select origin, date_trunc('hour', \"date\") as window_start,
                date_trunc('hour', \"date\") + interval 1 hour as window_end,
                count(*) as flights, sum(delay)::bigint as delay_sum, min(delay) as delay_min, max(delay) as delay_max
         from '{}' group by all order by window_start, origin",
        parquet.display()
    ))
}

/// The pipeline whose answer is [`hourly`]; `flights` is a source of them with its format.
pub fn pipeline(flights: &Stream) -> Stream {
    flights.schema(SCHEMA).event_time("date", DISORDER).group_by(["origin"]).window(tumbling("1h")).agg([
        count().alias("flights"),
        sum("delay").alias("delay_sum"),
        min("delay").alias("delay_min"),
        max("delay").alias("delay_max"),
    ])
}

/// Writes lines of JSON to a topic, keyed and spread over its partitions by the airport of origin, which keeps their order.
///
/// # Panics
/// When Kafka refuses, or a line is no flight.
pub fn replay<'a>(lines: impl IntoIterator<Item = &'a str>, topic: &Topic) {
    topic.write(lines.into_iter().map(|line| {
        let (_, after) = line.split_once("\"origin\":\"").expect("a flight has an origin");
        let origin = after.split('"').next().expect("a string ends").as_bytes();
        let partition = origin.iter().map(|byte| u32::from(*byte)).sum::<u32>() % topic.partitions;
        (partition, Some(origin), line.as_bytes())
    }));
}

/// Rows of the pipeline in the order of [`hourly`].
pub fn ordered(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(|row| (row["window_start"].to_string(), row["origin"].to_string()));
    rows
}
