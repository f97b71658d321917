//! The graph of a pipeline: a box a step, rows flowing down, dashes where they are exchanged by key.

use crate::graph::{GraphStep, Layout, Role, Spot, layout};
use crate::svg::Chart;
use crate::svg::canvas::{
    Anchor, BELOW_TITLE, BLUE, Canvas, FAINT_INK, GREY, HOT, HOT_TEXT, INK, Type, WIDTH, Words, wide_panel,
};
use crate::svg::labels::{fit, pixels, plural, two_lines};
use plotters::style::RGBColor;

const MARGIN: f64 = 18.0;
/// Between lanes; what is read by several steps flows down in it.
const GUTTER: f64 = 26.0;
/// A box is at least so wide.
const NARROWEST: f64 = 236.0;
const BOX: f64 = 52.0;
/// From one box to the one below.
const GAP: f64 = 30.0;
const TOP: f64 = BELOW_TITLE + 8.0;
const BOTTOM: f64 = 34.0;
/// The coloured edge of a box.
const EDGE: f64 = 4.0;
/// How far above a box the lines to it come together.
const ABOVE: f64 = 11.0;

const NAME: Type = Type { size: 12.0, bold: true, color: INK };
const TEXT: Type = Type { size: 10.5, bold: false, color: FAINT_INK };
const FILL: RGBColor = RGBColor(0xff, 0xff, 0xff);
const FRAME: RGBColor = RGBColor(0xd0, 0xd0, 0xd0);

/// The graph of the steps under a title; nothing without steps.
pub fn plan_graph(title: &str, steps: &[GraphStep]) -> Option<Chart> {
    let layout = layout(steps);
    if steps.is_empty() {
        return None;
    }
    let exchanges = steps.iter().filter(|step| matches!(step.role, Role::Keyed(_))).count();
    let title = format!("{title}: {}", plural(steps.len() as u64, "step"));
    let subtitle = match exchanges {
        0 => "no rows are exchanged: each lane of a job works alone".to_owned(),
        1 => "rows are exchanged once, before the step that needs equal keys in one lane".to_owned(),
        more => format!("rows are exchanged {more} times, before the steps that need equal keys in one lane"),
    };
    let note = "blue reads, black writes; vermilion: rows are exchanged by key before it (dashes)";
    let alt = format!("{title}, {subtitle}. {}", sentence(steps));
    let frame = Frame::of(&layout);
    let height = TOP + layout.rows as f64 * (BOX + GAP) - GAP + BOTTOM;
    let words = Words { title: &title, subtitle: &subtitle, note, alt: &alt };
    let svg = wide_panel((frame.width, height), &words, |canvas| draw(canvas, steps, &layout, &frame));
    Some(Chart { name: "plan_graph", svg, alt })
}

/// The steps in words, for those who do not see the picture.
fn sentence(steps: &[GraphStep]) -> String {
    let of = |step: &GraphStep| match &step.inputs[..] {
        [] => String::new(),
        inputs => {
            format!(" of {}", inputs.iter().map(|input| (input + 1).to_string()).collect::<Vec<_>>().join(" and "))
        }
    };
    let all = steps.iter().enumerate().map(|(at, step)| format!("{} {}{}", at + 1, step.name, of(step)));
    all.collect::<Vec<_>>().join(", ")
}

/// The sizes of a picture.
struct Frame {
    width: f64,
    lane: f64,
}

impl Frame {
    fn of(layout: &Layout) -> Frame {
        let lanes = layout.lanes.max(1) as f64;
        let fitting = (WIDTH - 2.0 * MARGIN - (lanes - 1.0) * GUTTER) / lanes;
        let lane = fitting.max(NARROWEST);
        Frame { width: 2.0 * MARGIN + lanes * lane + (lanes - 1.0) * GUTTER, lane }
    }

    fn left(&self, spot: Spot) -> f64 {
        MARGIN + spot.lane as f64 * (self.lane + GUTTER)
    }

    fn middle(&self, spot: Spot) -> f64 {
        self.left(spot) + self.lane / 2.0
    }

    fn top(&self, spot: Spot) -> f64 {
        TOP + spot.row as f64 * (BOX + GAP)
    }
}

