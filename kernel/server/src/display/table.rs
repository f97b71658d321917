//! A frame as a table: HTML with inline style only, and aligned plain text of at most 120 columns.

use crate::display::cells::{Cell, json, type_name};
use crate::display::escape::{CELL_CHARS, cut, html, html_isolated, visible};
use crate::display::style::{self, tag};
use crate::display::width::{fit, width};
use polars::prelude::{AnyValue, Column, DataFrame};
use serde_json::{Map, Value};

/// Rows that are shown.
pub const ROWS: usize = 20;
/// Columns that are shown in HTML.
const COLUMNS: usize = 60;
/// Terminal columns of the plain text.
const TEXT_WIDTH: usize = 120;
/// No column of the plain text is made narrower than this to let others in.
const NARROWEST: usize = 6;
/// Characters of a value that its tooltip shows.
const TOOLTIP_CHARS: usize = 500;

/// The first rows of a frame as text, ready to be laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    heads: Vec<Head>,
    rows: Vec<Vec<Cell>>,
    total: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    name: String,
    kind: String,
    number: bool,
}

impl Table {
    /// The first [`ROWS`] rows of `frame`.
    pub fn of(frame: &DataFrame) -> Table {
        Table::first(frame, ROWS)
    }

    /// The first `rows` rows of `frame`.
    pub fn first(frame: &DataFrame, rows: usize) -> Table {
        let shown = frame.height().min(rows);
        let heads = frame.columns().iter().map(|column| Head {
            name: column.name().to_string(),
            kind: type_name(column.dtype()),
            number: column.dtype().is_primitive_numeric(),
        });
        let rows = (0..shown).map(|row| frame.columns().iter().map(|column| Cell::of(&value(column, row))).collect());
        Table { heads: heads.collect(), rows: rows.collect(), total: frame.height() }
    }

    /// Rows of texts under columns of these names and types; of `total` rows.
    pub fn of_texts(heads: impl IntoIterator<Item = (String, String)>, rows: Vec<Vec<String>>, total: usize) -> Table {
        let head = |(name, kind)| Head { name, kind, number: false };
        let rows = rows.into_iter().map(|row| row.into_iter().map(Cell::Text).collect()).collect();
        Table { heads: heads.into_iter().map(head).collect(), rows, total }
    }

    /// The same with a last column of text, one value a row of the frame; rows that are not shown are passed over.
    pub fn with_column(mut self, name: &str, kind: &str, values: impl Iterator<Item = String>) -> Table {
        self.heads.push(Head { name: name.to_owned(), kind: kind.to_owned(), number: false });
        for (row, value) in self.rows.iter_mut().zip(values) {
            row.push(Cell::Text(value));
        }
        self
    }

    /// `20 of 1,234 rows`, `3 rows`, `no row`.
    pub fn extent(&self) -> String {
        let total = crate::display::count(self.total as u64);
        match (self.rows.len(), self.total) {
            (_, 0) => "no row".to_owned(),
            (_, 1) => "1 row".to_owned(),
            (shown, all) if shown < all => format!("{shown} of {total} rows"),
            _ => format!("{total} rows"),
        }
    }

    /// The table as HTML.
    pub fn to_html(&self) -> String {
        let shown = self.heads.len().min(COLUMNS);
        let mut head: String = self.heads[..shown].iter().map(head_html).collect();
        let hidden = self.heads.len() - shown;
        if hidden > 0 {
            head.push_str(&tag("th", style::HEAD, &format!("… {hidden} more columns")));
        }
        let body: String = self
            .rows
            .iter()
            .map(|row| {
                let cells: String =
                    row[..shown].iter().zip(&self.heads).map(|(cell, head)| cell_html(cell, head.number)).collect();
                tag("tr", style::ROW, &cells)
            })
            .collect();
        let table = format!("<thead>{}</thead><tbody>{body}</tbody>", tag("tr", style::ROW, &head));
        tag("div", "overflow-x:auto", &tag("table", style::TABLE, &table))
    }

