//! What is known of a path beyond its row, folded away: distributions as small pictures, frequent values as bars.

use crate::html::escape::{cut, html, html_isolated, html_sentence};
use crate::html::histogram;
use crate::html::numbers::{count, percent, significant, span, timestamp_seconds};
use crate::html::style::{self, details, tag};
use crate::html::table::plain_table;
use headwater_profile::{
    BinaryDetail, ColumnShape, Detail, Histogram, ListDetail, NumberDetail, Quantiles, Rate, Readable, ShapeReport,
    SharePoint, TextDetail, TimeDetail, TopValue,
};

/// The most that all details together may take, bytes: a report is kept in a notebook.
const BUDGET: usize = 110_000;
/// Frequent values of a path.
const VALUES: usize = 10;
/// Pixels of the longest bar.
const BAR: f64 = 120.0;

/// One fold a path, all of them in one fold; a sentence when not all have room.
pub(crate) fn shape_details(report: &ShapeReport) -> String {
    let mut out = String::new();
    let (mut shown, mut left_out) = (0_u32, 0_u32);
    for column in &report.columns {
        let Some(content) = detail(column) else { continue };
        let types: Vec<&str> = column.types.iter().map(|own| own.name).collect();
        let kind = tag("span", style::TYPE, &html(&types.join(", ")));
        let name = format!("<strong>{}</strong> {kind}", html_isolated(&cut(&column.path, 64)));
        let fold = details(&name, &tag("div", "margin:2px 0 8px 16px", &content));
        if out.len() + fold.len() > BUDGET {
            left_out += 1;
        } else {
            out.push_str(&fold);
            shown += 1;
        }
    }
    if left_out > 0 {
        let text = format!("{left_out} more paths have details; they are in the JSON form of this report");
        out.push_str(&tag("div", style::NOTE, &text));
    }
    if shown == 0 { out } else { details("Details of each path", &tag("div", "margin:2px 0 2px 16px", &out)) }
}

fn detail(column: &ColumnShape) -> Option<String> {
    let mut out = match &column.detail {
        Detail::Nothing | Detail::Object(_) => String::new(),
        Detail::Number(own) => number(own),
        Detail::Text(own) => text(own),
        Detail::Bool(own) => bars("value", &own.values),
        Detail::Time(own) => time(own),
        Detail::List(own) => list(own),
        Detail::Binary(own) => binary(own),
    };
    if column.sentinel.count > 0 {
        let share = percent(column.sentinel.share);
        out.push_str(&tag(
            "div",
            style::NOTE,
            &html(&format!("stand for nothing, but are not null: {share} of values")),
        ));
        out.push_str(&bars("value", &column.sentinels));
    }
    (!out.is_empty()).then_some(out)
}

fn number(own: &NumberDetail) -> String {
    let mut out = own.histogram.as_ref().map_or_else(String::new, |bins| picture(bins, significant));
    if own.bars.is_some() {
        // A bar for each value says it better.
        out.clear();
    }
    out.push_str(&own.bars.as_ref().map_or_else(String::new, |values| bars("value", &values.values)));
    if let Some(q) = &own.quantiles {
        let names = ["min", "p1", "p5", "p25", "p50", "p75", "p95", "p99", "max", "mean", "sd"];
        let values = [q.min, q.p1, q.p5, q.p25, q.p50, q.p75, q.p95, q.p99, q.max, own.mean, own.sd];
        out.push_str(&plain_table(&names, &[values.map(|value| html(&significant(value)))]));
    }
    let shares = [("zero", &own.zeros), ("below zero", &own.negatives), ("NaN or infinite", &own.non_finite)];
    let mut words: Vec<String> =
        shares.iter().filter(|(_, rate)| rate.count > 0).map(|own| share(own.0, own.1)).collect();
    words.extend(own.unit.map(|unit| format!("looks like {unit}")));
    out + &note(&words)
}

fn text(own: &TextDetail) -> String {
    let mut out = bars("most frequent", &own.top);
    if own.masks.iter().any(|mask| mask.count > 1) {
        out.push_str(&bars("form", &own.masks));
    }
    let Readable { int, float, time, json, uuid, .. } = &own.readable;
    let kinds = [("integers", int), ("numbers", float), ("times", time), ("JSON", json), ("UUIDs", uuid)];
    let mut words: Vec<String> = kinds
        .iter()
        .filter(|(_, rate)| rate.count > 0)
        .map(|(name, rate)| format!("{} can be read as {name}", percent(rate.share)))
        .collect();
    words.extend(own.length.as_ref().map(|q| format!("length {}", quantiles(q, " bytes"))));
    if own.invalid_utf8 > 0 {
        words.push(format!("{} hold bytes that were not UTF-8", count(own.invalid_utf8)));
    }
    out.push_str(&note(&words));
    if !own.cdf.is_empty() {
        let of = |point: &SharePoint| format!("{} have {}", count(point.values.into()), percent(point.share));
        let points: Vec<String> = own.cdf.iter().map(of).collect();
        out.push_str(&note(&[format!("share of the most frequent values: {}", points.join(" · "))]));
    }
    out
}

