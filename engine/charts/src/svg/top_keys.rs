//! The most frequent keys as bars with their intervals, against the share that one worker should get.

use crate::svg::canvas::{
    Anchor, BELOW_TITLE, BLUE, Canvas, FAINT_INK, GREY, HOT, HOT_TEXT, INK, PANEL, Type, WIDTH, Words, panel,
};
use crate::svg::input::{KeyBar, OtherKeys, TopKeys};
use crate::svg::labels::{clean, count, fit, name, number, percent, pixels, plural};

const BARS: usize = 15;
const ROW: f64 = 18.0;
const THICK: f64 = 12.0;
const LABELS: f64 = 150.0;
const LEFT: f64 = 14.0 + LABELS + 8.0;
const RIGHT: f64 = WIDTH - 78.0;
const TOP: f64 = BELOW_TITLE + 20.0;
const NAME: usize = 24;
/// The longest name in the title, which has a long sentence to say about it.
const IN_TITLE: usize = 18;
/// More than ever fits beside a bar, so that a key of a megabyte is not copied.
const LABEL_COLUMNS: usize = 40;

const SMALL: Type = Type { size: 11.0, bold: false, color: INK };

impl TopKeys {
    fn fair_share(&self) -> Option<f64> {
        self.parallelism.filter(|p| *p > 1).map(|p| 1.0 / f64::from(p))
    }

    /// What the chart shows, as its title.
    pub(crate) fn finding(&self) -> String {
        let Some(top) = self.keys.first() else { return "No rows, so no keys to show".into() };
        let name = name(&top.label, IN_TITLE);
        let share = percent(top.share);
        match self.fair_share() {
            Some(fair) if top.hot && top.share > fair => {
                let times = number(top.share / fair);
                format!("\"{name}\" is {share} of rows, {times}× a worker's fair share")
            }
            _ if self.keys.len() == 1 && self.other.is_none() => format!("\"{name}\" is the only key"),
            _ => format!("The most frequent key, \"{name}\", is {share} of rows"),
        }
    }

    /// What the chart shows, for those who cannot see it.
    pub(crate) fn alt_text(&self) -> String {
        format!("{}. {}", self.finding(), self.note())
    }

    fn note(&self) -> String {
        format!("n = {} · {}", plural(self.rows, "row"), self.sample)
    }
}

/// The chart of the keys.
pub(crate) fn top_keys(keys: &TopKeys) -> String {
    let shown = &keys.keys[..keys.keys.len().min(BARS)];
    let rows = shown.len() + usize::from(keys.other.is_some());
    let height = TOP + rows as f64 * ROW + 32.0;
    let (title, note, alt) = (keys.finding(), keys.note(), keys.alt_text());
    let subtitle = format!("share of rows by {}, with 90 % intervals", clean(&keys.key, NAME * 2));
    panel(height, &Words { title: &title, subtitle: &subtitle, note: &note, alt: &alt }, |canvas| {
        let scale = Scale::of(shown, keys.fair_share());
        if let Some(fair) = keys.fair_share().filter(|_| !shown.is_empty()) {
            draw_fair_share(canvas, fair, TOP + shown.len() as f64 * ROW, &scale);
        }
        for (at, key) in shown.iter().enumerate() {
            draw_key(canvas, key, TOP + at as f64 * ROW, &scale);
        }
        if let Some(other) = keys.other {
            draw_other(canvas, other, TOP + shown.len() as f64 * ROW, &scale);
        }
        canvas.line((LEFT, TOP - 2.0), (LEFT, TOP + rows as f64 * ROW), 1.0, FAINT_INK);
    })
}

/// From shares to pixels.
struct Scale {
    most: f64,
}

impl Scale {
    fn of(keys: &[KeyBar], fair: Option<f64>) -> Self {
        let most = keys.iter().map(|key| key.high.max(key.share)).fold(0.0, f64::max);
        // The line belongs on the chart unless it would squeeze the bars to nothing.
        let with_line = fair.map_or(most, |fair| most.max(fair * 1.05));
        let most = if with_line > most * 4.0 { most } else { with_line };
        Self { most: if most > 0.0 { most } else { 1.0 } }
    }

    fn x(&self, share: f64) -> f64 {
        LEFT + (share / self.most).min(1.0) * (RIGHT - LEFT)
    }
}

fn draw_key(canvas: &Canvas<'_>, key: &KeyBar, y: f64, scale: &Scale) {
    let middle = y + ROW / 2.0;
    let (color, ink) = if key.hot { (HOT, HOT_TEXT) } else { (BLUE, INK) };
    let mark = if key.hot { "▲ " } else { "" };
    let label = format!("{mark}{}", name(&key.label, LABEL_COLUMNS));
    let kind = Type { bold: key.hot, color: ink, ..SMALL };
    canvas.text(&fit(&label, LABELS, kind.size, kind.bold), LEFT - 8.0, middle, Anchor::End, kind);
    canvas.rect(LEFT, middle - THICK / 2.0, scale.x(key.share) - LEFT, THICK, color);
    let (low, high) = (scale.x(key.low), scale.x(key.high));
    canvas.line((low, middle), (high, middle), 1.25, INK);
    for end in [low, high] {
        canvas.line((end, middle - 3.5), (end, middle + 3.5), 1.25, INK);
    }
    let share = percent(key.share);
    // The line of the fair share stops at the words.
    canvas.rect(high + 5.0, middle - 6.0, pixels(&share, kind.size, kind.bold) + 4.0, 12.0, PANEL);
    canvas.text(&share, high + 7.0, middle, Anchor::Start, kind);
}

fn draw_other(canvas: &Canvas<'_>, other: OtherKeys, y: f64, scale: &Scale) {
    let middle = y + ROW / 2.0;
    let least = if other.at_least { "≥ " } else { "" };
    let noun = if other.keys == 1 { "key" } else { "keys" };
    let label = format!("other ({least}{} {noun})", count(other.keys));
    let kind = Type { color: FAINT_INK, ..SMALL };
    canvas.text(&fit(&label, LABELS, kind.size, false), LEFT - 8.0, middle, Anchor::End, kind);
    let end = scale.x(other.share);
    canvas.rect(LEFT, middle - THICK / 2.0, end - LEFT, THICK, GREY);
    if other.share > scale.most {
        // Longer than the chart is wide: two cuts say so.
        for cut in [end - 22.0, end - 16.0] {
            canvas.line((cut - 2.0, middle + THICK / 2.0 + 2.0), (cut + 2.0, middle - THICK / 2.0 - 2.0), 2.5, PANEL);
        }
    }
    canvas.text(&percent(other.share), end + 7.0, middle, Anchor::Start, kind);
}

fn draw_fair_share(canvas: &Canvas<'_>, fair: f64, bottom: f64, scale: &Scale) {
    let words = format!("one worker's fair share: {}", percent(fair));
    if fair > scale.most {
        let kind = Type { size: 10.5, bold: false, color: FAINT_INK };
        return canvas.text(&format!("{words} (beyond the chart) →"), RIGHT, TOP - 10.0, Anchor::End, kind);
    }
    let x = scale.x(fair);
    canvas.dashes((x, TOP - 4.0), (x, bottom), INK);
    let kind = Type { size: 10.5, bold: false, color: INK };
    // Beside the line, on the side where there is room.
    let anchor = if x < (LEFT + RIGHT) / 2.0 { Anchor::Start } else { Anchor::End };
    canvas.text(&words, if x < (LEFT + RIGHT) / 2.0 { x - 2.0 } else { x + 2.0 }, TOP - 11.0, anchor, kind);
}
