//! `headwater explain`: what a job does, step by step, without running it.

use headwater::validate;
use headwater_export::{DeadLetterSettings, LoadedJob, StartAt};

use crate::args::Job;
use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::job::open;

/// Prints what the job does.
pub(crate) fn explain(args: &Job) -> Outcome {
    let job = open(&args.job)?;
    print!("{}", text(&job)?);
    Ok(())
}

fn text(job: &LoadedJob) -> Result<String, Failure> {
    let plan = job.runnable_plan();
    let schemas = validate(&plan).map_err(|mistakes| {
        let all: Vec<String> =
            mistakes.iter().map(|mistake| format!("{}: {}", plan.describe(mistake.node), mistake.message)).collect();
        Failure::new(exit_code::USER, format!("the plan cannot run\n{}", all.join("\n")))
    })?;
    let steps: Vec<String> =
        plan.to_string().lines().zip(&schemas).map(|(line, schema)| format!("{line}\n      → {schema}")).collect();
    let settings = &job.settings;
    let dead_letters = match &settings.dead_letters {
        DeadLetterSettings::Topic { topic, .. } => format!("to the topic `{topic}`"),
        DeadLetterSettings::File(path) => format!("to the file `{}`", path.display()),
        DeadLetterSettings::Stop => "stop the job".into(),
    };
    let late = match &settings.late {
        Some(DeadLetterSettings::Topic { topic, .. }) => format!("to the topic `{topic}`"),
        Some(DeadLetterSettings::File(path)) => format!("to the file `{}`", path.display()),
        Some(DeadLetterSettings::Stop) | None => "only counted".into(),
    };
    let start = match settings.source.start {
        StartAt::Earliest => "the oldest record",
        StartAt::Latest => "the newest record",
    };
    Ok(format!(
        "{name}\n\n{steps}\n\nfingerprint   {fingerprint}\nguarantee     {guarantee}\ndead letters  {dead_letters}\nlate rows     {late}\ncheckpoints   \
         `{checkpoints}`, every {interval}\nstarts at     {start}, when there is no checkpoint\n",
        name = settings.name,
        steps = steps.join("\n"),
        fingerprint = job.fingerprint,
        guarantee = settings.guarantee.name().replace('_', " "),
        checkpoints = settings.checkpoint.path.display(),
        interval = headwater::format_duration(settings.checkpoint.interval_ms),
    ))
}
