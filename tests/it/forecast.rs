//! Forecast against fact: what a key report says of a 20,000-row sample, and what the whole topic does when it is really keyed.
//! `make proofs` runs the long form and prints the tables of `docs/reference/forecast.md`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};

use headwater_profile::{CurvePoint, KeyInput, KeyRow, KeyValue, PartitionSpan, Placement, Verdict, keys};
use headwater_tests::{duck, workspace};

const ROWS: usize = 1_000_000;
const SAMPLE: usize = 20_000;
const BLOCKS: usize = 40;
const WORKERS: [u32; 4] = [4, 16, 64, 200];

/// SplitMix64: the runs are the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.unit() * bound as f64) as usize
    }
}

/// A topic: for each record, in the order of the log, which key it has.
struct Topic {
    keys: Vec<KeyValue>,
    log: Vec<u32>,
}

/// How the keys of a topic are distributed.
struct Distribution {
    name: &'static str,
    shares: Vec<f64>,
    null_first: bool,
    /// How many neighbours have the same key, on average.
    burst: f64,
}

fn zipf(exponent: f64, keys: usize) -> Vec<f64> {
    let weights: Vec<f64> = (1..=keys).map(|rank| (rank as f64).powf(-exponent)).collect();
    let all: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / all).collect()
}

fn with_first(first: f64, rest: Vec<f64>) -> Vec<f64> {
    std::iter::once(first).chain(rest.into_iter().map(|share| share * (1.0 - first))).collect()
}

fn distributions() -> Vec<Distribution> {
    let of = |name, shares| Distribution { name, shares, null_first: false, burst: 1.0 };
    let bursty = |name, shares| Distribution { burst: 5.0, ..of(name, shares) };
    vec![
        of("Zipf 0.8 of 100,000 keys", zipf(0.8, 100_000)),
        of("Zipf 1.0 of 100,000 keys", zipf(1.0, 100_000)),
        of("Zipf 1.2 of 100,000 keys", zipf(1.2, 100_000)),
        of("Zipf 1.4 of 100,000 keys", zipf(1.4, 100_000)),
        of("one key of 50 %, 10,000 others", with_first(0.5, vec![1e-4; 10_000])),
        of("few keys: 40", zipf(0.5, 40)),
        Distribution { null_first: true, ..of("30 % null, Zipf 1.0 of 5,000", with_first(0.3, zipf(1.0, 5_000))) },
        of("even: 100,000 keys", vec![1e-5; 100_000]),
        bursty("Zipf 0.8 in bursts of 5", zipf(0.8, 100_000)),
        bursty("Zipf 1.2 in bursts of 5", zipf(1.2, 100_000)),
        bursty("one key of 50 % in bursts of 5", with_first(0.5, vec![1e-4; 10_000])),
    ]
}

impl Distribution {
    fn topic(&self, seed: u64) -> Topic {
        let mut random = Random(seed);
        let mut bounds = Vec::with_capacity(self.shares.len());
        let mut sum = 0.0;
        for share in &self.shares {
            sum += share;
            bounds.push(sum);
        }
        // Other names on every run: where the hot keys land is part of the luck.
        let name = |at: usize| match at {
            0 if self.null_first => KeyValue::Null,
            _ => KeyValue::Text(format!("key {seed} {at}")),
        };
        let mut log = Vec::with_capacity(ROWS);
        while log.len() < ROWS {
            let drawn = random.unit() * sum;
            let key = bounds.partition_point(|bound| *bound <= drawn).min(bounds.len() - 1) as u32;
            log.push(key);
            while self.burst > 1.0 && log.len() < ROWS && random.unit() > 1.0 / self.burst {
                log.push(key);
            }
        }
        Topic { keys: (0..self.shares.len()).map(name).collect(), log }
    }
}

