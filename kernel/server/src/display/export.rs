//! An export: which folder was written, what the job promises, and the commands that run and check it.

use crate::display::escape::{html, html_isolated, visible};
use crate::display::numbers::counted;
use crate::display::preview::short;
use crate::display::style::{self, details, tag};
use crate::display::{MimeBundle, bundle};
use headwater::{DeadLetters, Guarantee, JobOptions, LateRows};
use headwater_export::WrittenJob;
use serde_json::json;

/// What was exported.
pub struct Exported<'a> {
    /// The folder that was written.
    pub job: &'a WrittenJob,
    /// What was asked for.
    pub options: &'a JobOptions,
    /// The pipeline's fingerprint.
    pub fingerprint: &'a str,
    /// Records of the sample and rows of its answer, when they went with the job.
    pub sample: Option<(u64, u64)>,
}

/// `exported` for a notebook.
pub fn export(exported: &Exported<'_>) -> MimeBundle {
    let json = json!({
        "path": exported.job.path.to_string_lossy(),
        "files": exported.job.files,
        "replaced": exported.job.replaced,
        "fingerprint": exported.fingerprint,
    });
    bundle::bundle("export", exported.to_html(), exported.to_text(), json)
}

impl Exported<'_> {
    /// The path as the cell wrote it: what a shell in the notebook's folder understands.
    fn path(&self) -> &str {
        self.options.path.as_deref().unwrap_or_default()
    }

    fn headline(&self) -> String {
        let verb = if self.job.replaced { "replaced" } else { "written" };
        format!("Job folder {} {verb}", self.path())
    }

    fn facts(&self) -> String {
        let guarantee = match self.options.guarantee {
            Guarantee::AtLeastOnce => "at least once",
            Guarantee::ExactlyOnce => "exactly once",
            Guarantee::AtMostOnce => "at most once",
        };
        let dead = match &self.options.dead_letters {
            None => "dead letters to a file in the job's folder".to_owned(),
            Some(DeadLetters::File(path)) => format!("dead letters to file {path}"),
            Some(DeadLetters::Topic(topic)) => format!("dead letters to topic {topic}"),
            Some(DeadLetters::Stop) => "stops at the first dead letter".to_owned(),
        };
        let late = match &self.options.late {
            None => String::new(),
            Some(LateRows::File(path)) => format!(" · late rows to file {path}"),
            Some(LateRows::Topic(topic)) => format!(" · late rows to topic {topic}"),
        };
        format!("fingerprint {}, as previewed · {guarantee} · {dead}{late}", short(self.fingerprint))
    }

    /// The commands, each with what it does.
    fn commands(&self) -> Vec<(String, String)> {
        let path = shell_word(self.path());
        let mut out = vec![(format!("headwater run {path}"), "runs it until it is stopped".to_owned())];
        if let Some((records, rows)) = self.sample {
            let what = format!(
                "replays the sample of {} and compares {} with what you saw",
                counted(records, "record"),
                counted(rows, "row")
            );
            out.push((format!("headwater check {path}"), what));
        }
        out.push((format!("headwater explain {path}"), "shows its steps".to_owned()));
        out
    }

    fn to_html(&self) -> String {
        let mut out = tag("div", style::VERDICT, &html_isolated(&self.headline()));
        out.push_str(&tag("div", style::NOTE, &html_isolated(&self.facts())));
        let rows: Vec<[String; 2]> = self
            .commands()
            .iter()
            .map(|(command, what)| [tag("code", style::CODE, &html_isolated(command)), html(what)])
            .collect();
        out.push_str(&headwater_charts::html::plain_table(&["", ""], &rows));
        let files: Vec<String> = self.job.files.iter().map(|file| html_isolated(file)).collect();
        let summary =
            format!("{} in {}", counted(files.len() as u64, "file"), html_isolated(&self.job.path.to_string_lossy()));
        out.push_str(&details(&summary, &tag("div", style::CODE, &files.join("<br>"))));
        tag("div", style::PANEL, &out)
    }

    fn to_text(&self) -> String {
        let mut lines = vec![visible(&self.headline()), visible(&self.facts())];
        let commands = self.commands();
        let widest = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
        lines.extend(commands.iter().map(|(command, what)| format!("  {:widest$}  {what}", visible(command))));
        lines.push(format!("{}: {}", visible(&self.job.path.to_string_lossy()), visible(&self.job.files.join(", "))));
        lines.join("\n")
    }
}

/// `text` as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> WrittenJob {
        let files = ["README.md", "job.toml", "plan.json", "sample.tape"].map(str::to_owned).to_vec();
        WrittenJob { path: "/home/ada/jobs/x".into(), files, replaced: false }
    }

    fn text(path: &str, options: JobOptions, sample: Option<(u64, u64)>) -> String {
        let options = JobOptions { path: Some(path.to_owned()), ..options };
        let bundle = export(&Exported { job: &job(), options: &options, fingerprint: "3fa9c0d1e2b30000", sample });
        headwater_charts::html::sanitized::check(bundle["text/html"].as_str().expect("HTML"));
        bundle["text/plain"].as_str().expect("text").to_owned()
    }

    #[test]
    fn it_says_how_to_run_and_check_the_job() {
        insta::assert_snapshot!(text("jobs/x", JobOptions::default(), Some((20_000, 412))), @r"
        Job folder jobs/x written
        fingerprint 3fa9c0d1e2b3, as previewed · at least once · dead letters to a file in the job's folder
          headwater run jobs/x      runs it until it is stopped
          headwater check jobs/x    replays the sample of 20,000 records and compares 412 rows with what you saw
          headwater explain jobs/x  shows its steps
        /home/ada/jobs/x: README.md, job.toml, plan.json, sample.tape
        ");
    }

    #[test]
    fn without_a_sample_there_is_nothing_to_check() {
        let options = JobOptions { dead_letters: Some(DeadLetters::Topic("dead".to_owned())), ..JobOptions::default() };
        let text = text("jobs/x", options, None);
        assert!(!text.contains("headwater check") && text.contains("dead letters to topic dead"), "{text}");
    }

    #[test]
    fn a_path_that_a_shell_would_split_is_quoted() {
        assert!(
            text("my <script> job's", JobOptions::default(), None).contains(r"headwater run 'my <script> job'\''s'")
        );
    }
}
