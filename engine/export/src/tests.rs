//! Job folders written, read back, and refused.

use std::fs;
use std::path::Path;

use headwater::prelude::*;
use headwater::{DeadLetters, Guarantee, Plan};
use insta::assert_snapshot;

use crate::{DeadLetterSettings, JobRequest, SampleToKeep, load_job, write_job};

fn revenue() -> Plan {
    kafka("localhost:9092", "orders")
        .json()
        .schema("city STRING, ts TIMESTAMP, amount DOUBLE")
        .event_time("ts", "10s")
        .group_by(["city"])
        .window(tumbling("1m"))
        .agg([sum("amount").alias("revenue")])
        .to_kafka("localhost:9092", "city-revenue")
        .key("city")
        .plan()
}

fn request<'a>(folder: &Path, plan: &'a Plan) -> JobRequest<'a> {
    JobRequest { fingerprint: "6f1c0d", ..JobRequest::new(folder.join("city-revenue"), plan) }
}

/// Writes the job, changes `job.toml` with `change`, and gives what reading says.
fn error_after(change: impl Fn(&str) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let written = write_job(&request(folder.path(), &plan)).unwrap();
    let path = written.path.join("job.toml");
    fs::write(&path, change(&fs::read_to_string(&path).unwrap())).unwrap();
    load_job(&written.path).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let mut request = request(folder.path(), &plan);
    request.dead_letters = Some(DeadLetters::Topic("dead \"ones\"".into()));
    let written = write_job(&request).unwrap();
    assert_eq!(written.files, ["plan.json", "job.toml", "README.md"]);
    let job = load_job(&written.path).unwrap();
    assert_eq!((&job.plan, job.fingerprint.as_str()), (&plan, "6f1c0d"));
    assert_eq!(job.settings.checkpoint.path, written.path.join("checkpoints"));
    assert_eq!(job.settings.checkpoint.interval_ms, 10_000);
    assert_eq!(job.settings.dead_letters, DeadLetterSettings::Topic { brokers: None, topic: "dead \"ones\"".into() });
    assert_eq!(job.runnable_plan(), plan);
    assert_eq!(job.sample(), None);
}

#[test]
fn the_files_as_people_read_them() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let written = write_job(&request(folder.path(), &plan)).unwrap();
    let read = |name: &str| fs::read_to_string(written.path.join(name)).unwrap();
    assert_snapshot!("job_toml", read("job.toml"));
    assert_snapshot!("readme", read("README.md"));
    assert_eq!(read("plan.json"), plan.to_json());
}

#[test]
fn an_operator_points_the_job_at_other_brokers() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let written = write_job(&request(folder.path(), &plan)).unwrap();
    let path = written.path.join("job.toml");
    let text = fs::read_to_string(&path).unwrap();
    let other = "# brokers = \"localhost:9092\"\n# Where to begin";
    assert!(text.contains(other));
    fs::write(&path, text.replace(other, "brokers = \"kafka.prod:9092\"\n# Where to begin")).unwrap();
    let job = load_job(&written.path).unwrap();
    assert_eq!(job.plan, plan);
    assert_eq!(job.runnable_plan().source().connector, kafka("kafka.prod:9092", "orders").plan().source().connector);
}

#[test]
fn the_sample_goes_with_the_job_and_an_export_without_one_removes_it() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let tapes = [folder.path().join("some.arrow")];
    fs::write(&tapes[0], b"tape").unwrap();
    let mut request = request(folder.path(), &plan);
    request.sample = Some(SampleToKeep { tapes: &tapes, expected: "{\"city\":\"Oslo\"}\n" });
    let written = write_job(&request).unwrap();
    let sample = load_job(&written.path).unwrap().sample().unwrap();
    assert_eq!(fs::read(&sample.tapes[0]).unwrap(), b"tape");
    assert_eq!(fs::read_to_string(sample.expected).unwrap(), "{\"city\":\"Oslo\"}\n");
    request.sample = None;
    assert!(write_job(&request).unwrap().replaced);
    assert_eq!(load_job(&written.path).unwrap().sample(), None);
}

#[test]
fn a_second_export_keeps_what_the_job_has_written() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let written = write_job(&request(folder.path(), &plan)).unwrap();
    fs::create_dir(written.path.join("checkpoints")).unwrap();
    fs::write(written.path.join("checkpoints/1"), b"state").unwrap();
    assert!(write_job(&request(folder.path(), &plan)).unwrap().replaced);
    assert_eq!(fs::read(written.path.join("checkpoints/1")).unwrap(), b"state");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["city-revenue"], "nothing is left aside");
}

#[test]
fn a_folder_with_another_pipeline_is_kept_unless_told() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    write_job(&request(folder.path(), &plan)).unwrap();
    let mut other = request(folder.path(), &plan);
    other.fingerprint = "another";
    let error = write_job(&other).unwrap_err().to_string().replace(&*folder.path().to_string_lossy(), "…");
    assert_snapshot!(error, @r"
`…/city-revenue` holds another pipeline
hint: export to another folder, or say `.overwrite()` before `.export(…)`; a checkpoint of the other pipeline will then be refused by `headwater run`
");
    other.overwrite = true;
    assert!(write_job(&other).unwrap().replaced);
    assert_eq!(load_job(&other.path).unwrap().fingerprint, "another");
}

