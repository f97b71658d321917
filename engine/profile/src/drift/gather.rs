//! The first pass over the rows of a baseline: what each path holds, in bounded memory.

use std::collections::HashMap;

use crate::calendar::read_timestamp;
use crate::drift::family::{self, Family};
use crate::drift::walk::Sink;
use crate::random::SplitMix;
use crate::shape::observe::Value;

/// Different values of one path that are counted; those that come later are not told apart.
const VALUES: usize = 65_536;
/// Different values that all paths together may keep.
const ALL_VALUES: usize = 1 << 20;
/// Numbers kept for the deciles.
const NUMBERS: usize = 16_384;
/// Texts that are tried as a time.
const TRIED: u64 = 200;

/// Everything gathered.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    pub(crate) rows: u64,
    pub(crate) columns: Vec<Gathered>,
    kept: usize,
}

/// What one path holds.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) path: String,
    pub(crate) within: Option<usize>,
    pub(crate) present: u64,
    pub(crate) null: u64,
    pub(crate) families: [u64; Family::COUNT],
    pub(crate) values: HashMap<u64, Counted>,
    /// Not all different values were counted.
    pub(crate) open: bool,
    /// Numbers with the order they came in.
    pub(crate) numbers: Vec<(u64, f64)>,
    numbers_seen: u64,
    /// Every number was a whole one.
    pub(crate) whole: bool,
    tried: u64,
    times: u64,
    random: SplitMix,
}

/// A value, how often it came, and its family.
#[derive(Debug, Clone)]
pub(crate) struct Counted {
    pub(crate) text: Box<str>,
    pub(crate) count: u64,
    pub(crate) family: Family,
}

impl Sink for Gather {
    fn path(&mut self, _path: usize, text: &str, within: Option<usize>) {
        self.columns.push(Gathered {
            path: text.to_owned(),
            within,
            present: 0,
            null: 0,
            families: [0; Family::COUNT],
            values: HashMap::new(),
            open: false,
            numbers: Vec::new(),
            numbers_seen: 0,
            whole: true,
            tried: 0,
            times: 0,
            random: SplitMix::new(17),
        });
    }

    fn row(&mut self) {
        self.rows += 1;
    }

    fn value(&mut self, path: usize, value: Value<'_>) {
        let Some(column) = self.columns.get_mut(path) else { return };
        column.present += 1;
        let Some(family) = Family::of(value) else {
            column.null += 1;
            return;
        };
        column.families[family.place()] += 1;
        if let (Value::Text(text), true) = (value, column.tried < TRIED) {
            column.tried += 1;
            column.times += u64::from(read_timestamp(text).is_some());
        }
        let number = family::number(value);
        if let Some(number) = number {
            column.number(number);
        }
        let Some(hash) = family::identity(value) else { return };
        if let Some(known) = column.values.get_mut(&hash) {
            known.count += 1;
        } else if column.values.len() < VALUES && self.kept < ALL_VALUES {
            self.kept += 1;
            column.values.insert(hash, Counted { text: family::text(value).into(), count: 1, family });
        } else {
            column.open = true;
        }
    }
}

impl Gathered {
    fn number(&mut self, number: f64) {
        self.whole &= number.fract() == 0.0;
        self.numbers_seen += 1;
        if self.numbers.len() < NUMBERS {
            return self.numbers.push((self.numbers_seen, number));
        }
        let at = usize::try_from(self.random.below(self.numbers_seen)).unwrap_or(usize::MAX);
        if let Some(slot) = self.numbers.get_mut(at) {
            *slot = (self.numbers_seen, number);
        }
    }

    /// The family that most values are of; `None` without values.
    pub(crate) fn family(&self) -> Option<Family> {
        let most = (0..Family::COUNT).max_by_key(|at| (self.families[*at], std::cmp::Reverse(*at)))?;
        Family::at(most).filter(|_| self.families[most] > 0)
    }

    /// Values that are not null.
    pub(crate) fn filled(&self) -> u64 {
        self.present - self.null
    }

    /// The texts are times: they move on, which is no drift.
    pub(crate) fn is_time_in_text(&self) -> bool {
        self.tried > 0 && self.times * 10 >= self.tried * 9
    }

    /// The numbers only ever rise or fall (ids, counters, times): the medians of eight stretches, one behind the other, do so by
    /// chance once in 20,000 times.
    pub(crate) fn moves_with_time(&self) -> bool {
        if self.numbers.len() < 64 {
            return false;
        }
        let mut numbers = self.numbers.clone();
        numbers.sort_by_key(|(order, _)| *order);
        let medians: Vec<f64> = numbers.chunks(numbers.len().div_ceil(8)).map(median).collect();
        let rises = medians.is_sorted_by(|a, b| a < b) || medians.is_sorted_by(|a, b| a > b);
        // Rising by a hair is no counter: the last stretch has to lie wholly beside the first.
        rises && (overlap(&numbers) < 0.05)
    }

    /// The edges between the deciles, those that fall together once. The largest value is no edge.
    pub(crate) fn deciles(&self) -> Vec<f64> {
        let mut numbers: Vec<f64> = self.numbers.iter().map(|(_, number)| *number).collect();
        numbers.sort_by(f64::total_cmp);
        let Some(largest) = numbers.last().copied() else { return Vec::new() };
        let decile = |tenth: u32| crate::spread::quantile(&numbers, f64::from(tenth) / 10.0);
        let mut edges: Vec<f64> = (1..10).map(decile).filter(|edge| *edge < largest).collect();
        edges.dedup();
        edges
    }
}

fn median(stretch: &[(u64, f64)]) -> f64 {
    let mut numbers: Vec<f64> = stretch.iter().map(|(_, number)| *number).collect();
    numbers.sort_by(f64::total_cmp);
    crate::spread::quantile(&numbers, 0.5)
}

/// How much of the last eighth lies within the range of the first.
fn overlap(numbers: &[(u64, f64)]) -> f64 {
    let eighth = numbers.len() / 8;
    let first = &numbers[..eighth];
    let (low, high) = first.iter().fold((f64::MAX, f64::MIN), |(low, high), (_, n)| (low.min(*n), high.max(*n)));
    let last = &numbers[numbers.len() - eighth..];
    last.iter().filter(|(_, n)| (low..=high).contains(n)).count() as f64 / eighth.max(1) as f64
}
