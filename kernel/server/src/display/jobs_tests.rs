//! Jobs as they are shown.

use super::*;
use headwater_charts::html::sanitized;

fn job(state: JobState) -> JobInfo {
    JobInfo {
        path: "/jobs/city-revenue".into(),
        name: "city-revenue".to_owned(),
        fingerprint: "6f1c0de5a3b2ffff".to_owned(),
        state,
        checkpoint: Some((12, Duration::from_secs(8))),
        rows: Some(1_234),
        error: None,
    }
}

#[test]
fn jobs_are_listed_with_what_they_do() {
    let failed = JobInfo { error: Some("no topic `<b>`\nhint: make it".to_owned()), ..job(JobState::Failed) };
    let new = JobInfo { checkpoint: None, rows: None, ..job(JobState::NeverRun) };
    let bundle = list(&[job(JobState::Running { pid: 77 }), failed, new]);
    sanitized::check(bundle["text/html"].as_str().expect("HTML"));
    insta::assert_snapshot!(bundle["text/plain"].as_str().expect("text"));
    insta::assert_snapshot!(list(&[])["text/plain"].as_str().expect("text"), @r#"No jobs yet: `.export("jobs/…")` of a pipeline with a sink makes one."#);
}

#[test]
fn a_job_that_is_watched_shows_its_pace_and_its_state() {
    let metrics = "headwater_records_total{job=\"a\"} 4200\nheadwater_rows_out_total{job=\"a\"} 17\nheadwater_lag_records{job=\"a\"} 3\n\
                   headwater_dead_letters_total{job=\"a\"} 2\nheadwater_watermark_seconds{job=\"a\"} 1767225600\n\
                   headwater_step_state_bytes{job=\"a\",step=\"2\",name=\"filter\"} 0\nheadwater_step_state_bytes{job=\"a\",step=\"3\",name=\"group_by\"} 6400\n";
    let mut view = JobView { info: Some(job(JobState::Running { pid: 77 })), ..JobView::default() };
    for (second, records) in [0_u64, 1_000, 3_000, 4_200].into_iter().enumerate() {
        view.elapsed = Duration::from_secs(second as u64);
        view.count(records);
    }
    view.metrics = Some(Metrics::parse(metrics));
    view.log = vec!["16:20:01 INFO  Job runs. <i>".to_owned()];
    let bundle = view.bundle(None);
    sanitized::check(bundle["text/html"].as_str().expect("HTML"));
    insta::assert_snapshot!(bundle["text/plain"].as_str().expect("text"));
    assert!(
        view.bundle(Some("as long as you asked"))["text/plain"].as_str().expect("text").starts_with("■ city-revenue")
    );
}
