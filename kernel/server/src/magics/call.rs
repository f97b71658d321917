//! Where magics stand in a cell: in its first lines, before any Rust; `%%name` takes the whole cell.

use super::Takes;

/// One magic as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// By its sign.
    pub takes: Takes,
    /// Its name; empty for a command of the system.
    pub name: &'a str,
    /// What follows the name on its line, trimmed.
    pub arguments: &'a str,
    /// The rest of the cell, for `%%name`.
    pub body: &'a str,
    /// Its line in the cell, from 1.
    pub line: u32,
    /// That whole line.
    pub text: &'a str,
}

impl<'a> Call<'a> {
    /// Its arguments, word by word; quotes hold words together.
    pub fn words(&self) -> Vec<&'a str> {
        let mut words = Vec::new();
        let mut rest = self.arguments.trim_start();
        while let Some(first) = rest.chars().next() {
            let (word, after) = match first {
                '"' | '\'' => rest[1..].split_once(first).unwrap_or((&rest[1..], "")),
                _ => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
            };
            words.push(word);
            rest = after.trim_start();
        }
        words
    }
}

/// A cell taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MagicCell<'a> {
    /// Its magics, in order.
    pub calls: Vec<Call<'a>>,
    /// Its Rust, with an empty line for every magic, so that lines keep their numbers; nothing when there is none.
    pub rust: Option<String>,
}

/// Takes a cell apart.
pub fn split(code: &str) -> MagicCell<'_> {
    let mut calls = Vec::new();
    let mut at = 0;
    for (number, line) in (1..).zip(code.split_inclusive('\n')) {
        let text = line.trim();
        let Some(mut call) = call(text, number) else {
            if text.is_empty() {
                at += line.len();
                continue;
            }
            break;
        };
        at += line.len();
        if call.takes == Takes::Cell {
            call.body = &code[at..];
            at = code.len();
        }
        calls.push(call);
        if at == code.len() {
            break;
        }
    }
    let rust = match calls.last() {
        None => Some(code.to_owned()),
        Some(_) if code[at..].trim().is_empty() => None,
        Some(_) => Some(format!("{}{}", "\n".repeat(code[..at].matches('\n').count()), &code[at..])),
    };
    MagicCell { calls, rust }
}

fn call(text: &str, line: u32) -> Option<Call<'_>> {
    let (takes, rest) = match text {
        _ if text.starts_with("%%") => (Takes::Cell, &text[2..]),
        _ if text.starts_with('%') => (Takes::Line, &text[1..]),
        _ if text.starts_with('!') => {
            let arguments = text[1..].trim();
            return Some(Call { takes: Takes::Command, name: "", arguments, body: "", line, text });
        }
        _ => return None,
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let (name, arguments) = rest.split_at(end);
    Some(Call { takes, name, arguments: arguments.trim(), body: "", line, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magics_stand_first_and_lines_keep_their_numbers() {
        let cell = split("%topics\n\n!ls -l\nlet a = 1;\n!a");
        let named: Vec<_> = cell.calls.iter().map(|call| (call.takes, call.name, call.arguments, call.line)).collect();
        assert_eq!(named, [(Takes::Line, "topics", "", 1), (Takes::Command, "", "ls -l", 3)]);
        assert_eq!(cell.rust.as_deref(), Some("\n\n\nlet a = 1;\n!a"));
        assert_eq!(split("let a = 5\n% b").calls.len(), 0, "a remainder is no magic");
        assert_eq!(split("%help").rust, None);
        assert_eq!(split("").rust.as_deref(), Some(""));
    }

    #[test]
    fn a_cell_magic_takes_the_rest() {
        let cell = split("%%sql revenue\nSELECT 1\n%x");
        assert_eq!((cell.calls[0].arguments, cell.calls[0].body), ("revenue", "SELECT 1\n%x"));
        assert_eq!((cell.calls.len(), cell.rust), (1, None));
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(split("%set a 'b c' \"d").calls[0].words(), ["a", "b c", "d"]);
    }
}