impl Topic {
    /// A column of the three million flights, in their order.
    fn flights(column: &str) -> Topic {
        let source = workspace::service("flights", "flights").join("flights-3m.parquet");
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = workspace::scratch(&format!("forecast-{number}")).join("keys.csv");
        duck::rows(&format!(
            "copy (select {column} as key from '{}') to '{}' (format csv, header false)",
            source.display(),
            file.display()
        ));
        let text = std::fs::read_to_string(file).expect("DuckDB wrote it");
        let mut known = std::collections::HashMap::new();
        let mut keys = Vec::new();
        let log = text.lines().map(|line| {
            *known.entry(line).or_insert_with(|| {
                keys.push(KeyValue::from(line));
                keys.len() as u32 - 1
            })
        });
        let log = log.collect();
        Topic { keys, log }
    }

    /// The straggler factor when every record is really sent to its worker.
    fn truth(&self, workers: u32) -> f64 {
        let slots: Vec<u32> = self
            .keys
            .iter()
            .map(|key| Placement::Headwater.slot(key, workers).expect("every key has its place"))
            .collect();
        let mut loads = vec![0_u64; workers as usize];
        self.log.iter().for_each(|key| loads[slots[*key as usize] as usize] += 1);
        let most = loads.into_iter().max().unwrap_or(0);
        most as f64 * f64::from(workers) / self.log.len() as f64
    }

    /// A sample as a tape draws it: in each of forty stretches of the log a block at a random place.
    fn sample(&self, seed: u64, rows: usize) -> KeyInput {
        let mut random = Random(seed);
        let (length, stretch) = (rows / BLOCKS, self.log.len() / BLOCKS);
        let mut sampled = Vec::with_capacity(rows);
        for block in 0..BLOCKS {
            let from = block * stretch + random.below(stretch - length);
            sampled.extend(self.log[from..from + length].iter().map(|key| KeyRow {
                key: self.keys[*key as usize].clone(),
                block: block as u32,
                ..KeyRow::default()
            }));
        }
        KeyInput {
            key: "key".into(),
            representative: true,
            drawn: rows as f64 / self.log.len() as f64,
            partitions: vec![PartitionSpan { partition: 0, records: self.log.len() as u64 }],
            rows: sampled,
            ..KeyInput::default()
        }
    }

    fn curve(&self, seed: u64) -> Vec<CurvePoint> {
        let curve = keys(&self.sample(seed, SAMPLE)).expect("eight workers").curve;
        WORKERS.iter().map(|p| *curve.iter().find(|point| point.workers == *p).expect("on the curve")).collect()
    }
}

/// For each number of workers: how often the truth is inside, how wide the interval is of the truth, and the mean truth.
#[derive(Clone, Copy, Default)]
struct Hits {
    inside: f64,
    width: f64,
    truth: f64,
    off: f64,
}

fn compare(runs: u64, topics: u64, topic: &dyn Fn(u64) -> Topic) -> [Hits; 4] {
    let mut hits = [Hits::default(); 4];
    for at in 0..topics {
        let topic = topic(at + 1);
        let truths = WORKERS.map(|workers| topic.truth(workers));
        for run in 0..runs / topics {
            for ((hits, truth), point) in hits.iter_mut().zip(truths).zip(topic.curve(1_000 + at * 1_000 + run)) {
                let inside = point.interval.low <= truth && truth <= point.interval.high;
                let weight = 1.0 / runs as f64;
                hits.inside += if inside { weight } else { 0.0 };
                hits.width += (point.interval.high - point.interval.low) / truth * weight;
                hits.truth += truth * weight;
                hits.off += (point.factor / truth - 1.0) * weight;
            }
        }
    }
    hits
}

fn row(name: &str, hits: &[Hits; 4]) -> String {
    let mut line = format!("| {name} |");
    for hits in hits {
        let (width, off) = (hits.width * 100.0, hits.off * 100.0);
        let _ = write!(line, " {:.2}× | {:.0} % | {width:.0} % | {off:+.1} % |", hits.truth, hits.inside * 100.0);
    }
    line
}

