//! Accumulators: one aggregate over every group of a window, kept column by column.

use headwater::AggFunction;
use polars::datatypes::StaticArray;
use polars::prelude::{DataType, Float64Chunked, Int64Chunked};

use super::bytes::{StateReader, StateWriter};
use super::values::{Builder, Form, Values};
use crate::Result;

/// One aggregate of every group. Integers are summed in 128 bits, so that neither their order nor an overflow on the way
/// changes a sum that fits in the end; one that does not fit is null.
#[derive(Clone, Debug)]
pub enum Accumulator {
    /// Rows, or values that are not null.
    Count(Vec<i64>),
    /// Sums of integers with how many there were.
    SumInt(Vec<(i128, i64)>),
    /// Sums of floats with how many there were.
    SumFloat(Vec<(f64, i64)>),
    /// Means of integers.
    MeanInt(Vec<(i128, i64)>),
    /// Means of floats.
    MeanFloat(Vec<(f64, i64)>),
    /// Smallest or largest integers.
    ExtremeInt(Extreme, Vec<Option<i64>>),
    /// Smallest or largest floats.
    ExtremeFloat(Extreme, Vec<Option<f64>>),
    /// Smallest or largest bytes.
    ExtremeBytes(Extreme, Vec<Option<Vec<u8>>>),
}

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Extreme {
    fn prefers<T: PartialOrd>(self, new: &T, old: &T) -> bool {
        match self {
            Extreme::Min => new < old,
            Extreme::Max => new > old,
        }
    }
}

