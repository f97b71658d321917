//! What hopping windows cost: 60 s that begin every second, against tumbling windows of 60 s, over the same rows.

use headwater::WindowSpec;
use headwater::prelude::*;
use headwater_tests::{duck, job, workspace};

use crate::figures::{cost, ratio, section};

const EVENTS: usize = 2_000_000;
const KEYS: usize = 100;
const ROUNDS: usize = 5;

/// Measures and prints.
pub fn measure() {
    section(
        "2,000,000 rows in an hour of event time, 100 keys: hop 60 s / 1 s against tumble 60 s; CPU time, interleaved rounds",
    );
    let folder = workspace::scratch("bench-windows");
    let parquet = folder.join("rows.parquet");
    duck::rows(&format!(
        "copy (select timestamp '2026-01-01' + to_microseconds((n * 3600000000 // {EVENTS})::bigint) as ts, (hash(n) % {KEYS})::bigint as key,
                      (hash(n, 1) % 1000)::bigint as amount
               from range({EVENTS}) as t(n) order by n) to '{}' (format parquet)",
        parquet.display()
    ));
    let source = || files(parquet.display().to_string()).parquet().schema("ts TIMESTAMP, key BIGINT, amount BIGINT");
    let windows: [(&str, WindowSpec); 3] =
        [("tumble", tumbling("60s")), ("hop", hopping("60s", "1s")), ("second", tumbling("1s"))];
    for (name, window) in windows {
        let counts = source().event_time("ts", "1s").group_by(["key"]).window(window).agg([count(), sum("amount")]);
        job::export(&folder, name, &counts.to_files(folder.join("out").join(name).display().to_string()));
    }
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        rounds.push(["tumble", "hop", "second"].map(|name| {
            let _ = std::fs::remove_dir_all(folder.join(name).join("checkpoints"));
            cost(|| drop(job::run(&folder, &["run", name, "--until-end"]).expect_success())).cpu.as_secs_f64()
        }));
    }
    let against = |which: usize| rounds.iter().map(|times| (times[which], times[0])).collect::<Vec<_>>();
    let (_, hop) = ratio(&against(1));
    let (_, second) = ratio(&against(2));
    let (tumble, _) = ratio(&against(0));
    println!(
        "   tumble 60 s {tumble:>5.2} s CPU; hop 60 s / 1 s takes {hop} (60 times the rows come out); tumble 1 s, as many rows, {second}"
    );
}
