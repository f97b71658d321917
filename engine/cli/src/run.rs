//! `headwater run`: the exported pipeline, without bounds.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use headwater::Plan;
use headwater_exec::{JobEnd, JobStatus, JobSummary};
use headwater_export::LoadedJob;
use headwater_profile::{CheckResult, CheckVerdict};
use tracing::{info, warn};

use crate::args::Run;
use crate::failure::{Failure, Outcome};
use crate::job::{open, settings, short};
use crate::metrics::{self, Served};
use crate::{logs, signals};

/// The time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// Runs the job until it ends or is stopped.
pub(crate) fn run(args: &Run) -> Outcome {
    let job = open(&args.job)?;
    let settings = settings(&job, args.until_end)?;
    logs::start(args.json_logs);
    let cancel = signals::cancel_on_signal()?;
    if args.stop_with_stdin {
        signals::cancel_on_end_of_stdin(&cancel)?;
    }
    announce(&job, &settings.plan);
    let shared = Arc::new(Mutex::new(JobStatus { fingerprint: job.fingerprint.clone(), ..JobStatus::default() }));
    if let Some(listen) = args.metrics.as_ref().or(job.settings.metrics.as_ref()) {
        let name_keys = job.settings.tap.as_ref().is_some_and(|tap| tap.name_keys);
        let served = Served { job: job.settings.name.clone(), name_keys };
        metrics::serve(listen, served, Arc::clone(&shared))?;
        info!(listen, "Metrics are served.");
    }
    let mut told = Instant::now();
    let mut checks = Checks::default();
    let summary = headwater_exec::run(&settings, &cancel, &mut |status| {
        shared.lock().unwrap_or_else(PoisonError::into_inner).clone_from(status);
        checks.tell(&status.checks);
        if told.elapsed() >= PROGRESS {
            told = Instant::now();
            progress(status);
        }
    });
    let summary = summary.map_err(|error| Failure::in_plan(error, &settings.plan))?;
    finish(&job, &summary);
    Ok(())
}

/// Which checks failed when they were last looked at: a change is worth a line of the log, a state is not.
#[derive(Default)]
struct Checks {
    failing: BTreeSet<String>,
}

impl Checks {
    fn tell(&mut self, checks: &[CheckResult]) {
        for check in checks {
            if check.verdict == CheckVerdict::Fail {
                if self.failing.insert(check.name.clone()) {
                    warn!(check = check.name, "A check fails: {}.", check.sentence);
                }
            } else if self.failing.remove(&check.name) {
                info!(check = check.name, "A check does not fail any more: {}.", check.sentence);
            }
        }
    }
}

fn announce(job: &LoadedJob, plan: &Plan) {
    let sink = plan.sink().map(ToString::to_string).unwrap_or_default();
    let sources: Vec<String> = plan.sources().into_iter().map(|(_, source)| source.connector.to_string()).collect();
    info!(
        job = job.settings.name,
        fingerprint = short(&job.fingerprint),
        guarantee = job.settings.guarantee.name(),
        source = %sources.join(", "),
        sink,
        "Job starts."
    );
}

fn progress(status: &JobStatus) {
    info!(
        records = status.records,
        rows_out = status.rows_out,
        dead = status.dead,
        rejected = status.rejected,
        late = status.late,
        future = status.future,
        lag = status.lag,
        watermark = status.watermark.filter(|watermark| *watermark < i64::MAX),
        checkpoint = status.epoch,
        "Job runs."
    );
}

fn finish(job: &LoadedJob, summary: &JobSummary) {
    let status = &summary.status;
    info!(
        job = job.settings.name,
        fingerprint = short(&job.fingerprint),
        records = status.records,
        rows_out = status.rows_out,
        dead = status.dead,
        rejected = status.rejected,
        late = status.late,
        future = status.future,
        checkpoint = status.epoch,
        restored = summary.restored,
        took_ms = summary.took_ms,
        "{}",
        match summary.end {
            JobEnd::Stopped => "Job was stopped; open windows are in its checkpoint.",
            JobEnd::Finished => "Job reached the end of its source.",
        }
    );
}
