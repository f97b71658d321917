//! The key report: the verdict sentence first, then the two charts, then the numbers folded away.

use crate::display::escape::{html, html_isolated, html_sentence};
use crate::display::numbers::{count, counted, percent, significant};
use crate::display::shape::plain_table;
use crate::display::style::{self, details, tag};
use crate::display::{MimeBundle, bundle};
use base64::Engine;
use headwater_charts::{KeyBar, OtherKeys, SlotBar, SlotLoads, TopKeys};
use headwater_profile::{Cause, ErrorBasis, KeyReport, KeyShare, Severity, SlotForecast, Verdict};

/// A chart, and what it says for those who do not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The picture.
    pub svg: String,
    /// The finding, in words.
    pub alt: String,
}

/// The charts of a report: the load of each worker (none without rows), and the most frequent keys.
pub fn charts(report: &KeyReport) -> Vec<Chart> {
    let loads = report.slots.as_ref().map(|slots| slot_loads(report, slots));
    let loads = loads.map(|loads| Chart { svg: headwater_charts::slot_loads(&loads), alt: loads.alt_text() });
    let keys = top_keys(report);
    let keys = Chart { svg: headwater_charts::top_keys(&keys), alt: keys.alt_text() };
    loads.into_iter().chain([keys]).collect()
}

/// `report` for a notebook, with its charts; `text` is its plain-text form, which `profile` makes.
pub fn keys(report: &KeyReport, charts: &[Chart], text: String) -> MimeBundle {
    let json = serde_json::to_value(report).unwrap_or_default();
    bundle::bundle("keys", to_html(report, charts), text, json)
}

/// What the chart of slot loads is drawn from.
fn slot_loads(report: &KeyReport, slots: &SlotForecast) -> SlotLoads {
    let hottest = report.top.iter().find(|key| key.hot && key.slot == Some(slots.largest));
    SlotLoads {
        slots: slots.loads.iter().map(|slot| SlotBar { load: slot.load, hot: slot.hot }).collect(),
        hot_key: hottest.map(|key| key.text.clone()),
        interval: Some((slots.interval.low, slots.interval.high)),
        rows: report.rows,
        sample: report.sample.clone(),
    }
}

/// What the chart of keys is drawn from.
fn top_keys(report: &KeyReport) -> TopKeys {
    let bar = |key: &KeyShare| KeyBar {
        label: key.text.clone(),
        share: key.share,
        low: key.interval.low,
        high: key.interval.high,
        hot: key.hot,
    };
    let other = OtherKeys {
        keys: report.distinct_at_least.saturating_sub(report.top.len() as u64).max(report.other_keys),
        at_least: report.coverage < 1.0,
        share: report.other_share,
    };
    TopKeys {
        key: report.key.clone(),
        keys: report.top.iter().map(bar).collect(),
        other: (report.other_keys > 0).then_some(other),
        parallelism: Some(report.parallelism),
        rows: report.rows,
        sample: report.sample.clone(),
    }
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
    let images: String = charts.iter().map(image).collect();
    out.push_str(&tag("div", "margin:8px 0", &images));
    out.push_str(&details("The numbers", &numbers(report)));
    tag("div", style::PANEL, &out)
}

/// SVG as an image that an untrusted notebook shows too.
fn image(chart: &Chart) -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(&chart.svg);
    let style = "max-width:100%;margin:0 8px 8px 0;vertical-align:top";
    format!("<img src=\"data:image/svg+xml;base64,{data}\" alt=\"{}\" style=\"{style}\">", html(&chart.alt))
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
    if let Some(most) = report.max_parallelism {
        fact("more workers than this cannot help", count(most));
    }
    if let Some(cause) = report.cause {
        fact("cause", words(cause).to_owned());
    }
    fact("different keys", format!("{} seen, at least {}", count(report.distinct), count(report.distinct_at_least)));
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
