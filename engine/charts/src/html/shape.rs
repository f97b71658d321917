//! The shape report: alerts first, then one row a path, then what surrounds the values.

use crate::html::escape::{cut, html, html_isolated, html_sentence};
use crate::html::numbers::{count, counted, percent, significant, span, timestamp_seconds};
use crate::html::shape_detail::shape_details;
use crate::html::style::{self, details, tag};
use crate::html::table::plain_table;
use headwater_profile::{
    Alert, AlertLevel, ColumnChange, ColumnShape, Distinct, EnvelopeShape, Quantiles, Rate, ShapeChange, ShapeReport,
    TopValue, TypeShare, Typical,
};

/// Colours of a type mix: the first type, then the others. Each has contrast on white and on black.
const MIX: [&str; 4] = ["#0072B2", "#D55E00", "#CC79A7", "#7a7a7a"];
/// What the rows may take, bytes: a report is kept in a notebook.
const ROWS_BUDGET: usize = 140_000;
/// Columns of times that are listed apart.
const TIMES: usize = 40;
/// Characters of one typical value.
const TYPICAL_CHARS: usize = 24;

/// The report as a fragment of HTML, for a notebook that may be untrusted.
pub fn shape_html(report: &ShapeReport) -> String {
    to_html(report)
}

fn to_html(report: &ShapeReport) -> String {
    let mut out = head(report);
    out.extend(report.alerts.iter().map(alert));
    if report.more_alerts > 0 {
        out.push_str(&tag(
            "div",
            style::NOTE,
            &format!("… and {}", counted(report.more_alerts.into(), "more finding")),
        ));
    }
    out.push_str(&columns(report));
    out.extend(report.versus.as_ref().map(other_paths));
    out.push_str(&shape_details(report));
    out.extend(report.limits.iter().map(|limit| tag("div", style::NOTE, &html_sentence(limit))));
    out.extend(times(report));
    out.extend(report.envelope.as_ref().map(envelope));
    out.extend(failures(report));
    tag("div", style::PANEL, &out)
}

fn head(report: &ShapeReport) -> String {
    let name = tag("div", style::VERDICT, &format!("Shape of {}", html_isolated(&report.name)));
    let mut note = html(&report.sample);
    if report.records != report.rows {
        note.push_str(&format!(" · {} of {} hold an object", count(report.rows), counted(report.records, "record")));
    }
    let mut out = format!("{name}{}", tag("div", style::NOTE, &note));
    if !report.representative && report.records > 0 {
        let words = "△ <strong>first or newest records only</strong>: they may not represent the stream";
        out.push_str(&tag("div", style::ALERT, words));
    }
    if report.redacted {
        out.push_str(&tag("div", style::INFO, "redacted: forms and lengths instead of values"));
    }
    if let Some(versus) = &report.versus {
        let words =
            format!("compared with {} · {} · {}", versus.name, counted(versus.records, "record"), versus.sample);
        out.push_str(&tag("div", style::NOTE, &html(words.trim_end_matches(" · "))));
        out.extend(versus.note.as_ref().map(|note| tag("div", style::ALERT, &html_sentence(note))));
    }
    out
}

/// The paths that only one of two compared reports has.
fn other_paths(versus: &ShapeChange) -> String {
    let list = |paths: &[String]| {
        let shown: Vec<String> = paths.iter().take(30).map(|path| html_isolated(&cut(path, 64))).collect();
        let more = if paths.len() > 30 { format!(" and {} more", paths.len() - 30) } else { String::new() };
        format!("{}{more}", shown.join(", "))
    };
    let gone: Vec<String> = versus.gone.iter().map(|gone| format!("{} ({})", gone.path, gone.types)).collect();
    let mut out = String::new();
    for (words, paths) in [("new", &versus.new), ("gone", &gone)] {
        if !paths.is_empty() {
            out.push_str(&tag("div", style::ALERT, &format!("<strong>{words}</strong>: {}", list(paths))));
        }
    }
    out
}

/// What a path was like in the report it is compared with: its spark, how far it moved, and what moved most.
fn then(change: &ColumnChange) -> String {
    let mut words = Vec::new();
    words.extend(change.type_before.as_ref().map(|types| format!("was {types}")));
    words.extend(change.moved.as_ref().map(|(value, by)| format!("{} {:+.1} points", cut(value, 24), by * 100.0)));
    for (name, by) in [("null", change.null), ("present", change.present)] {
        if by.abs() >= 0.005 {
            words.push(format!("{name} {:+.1} points", by * 100.0));
        }
    }
    let spark = tag("span", "font-family:monospace;color:#7a7a7a;letter-spacing:0", &html(&change.spark));
    let distance = change.distance.map(|by| format!(" {}", html(&format!("{by:.3}"))));
    let note = tag("span", style::TYPE, &html(&words.join(" · ")));
    format!("{spark}{}<br>{note}", distance.unwrap_or_default())
}