impl Accumulator {
    /// An accumulator without groups for `function` over values of this form and type; none if there is no such.
    pub fn new(function: AggFunction, input: Option<(Form, &DataType)>) -> Option<Self> {
        let number = |data_type: &DataType| {
            matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Float64 | DataType::Null)
        };
        Some(match (function, input) {
            (AggFunction::Count, _) => Accumulator::Count(Vec::new()),
            (AggFunction::Sum, Some((Form::Int, t))) if number(t) => Accumulator::SumInt(Vec::new()),
            (AggFunction::Sum, Some((Form::Float, _))) => Accumulator::SumFloat(Vec::new()),
            (AggFunction::Mean, Some((Form::Int, t))) if number(t) => Accumulator::MeanInt(Vec::new()),
            (AggFunction::Mean, Some((Form::Float, _))) => Accumulator::MeanFloat(Vec::new()),
            (AggFunction::Min, Some((form, _))) => Accumulator::extreme(Extreme::Min, form),
            (AggFunction::Max, Some((form, _))) => Accumulator::extreme(Extreme::Max, form),
            (AggFunction::Sum | AggFunction::Mean | AggFunction::Min | AggFunction::Max, _) => return None,
        })
    }

    fn extreme(which: Extreme, form: Form) -> Self {
        match form {
            Form::Int => Accumulator::ExtremeInt(which, Vec::new()),
            Form::Float => Accumulator::ExtremeFloat(which, Vec::new()),
            Form::Bytes => Accumulator::ExtremeBytes(which, Vec::new()),
        }
    }

    /// The same without groups.
    pub fn fresh(&self) -> Self {
        match self {
            Accumulator::Count(_) => Accumulator::Count(Vec::new()),
            Accumulator::SumInt(_) => Accumulator::SumInt(Vec::new()),
            Accumulator::SumFloat(_) => Accumulator::SumFloat(Vec::new()),
            Accumulator::MeanInt(_) => Accumulator::MeanInt(Vec::new()),
            Accumulator::MeanFloat(_) => Accumulator::MeanFloat(Vec::new()),
            Accumulator::ExtremeInt(which, _) => Accumulator::ExtremeInt(*which, Vec::new()),
            Accumulator::ExtremeFloat(which, _) => Accumulator::ExtremeFloat(*which, Vec::new()),
            Accumulator::ExtremeBytes(which, _) => Accumulator::ExtremeBytes(*which, Vec::new()),
        }
    }

    /// The form of the results.
    pub fn output(&self) -> Form {
        match self {
            Accumulator::Count(_) | Accumulator::SumInt(_) | Accumulator::ExtremeInt(..) => Form::Int,
            Accumulator::ExtremeBytes(..) => Form::Bytes,
            _ => Form::Float,
        }
    }

    /// Takes the values of `rows`, each for the group in the same place of `groups`, of which there are `total` now.
    /// `input` is absent for a count of rows.
    pub fn update(&mut self, total: usize, groups: &[u32], rows: &[u32], input: Option<&Values>) {
        let rows = Rows { total, groups, rows };
        match (self, input) {
            (Accumulator::Count(counts), None) => rows.each(counts, 0, |_| Some(()), |count, ()| *count += 1),
            (Accumulator::Count(counts), Some(Values::Int(v))) => rows.ints(v, counts, 0, |count, _| *count += 1),
            (Accumulator::SumInt(sums) | Accumulator::MeanInt(sums), Some(Values::Int(v))) => {
                rows.ints(v, sums, (0, 0), |sum, x| *sum = (sum.0 + i128::from(x), sum.1 + 1));
            }
            (Accumulator::SumFloat(sums) | Accumulator::MeanFloat(sums), Some(Values::Float(v))) => {
                rows.floats(v, sums, (0.0, 0), |sum, x| *sum = (sum.0 + x, sum.1 + 1));
            }
            (Accumulator::ExtremeInt(which, best), Some(Values::Int(v))) => {
                rows.ints(v, best, None, |best, x| replace(*which, best, x));
            }
            (Accumulator::ExtremeFloat(which, best), Some(Values::Float(v))) => {
                rows.floats(v, best, None, |best, x| replace(*which, best, x));
            }
            (Accumulator::ExtremeBytes(which, best), Some(Values::Bytes(v))) => {
                let array = v.downcast_as_array();
                let take = |best: &mut Option<Vec<u8>>, x: &[u8]| {
                    if best.as_deref().is_none_or(|old| which.prefers(&x, &old)) {
                        *best = Some(x.to_vec());
                    }
                };
                rows.each(best, None, |row| array.get(row), take);
            }
            _ => unreachable!("an accumulator is made for the form of its input"),
        }
    }

    /// Appends the results of these groups.
    pub fn finish(&self, order: &[u32], out: &mut Builder) {
        let at = |group: &u32| *group as usize;
        match (self, out) {
            (Accumulator::Count(counts), Builder::Int(out)) => out.extend(order.iter().map(|g| Some(counts[at(g)]))),
            (Accumulator::SumInt(sums), Builder::Int(out)) => out.extend(order.iter().map(|g| match sums[at(g)] {
                (_, 0) => None,
                (sum, _) => i64::try_from(sum).ok(),
            })),
            (Accumulator::SumFloat(sums), Builder::Float(out)) => out.extend(order.iter().map(|g| match sums[at(g)] {
                (_, 0) => None,
                (sum, _) => Some(sum),
            })),
            (Accumulator::MeanInt(sums), Builder::Float(out)) => out.extend(order.iter().map(|g| match sums[at(g)] {
                (_, 0) => None,
                (sum, count) => Some(sum as f64 / count as f64),
            })),
            (Accumulator::MeanFloat(sums), Builder::Float(out)) => {
                out.extend(order.iter().map(|g| match sums[at(g)] {
                    (_, 0) => None,
                    (sum, count) => Some(sum / count as f64),
                }))
            }
            (Accumulator::ExtremeInt(_, best), Builder::Int(out)) => out.extend(order.iter().map(|g| best[at(g)])),
            (Accumulator::ExtremeFloat(_, best), Builder::Float(out)) => out.extend(order.iter().map(|g| best[at(g)])),
            (Accumulator::ExtremeBytes(_, best), Builder::Bytes(out)) => {
                out.extend(order.iter().map(|g| best[at(g)].clone()))
            }
            _ => unreachable!("the output column is made for the form of the accumulator"),
        }
    }

    /// Writes the accumulated values of every group.
    pub fn save(&self, state: &mut StateWriter) {
        match self {
            Accumulator::Count(counts) => counts.iter().for_each(|c| state.int(*c)),
            Accumulator::SumInt(sums) | Accumulator::MeanInt(sums) => {
                for (sum, count) in sums {
                    state.wide(*sum);
                    state.int(*count);
                }
            }
            Accumulator::SumFloat(sums) | Accumulator::MeanFloat(sums) => {
                for (sum, count) in sums {
                    state.float(*sum);
                    state.int(*count);
                }
            }
            Accumulator::ExtremeInt(_, best) => best.iter().for_each(|b| {
                if let Some(value) = state.some(*b) {
                    state.int(value);
                }
            }),
            Accumulator::ExtremeFloat(_, best) => best.iter().for_each(|b| {
                if let Some(value) = state.some(*b) {
                    state.float(value);
                }
            }),
            Accumulator::ExtremeBytes(_, best) => best.iter().for_each(|b| {
                if let Some(value) = state.some(b.as_deref()) {
                    state.run(value);
                }
            }),
        }
    }

    /// Reads the values of `total` groups into this fresh accumulator.
    ///
    /// # Errors
    /// The bytes mean no such values.
    pub fn load(&mut self, total: usize, state: &mut StateReader<'_>) -> Result<()> {
        for _ in 0..total {
            match self {
                Accumulator::Count(counts) => counts.push(state.int()?),
                Accumulator::SumInt(sums) | Accumulator::MeanInt(sums) => sums.push((state.wide()?, state.int()?)),
                Accumulator::SumFloat(sums) | Accumulator::MeanFloat(sums) => sums.push((state.float()?, state.int()?)),
                Accumulator::ExtremeInt(_, best) => best.push(state.optional(StateReader::int)?),
                Accumulator::ExtremeFloat(_, best) => best.push(state.optional(StateReader::float)?),
                Accumulator::ExtremeBytes(_, best) => best.push(state.optional(|s| s.run().map(<[u8]>::to_vec))?),
            }
        }
        Ok(())
    }
}

