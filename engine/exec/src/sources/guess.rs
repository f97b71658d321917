//! What the values of a topic may be, guessed from a few of them: for a list of topics, not for reading one.

use std::fmt;

use serde::de::IgnoredAny;

/// The magic byte and the number of the schema, as serializers of schema registries write them before a value.
const REGISTRY_PREFIX: usize = 5;
/// What separates the fields of lines, the most usual first.
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

/// What a value looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A JSON object: what the engine reads as a record.
    Json,
    /// Another JSON value.
    JsonValue,
    /// Lines of so many fields with one separator.
    Separated(char, usize),
    /// Bytes that begin as those of a schema registry do, with this number of a schema.
    Registry(u32),
    /// Text of no known form.
    Text,
    /// Bytes that are no text.
    Binary,
    /// A null: the record deletes its key.
    Tombstone,
}

/// What most of some values look like, and how many of how many do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guessed {
    /// The most frequent.
    pub guess: Guess,
    /// How many look so.
    pub agree: usize,
    /// Of how many.
    pub of: usize,
}

/// Guesses from `values`; nothing without any.
pub fn guess<'a>(values: impl IntoIterator<Item = Option<&'a [u8]>>) -> Option<Guessed> {
    let all: Vec<Guess> = values.into_iter().map(one).collect();
    // A tombstone says nothing about the values beside it.
    let telling: Vec<&Guess> = all.iter().filter(|guess| **guess != Guess::Tombstone).collect();
    let telling = if telling.is_empty() { all.iter().collect() } else { telling };
    let agree = |guess: &Guess| telling.iter().filter(|other| ***other == *guess).count();
    // The first of the most frequent, so that the guess is the same each time.
    let best = telling.iter().rev().max_by_key(|guess| agree(guess))?;
    let found = Guessed { guess: (*best).clone(), agree: agree(best), of: telling.len() };
    // One line with commas is a sentence; several with as many each are a table.
    match found.guess {
        Guess::Separated(..) if found.agree < 2 || found.agree < found.of => {
            Some(Guessed { guess: Guess::Text, agree: found.of, of: found.of })
        }
        _ => Some(found),
    }
}

fn one(value: Option<&[u8]>) -> Guess {
    let Some(value) = value else { return Guess::Tombstone };
    if let [0, number @ ..] = value
        && let (Some(number), true) = (number.first_chunk::<4>(), value.len() > REGISTRY_PREFIX)
    {
        return Guess::Registry(u32::from_be_bytes(*number));
    }
    let Some(text) = text(value) else { return Guess::Binary };
    if serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return if text.trim_start().starts_with('{') { Guess::Json } else { Guess::JsonValue };
    }
    let fields = |separator| text.lines().next().unwrap_or_default().split(separator).count();
    let separated = SEPARATORS.into_iter().find(|separator| fields(*separator) > 1);
    separated.map_or(Guess::Text, |separator| Guess::Separated(separator, fields(separator)))
}

/// The bytes as text, when people would call them so: UTF-8 without the control characters that no text has.
pub fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !['\n', '\r', '\t', '\u{1b}'].contains(c)).count();
    (odd == 0 || (!text.contains('\0') && odd * 20 <= text.chars().count())).then_some(text)
}

impl fmt::Display for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Guess::Json => f.write_str("JSON"),
            Guess::JsonValue => f.write_str("JSON, no objects"),
            Guess::Separated('\t', fields) => write!(f, "CSV by tabs, {fields} fields"),
            Guess::Separated(',', fields) => write!(f, "CSV, {fields} fields"),
            Guess::Separated(separator, fields) => write!(f, "CSV by {separator}, {fields} fields"),
            Guess::Registry(schema) => write!(f, "of a schema registry, schema {schema}"),
            Guess::Text => f.write_str("text"),
            Guess::Binary => f.write_str("binary"),
            Guess::Tombstone => f.write_str("tombstones"),
        }
    }
}

impl fmt::Display for Guessed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.guess.fmt(f)?;
        if self.agree < self.of { write!(f, " ({} of {})", self.agree, self.of) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(values: &[&[u8]]) -> String {
        guess(values.iter().map(|value| Some(*value))).map_or_else(String::new, |guess| guess.to_string())
    }

    #[test]
    fn forms_are_guessed_from_a_few_values() {
        assert_eq!(said(&[b"{\"a\":1}", b" {}"]), "JSON");
        assert_eq!(said(&[b"{\"a\":1}", b"{\"a\":", b"{}"]), "JSON (2 of 3)");
        assert_eq!(said(&[b"[1]", b"7"]), "JSON, no objects");
        assert_eq!(said(&[b"a,1,x", b"b,2,y"]), "CSV, 3 fields");
        assert_eq!(said(&[b"a|1", b"b|2"]), "CSV by |, 2 fields");
        assert_eq!(said(&[b"Dear Sir, good day"]), "text", "one line with a comma is a sentence");
        assert_eq!(said(&[b"hello", b"you there"]), "text");
        assert_eq!(said(&[b"\x00\x00\x00\x00\x07\x02abc"]), "of a schema registry, schema 7");
        assert_eq!(said(&[b"\xff\xfe\x01", b"\x01\x02\x03"]), "binary");
        assert_eq!(said(&[]), "");
        assert_eq!(guess([None, None]).map(|guess| guess.to_string()).as_deref(), Some("tombstones"));
        assert_eq!(guess([None, Some(&b"{}"[..])]).map(|guess| guess.to_string()).as_deref(), Some("JSON"));
    }

    #[test]
    fn text_may_hold_an_escape_but_no_nul() {
        assert_eq!(text(b"a\x1b[31mb\n"), Some("a\u{1b}[31mb\n"));
        assert_eq!(text(b"a\0b"), None);
        assert_eq!(text(b"\xff"), None);
        assert_eq!(text(b"\x01\x02"), None);
    }
}
