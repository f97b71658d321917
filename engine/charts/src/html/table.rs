//! A small table of facts.

use crate::html::style::{self, tag};

/// A small table of texts that are HTML already.
pub fn plain_table<const N: usize>(heads: &[&str; N], rows: &[[String; N]]) -> String {
    let head: String = heads.iter().map(|head| tag("th", style::HEAD, head)).collect();
    let head = match heads.iter().all(|head| head.is_empty()) {
        true => String::new(),
        false => format!("<thead>{}</thead>", tag("tr", style::ROW, &head)),
    };
    let body: String = rows
        .iter()
        .map(|row| {
            tag("tr", style::ROW, &row.iter().map(|cell| tag("td", style::CELL_WORDS, cell)).collect::<String>())
        })
        .collect();
    tag("div", "overflow-x:auto", &tag("table", style::TABLE, &format!("{head}<tbody>{body}</tbody>")))
}
