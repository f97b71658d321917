//! Memory and state of jobs that keep much: the peak of the process and of the state, for a stream and for a longer one.

use std::path::Path;
use std::time::Duration;

use headwater::prelude::*;
use headwater_tests::job::{self, Running};
use headwater_tests::metrics::Metrics;
use headwater_tests::{duck, workspace};

use crate::figures::section;

const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints.
pub fn measure() {
    let folder = workspace::scratch("bench-memory");
    section("Peak memory and state; the second line of each pair reads a stream of several times the length");
    let join = |hours: u64| {
        let [left, right] = ["left", "right"].map(|side| folder.join(format!("{side}-{hours}.parquet")));
        let a_second = 200;
        make(&left, hours * 3_600 * a_second, hours * 3_600, "n");
        make(&right, 600 * a_second, 600, "n");
        let right = source(&right).rename([("amount", "paid")]);
        let paid = source(&left).join(right).on("key").left().within("1m", "1m");
        run(&folder, &format!("join within 1 m, right side stops at 10 m, {hours} h"), &format!("join-{hours}"), &paid);
    };
    join(1);
    join(6);
    let keys = |hours: u64| {
        let rows = 10_000_000 * hours;
        let file = folder.join(format!("keys-{hours}.parquet"));
        make(&file, rows, hours * 3_600, "hash(n % 10000000) // 4");
        let counts = source(&file).group_by(["key"]).window(tumbling("1h")).agg([count(), sum("amount")]);
        run(&folder, &format!("10,000,000 keys in windows of 1 h, {hours} h"), &format!("keys-{hours}"), &counts);
    };
    keys(1);
    keys(3);
    let hops = |hours: u64| {
        let file = folder.join(format!("hops-{hours}.parquet"));
        make(&file, hours * 3_600 * 20, hours * 3_600, "(hash(n) % 100)::bigint");
        let counts = source(&file).group_by(["key"]).window(hopping("60s", "1s")).agg([count(), sum("amount")]);
        run(&folder, &format!("hop 60 s / 1 s, 100 keys, {hours} h"), &format!("hops-{hours}"), &counts);
    };
    hops(4);
    hops(24);
}

fn source(file: &Path) -> Stream {
    let rows = files(file.display().to_string()).parquet().schema("ts TIMESTAMP, key BIGINT, amount BIGINT");
    rows.event_time("ts", "1s")
}

/// So many rows over so many seconds of event time.
fn make(file: &Path, rows: u64, seconds: u64, key: &str) {
    duck::rows(&format!(
        "copy (select timestamp '2026-01-01' + to_microseconds((n * {} // {rows})::bigint) as ts, ({key})::bigint as key, n % 1000 as amount
               from range({rows}) as t(n) order by n) to '{}' (format parquet)",
        seconds * 1_000_000,
        file.display()
    ));
}

/// Runs a job to its end and prints its peaks, which are asked for ten times a second.
fn run(folder: &Path, what: &str, name: &str, stream: &Stream) {
    let exported = job::export(folder, name, &stream.to_files(folder.join("out").join(name).display().to_string()));
    let metrics = Metrics::of(&exported);
    let mut running = Running::start(folder, name, &["run", name, "--until-end"]);
    let (mut memory, mut state, mut keys) = (0, 0.0_f64, 0.0_f64);
    while running.is_alive() {
        memory = running.peak_bytes().max(memory);
        if let Some(served) = metrics.read() {
            state = state.max(served.sum("headwater_step_state_bytes"));
            keys = keys.max(served.sum("headwater_step_state_keys"));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(running.ended(Duration::from_secs(1)).success(), "the job failed:\n{}", running.log());
    println!(
        "   {what:<48} peak {:>7.0} MiB, of it state {:>7.0} MiB of {keys:>10.0} keys",
        memory as f64 / MIB,
        state / MIB
    );
    let _ = std::fs::remove_dir_all(folder.join("out").join(name));
    let _ = std::fs::remove_dir_all(exported);
}
