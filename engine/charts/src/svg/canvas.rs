//! A panel of its own background to draw on, in pixels and parts of pixels, and the colours of the house.
//!
//! An image in a notebook sees nothing of the page around it, which may be white or black: the panel brings its own
//! background. plotters draws whole pixels only, so everything is drawn four times as large and shown at a quarter.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::svg::labels::escape;

/// Drawn units in a pixel.
const FINE: f64 = 4.0;
/// plotters writes a font's size divided by this.
const FONT: f64 = 1.24;
const MARGIN: f64 = 14.0;
const NOTE_SIZE: f64 = 10.0;
const NOTE_LINE: f64 = 14.0;

/// Width of every chart but the wide ones.
pub(crate) const WIDTH: f64 = 560.0;
/// Where the first line below title and subtitle may begin.
pub(crate) const BELOW_TITLE: f64 = 58.0;

/// Okabe and Ito's colours that stand out on white and on black: blue is data, vermilion is hot, grey is the rest.
pub(crate) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(crate) const HOT: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
/// Vermilion for text: the mark's own colour is too pale for letters on the panel.
pub(crate) const HOT_TEXT: RGBColor = RGBColor(0xa8, 0x45, 0x00);
pub(crate) const GREY: RGBColor = RGBColor(0x7a, 0x7a, 0x7a);
pub(crate) const INK: RGBColor = RGBColor(0x1f, 0x1f, 0x1f);
pub(crate) const FAINT_INK: RGBColor = RGBColor(0x59, 0x59, 0x59);
pub(crate) const GRID: RGBColor = RGBColor(0xe2, 0xe2, 0xe2);
pub(crate) const PANEL: RGBColor = RGBColor(0xfb, 0xfb, 0xfa);
/// Blue as it looks on the panel when it covers a fifth.
pub(crate) const BLUE_BAND: RGBColor = RGBColor(0xc4, 0xdc, 0xea);
const BORDER: RGBColor = RGBColor(0xc8, 0xc8, 0xc8);

/// How a text stands to its point.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The size and weight of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type {
    pub(crate) size: f64,
    pub(crate) bold: bool,
    pub(crate) color: RGBColor,
}

/// What a chart says besides its marks.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    pub(crate) subtitle: &'a str,
    pub(crate) note: &'a str,
    pub(crate) alt: &'a str,
}

pub(crate) struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// The note in one line, or in two when it is long.
fn note_lines(note: &str, width: f64) -> Vec<String> {
    crate::svg::labels::two_lines(note, width - 2.0 * MARGIN, NOTE_SIZE)
}

/// A panel of the usual width with its words, and whatever `marks` draws on it.
pub(crate) fn panel(height: f64, words: &Words<'_>, marks: impl FnOnce(&Canvas<'_>)) -> String {
    wide_panel((WIDTH, height), words, marks)
}

/// The same of another width; a second line of the note makes it higher.
pub(crate) fn wide_panel((width, height): (f64, f64), words: &Words<'_>, marks: impl FnOnce(&Canvas<'_>)) -> String {
    let mut svg = String::new();
    let height = height + (note_lines(words.note, width).len() as f64 - 1.0) * NOTE_LINE;
    let size = ((width * FINE) as u32, (height * FINE) as u32);
    {
        let canvas = Canvas { area: SVGBackend::with_string(&mut svg, size).into_drawing_area() };
        canvas.rect(0.0, 0.0, width, height, BORDER);
        canvas.rect(1.0, 1.0, width - 2.0, height - 2.0, PANEL);
        let inner = width - 2.0 * MARGIN;
        let write = |text: &str, y: f64, kind: Type| {
            canvas.text(&crate::svg::labels::fit(text, inner, kind.size, kind.bold), MARGIN, y, Anchor::Start, kind);
        };
        write(words.title, 22.0, Type { size: 14.0, bold: true, color: INK });
        write(words.subtitle, 41.0, Type { size: 11.0, bold: false, color: FAINT_INK });
        let small = Type { size: NOTE_SIZE, bold: false, color: FAINT_INK };
        let lines = note_lines(words.note, width);
        for (line, below) in lines.iter().rev().zip(0..) {
            write(line, height - 13.0 - f64::from(below) * NOTE_LINE, small);
        }
        marks(&canvas);
    }
    finish(&svg, size, (width, height), words.alt)
}

/// Shows the drawing at its size, and names it for those who cannot see it.
fn finish(svg: &str, size: (u32, u32), (width, height): (f64, f64), alt: &str) -> String {
    let drawn = format!("<svg width=\"{}\" height=\"{}\"", size.0, size.1);
    let shown = format!("<svg role=\"img\" width=\"{width}\" height=\"{height}\"");
    let svg = svg.replacen(&drawn, &shown, 1);
    svg.replacen(">\n", &format!(">\n<title>{}</title>\n", escape(alt)), 1)
}

fn fine(pixels: f64) -> i32 {
    (pixels * FINE).round() as i32
}

impl Canvas<'_> {
    /// A filled rectangle by its corner and size.
    pub(crate) fn rect(&self, x: f64, y: f64, width: f64, height: f64, color: RGBColor) {
        let corners = [(fine(x), fine(y)), (fine(x + width), fine(y + height))];
        // Writing to a string cannot fail, here and below.
        self.area.draw(&Rectangle::new(corners, color.filled())).ok();
    }

    pub(crate) fn line(&self, from: (f64, f64), to: (f64, f64), width: f64, color: RGBColor) {
        let style = color.stroke_width(fine(width).max(1).unsigned_abs());
        self.area.draw(&PathElement::new([(fine(from.0), fine(from.1)), (fine(to.0), fine(to.1))], style)).ok();
    }

    /// A filled polygon by its corners.
    pub(crate) fn polygon(&self, corners: &[(f64, f64)], color: RGBColor) {
        let corners: Vec<(i32, i32)> = corners.iter().map(|(x, y)| (fine(*x), fine(*y))).collect();
        self.area.draw(&Polygon::new(corners, color.filled())).ok();
    }

    /// A line of dashes, across or down.
    pub(crate) fn dashes(&self, from: (f64, f64), to: (f64, f64), color: RGBColor) {
        let length = (to.0 - from.0).abs().max((to.1 - from.1).abs());
        let along = |at: f64| {
            let part = (at / length).min(1.0);
            (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part)
        };
        let count = (length / 7.0).ceil() as u32;
        for dash in 0..count {
            let start = f64::from(dash) * 7.0;
            self.line(along(start), along(start + 4.0), 1.25, color);
        }
    }

    /// A text whose middle height is at `y`.
    pub(crate) fn text(&self, text: &str, x: f64, y: f64, anchor: Anchor, kind: Type) {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = if kind.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = ("sans-serif", kind.size * FONT * FINE, style).into_font();
        let style = TextStyle::from(font).color(&kind.color).pos(Pos::new(horizontal, VPos::Center));
        self.area.draw_text(text, &style, (fine(x), fine(y))).ok();
    }
}
