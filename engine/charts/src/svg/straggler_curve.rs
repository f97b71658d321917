//! What more workers bring: the straggler factor at the left, how many times as fast as one they are at the right.

use headwater_profile::{CurvePoint, KeyReport};

use crate::svg::Chart;
use crate::svg::canvas::{
    Anchor, BELOW_TITLE, BLUE, BLUE_BAND, Canvas, FAINT_INK, GREY, GRID, HOT, HOT_TEXT, INK, Type, WIDTH, Words, panel,
};
use crate::svg::labels::{count, number, pixels, plural};

const HEIGHT: f64 = 300.0;
const TOP: f64 = BELOW_TITLE + 26.0;
const BOTTOM: f64 = HEIGHT - 62.0;
/// Where the two panels begin and end.
const PANELS: [(f64, f64); 2] = [(44.0, WIDTH / 2.0 - 14.0), (WIDTH / 2.0 + 34.0, WIDTH - 18.0)];
const WORKERS: [u32; 5] = [1, 4, 16, 64, 256];
const SMALL: Type = Type { size: 10.5, bold: false, color: FAINT_INK };

pub(crate) fn straggler_curve(report: &KeyReport) -> Option<Chart> {
    let points: Vec<CurvePoint> = report.curve.iter().filter(|point| point.workers <= 256).copied().collect();
    if points.len() < 2 {
        return None;
    }
    let title = finding(report);
    let note = format!("n = {} · {}", plural(report.rows, "row"), report.sample);
    let alt = format!("{title}. {note}");
    let subtitle = "log axes; band: 90 % range; dashes at the left: what even keys show in so few rows";
    let words = Words { title: &title, subtitle, note: &note, alt: &alt };
    let svg = panel(HEIGHT, &words, |canvas| {
        draw_factor(canvas, report, &points);
        draw_speed_up(canvas, report, &points);
    });
    Some(Chart { name: "straggler_curve", svg, alt })
}

/// The finding: how far the workers that were asked for get, and where more stop to help.
fn finding(report: &KeyReport) -> String {
    let asked = report.curve.iter().find(|point| point.workers == report.parallelism);
    let Some(asked) = asked else { return "What more workers bring".into() };
    let fast = format!("{} as fast as one", times(asked.speed_up));
    let most = report.curve.iter().map(|point| point.speed_up).fold(0.0, f64::max);
    let enough = report.curve.iter().find(|point| point.speed_up >= 0.9 * most).map_or(1, |point| point.workers);
    if report.parallelism <= 1 {
        return format!("With more workers it gets up to {} as fast as one", times(most));
    }
    if asked.speed_up >= 0.6 * f64::from(report.parallelism) {
        return format!("{} workers are {fast}", count(report.parallelism.into()));
    }
    if enough < report.parallelism {
        return format!(
            "{} workers are only {fast}, and so are {}",
            count(report.parallelism.into()),
            count(enough.into())
        );
    }
    format!("{} workers are only {fast}", count(report.parallelism.into()))
}

fn times(value: f64) -> String {
    format!("{}×", number(value))
}

/// From numbers to pixels of one panel, both axes logarithmic.
struct Axes {
    left: f64,
    right: f64,
    most_workers: f64,
    most: f64,
}

impl Axes {
    fn x(&self, workers: f64) -> f64 {
        self.left + workers.max(1.0).ln() / self.most_workers.ln() * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - value.clamp(1.0, self.most).ln() / self.most.ln() * (BOTTOM - TOP)
    }

    fn line(&self, canvas: &Canvas<'_>, points: &[(f64, f64)], width: f64, color: plotters::style::RGBColor) {
        for pair in points.windows(2) {
            let at = |point: (f64, f64)| (self.x(point.0), self.y(point.1));
            canvas.line(at(pair[0]), at(pair[1]), width, color);
        }
    }
}

fn axes(panel: usize, points: &[CurvePoint], most: f64) -> Axes {
    let most_workers = points.last().map_or(2.0, |point| f64::from(point.workers)).max(2.0);
    let (left, right) = PANELS[panel];
    Axes { left, right, most_workers, most }
}

fn draw_frame(canvas: &Canvas<'_>, axes: &Axes, head: &str) {
    canvas.text(head, axes.left, TOP - 14.0, Anchor::Start, Type { bold: true, color: INK, ..SMALL });
    let mut value = 1.0;
    while value <= axes.most * 1.001 {
        let y = axes.y(value);
        canvas.line((axes.left, y), (axes.right, y), 1.0, GRID);
        canvas.text(&times(value), axes.left - 5.0, y, Anchor::End, SMALL);
        value *= if axes.most > 40.0 { 4.0 } else { 2.0 };
    }
    for workers in WORKERS.into_iter().filter(|workers| f64::from(*workers) <= axes.most_workers) {
        let x = axes.x(workers.into());
        canvas.line((x, BOTTOM), (x, BOTTOM + 4.0), 1.0, FAINT_INK);
        canvas.text(&workers.to_string(), x, BOTTOM + 12.0, Anchor::Middle, SMALL);
    }
    canvas.text("workers", (axes.left + axes.right) / 2.0, BOTTOM + 26.0, Anchor::Middle, SMALL);
    canvas.line((axes.left, BOTTOM), (axes.right, BOTTOM), 1.0, FAINT_INK);
}

