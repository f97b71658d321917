//! The shape report as plain text, and how its cells are worded for any form of it.

use std::fmt;

use crate::cells::{CELL_WIDTH, clean, table};
use crate::figures::{bytes, count, number, percent};
use crate::shape::detail::Detail;
use crate::shape::report::{
    AlertLevel, ColumnShape, Distinct, EnvelopeShape, PartitionRows, Quantiles, Rate, ShapeReport, Typical,
};
use crate::shape::times;

impl fmt::Display for Rate {
    /// `1.3 %`, or for none at all `0 (≤ 0.15 %)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at_most {
            Some(at_most) => write!(f, "0 (≤ {})", percent(at_most)),
            None if self.of == 0 => f.write_str("–"),
            None => f.write_str(&percent(self.share)),
        }
    }
}

impl fmt::Display for Distinct {
    /// `42`, `≈ 9,700`, or `all` when no value came twice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.all_unique, self.is_exact, self.count) {
            (true, ..) => write!(f, "all {}", count(self.count)),
            (_, _, 0) => f.write_str("–"),
            (_, true, n) => f.write_str(&count(n)),
            (_, false, n) => write!(f, "≈ {}", number(n as f64)),
        }
    }
}

impl fmt::Display for Typical {
    /// What stands in the report's cell, at most 64 columns wide.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = |q: &Quantiles| (q.min >= q.max).then(|| number(q.min));
        let three = |q: &Quantiles| {
            one(q).unwrap_or_else(|| format!("{} · {} · {}", number(q.p5), number(q.p50), number(q.p95)))
        };
        match self {
            Typical::Nothing => Ok(()),
            Typical::Numbers(q) => f.write_str(&three(q)),
            Typical::Lengths(q) => write!(f, "length {}", three(q)),
            Typical::Fields(n) => write!(f, "{n} field{}", if *n == 1 { "" } else { "s" }),
            Typical::Time { min_ms, max_ms } => {
                write!(f, "{} → {}", clean(&times::text(*min_ms), 24), clean(&times::text(*max_ms), 24))
            }
            Typical::Top(values) => {
                // Values that came once are examples, their share says nothing.
                let repeated = values.iter().any(|v| v.count > 1);
                let each = (CELL_WIDTH / values.len().max(1)).saturating_sub(if repeated { 10 } else { 4 });
                let shown = values.iter().map(|v| {
                    let text = if v.text.is_empty() { "\"\"".to_owned() } else { clean(&v.text, each) };
                    if repeated { format!("{text} {}", percent(v.share)) } else { text }
                });
                let shown: Vec<String> = shown.collect();
                write!(f, "{}{}", if repeated { "" } else { "e.g. " }, shown.join(" · "))
            }
        }
    }
}

impl AlertLevel {
    /// The mark in front of the alert: a form, so that it does without colour.
    pub fn mark(self) -> &'static str {
        match self {
            AlertLevel::Bad => "▲",
            AlertLevel::Warn => "△",
            AlertLevel::Notice => "·",
        }
    }
}

impl ColumnShape {
    /// `str`, or the mix `str 98.7 % · int 1.3 %`.
    pub fn type_mix(&self) -> String {
        match self.types.as_slice() {
            [] => "null".into(),
            [only] => only.name.into(),
            several => {
                let shown = several.iter().take(3).map(|t| format!("{} {}", t.name, percent(t.share)));
                shown.collect::<Vec<_>>().join(" · ")
            }
        }
    }
}

impl EnvelopeShape {
    /// What there is to say, as pairs of a name and a text.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let sizes = |q: &Option<Quantiles>| {
            q.as_ref().map_or("–".into(), |q| {
                format!("{} · {} · {} (p50 · p99 · max)", bytes(q.p50), bytes(q.p99), bytes(q.max))
            })
        };
        vec![
            ("key null", self.key_null.to_string()),
            ("keys", self.keys.to_string()),
            (
                "key type",
                self.key_types
                    .iter()
                    .map(|t| format!("{} {}", t.name, percent(t.share)))
                    .collect::<Vec<_>>()
                    .join(" · "),
            ),
            ("key bytes", sizes(&self.key_bytes)),
            ("value bytes", sizes(&self.value_bytes)),
            ("tombstones", self.tombstones.to_string()),
            ("headers", self.headers.to_string()),
            ("records in the log", self.partitions_text()),
        ]
    }

    fn partitions_text(&self) -> String {
        let one = |p: &PartitionRows| {
            if p.in_log == 0 {
                format!("{}: none ▲", p.partition)
            } else {
                format!("{}: {}", p.partition, count(p.in_log))
            }
        };
        let shown: Vec<String> = self.partitions.iter().take(12).map(one).collect();
        let more = self.partitions.len().saturating_sub(12);
        let rest = if more > 0 { format!(" · … {more} more partitions") } else { String::new() };
        format!("{}{rest}", shown.join(" · "))
    }
}

