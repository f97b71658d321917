//! A job folder, opened: what every command on a job does first.

use std::path::Path;
use std::time::Duration;

use headwater::{Plan, SourceConnector};
use headwater_exec::{DeadLetterPolicy, JobSettings, Start, TapCount, TapSettings, fingerprint};
use headwater_export::{DeadLetterSettings, LoadedJob, StartAt, load_job};

use crate::exit_code;
use crate::failure::Failure;

/// Reads the job folder and makes sure that its plan is the pipeline it says it is.
pub(crate) fn open(path: &Path) -> Result<LoadedJob, Failure> {
    let job = load_job(path)?;
    let found = fingerprint(&job.plan);
    if found != job.fingerprint {
        return Err(Failure::new(
            exit_code::USER,
            format!(
                "`{}` says fingerprint {}, but its plan is {}",
                path.display(),
                short(&job.fingerprint),
                short(&found)
            ),
        )
        .hint("plan.json or job.toml was edited: restore them, or export the job again"));
    }
    Ok(job)
}

/// The first characters of a fingerprint: enough to compare by eye.
pub(crate) fn short(fingerprint: &str) -> &str {
    fingerprint.get(..12).unwrap_or(fingerprint)
}

/// What the engine needs to run the job.
pub(crate) fn settings(job: &LoadedJob, until_end: bool) -> Result<JobSettings, Failure> {
    let plan = job.runnable_plan();
    Ok(JobSettings {
        fingerprint: job.fingerprint.clone(),
        start: match job.settings.source.start {
            StartAt::Earliest => Start::Earliest,
            StartAt::Latest => Start::Latest,
        },
        until_end,
        checkpoint_dir: job.settings.checkpoint.path.clone(),
        checkpoint_interval: Duration::from_millis(job.settings.checkpoint.interval_ms),
        dead_letters: dead_letters(&job.settings.dead_letters, &plan)?,
        late: job.settings.late.as_ref().map(|late| dead_letters(late, &plan)).transpose()?,
        parallelism: job.settings.parallelism,
        memory_limit: job.settings.memory_limit,
        tap: job.settings.tap.as_ref().map(tap),
        plan,
    })
}

fn tap(settings: &headwater_export::TapSettings) -> TapSettings {
    let count = match settings.count {
        headwater_export::TapCount::Keys => TapCount::Keys,
        headwater_export::TapCount::Columns => TapCount::Columns,
    };
    TapSettings { count, workers: settings.workers.clone() }
}

fn dead_letters(settings: &DeadLetterSettings, plan: &Plan) -> Result<DeadLetterPolicy, Failure> {
    Ok(match settings {
        DeadLetterSettings::Stop => DeadLetterPolicy::Stop,
        DeadLetterSettings::File(path) => DeadLetterPolicy::File(path.clone()),
        DeadLetterSettings::Topic { brokers, topic } => {
            let of_source = plan.sources().into_iter().find_map(|(_, source)| match &source.connector {
                SourceConnector::Kafka { brokers, .. } => Some(brokers.clone()),
                SourceConnector::Files { .. } => None,
            });
            let brokers = brokers.clone().or(of_source).ok_or_else(|| {
                Failure::new(exit_code::USER, "dead letters go to a topic, but no brokers are named")
                    .hint("set `brokers` under `[dead_letters]` in job.toml")
            })?;
            DeadLetterPolicy::Topic { brokers, topic: topic.clone() }
        }
    })
}
