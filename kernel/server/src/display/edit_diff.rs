//! What an edit changed: the counts first, then the columns, then some of the rows, before and after.

use crate::display::cells::{Cell, type_name};
use crate::display::escape::{html, html_sentence, visible};
use crate::display::numbers::{count, counted};
use crate::display::style::{self, tag};
use crate::display::table::Table;
use crate::display::{MimeBundle, bundle};
use headwater_look::{EditDiff, Matched};
use polars::prelude::{AnyValue, DataFrame};
use serde_json::{Value, json};

/// How many rows of each kind are shown.
const SHOWN: usize = 8;

/// `diff` for a notebook.
pub fn edit_diff(diff: &EditDiff) -> MimeBundle {
    let (headline, lines, table) = (headline(diff), remarks(diff), table(diff));
    let mut out = tag("div", style::VERDICT, &html_sentence(&headline));
    out.extend(lines.iter().map(|line| tag("div", style::NOTE, &html_sentence(line))));
    let mut text = vec![visible(&headline)];
    text.extend(lines.iter().map(|line| visible(line)));
    if let Some(table) = &table {
        out.push_str(&table.to_html());
        out.push_str(&tag("div", style::NOTE, &html(&table.extent())));
        text.extend([String::new(), table.to_text() + &table.extent()]);
    }
    bundle::bundle("diff", tag("div", style::PANEL, &out), text.join("\n"), machine(diff))
}

/// `12 rows changed, 3 are new, 1 is gone, 1,188 are the same`.
fn headline(diff: &EditDiff) -> String {
    let (changed, added, gone) = (diff.changed.len() as u64, diff.added.len() as u64, diff.gone.len() as u64);
    let is = |n: u64, what: &str| format!("{} {} {what}", count(n), if n == 1 { "is" } else { "are" });
    if changed + added + gone == 0 {
        let rows = counted(diff.same, "row");
        return match (diff.same_pipeline, diff.same) {
            (true, _) => format!("the same pipeline, and the same {rows}"),
            (false, 0) => "no row before, and none after".to_owned(),
            (false, 1) => "the edit changes no row: the only one is the same".to_owned(),
            (false, _) => format!("the edit changes no row: all {rows} are the same"),
        };
    }
    let mut parts = Vec::new();
    if changed > 0 {
        parts.push(format!("{} changed", counted(changed, "row")));
    }
    parts.extend(
        [(added, "new"), (gone, "gone"), (diff.same, "the same")]
            .into_iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, what)| is(n, what)),
    );
    if changed == 0 {
        parts[0] = parts[0].replacen(
            ' ',
            if added.max(if added == 0 { gone } else { 0 }) == 1 { " row " } else { " rows " },
            1,
        );
    }
    parts.join(", ")
}

fn remarks(diff: &EditDiff) -> Vec<String> {
    let mut out = Vec::new();
    if !diff.changed_columns.is_empty() {
        let columns = diff.changed_columns.iter().map(|(name, rows)| format!("`{name}` in {}", counted(*rows, "row")));
        out.push(format!("changed: {}", columns.collect::<Vec<_>>().join(", ")));
    }
    for column in diff.after.columns() {
        let (name, kind) = (column.name(), type_name(column.dtype()));
        match diff.before.column(name).map(|old| type_name(old.dtype())) {
            Err(_) => out.push(format!("new column `{name}`, {kind}")),
            Ok(old) if old != kind => {
                out.push(format!("column `{name}` was {old} and is {kind}: its values are not compared"))
            }
            Ok(_) => {}
        }
    }
    let lost = diff.before.columns().iter().filter(|column| diff.after.column(column.name()).is_err());
    out.extend(lost.map(|column| format!("column `{}` is gone", column.name())));
    out.push(match &diff.matched {
        Matched::Columns(columns) if columns.is_empty() => "both give one row".to_owned(),
        Matched::Columns(columns) => format!("rows are matched by {}", columns.join(", ")),
        Matched::Records => "rows are matched by the record that they are made of".to_owned(),
        Matched::WholeRows => {
            "rows are matched as a whole: one that differs is another row; `.by([\"id\"])` names columns to know \
                               them by"
                .to_owned()
        }
    });
    if !diff.same_sample {
        out.push("the two read different samples, so rows differ for that reason too".to_owned());
    }
    out
}

