//! `%jobs`: the jobs of the notebook, listed, run, watched and stopped.

use super::{Call, Group, Magic, misused};
use crate::display::jobs::JobView;
use crate::display::{self, MimeBundle};
use crate::jobs::{JobInfo, JobState, shown};
use crate::service::Desk;
use headwater_exec::{Cancel, Error, ErrorKind, Progress};
use headwater_look::{Outcome, one};
use std::path::Path;
use std::time::{Duration, Instant};

/// The magic.
pub struct Jobs;

/// How long a job that was started is waited for until it says something of itself.
const FIRST_WORD: Duration = Duration::from_secs(5);
/// How long a job that has said something may take to fail at once: no topic, no broker.
const AT_ONCE: Duration = Duration::from_millis(700);
/// How long a job may take to write its checkpoint before one is told that it takes long.
const CHECKPOINT: Duration = Duration::from_secs(60);
/// The time between two looks at a job.
const LOOK: Duration = Duration::from_millis(50);
/// The time between two views of it: a job counts once a second.
const VIEW: Duration = Duration::from_secs(1);
/// Lines of a log that are shown unless said.
const LINES: usize = 20;

impl Magic for Jobs {
    fn name(&self) -> &'static str {
        "jobs"
    }

    fn usage(&self) -> &'static str {
        "[run|watch|stop|log PATH]"
    }

    fn about(&self) -> &'static str {
        "The exported jobs with what they do; runs one beside the kernel, watches it, stops it, shows its log."
    }

    fn options(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("run PATH", "runs the job until it is stopped, or until the kernel ends: both stop it with a checkpoint"),
            ("run PATH --until-end", "runs it to the end of what its source holds now, and waits for that"),
            ("watch PATH", "its metrics and the end of its log, in place, until you interrupt"),
            ("watch PATH --for 30s", "the same for so long"),
            ("stop PATH", "stops it, with a checkpoint that the next run continues from"),
            ("log PATH [-n 20]", "the last lines of its log"),
        ]
    }

    fn group(&self) -> Group {
        Group::Jobs
    }

    fn example(&self) -> &'static str {
        "%jobs run jobs/city-revenue"
    }

    fn run(&self, call: &Call<'_>, desk: &Desk<'_>) -> Outcome<Option<MimeBundle>> {
        match call.words()[..] {
            [] => Ok(Some(display::jobs::list(&desk.jobs.list()))),
            ["run", path] => run(desk, Path::new(path)).map(Some),
            ["run", path, "--until-end"] => run_to_end(desk, Path::new(path)).map(Some),
            ["watch", path] => watch(desk, Path::new(path), None).map(Some),
            ["watch", path, "--for", length] => {
                let length = headwater::parse_duration(length).map_err(|error| misused(self, error))?;
                watch(desk, Path::new(path), Some(Duration::from_millis(length))).map(Some)
            }
            ["stop", path] => stop(desk, Path::new(path)).map(Some),
            ["log", path] => log(desk, Path::new(path), LINES).map(Some),
            ["log", path, "-n", lines] => {
                let lines = lines.parse().map_err(|_| misused(self, format!("`{lines}` is no number of lines")))?;
                log(desk, Path::new(path), lines).map(Some)
            }
            [verb @ ("run" | "watch" | "stop" | "log")] => Err(misused(self, format!("`%jobs {verb}` of which job?"))),
            [what, ..] => Err(misused(self, format!("`%jobs` cannot do `{what}`"))),
        }
    }
}

fn run(desk: &Desk<'_>, path: &Path) -> Outcome<MimeBundle> {
    start(desk, path, false)?;
    let began = Instant::now();
    while desk.jobs.metrics(path).is_none() && desk.jobs.info(path).state.is_alive() && began.elapsed() < FIRST_WORD {
        pause(desk.cancel, LOOK)?;
    }
    let spoke = Instant::now();
    while desk.jobs.info(path).state.is_alive() && spoke.elapsed() < AT_ONCE {
        pause(desk.cancel, LOOK)?;
    }
    let info = desk.jobs.info(path);
    no_failure(&info)?;
    Ok(display::jobs::one(&info))
}

