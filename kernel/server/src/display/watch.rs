//! A watch: what comes now, how fast, how far behind the clock, the newest rows, and what became of it when it ends.

use crate::display::escape::{html, html_sentence, visible};
use crate::display::numbers::{count, counted, percent, significant, span, timestamp};
use crate::display::preview::short;
use crate::display::style::{self, tag};
use crate::display::table::Table;
use crate::display::{MimeBundle, bundle};
use headwater_charts::html::{histogram, plain_table};
use headwater_exec::live::{KEPT_ROWS, LiveSource, LiveWindow};
use headwater_exec::{LiveView, WatchEnd};
use serde_json::{Value, json};

/// After so long without a record one is told of it, milliseconds.
const SILENCE: u64 = 3_000;
/// Keys that are shown.
const KEYS: usize = 10;
/// The widest bar of a key, in pixels and in characters.
const BAR: (f64, f64) = (160.0, 24.0);

/// `watch` for a notebook.
pub fn watch(view: &LiveView) -> MimeBundle {
    let seen = Seen::of(view);
    bundle::bundle("watch", seen.to_html(), seen.to_text(), seen.json())
}

/// A view with everything that is derived from it.
struct Seen<'a> {
    view: &'a LiveView,
    table: Table,
}

impl<'a> Seen<'a> {
    fn of(view: &'a LiveView) -> Seen<'a> {
        let mut table = Table::of(&view.frame);
        if !view.windows.is_empty() {
            table = table.with_column("window", "now", view.windows.iter().map(|window| mark(window, view)));
        }
        Seen { view, table }
    }

    fn to_html(&self) -> String {
        let mut out = tag("div", style::VERDICT, &html(&self.headline()));
        let image = histogram::image(&self.view.per_second, &self.chart_in_words());
        if !image.is_empty() {
            out.push_str(&tag("div", style::NOTE, &html(&self.chart_in_words())));
            out.push_str(&image);
        }
        out.push_str(&tag("div", style::NOTE, &html(&self.facts().join(" · "))));
        out.extend(
            self.remarks().iter().map(|remark| tag("div", style::ALERT, &format!("△ {}", html_sentence(remark)))),
        );
        out.push_str(&self.table.to_html());
        out.push_str(&self.keys_html());
        out.push_str(&tag("div", style::NOTE, &html(&self.footer())));
        tag("div", style::PANEL, &out)
    }

    fn to_text(&self) -> String {
        let view = self.view;
        let mut lines = vec![self.headline()];
        if let Some(most) = view.per_second.iter().max().filter(|most| **most > 0) {
            lines.push(format!("{} {}", histogram::blocks(&view.per_second, *most), self.chart_in_words()));
        }
        lines.push(self.facts().join(" · "));
        lines.extend(self.remarks());
        lines.push(String::new());
        lines.push(self.table.to_text());
        lines.extend(self.keys_text());
        lines.push(self.footer());
        lines.iter().flat_map(|line| line.split('\n')).map(visible).collect::<Vec<_>>().join("\n")
    }

    fn json(&self) -> Value {
        let view = self.view;
        let counts = &view.counts;
        json!({
            "fingerprint": view.fingerprint,
            "elapsed_ms": view.elapsed_ms,
            "end": view.end.map(|end| format!("{end:?}").to_lowercase()),
            "per_second": view.per_second,
            "watermark_ms": view.watermark.filter(|watermark| *watermark < i64::MAX),
            "lag": view.lag(),
            "silent_ms": view.silent_ms(),
            "columns": Table::json_columns(&view.frame),
            "rows": Table::json_rows(&view.frame, KEPT_ROWS),
            "windows": {"open": view.open.0, "held_back": view.open.1},
            "counts": {
                "records": counts.records, "dead": counts.dead, "rejected": counts.rejected, "rows": counts.rows,
                "late": counts.late, "null_event_time": counts.null_event_time, "future": counts.future,
            },
            "state": {"rows": view.state.rows, "keys": view.state.keys, "bytes": view.state.bytes},
        })
    }

    /// What is watched and for how long; what ended it.
    fn headline(&self) -> String {
        let view = self.view;
        let names: Vec<&str> = view.sources.iter().map(|source| source.origin.as_str()).collect();
        let (names, time) = (names.join(", "), span(i64::try_from(view.elapsed_ms).unwrap_or(i64::MAX)));
        let came = format!("{}, {}", counted(view.counts.records, "record"), counted(view.counts.rows, "row"));
        let ended = match view.end {
            None => return format!("● watching {names} for {time}: {came}"),
            Some(WatchEnd::Interrupted) => "until you interrupted it",
            Some(WatchEnd::Time) => "as long as you asked",
            Some(WatchEnd::Rows) => "until the rows had come that you asked for",
            Some(WatchEnd::Sources) => "to its end",
        };
        format!("■ watched {names} for {time}, {ended}: {came}")
    }

    fn chart_in_words(&self) -> String {
        let most = self.view.per_second.iter().copied().max().unwrap_or(0);
        let seconds = counted(self.view.per_second.len() as u64, "second");
        let lately = significant(self.view.rate().round());
        format!("records of the last {seconds}, {} in one at most; {lately} a second lately", count(most))
    }

    fn facts(&self) -> Vec<String> {
        let view = self.view;
        let mut out = Vec::new();
        if let Some(watermark) = view.watermark.filter(|watermark| *watermark < i64::MAX) {
            let behind = view.now_ms.map(|now| now.saturating_sub(watermark)).filter(|behind| *behind >= 0);
            let behind = behind.map(|behind| format!(", {} behind the clock", span(behind))).unwrap_or_default();
            out.push(format!("event time {}{behind}", timestamp(watermark)));
        }
        out.extend(view.lag().map(|lag| format!("{} not read yet", counted(lag, "record"))));
        match view.open {
            (0, _) => {}
            (open, _) => out.push(format!("{} open", counted(open, "window"))),
        }
        if view.state.bytes > 0 {
            let (rows, keys) = (counted(view.state.rows, "row"), counted(view.state.keys, "key"));
            let bytes = headwater::format_size(view.state.bytes.div_ceil(1 << 10) << 10);
            out.push(format!("keeps {rows}, {keys}: {bytes}"));
        }
        if out.is_empty() {
            out.push("no event time".to_owned());
        }
        out
    }

    /// What one should know of, as it stands now.
    fn remarks(&self) -> Vec<String> {
        let view = self.view;
        let counts = &view.counts;
        let mut out = Vec::new();
        let silence = span(i64::try_from(view.silent_ms() / 1_000 * 1_000).unwrap_or(i64::MAX));
        match (view.silent_ms() >= SILENCE, counts.records) {
            (false, _) => {}
            (true, 0) => out.push(format!(
                "nothing has come for {silence}: a watch begins at the end of the topic, `.since(\"5m\")` in the past"
            )),
            (true, _) => out.push(format!("nothing has come for {silence}")),
        }
        out.extend(self.held_back());
        out.extend(self.idle());
        let mut told = |rows: u64, what: &str| {
            if rows > 0 {
                out.push(format!("{} {what}", counted(rows, "row")));
            }
        };
        told(counts.late, "came too late and went into no window");
        told(counts.rejected, "broke a check and went no further");
        told(counts.future, "too far in the future to be true");
        told(counts.null_event_time, "without an event time, which no window counts");
        if counts.dead > 0 {
            let dead = format!("{} of {} did not decode", count(counts.dead), counted(counts.records, "record"));
            let last = view.dead_reason.as_deref().map(|reason| format!(", the last: {reason}")).unwrap_or_default();
            out.push(dead + &last);
        }
        out
    }

    /// Which partition keeps windows open.
    fn held_back(&self) -> Option<String> {
        let held = self.view.open.1;
        let windows = if held == 1 { "1 window is".to_owned() } else { format!("{} windows are", count(held)) };
        let of = |window: &LiveWindow| match window {
            LiveWindow::HeldBack { source, partition } => Some((*source, *partition)),
            _ => None,
        };
        let Some((source, partition)) = self.view.windows.iter().find_map(of) else {
            return (held > 0).then(|| format!("{windows} held back by a partition that lags behind the others"));
        };
        let own = self.view.sources.iter().find(|own| own.node == source);
        let known = own.and_then(|own| own.partitions.get(partition as usize));
        let why = match known.map(|known| (known.newest, known.records)) {
            Some((Some(newest), _)) => format!("whose newest event time is {}", timestamp(newest)),
            Some((None, 1..)) => "in which no row has an event time".to_owned(),
            _ => "of which nothing has come".to_owned(),
        };
        let name = part(source, partition, &self.view.sources);
        Some(format!("{windows} held back by {name}, {why}: `.idle_after(\"30s\")` lets time go on without it"))
    }

    /// The partitions that are silent and that time goes on without.
    fn idle(&self) -> Option<String> {
        let idle = |source: &LiveSource| {
            let own = (0_u32..).zip(&source.partitions).filter(|(_, partition)| partition.idle && !source.ended);
            own.map(|(number, _)| part(source.node, number, &self.view.sources)).collect::<Vec<_>>()
        };
        let idle: Vec<String> = self.view.sources.iter().flat_map(idle).collect();
        let verb = if idle.len() == 1 { "is idle and holds" } else { "are idle and hold" };
        (!idle.is_empty()).then(|| format!("{} {verb} nothing back", idle.join(", ")))
    }

    /// The most frequent keys: text and share.
    fn keys(&self) -> Vec<(&str, f64)> {
        let Some((_, keys)) = &self.view.keys else { return Vec::new() };
        keys.top
            .iter()
            .take(KEYS)
            .map(|key| (key.text.as_str(), f64::midpoint(key.share_low, key.share_high)))
            .collect()
    }

    fn keys_html(&self) -> String {
        let Some((name, keys)) = self.view.keys.as_ref().filter(|(_, keys)| keys.rows > 0) else {
            return String::new();
        };
        let row = |(text, share): (&str, f64)| {
            let bar =
                format!("display:inline-block;height:9px;width:{:.0}px;background:#0072B2", (share * BAR.0).max(1.0));
            [html(text), percent(share), tag("span", &bar, "")]
        };
        let rows: Vec<[String; 3]> = self.keys().into_iter().map(row).collect();
        let note = tag("div", style::NOTE, &html(&distinct(keys.distinct)));
        format!("{}{note}", plain_table(&[&html(name), "share of the rows", ""], &rows))
    }

    fn keys_text(&self) -> Vec<String> {
        let Some((name, keys)) = self.view.keys.as_ref().filter(|(_, keys)| keys.rows > 0) else { return Vec::new() };
        let row = |(text, share): (&str, f64)| {
            format!("{text:<24} {:>8} {}", percent(share), "█".repeat((share * BAR.1).round().max(1.0) as usize))
        };
        let mut lines = vec![format!("{name}: {}", distinct(keys.distinct))];
        lines.extend(self.keys().into_iter().map(row));
        lines.push(String::new());
        lines
    }

    fn footer(&self) -> String {
        let shown = self.view.frame.height();
        let rows = match (shown, self.view.windows.is_empty()) {
            (0, _) => "no row yet".to_owned(),
            (_, true) => format!("the newest {}, the newest first", counted(shown as u64, "row")),
            (_, false) => "windows that are open first, then the newest of those that closed".to_owned(),
        };
        format!("{rows} · nothing is written or committed · fingerprint {}", short(&self.view.fingerprint))
    }
}

fn distinct(keys: f64) -> String {
    format!("about {} so far", counted(keys.round() as u64, "different key"))
}

/// What the last column of a windowed table says.
fn mark(window: &LiveWindow, view: &LiveView) -> String {
    match window {
        LiveWindow::Closed => "✓ closed".to_owned(),
        // As long as a partition has shown no event time, nobody knows how much is left.
        LiveWindow::Open(_) if view.watermark.is_none() => "… open".to_owned(),
        LiveWindow::Open(left) => format!("… open, closes in {}", span(*left)),
        LiveWindow::HeldBack { source, partition } => {
            format!("‖ held back by {}", part(*source, *partition, &view.sources))
        }
    }
}

/// What people call a partition: of one source among several with its name.
fn part(source: u32, partition: u32, sources: &[LiveSource]) -> String {
    let own = sources.iter().find(|own| own.node == source).filter(|_| sources.len() > 1);
    own.map_or_else(|| format!("partition {partition}"), |own| format!("partition {partition} of {}", own.origin))
}

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;
