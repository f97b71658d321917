//! Jobs that are stopped and killed, and started again: no window is missing from the output, and none is wrong.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{flights, process};
use serde_json::Value;

const LIMIT: Duration = Duration::from_secs(60);

fn wait_for_checkpoint(job: &Path) {
    process::wait_for("a checkpoint", LIMIT, || {
        fs::read_dir(job.join("checkpoints")).ok()?.flatten().next().map(|_| ())
    });
}

#[test]
fn stopped_and_killed_a_job_loses_no_window() {
    let (parquet, json) = flights::files("recovery");
    let folder = parquet.parent().unwrap();
    let (input, output) = (Topic::create("recovery", 4), Topic::create("recovery-hourly", 2));
    let hourly = flights::pipeline(&kafka(broker(), &input.name).json());
    let exported = job::export(folder, "job", &hourly.to_kafka(broker(), &output.name).key("origin"));
    job::set(&exported, "interval = \"10s\"", "interval = \"100ms\"");
    let json = fs::read_to_string(json).unwrap();
    let lines: Vec<&str> = json.lines().collect();
    let parts: Vec<&[&str]> = lines.chunks(lines.len().div_ceil(3)).collect();

    flights::replay(parts[0].iter().copied(), &input);
    let running = Running::start_and_see_it_write(folder, "stopped", &["run", "job"], &output);
    let (status, log) = running.stop();
    assert_eq!(status.code(), Some(0), "SIGTERM is a clean stop:\n{log}");
    wait_for_checkpoint(&exported);

    // What has come meanwhile is read after the start; the kill comes while it is being read.
    flights::replay(parts[1].iter().copied(), &input);
    Running::start_and_see_it_write(folder, "killed", &["run", "job"], &output).kill();
    flights::replay(parts[2].iter().copied(), &input);
    Running::start_and_see_it_write(folder, "killed-again", &["run", "job"], &output).kill();
    let log = job::run(folder, &["run", "job", "--until-end"]).expect_success();

    let expected = flights::hourly(&parquet);
    let by_window = |row: &Value| (row["origin"].to_string(), row["window_start"].to_string());
    let mut missing: HashMap<_, _> = expected.iter().map(|row| (by_window(row), row)).collect();
    let known = missing.clone();
    let written = output.read();
    for row in written.iter().map(headwater_tests::kafka::Received::json) {
        assert_eq!(
            Some(&&row),
            known.get(&by_window(&row)),
            "a window came out wrong; the last run said:\n{}",
            log.stderr
        );
        missing.remove(&by_window(&row));
    }
    assert!(
        missing.is_empty(),
        "{} of {} windows are missing, such as {:?}",
        missing.len(),
        expected.len(),
        missing.values().next()
    );
    // At least once: some come twice, but a job that began anew each time would have written far more.
    assert!(written.len() < 2 * expected.len(), "{} rows for {} windows", written.len(), expected.len());
}
