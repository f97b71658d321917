//! A preview: how the sample was drawn, what became of the windows, the first rows, and what was left out on the way.

use crate::display::dead_letters::DeadLetters;
use crate::display::escape::{html, html_sentence, visible};
use crate::display::numbers::{counted, span};
use crate::display::style::{self, tag};
use crate::display::table::Table;
use crate::display::{MimeBundle, bundle};
use headwater::Sink;
use headwater_exec::operators::SidePartners;
use headwater_exec::preview::{Repeats, Windows, mark};
use headwater_exec::{Joined, Preview, SourcePreview, StepStatus};
use serde_json::{Value, json};

/// Characters of a fingerprint that people are shown.
const FINGERPRINT: usize = 12;

/// `preview` for a notebook, with at most `rows` rows. With a `sink` it also says where a job would write.
pub fn preview(preview: &Preview, sink: Option<&Sink>, rows: usize) -> MimeBundle {
    let seen = Seen::of(preview, sink, rows);
    bundle::bundle("preview", seen.to_html(), seen.to_text(), seen.json())
}

/// The first characters of a fingerprint.
pub fn short(fingerprint: &str) -> &str {
    fingerprint.get(..FINGERPRINT).unwrap_or(fingerprint)
}

/// How wide checks may be in plain text, in columns.
const TEXT_WIDTH: usize = 100;

fn dead_letters(source: &SourcePreview) -> DeadLetters<'_> {
    let SourcePreview { dead_records, records, dead, note, .. } = source;
    DeadLetters { dead: *dead_records, records: *records, letters: dead, unit: note.unit }
}

fn json_repeats(repeats: &[Repeats]) -> Value {
    let one = |own: &Repeats| json!({"step": own.node + 1, "kept": own.kept, "again": own.again, "open": own.open});
    repeats.iter().map(one).collect()
}

fn json_joins(joins: &[Joined]) -> Value {
    let side = |side: &SidePartners| {
        json!({
            "rows": side.rows, "met": side.met, "no_such_key": side.no_such_key, "out_of_time": side.out_of_time,
            "waiting": side.waiting, "null_key": side.null_key, "late": side.late, "without_time": side.without_time,
        })
    };
    joins
        .iter()
        .map(|join| json!({"step": join.node + 1, "left": side(&join.left), "right": side(&join.right)}))
        .collect()
}

/// A preview with everything that is derived from it.
struct Seen<'a> {
    preview: &'a Preview,
    sink: Option<&'a Sink>,
    table: Table,
    rows: usize,
    windows: Windows,
    dead: Vec<DeadLetters<'a>>,
}

