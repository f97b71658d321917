//! The key report: the verdict sentence first, then the two charts, then the numbers folded away.

use crate::html::escape::{cut, html, html_isolated, html_sentence};
use crate::html::numbers::{count, counted, percent, significant};
use crate::html::style::{self, details, tag};
use crate::html::table::plain_table;
use crate::svg::{Chart, charts};
use base64::Engine;
use headwater_profile::{Cause, ErrorBasis, KeyReport, Partitioner, PartitionerReport, Severity, SplitKey, Verdict};

/// A line of code is to be pasted, so it is cut only where nobody would.
const LINE: usize = 5_000;

/// The report as a fragment of HTML with its charts, for a notebook that may be untrusted.
pub fn keys_html(report: &KeyReport) -> String {
    to_html(report, &charts(report))
}

fn to_html(report: &KeyReport, charts: &[Chart]) -> String {
    let (box_style, icon) = match (report.verdict, report.severity) {
        (Verdict::Ok, _) => (style::INFO, "✓"),
        (Verdict::NotEnoughRows, _) => (style::INFO, "?"),
        (Verdict::WillStraggle, Severity::Fail) => (style::ALERT, "▲"),
        (Verdict::WillStraggle, _) => (style::ALERT, "△"),
    };
    let sentence = tag("div", style::VERDICT, &format!("{icon} {}", html_sentence(&report.sentence)));
    let mut out = tag("div", box_style, &sentence);
    out.push_str(&tag("div", style::NOTE, &html(&report.sample)));
    out.extend(report.notes.iter().map(|note| tag("div", style::INFO, &html_sentence(note))));
    let images: String = charts.iter().map(chart_image).collect();
    out.push_str(&tag("div", "margin:8px 0", &images));
    out.push_str(&fixes(report));
    out.extend(report.partitioner.as_ref().map(producers));
    out.push_str(&targets(report));
    out.push_str(&details("The numbers", &numbers(report)));
    out.extend(report.limits.iter().map(|limit| tag("div", style::NOTE, &html_sentence(limit))));
    tag("div", style::PANEL, &out)
}

/// SVG as an image that an untrusted notebook shows too.
pub fn chart_image(chart: &Chart) -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(&chart.svg);
    let style = "max-width:100%;margin:0 8px 8px 0;vertical-align:top";
    format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{}\" style=\"{style}\">", html(&chart.alt))
}

/// What can be done, best first, each with what it leaves and the code to paste.
fn fixes(report: &KeyReport) -> String {
    if report.fixes.is_empty() {
        return String::new();
    }
    let worst = report.fixes.iter().map(|fix| fix.before).fold(1.0, f64::max);
    let rows: Vec<[String; 3]> = report
        .fixes
        .iter()
        .map(|fix| {
            let range = fix.interval.map(|own| format!(" ({}–{})", significant(own.low), significant(own.high)));
            let width = (fix.factor / worst * 100.0).clamp(1.0, 100.0);
            let bar = tag("div", &format!("width:{width:.0}%;height:5px;background-color:#0072B2"), "");
            let left = format!(
                "<span style=\"white-space:nowrap\"><strong>{}×</strong>{}</span>{}",
                significant(fix.factor),
                html(&range.unwrap_or_default()),
                tag("div", "width:110px;height:5px;margin:2px 0", &bar)
            );
            let what = format!(
                "<strong>{}</strong><br>{}",
                html_sentence(&fix.title),
                tag("span", style::NOTE, &html_sentence(&fix.why))
            );
            let code = if fix.code.is_empty() { String::new() } else { code(&fix.code) };
            // Code is cut nowhere and would take all the room.
            [left, tag("div", "width:300px", &what), code]
        })
        .collect();
    let head = tag("div", style::VERDICT, &html(&format!("What can be done (now {}×)", significant(worst))));
    format!("{head}{}", plain_table(&["leaves", "", "code"], &rows))
}

/// Several lines of code, each on its own.
fn code(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| html_isolated(&cut(line, LINE))).collect();
    tag("code", style::CODE, &lines.join("<br>"))
}

/// Who wrote the topic; a warning when records of one key are apart.
fn producers(report: &PartitionerReport) -> String {
    let apart =
        matches!(report.partitioner, Partitioner::Mix(..) | Partitioner::ChangedCount { .. } | Partitioner::Random);
    let mut text = html_sentence(&report.sentence);
    if apart && !report.split.is_empty() {
        let of = |key: &SplitKey| {
            let places: Vec<String> = key.partitions.iter().map(u32::to_string).collect();
            format!("{} in {}", html_isolated(&key.text), places.join(", "))
        };
        let examples: Vec<String> = report.split.iter().map(of).collect();
        text.push_str(&tag("span", style::NOTE, &format!(" e.g. {}", examples.join("; "))));
    }
    tag("div", if apart { style::ALERT } else { style::INFO }, &text)
}