    /// The table as plain text, columns aligned, at most 120 wide.
    pub fn to_text(&self) -> String {
        let columns: Vec<TextColumn> = (0..self.heads.len()).map(|at| self.text_column(at)).collect();
        let mut widths: Vec<usize> = columns.iter().map(TextColumn::width).collect();
        let shown = narrow(&mut widths, &columns);
        let lines = self.rows.len() + 2;
        let mut out = String::new();
        for line in 0..lines {
            let cells: Vec<String> =
                (0..shown).map(|at| fit(&columns[at].lines[line], widths[at], columns[at].number)).collect();
            out.push_str(cells.join("  ").trim_end());
            out.push('\n');
        }
        if shown < columns.len() {
            let names: Vec<String> = self.heads[shown..].iter().map(|head| visible(&head.name)).collect();
            let more = format!("… and {} more columns: {}", names.len(), names.join(", "));
            out.push_str(fit(&more, TEXT_WIDTH, false).trim_end());
            out.push('\n');
        }
        out
    }

    /// The first `rows` rows, as JSON objects.
    pub fn json_rows(frame: &DataFrame, rows: usize) -> Value {
        let rows = (0..frame.height().min(rows)).map(|row| {
            let fields = frame.columns().iter().map(|column| (column.name().to_string(), json(&value(column, row))));
            Value::Object(fields.collect::<Map<_, _>>())
        });
        Value::Array(rows.collect())
    }

    /// The columns, as JSON objects of name and type.
    pub fn json_columns(frame: &DataFrame) -> Value {
        let columns = frame.columns().iter();
        columns
            .map(|column| serde_json::json!({"name": column.name().as_str(), "type": type_name(column.dtype())}))
            .collect()
    }

    fn text_column(&self, at: usize) -> TextColumn {
        let head = &self.heads[at];
        let mut lines = vec![visible(&head.name), visible(&head.kind)];
        lines.extend(self.rows.iter().map(|row| visible(&cut(row[at].plain(), CELL_CHARS))));
        let elastic = !head.number && !["TIMESTAMP", "DATE"].contains(&head.kind.as_str());
        TextColumn { lines, number: head.number, elastic }
    }
}

/// A column of the plain text: name, type, values.
struct TextColumn {
    lines: Vec<String>,
    number: bool,
    /// Text, of which the beginning still says something.
    elastic: bool,
}

impl TextColumn {
    fn width(&self) -> usize {
        self.lines.iter().map(|line| width(line)).max().unwrap_or(0)
    }
}

/// Narrows the widest columns until all fit, none below [`NARROWEST`]; says how many of the first columns do.
fn narrow(widths: &mut [usize], columns: &[TextColumn]) -> usize {
    let mut shown = widths.len();
    while shown > 1 && least(&widths[..shown]) > TEXT_WIDTH {
        shown -= 1;
    }
    let widths = &mut widths[..shown];
    // Long text gives way first: half a number or half a time says nothing.
    for elastic in [true, false] {
        while total(widths) > TEXT_WIDTH {
            let given = widths.iter_mut().zip(columns).filter(|(_, column)| column.elastic || !elastic);
            match given.map(|(width, _)| width).max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
    }
    shown
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// What the columns take at least.
fn least(widths: &[usize]) -> usize {
    widths.iter().map(|&width| width.min(NARROWEST)).sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

fn value(column: &Column, row: usize) -> AnyValue<'_> {
    column.get(row).unwrap_or(AnyValue::Null)
}

fn head_html(head: &Head) -> String {
    let style = if head.number { style::HEAD_RIGHT } else { style::HEAD };
    let kind = tag("span", style::TYPE, &html(&cut(&head.kind, CELL_CHARS)));
    tag("th", style, &format!("{}<br>{kind}", html_isolated(&cut(&head.name, CELL_CHARS))))
}

fn cell_html(cell: &Cell, number: bool) -> String {
    let style = if number { style::CELL_RIGHT } else { style::CELL };
    match cell {
        Cell::Null => tag("td", style, &tag("span", style::ABSENT, "null")),
        Cell::Empty => tag("td", style, &tag("span", style::ABSENT, "&quot;&quot;")),
        Cell::Number(text) => tag("td", style, &html(text)),
        Cell::Text(text) => {
            let short = cut(text, CELL_CHARS);
            let tooltip = match short.len() == text.len() {
                true => String::new(),
                false => format!(" title=\"{}\"", html(&cut(text, TOOLTIP_CHARS))),
            };
            format!("<td style=\"{style}\"{tooltip}>{}</td>", html_isolated(&short))
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