impl<'a> Seen<'a> {
    fn of(preview: &'a Preview, sink: Option<&'a Sink>, rows: usize) -> Seen<'a> {
        let mut table = Table::first(&preview.frame, rows);
        if !preview.windows.is_empty() {
            table = table.with_column(
                "window",
                "in this sample",
                preview.windows.iter().map(|fate| mark(fate, &preview.sources)),
            );
        }
        Seen {
            preview,
            sink,
            table,
            rows,
            windows: Windows::of(&preview.frame, &preview.windows),
            dead: preview.sources.iter().map(dead_letters).collect(),
        }
    }

    fn to_html(&self) -> String {
        let mut out: String = self.notes().map(|note| tag("div", style::NOTE, &html(&note))).collect();
        if let Some(sentence) = self.sentence() {
            let (style, icon) = if self.windows.held_back() { (style::ALERT, "‖") } else { (style::INFO, "✓") };
            out.push_str(&tag("div", style, &format!("{icon} {}", html_sentence(&sentence))));
        }
        out.extend(self.joins().map(|join| tag("div", style::INFO, &format!("⋈ {}", html_sentence(&join)))));
        out.extend(self.repeats().map(|unique| tag("div", style::INFO, &format!("≠ {}", html_sentence(&unique)))));
        out.extend(self.remarks().iter().map(|remark| tag("div", style::ALERT, &format!("△ {}", html(remark)))));
        out.push_str(&headwater_charts::checks_html(&self.preview.checks));
        out.push_str(&self.table.to_html());
        out.push_str(&tag("div", style::NOTE, &html(&self.footer())));
        out.extend(self.dead.iter().filter_map(DeadLetters::to_html));
        tag("div", style::PANEL, &out)
    }

    fn to_text(&self) -> String {
        let mut lines: Vec<String> = self.notes().map(|note| visible(&note)).collect();
        lines.extend(self.sentence());
        lines.extend(self.joins().map(|join| visible(&join)));
        lines.extend(self.repeats());
        lines.extend(self.remarks());
        lines.push(String::new());
        if !self.preview.checks.is_empty() {
            lines.push(headwater_charts::checks_text(&self.preview.checks, TEXT_WIDTH));
        }
        lines.push(self.table.to_text());
        lines.push(visible(&self.footer()));
        lines.extend(self.dead.iter().filter_map(DeadLetters::to_text));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let Preview { fingerprint, frame, counts, took_ms, .. } = self.preview;
        json!({
            "fingerprint": fingerprint,
            "sample": self.notes().collect::<Vec<_>>().join("\n"),
            "columns": Table::json_columns(frame),
            "rows": Table::json_rows(frame, self.rows),
            "windows": self.windows.json(),
            "joins": json_joins(&self.preview.joins),
            "unique": json_repeats(&self.preview.repeats),
            "faults": self.faulty().map(|step| json!({
                "step": step.node + 1, "overflow": step.faults.overflow,
                "division_by_zero": step.faults.division_by_zero, "undefined": step.faults.undefined,
            })).collect::<Vec<_>>(),
            "counts": {
                "records": counts.records, "dead": counts.dead, "rejected": counts.rejected, "rows": counts.rows,
                "late": counts.late, "null_event_time": counts.null_event_time, "future": counts.future,
            },
            "checks": self.preview.checks,
            "dead_letters": self.dead.iter().flat_map(DeadLetters::json).collect::<Value>(),
            "took_ms": took_ms,
        })
    }

    /// How the sample of each source was drawn.
    fn notes(&self) -> impl Iterator<Item = String> {
        self.preview.sources.iter().map(|source| source.note.to_string())
    }

    fn sentence(&self) -> Option<String> {
        self.windows.sentence(&self.preview.sources)
    }

    /// What became of the rows of each join.
    fn joins(&self) -> impl Iterator<Item = String> {
        self.preview.joins.iter().map(Joined::to_string)
    }

    /// What each `unique` left out.
    fn repeats(&self) -> impl Iterator<Item = String> {
        self.preview.repeats.iter().map(Repeats::to_string)
    }

    /// The steps in which values could not be computed.
    fn faulty(&self) -> impl Iterator<Item = &StepStatus> {
        self.preview.steps.iter().filter(|step| !step.faults.is_empty())
    }

    /// What was left out or is missing, as far as it is no dead letter.
    fn remarks(&self) -> Vec<String> {
        let counts = &self.preview.counts;
        let mut out = Vec::new();
        if counts.rejected > 0 {
            let rows = counted(counts.rejected, "row");
            out.push(format!("{rows} broke a check and went no further: a job writes such rows to its dead letters"));
        }
        if counts.future > 0 {
            let (rows, lie) = (counted(counts.future, "row"), if counts.future == 1 { "lies" } else { "lie" });
            out.push(format!(
                "{rows} {lie} too far in the future to be true: a job writes such rows to its dead letters; .future_limit(…) sets how far ahead they may be"
            ));
        }
        out.extend(self.preview.time_unit.clone());
        if counts.late > 0 {
            let (rows, was) = (counted(counts.late, "row"), if counts.late == 1 { "was" } else { "were" });
            out.push(format!(
                "{rows} came too late and {was} left out: a job counts such rows, and .late_to_topic(…) or .late_to_file(…) keeps them"
            ));
        }
        if self.windows.any_closed() && !self.preview.whole() {
            out.push(
                "the sample takes some of the records: a window counts those only, and one that is closed gets no more of them"
                    .to_owned(),
            );
        }
        out.extend(self.faulty().map(|step| {
            let values = counted(step.faults.total(), "value");
            format!("{values} became null in step {}, `{}`: {}", step.node + 1, step.name, step.faults)
        }));
        let timeless = counted(counts.null_event_time, "row");
        match (counts.null_event_time, self.preview.windows.is_empty()) {
            (0, _) => {}
            (_, true) => out.push(format!("{timeless} without an event time, which no window will count")),
            (_, false) => out.push(format!("{timeless} without an event time opened no window")),
        }
        if counts.records == 0 {
            let sources = if self.preview.sources.len() > 1 { "the sources hold" } else { "the source holds" };
            out.push(format!("{sources} no record yet: there is nothing to show"));
        } else if self.preview.frame.height() == 0 && counts.dead < counts.records {
            out.push("no row comes out of this pipeline in this sample".to_owned());
        }
        out
    }

    /// `20 of 1,234 rows · to topic … · fingerprint 3fa9c0d1e2b3 · 40 ms`.
    fn footer(&self) -> String {
        let mut parts = vec![self.table.extent()];
        if let Some(keys) = self.preview.plan.changing_keys() {
            parts.push(format!("rows change, the newest of each {}", keys.join(", ")));
        }
        parts.extend(self.destination());
        parts.push(format!("fingerprint {}", short(&self.preview.fingerprint)));
        parts.push(span(i64::try_from(self.preview.took_ms).unwrap_or(i64::MAX)));
        parts.join(" · ")
    }

    /// Where a job would write; the preview has not.
    fn destination(&self) -> Option<String> {
        let place = match self.sink? {
            Sink::Kafka { brokers, topic, .. } => format!("topic `{topic}` at {brokers}"),
            Sink::KafkaUpsert { brokers, topic, .. } => {
                format!("topic `{topic}` at {brokers}, the newest row of each key")
            }
            Sink::Files { path } => format!("files in `{path}`"),
            Sink::Print => "standard output".to_owned(),
        };
        Some(format!("a job writes to {place}; nothing was written now"))
    }
}

#[cfg(test)]
#[path = "preview_tests.rs"]
mod tests;