impl ShapeReport {
    /// The report as plain text: alerts first, then the table.
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n{}\n", self.title(), self.sample);
        if !self.representative && !self.sample.contains("may not represent") {
            out.push_str("FIRST-N SAMPLE — may not represent the stream\n");
        }
        for alert in &self.alerts {
            out.push_str(&format!("\n{} {}\n  {}\n", alert.level.mark(), alert.fact, alert.consequence));
            if !alert.examples.is_empty() {
                out.push_str(&format!("  e.g. {}\n", alert.examples.join("\n       ")));
            }
        }
        if self.more_alerts > 0 {
            out.push_str(&format!("\n· {} more: see the flags of the columns\n", self.more_alerts));
        }
        if !self.columns.is_empty() {
            out.push_str(&format!("\n{}", table(&self.table_rows())));
        }
        let advice: Vec<String> = self.columns.iter().filter_map(ColumnShape::watermark_advice).collect();
        if !advice.is_empty() {
            out.push_str(&format!("\nwatermark\n{}\n", advice.join("\n")));
        }
        out.push_str(&self.changes_text());
        if let Some(envelope) = &self.envelope {
            let rows: Vec<Vec<String>> =
                envelope.facts().into_iter().map(|(name, text)| vec![name.to_owned(), text]).collect();
            out.push_str(&format!("\nenvelope\n{}", table(&rows)));
        }
        for limit in &self.limits {
            out.push_str(&format!("\nlimit: {limit}\n"));
        }
        out
    }

    /// `shape of orders · 20,000 records · 9 paths · 15 undecodable (0.07 %)`.
    pub fn title(&self) -> String {
        let records = if self.records == 1 { "record" } else { "records" };
        let paths = if self.columns.len() == 1 { "path" } else { "paths" };
        let mut title =
            format!("shape of {} · {} {records} · {} {paths}", self.name, count(self.records), self.columns.len());
        if self.failures.count > 0 {
            title.push_str(&format!(
                " · {} undecodable ({})",
                count(self.failures.count),
                percent(self.failures.share)
            ));
        } else if self.records > 0 {
            title.push_str(&format!(" · undecodable {}", self.failures));
        }
        title
    }

    /// What has changed, when it was compared; empty otherwise.
    fn changes_text(&self) -> String {
        let Some(versus) = &self.versus else { return String::new() };
        let mut out = format!("\ncompared with {}\n{}\n", versus.name, versus.sample);
        out.extend(versus.note.iter().map(|note| format!("{note}\n")));
        let mut rows =
            vec![["path", "then", "now", "distance", "moved most", "present", "null"].map(str::to_owned).to_vec()];
        rows.extend(self.columns.iter().filter_map(ColumnShape::change_cells));
        if rows.len() > 1 {
            out.push_str(&table(&rows));
        }
        if !versus.new.is_empty() {
            out.push_str(&format!("new: {}\n", versus.new.join(", ")));
        }
        if !versus.gone.is_empty() {
            let gone: Vec<&str> = versus.gone.iter().map(|gone| gone.path.as_str()).collect();
            out.push_str(&format!("gone: {}\n", gone.join(", ")));
        }
        out
    }

    /// The heads of the table's columns.
    pub const HEADS: [&'static str; 9] =
        ["path", "type", "present", "null", "empty", "distinct", "", "typical", "flags"];

    fn table_rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![Self::HEADS.map(str::to_owned).to_vec()];
        rows.extend(self.columns.iter().map(|column| column.cells().to_vec()));
        rows
    }
}

impl ColumnShape {
    /// The cells of the column's row, under [`ShapeReport::HEADS`].
    pub fn cells(&self) -> [String; 9] {
        let can_be_empty = self.types.iter().any(|t| matches!(t.name, "str" | "bin" | "list" | "object"));
        [
            format!("{}{}", "  ".repeat(self.depth as usize), clean(&self.path, CELL_WIDTH)),
            self.type_mix(),
            percent(self.present.share),
            self.null.to_string(),
            if can_be_empty { self.empty.to_string() } else { "–".into() },
            self.distinct.to_string(),
            self.spark.clone(),
            self.typical.to_string(),
            self.flags.join(", "),
        ]
    }

    /// For times: which delay keeps how many of them, as a sentence that names the column.
    pub fn watermark_advice(&self) -> Option<String> {
        match &self.detail {
            Detail::Time(time) if self.depth == 0 => Some(format!("{}: {}", self.path, time.watermark.advice)),
            _ => None,
        }
    }

    /// The cells of the column's row in a table of changes; `None` when there is nothing to compare it with.
    pub fn change_cells(&self) -> Option<Vec<String>> {
        let vs = self.vs.as_ref()?;
        let points =
            |change: f64| if change == 0.0 { "–".to_owned() } else { format!("{:+.1} points", change * 100.0) };
        let moved = vs.moved.as_ref().map(|(text, by)| format!("{} {}", clean(text, 24), points(*by)));
        let spark = |spark: &str| if spark.is_empty() { "–".to_owned() } else { spark.to_owned() };
        Some(vec![
            format!("{}{}", "  ".repeat(self.depth as usize), clean(&self.path, CELL_WIDTH)),
            vs.type_before.clone().unwrap_or_else(|| spark(&vs.spark)),
            if vs.type_before.is_some() { self.type_mix() } else { spark(&self.spark) },
            vs.distance.map_or("–".into(), number),
            moved.unwrap_or_else(|| "–".into()),
            points(vs.present),
            points(vs.null),
        ])
    }
}
