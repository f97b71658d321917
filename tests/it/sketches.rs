//! The numbers of a shape report against exact ones: DuckDB's on 3,000,000 flights.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use headwater::prelude::*;
use headwater_exec::sources::Polled;
use headwater_exec::{Start, open_source};
use headwater_profile::{Detail, Rows, ShapeBuilder, ShapeInput, ShapeReport};
use headwater_tests::{duck, workspace};
use serde_json::Value;

const SCHEMA: &str = "date TIMESTAMP, delay BIGINT, distance BIGINT, origin STRING, destination STRING, route STRING, visitor STRING, fare DOUBLE";

/// Flights with three columns of many different values: routes, visitors by a power law, and fares that hardly repeat.
fn flights(name: &str) -> PathBuf {
    let source = workspace::service("flights", "flights").join("flights-3m.parquet");
    let parquet = workspace::scratch(name).join("flights.parquet");
    duck::rows(&format!(
        "copy (select \"date\", delay, distance, origin, destination, origin || '-' || destination as route,
                      'v' || (power(hash(place) % 1000003 / 1000003.0, 4) * 400000)::bigint as visitor,
                      exp(3 + (hash(place + 7) % 1000003) / 400000.0) as fare
               from (select *, row_number() over () as place from '{}') order by place)
         to '{}' (format parquet)",
        source.display(),
        parquet.display()
    ));
    parquet
}

/// The report on every row of a file, batch by batch.
fn profile(parquet: &Path) -> ShapeReport {
    let plan = files(parquet.to_str().unwrap()).parquet().schema(SCHEMA).plan();
    let mut reader = open_source(plan.source(), &Start::Earliest, true, None).expect("the file can be read");
    let mut builder = ShapeBuilder::new(&ShapeInput {
        name: "flights".into(),
        sample: "all rows".into(),
        representative: true,
        redact: false,
        newest_ms: None,
        partitions: Vec::new(),
        failures: 0,
        failure_examples: Vec::new(),
        rows: Rows::Json(Vec::new()),
    });
    loop {
        match reader.poll(Duration::from_secs(10)).expect("the file can be read") {
            Polled::Batch(batch) => {
                let names: Vec<&str> = SCHEMA.split(", ").filter_map(|field| field.split(' ').next()).collect();
                builder.push_frame(&batch.frame.select(names).expect("the columns of the schema"));
            }
            Polled::Nothing => {}
            Polled::End => return builder.finish(),
        }
    }
}

fn integer(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("no {name} in {row}"))
}

#[test]
fn sketched_numbers_are_those_of_duckdb_on_three_million_flights() {
    let parquet = flights("sketches");
    let report = profile(&parquet);
    assert_eq!(report.rows, 3_000_000);
    let table = format!("'{}'", parquet.display());
    println!("column      distinct: exact / report   top 20 found   largest rank error");
    for column in &report.columns {
        let path = &column.path;
        let exact = integer(&duck::rows(&format!("select count(distinct \"{path}\") as n from {table}"))[0], "n");
        let found = column.distinct.count;
        assert!((found as f64 / exact as f64 - 1.0).abs() < 0.02, "{path}: {found} of {exact} different values");
        assert!(!column.distinct.is_exact || found == exact, "{path}: {found} is said to be exact, it is {exact}");
        let recall = top_recall(column, &table);
        let error = rank_error(column, &table);
        println!(
            "{path:<12}{exact:>12} / {found:<12}{recall:>14}{:>20}",
            error.map_or("–".into(), |e| format!("{e:.5}"))
        );
        assert!(error.is_none_or(|error| error < 0.01), "{path}: rank error {error:?}");
    }
}

/// How many of the 20 most frequent values are among the report's, whose bounds hold the exact counts.
fn top_recall(column: &headwater_profile::ColumnShape, table: &str) -> String {
    let Detail::Text(text) = &column.detail else { return "–".into() };
    let path = &column.path;
    let rows = duck::rows(&format!(
        "select \"{path}\" as value, count(*) as n from {table} group by all order by n desc, value limit 20"
    ));
    let last = integer(&rows[19], "n");
    let found: HashSet<&str> = text.top.iter().map(|value| value.text.as_str()).collect();
    for row in &rows {
        let (value, n) = (row["value"].as_str().unwrap(), integer(row, "n"));
        // A value as frequent as the twentieth may stand outside by a tie.
        assert!(found.contains(value) || n == last, "{path}: {value} with {n} rows is missing");
    }
    for value in &text.top {
        let name = value.text.replace('\'', "''");
        let exact =
            integer(&duck::rows(&format!("select count(*) as n from {table} where \"{path}\" = '{name}'"))[0], "n");
        assert!(value.count <= exact && exact <= value.at_most, "{path}: {value:?}, exactly {exact}");
    }
    format!("{} of 20", rows.iter().filter(|row| found.contains(row["value"].as_str().unwrap())).count())
}

/// How far the share of values at or below a quantile is from what it should be, at most.
fn rank_error(column: &headwater_profile::ColumnShape, table: &str) -> Option<f64> {
    let Detail::Number(numbers) = &column.detail else { return None };
    let q = numbers.quantiles?;
    let points = [(0.01, q.p1), (0.05, q.p5), (0.25, q.p25), (0.5, q.p50), (0.75, q.p75), (0.95, q.p95), (0.99, q.p99)];
    let path = &column.path;
    let each = points.iter().enumerate().map(|(at, (_, value))| {
        format!(
            "count(*) filter (\"{path}\" < {value:?}::double) as b{at}, count(*) filter (\"{path}\" <= {value:?}::double) as a{at}"
        )
    });
    let each: Vec<String> = each.collect();
    let row = &duck::rows(&format!(
        "select {}, count(\"{path}\") as n, avg(\"{path}\")::double as mean, stddev(\"{path}\")::double as sd,
                min(\"{path}\")::double as low, max(\"{path}\")::double as high from {table}",
        each.join(", ")
    ))[0];
    for (name, own) in [("mean", numbers.mean), ("sd", numbers.sd), ("low", q.min), ("high", q.max)] {
        let exact = row[name].as_f64().unwrap();
        assert!((own - exact).abs() <= exact.abs() * 1e-6 + 1e-9, "{path}: {name} {own}, exactly {exact}");
    }
    let n = integer(row, "n") as f64;
    let error = |(at, (wanted, _)): (usize, &(f64, f64))| {
        let (below, at_or_below) =
            (integer(row, &format!("b{at}")) as f64 / n, integer(row, &format!("a{at}")) as f64 / n);
        (below - wanted).max(wanted - at_or_below).max(0.0)
    };
    points.iter().enumerate().map(error).reduce(f64::max)
}
