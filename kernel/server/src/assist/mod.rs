//! What the kernel knows of a cell by itself: proposals and tooltips for columns, topics, functions, pipelines and magics, made from the
//! text of the cell and from what is known of the notebook. Nothing here waits for a cell that runs.

mod columns;
mod inspect;
mod lines;
mod notebook;
mod paths;
mod place;
mod proposals;
mod sql;
#[cfg(test)]
mod tests;
mod text;
mod told;
mod topics;
mod verbs;

pub use inspect::inspect;
pub use notebook::{Column, Known, Notebook, Topic, Values};
pub use proposals::{Proposal, Proposals};
pub use topics::Topics;

use crate::magics::{self, Takes};
use columns::Columns;
use headwater::DataType;
use place::{Wanted, wanted};
use text::Before;

/// Types of columns.
const TYPES: &[&str] =
    &["BOOLEAN", "INT", "BIGINT", "DOUBLE", "STRING", "BINARY", "DATE", "TIMESTAMP", "ARRAY<STRING>", "STRUCT<"];
/// Amounts of memory.
const SIZES: &[&str] = &["1MiB", "16MiB", "64MiB", "256MiB", "1GiB"];
/// A quote that is not closed within so many bytes, and on its line, is not closed yet.
const LONGEST_NAME: usize = 200;

/// What the cursor is in.
enum Part<'a> {
    /// The line of a magic up to the cursor, and where it begins.
    Line(&'a str, usize),
    /// What follows a `%%name` line, and where it begins.
    Body(&'a str, usize),
    /// Rust.
    Rust,
}

/// The cell with spaces in place of its magics, so that only its Rust is left, byte by byte in its place.
pub fn rust_of(code: &str) -> String {
    let cell = magics::split(code);
    let Some(last) = cell.calls.last() else { return code.to_owned() };
    let lines = code.split_inclusive('\n').take(last.line as usize);
    let end = lines.map(str::len).sum::<usize>().min(code.len());
    let blank: String =
        code[..end].chars().map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) }).collect();
    blank + &code[end..]
}

fn part(code: &str, cursor: usize) -> Part<'_> {
    let start = code[..cursor].rfind('\n').map_or(0, |newline| newline + 1);
    let number = code[..start].matches('\n').count() + 1;
    for call in magics::split(code).calls {
        if call.line as usize == number {
            let indent = code[start..cursor].len() - code[start..cursor].trim_start().len();
            return Part::Line(&code[start + indent..cursor], start + indent);
        }
        if call.takes == Takes::Cell && number > call.line as usize {
            return Part::Body(call.name, code.len() - call.body.len());
        }
    }
    Part::Rust
}

