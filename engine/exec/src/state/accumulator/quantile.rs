//! `approx_quantile`: a quantile that is exact for few numbers, and within one per cent of its value for many.

use std::collections::BTreeMap;

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::values::{Builder, Form, Values};

/// So many numbers are kept as they are.
const EXACT: usize = 256;
/// The relative error of a number that is told by its bucket.
const ERROR: f64 = 0.01;
/// How many buckets below the one of the largest number (by size) are told apart: 35 decades.
const RANGE: i32 = 4_096;

/// The numbers of a group: themselves while they are few, else how many fall into each bucket of a logarithmic scale (Masson, Rim and Lee,
/// "DDSketch", VLDB 2019). Both depend on the numbers only, not on their order; a sketch by ranks, such as KLL, would.
#[derive(Clone, Debug)]
pub(super) enum Quantile {
    /// Every number.
    Exact(Vec<f64>),
    /// The buckets.
    Buckets(Box<Buckets>),
}

/// How many numbers lie in which bucket.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    negative: Scale,
    zeros: u64,
    positive: Scale,
    min: f64,
    max: f64,
}

/// Numbers of one sign: bucket `i` holds those whose size is in `(γ^(i-1), γ^i]`.
#[derive(Clone, Debug, Default)]
struct Scale(BTreeMap<i32, u64>);

fn gamma() -> f64 {
    (1.0 + ERROR) / (1.0 - ERROR)
}

impl Scale {
    /// Adds to a bucket. What is far below the largest is counted in the lowest bucket that is told apart; since that follows from
    /// the largest number alone, the order in which buckets come changes nothing.
    fn add(&mut self, bucket: i32, count: u64) {
        let largest = self.0.keys().next_back().copied().unwrap_or(bucket).max(bucket);
        let lowest = largest.saturating_sub(RANGE);
        *self.0.entry(bucket.max(lowest)).or_default() += count;
        while let Some(first) = self.0.first_entry().filter(|first| *first.key() < lowest) {
            let count = first.remove();
            *self.0.entry(lowest).or_default() += count;
        }
    }

    fn take(&mut self, size: f64) {
        self.add((size.ln() / gamma().ln()).ceil() as i32, 1);
    }

    /// The number that stands for a bucket: no other is nearer, relatively, to all numbers in it.
    fn number(bucket: i32) -> f64 {
        2.0 * gamma().powi(bucket) / (gamma() + 1.0)
    }

    fn save(&self, state: &mut StateWriter) {
        state.count(self.0.len());
        for (bucket, count) in &self.0 {
            state.int(i64::from(*bucket));
            state.int(count.cast_signed());
        }
    }

    fn load(state: &mut StateReader<'_>) -> Result<Self> {
        let mut scale = Scale::default();
        for _ in 0..state.count()? {
            let bucket = i32::try_from(state.int()?).map_err(|_| state.damaged())?;
            let count = u64::try_from(state.int()?).map_err(|_| state.damaged())?;
            scale.0.insert(bucket, count);
        }
        Ok(scale)
    }
}

impl Buckets {
    fn of(numbers: &[f64]) -> Box<Buckets> {
        let mut buckets = Box::new(Buckets {
            negative: Scale::default(),
            zeros: 0,
            positive: Scale::default(),
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        });
        numbers.iter().for_each(|number| buckets.take(*number));
        buckets
    }

    fn take(&mut self, number: f64) {
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        match number {
            0.0 => self.zeros += 1,
            0.0.. => self.positive.take(number),
            _ => self.negative.take(-number),
        }
    }

    fn merge(&mut self, other: &Buckets) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.zeros = self.zeros.saturating_add(other.zeros);
        other.negative.0.iter().for_each(|(bucket, count)| self.negative.add(*bucket, *count));
        other.positive.0.iter().for_each(|(bucket, count)| self.positive.add(*bucket, *count));
    }

    fn at(&self, q: f64) -> f64 {
        let down = self.negative.0.iter().rev().map(|(bucket, count)| (-Scale::number(*bucket), *count));
        let up = self.positive.0.iter().map(|(bucket, count)| (Scale::number(*bucket), *count));
        let all: Vec<(f64, u64)> = down.chain([(0.0, self.zeros)]).chain(up).collect();
        let total = all.iter().fold(0_u64, |total, (_, count)| total.saturating_add(*count));
        let wanted = rank(q, total);
        let mut passed = 0_u64;
        let found = all.iter().find(|(_, count)| {
            passed = passed.saturating_add(*count);
            passed >= wanted
        });
        // The ends are known exactly.
        let number = match found {
            _ if wanted <= 1 => self.min,
            _ if wanted >= total => self.max,
            Some((number, _)) => *number,
            None => self.max,
        };
        number.max(self.min).min(self.max)
    }
}

