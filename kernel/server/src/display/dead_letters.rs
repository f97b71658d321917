//! The records that did not decode: how many, and three of them with place and reason.

use crate::display::escape::{cut, html, html_isolated, visible};
use crate::display::numbers::timestamp;
use crate::display::numbers::{count, counted, percent};
use crate::display::style::{self, details, tag};
use headwater_charts::html::plain_table;
use headwater_exec::sources::DeadLetter;
use headwater_exec::tape::PositionUnit;
use serde_json::{Value, json};

/// Examples that are shown.
const EXAMPLES: usize = 3;
/// Characters of a record that are shown.
const BYTES: usize = 160;

/// What is said about dead letters: `dead` of `records`, the first of which are `letters`.
pub struct DeadLetters<'a> {
    /// How many did not decode.
    pub dead: u64,
    /// Of how many.
    pub records: u64,
    /// The first of them.
    pub letters: &'a [DeadLetter],
    /// What their positions count.
    pub unit: PositionUnit,
}

impl DeadLetters<'_> {
    /// The sentence: `12 of 20,000 records did not decode (0.06 %)`. None when all did.
    pub fn sentence(&self) -> Option<String> {
        match (self.dead, self.records) {
            (0, _) => None,
            (1, 1) => Some("the only record did not decode".to_owned()),
            (dead, records) if dead == records => Some(format!("none of {} decoded", counted(records, "record"))),
            (dead, records) => {
                let share = percent(dead as f64 / records as f64);
                Some(format!("{} of {} did not decode ({share})", count(dead), counted(records, "record")))
            }
        }
    }

    /// The sentence with examples folded away, or open when there is nothing else to see.
    pub fn to_html(&self) -> Option<String> {
        let sentence = self.sentence()?;
        let rows: Vec<[String; 3]> = self
            .examples()
            .map(|letter| {
                let bytes = tag("code", style::CODE, &html_isolated(&text(letter)));
                [html_isolated(&cut(&self.place(letter), 100)), html(&cut(&letter.reason, 200)), bytes]
            })
            .collect();
        let table = plain_table(&["where", "why", "record"], &rows);
        Some(match self.dead == self.records {
            true => format!("{}{table}", tag("div", style::ALERT, &format!("▲ {}", html(&sentence)))),
            false => details(&format!("{}: dead letters", html(&sentence)), &table),
        })
    }

    /// The sentence and the examples as lines.
    pub fn to_text(&self) -> Option<String> {
        let mut out = self.sentence()?;
        for letter in self.examples() {
            let (place, reason) = (visible(&self.place(letter)), visible(&letter.reason));
            out.push_str(&format!("\n  {place}: {reason}\n    {}", visible(&text(letter))));
        }
        Some(out)
    }

    /// The examples, for machines.
    pub fn json(&self) -> Vec<Value> {
        let letter = |letter: &DeadLetter| {
            json!({
                "origin": letter.origin, "partition": letter.partition, "position": letter.position,
                "reason": letter.reason, "value": text(letter),
            })
        };
        self.examples().map(letter).collect()
    }

    /// `orders, partition 3, offset 17, 2026-01-01 00:00:00`; of a file the byte or the row.
    fn place(&self, letter: &DeadLetter) -> String {
        let DeadLetter { origin, partition, .. } = letter;
        let Some(position) = letter.position else { return format!("{origin}, partition {partition}") };
        let time = letter.timestamp_ms.map(|at| format!(", {}", timestamp(at))).unwrap_or_default();
        match self.unit {
            PositionUnit::Offsets => format!("{origin}, partition {partition}, offset {position}{time}"),
            PositionUnit::Bytes => format!("{origin}, byte {position}"),
            PositionUnit::Rows => format!("{origin}, row {position}"),
        }
    }

    fn examples(&self) -> impl Iterator<Item = &DeadLetter> {
        self.letters.iter().take(EXAMPLES)
    }
}

/// The beginning of the record as text.
fn text(letter: &DeadLetter) -> String {
    match letter.value.as_slice() {
        [] => "(no bytes)".to_owned(),
        bytes => cut(&String::from_utf8_lossy(&bytes[..bytes.len().min(4 * BYTES)]), BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(position: u64, value: &[u8]) -> DeadLetter {
        DeadLetter {
            origin: "orders".to_owned(),
            partition: 2,
            position: Some(position),
            timestamp_ms: None,
            key: None,
            value: value.to_vec(),
            reason: "not a JSON object".to_owned(),
        }
    }

    #[test]
    fn three_examples_are_shown_and_none_becomes_markup() {
        let letters: Vec<DeadLetter> = (0..9).map(|at| letter(at, b"<img src=x>\x1b[2J\xff")).collect();
        let dead = DeadLetters { dead: 9, records: 2_000, letters: &letters, unit: PositionUnit::Offsets };
        insta::assert_snapshot!(dead.to_text().expect("some are dead"), @r"
        9 of 2,000 records did not decode (0.45 %)
          orders, partition 2, offset 0: not a JSON object
            <img src=x>␛[2J�
          orders, partition 2, offset 1: not a JSON object
            <img src=x>␛[2J�
          orders, partition 2, offset 2: not a JSON object
            <img src=x>␛[2J�
        ");
        let html = dead.to_html().expect("some are dead");
        assert!(html.starts_with("<details>"), "{html}");
        headwater_charts::html::sanitized::check(&html);
        assert_eq!(dead.json().len(), 3);
    }

    #[test]
    fn when_nothing_decoded_the_reasons_are_in_the_open() {
        let letters = [letter(0, b"x"), letter(1, b"y")];
        let dead = DeadLetters { dead: 2, records: 2, letters: &letters, unit: PositionUnit::Offsets };
        assert_eq!(dead.sentence().as_deref(), Some("none of 2 records decoded"));
        assert!(!dead.to_html().expect("both are dead").contains("<details>"));
    }

    #[test]
    fn a_record_of_a_file_is_at_a_byte() {
        let letters = [letter(1_234, b"x")];
        let dead = DeadLetters { dead: 1, records: 5, letters: &letters, unit: PositionUnit::Bytes };
        assert!(dead.to_text().expect("one is dead").contains("\n  orders, byte 1234: not"));
        let letters = [letter(0, b"")];
        let dead = DeadLetters { letters: &letters, ..dead };
        assert!(dead.to_text().expect("one is dead").ends_with("(no bytes)"));
    }

    #[test]
    fn without_dead_letters_there_is_nothing_to_say() {
        let dead = DeadLetters { dead: 0, records: 5, letters: &[], unit: PositionUnit::Offsets };
        assert_eq!((dead.sentence(), dead.to_html(), dead.to_text()), (None, None, None));
    }
}
