//! Jobs: the list with what each does, one of them, its log, and its metrics while it runs.

use crate::display::escape::{html, html_isolated, visible};
use crate::display::numbers::{count, counted, significant, span, timestamp};
use crate::display::preview::short;
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use crate::jobs::{JobInfo, JobState, Jobs, Metrics, last_lines, log_line, shown};
use headwater_charts::html::{histogram, plain_table};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// Seconds of the chart of a job that is watched.
const SECONDS: usize = 60;
/// Lines of its log.
const LINES: usize = 6;

/// The jobs there are.
pub fn list(jobs: &[JobInfo]) -> MimeBundle {
    let headline = match jobs {
        [] => "No jobs yet: `.export(\"jobs/…\")` of a pipeline with a sink makes one.".to_owned(),
        _ => counted(jobs.len() as u64, "job"),
    };
    let hint = "`%jobs run PATH` runs one beside the kernel, `%jobs watch PATH` shows what it does.";
    table(&headline, jobs, if jobs.is_empty() { "" } else { hint })
}

/// One job, after something was done with it.
pub fn one(job: &JobInfo) -> MimeBundle {
    let path = shown(&job.path);
    let hint = match job.state {
        JobState::Running { .. } => format!(
            "It runs until `%jobs stop {path}`, or until the kernel ends. `%jobs watch {path}` shows what it does."
        ),
        _ => format!("`%jobs log {path}` shows its log; `%jobs run {path}` continues from its checkpoint."),
    };
    table(&format!("{} {}", job.name, state(job)), std::slice::from_ref(job), &hint)
}

fn table(headline: &str, jobs: &[JobInfo], hint: &str) -> MimeBundle {
    let rows: Vec<[String; 6]> = jobs.iter().map(row).collect();
    let mut out = tag("div", style::VERDICT, &html(headline));
    let mut text = vec![headline.to_owned()];
    if !rows.is_empty() {
        let cells: Vec<[String; 6]> = rows.iter().map(|row| row.each_ref().map(|cell| html_isolated(cell))).collect();
        let heads = ["job", "state", "last checkpoint", "rows written", "fingerprint", "folder"];
        out.push_str(&plain_table(&heads, &cells));
        text.extend(rows.iter().map(|[name, state, checkpoint, rows, print, path]| {
            format!("{name:<20} {state:<28} {checkpoint:<24} {rows:<12} {print:<12} {path}")
        }));
    }
    if !hint.is_empty() {
        out.push_str(&tag("div", style::NOTE, &html(hint)));
        text.push(hint.to_owned());
    }
    let text: Vec<String> = text.iter().map(|line| visible(line)).collect();
    bundle::bundle("jobs", tag("div", style::PANEL, &out), text.join("\n"), jobs.iter().map(json).collect())
}

fn row(job: &JobInfo) -> [String; 6] {
    let error = job.error.as_deref().and_then(|error| error.lines().next());
    let state = match error {
        Some(error) => format!("{}: {error}", state(job)),
        None => state(job),
    };
    let rows = job.rows.map(count).unwrap_or_default();
    [job.name.clone(), state, checkpoint(job), rows, short(&job.fingerprint).to_owned(), shown(&job.path)]
}

fn state(job: &JobInfo) -> String {
    match job.state {
        JobState::Unreadable => "cannot be read".to_owned(),
        JobState::NeverRun => "was never run".to_owned(),
        JobState::Running { pid } => format!("runs, process {pid}"),
        JobState::Stopping { pid } => format!("is stopping, process {pid}"),
        JobState::Elsewhere => "is run by somebody else".to_owned(),
        JobState::Ended { well: true } | JobState::Stopped => "is stopped".to_owned(),
        JobState::Finished => "reached the end of its source".to_owned(),
        JobState::Ended { well: false } | JobState::Failed => "failed".to_owned(),
    }
}

