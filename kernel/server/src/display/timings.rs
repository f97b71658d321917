//! Where the time of cells went: a bar and the numbers for each.

use crate::display::escape::{html, html_isolated, visible};
use crate::display::listing::{Listing, Side};
use crate::display::numbers::{counted, percent, significant};
use crate::display::style::{self, tag};
use crate::display::{MimeBundle, bundle};
use crate::service::CellTime;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The length of the longest bar, in pixels.
const LONGEST: f64 = 260.0;

/// What the parts are, and the colours of their bars, which are told apart on white and on black, and by who sees few colours.
const PARTS: [(&str, &str, &str); 8] = [
    ("start", "#999999", "waiting for the compiler to start, once a session"),
    ("types", "#56B4E9", "parsing, and rust-analyzer finding the types of variables"),
    ("again", "#CC79A7", "a first compilation that failed and was mended by evcxr"),
    ("compile", "#0072B2", "cargo, rustc and the linker"),
    ("run", "#009E73", "the cell's own code"),
    ("engine", "#D55E00", "samples and pipelines"),
    ("magics", "#E69F00", "magics and commands"),
    ("rest", "#CCCCCC", "all else"),
];

/// `%timings` for a notebook.
pub fn timings(cells: &[CellTime]) -> MimeBundle {
    let headline = headline(cells);
    let mut page = tag("div", style::VERDICT, &html(&headline));
    let mut text = vec![headline];
    if !cells.is_empty() {
        page.push_str(&table(cells));
        page.push_str(&legend(cells));
        let list = listing(cells);
        text.push(list.to_text());
        text.extend(used(cells).map(|(name, _, what)| format!("{name}: {what}")));
    }
    let json = json!({"cells": cells.iter().map(as_json).collect::<Vec<_>>()});
    bundle::bundle("timings", tag("div", style::PANEL, &page), text.join("\n"), json)
}

/// `10 cells took 4.2 s: 61.0 % compile, 20.0 % engine`.
fn headline(cells: &[CellTime]) -> String {
    if cells.is_empty() {
        return "No cell has run before this one.".to_owned();
    }
    let total: Duration = cells.iter().map(|cell| cell.total).sum();
    let mut parts: Vec<(&str, Duration)> = PARTS.iter().map(|(name, ..)| (*name, sum(cells, name))).collect();
    parts.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let share = |time: Duration| time.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
    let most: Vec<String> = parts
        .iter()
        .take(3)
        .filter(|(_, time)| share(*time) >= 0.05)
        .map(|(name, time)| format!("{} {name}", percent(share(*time))))
        .collect();
    format!("{} took {}: {}", counted(cells.len() as u64, "cell"), seconds(total), most.join(", "))
}

fn part(cell: &CellTime, name: &str) -> Duration {
    cell.parts().iter().find(|(own, _)| *own == name).map_or(Duration::ZERO, |(_, time)| *time)
}

fn sum(cells: &[CellTime], name: &str) -> Duration {
    cells.iter().map(|cell| part(cell, name)).sum()
}

/// The parts that took any time.
fn used(cells: &[CellTime]) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    PARTS.into_iter().filter(|(name, ..)| sum(cells, name) >= Duration::from_millis(1))
}

fn seconds(time: Duration) -> String {
    match time.as_secs_f64() {
        long if long >= 1.0 => format!("{} s", significant(long)),
        short => format!("{:.0} ms", short * 1_000.0),
    }
}

fn code(cell: &CellTime) -> String {
    format!("{}{}", cell.line, if cell.failed { " (failed)" } else { "" })
}

