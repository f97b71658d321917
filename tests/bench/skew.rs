//! What a hot key costs: rows per second with half of the rows in one key, against even keys, in two lanes.

use std::path::Path;

use headwater::prelude::*;
use headwater_tests::{duck, job, workspace};

use crate::figures::{cost, ratio, section};

const EVENTS: usize = 4_000_000;
const KEYS: usize = 1_000;
const FILES: usize = 4;
const ROUNDS: usize = 5;

/// Measures and prints.
pub fn measure() {
    section(
        "One key with half of 4,000,000 rows against 1,000 even keys, in two lanes; time on the clock, interleaved rounds",
    );
    let folder = workspace::scratch("bench-skew");
    make(&folder);
    let plans: [(&str, Vec<Agg>); 2] = [
        ("count, sum, max: they combine", vec![count(), sum("amount"), max("amount")]),
        ("distinct: it does not", vec![count_distinct("amount")]),
    ];
    for (what, aggs) in plans {
        let names = ["even", "hot"];
        for name in names {
            let source = files(folder.join(format!("{name}-*.parquet")).display().to_string()).parquet();
            let counts = source.schema("ts TIMESTAMP, key BIGINT, amount BIGINT").event_time("ts", "1s");
            let counts = counts.group_by(["key"]).window(tumbling("1m")).agg(aggs.clone());
            let _ = std::fs::remove_dir_all(folder.join(name));
            let exported =
                job::export(&folder, name, &counts.to_files(folder.join("out").join(name).display().to_string()));
            job::set(&exported, "# parallelism = 4", "parallelism = 2");
        }
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let [even, hot] = names.map(|name| {
                let _ = std::fs::remove_dir_all(folder.join(name).join("checkpoints"));
                let run = cost(|| drop(job::run(&folder, &["run", name, "--until-end"]).expect_success()));
                run.wall.as_secs_f64()
            });
            rounds.push((even, hot));
        }
        let (_, times) = ratio(&rounds);
        let even = rounds[ROUNDS / 2].0;
        println!("   {what:<34} even keys {even:>5.2} s; the hot key has {times} of their throughput");
    }
}

/// Files of even keys and of a hot one; ten minutes of event time.
fn make(folder: &Path) {
    for (name, key) in
        [("even", format!("n % {KEYS}")), ("hot", format!("case when n % 2 = 0 then 0 else n // 2 % {KEYS} end"))]
    {
        for file in 0..FILES {
            let path = folder.join(format!("{name}-{file}.parquet"));
            duck::rows(&format!(
                "copy (select timestamp '2026-01-01' + to_microseconds((n * 600000000 // {EVENTS})::bigint) as ts, ({key})::bigint as key,
                              (hash(n) % 1000)::bigint as amount
                       from range({EVENTS}) as t(n) where n // 1000 % {FILES} = {file} order by n)
                 to '{}' (format parquet)",
                path.display()
            ));
        }
    }
}
