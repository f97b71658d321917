//! Help: parts with a title, each a list of how something is written and what it does.

use crate::display::escape::{html_isolated, html_sentence};
use crate::display::style::{self, tag};
use crate::display::width::{fit, width};
use crate::display::{MimeBundle, bundle};
use headwater_charts::html::plain_table;
use serde_json::{Map, Value, json};

/// What is written longer than this stands on a line of its own.
const WIDEST: usize = 38;

/// Something that can be written, and what it does.
pub struct Entry {
    /// How it is written.
    pub how: String,
    /// What it does.
    pub what: String,
}

/// Entries that belong together.
pub struct Part {
    title: &'static str,
    /// What it lists.
    pub entries: Vec<Entry>,
}

impl Part {
    /// A part of these entries; without a title when that is empty.
    pub fn of(title: &'static str, entries: Vec<Entry>) -> Part {
        Part { title, entries }
    }
}

/// `%help` for a notebook.
pub fn help(parts: &[Part]) -> MimeBundle {
    let page: String = parts.iter().map(to_html).collect();
    let text: Vec<String> = parts.iter().map(to_text).collect();
    let entries = |part: &Part| {
        let entries = part.entries.iter().map(|entry| (entry.how.clone(), json!(entry.what)));
        json!({"title": part.title, "entries": entries.collect::<Map<String, Value>>()})
    };
    let json = parts.iter().map(entries).collect();
    bundle::bundle("help", tag("div", style::PANEL, &page), text.join("\n\n"), json)
}

fn to_html(part: &Part) -> String {
    let rows: Vec<[String; 2]> = part
        .entries
        .iter()
        .map(|entry| [tag("code", style::CODE, &html_isolated(&entry.how)), html_sentence(&entry.what)])
        .collect();
    let title = if part.title.is_empty() { String::new() } else { tag("div", style::VERDICT, part.title) };
    title + &plain_table(&["", ""], &rows)
}

fn to_text(part: &Part) -> String {
    let column = part.entries.iter().map(|entry| width(&entry.how)).filter(|width| *width <= WIDEST).max().unwrap_or(0);
    let mut lines: Vec<String> = (!part.title.is_empty()).then(|| part.title.to_owned()).into_iter().collect();
    for Entry { how, what } in &part.entries {
        if width(how) > column {
            lines.push(format!("  {how}"));
            lines.push(format!("  {}  {what}", " ".repeat(column)));
        } else {
            lines.push(format!("  {}  {what}", fit(how, column, false)));
        }
    }
    lines.join("\n")
}
