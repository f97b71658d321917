//! A pipeline in plain text, as a log with a graph beside it: a mark a step in its lane, and the lines on which rows flow.

use crate::graph::{GraphStep, Layout, Role, layout};
use crate::svg::labels::clean;

/// The steps, one a line, at most `width` columns wide.
pub fn graph_text(steps: &[GraphStep], width: usize) -> String {
    let layout = layout(steps);
    let names = steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0);
    let digits = steps.len().to_string().len();
    let mut lines = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let lane = layout.spots[at].lane;
        lines.extend(meeting(&layout, steps, at));
        let mark = match step.role {
            Role::Source => '○',
            Role::Keyed(_) => '◆',
            _ => '●',
        };
        let graph = row(&layout, |own| match own {
            _ if own == lane => mark,
            _ if passes(&layout, steps, at, own) => '│',
            _ => ' ',
        });
        let exchange = step.role.exchange().map(|exchange| format!(" ⇄ {exchange}")).unwrap_or_default();
        let line = format!("{graph}  {:>digits$}  {:names$}  {}{exchange}", at + 1, step.name, step.text);
        lines.push(clean(line.trim_end(), width));
    }
    lines.join("\n")
}

/// The line above a step on which lanes come together in its own, or go apart to it.
fn meeting(layout: &Layout, steps: &[GraphStep], at: usize) -> Option<String> {
    let lane = layout.spots[at].lane;
    let others: Vec<usize> =
        steps[at].inputs.iter().map(|input| layout.spots[*input].lane).filter(|other| *other != lane).collect();
    let (first, last) = (*others.iter().min()?.min(&lane), *others.iter().max()?.max(&lane));
    let line = row(layout, |own| {
        let goes_on = passes(layout, steps, at, own);
        match own {
            _ if own == lane && own == first => '├',
            _ if own == lane => '╮',
            _ if others.contains(&own) && goes_on => {
                if own == first {
                    '├'
                } else {
                    '┤'
                }
            }
            _ if others.contains(&own) => {
                if own == last {
                    '╯'
                } else {
                    '┴'
                }
            }
            _ if (first..=last).contains(&own) => {
                if goes_on {
                    '┼'
                } else {
                    '─'
                }
            }
            _ if goes_on => '│',
            _ => ' ',
        }
    });
    // Between the lanes that meet the line goes through.
    let joined: Vec<char> = line
        .chars()
        .enumerate()
        .map(|(column, c)| if column % 2 == 1 && column > 2 * first && column < 2 * last { '─' } else { c })
        .collect();
    Some(joined.into_iter().collect::<String>().trim_end().to_owned())
}

/// Whether rows of a step above flow past `at` in a lane to one below.
fn passes(layout: &Layout, steps: &[GraphStep], at: usize, lane: usize) -> bool {
    (0..at).any(|above| {
        layout.spots[above].lane == lane && steps[at + 1..].iter().any(|below| below.inputs.contains(&above))
    })
}

/// A character a lane, a space between.
fn row(layout: &Layout, of: impl Fn(usize) -> char) -> String {
    (0..layout.lanes).map(|lane| of(lane).to_string()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{joined, line};

    #[test]
    fn a_line_is_a_list_with_marks() {
        insta::assert_snapshot!(graph_text(&line(), 100));
    }

    #[test]
    fn lanes_meet_and_part() {
        insta::assert_snapshot!(graph_text(&joined(), 100));
    }
}