#[test]
fn a_folder_with_other_things_is_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("city-revenue")).unwrap();
    fs::write(folder.path().join("city-revenue/thesis.txt"), b"years of work").unwrap();
    let plan = revenue();
    let mut request = request(folder.path(), &plan);
    request.overwrite = true;
    let error = write_job(&request).unwrap_err().to_string().replace(&*folder.path().to_string_lossy(), "…");
    assert_snapshot!(error, @r"
`…/city-revenue` is not empty and holds no exported job
hint: export to another folder
");
}

#[test]
fn what_is_not_there_yet_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let mut request = request(folder.path(), &plan);
    request.guarantee = Guarantee::ExactlyOnce;
    assert_snapshot!(write_job(&request).unwrap_err(), @r"
`exactly_once` is not there yet
hint: use `.at_least_once()`: after a failure no row is missing, and rows written since the last checkpoint come again
");
    assert!(!request.path.exists());
    let no_sink = plan.pipeline();
    assert_snapshot!(write_job(&JobRequest::new(folder.path().join("x"), &no_sink)).unwrap_err(), @r"
a job needs a place to write to
hint: end the pipeline with `.to_kafka(…)`, `.to_files(…)` or `.print()` before `.export(…)`
");
}

#[test]
fn an_edited_plan_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plan = revenue();
    let written = write_job(&request(folder.path(), &plan)).unwrap();
    let path = written.path.join("plan.json");
    fs::write(&path, plan.to_json().replace("\"city-revenue\"", "\"elsewhere\"")).unwrap();
    let error = load_job(&written.path).unwrap_err().to_string().replace(&*written.path.to_string_lossy(), "…");
    assert_snapshot!(error, @r"
`…/plan.json` was edited after the export: its SHA-256 is not the one in `job.toml`
hint: restore it, or export the job again from its notebook
");
}

#[test]
fn mistakes_in_the_settings_name_their_line() {
    assert_snapshot!(error_after(|text| text.replace("interval =", "intervall =")), @r"
`job.toml` line 48: unknown key `intervall`
hint: did you mean `interval`? there are: `path`, `interval`
");
    assert_snapshot!(error_after(|text| text.replace("\"10s\"", "\"10 parsecs\"")), @r#"
`job.toml` line 48: `10 parsecs` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`
hint: write it as `interval = "10s"`
"#);
    assert_snapshot!(error_after(|text| text.replace("\"10s\"", "\"0s\"")), @r"
`job.toml`: the checkpoint interval is 0
hint: progress is kept this often: use at least `100ms`
");
    assert_snapshot!(error_after(|text| text.replace("\"earliest\"", "\"earlyest\"")), @r"
`job.toml` line 19: unknown variant `earlyest`, expected `earliest` or `latest`
hint: did you mean `earliest`? there are: `earliest`, `latest`
");
    assert_snapshot!(error_after(|text| text.replace("policy = \"file\"", "policy = \"topic\"")), @r#"
`job.toml`: `[dead_letters]` has the policy `topic` but names no topic
hint: add `topic = "…"`, or use the policy `file`
"#);
    assert_snapshot!(error_after(|text| text.replace("at_least_once\"", "exactly_once\"")), @r"
`exactly_once` is not there yet
hint: use `.at_least_once()`: after a failure no row is missing, and rows written since the last checkpoint come again
");
    assert_snapshot!(error_after(|text| text.replace("# limit = \"4GiB\"", "limit = \"4GB RAM\"")), @r#"
`job.toml` line 53: `4GB RAM` is not a size such as `512KiB`, `64MiB` or `10MB`
hint: write it as `limit = "4GiB"`
"#);
    assert_snapshot!(error_after(|text| text.replace("# limit = \"4GiB\"", "limit = \"4\"")), @r#"
`job.toml` line 53: less than 64MiB is too little for any job
hint: write it as `limit = "4GiB"`
"#);
    assert_snapshot!(error_after(|text| text.replace("[metrics]", "[metrics")), @"`job.toml` line 55: unclosed table, expected `]`");
    assert_snapshot!(error_after(|text| format!("colour = \"red\"\n{text}")), @r"
`job.toml` line 1: unknown key `colour`
hint: there are: `name`, `fingerprint`, `plan_sha256`, `guarantee`, `parallelism`, `source`, `sink`, `dead_letters`, `late`, `checkpoint`, `memory`, `metrics`, `tap`
");
}

#[test]
fn a_folder_that_is_no_job_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let error = load_job(folder.path()).unwrap_err().to_string().replace(&*folder.path().to_string_lossy(), "…");
    assert_snapshot!(error, @r#"
`…` is not a job folder
hint: a job folder holds `plan.json` and `job.toml`; a notebook writes one with `.export("…")`
"#);
}