fn draw_factor(canvas: &Canvas<'_>, report: &KeyReport, points: &[CurvePoint]) {
    let most = points.iter().map(|point| point.interval.high).fold(2.0, f64::max) * 1.15;
    let axes = axes(0, points, most);
    draw_frame(canvas, &axes, "largest load, of the mean");
    let upper = points.iter().map(|point| (axes.x(point.workers.into()), axes.y(point.interval.high)));
    let lower = points.iter().rev().map(|point| (axes.x(point.workers.into()), axes.y(point.interval.low)));
    canvas.polygon(&upper.chain(lower).collect::<Vec<_>>(), BLUE_BAND);
    let of =
        |value: fn(&CurvePoint) -> f64| points.iter().map(|p| (f64::from(p.workers), value(p))).collect::<Vec<_>>();
    for pair in of(|point| point.noise_floor).windows(2) {
        let at = |point: (f64, f64)| (axes.x(point.0), axes.y(point.1));
        canvas.dashes(at(pair[0]), at(pair[1]), GREY);
    }
    axes.line(canvas, &of(|point| point.factor), 2.0, BLUE);
    mark_asked(canvas, &axes, report, points, -12.0, |point| point.factor);
}

fn draw_speed_up(canvas: &Canvas<'_>, report: &KeyReport, points: &[CurvePoint]) {
    let axes = axes(1, points, points.last().map_or(2.0, |point| f64::from(point.workers)).max(2.0));
    draw_frame(canvas, &axes, "as fast as one worker");
    axes.line(canvas, &[(1.0, 1.0), (axes.most_workers, axes.most)], 1.25, GREY);
    let half = (axes.x(axes.most_workers / 2.0) - 6.0, axes.y(axes.most / 2.0) - 4.0);
    canvas.text("ideal", half.0, half.1, Anchor::End, SMALL);
    let ceiling = report.top.first().map(|top| 1.0 / top.share).filter(|ceiling| *ceiling < axes.most * 0.8);
    if let Some(ceiling) = ceiling {
        let y = axes.y(ceiling);
        canvas.dashes((axes.left, y), (axes.right, y), HOT);
        say_ceiling(canvas, &axes, ceiling, y);
    }
    let at = |point: &CurvePoint| (f64::from(point.workers), point.speed_up);
    axes.line(canvas, &points.iter().map(at).collect::<Vec<_>>(), 2.0, BLUE);
    mark_asked(canvas, &axes, report, points, 14.0, |point| point.speed_up);
}

/// The words above the ceiling, where the ideal line does not pass through them: behind it, before it, or in short.
fn say_ceiling(canvas: &Canvas<'_>, axes: &Axes, ceiling: f64, y: f64) {
    let kind = Type { color: HOT_TEXT, ..SMALL };
    let words = format!("one key allows {} at most", times(ceiling));
    let width = pixels(&words, kind.size, false) + 6.0;
    let above = axes.most.powf((BOTTOM - y + 16.0) / (BOTTOM - TOP));
    if axes.right - width > axes.x(above) {
        canvas.text(&words, axes.right, y - 9.0, Anchor::End, kind);
    } else if axes.left + width < axes.x(ceiling) {
        canvas.text(&words, axes.left + 3.0, y - 9.0, Anchor::Start, kind);
    } else {
        canvas.text(&format!("at most {}", times(ceiling)), axes.right, y - 9.0, Anchor::End, kind);
    }
}

/// A square where the asked number of workers is, with its value so far above or below it.
fn mark_asked(
    canvas: &Canvas<'_>,
    axes: &Axes,
    report: &KeyReport,
    points: &[CurvePoint],
    aside: f64,
    value: fn(&CurvePoint) -> f64,
) {
    let Some(asked) = points.iter().find(|point| point.workers == report.parallelism) else { return };
    let (x, y) = (axes.x(asked.workers.into()), axes.y(value(asked)));
    canvas.rect(x - 3.5, y - 3.5, 7.0, 7.0, HOT);
    let bold = Type { bold: true, color: HOT_TEXT, ..SMALL };
    let text = times(value(asked));
    // The curve rises: at its upper left and at its lower right there is room.
    let room = axes.right - x > pixels(&text, bold.size, true) + 8.0;
    let (x, y, anchor) = match (aside > 0.0, room) {
        (true, true) => (x + 6.0, y + aside, Anchor::Start),
        (true, false) => (axes.right, y + 2.0 * aside, Anchor::End),
        (false, _) if x - axes.left < 40.0 => (x, y + aside, Anchor::Start),
        (false, _) => (x, y + aside, Anchor::End),
    };
    canvas.text(&text, x, y, anchor, bold);
}