/// The nearest rank: the smallest number such that at least the share `q` of all is at or below it.
fn rank(q: f64, total: u64) -> u64 {
    ((q * total as f64).ceil() as u64).clamp(1, total.max(1))
}

impl Quantile {
    fn take(&mut self, number: f64) {
        // NaN and infinities have no place on a scale.
        if !number.is_finite() {
            return;
        }
        match self {
            Quantile::Exact(numbers) if numbers.len() < EXACT => numbers.push(number),
            Quantile::Exact(_) => self.buckets().take(number),
            Quantile::Buckets(buckets) => buckets.take(number),
        }
    }

    /// Goes over to buckets.
    fn buckets(&mut self) -> &mut Buckets {
        if let Quantile::Exact(numbers) = self {
            *self = Quantile::Buckets(Buckets::of(numbers));
        }
        let Quantile::Buckets(buckets) = self else { unreachable!("it has just become buckets") };
        buckets
    }

    fn at(&self, q: f64) -> Option<f64> {
        match self {
            Quantile::Exact(numbers) => {
                let mut sorted = numbers.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted.get(rank(q, sorted.len() as u64) as usize - 1).copied()
            }
            Quantile::Buckets(buckets) => Some(buckets.at(q)),
        }
    }
}

impl Slot for Quantile {
    /// The quantile, from 0 to 1.
    type Rule = f64;

    const HEAP: bool = true;

    fn empty(_: &f64) -> Self {
        Quantile::Exact(Vec::new())
    }

    fn update(slots: &mut [Self], _: &f64, rows: Rows<'_>, input: &Input<'_>) {
        match input.values.expect("a quantile has a column") {
            values @ Values::Int(_) => rows.ints(values, |group, _, value| slots[group].take(value as f64)),
            values => rows.floats(values, |group, _, value| slots[group].take(value)),
        }
    }

    fn merge(&mut self, other: &Self, _: &f64) {
        match other {
            Quantile::Exact(numbers) => numbers.iter().for_each(|number| self.take(*number)),
            Quantile::Buckets(buckets) => self.buckets().merge(buckets),
        }
    }

    fn finish(&self, q: &f64, out: &mut Builder) {
        out.push_float(self.at(*q));
    }

    fn builder(_: &f64) -> Builder {
        Builder::new(Form::Float)
    }

    fn save(&self, state: &mut StateWriter) {
        match self {
            Quantile::Exact(numbers) => {
                state.byte(0);
                state.count(numbers.len());
                numbers.iter().for_each(|number| state.float(*number));
            }
            Quantile::Buckets(buckets) => {
                state.byte(1);
                buckets.negative.save(state);
                state.int(buckets.zeros.cast_signed());
                buckets.positive.save(state);
                state.float(buckets.min);
                state.float(buckets.max);
            }
        }
    }

    fn load(_: &f64, state: &mut StateReader<'_>) -> Result<Self> {
        match state.byte()? {
            0 => {
                let numbers = (0..state.count()?).map(|_| state.float()).collect::<Result<Vec<_>>>()?;
                if numbers.len() <= EXACT { Ok(Quantile::Exact(numbers)) } else { Err(state.damaged()) }
            }
            1 => {
                let negative = Scale::load(state)?;
                let zeros = u64::try_from(state.int()?).map_err(|_| state.damaged())?;
                let positive = Scale::load(state)?;
                let (min, max) = (state.float()?, state.float()?);
                Ok(Quantile::Buckets(Box::new(Buckets { negative, zeros, positive, min, max })))
            }
            _ => Err(state.damaged()),
        }
    }

    fn heap(&self) -> usize {
        match self {
            Quantile::Exact(numbers) => numbers.capacity() * 8,
            Quantile::Buckets(buckets) => 64 + (buckets.negative.0.len() + buckets.positive.0.len()) * 16,
        }
    }
}
