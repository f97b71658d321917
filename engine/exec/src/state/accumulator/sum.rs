//! `sum` and `mean`: sums that do not depend on the order of the rows.

use super::slots::{Slot, Slots};
use super::{Accumulator, Input, Rows};
use crate::expression::{Faults, note};
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::values::{Builder, Form};

/// What is made of a sum.
#[derive(Clone, Copy, Debug)]
pub(super) enum Result {
    /// Itself.
    Sum,
    /// It, divided by how many values there were.
    Mean,
}

/// Sums of values of that form.
pub(super) fn sums(form: Form, result: Result) -> Option<Box<dyn Accumulator>> {
    match form {
        Form::Int => Some(Slots::<IntSum>::boxed(result)),
        Form::Float => Some(Slots::<FloatSum>::boxed(result)),
        Form::Bytes => None,
    }
}

/// A sum of integers in 128 bits, so that neither their order nor an overflow on the way changes a sum that fits in the end; one
/// that does not fit is null.
#[derive(Clone, Copy, Debug)]
struct IntSum {
    sum: i128,
    count: i64,
}

impl Slot for IntSum {
    type Rule = Result;

    fn empty(_: &Result) -> Self {
        IntSum { sum: 0, count: 0 }
    }

    fn update(slots: &mut [Self], _: &Result, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("a sum has a column");
        rows.ints(values, |group, _, value| {
            let slot = &mut slots[group];
            slot.sum = slot.sum.wrapping_add(i128::from(value));
            slot.count = slot.count.wrapping_add(1);
        });
    }

    fn merge(&mut self, other: &Self, _: &Result) {
        self.sum = self.sum.wrapping_add(other.sum);
        self.count = self.count.wrapping_add(other.count);
    }

    fn finish(&self, result: &Result, out: &mut Builder) {
        match result {
            Result::Sum if self.count == 0 => out.push_int(None),
            Result::Sum => {
                let sum = i64::try_from(self.sum).ok();
                note(Faults { overflow: u64::from(sum.is_none()), ..Faults::default() });
                out.push_int(sum);
            }
            Result::Mean if self.count == 0 => out.push_float(None),
            Result::Mean => out.push_float(Some(self.sum as f64 / self.count as f64)),
        }
    }

    fn builder(result: &Result) -> Builder {
        match result {
            Result::Sum => Builder::new(Form::Int),
            Result::Mean => Builder::new(Form::Float),
        }
    }

    fn save(&self, state: &mut StateWriter) {
        state.wide(self.sum);
        state.int(self.count);
    }

    fn load(_: &Result, state: &mut StateReader<'_>) -> crate::Result<Self> {
        Ok(IntSum { sum: state.wide()?, count: state.int()? })
    }
}

/// A sum of floats in twice their precision: `high` is the sum, `low` what rounding took from it (Knuth's two-sum). Two orders of the same
/// rows could differ only where terms cancel by more than 10³⁰ of their size.
#[derive(Clone, Copy, Debug)]
struct FloatSum {
    high: f64,
    low: f64,
    count: i64,
}

impl FloatSum {
    fn add(&mut self, value: f64) {
        let sum = self.high + value;
        let taken = sum - self.high;
        self.low += (self.high - (sum - taken)) + (value - taken);
        self.high = sum;
    }

    fn total(&self) -> f64 {
        // Behind an infinity, or a NaN, the low part means nothing.
        if self.high.is_finite() { self.high + self.low } else { self.high }
    }
}

impl Slot for FloatSum {
    type Rule = Result;

    fn empty(_: &Result) -> Self {
        FloatSum { high: 0.0, low: 0.0, count: 0 }
    }

    fn update(slots: &mut [Self], _: &Result, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("a sum has a column");
        rows.floats(values, |group, _, value| {
            slots[group].add(value);
            slots[group].count = slots[group].count.wrapping_add(1);
        });
    }

    fn merge(&mut self, other: &Self, _: &Result) {
        self.add(other.high);
        self.low += other.low;
        self.count = self.count.wrapping_add(other.count);
    }

    fn finish(&self, result: &Result, out: &mut Builder) {
        let total = (self.count != 0).then(|| self.total());
        out.push_float(match result {
            Result::Sum => total,
            Result::Mean => total.map(|total| total / self.count as f64),
        });
    }

    fn builder(_: &Result) -> Builder {
        Builder::new(Form::Float)
    }

    fn save(&self, state: &mut StateWriter) {
        state.float(self.high);
        state.float(self.low);
        state.int(self.count);
    }

    fn load(_: &Result, state: &mut StateReader<'_>) -> crate::Result<Self> {
        Ok(FloatSum { high: state.float()?, low: state.float()?, count: state.int()? })
    }
}
