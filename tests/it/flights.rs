//! Real flights through real Kafka: the job's answer is DuckDB's, row for row, and so is that of a preview on files.

use std::fs;

use headwater::prelude::*;
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::kernel::Kernel;
use headwater_tests::{flights, job, workspace};
use serde_json::Value;

/// Both in one order; the first difference is shown, not all of both.
fn assert_same(what: &str, got: Vec<Value>, expected: &[Value]) {
    let got = flights::ordered(got);
    for (place, (got, expected)) in got.iter().zip(expected).enumerate() {
        assert_eq!(got, expected, "{what}, row {place}");
    }
    assert_eq!(got.len(), expected.len(), "{what}: the number of rows");
    assert!(expected.len() > 10_000, "{} windows prove little", expected.len());
}

#[test]
fn a_job_through_kafka_gives_what_duckdb_gives() {
    let (parquet, json) = flights::files("flights-kafka");
    let (input, output) = (Topic::create("flights", 4), Topic::create("flights-hourly", 2));
    flights::replay(fs::read_to_string(json).unwrap().lines(), &input);
    assert_eq!(input.count(), flights::FLIGHTS as u64);

    let folder = parquet.parent().unwrap();
    let hourly = flights::pipeline(&kafka(broker(), &input.name).json());
    job::export(folder, "job", &hourly.to_kafka(broker(), &output.name).key("origin"));
    job::run(folder, &["run", "job", "--until-end"]).expect_success();

    let rows = output.read().iter().map(headwater_tests::kafka::Received::json).collect();
    assert_same("the output topic", rows, &flights::hourly(&parquet));
}

#[test]
fn a_preview_on_files_gives_what_duckdb_gives() {
    let (parquet, json) = flights::files("flights-files");
    let mut kernel = Kernel::start(&workspace::scratch("flights-preview"));
    let expected = flights::hourly(&parquet);
    for (file, format) in [(&parquet, "parquet"), (&json, "json")] {
        let cell = format!(
            r#"let flights = files("{file}").{format}().schema("{schema}").sample(earliest().rows(1_000_000).bytes("1GiB").seconds(60));
let hourly = flights.event_time("date", "{disorder}").group_by(["origin"]).window(tumbling("1h")).agg([
    count().alias("flights"), sum("delay").alias("delay_sum"), min("delay").alias("delay_min"), max("delay").alias("delay_max"),
]);
hourly.print().with_sample().export("{format}")"#,
            file = file.display(),
            schema = flights::SCHEMA,
            disorder = flights::DISORDER,
        );
        kernel.execute(&cell).expect_ok();
        let shown = workspace::target().join("tests/flights-preview").join(format).join("sample/expected.json");
        let rows = fs::read_to_string(shown).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_same(format, rows, &expected);
    }
}
