//! `/metrics`, `/healthz` and `/readyz` of a running job.

use std::sync::{Arc, Mutex, PoisonError};

use headwater_exec::JobStatus;
use tiny_http::{Header, Response, Server};

use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::prometheus::prometheus;

/// What is served about a job, beside its status.
#[derive(Clone, Debug)]
pub(crate) struct Served {
    /// The job's name.
    pub(crate) job: String,
    /// Whether the most frequent keys of a tap are named: they are values of the data.
    pub(crate) name_keys: bool,
}

/// Serves on `listen` from a thread of its own, for as long as the process lives.
pub(crate) fn serve(listen: &str, served: Served, status: Arc<Mutex<JobStatus>>) -> Outcome {
    let server = Server::http(listen).map_err(|error| {
        Failure::new(exit_code::USER, format!("metrics cannot be served on `{listen}`: {error}"))
            .hint("choose another address for `listen` under `[metrics]` in job.toml")
    })?;
    let spawned = std::thread::Builder::new().name("metrics".into()).spawn(move || {
        for request in server.incoming_requests() {
            let status = status.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let (code, body) = answer(request.url(), &served, &status);
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

fn answer(url: &str, served: &Served, status: &JobStatus) -> (u16, String) {
    match url {
        "/metrics" => (200, prometheus(served, status)),
        "/healthz" => (200, "ok\n".into()),
        // Ready once the first checkpoint is there: from then on a restart loses no work.
        "/readyz" if status.epoch > 0 => (200, "ok\n".into()),
        "/readyz" => (503, "no checkpoint yet\n".into()),
        _ => (404, "there are /metrics, /healthz and /readyz\n".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_ready_once_it_has_a_checkpoint() {
        let served = Served { job: "j".into(), name_keys: false };
        let code = |url: &str, epoch| answer(url, &served, &JobStatus { epoch, ..JobStatus::default() }).0;
        assert_eq!((code("/readyz", 0), code("/readyz", 1), code("/metrics", 0)), (503, 200, 200));
        assert_eq!(code("/elsewhere", 1), 404);
    }
}
