//! Values of one column as they lie in memory: what is gathered of many at once is gathered in tight loops.

use crate::figures;
use crate::shape::column::{ColumnStats, EXAMPLES, Surroundings, bytes_text, keep, masked_if, quoted, shown};
use crate::shape::{hash, times};

/// Values that are gathered together: with all that is made of them they fit a core's cache.
const TOGETHER: usize = 4_096;

/// Values of one column, without the nulls.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// Truth values.
    Bools(&'a [bool]),
    /// Whole numbers.
    Ints(&'a [i64]),
    /// Numbers.
    Numbers(&'a [f64]),
    /// Texts.
    Texts(&'a [&'a str]),
    /// Bytes.
    Bytes(&'a [&'a [u8]]),
    /// Instants, epoch milliseconds.
    Times(&'a [i64]),
    /// Dates, as the epoch milliseconds of their midnight.
    Dates(&'a [i64]),
}

impl ColumnStats {
    /// Takes values in, as if one by one.
    pub(crate) fn push_each(&mut self, values: Values<'_>, around: &mut Surroundings<'_>) {
        match values {
            Values::Bools(all) => all.iter().for_each(|value| self.push_bool(*value, around)),
            Values::Ints(all) => all.chunks(TOGETHER).for_each(|part| self.push_ints(part, around)),
            Values::Numbers(all) => all.chunks(TOGETHER).for_each(|part| self.push_numbers(part, around)),
            Values::Texts(all) => all.chunks(TOGETHER).for_each(|part| self.push_texts(part, around)),
            Values::Bytes(all) => all.chunks(TOGETHER).for_each(|part| self.push_byte_strings(part, around)),
            Values::Times(all) => all.chunks(TOGETHER).for_each(|part| self.push_times(part, 4, around)),
            Values::Dates(all) => all.chunks(TOGETHER).for_each(|part| self.push_times(part, 5, around)),
        }
    }

    fn push_ints(&mut self, values: &[i64], around: &mut Surroundings<'_>) {
        self.met_each(1, values.len());
        let numbers: Vec<f64> = values.iter().map(|value| *value as f64).collect();
        self.numbers.push_each(&numbers);
        self.epochs.push_epochs(around.place, values, around.newest_ms);
        let hashes: Vec<u64> = values.iter().map(|value| hash::int(*value)).collect();
        let text = |at: usize| masked_if(around.redact, values[at].to_string());
        keep_some(&mut self.examples[1], &hashes, text);
        self.values.push_each(&hashes, around.budget, text);
    }

    fn push_numbers(&mut self, values: &[f64], around: &mut Surroundings<'_>) {
        self.met_each(2, values.len());
        self.numbers.push_each(values);
        let hashes: Vec<u64> = values.iter().map(|value| hash::number(*value)).collect();
        let redact = around.redact;
        keep_some(&mut self.examples[2], &hashes, |at| masked_if(redact, values[at].to_string()));
        self.values.push_each(&hashes, around.budget, |at| masked_if(redact, figures::number(values[at])));
    }

    fn push_times(&mut self, values: &[i64], kind: usize, around: &mut Surroundings<'_>) {
        self.met_each(kind, values.len());
        values.iter().for_each(|ms| self.times.push(around.place, *ms, around.newest_ms));
        let hashes: Vec<u64> = values.iter().map(|ms| hash::time(*ms)).collect();
        let text = |at: usize| times::text(values[at]);
        keep_some(&mut self.examples[kind], &hashes, text);
        self.values.push_each(&hashes, around.budget, text);
    }

    fn push_byte_strings(&mut self, values: &[&[u8]], around: &mut Surroundings<'_>) {
        self.met_each(6, values.len());
        self.empty += values.iter().filter(|bytes| bytes.is_empty()).count() as u64;
        values.iter().for_each(|bytes| self.binary.push(bytes));
        let hashes: Vec<u64> = values.iter().map(|bytes| hash::bytes(bytes)).collect();
        let text = |at: usize| bytes_text(values[at], around.redact);
        keep_some(&mut self.examples[6], &hashes, text);
        self.values.push_each(&hashes, around.budget, text);
    }

    fn push_texts(&mut self, values: &[&str], around: &mut Surroundings<'_>) {
        self.met_each(0, values.len());
        let hashes: Vec<u64> = values.iter().map(|text| hash::bytes(text.as_bytes())).collect();
        let redact = around.redact;
        keep_some(&mut self.examples[0], &hashes, |at| quoted(values[at], redact));
        self.values.push_each(&hashes, around.budget, |at| shown(values[at], redact));
        let filled = values.iter().filter(|text| !text.is_empty());
        let lengths: Vec<f64> = filled.clone().map(|text| text.len() as f64).collect();
        self.empty += (values.len() - lengths.len()) as u64;
        self.text.lengths.push_each(&lengths);
        filled.for_each(|text| self.read_text(text, around));
    }
}

/// Keeps a few different texts; of values with the same hash one is asked.
fn keep_some(examples: &mut Vec<String>, hashes: &[u64], text: impl Fn(usize) -> String) {
    let mut asked: Vec<u64> = Vec::new();
    for (at, hash) in hashes.iter().enumerate() {
        if examples.len() >= EXAMPLES {
            return;
        }
        if !asked.contains(hash) {
            asked.push(*hash);
            keep(examples, || text(at));
        }
    }
}