fn table(cells: &[CellTime]) -> String {
    let longest = cells.iter().map(|cell| cell.total).max().unwrap_or_default().as_secs_f64().max(f64::MIN_POSITIVE);
    let bar = |cell: &CellTime| {
        let piece = |(name, color, _): (&str, &str, &str)| {
            let time = part(cell, name);
            let width = time.as_secs_f64() / longest * LONGEST;
            let style = format!("display:inline-block;width:{width:.1}px;height:11px;background-color:{color}");
            let title = format!("{name} {}", seconds(time));
            if width < 0.5 { String::new() } else { format!("<span style=\"{style}\" title=\"{title}\"></span>") }
        };
        PARTS.into_iter().map(piece).collect::<String>()
    };
    let head = |name: &str, style: &str| tag("th", style, name);
    let heads = head("cell", style::HEAD_RIGHT)
        + &head("code", style::HEAD)
        + &head("took", style::HEAD_RIGHT)
        + &head("where it went", style::HEAD);
    let row = |cell: &CellTime| {
        let code = tag("code", style::CODE, &html_isolated(&code(cell)));
        let cells = tag("td", style::CELL_RIGHT, &cell.cell.to_string())
            + &tag("td", style::CELL, &code)
            + &tag("td", style::CELL_RIGHT, &seconds(cell.total))
            + &tag("td", style::CELL, &bar(cell));
        tag("tr", style::ROW, &cells)
    };
    let rows: String = cells.iter().map(row).collect();
    let table = format!("<thead>{}</thead><tbody>{rows}</tbody>", tag("tr", style::ROW, &heads));
    tag("div", "overflow-x:auto", &tag("table", style::TABLE, &table))
}

/// What the colours mean.
fn legend(cells: &[CellTime]) -> String {
    let one = |(name, color, what): (&str, &str, &str)| {
        let mark = format!("display:inline-block;width:10px;height:10px;background-color:{color}");
        let words = format!("<strong>{name}</strong> {}: {}", seconds(sum(cells, name)), html(what));
        tag("div", "font-size:12px", &format!("{} {words}", tag("span", &mark, "")))
    };
    used(cells).map(one).collect()
}

fn listing(cells: &[CellTime]) -> Listing {
    let parts: Vec<&'static str> = used(cells).map(|(name, ..)| name).collect();
    let mut heads = vec![("cell", Side::Right), ("took", Side::Right)];
    heads.extend(parts.iter().map(|name| (*name, Side::Right)));
    heads.push(("code", Side::Left));
    let mut list = Listing::new(&heads);
    for cell in cells {
        let mut row = vec![cell.cell.to_string(), seconds(cell.total)];
        row.extend(parts.iter().map(|name| seconds(part(cell, name))));
        row.push(visible(&code(cell)));
        list.push(row);
    }
    list
}

fn as_json(cell: &CellTime) -> Value {
    let millis = |time: Duration| json!(time.as_secs_f64() * 1_000.0);
    let parts: Map<String, Value> =
        cell.parts().iter().map(|(name, time)| ((*name).to_owned(), millis(*time))).collect();
    json!({"cell": cell.cell, "code": cell.line, "failed": cell.failed, "millis": millis(cell.total), "parts": parts})
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_cell::CellTiming;
    use headwater_charts::html::sanitized;

    #[test]
    fn each_cell_shows_where_its_time_went() {
        let ms = Duration::from_millis;
        let rust = |types, compile, run| CellTiming {
            types: ms(types),
            compile: ms(compile),
            run: ms(run),
            ..CellTiming::default()
        };
        let cells = [
            CellTime {
                total: ms(295),
                rust: rust(60, 225, 2),
                ..CellTime::of(1, "let orders = kafka(\"b\", \"<orders>\");")
            },
            CellTime { total: ms(1_900), engine: ms(1_500), rust: rust(40, 240, 1_510), ..CellTime::of(2, "orders") },
            CellTime { total: ms(12), magics: ms(12), failed: true, ..CellTime::of(3, "%peek nothing") },
        ];
        let shown = timings(&cells);
        insta::assert_snapshot!(shown["text/plain"].as_str().expect("text"));
        sanitized::check(shown["text/html"].as_str().expect("HTML"));
        assert_eq!(shown["application/vnd.headwater.timings+json"]["cells"][1]["parts"]["engine"], 1_500.0);
        assert_eq!(timings(&[])["text/plain"], "No cell has run before this one.");
    }
}
