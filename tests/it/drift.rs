//! Drift on real flights, through the command: samples of the same flights are no drift, and what is changed in them is found.

use std::path::{Path, PathBuf};

use headwater_tests::{duck, job, workspace};
use serde_json::Value;

/// 3,000,000 flights, and the same with something changed by DuckDB.
fn changed(folder: &Path, name: &str, columns: &str) -> PathBuf {
    let flights = workspace::service("flights", "flights").join("flights-3m.parquet");
    let to = folder.join(format!("{name}.parquet"));
    duck::rows(&format!(
        "copy (select * replace ({columns}) from '{}') to '{}' (format parquet)",
        flights.display(),
        to.display()
    ));
    to
}

fn pin(folder: &Path, source: &Path, rows: u32) {
    let source = source.display().to_string();
    let args =
        ["profile", &source, "--rows", &rows.to_string(), "--key", "origin", "-p", "64", "--pin", "baseline.json"];
    job::run(folder, &args).expect_success();
}

/// The drift report of so many rows.
fn compared(folder: &Path, source: &Path, rows: u32) -> Value {
    let source = source.display().to_string();
    let args = ["profile", &source, "--rows", &rows.to_string(), "--vs", "baseline.json", "--json"];
    let finished = job::run(folder, &args);
    let document: Value = serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|error| panic!("{error}:\n{}\n{}", finished.stdout, finished.stderr));
    document["drift"].clone()
}

#[test]
fn another_sample_of_the_same_flights_is_no_drift_and_ten_points_more_of_chicago_are() {
    let folder = workspace::scratch("drift");
    let flights = workspace::service("flights", "flights").join("flights-3m.parquet");
    pin(&folder, &flights, 20_000);
    for rows in [17_000, 20_000] {
        let same = compared(&folder, &flights, rows);
        assert_ne!(same["verdict"], "fail", "{}", same["sentence"]);
    }
    let chicago = changed(
        &folder,
        "chicago",
        "case when hash(date, distance, delay) % 1000 < 106 then 'ORD' else origin end as origin",
    );
    let moved = compared(&folder, &chicago, 17_000);
    assert_eq!(moved["verdict"], "fail");
    let first = moved["checks"][0]["sentence"].as_str().unwrap();
    assert!(first.starts_with("origin: ORD 5."), "{first}");
}

#[test]
#[ignore = "long: make proofs"]
fn proof_6_flights() {
    let folder = workspace::scratch("drift-proof");
    let flights = workspace::service("flights", "flights").join("flights-3m.parquet");
    let cases = [
        ("the same flights", None),
        (
            "5 % more depart from ORD",
            Some("case when hash(date, distance, delay) % 1000 < 53 then 'ORD' else origin end as origin"),
        ),
        ("all are 6 minutes later", Some("delay + 6 as delay")),
        (
            "distances above 2,000 miles are null",
            Some("case when distance > 2000 then null else distance end as distance"),
        ),
    ];
    println!("| sample | reports that say drift | first finding of the last one |\n|---|---|---|");
    for (at, (name, columns)) in cases.into_iter().enumerate() {
        let source =
            columns.map_or_else(|| flights.clone(), |columns| changed(&folder, &format!("case-{at}"), columns));
        let (mut reports, mut found, mut finding) = (0, 0, String::new());
        for pinned in [17_000, 20_000, 23_000] {
            pin(&folder, &flights, pinned);
            for rows in (10_500..31_000).step_by(1_000) {
                let report = compared(&folder, &source, rows);
                reports += 1;
                if report["verdict"] == "fail" {
                    found += 1;
                    finding = report["checks"][0]["sentence"].as_str().unwrap_or_default().to_owned();
                }
            }
        }
        println!("| {name} | {found} of {reports} | {finding} |");
    }
}