/// Rows and the group of each.
#[derive(Clone, Copy)]
struct Rows<'a> {
    total: usize,
    groups: &'a [u32],
    rows: &'a [u32],
}

impl Rows<'_> {
    /// Applies `take` to the slot of each row's group, for rows whose value is not null.
    fn each<T: Clone, V>(
        self,
        slots: &mut Vec<T>,
        empty: T,
        value: impl Fn(usize) -> Option<V>,
        mut take: impl FnMut(&mut T, V),
    ) {
        slots.resize(self.total, empty);
        for (group, row) in self.groups.iter().zip(self.rows) {
            if let Some(value) = value(*row as usize) {
                take(&mut slots[*group as usize], value);
            }
        }
    }

    /// The same for integers, without a look at nulls where there are none.
    fn ints<T: Clone>(self, values: &Int64Chunked, slots: &mut Vec<T>, empty: T, take: impl FnMut(&mut T, i64)) {
        let array = values.downcast_as_array();
        match values.null_count() {
            0 => self.each(slots, empty, |row| Some(array.values()[row]), take),
            _ => self.each(slots, empty, |row| array.get(row), take),
        }
    }

    /// The same for floats.
    fn floats<T: Clone>(self, values: &Float64Chunked, slots: &mut Vec<T>, empty: T, take: impl FnMut(&mut T, f64)) {
        let array = values.downcast_as_array();
        match values.null_count() {
            0 => self.each(slots, empty, |row| Some(array.values()[row]), take),
            _ => self.each(slots, empty, |row| array.get(row), take),
        }
    }
}

fn replace<T: PartialOrd + Copy>(which: Extreme, best: &mut Option<T>, new: T) {
    if best.is_none_or(|old| which.prefers(&new, &old)) {
        *best = Some(new);
    }
}