fn run_to_end(desk: &Desk<'_>, path: &Path) -> Outcome<MimeBundle> {
    start(desk, path, true)?;
    let name = desk.jobs.info(path).name;
    loop {
        let info = desk.jobs.info(path);
        if !info.state.is_alive() {
            no_failure(&info)?;
            return Ok(display::jobs::one(&info));
        }
        if let Some(metrics) = desk.jobs.metrics(path) {
            let records = metrics.value("records_total").unwrap_or_default() as u64;
            let total = metrics.value("lag_records").map(|lag| records + lag as u64);
            desk.waiting.report(Progress { what: format!("running {name}, records"), done: records, total });
        }
        pause(desk.cancel, LOOK * 4)?;
    }
}

fn start(desk: &Desk<'_>, path: &Path, until_end: bool) -> Outcome<()> {
    desk.says(&format!("starting {}", path.display()));
    desk.jobs.start(path, until_end)
}

/// A job that failed is an error of whoever asked for it.
fn no_failure(info: &JobInfo) -> Outcome<()> {
    if info.state != JobState::Failed {
        return Ok(());
    }
    let said = info.error.as_deref().unwrap_or("it ended without a word");
    let (message, hint) = said.split_once("\nhint: ").unwrap_or((said, ""));
    let error = Error::new(ErrorKind::Config, format!("the job {} failed: {message}", info.name));
    let log = format!("`%jobs log {}` shows its log.", shown(&info.path));
    let hint = if hint.is_empty() { log } else { format!("{}. {log}", hint.trim_end_matches('.')) };
    Err(one(error.hint(hint)))
}

fn watch(desk: &Desk<'_>, path: &Path, length: Option<Duration>) -> Outcome<MimeBundle> {
    let began = Instant::now();
    let mut view = JobView::default();
    loop {
        view.look(desk.jobs, path, began.elapsed());
        desk.waiting.view(view.bundle(None));
        if !view.is_alive() {
            return Ok(view.bundle(Some("as long as it ran")));
        }
        if length.is_some_and(|length| began.elapsed() >= length) {
            return Ok(view.bundle(Some("as long as you asked")));
        }
        if let Err(interrupted) = pause(desk.cancel, VIEW) {
            desk.waiting.view(view.bundle(Some("until you interrupted it; the job goes on")));
            return Err(interrupted);
        }
    }
}

fn stop(desk: &Desk<'_>, path: &Path) -> Outcome<MimeBundle> {
    let before = desk.jobs.info(path);
    if !desk.jobs.stop(path) {
        let error = Error::new(ErrorKind::Config, format!("{} was not started here, or does not run", before.name));
        return Err(one(error.hint("`%jobs` lists the jobs with what they do.")));
    }
    desk.says(&format!("waiting for the checkpoint of {}", before.name));
    let began = Instant::now();
    loop {
        let info = desk.jobs.info(path);
        if !info.state.is_alive() {
            no_failure(&info)?;
            return Ok(display::jobs::one(&info));
        }
        if began.elapsed() > CHECKPOINT {
            let error = Error::new(ErrorKind::Config, format!("{} still writes its checkpoint", info.name));
            return Err(one(error.hint("It ends by itself once that is written; `%jobs` says when.")));
        }
        pause(desk.cancel, LOOK)?;
    }
}

fn log(desk: &Desk<'_>, path: &Path, lines: usize) -> Outcome<MimeBundle> {
    let info = desk.jobs.info(path);
    if info.state == JobState::Unreadable {
        return Err(one(Error::new(ErrorKind::Config, info.error.unwrap_or(info.name))));
    }
    Ok(display::jobs::log(&info, lines))
}

/// Waits, but not longer than until the user interrupts.
fn pause(cancel: &Cancel, length: Duration) -> Outcome<()> {
    let until = Instant::now() + length;
    while Instant::now() < until {
        cancel.check().map_err(one)?;
        std::thread::sleep(LOOK.min(until.saturating_duration_since(Instant::now())));
    }
    cancel.check().map_err(one)
}
