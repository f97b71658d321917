//! One bar a worker, fullest first: how far the fullest stands out from the mean.

use crate::svg::canvas::{
    Anchor, BELOW_TITLE, BLUE, Canvas, FAINT_INK, GRID, HOT, HOT_TEXT, INK, PANEL, Type, WIDTH, Words, panel,
};
use crate::svg::input::{SlotBar, SlotLoads};
use crate::svg::labels::{count, name, number, pixels, plural, ticks};

const HEIGHT: f64 = 290.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 18.0;
const TOP: f64 = BELOW_TITLE + 18.0;
const BOTTOM: f64 = HEIGHT - 46.0;
/// More bars than this cannot be told apart: workers are put together.
const BARS: usize = 64;
/// The longest name of a key in a sentence, in columns.
const NAME: usize = 24;

const SMALL: Type = Type { size: 10.5, bold: false, color: FAINT_INK };

impl SlotLoads {
    fn fullest(&self) -> f64 {
        // The expected load of the worker that is expected to be fullest is a little below what the fullest is expected to have.
        self.factor.unwrap_or_else(|| self.slots.iter().map(|slot| slot.load).fold(0.0, f64::max))
    }

    /// What the chart shows, as its title.
    pub(crate) fn finding(&self) -> String {
        match self.slots.len() {
            _ if self.rows == 0 || self.slots.is_empty() => "No rows, so no loads to show".into(),
            1 => "A single worker gets everything".into(),
            n => format!("The fullest of {} workers gets {}× the average", count(n as u64), number(self.fullest())),
        }
    }

    /// What the chart shows, for those who cannot see it.
    pub(crate) fn alt_text(&self) -> String {
        let hot = self.hot_key.as_ref().map(|key| format!(", most of it for \"{}\"", name(key, NAME)));
        format!("{}{}. {}", self.finding(), hot.unwrap_or_default(), self.note())
    }

    fn note(&self) -> String {
        format!("n = {} · {}", plural(self.rows, "row"), self.sample)
    }
}

/// The chart of the loads.
pub(crate) fn slot_loads(loads: &SlotLoads) -> String {
    let (title, note, alt) = (loads.finding(), loads.note(), loads.alt_text());
    let subtitle = "load of each worker as a multiple of the mean, fullest first; in brackets the 90 % range";
    let words = Words { title: &title, subtitle, note: &note, alt: &alt };
    panel(HEIGHT, &words, |canvas| {
        if loads.rows > 0 && !loads.slots.is_empty() {
            draw(canvas, loads);
        }
    })
}

/// What one bar stands for.
struct Bar {
    load: f64,
    hot: f64,
    workers: usize,
}

/// Fullest first; the mean of neighbours where there are too many.
fn bars(slots: &[SlotBar]) -> Vec<Bar> {
    let mut sorted = slots.to_vec();
    sorted.sort_by(|a, b| b.load.total_cmp(&a.load).then(b.hot.total_cmp(&a.hot)));
    let shown = sorted.len().min(BARS);
    let bar = |at: usize| {
        let group = &sorted[at * sorted.len() / shown..(at + 1) * sorted.len() / shown];
        let mean = |of: fn(&SlotBar) -> f64| group.iter().map(of).sum::<f64>() / group.len() as f64;
        Bar { load: mean(|s| s.load), hot: mean(|s| s.hot), workers: group.len() }
    };
    (0..shown).map(bar).collect()
}

fn draw(canvas: &Canvas<'_>, loads: &SlotLoads) {
    let bars = bars(&loads.slots);
    let fullest = loads.fullest();
    let marks = ticks(fullest.max(1.0));
    let top = marks.last().copied().unwrap_or(1.0);
    let y = |load: f64| BOTTOM - (load / top) * (BOTTOM - TOP);
    for mark in &marks {
        canvas.line((LEFT, y(*mark)), (RIGHT, y(*mark)), 1.0, GRID);
        canvas.text(&format!("{}×", number(*mark)), LEFT - 6.0, y(*mark), Anchor::End, SMALL);
    }
    let step = (RIGHT - LEFT) / bars.len() as f64;
    let gap = (step * 0.18).clamp(0.5, 6.0);
    let wide = (step - gap).min(72.0);
    for (at, bar) in bars.iter().enumerate() {
        let x = LEFT + at as f64 * step + gap / 2.0;
        canvas.rect(x, y(bar.load), wide, BOTTOM - y(bar.load), BLUE);
        if bar.hot > 0.0 {
            canvas.rect(x, y(bar.hot), wide, BOTTOM - y(bar.hot), HOT);
        }
    }
    mean_line(canvas, y(1.0));
    label_fullest(canvas, loads, fullest, (LEFT + gap / 2.0, wide, y(fullest)), y(bars[0].load));
    canvas.line((LEFT, BOTTOM), (RIGHT, BOTTOM), 1.0, FAINT_INK);
    let last = (LEFT + RIGHT) / 2.0;
    canvas.text(&axis(&bars, loads.slots.len()), last, BOTTOM + 13.0, Anchor::Middle, SMALL);
}

fn mean_line(canvas: &Canvas<'_>, y: f64) {
    canvas.dashes((LEFT, y), (RIGHT, y), INK);
    canvas.text("mean 1×", RIGHT, y - 8.0, Anchor::End, Type { color: INK, ..SMALL });
}

/// The number on the fullest, and what it is made of. Where bars are means of several, a mark shows the fullest itself.
fn label_fullest(canvas: &Canvas<'_>, loads: &SlotLoads, fullest: f64, at: (f64, f64, f64), bar_top: f64) {
    let (x, wide, y) = at;
    if bar_top > y + 1.0 {
        canvas.line((x, y), (x + wide.max(6.0), y), 2.0, HOT);
        canvas.line((x + wide / 2.0, y), (x + wide / 2.0, bar_top), 1.0, HOT);
    }
    let hot = loads.slots.iter().any(|slot| slot.hot > 0.0);
    let color = if hot { HOT_TEXT } else { INK };
    let kind = Type { size: 12.0, bold: true, color };
    let what = match (&loads.hot_key, hot) {
        (Some(key), true) => format!(" ▲ hot: \"{}\"", name(key, NAME)),
        (None, true) => " ▲ hot keys in vermilion".into(),
        _ => String::new(),
    };
    let range = loads.interval.filter(|(low, high)| low < high);
    let range = range.map(|(low, high)| format!(" ({}–{})", number(low), number(high))).unwrap_or_default();
    let words = format!("{}×{range}{what}", number(fullest));
    // The lines of the grid stop at the words.
    canvas.rect(x - 2.0, y - 17.0, pixels(&words, kind.size, true) + 4.0, 15.0, PANEL);
    canvas.text(&words, x, y - 9.0, Anchor::Start, kind);
}

fn axis(bars: &[Bar], workers: usize) -> String {
    let most = bars.iter().map(|bar| bar.workers).max().unwrap_or(1);
    let least = bars.iter().map(|bar| bar.workers).min().unwrap_or(1);
    let all = plural(workers as u64, "worker");
    match (least, most) {
        (1, 1) => all,
        (least, most) if least == most => format!("{all}, each bar the mean of {}", count(most as u64)),
        (least, most) => format!("{all}, each bar the mean of {}–{}", count(least as u64), count(most as u64)),
    }
}
