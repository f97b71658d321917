//! What is gathered about one path while the rows go by, in bounded memory.

use crate::cells::{CELL_WIDTH, clean, clean_bytes};
use crate::figures;
use crate::shape::binary::BinaryStats;
use crate::shape::numbers::Numbers;
use crate::shape::observe::Value;
use crate::shape::text_stats::{Read, TextStats};
use crate::shape::times::{self, Place, Times};
use crate::shape::values::{HashBudget, ValueCounts};
use crate::shape::{hash, mask, sentinel};
use crate::spread::Spread;

/// Values kept to show what a minority looks like.
pub(crate) const EXAMPLES: usize = 3;

/// The types of values, as the report names them.
pub(crate) const TYPES: [&str; 9] = ["str", "int", "num", "bool", "time", "date", "bin", "list", "object"];

/// What is gathered about one path.
#[derive(Debug, Clone, Default)]
pub(crate) struct ColumnStats {
    pub(crate) present: u64,
    pub(crate) null: u64,
    pub(crate) empty: u64,
    /// How many values of each of [`TYPES`].
    pub(crate) types: [u64; TYPES.len()],
    pub(crate) examples: [Vec<String>; TYPES.len()],
    pub(crate) values: ValueCounts,
    pub(crate) numbers: Numbers,
    /// Lengths of lists.
    pub(crate) lengths: Spread,
    pub(crate) elements: u64,
    pub(crate) text: TextStats,
    pub(crate) binary: BinaryStats,
    /// Real times and times written as text.
    pub(crate) times: Times,
    /// Integers read as times since the epoch.
    pub(crate) epochs: Times,
    /// The most fields an object had.
    pub(crate) fields: u32,
}

/// What all columns share.
pub(crate) struct Surroundings<'a> {
    pub(crate) place: Place,
    pub(crate) newest_ms: Option<i64>,
    /// Whether values are kept out of the report.
    pub(crate) redact: bool,
    pub(crate) budget: &'a mut HashBudget,
}

/// A text as the report may show it.
pub(crate) fn shown(text: &str, redact: bool) -> String {
    if redact && !sentinel::is_word(text) { mask::redacted(text) } else { clean(text, CELL_WIDTH) }
}

/// The same in quotes.
pub(crate) fn quoted(text: &str, redact: bool) -> String {
    format!("\"{}\"", clean(&shown(text, redact), CELL_WIDTH - 2))
}

/// A number as the report may show it.
pub(crate) fn masked_if(redact: bool, text: String) -> String {
    if redact { mask::redacted(&text) } else { text }
}

/// Bytes as the report may show them.
pub(crate) fn bytes_text(bytes: &[u8], redact: bool) -> String {
    if redact { format!("{} bytes", bytes.len()) } else { clean_bytes(bytes, CELL_WIDTH) }
}

impl ColumnStats {
    /// Takes a value in.
    pub(crate) fn push(&mut self, value: Value<'_>, around: &mut Surroundings<'_>) {
        match value {
            Value::Null => self.push_null(),
            Value::Bool(b) => self.push_bool(b, around),
            Value::Int(i) => self.push_int(i, around),
            Value::Number(n) => self.push_number(n, around),
            Value::Text(text) => self.push_text(text, around),
            Value::Time(ms) => self.push_time(ms, 4, around),
            Value::Date(ms) => self.push_time(ms, 5, around),
            Value::Bytes(bytes) => self.push_bytes(bytes, around),
            Value::List(len) => {
                self.met(7);
                self.empty += u64::from(len == 0);
                self.elements += len as u64;
                self.lengths.push(len as f64);
                keep(&mut self.examples[7], || format!("a list of {len}"));
            }
            Value::Object(len) => {
                self.met(8);
                self.empty += u64::from(len == 0);
                self.fields = self.fields.max(u32::try_from(len).unwrap_or(u32::MAX));
                keep(&mut self.examples[8], || format!("an object of {len}"));
            }
        }
    }

    fn met(&mut self, kind: usize) {
        self.met_each(kind, 1);
    }

    pub(crate) fn met_each(&mut self, kind: usize, count: usize) {
        self.present += count as u64;
        self.types[kind] += count as u64;
    }

    /// Takes so many objects of so many fields in, and so many nulls.
    pub(crate) fn push_objects(&mut self, there: u64, nulls: u64, fields: usize) {
        self.present += there + nulls;
        self.null += nulls;
        self.types[8] += there;
        self.fields = self.fields.max(u32::try_from(fields).unwrap_or(u32::MAX));
        if there > 0 {
            keep(&mut self.examples[8], || format!("an object of {fields}"));
        }
    }