/// The same keys on every target, folded away: the asked one is what the charts show.
fn targets(report: &KeyReport) -> String {
    let rows: Vec<[String; 4]> = report
        .targets
        .iter()
        .map(|target| {
            let range = format!("{}× – {}×", significant(target.interval.low), significant(target.interval.high));
            let rounding =
                if target.rounding > 1.0 { format!("{}×", significant(target.rounding)) } else { "–".to_owned() };
            let caveat = target.caveat.map(|text| tag("span", style::NOTE, &format!("<br>{}", html(text))));
            let name = format!("{}{}", html(&target.name), caveat.unwrap_or_default());
            [name, format!("{}×", significant(target.factor)), html(&range), rounding]
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = ["placed by", "straggler factor", "90 % range", "by rounding alone"];
    details("On other targets", &plain_table(&heads, &rows))
}

fn numbers(report: &KeyReport) -> String {
    let mut facts: Vec<[String; 2]> = Vec::new();
    let mut fact = |name: &str, value: String| facts.push([name.to_owned(), value]);
    let assumed = if report.parallelism_assumed { " (nobody said: `.parallelism(…)`)" } else { "" };
    fact("workers", format!("{}{assumed}", count(report.parallelism.into())));
    if let Some(slots) = &report.slots {
        let range = format!("{} – {}", significant(slots.interval.low), significant(slots.interval.high));
        fact("straggler factor", format!("{}× (90 % range {range})", significant(slots.factor)));
        fact("of perfectly even keys in so few rows", format!("{}×", significant(slots.noise_floor)));
    }
    if let Some(parts) = &report.parts {
        fact("of the number of keys alone", format!("{}×", significant(parts.placement)));
    }
    if let Some(slots) = &report.slots {
        fact("idle workers", count(slots.idle.into()));
        fact("workers' worth of waiting", significant(slots.wasted));
        fact("as fast as one worker", format!("{} times", significant(slots.speed_up)));
    }
    for after in &report.combined {
        let name = format!("straggler factor after combining {} rows", count(after.flush_rows.into()));
        fact(&name, format!("{}×", significant(after.factor)));
    }
    if let Some(bytes) = &report.bytes {
        let top = format!("{}× ({} is {} of bytes)", significant(bytes.factor), bytes.top, percent(bytes.top_share));
        fact("straggler factor by bytes", top);
    }
    if let Some(hot) = &report.hot_state {
        let rows = hot.rows_per_second.map(|rows| format!("{} rows a second", significant(rows)));
        rows.into_iter().for_each(|rows| fact("on the hottest worker", rows));
    }
    if let Some(most) = report.max_parallelism {
        fact("more workers than this cannot help", count(most));
    }
    if let Some(cause) = report.cause {
        fact("cause", words(cause).to_owned());
    }
    fact("different keys", format!("{} seen, at least {}", count(report.distinct), count(report.distinct_at_least)));
    let top = report.concentration;
    let of_top = format!("{} · {} · {}", percent(top.top_1), percent(top.top_10), percent(top.top_100));
    fact("share of the first · ten · hundred keys", of_top);
    if let Some(keys) = report.effective_keys {
        fact("effective number of keys", significant(keys));
    }
    fact("rows whose key was seen", percent(report.coverage));
    fact("rows without key", count(report.null_rows));
    let basis = match report.basis {
        ErrorBasis::BetweenBlocks => format!("differences between {}", counted(report.blocks.into(), "block")),
        ErrorBasis::Whole => "nothing: everything was looked at".to_owned(),
        ErrorBasis::Binomial => "the binomial law: one block only, bursts are not accounted for".to_owned(),
    };
    fact("rows", format!("{}, worth {} independent ones", count(report.rows), significant(report.effective_rows)));
    fact("ranges come from", basis);
    facts.iter_mut().for_each(|[_, value]| *value = html_sentence(value));
    format!("{}{}", plain_table(&["", ""], &facts), shares(report))
}

fn shares(report: &KeyReport) -> String {
    let rows: Vec<[String; 5]> = report
        .top
        .iter()
        .map(|key| {
            let text = match key.is_null {
                true => tag("span", style::ABSENT, "null"),
                false => html_isolated(&key.text),
            };
            let range = format!("{} – {}", percent(key.interval.low), percent(key.interval.high));
            let worker = key.slot.map_or_else(|| "any".to_owned(), |slot| slot.to_string());
            let hot = if key.hot { " ▲ hot" } else { "" };
            [format!("{text}{hot}"), count(key.count), percent(key.share), html(&range), worker]
        })
        .collect();
    plain_table(&["key", "rows", "share", "90 % range", "worker"], &rows)
}

fn words(cause: Cause) -> &'static str {
    match cause {
        Cause::HotKey => "one key is too frequent",
        Cause::FewKeys => "too few keys for so many workers",
        Cause::Rounding => "the key groups do not divide evenly among the workers",
        Cause::SeveralKeys => "several heavy keys on one worker",
    }
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
