//! `/metrics`, `/healthz` and `/readyz` of a running job.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use headwater_exec::JobStatus;
use tiny_http::{Header, Response, Server};

use crate::exit_code;
use crate::failure::{Failure, Outcome};

/// Serves on `listen` from a thread of its own, for as long as the process lives.
pub(crate) fn serve(listen: &str, job: &str, status: Arc<Mutex<JobStatus>>) -> Outcome {
    let server = Server::http(listen).map_err(|error| {
        Failure::new(exit_code::USER, format!("metrics cannot be served on `{listen}`: {error}"))
            .hint("choose another address for `listen` under `[metrics]` in job.toml")
    })?;
    let job = job.to_owned();
    let spawned = std::thread::Builder::new().name("metrics".into()).spawn(move || {
        for request in server.incoming_requests() {
            let status = status.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (code, body) = answer(request.url(), &job, &status);
            let mut response = Response::from_string(body).with_status_code(code);
            if let Ok(header) = Header::from_bytes("Content-Type", "text/plain; version=0.0.4; charset=utf-8") {
                response.add_header(header);
            }
            // A client that has gone away is no concern of the job's.
            let _ = request.respond(response);
        }
    });
    spawned.map(|_| ()).map_err(|error| Failure::new(exit_code::INTERNAL, format!("no thread for metrics: {error}")))
}

fn answer(url: &str, job: &str, status: &JobStatus) -> (u16, String) {
    match url {
        "/metrics" => (200, prometheus(job, status)),
        "/healthz" => (200, "ok\n".into()),
        // Ready once the first checkpoint is there: from then on a restart loses no work.
        "/readyz" if status.epoch > 0 => (200, "ok\n".into()),
        "/readyz" => (503, "no checkpoint yet\n".into()),
        _ => (404, "there are /metrics, /healthz and /readyz\n".into()),
    }
}

/// The status in Prometheus' text form.
fn prometheus(job: &str, status: &JobStatus) -> String {
    let labels = format!("job=\"{}\",fingerprint=\"{}\"", escaped(job), status.fingerprint);
    let mut text = String::new();
    let mut metric = |name: &str, kind: &str, help: &str, value: Option<f64>| {
        let Some(value) = value else { return };
        // Writing to a String never fails.
        let _ = writeln!(text, "# HELP headwater_{name} {help}\n# TYPE headwater_{name} {kind}");
        let _ = writeln!(text, "headwater_{name}{{{labels}}} {value}");
    };
    let count = |value: u64| Some(value as f64);
    metric("records_total", "counter", "Records read, undecodable ones included.", count(status.records));
    metric("rows_out_total", "counter", "Rows written to the sink.", count(status.rows_out));
    metric("dead_letters_total", "counter", "Records that did not decode.", count(status.dead));
    metric("late_rows_total", "counter", "Rows dropped because their window was closed.", count(status.late));
    metric("null_event_time_total", "counter", "Rows without an event time.", count(status.null_event_time));
    metric("checkpoints_total", "counter", "Checkpoints written.", count(status.checkpoints));
    metric("lag_records", "gauge", "Records in the source that are not read yet.", status.lag.map(|lag| lag as f64));
    let watermark = status.watermark.filter(|watermark| *watermark < i64::MAX);
    metric("watermark_seconds", "gauge", "Event time reached.", watermark.map(|ms| ms as f64 / 1000.0));
    text
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_reads_it() {
        let status =
            JobStatus { fingerprint: "6f1c".into(), records: 3, watermark: Some(1_500), ..JobStatus::default() };
        let (code, text) = answer("/metrics", "a \"job\"", &status);
        assert_eq!(code, 200);
        assert!(text.contains("headwater_records_total{job=\"a \\\"job\\\"\",fingerprint=\"6f1c\"} 3\n"), "{text}");
        assert!(
            text.contains("headwater_watermark_seconds{job=\"a \\\"job\\\"\",fingerprint=\"6f1c\"} 1.5\n"),
            "{text}"
        );
        assert!(!text.contains("lag"), "{text}");
    }

    #[test]
    fn a_job_is_ready_once_it_has_a_checkpoint() {
        assert_eq!(answer("/readyz", "j", &JobStatus::default()).0, 503);
        assert_eq!(answer("/readyz", "j", &JobStatus { epoch: 1, ..JobStatus::default() }).0, 200);
        assert_eq!(answer("/elsewhere", "j", &JobStatus::default()).0, 404);
    }
}
