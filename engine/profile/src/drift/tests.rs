//! Drift, from rows to the report.

use crate::random::SplitMix;
use crate::{
    AlarmBudget, Baseline, BaselineError, CheckKind, CheckResult, CheckVerdict, DriftInput, DriftOptions, DriftReport,
    JsonRecord, LogSpan, PinError, PinOptions, Rows, drift, pin,
};
use std::path::Path;

/// What the rows of a test are like.
#[derive(Clone, Copy)]
struct Stream {
    seed: u64,
    rows: u64,
    new_york: f64,
    nulls: f64,
    scale: f64,
    /// Rows that come one after the other from the same city.
    burst: u64,
}

const USUAL: Stream = Stream { seed: 1, rows: 20_000, new_york: 0.18, nulls: 0.01, scale: 1.0, burst: 1 };

fn rows(stream: Stream) -> Vec<String> {
    let mut random = SplitMix::new(stream.seed);
    let mut city = String::new();
    let mut out = Vec::new();
    for at in 0..stream.rows {
        if at % stream.burst == 0 {
            let other = (random.unit().powi(2) * 200.0) as u64;
            city = if random.unit() < stream.new_york { "New York".into() } else { format!("City {other}") };
        }
        let amount = if random.unit() < stream.nulls {
            "null".into()
        } else {
            format!("{:.2}", -random.unit().ln() * 40.0 * stream.scale)
        };
        let (ts, id) = (1_700_000_000_000 + at * 1_000, at + 1_000 * stream.seed);
        out.push(format!(
            r#"{{"id":{id},"ts":{ts},"city":"{city}","amount":{amount},"items":[{{"sku":"a{}"}}]}}"#,
            at % 7
        ));
    }
    out
}

fn records(rows: &[String]) -> Vec<JsonRecord<'_>> {
    let timed = rows.iter().zip(0..).map(|(row, at)| JsonRecord {
        value: Some(row.as_bytes()),
        timestamp_ms: Some(1_700_000_000_000 + at * 1_000),
        ..JsonRecord::default()
    });
    timed.collect()
}

fn input(rows: &[String]) -> DriftInput<'_> {
    DriftInput {
        name: "orders".into(),
        sample: "20,000 of 1,000,000 records".into(),
        representative: true,
        rows: Rows::Json(records(rows)),
        times_ms: Vec::new(),
        undecodable: 0,
        late: None,
        log: Vec::new(),
    }
}

fn options() -> PinOptions {
    PinOptions { name: "orders of May".into(), keys: vec![(vec!["city".into()], 64)], ..PinOptions::default() }
}

fn pinned(stream: Stream) -> Baseline {
    pin(&input(&rows(stream)), &options()).unwrap()
}

fn compared(baseline: &Baseline, stream: Stream) -> DriftReport {
    drift(baseline, &input(&rows(stream)), &DriftOptions::default())
}

fn failed(report: &DriftReport) -> Vec<&CheckResult> {
    report.checks.iter().filter(|check| check.verdict == CheckVerdict::Fail).collect()
}

fn sentences(report: &DriftReport) -> String {
    let checks = report.checks.iter().map(|check| {
        let strip: String = check.strip.iter().map(|window| window.symbol()).collect();
        format!("{}  {}\n   {strip}\n", check.verdict.label(), check.sentence)
    });
    let alarms = report.alarms.iter().map(|alarm| format!("alarm {}\n", alarm.sentence));
    let notes = report.notes.iter().map(|note| format!("note {note}\n"));
    format!(
        "{}\n{}{}{}",
        report.sentence,
        checks.collect::<String>(),
        alarms.collect::<String>(),
        notes.collect::<String>()
    )
}

#[test]
fn try_it() {
    let baseline = pinned(USUAL);
    println!("{}", serde_json::to_string(&baseline).unwrap().len());
    println!("{}", sentences(&compared(&baseline, Stream { seed: 2, ..USUAL })));
    println!("{}", sentences(&compared(&baseline, Stream { seed: 3, new_york: 0.23, ..USUAL })));
    println!("{}", sentences(&compared(&baseline, Stream { seed: 4, scale: 1.2, nulls: 0.03, rows: 5_000, ..USUAL })));
    let bursts = pinned(Stream { burst: 5, ..USUAL });
    println!("{:?}", bursts.columns[2].cells.as_ref().unwrap().phi);
    println!("{}", sentences(&compared(&bursts, Stream { seed: 2, burst: 5, ..USUAL })));
    println!("{}", sentences(&compared(&bursts, Stream { seed: 3, burst: 5, new_york: 0.23, ..USUAL })));
}
