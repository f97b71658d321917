//! Tests of the preview as users see it: HTML, plain text, and what each says of windows, lateness and dead letters.

use super::*;
use crate::display::table::ROWS;
use headwater::Plan;
use headwater_exec::expression::Faults;
use headwater_exec::preview::{Counts, PartitionTime, SourcePreview, WindowFate};
use headwater_exec::sources::DeadLetter;
use headwater_exec::tape::{PartitionNote, SampleNote};
use polars::prelude::*;

pub(crate) fn sample() -> SampleNote {
    let partition = |partition, high, taken| PartitionNote { partition, low: 0, high, taken };
    SampleNote {
        origin: "orders".to_owned(),
        partitions: vec![partition(0, 900, 300), partition(1, 1_100, 366), partition(2, 0, 0)],
        records: 666,
        total: 2_000,
        bytes: 90_000,
        blocks: 40,
        oldest_ms: Some(1_767_225_600_000),
        newest_ms: Some(1_767_240_600_000),
        ..SampleNote::default()
    }
}

pub(crate) fn revenue() -> Preview {
    let minutes = [0i64, 0, 1, 2, 2, 3];
    let starts: Vec<i64> = minutes.iter().map(|minute| 1_767_225_600_000 + minute * 60_000).collect();
    let ends: Vec<i64> = starts.iter().map(|start| start + 60_000).collect();
    let time = |name: &str, values: &[i64]| {
        Int64Chunked::from_slice(name.into(), values).into_datetime(TimeUnit::Milliseconds, None).into_series().into()
    };
    let cities = [Some("New York"), Some("<b>Paris</b>"), None, Some("ירושלים"), Some(""), Some("São Paulo")];
    let frame = DataFrame::new(
        6,
        vec![
            Series::new("city".into(), cities).into(),
            time("window_start", &starts),
            time("window_end", &ends),
            Series::new("revenue".into(), [Some(1520.5), Some(88.0), None, Some(0.1 + 0.2), Some(12.0), Some(4.0)])
                .into(),
            Series::new("orders".into(), [41i64, 3, 1, 2, 1, 1]).into(),
        ],
    )
    .expect("columns of one height");
    let held = WindowFate::HeldBack { source: 0, partition: 2 };
    let letter = DeadLetter {
        origin: "orders".to_owned(),
        partition: 1,
        position: Some(17),
        timestamp_ms: Some(1_767_225_600_000),
        key: None,
        value: b"{\"city\": <script>".to_vec(),
        reason: "not JSON: expected value at column 10".to_owned(),
    };
    Preview {
        plan: Plan { version: 1, nodes: Vec::new() },
        fingerprint: "3fa9c0d1e2b30000ffff".to_owned(),
        frame,
        windows: vec![WindowFate::Closed, WindowFate::Closed, WindowFate::Closed, held, held, WindowFate::Cut],
        counts: Counts { records: 666, dead: 1, rejected: 0, rows: 6, late: 2, null_event_time: 1, future: 3 },
        checks: Vec::new(),
        sources: vec![SourcePreview {
            node: 0,
            note: sample(),
            records: 666,
            dead_records: 1,
            dead: vec![letter],
            partitions: vec![PartitionTime { partition: 2, records: 0, max_event_time: None }],
        }],
        joins: Vec::new(),
        repeats: Vec::new(),
        time_unit: None,
        steps: Vec::new(),
        took_ms: 12,
    }
}

#[test]
fn a_windowed_preview_reads_well_as_text() {
    let bundle = preview(&revenue(), None, ROWS);
    insta::assert_snapshot!(bundle["text/plain"].as_str().expect("text"));
}

#[test]
fn values_that_cannot_be_computed_are_counted_for_their_step() {
    let mut preview = revenue();
    let faults = Faults { overflow: 2, division_by_zero: 1, undefined: 0 };
    preview.steps = vec![StepStatus { node: 2, name: "with_columns", faults, ..StepStatus::default() }];
    let bundle = super::preview(&preview, None, ROWS);
    let sentence = "3 values became null in step 3, `with_columns`: 2 by overflow, 1 by division by zero";
    assert!(bundle["text/plain"].as_str().expect("text").contains(sentence), "{bundle:?}");
    let json = &bundle["application/vnd.headwater.preview+json"];
    assert_eq!(json["faults"], json!([{"step": 3, "overflow": 2, "division_by_zero": 1, "undefined": 0}]));
}

#[test]
fn html_says_the_same_and_stays_inside_the_sanitizer() {
    let bundle = preview(&revenue(), None, ROWS);
    let html = bundle["text/html"].as_str().expect("HTML");
    for part in
        ["held back by partition 2, which has no record: <code", "✂ cut", "✓ closed", "3fa9c0d1e2b3", "dead letters"]
    {
        assert!(html.contains(part), "{part} in {html}");
    }
    headwater_charts::html::sanitized::check(html);
}

#[test]
fn machines_get_rows_counts_and_the_whole_fingerprint() {
    let bundle = preview(&revenue(), None, ROWS);
    let json = &bundle["application/vnd.headwater.preview+json"];
    assert_eq!(json["fingerprint"], "3fa9c0d1e2b30000ffff");
    assert_eq!(json["rows"][0]["city"], "New York");
    assert_eq!(json["rows"][2]["revenue"], Value::Null);
    assert_eq!(json["counts"]["late"], 2);
    assert_eq!(json["windows"], json!({"closed": 2, "cut": 1, "held_back": [{"partition": 2, "windows": 1}]}));
}

#[test]
fn a_job_says_where_it_would_write() {
    let sink = Sink::Kafka { brokers: "localhost:9092".to_owned(), topic: "revenue".to_owned(), key: None };
    let bundle = preview(&revenue(), Some(&sink), ROWS);
    let text = bundle["text/plain"].as_str().expect("text");
    assert!(text.contains("a job writes to topic `revenue` at localhost:9092; nothing was written now"), "{text}");
}

#[test]
fn an_empty_source_is_no_error() {
    let mut empty = revenue();
    empty.frame = empty.frame.head(Some(0));
    empty.windows.clear();
    empty.sources[0].dead.clear();
    empty.counts = Counts::default();
    let text = preview(&empty, None, ROWS)["text/plain"].as_str().expect("text").to_owned();
    assert!(text.contains("the source holds no record yet") && text.contains("no row"), "{text}");
}

#[test]
fn checks_stand_between_the_remarks_and_the_rows() {
    let mut failing = headwater_profile::CheckTally::new();
    failing.push(0, 40, 3);
    failing.example(|| "{\"city\":\"<script>\"}".to_owned());
    let check = headwater_profile::RecordCheck { name: "amount is positive".to_owned() }.judge(&failing);
    let mut checked = revenue();
    (checked.checks, checked.counts.rejected) = (vec![check], 3);
    let bundle = preview(&checked, None, ROWS);
    insta::assert_snapshot!(bundle["text/plain"].as_str().expect("a text"));
    let html = bundle["text/html"].as_str().expect("a page");
    headwater_charts::html::sanitized::check(html);
    let places = ["broke a check", "amount is positive", "window_start"].map(|word| html.find(word));
    assert!(places.is_sorted() && places.iter().all(Option::is_some), "{places:?}");
    assert_eq!(bundle["application/vnd.headwater.preview+json"]["checks"][0]["verdict"], "fail");
}