fn checkpoint(job: &JobInfo) -> String {
    let age = |age: Duration| span(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    job.checkpoint.map_or_else(|| "none".to_owned(), |(number, old)| format!("{}, {} ago", count(number), age(old)))
}

fn json(job: &JobInfo) -> Value {
    let pid = match job.state {
        JobState::Running { pid } | JobState::Stopping { pid } => Some(pid),
        _ => None,
    };
    json!({
        "name": job.name, "path": job.path.to_string_lossy(), "fingerprint": job.fingerprint, "state": state(job),
        "pid": pid, "checkpoint": job.checkpoint.map(|(number, _)| number), "rows": job.rows, "error": job.error,
    })
}

/// The last lines of a job's log.
pub fn log(job: &JobInfo, lines: usize) -> MimeBundle {
    let all = last_lines(&job.path);
    let last: Vec<String> =
        all[all.len().saturating_sub(lines)..].iter().map(|line| visible(&log_line(line))).collect();
    let text = match last.is_empty() {
        true => format!("{} has no log: it was not started from a notebook yet.", job.name),
        false => last.join("\n"),
    };
    let out = tag("div", style::PANEL, &log_html(&text));
    bundle::bundle("job-log", out, text, json!({"name": job.name, "lines": last}))
}

fn log_html(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(html).collect();
    tag("div", style::CODE, &lines.join("<br>"))
}

/// A job while it is watched.
#[derive(Default)]
pub struct JobView {
    info: Option<JobInfo>,
    metrics: Option<Metrics>,
    log: Vec<String>,
    elapsed: Duration,
    /// Records of every second, the oldest first.
    per_second: Vec<u64>,
    /// Records when they were looked at last, and when that was.
    before: Option<(u64, Duration)>,
}

impl JobView {
    /// Looks at the job; `elapsed` is for how long it has been watched.
    pub fn look(&mut self, jobs: &Jobs, path: &Path, elapsed: Duration) {
        self.elapsed = elapsed;
        let all = last_lines(path);
        self.log = all[all.len().saturating_sub(LINES)..].iter().map(|line| visible(&log_line(line))).collect();
        // Of a job that has ended the last metrics stay.
        if let Some(metrics) = jobs.metrics(path) {
            self.count(metrics.value("records_total").unwrap_or_default() as u64);
            self.metrics = Some(metrics);
        }
        self.info = Some(jobs.info(path));
    }

    fn count(&mut self, records: u64) {
        if let Some((before, then)) = self.before {
            let seconds = self.elapsed.saturating_sub(then).as_secs_f64().max(0.001);
            self.per_second.push((records.saturating_sub(before) as f64 / seconds).round() as u64);
            let old = self.per_second.len().saturating_sub(SECONDS);
            self.per_second.drain(..old);
        }
        self.before = Some((records, self.elapsed));
    }

    /// Whether the job runs, as far as is known here.
    pub fn is_alive(&self) -> bool {
        self.info.as_ref().is_some_and(|info| info.state.is_alive())
    }

    /// What is shown; `ended` says for how long it was watched.
    pub fn bundle(&self, ended: Option<&str>) -> MimeBundle {
        let headline = self.headline(ended);
        let facts = self.facts();
        let words = self.chart_in_words();
        let mut out = tag("div", style::VERDICT, &html(&headline));
        let image = histogram::image(&self.per_second, &words);
        if !image.is_empty() {
            out.push_str(&tag("div", style::NOTE, &html(&words)));
            out.push_str(&image);
        }
        let cells: Vec<[String; 2]> = facts.iter().map(|row| row.each_ref().map(|cell| html(cell))).collect();
        out.push_str(&plain_table(&["", ""], &cells));
        out.push_str(&log_html(&self.log.join("\n")));
        let mut text = vec![headline];
        if let Some(most) = self.per_second.iter().max().filter(|most| **most > 0) {
            text.push(format!("{} {words}", histogram::blocks(&self.per_second, *most)));
        }
        text.extend(facts.iter().map(|[what, value]| format!("{what:<18} {value}")));
        text.extend(self.log.clone());
        let json = json!({
            "job": self.info.as_ref().map(json), "per_second": self.per_second,
            "records": self.value("records_total"), "rows_out": self.value("rows_out_total"), "lag": self.value("lag_records"),
        });
        bundle::bundle("job", tag("div", style::PANEL, &out), text.join("\n"), json)
    }

    fn headline(&self, ended: Option<&str>) -> String {
        let Some(info) = &self.info else { return "no job".to_owned() };
        let time = span(i64::try_from(self.elapsed.as_millis()).unwrap_or(i64::MAX));
        match ended {
            None => format!("● {} {}", info.name, state(info)),
            Some(how) => format!("■ {} {}; watched for {time}, {how}", info.name, state(info)),
        }
    }

    fn chart_in_words(&self) -> String {
        let lately = self.per_second.last().copied().unwrap_or_default();
        let seconds = counted(self.per_second.len() as u64, "second");
        format!("records of the last {seconds}, {} a second lately", significant(lately as f64))
    }

    fn value(&self, name: &str) -> Option<f64> {
        self.metrics.as_ref()?.value(name)
    }

    fn facts(&self) -> Vec<[String; 2]> {
        let whole = |name: &str| self.value(name).map(|value| count(value as u64));
        let mut out = Vec::new();
        let mut add = |what: &str, value: Option<String>| out.extend(value.map(|value| [what.to_owned(), value]));
        add("records read", whole("records_total"));
        add("rows written", whole("rows_out_total"));
        add("not read yet", self.value("lag_records").map(|lag| counted(lag as u64, "record")));
        add("event time", self.value("watermark_seconds").map(|seconds| timestamp((seconds * 1000.0) as i64)));
        let some = |name: &str| self.value(name).filter(|value| *value > 0.0).map(|value| count(value as u64));
        add("dead letters", whole("dead_letters_total"));
        add("late rows", some("late_rows_total"));
        add("broke a check", some("rejected_rows_total"));
        add("from the future", some("future_rows_total"));
        add("last checkpoint", self.info.as_ref().map(checkpoint));
        let states = self.metrics.iter().flat_map(|metrics| metrics.labelled("step_state_bytes", "name"));
        let states = states.filter(|(_, bytes)| *bytes > 0.0);
        let states: Vec<String> = states
            .map(|(name, bytes)| format!("{name} {}", headwater::format_size((bytes as u64).div_ceil(1 << 10) << 10)))
            .collect();
        add("state", (!states.is_empty()).then(|| states.join(", ")));
        out
    }
}

#[cfg(test)]
#[path = "jobs_tests.rs"]
mod tests;
