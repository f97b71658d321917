//! What is wrong with SQL text, and where: the message, with the line of the text and a mark under the place.

use sqlparser::ast::Spanned;
use sqlparser::parser::ParserError;
use sqlparser::tokenizer::{Location, TokenizerError};

use crate::mistake::Mistake;

/// How much of a long line is shown before and after the place.
const AROUND: usize = 50;

/// The place behind the last word.
const END: Location = Location { line: u64::MAX, column: 1 };

/// Something in SQL text that cannot be understood.
#[derive(Clone, Debug)]
pub struct SqlFault {
    message: String,
    hint: Option<String>,
    place: Option<Location>,
}

impl SqlFault {
    pub(super) fn new(message: impl Into<String>) -> SqlFault {
        SqlFault { message: message.into(), hint: None, place: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> SqlFault {
        SqlFault { hint: Some(hint.into()), ..self }
    }

    /// The same at a place in the text, unless it has one already.
    pub(super) fn at(self, place: Location) -> SqlFault {
        let known = place.line > 0 && place.column > 0;
        SqlFault { place: self.place.or_else(|| known.then_some(place)), ..self }
    }

    /// The same at the place of a part, unless it has one already.
    pub(super) fn of(self, part: &impl Spanned) -> SqlFault {
        if self.place.is_some() { self } else { self.at(part.span().start) }
    }

    pub(super) fn of_token(error: TokenizerError) -> SqlFault {
        SqlFault::new(first_small(&error.message)).at(error.location)
    }

    /// What the parser says, whose place is in its words: `Expected: an expression, found: AND at Line: 1, Column: 7`.
    pub(super) fn of_parser(error: ParserError) -> SqlFault {
        let (ParserError::TokenizerError(text) | ParserError::ParserError(text)) = error else {
            return SqlFault::new("the expression is nested too deeply")
                .hint("put a part of it into a column of its own with `.with_columns`");
        };
        let (words, place) = text.split_once(" at Line: ").map_or((text.as_str(), None), |(words, place)| {
            let numbers = place.split_once(", Column: ").and_then(|(line, column)| {
                Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
            });
            (words, numbers)
        });
        let message = match words.split_once(", found: ") {
            Some((wanted, found)) => {
                let found = if found == "EOF" { "the end".to_owned() } else { format!("`{found}`") };
                format!("{}, but there is {found}", first_small(&wanted.replacen("Expected: ", "expected ", 1)))
            }
            None => first_small(words),
        };
        let fault = SqlFault::new(message);
        // The parser gives the end of the text no place.
        fault.at(place.unwrap_or(END))
    }

    /// What is wrong: a lowercase fragment, names in backticks.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn advice(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The line and the column of its place in this text, both from 1.
    pub fn place(&self, text: &str) -> Option<(u32, u32)> {
        let Location { line, column } = self.place?;
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        if line != END.line {
            return Some((small(line), small(column)));
        }
        let written = text.trim_end();
        let last = written.lines().last().unwrap_or_default();
        Some((small(written.lines().count().max(1) as u64), small(last.chars().count() as u64 + 1)))
    }

    /// The mistake, with the line of the text it is in and a mark under its place.
    pub fn in_text(self, text: &str) -> Mistake {
        let mut message = format!("in SQL text: {}", self.message);
        let last = text.trim_end().lines().last().unwrap_or_default();
        let own = |place: Location| text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?);
        let (line, column) = match self.place.map(|place| (own(place), place)) {
            Some((Some(line), place)) => (line, usize::try_from(place.column).unwrap_or(1)),
            // Behind the last word.
            Some((None, _)) => (last, last.chars().count() + 1),
            None => (last, 0),
        };
        let begin = column.saturating_sub(AROUND);
        let shown: String =
            line.chars().skip(begin).take(2 * AROUND).map(|c| if c == '\t' { ' ' } else { c }).collect();
        if !shown.trim().is_empty() {
            message.push_str(&format!("\n  {}", shown.trim_end()));
        }
        if column > 0 {
            message.push_str(&format!("\n  {}^", " ".repeat(column - 1 - begin)));
        }
        Mistake { message, hint: self.hint }
    }
}

fn first_small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
