//! A small table of facts.

use crate::html::style::{self, tag};

/// A small table of texts that are HTML already.
pub fn plain_table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    table_of(heads, rows)
}

/// The same without the columns in which no row says anything.
pub(crate) fn filled_table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let filled: Vec<usize> = (0..N).filter(|at| rows.iter().any(|row| !row[*at].is_empty())).collect();
    let heads: Vec<&str> = filled.iter().map(|at| heads[*at]).collect();
    let rows: Vec<Vec<String>> = rows.iter().map(|row| filled.iter().map(|at| row[*at].clone()).collect()).collect();
    table_of(&heads, &rows)
}

fn table_of(heads: &[&str], rows: &[impl AsRef<[String]>]) -> String {
    let head: String = heads.iter().map(|head| tag("th", style::HEAD, head)).collect();
    let head = match heads.iter().all(|head| head.is_empty()) {
        true => String::new(),
        false => format!("<thead>{}</thead>", tag("tr", style::ROW, &head)),
    };
    let body: String = rows
        .iter()
        .map(|row| {
            tag(
                "tr",
                style::ROW,
                &row.as_ref().iter().map(|cell| tag("td", style::CELL_WORDS, cell)).collect::<String>(),
            )
        })
        .collect();
    tag("div", "overflow-x:auto", &tag("table", style::TABLE, &format!("{head}<tbody>{body}</tbody>")))
}
