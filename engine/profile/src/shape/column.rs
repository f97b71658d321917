//! What is gathered about one path while the rows go by, in bounded memory.

use crate::cells::{CELL_WIDTH, clean, clean_bytes};
use crate::figures;
use crate::shape::observe::Value;
use crate::shape::times::{self, Times};
use crate::shape::values::{HashBudget, ValueCounts};
use crate::spread::Spread;

/// Values kept to show what a minority looks like.
const EXAMPLES: usize = 3;

/// The types of values, as the report names them.
pub(crate) const TYPES: [&str; 9] = ["str", "int", "num", "bool", "time", "date", "bin", "list", "object"];

/// What is gathered about one path.
#[derive(Debug, Default)]
pub(crate) struct ColumnStats {
    pub(crate) present: u64,
    pub(crate) null: u64,
    pub(crate) empty: u64,
    /// How many values of each of [`TYPES`].
    pub(crate) types: [u64; TYPES.len()],
    pub(crate) examples: [Vec<String>; TYPES.len()],
    pub(crate) values: ValueCounts,
    pub(crate) numbers: Spread,
    /// Lengths of lists.
    pub(crate) lengths: Spread,
    pub(crate) text: TextStats,
    /// Real times and times written as text.
    pub(crate) times: Times,
    /// Integers read as times since the epoch.
    pub(crate) epochs: Times,
    /// The most fields an object had.
    pub(crate) fields: u32,
}

/// What the text of a path can be read as.
#[derive(Debug, Default)]
pub(crate) struct TextStats {
    pub(crate) filled: u64,
    pub(crate) numeric: u64,
    /// Digits with a zero in front: an article number or a postal code, not a quantity.
    pub(crate) zero_led: u64,
    pub(crate) times: u64,
    pub(crate) numeric_examples: Vec<String>,
    pub(crate) other_examples: Vec<String>,
}

/// What all columns share.
pub(crate) struct Surroundings<'a> {
    pub(crate) partition: u32,
    pub(crate) newest_ms: Option<i64>,
    pub(crate) budget: &'a mut HashBudget,
}

impl ColumnStats {
    /// Takes a value in.
    pub(crate) fn push(&mut self, value: Value<'_>, around: &mut Surroundings<'_>) {
        self.present += 1;
        let Some(kind) = type_of(value) else {
            self.null += 1;
            return;
        };
        self.types[kind] += 1;
        match value {
            Value::Null => {}
            Value::Bool(b) => self.values.push(&b, around.budget, || b.to_string()),
            Value::Int(i) => {
                self.numbers.push(i as f64);
                self.epochs.push_epoch(around.partition, i, around.newest_ms);
                self.values.push(&i, around.budget, || i.to_string());
            }
            Value::Number(n) => {
                self.numbers.push(n);
                self.values.push(&n.to_bits(), around.budget, || figures::number(n));
            }
            Value::Text(text) => self.push_text(text, around),
            Value::Time(ms) | Value::Date(ms) => {
                self.times.push(around.partition, ms, around.newest_ms);
                self.values.push(&ms, around.budget, || times::text(ms));
            }
            Value::Bytes(bytes) => {
                self.empty += u64::from(bytes.is_empty());
                self.values.push(&bytes, around.budget, || clean_bytes(bytes, CELL_WIDTH));
            }
            Value::List(len) => {
                self.empty += u64::from(len == 0);
                self.lengths.push(len as f64);
            }
            Value::Object(len) => {
                self.empty += u64::from(len == 0);
                self.fields = self.fields.max(u32::try_from(len).unwrap_or(u32::MAX));
            }
        }
        self.keep_example(kind, value);
    }

    fn push_text(&mut self, text: &str, around: &mut Surroundings<'_>) {
        self.values.push(&text, around.budget, || clean(text, CELL_WIDTH));
        if text.is_empty() {
            self.empty += 1;
            return;
        }
        self.text.filled += 1;
        if let Some(ms) = times::parse(text) {
            self.text.times += 1;
            self.times.push(around.partition, ms, around.newest_ms);
            return;
        }
        // A number of 40 digits is none anybody computes with; the limit keeps long text cheap.
        let numeric = text.len() <= 40 && text.trim().parse::<f64>().is_ok_and(f64::is_finite);
        if numeric {
            self.text.numeric += 1;
            let digits = text.trim_start_matches(['-', '+']);
            self.text.zero_led += u64::from(digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0."));
        }
        let kept = if numeric { &mut self.text.numeric_examples } else { &mut self.text.other_examples };
        keep(kept, || clean(text, CELL_WIDTH));
    }

    fn keep_example(&mut self, kind: usize, value: Value<'_>) {
        keep(&mut self.examples[kind], || match value {
            Value::Null => "null".into(),
            Value::Bool(b) => b.to_string(),
            Value::Int(i) => i.to_string(),
            Value::Number(n) => n.to_string(),
            Value::Text(text) => format!("\"{}\"", clean(text, CELL_WIDTH - 2)),
            Value::Time(ms) | Value::Date(ms) => times::text(ms),
            Value::Bytes(bytes) => clean_bytes(bytes, CELL_WIDTH),
            Value::List(len) => format!("a list of {len}"),
            Value::Object(len) => format!("an object of {len}"),
        });
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

fn keep(examples: &mut Vec<String>, text: impl FnOnce() -> String) {
    if examples.len() < EXAMPLES {
        let text = text();
        if !examples.contains(&text) {
            examples.push(text);
        }
    }
}

/// Where the value's type stands in [`TYPES`].
fn type_of(value: Value<'_>) -> Option<usize> {
    Some(match value {
        Value::Null => return None,
        Value::Text(_) => 0,
        Value::Int(_) => 1,
        Value::Number(_) => 2,
        Value::Bool(_) => 3,
        Value::Time(_) => 4,
        Value::Date(_) => 5,
        Value::Bytes(_) => 6,
        Value::List(_) => 7,
        Value::Object(_) => 8,
    })
}