#[test]
fn the_truth_is_inside_the_stated_interval() {
    let (mut inside, mut all) = (0.0, 0.0);
    for distribution in distributions().iter().filter(|one| !one.name.contains("even")).step_by(2) {
        for hits in compare(8, 4, &|seed| distribution.topic(seed)) {
            inside += hits.inside;
            all += 1.0;
            assert!(hits.width < 0.6 && hits.off.abs() < 0.15, "{}", distribution.name);
        }
    }
    assert!(inside / all >= 0.85, "inside in {:.0} % only", inside / all * 100.0);
}

#[test]
#[ignore = "long: make proofs"]
fn proof_forecast_against_fact() {
    let each = "true S | inside | width | off |";
    println!("| keys | {} {each} {each} {each}", each);
    println!("|---|{}", "---|".repeat(16));
    let mut least = 1.0_f64;
    let mut tell = |name: &str, hits: [Hits; 4]| {
        println!("{}", row(name, &hits));
        least = hits.iter().map(|hits| hits.inside).fold(least, f64::min);
    };
    for distribution in distributions() {
        tell(distribution.name, compare(200, 50, &|seed| distribution.topic(seed)));
    }
    for (name, column) in [("flights by origin", "origin"), ("flights by route", "origin || '-' || destination")] {
        tell(name, compare(200, 1, &|_| Topic::flights(column)));
    }
    assert!(least >= 0.85, "inside in {:.0} % only", least * 100.0);
}

/// How often the verdict is `verdict`, of samples of so many rows.
fn verdicts(runs: u64, rows: usize, workers: u32, distribution: &Distribution, verdict: Verdict) -> u64 {
    let mut found = 0;
    for at in 0..runs.div_ceil(10) {
        let topic = distribution.topic(at + 77);
        for run in 0..10.min(runs - at * 10) {
            let input = KeyInput { parallelism: Some(workers), ..topic.sample(run * 31 + at, rows) };
            found += u64::from(keys(&input).expect("workers").verdict == verdict);
        }
    }
    found
}

fn even(burst: f64) -> Distribution {
    Distribution { name: "even", shares: vec![5e-5; 20_000], null_first: false, burst }
}

fn hot() -> Vec<Distribution> {
    let mut hot = distributions();
    hot.retain(|one| one.name.contains("50 %") || one.name.contains("1.2") || one.name.contains("null"));
    hot
}

#[test]
fn no_false_cry_and_no_hot_key_missed() {
    for (burst, workers) in [(1.0, 64), (1.0, 200), (5.0, 64)] {
        assert_eq!(verdicts(10, SAMPLE, workers, &even(burst), Verdict::WillStraggle), 0, "{workers} workers");
    }
    for distribution in hot() {
        assert_eq!(verdicts(10, SAMPLE, 64, &distribution, Verdict::WillStraggle), 10, "{}", distribution.name);
    }
}

#[test]
#[ignore = "long: make proofs"]
fn proof_no_false_cry() {
    println!("| keys | rows | workers | will straggle, of 200 |\n|---|---|---|---|");
    for burst in [1.0, 5.0] {
        for (rows, workers) in [(2_000, 8), (2_000, 200), (SAMPLE, 8), (SAMPLE, 64), (SAMPLE, 200)] {
            let cries = verdicts(200, rows, workers, &even(burst), Verdict::WillStraggle);
            println!("| 20,000 even keys, bursts of {burst} | {rows} | {workers} | {cries} |");
            assert!(cries <= 2);
        }
    }
    for distribution in hot() {
        for (rows, workers) in [(2_000, 64), (SAMPLE, 16), (SAMPLE, 64), (SAMPLE, 200)] {
            let found = verdicts(200, rows, workers, &distribution, Verdict::WillStraggle);
            println!("| {} | {rows} | {workers} | {found} |", distribution.name);
            assert!(found >= 198);
        }
    }
}
