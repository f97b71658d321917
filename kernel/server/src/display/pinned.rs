//! A baseline that was pinned: its file, what it holds, and how it is used.

use crate::display::escape::{html, html_isolated, html_sentence, visible};
use crate::display::numbers::{counted, percent};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use headwater_profile::Baseline;
use serde_json::json;
use std::path::Path;

/// `baseline`, written to `file`, for a notebook.
pub fn pinned(baseline: &Baseline, file: &Path, replaced: bool) -> MimeBundle {
    let verb = if replaced { "pinned anew" } else { "pinned" };
    let headline = format!("Baseline {} {verb}: {}", baseline.name, file.display());
    let lines = facts(baseline);
    let json = json!({
        "name": baseline.name,
        "path": file.to_string_lossy(),
        "replaced": replaced,
        "rows": baseline.rows,
        "columns": baseline.columns.len(),
        "fingerprint": baseline.provenance.fingerprint,
    });
    let mut out = tag("div", style::VERDICT, &html_isolated(&headline));
    out.extend(lines.iter().map(|line| tag("div", style::NOTE, &html(line))));
    let use_it = format!("stream.drift(\"{}\")", baseline.name);
    out.push_str(&tag("div", style::INFO, &format!("{} compares with it.", html_sentence(&format!("`{use_it}`")))));
    let mut text = vec![visible(&headline)];
    text.extend(lines.iter().map(|line| visible(line)));
    text.push(visible(&format!("{use_it} compares with it.")));
    bundle::bundle("baseline", tag("div", style::PANEL, &out), text.join("\n"), json)
}

fn facts(baseline: &Baseline) -> Vec<String> {
    let provenance = &baseline.provenance;
    let mut out = vec![
        provenance.sample.clone(),
        format!("{} · {}", counted(baseline.rows, "row"), counted(baseline.columns.len() as u64, "path")),
    ];
    out.extend(baseline.keys.iter().map(|key| {
        let columns = key.columns.join(", ");
        let (share, workers) = (percent(key.top_share), counted(u64::from(key.workers), "worker"));
        format!(
            "key {columns}: the most frequent has {share}, the busiest of {workers} gets {:.1} times the average",
            key.straggler
        )
    }));
    if !provenance.representative {
        out.push("this sample may not represent the stream: pin a stratified one".to_owned());
    }
    out
}
