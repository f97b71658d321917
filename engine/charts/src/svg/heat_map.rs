//! The most frequent keys over time: a row a key, a column a stretch of time, the darker panel the fewer rows.

use headwater_profile::{HeatMap, HeatPattern, KeyReport};
use plotters::style::RGBColor;

use crate::html::numbers::{span, timestamp_seconds};
use crate::svg::Chart;
use crate::svg::canvas::{Anchor, BELOW_TITLE, Canvas, FAINT_INK, GRID, INK, Type, WIDTH, Words, panel};
use crate::svg::labels::{fit, name, percent, plural};

const ROW: f64 = 15.0;
const LABELS: f64 = 130.0;
const LEFT: f64 = 14.0 + LABELS + 8.0;
const RIGHT: f64 = WIDTH - 18.0;
const TOP: f64 = BELOW_TITLE + 6.0;
const SMALL: Type = Type { size: 10.5, bold: false, color: INK };
const NAME: usize = 24;

/// Viridis (van der Walt and Smith), at nine places.
const VIRIDIS: [RGBColor; 9] = [
    RGBColor(0x44, 0x01, 0x54),
    RGBColor(0x47, 0x2d, 0x7b),
    RGBColor(0x3b, 0x52, 0x8b),
    RGBColor(0x2c, 0x72, 0x8e),
    RGBColor(0x21, 0x91, 0x8c),
    RGBColor(0x28, 0xae, 0x80),
    RGBColor(0x5e, 0xc9, 0x62),
    RGBColor(0xad, 0xdc, 0x30),
    RGBColor(0xfd, 0xe7, 0x25),
];

pub(crate) fn heat_map(report: &KeyReport) -> Option<Chart> {
    let heat = report.heat.as_ref()?;
    let most =
        heat.keys.iter().flat_map(|key| key.shares.iter().flatten()).fold(0.0_f64, |most, share| most.max(*share));
    if most <= 0.0 {
        return None;
    }
    let title = words(heat);
    let note = format!("n = {} · {}", plural(report.rows, "row"), report.sample);
    let alt = format!("{title}. {note}");
    let subtitle = format!("share of the rows of each {}; grey: too few rows to tell", span(heat.bucket_ms));
    let rows = heat.keys.len() + 1;
    let height = TOP + rows as f64 * ROW + 62.0;
    let svg = panel(height, &Words { title: &title, subtitle: &subtitle, note: &note, alt: &alt }, |canvas| {
        for (at, key) in heat.keys.iter().enumerate() {
            draw_row(canvas, &name(&key.text, NAME), &key.shares, at, most);
        }
        // The rest has a scale of its own: it is far more than any key.
        let other = heat.other.iter().flatten().fold(0.0_f64, |most, share| most.max(*share)).max(1e-9);
        draw_row(canvas, "all others (own scale)", &heat.other, heat.keys.len(), other);
        draw_times(canvas, heat, TOP + rows as f64 * ROW);
        draw_scale(canvas, most, TOP + rows as f64 * ROW + 26.0);
    });
    Some(Chart { name: "heat_map", svg, alt })
}

/// The finding in words.
pub(crate) fn words(heat: &HeatMap) -> String {
    let top = heat.keys.first().map_or_else(|| "no key".to_owned(), |key| format!("\"{}\"", name(&key.text, NAME)));
    match heat.pattern {
        HeatPattern::Permanent => format!("{top} is the most frequent key all the time"),
        HeatPattern::Bursty => format!("{top} comes in bursts"),
        HeatPattern::Rotating => "The most frequent key changes over time".into(),
        HeatPattern::Unknown => format!("{top} over time"),
    }
}

fn draw_row(canvas: &Canvas<'_>, label: &str, shares: &[Option<f64>], at: usize, most: f64) {
    let y = TOP + at as f64 * ROW;
    canvas.text(&fit(label, LABELS, SMALL.size, false), LEFT - 8.0, y + ROW / 2.0, Anchor::End, SMALL);
    let width = (RIGHT - LEFT) / shares.len().max(1) as f64;
    for (bucket, share) in shares.iter().enumerate() {
        // Over the beginning of the next, so that no line of the panel shows between them.
        let over = if bucket + 1 < shares.len() { 1.0 } else { 0.0 };
        let color = share.map_or(GRID, |share| viridis(share / most));
        canvas.rect(LEFT + bucket as f64 * width, y + 0.5, width + over, ROW - 1.0, color);
    }
}

fn draw_times(canvas: &Canvas<'_>, heat: &HeatMap, y: f64) {
    let end = heat.from_ms + heat.bucket_ms * i64::try_from(heat.rows.len()).unwrap_or(0);
    let kind = Type { color: FAINT_INK, ..SMALL };
    canvas.text(&timestamp_seconds(heat.from_ms), LEFT, y + 11.0, Anchor::Start, kind);
    canvas.text(&format!("{} UTC", timestamp_seconds(end)), RIGHT, y + 11.0, Anchor::End, kind);
}

/// Which colour is which share.
fn draw_scale(canvas: &Canvas<'_>, most: f64, y: f64) {
    let kind = Type { color: FAINT_INK, ..SMALL };
    let (from, to) = (LEFT + 22.0, LEFT + 22.0 + 128.0);
    canvas.text("0 %", LEFT, y, Anchor::Start, kind);
    for step in 0..32 {
        let part = f64::from(step) / 31.0;
        canvas.rect(from + f64::from(step) * 4.0, y - 4.0, 4.0, 8.0, viridis(part));
    }
    canvas.text(&percent(most), to + 5.0, y, Anchor::Start, kind);
}

fn viridis(part: f64) -> RGBColor {
    let at = part.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let (low, rest) = (at.floor() as usize, at.fract());
    let (a, b) = (VIRIDIS[low], VIRIDIS[(low + 1).min(VIRIDIS.len() - 1)]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * rest).round() as u8;
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}