fn time(own: &TimeDetail) -> String {
    let mut out = own.rate.as_ref().map_or_else(String::new, |bins| picture(bins, |at| timestamp_seconds(at as i64)));
    let mut words = vec![format!("written as {}", own.written)];
    words.extend(own.range_ms.map(|(from, to)| format!("{} → {}", timestamp_seconds(from), timestamp_seconds(to))));
    if own.zoned.0 > 0 && own.zoned.1 > 0 {
        words.push(format!("{} with a zone, {} without", count(own.zoned.0), count(own.zoned.1)));
    }
    if own.gaps.count > 0 {
        let (median, longest) = (span(own.gaps.median_ms), span(own.gaps.longest_ms));
        words.push(format!("{} gaps, the longest {longest} (median step {median})", count(own.gaps.count)));
    }
    words.extend(
        own.broker_delay
            .map(|own| format!("the broker got them {} later (p50), {} (p99)", span(own.p50_ms), span(own.p99_ms))),
    );
    out.push_str(&note(&words));
    if !own.watermark.advice.is_empty() {
        out.push_str(&tag("div", style::INFO, &format!("watermark: {}", html(&own.watermark.advice))));
    }
    if own.hour_of_week.iter().any(|rows| *rows > 0) {
        let days: Vec<&[u64]> = own.hour_of_week.chunks(24).collect();
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let most = own.hour_of_week.iter().copied().max().unwrap_or(0);
        let day = |(name, hours): (&&str, &&[u64])| format!("{name} {}", histogram::blocks(hours, most));
        let lines: Vec<String> = names.iter().zip(&days).map(day).collect();
        out.push_str(&tag("div", style::NOTE, "by hour of the week, UTC"));
        out.push_str(&tag("code", style::CODE, &lines.join("<br>")));
    }
    out
}

fn list(own: &ListDetail) -> String {
    let out = own.histogram.as_ref().map_or_else(String::new, |bins| picture(bins, significant));
    let mut words: Vec<String> = own.length.iter().map(|q| format!("length {}", quantiles(q, ""))).collect();
    words.push(format!("`explode` makes {} rows of one", significant(own.explode_factor)));
    out + &note(&words)
}

fn binary(own: &BinaryDetail) -> String {
    let mut words: Vec<String> = own.looks_like.iter().map(|kind| format!("looks like {kind}")).collect();
    words.extend(own.length.as_ref().map(|q| format!("size {}", quantiles(q, " bytes"))));
    bars("most frequent", &own.top) + &note(&words)
}

fn share(name: &str, rate: &Rate) -> String {
    format!("{name} {}", percent(rate.share))
}

fn quantiles(q: &Quantiles, unit: &str) -> String {
    let [p5, p50, p99, max] = [q.p5, q.p50, q.p99, q.max].map(significant);
    format!("p5 {p5} · p50 {p50} · p99 {p99} · max {max}{unit}")
}

fn note(words: &[String]) -> String {
    let text = html_sentence(&words.join(" · "));
    if words.is_empty() { String::new() } else { tag("div", style::NOTE, &text) }
}

/// The bins as a picture, with the ends of the scale and what lies beyond them.
fn picture(bins: &Histogram, word: impl Fn(f64) -> String) -> String {
    let (Some(first), Some(last)) = (bins.edges.first(), bins.edges.last()) else { return String::new() };
    let mut scale = format!("{} → {}", word(*first), word(*last));
    if bins.log {
        scale.push_str(" (log scale)");
    }
    if bins.under + bins.over > 0 {
        scale.push_str(&format!(" · {} below, {} above", count(bins.under), count(bins.over)));
    }
    let image = histogram::image(&bins.counts, &format!("histogram, {scale}"));
    format!("{image}{}", tag("div", style::TYPE, &html(&scale)))
}

/// Values with their shares as bars, ten at most.
fn bars(head: &str, values: &[TopValue]) -> String {
    let most = values.iter().map(|value| value.share).fold(0.0, f64::max).max(1e-9);
    let row = |value: &TopValue| {
        let text = match value.text.is_empty() {
            true => tag("span", style::ABSENT, "&quot;&quot;"),
            false => html_isolated(&cut(&value.text, 64)),
        };
        let width = (value.share / most * BAR).clamp(1.0, BAR);
        let bar = tag("div", &format!("width:{width:.0}px;height:7px;margin:5px 0 0 0;background-color:#0072B2"), "");
        let range = match value.at_most > value.count {
            true => format!("{} – {}", count(value.count), count(value.at_most)),
            false => count(value.count),
        };
        [text, html(&percent(value.share)), bar, range]
    };
    let rows: Vec<[String; 4]> = values.iter().take(VALUES).map(row).collect();
    if rows.is_empty() { String::new() } else { plain_table(&[head, "share", "", "rows"], &rows) }
}