/// The end of the word that the byte `cursor` is in.
fn end_of_word(code: &str, cursor: usize) -> usize {
    let rest = &code[cursor..];
    cursor + rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

/// The end of the text in quotes that the byte `cursor` is in; of one that is not closed, the end of the word.
fn end_of_quote(code: &str, cursor: usize) -> usize {
    let rest = &code[cursor..];
    match rest.find(['"', '\n', '\\', '(', ')']) {
        Some(at) if at < LONGEST_NAME && rest[at..].starts_with('"') => cursor + at,
        _ => end_of_word(code, cursor),
    }
}

/// Proposals at the byte `cursor` of a cell.
pub fn complete(code: &str, cursor: usize, notebook: &dyn Notebook) -> Proposals {
    match part(code, cursor) {
        Part::Line(line, start) => {
            let rest = &code[cursor..];
            let end = cursor + rest.find(char::is_whitespace).unwrap_or(rest.len());
            return lines::propose(line, start, end, notebook);
        }
        Part::Body("sql", start) => {
            let (whole, sql) = (&code[start..], &code[start..cursor]);
            return sql::in_statement(whole, sql, notebook, start, end_of_word(code, cursor));
        }
        Part::Body(..) => return Proposals::of(cursor, cursor),
        Part::Rust => {}
    }
    let rust = rust_of(code);
    let before = Before::new(&rust, cursor);
    if before.in_comment() {
        return Proposals::of(cursor, cursor);
    }
    match before.quoted() {
        Some(start) => quoted(&rust, &before, start, notebook),
        None => in_rust(&rust, &before, notebook),
    }
}

/// Whether rust-analyzer may know what is at the byte `cursor`: it knows nothing of magics, comments and what is between quotes.
pub fn is_rust(code: &str, cursor: usize) -> bool {
    let rust = rust_of(code);
    let before = Before::new(&rust, cursor);
    matches!(part(code, cursor), Part::Rust) && !before.in_comment() && before.quoted().is_none()
}

/// Proposals between quotes, of which the text begins at the byte `start`.
fn quoted(code: &str, before: &Before<'_>, start: usize, notebook: &dyn Notebook) -> Proposals {
    let cursor = before.code.len();
    let (typed, end) = (&code[start..cursor], end_of_quote(code, cursor));
    let calls = before.calls();
    let mut found = Proposals::of(start, end);
    let Some(wanted) = calls.first().and_then(wanted) else { return Proposals::of(cursor, cursor) };
    let columns = || Columns { before, notebook }.around(&calls);
    match wanted {
        Wanted::Column => columns().iter().for_each(|column| found.push(&column.name, column.kind())),
        Wanted::TimeColumn => {
            let mut columns = columns();
            columns.sort_by_key(|column| match column.data_type {
                Some(DataType::Timestamp | DataType::Date) => 0,
                Some(DataType::Int64) => 1,
                _ => 2,
            });
            columns.iter().for_each(|column| found.push(&column.name, column.kind()));
        }
        Wanted::Sql => return sql::in_expression(typed, &columns(), start, end_of_word(code, cursor)),
        Wanted::Brokers => {
            notebook.brokers().into_iter().for_each(|brokers| found.push(brokers, "brokers"));
            found.push("localhost:9092", "brokers");
        }
        Wanted::Topic => match before.first_quote(&calls[0]).filter(|_| calls[0].argument == 1) {
            Some(brokers) => notebook.topics(brokers).into_iter().for_each(|topic| found.push(topic.name, "topic")),
            None => lines::topics(&mut found, notebook),
        },
        Wanted::Path => return paths::propose(&notebook.folder(), typed, start, end),
        Wanted::Length(usual) => usual.iter().for_each(|length| found.push(*length, "duration")),
        Wanted::Size => SIZES.iter().for_each(|size| found.push(*size, "size")),
        Wanted::Type => TYPES.iter().for_each(|name| found.push(*name, "type")),
        Wanted::Word(words) => words.iter().for_each(|word| found.push(*word, "value")),
        Wanted::Schema => return schema(typed, start, end_of_word(code, cursor)),
    }
    found.fitting(typed)
}

/// A type behind a name; the names are the user's own.
fn schema(typed: &str, start: usize, end: usize) -> Proposals {
    let field = typed.rsplit([',', '<']).next().unwrap_or_default();
    let Some((_, word)) = field.trim_start().rsplit_once(' ') else { return Proposals::of(end, end) };
    let mut found = Proposals::of(start + typed.len() - word.len(), end);
    TYPES.iter().for_each(|name| found.push(*name, "type"));
    found.fitting(word)
}

/// Proposals for a name in Rust: methods of what is before the dot; or pipelines and the functions of the prelude.
fn in_rust(code: &str, before: &Before<'_>, notebook: &dyn Notebook) -> Proposals {
    let cursor = before.code.len();
    let start = before.code.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    let typed = &before.code[start..];
    let mut found = Proposals { rust: true, ..Proposals::of(start, end_of_word(code, cursor)) };
    let pipelines = notebook.pipelines();
    if before.code[..start].trim_end().ends_with('.') {
        let is_pipeline = |name: &str| pipelines.iter().any(|own| own == name);
        let of = before.before_dot().and_then(|chain| verbs::type_of(before, &chain, &is_pipeline));
        let mut own: Vec<_> = verbs::verbs().iter().filter(|verb| of.is_some() && verb.of == of).collect();
        own.sort_by_key(|verb| verb.name);
        own.into_iter().for_each(|verb| found.push_function(verb.name, &verb.signature));
    } else if !typed.is_empty() {
        pipelines.into_iter().for_each(|name| found.push(name, "pipeline"));
        let own = verbs::verbs().iter().filter(|verb| verb.of.is_none());
        own.for_each(|verb| found.push_function(verb.name, &verb.signature));
        // A name that merely has these letters somewhere is no better than what rust-analyzer knows.
        found.all.retain(|own| own.text.to_lowercase().starts_with(&typed.to_lowercase()));
    }
    found.fitting(typed)
}

/// Adds what rust-analyzer proposes for the same place: `(text, kind)`.
#[must_use]
pub fn merged(own: Proposals, (matches, start, end): (Vec<(String, String)>, usize, usize)) -> Proposals {
    if own.all.is_empty() {
        let all = matches.into_iter().map(|(text, kind)| Proposal { text, kind, signature: None }).collect();
        return Proposals { all, start, end, rust: true };
    }
    if own.start != start {
        return own;
    }
    let name = |text: &str| text.split(['(', '<', '!']).next().unwrap_or_default().to_owned();
    let known: Vec<String> = own.all.iter().map(|proposal| proposal.text.clone()).collect();
    let mut all = own;
    for (text, kind) in matches {
        if !known.contains(&name(&text)) {
            all.push(text, kind);
        }
    }
    all
}
