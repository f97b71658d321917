//! Figures: medians of repeated measurements, the processor time of children, and how both are printed.

use std::fs;
use std::time::{Duration, Instant};

/// Prints the title of a section.
pub fn section(title: &str) {
    println!("\n== {title}");
}

/// Prints the median, the 95th percentile and the worst of several measurements.
pub fn print_times(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let p95 = times[times.len() * 95 / 100];
    println!("   {what:<52} p50 {median:>9.1} ms   p95 {p95:>9.1} ms   worst {worst:>9.1} ms   of {}", times.len());
}

/// Prints how many events a run took and at which cost.
pub fn print_rate(what: &str, events: u64, cost: Cost) {
    let (wall, cpu) = (cost.wall.as_secs_f64(), cost.cpu.as_secs_f64());
    let rate = events as f64 / cpu;
    println!("   {what:<34} {rate:>12.0} events per CPU-second   {wall:>6.2} s wall   {cpu:>6.2} s CPU");
}

/// How long `action` took, milliseconds.
pub fn millis(action: impl FnOnce()) -> f64 {
    let began = Instant::now();
    action();
    began.elapsed().as_secs_f64() * 1000.0
}

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Time on the clock.
    pub wall: Duration,
    /// Processor time of the processes that `action` started and waited for.
    pub cpu: Duration,
}

/// What `action` cost, which starts one process at least and waits for its end.
pub fn cost(action: impl FnOnce()) -> Cost {
    let (began, before) = (Instant::now(), waited_for());
    action();
    Cost { wall: began.elapsed(), cpu: waited_for().saturating_sub(before) }
}

/// The processor time, user and system, of all children that were waited for.
fn waited_for() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux tells about this process");
    let (_, fields) = stat.rsplit_once(") ").expect("the name ends with a parenthesis");
    let ticks =
        |place: usize| fields.split(' ').nth(place).and_then(|ticks| ticks.parse::<u64>().ok()).expect("a number");
    // Fields 16 and 17 of proc(5), of which two are cut off; a tick is 10 ms on every Linux that has Rust.
    Duration::from_millis(10 * (ticks(13) + ticks(14)))
}

/// Of pairs of times the median of the second, and of the first over the second: median, least and most.
pub fn ratio(rounds: &[(f64, f64)]) -> (f64, String) {
    let median = |mut all: Vec<f64>| {
        all.sort_by(f64::total_cmp);
        (all[all.len() / 2], all[0], all[all.len() - 1])
    };
    let (base, ..) = median(rounds.iter().map(|(_, base)| *base).collect());
    let (middle, least, most) = median(rounds.iter().map(|(own, base)| own / base).collect());
    (base, format!("{middle:.2}x ({least:.2} to {most:.2})"))
}