/// Some of the rows: of those that changed each value before and after.
fn table(diff: &EditDiff) -> Option<Table> {
    let total = diff.changed.len() + diff.added.len() + diff.gone.len();
    if total == 0 {
        return None;
    }
    let mut names: Vec<&str> = diff.after.columns().iter().map(|column| column.name().as_str()).collect();
    names.extend(
        diff.before
            .columns()
            .iter()
            .map(|column| column.name().as_str())
            .filter(|name| diff.after.column(name).is_err()),
    );
    let kind = |name: &&str| {
        let column = diff.after.column(name).or_else(|_| diff.before.column(name));
        (name.to_string(), column.map(|column| type_name(column.dtype())).unwrap_or_default())
    };
    let heads = [("edit".to_owned(), String::new())].into_iter().chain(names.iter().map(kind));
    let cell = |frame: &DataFrame, name: &str, row: u32| {
        let column = frame.column(name).ok()?;
        Some(Cell::of(&column.get(row as usize).unwrap_or(AnyValue::Null)).plain().to_owned())
    };
    let row = |what: &str, before: Option<u32>, after: Option<u32>| {
        let cells = names.iter().map(|name| {
            let old = before.and_then(|row| cell(&diff.before, name, row));
            let new = after.and_then(|row| cell(&diff.after, name, row));
            match (old, new) {
                (Some(old), Some(new)) if old != new => format!("{old} → {new}"),
                (old, new) => new.or(old).unwrap_or_default(),
            }
        });
        [what.to_owned()].into_iter().chain(cells).collect::<Vec<_>>()
    };
    let rows = diff.changed.iter().take(SHOWN).map(|(before, after)| row("changed", Some(*before), Some(*after)));
    let rows = rows.chain(diff.added.iter().take(SHOWN).map(|after| row("new", None, Some(*after))));
    let rows = rows.chain(diff.gone.iter().take(SHOWN).map(|before| row("gone", Some(*before), None)));
    Some(Table::of_texts(heads, rows.collect(), total))
}

/// The same for machines.
fn machine(diff: &EditDiff) -> Value {
    let matched = match &diff.matched {
        Matched::Columns(columns) => json!({"columns": columns}),
        Matched::Records => json!("records"),
        Matched::WholeRows => json!("whole_rows"),
    };
    json!({
        "changed": diff.changed.len(),
        "added": diff.added.len(),
        "gone": diff.gone.len(),
        "same": diff.same,
        "changed_columns": diff.changed_columns.iter().map(|(name, rows)| json!({"name": name, "rows": rows})).collect::<Vec<_>>(),
        "matched": matched,
        "same_pipeline": diff.same_pipeline,
        "same_sample": diff.same_sample,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars::prelude::df;

    fn diff() -> EditDiff {
        let before = df!("city" => ["Rome", "Oslo", "Paris"], "revenue" => [10_i64, 20, 30], "n" => [1_i64, 2, 3]);
        let after = df!("city" => ["Rome", "Bonn", "<b>Paris</b>"], "revenue" => [Some(15_i64), Some(1), None], "eur" => [1.5, 2.5, 3.5]);
        EditDiff {
            before: before.expect("columns"),
            after: after.expect("columns"),
            matched: Matched::Columns(vec!["city".to_owned()]),
            same: 1_200,
            changed: vec![(0, 0), (2, 2)],
            added: vec![1],
            gone: vec![1],
            changed_columns: vec![("revenue".to_owned(), 2)],
            same_pipeline: false,
            same_sample: true,
        }
    }

    #[test]
    fn counts_come_first_then_columns_then_rows() {
        let bundle = edit_diff(&diff());
        insta::assert_snapshot!(bundle["text/plain"].as_str().expect("text"));
        headwater_charts::html::sanitized::check(bundle["text/html"].as_str().expect("html"));
        assert_eq!(bundle["application/vnd.headwater.diff+json"]["changed"], 2);
    }

    #[test]
    fn the_counts_read_well_whatever_they_are() {
        let of = |changed: usize, added: u32, gone: u32, same| {
            let changed = vec![(0, 0); changed];
            headline(&EditDiff { changed, added: (0..added).collect(), gone: (0..gone).collect(), same, ..diff() })
        };
        let all = [
            of(1, 0, 0, 5),
            of(0, 1, 0, 1),
            of(0, 0, 2, 0),
            of(0, 3, 1, 0),
            of(0, 0, 0, 7),
            of(0, 0, 0, 0),
            of(0, 0, 0, 1),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
1 row changed, 5 are the same
1 row is new, 1 is the same
2 rows are gone
3 rows are new, 1 is gone
the edit changes no row: all 7 rows are the same
no row before, and none after
the edit changes no row: the only one is the same
");
        assert_eq!(
            headline(&EditDiff { changed: vec![], added: vec![], gone: vec![], same_pipeline: true, ..diff() }),
            "the same pipeline, and the same 1,200 rows"
        );
    }
}
