//! A list of things with a few facts each: HTML with inline style only, and aligned plain text.

use crate::display::escape::{cut, html_isolated, visible};
use crate::display::style::{self, tag};
use crate::display::width::{fit, width};

/// The most columns of a terminal that a column takes.
const WIDEST: usize = 64;

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text.
    Left,
    /// Numbers, whose digits line up.
    Right,
}

/// Rows of facts under their heads.
#[derive(Clone, Debug)]
pub struct Listing {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Listing {
    /// No row yet.
    pub fn new(heads: &[(&'static str, Side)]) -> Listing {
        Listing { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row: a text a head.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Whether there is nothing to list.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The list as a table of HTML.
    pub fn to_html(&self) -> String {
        let head = |(name, side): &(&str, Side)| {
            let style = if *side == Side::Right { style::HEAD_RIGHT } else { style::HEAD };
            tag("th", style, name)
        };
        let cell = |(text, (_, side)): (&String, &(&str, Side))| match side {
            Side::Right => tag("td", style::CELL_RIGHT, &html_isolated(text)),
            Side::Left => tag("td", style::CELL_WORDS, &html_isolated(text)),
        };
        let heads: String = self.heads.iter().map(head).collect();
        let rows: String = self
            .rows
            .iter()
            .map(|row| tag("tr", style::ROW, &row.iter().zip(&self.heads).map(cell).collect::<String>()))
            .collect();
        let table = format!("<thead>{}</thead><tbody>{rows}</tbody>", tag("tr", style::ROW, &heads));
        tag("div", "overflow-x:auto", &tag("table", style::TABLE, &table))
    }

    /// The list as lines of plain text, columns aligned.
    pub fn to_text(&self) -> String {
        let last = self.heads.len().saturating_sub(1);
        let heads: Vec<String> = self.heads.iter().map(|(name, _)| (*name).to_owned()).collect();
        let mut lines = vec![heads];
        // What stands in the last column takes nobody's place.
        let short = |(at, text): (usize, &String)| if at == last { visible(text) } else { visible(&cut(text, WIDEST)) };
        lines.extend(self.rows.iter().map(|row| row.iter().enumerate().map(short).collect::<Vec<_>>()));
        let widest = |at: usize| lines.iter().filter_map(|line| line.get(at)).map(|text| width(text)).max();
        let widths: Vec<usize> = (0..self.heads.len()).map(|at| widest(at).unwrap_or(0)).collect();
        let line = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).zip(&self.heads);
            let cells: Vec<String> =
                cells.map(|((text, width), (_, side))| fit(text, *width, *side == Side::Right)).collect();
            cells.join("  ").trim_end().to_owned()
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_charts::html::sanitized;

    #[test]
    fn columns_are_aligned_and_nothing_becomes_markup() {
        let mut list = Listing::new(&[("topic", Side::Left), ("records", Side::Right), ("note", Side::Left)]);
        list.push(["orders".to_owned(), "1,234".to_owned(), "<b>\u{1b}[31m".to_owned()]);
        list.push(["東京".to_owned(), "7".to_owned(), String::new()]);
        insta::assert_snapshot!(list.to_text(), @r"
        topic   records  note
        orders    1,234  <b>␛[31m
        東京          7
        ");
        sanitized::check(&list.to_html());
    }
}