fn alert(alert: &Alert) -> String {
    let (style, icon) = match alert.level {
        AlertLevel::Bad => (style::ALERT, "▲"),
        AlertLevel::Warn => (style::ALERT, "△"),
        AlertLevel::Notice => (style::INFO, "·"),
    };
    let mut text =
        format!("{icon} <strong>{}</strong>: {}", html_sentence(&alert.fact), html_sentence(&alert.consequence));
    if !alert.examples.is_empty() {
        let examples: Vec<String> =
            alert.examples.iter().map(|text| tag("code", style::CODE, &html_isolated(&cut(text.trim(), 64)))).collect();
        text.push_str(&tag("span", style::NOTE, &format!(" e.g. {}", examples.join(", "))));
    }
    tag("div", style, &text)
}

fn columns(report: &ShapeReport) -> String {
    let empties = report.columns.iter().any(|column| column.empty.count > 0);
    let mut heads = vec![("path", false), ("type", false), ("present", true), ("null", true)];
    if empties {
        heads.push(("empty", true));
    }
    heads.extend([("distinct", true), ("shape", false)]);
    if report.versus.is_some() {
        heads.push(("then · distance", false));
    }
    heads.push(("typical", false));
    let head: String = heads
        .iter()
        .map(|&(name, right)| tag("th", if right { style::HEAD_RIGHT } else { style::HEAD }, name))
        .collect();
    let (mut rows, mut shown) = (String::new(), 0);
    for column in &report.columns {
        if rows.len() >= ROWS_BUDGET {
            break;
        }
        rows.push_str(&row(column, empties, report.versus.is_some()));
        shown += 1;
    }
    let table = format!("<thead>{}</thead><tbody>{rows}</tbody>", tag("tr", style::ROW, &head));
    let mut out = tag("div", "overflow-x:auto", &tag("table", style::TABLE, &table));
    if shown < report.columns.len() {
        let more = counted((report.columns.len() - shown) as u64, "more path");
        out.push_str(&tag("div", style::NOTE, &format!("… and {more}, in the JSON form of this report")));
    }
    out
}

fn row(column: &ColumnShape, empties: bool, compared: bool) -> String {
    let flags: Vec<String> = column.flags.iter().map(|flag| html(flag)).collect();
    let flags = match flags.is_empty() {
        true => String::new(),
        false => format!("<br>{}", tag("span", style::TYPE, &flags.join(" · "))),
    };
    let path = format!(
        "<td style=\"{};padding-left:{}px\" title=\"{}\"><strong>{}</strong>{flags}</td>",
        style::CELL,
        4 + 14 * column.depth.min(8),
        html(&cut(&column.path, 500)),
        html_isolated(&cut(&column.path, 64)),
    );
    let mut out = path;
    out.push_str(&tag("td", style::CELL, &type_mix(&column.types)));
    out.push_str(&tag("td", style::CELL_RIGHT, &html(&percent(column.present.share))));
    out.push_str(&tag("td", style::CELL_RIGHT, &rate(&column.null)));
    if empties {
        let can_be_empty = column.types.iter().any(|kind| ["str", "bin", "list", "object"].contains(&kind.name));
        let empty = if can_be_empty { rate(&column.empty) } else { "–".to_owned() };
        out.push_str(&tag("td", style::CELL_RIGHT, &empty));
    }
    out.push_str(&tag("td", style::CELL_RIGHT, &distinct(&column.distinct)));
    let spark = tag("span", "font-family:monospace;color:#0072B2;letter-spacing:0", &html(&column.spark));
    out.push_str(&tag("td", style::CELL, &spark));
    if compared {
        let then = column.vs.as_ref().map_or_else(|| "new".to_owned(), then);
        out.push_str(&tag("td", style::CELL, &then));
    }
    out.push_str(&tag("td", style::CELL_WORDS, &typical(&column.typical)));
    tag("tr", style::ROW, &out)
}

/// One type by its name; several with their shares, and a bar of them.
fn type_mix(types: &[TypeShare]) -> String {
    match types {
        [] => tag("span", style::ABSENT, "no value"),
        [only] => html(only.name),
        several => {
            let words: Vec<String> =
                several.iter().map(|kind| html(&format!("{} {}", kind.name, percent(kind.share)))).collect();
            let parts: String = several
                .iter()
                .enumerate()
                .map(|(at, kind)| {
                    let color = MIX[at.min(MIX.len() - 1)];
                    // A sliver stays visible: a rare type is the one that breaks a job.
                    let width = (kind.share * 100.0).clamp(2.0, 98.0);
                    tag("div", &format!("float:left;width:{width:.1}%;height:5px;background-color:{color}"), "")
                })
                .collect();
            let bar = tag("div", "width:110px;height:5px;overflow:hidden;margin:1px 0 2px 0", &parts);
            format!("{}{bar}", words.join(" · "))
        }
    }
}

