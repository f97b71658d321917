//! The report: as text on the terminal, as JSON, as an HTML page.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use headwater_profile::KeyReport;

use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::profile::args::Output;
use crate::profile::findings::Findings;

/// The width of a report when nobody says how wide it may be.
const WIDTH: usize = 100;

/// Gives the findings in every form that is asked for: on standard output one, the others as files.
pub(crate) fn write(findings: &Findings, output: &Output) -> Outcome {
    if let Some(path) = &output.html {
        put(path, &page(findings))?;
    }
    match &output.json {
        Some(path) if path.as_os_str() == "-" => return print(&json(findings)?),
        Some(path) => put(path, &json(findings)?)?,
        None => {}
    }
    let width = output.width.map_or_else(terminal_width, usize::from);
    let text = text(findings, width);
    print(&if colourful() { coloured(&text) } else { text })
}

fn json(findings: &Findings) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(findings);
    let failed = |error| Failure::new(exit_code::INTERNAL, format!("the report cannot be written as JSON: {error}"));
    text.map(|text| text + "\n").map_err(failed)
}

fn page(findings: &Findings) -> String {
    let mut fragments = vec![headwater_charts::shape_html(&findings.shape)];
    fragments.extend(findings.keys.iter().map(headwater_charts::keys_html));
    if !findings.checks.is_empty() {
        fragments.push(format!("<h2>contract</h2>{}", headwater_charts::checks_html(&findings.checks)));
    }
    fragments.extend(findings.drift.iter().map(headwater_charts::drift_html));
    headwater_charts::page(&findings.shape.name, &fragments)
}

fn text(findings: &Findings, width: usize) -> String {
    let mut parts = vec![headwater_charts::shape_text(&findings.shape, width)];
    let key = |keys: &KeyReport| format!("key {}\n{}", keys.key, headwater_charts::keys_text(keys, width));
    parts.extend(findings.keys.iter().map(key));
    parts.push(judged(findings, width));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// The checks of the contract, and what came of the comparison.
fn judged(findings: &Findings, width: usize) -> String {
    let mut out = String::new();
    if !findings.checks.is_empty() {
        out.push_str(&format!("contract\n{}", headwater_charts::checks_text(&findings.checks, width)));
    }
    out.extend(findings.drift.iter().map(|drift| headwater_charts::drift_text(drift, width)));
    out
}

fn put(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text)
        .map_err(|error| Failure::new(exit_code::EXTERNAL, format!("cannot write `{}`: {error}", path.display())))
}

/// Whoever reads standard output may have gone, as `head` does: that is no failure.
fn print(text: &str) -> Outcome {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(exit_code::EXTERNAL, format!("cannot write the report: {error}")))
        }
        _ => Ok(()),
    }
}

/// What the shell says of the terminal.
fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse::<usize>().ok());
    columns.filter(|columns| (40..=400).contains(columns)).unwrap_or(WIDTH)
}

/// Colours are for terminals, and only where they are wanted (`NO_COLOR`).
fn colourful() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Verdicts in colour: the sign before a line says the same without it.
fn coloured(text: &str) -> String {
    let line = |line: &str| {
        let colour = match line.chars().next() {
            Some('▲') => "\u{1b}[31m",
            Some('○') => "\u{1b}[33m",
            Some('●') => "\u{1b}[32m",
            _ => return format!("{line}\n"),
        };
        format!("{colour}{line}\u{1b}[0m\n")
    };
    text.lines().map(line).collect()
}