    pub(crate) fn push_null(&mut self) {
        self.push_nulls(1);
    }

    pub(crate) fn push_nulls(&mut self, count: u64) {
        self.present += count;
        self.null += count;
    }

    pub(crate) fn push_bool(&mut self, value: bool, around: &mut Surroundings<'_>) {
        self.met(3);
        self.values.push(hash::int(value.into()), around.budget, || value.to_string());
        keep(&mut self.examples[3], || value.to_string());
    }

    pub(crate) fn push_int(&mut self, value: i64, around: &mut Surroundings<'_>) {
        self.met(1);
        self.numbers.push(value as f64);
        self.epochs.push_epoch(around.place, value, around.newest_ms);
        let text = || masked_if(around.redact, value.to_string());
        self.values.push(hash::int(value), around.budget, text);
        keep(&mut self.examples[1], text);
    }

    pub(crate) fn push_number(&mut self, value: f64, around: &mut Surroundings<'_>) {
        self.met(2);
        self.numbers.push(value);
        let redact = around.redact;
        self.values.push(hash::number(value), around.budget, || masked_if(redact, figures::number(value)));
        keep(&mut self.examples[2], || masked_if(redact, value.to_string()));
    }

    /// `kind` is the place of `time` or `date` in [`TYPES`].
    pub(crate) fn push_time(&mut self, ms: i64, kind: usize, around: &mut Surroundings<'_>) {
        self.met(kind);
        self.times.push(around.place, ms, around.newest_ms);
        self.values.push(hash::time(ms), around.budget, || times::text(ms));
        keep(&mut self.examples[kind], || times::text(ms));
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8], around: &mut Surroundings<'_>) {
        self.met(6);
        self.empty += u64::from(bytes.is_empty());
        self.binary.push(bytes);
        let text = || bytes_text(bytes, around.redact);
        self.values.push(hash::bytes(bytes), around.budget, text);
        keep(&mut self.examples[6], text);
    }

    pub(crate) fn push_text(&mut self, text: &str, around: &mut Surroundings<'_>) {
        self.met(0);
        let redact = around.redact;
        self.values.push(hash::bytes(text.as_bytes()), around.budget, || shown(text, redact));
        keep(&mut self.examples[0], || quoted(text, redact));
        if text.is_empty() {
            self.empty += 1;
        } else {
            self.text.lengths.push(text.len() as f64);
            self.read_text(text, around);
        }
    }

    /// What a text that is not empty can be read as.
    pub(crate) fn read_text(&mut self, text: &str, around: &Surroundings<'_>) {
        match self.text.push(text) {
            Read::Time(ms) => self.times.push(around.place, ms, around.newest_ms),
            Read::Number => keep(&mut self.text.numeric_examples, || shown(text, around.redact)),
            Read::Text => keep(&mut self.text.other_examples, || shown(text, around.redact)),
        }
    }

    /// From here on everything that was gathered can be read, and no more values may come.
    pub(crate) fn settle(&mut self) {
        self.times.settle();
        self.epochs.settle();
        self.values.seal();
    }

    /// Takes in what `other` gathered of other partitions, or of a later stretch of the same.
    pub(crate) fn merge(&mut self, other: &ColumnStats, budget: &mut HashBudget) {
        self.present += other.present;
        self.null += other.null;
        self.empty += other.empty;
        self.elements += other.elements;
        self.fields = self.fields.max(other.fields);
        self.types.iter_mut().zip(other.types).for_each(|(own, theirs)| *own += theirs);
        for (own, theirs) in self.examples.iter_mut().zip(&other.examples) {
            theirs.iter().for_each(|text| keep(own, || text.clone()));
        }
        self.values.merge(&other.values, budget);
        self.numbers.merge(&other.numbers);
        self.lengths.merge(&other.lengths);
        self.text.merge(&other.text);
        self.binary.merge(&other.binary);
        self.times.merge(&other.times);
        self.epochs.merge(&other.epochs);
    }

    /// Values that are not null.
    pub(crate) fn filled(&self) -> u64 {
        self.present - self.null
    }

    /// Values of the named type.
    pub(crate) fn of_type(&self, name: &str) -> u64 {
        TYPES.iter().position(|t| *t == name).map_or(0, |at| self.types[at])
    }
}

/// Keeps a few different texts.
pub(crate) fn keep(examples: &mut Vec<String>, text: impl FnOnce() -> String) {
    if examples.len() < EXAMPLES {
        let text = text();
        if !examples.contains(&text) {
            examples.push(text);
        }
    }
}