/// A share; of nothing seen, how much there may still be.
fn rate(rate: &Rate) -> String {
    match rate.at_most {
        _ if rate.of == 0 => "–".to_owned(),
        Some(bound) if rate.count == 0 && bound < 1.0 => {
            let bound = tag("span", style::TYPE, &html(&format!("≤ {}", percent(bound))));
            format!("0&nbsp;{bound}")
        }
        _ => html(&percent(rate.share)),
    }
}

fn distinct(distinct: &Distinct) -> String {
    match distinct {
        Distinct { count: 0, .. } => "–".to_owned(),
        Distinct { all_unique: true, .. } => "all different".to_owned(),
        Distinct { is_exact: true, count: n, .. } => count(*n),
        Distinct { count: n, .. } => format!("≈ {}", significant(*n as f64)),
    }
}

fn typical(typical: &Typical) -> String {
    match typical {
        Typical::Nothing => String::new(),
        Typical::Numbers(q) => {
            let [p5, p50, p95] = [q.p5, q.p50, q.p95].map(significant);
            format!("{p5} · <strong>{p50}</strong> · {p95} {}", tag("span", style::TYPE, "p5 · p50 · p95"))
        }
        Typical::Top(values) => values.iter().map(top_value).collect::<Vec<_>>().join(" · "),
        Typical::Time { min_ms, max_ms } => format!("{} → {}", timestamp_seconds(*min_ms), timestamp_seconds(*max_ms)),
        Typical::Lengths(q) => format!("{} to {} elements, half ≤ {}", n(q.min), n(q.max), n(q.p50)),
        Typical::Fields(fields) => counted((*fields).into(), "field"),
    }
}

fn n(number: f64) -> String {
    significant(number)
}

fn top_value(value: &TopValue) -> String {
    let text = match value.text.is_empty() {
        true => tag("span", style::ABSENT, "&quot;&quot;"),
        false => html_isolated(&cut(&value.text, TYPICAL_CHARS)),
    };
    format!("{text} {}", tag("span", style::NOTE, &html(&percent(value.share)).replace(' ', "&nbsp;")))
}

/// What is known about the columns of times; for event time, the delay that copes.
fn times(report: &ShapeReport) -> Option<String> {
    let rows: Vec<[String; 6]> = report
        .columns
        .iter()
        .filter_map(|column| column.time.map(|time| (column, time)))
        .take(TIMES)
        .map(|(column, time)| {
            [
                html_isolated(&column.path),
                html(&percent(time.out_of_order.share)),
                span(time.max_lateness_ms),
                span(time.delay_p999_ms),
                count(time.future),
                count(time.near_zero),
            ]
        })
        .collect();
    let heads = ["time", "out of order", "latest by", "a delay of … keeps 99.9 %", "in the future", "near 1970"];
    (!rows.is_empty()).then(|| details("Times and lateness", &plain_table(&heads, &rows)))
}

fn envelope(envelope: &EnvelopeShape) -> String {
    let sizes = |q: &Quantiles| format!("p50 {} · p99 {} · max {} bytes", n(q.p50), n(q.p99), n(q.max));
    let mut facts = vec![
        ["without key".to_owned(), html(&percent(envelope.key_null.share))],
        ["different keys".to_owned(), distinct(&envelope.keys)],
        ["without value (tombstones)".to_owned(), html(&percent(envelope.tombstones.share))],
        ["with headers".to_owned(), html(&percent(envelope.headers.share))],
    ];
    facts.extend(envelope.value_bytes.as_ref().map(|q| ["size of values".to_owned(), sizes(q)]));
    facts.extend(envelope.key_bytes.as_ref().map(|q| ["size of keys".to_owned(), sizes(q)]));
    let partitions: Vec<[String; 3]> = envelope
        .partitions
        .iter()
        .map(|partition| [partition.partition.to_string(), count(partition.in_log), count(partition.sampled)])
        .collect();
    let partitions = plain_table(&["partition", "records in the log", "in the sample"], &partitions);
    let keys = html(&percent(envelope.key_null.share));
    let summary =
        format!("Keys, sizes and {} · {keys} without key", counted(envelope.partitions.len() as u64, "partition"));
    details(&summary, &format!("{}{partitions}", plain_table(&["", ""], &facts)))
}

fn failures(report: &ShapeReport) -> Option<String> {
    let rate = &report.failures;
    let rows: Vec<[String; 2]> = report
        .failure_examples
        .iter()
        .map(|failure| [html(&failure.reason), tag("code", style::CODE, &html_isolated(&cut(&failure.text, 200)))])
        .collect();
    let summary = format!("{} did not decode ({})", counted(rate.count, "record"), html(&percent(rate.share)));
    (rate.count > 0).then(|| details(&summary, &plain_table(&["reason", "bytes"], &rows)))
}

#[cfg(test)]
#[path = "shape_tests.rs"]
pub(crate) mod tests;
