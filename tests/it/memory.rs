//! Memory: a sink that stands still holds the source back and loses nothing; a job that reaches its limit stops with its checkpoint.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::thread;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::Running;
use headwater_tests::{duck, job, process, workspace};

const ROWS: u64 = 1_500_000;

/// Rows with as many keys, within an hour of event time; four files, which are four partitions.
fn source(folder: &Path) -> Stream {
    for file in 0..4 {
        duck::rows(&format!(
            "copy (select timestamp '2026-01-01' + to_microseconds((n * 3600000000 // {ROWS})::bigint) as ts, n as key, n % 7 as amount
                   from range({ROWS}) as t(n) where n % 4 = {file} order by n) to '{}' (format parquet)",
            folder.join(format!("rows-{file}.parquet")).display()
        ));
    }
    let rows = files(folder.join("rows-*.parquet").display().to_string()).parquet();
    rows.schema("ts TIMESTAMP, key BIGINT, amount BIGINT").event_time("ts", "1s")
}

#[test]
fn a_sink_that_stands_still_holds_the_source_back_and_loses_nothing() {
    let folder = workspace::scratch("memory-sink");
    let exported = job::export(&folder, "job", &source(&folder).filter(col("amount").lt(6)).select(["key"]).print());
    job::set(&exported, "# parallelism = 4", "parallelism = 2");
    let (mut running, out) = Running::piped(&folder, "job", &["run", "job", "--until-end"]);
    // Nobody reads what it writes.
    let read = process::wait_for("the job to stand still", Duration::from_secs(60), || {
        assert!(running.is_alive(), "the job ended:\n{}", running.log());
        let before = running.read_bytes();
        thread::sleep(Duration::from_secs(2));
        (running.log().contains("Job starts") && running.read_bytes() == before).then_some(before)
    });
    let all: u64 = (0..4).map(|file| folder.join(format!("rows-{file}.parquet")).metadata().unwrap().len()).sum();
    assert!(read < all / 2, "{read} of {all} bytes were read while nothing could be written");
    assert!(running.peak_bytes() < 400 << 20, "{} bytes", running.peak_bytes());
    let mut seen = vec![false; ROWS as usize];
    for line in BufReader::new(out).lines().map(Result::unwrap) {
        let row: serde_json::Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let key = row["key"].as_u64().unwrap() as usize;
        assert!(!std::mem::replace(&mut seen[key], true), "{key} came twice");
    }
    assert!(running.ended(Duration::from_secs(30)).success(), "{}", running.log());
    let missing = (0..ROWS as usize).filter(|key| seen[*key] != (key % 7 < 6)).count();
    assert_eq!(missing, 0, "every row is written once");
}

#[test]
fn at_its_limit_of_memory_a_job_stops_with_its_checkpoint_and_is_continued() {
    let folder = workspace::scratch("memory-limit");
    let out = folder.join("out");
    let counts = source(&folder).group_by(["key"]).window(tumbling("1h")).agg([count(), sum("amount")]);
    let exported = job::export(&folder, "job", &counts.to_files(out.display().to_string()));
    job::set(&exported, "# limit = \"4GiB\"", "limit = \"100MiB\"");
    job::run(&folder, &["run", "job", "--until-end"]).expect_failure(
        2,
        &["step 3, `group_by`", "may take 100 MiB", "Its checkpoint is complete", "`limit` under `[memory]`"],
    );
    job::set(&exported, "limit = \"100MiB\"", "limit = \"8GiB\"");
    let resumed = job::run(&folder, &["run", "job", "--until-end"]).expect_success();
    assert!(resumed.stderr.contains("restored=1"), "{}", resumed.stderr);
    let summary = duck::rows(&format!(
        "select count(*) as keys, sum(count)::bigint as rows, sum(amount_sum)::bigint as amount from read_json('{}/*')",
        out.display()
    ));
    let amount: u64 = (0..ROWS).map(|n| n % 7).sum();
    assert_eq!(summary, [serde_json::json!({ "keys": ROWS, "rows": ROWS, "amount": amount })]);
}