fn draw(canvas: &Canvas<'_>, steps: &[GraphStep], layout: &Layout, frame: &Frame) {
    for (at, step) in steps.iter().enumerate() {
        for input in &step.inputs {
            // Between the two in the input's lane another step stands: rows flow beside it.
            let beside = (*input + 1..at).any(|other| {
                let (own, other) = (layout.spots[*input], layout.spots[other]);
                other.lane == own.lane && other.row > own.row && other.row < layout.spots[at].row
            });
            edge(canvas, (layout.spots[*input], layout.spots[at]), beside, matches!(step.role, Role::Keyed(_)), frame);
        }
    }
    for (at, step) in steps.iter().enumerate() {
        boxed(canvas, at, step, layout.spots[at], frame);
    }
}

/// The line from one step down to another, with a head.
fn edge(canvas: &Canvas<'_>, (from, to): (Spot, Spot), beside: bool, exchanged: bool, frame: &Frame) {
    let color = if exchanged { HOT } else { GREY };
    let (end_x, end_y) = (frame.middle(to), frame.top(to));
    let turn = end_y - ABOVE;
    let bottom = frame.top(from) + BOX;
    let mut path = vec![(frame.middle(from), bottom)];
    if beside {
        let gutter = frame.left(from) + frame.lane + GUTTER / 2.0;
        path.extend([(frame.middle(from), bottom + ABOVE), (gutter, bottom + ABOVE), (gutter, turn)]);
    } else {
        path.push((frame.middle(from), turn));
    }
    path.extend([(end_x, turn), (end_x, end_y - 4.0)]);
    for pair in path.windows(2).filter(|pair| pair[0] != pair[1]) {
        match exchanged {
            true => canvas.dashes(pair[0], pair[1], color),
            false => canvas.line(pair[0], pair[1], 1.25, color),
        }
    }
    canvas.polygon(&[(end_x, end_y), (end_x - 4.0, end_y - 7.0), (end_x + 4.0, end_y - 7.0)], color);
}

fn boxed(canvas: &Canvas<'_>, at: usize, step: &GraphStep, spot: Spot, frame: &Frame) {
    let (left, top) = (frame.left(spot), frame.top(spot));
    let color = match step.role {
        Role::Source => BLUE,
        Role::Plain => GREY,
        Role::Keyed(_) => HOT,
        Role::Sink => INK,
    };
    canvas.rect(left, top, frame.lane, BOX, FRAME);
    canvas.rect(left + 1.0, top + 1.0, frame.lane - 2.0, BOX - 2.0, FILL);
    canvas.rect(left, top, EDGE, BOX, color);
    let inner = frame.lane - EDGE - 16.0;
    let begin = left + EDGE + 8.0;
    let name = fit(&format!("{}  {}", at + 1, step.name), inner, NAME.size, true);
    canvas.text(&name, begin, top + 12.0, Anchor::Start, NAME);
    if let Some(exchange) = step.role.exchange() {
        let room = inner - pixels(&name, NAME.size, true) - 10.0;
        let words = fit(&format!("⇄ {exchange}"), room, TEXT.size, false);
        canvas.text(&words, left + frame.lane - 8.0, top + 12.0, Anchor::End, Type { color: HOT_TEXT, ..TEXT });
    }
    for (line, below) in two_lines(&step.text, inner, TEXT.size).iter().zip(0..) {
        canvas.text(line, begin, top + 27.0 + f64::from(below) * 14.0, Anchor::Start, TEXT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{joined, line};

    #[test]
    fn every_step_is_a_box_with_its_text_and_exchanges_are_marked() {
        let chart = plan_graph("revenue", &line()).expect("steps");
        assert!(chart.svg.contains("5 steps") && chart.svg.contains("exchanged by city"), "{}", chart.svg);
        assert!(chart.svg.contains("&lt;b&gt;") && !chart.svg.contains("<b>"), "nothing becomes markup");
        for step in line() {
            assert!(chart.svg.contains(&step.name), "{}", step.name);
        }
        assert_eq!(chart.svg, plan_graph("revenue", &line()).expect("steps").svg, "the same bytes each time");
        insta::assert_snapshot!(chart.alt);
        assert!(plan_graph("nothing", &[]).is_none());
    }

    #[test]
    fn many_lanes_make_a_wider_picture() {
        let mut steps: Vec<GraphStep> =
            (0..6).map(|_| GraphStep { inputs: vec![], role: Role::Source, ..line()[0].clone() }).collect();
        steps.push(GraphStep { inputs: (0..6).collect(), role: Role::Plain, ..line()[1].clone() });
        let wide = plan_graph("wide", &steps).expect("steps");
        assert!(wide.svg.contains("width=\"1582\""), "{}", &wide.svg[..120]);
        let two = plan_graph("joined", &joined()).expect("steps");
        assert!(two.svg.contains("width=\"560\""), "{}", &two.svg[..120]);
    }
}
