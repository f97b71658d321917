//! What a tap costs a running job: processor time with the keys counted, and with every column, against the same job without.

use headwater::prelude::*;
use headwater_tests::kafka::{Topic, broker};
use headwater_tests::{flights, job};

use crate::figures::{Cost, cost, ratio, section};

const EVENTS: usize = 1_000_000;
const ROUNDS: usize = 5;

/// Measures and prints.
pub fn measure() {
    section(
        "A tap on a job over 1,000,000 flights from Kafka, in interleaved rounds; CPU time against the job without it",
    );
    let (parquet, json) = flights::files_of("bench-tap", EVENTS);
    let folder = parquet.parent().expect("a file lies in a folder");
    let topic = Topic::create("bench-tap", 4);
    let text = std::fs::read_to_string(&json).expect("the file was just written");
    flights::replay(text.lines(), &topic);
    drop(text);

    let names = ["off", "keys", "columns"];
    for name in names {
        let out = folder.join("out").join(name).display().to_string();
        let hourly = flights::pipeline(&kafka(broker(), &topic.name).json());
        let exported = job::export(folder, name, &hourly.to_files(out));
        if name != "off" {
            job::set(&exported, "# count = \"keys\"", &format!("count = \"{name}\""));
        }
    }
    let mut rounds: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for _ in 0..ROUNDS {
        for (name, seen) in names.iter().zip(&mut rounds) {
            let _ = std::fs::remove_dir_all(folder.join(name).join("checkpoints"));
            let Cost { cpu, .. } = cost(|| drop(job::run(folder, &["run", name, "--until-end"]).expect_success()));
            seen.push(cpu.as_secs_f64());
        }
    }
    for (name, seen) in names.iter().zip(&rounds) {
        let pairs: Vec<(f64, f64)> = seen.iter().copied().zip(rounds[0].iter().copied()).collect();
        println!("   tap {name:<10} {}", ratio(&pairs).1);
    }
    println!("   without a tap {:.2} s CPU", rounds[0][ROUNDS / 2]);
}
