//! Accumulators: one aggregate over every group of a table, kept column by column. Each aggregate is a file.
//!
//! What an accumulator holds depends on the rows it has seen and not on how they came: in which batches, in which order of the
//! partitions, in one table or in several that were merged. So every split of the work gives the same answer.

mod collect;
mod count;
mod distinct;
mod edge;
mod extreme;
mod quantile;
mod slots;
mod sum;
#[cfg(test)]
mod tests;
mod top_values;

use std::any::Any;
use std::fmt::Debug;

use headwater::AggFunction;
use polars::datatypes::StaticArray;
use polars::prelude::{DataType, Field};

use self::slots::Slots;
use super::bytes::{StateReader, StateWriter};
use super::datum::DatumRef;
use super::values::{Builder, Form, Values};
use crate::Result;

/// How many different values of a group are counted exactly by `count_distinct` and `top_values`.
pub const EXACT_VALUES: usize = 10_000;

/// How many different values of a group `approx_count_distinct` keeps before it estimates: what takes as much memory as its registers.
const SPARSE_VALUES: usize = 256;

/// One aggregate of every group. Groups are numbered from 0.
pub trait Accumulator: Debug + Send {
    /// The same aggregate, without groups.
    fn fresh(&self) -> Box<dyn Accumulator>;

    /// A copy.
    fn copy(&self) -> Box<dyn Accumulator>;

    /// Takes the values of rows, each for its group.
    fn update(&mut self, rows: Rows<'_>, input: &Input<'_>);

    /// Takes in what `other`, of the same aggregate, holds: its group `n` into group `into[n]`, of which there are `total` now.
    fn merge(&mut self, total: usize, other: &dyn Accumulator, into: &[u32]);

    /// Takes in what group `from` holds into group `into`, and empties `from`.
    fn join(&mut self, from: u32, into: u32);

    /// Empties a group.
    fn clear(&mut self, group: u32);

    /// Appends the results of these groups.
    fn finish(&self, order: &[u32], out: &mut Builder);

    /// An empty column for the results.
    fn builder(&self) -> Builder;

    /// Writes what these groups hold.
    fn save(&self, order: &[u32], state: &mut StateWriter);

    /// Reads what `total` groups hold into this fresh accumulator.
    ///
    /// # Errors
    /// The bytes mean no such values.
    fn load(&mut self, total: usize, state: &mut StateReader<'_>) -> Result<()>;

    /// About how many bytes it keeps.
    fn bytes(&self) -> usize;

    /// Itself, so that another of the same aggregate can take it in.
    fn as_any(&self) -> &dyn Any;
}

/// What an aggregate takes of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The values; absent for a count of rows.
    pub values: Option<&'a Values>,
    /// The event time of every row of the batch.
    pub times: &'a [i64],
    /// The partition the batch came from.
    pub partition: u32,
}

/// Rows of a batch and the group of each.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// How many groups there are now.
    pub total: usize,
    /// The group of each row.
    pub groups: &'a [u32],
    /// The rows.
    pub rows: &'a [u32],
}

impl Rows<'_> {
    /// Gives each row whose value is not null to `take`, with its group.
    fn each<V>(self, value: impl Fn(usize) -> Option<V>, mut take: impl FnMut(usize, usize, V)) {
        for (group, row) in self.groups.iter().zip(self.rows) {
            if let Some(value) = value(*row as usize) {
                take(*group as usize, *row as usize, value);
            }
        }
    }

    /// The same for integers, without a look at nulls where there are none.
    fn ints(self, values: &Values, take: impl FnMut(usize, usize, i64)) {
        let Values::Int(values) = values else { unreachable!("an accumulator is made for the form of its input") };
        let array = values.downcast_as_array();
        match values.null_count() {
            0 => self.each(|row| Some(array.values()[row]), take),
            _ => self.each(|row| array.get(row), take),
        }
    }

    /// The same for floats.
    fn floats(self, values: &Values, take: impl FnMut(usize, usize, f64)) {
        let Values::Float(values) = values else { unreachable!("an accumulator is made for the form of its input") };
        let array = values.downcast_as_array();
        match values.null_count() {
            0 => self.each(|row| Some(array.values()[row]), take),
            _ => self.each(|row| array.get(row), take),
        }
    }

    /// The same for values of any form.
    fn data(self, values: &Values, mut take: impl FnMut(usize, usize, DatumRef<'_>)) {
        match values {
            Values::Int(_) => self.ints(values, |group, row, value| take(group, row, DatumRef::Int(value))),
            Values::Float(_) => self.floats(values, |group, row, value| take(group, row, DatumRef::float(value))),
            Values::Bytes(values) => {
                let array = values.downcast_as_array();
                self.each(|row| array.get(row), |group, row, value| take(group, row, DatumRef::Bytes(value)));
            }
        }
    }
}

/// An accumulator without groups for `function` over values of this form and type, and the type of its results; none if
/// there is no such.
pub fn accumulator(
    function: AggFunction,
    input: Option<(Form, &DataType)>,
) -> Option<(Box<dyn Accumulator>, DataType)> {
    use self::{collect::Collect, count::Count, distinct::Distinct, edge::Edge, extreme::Extreme, quantile::Quantile};
    let number = |data_type: &DataType| {
        matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Float64 | DataType::Null)
    };
    let Some((form, data_type)) = input else {
        return (function == AggFunction::Count).then(|| (Slots::<Count>::boxed(()), DataType::Int64));
    };
    // A column that is always null has results of a type all the same.
    let same = if *data_type == DataType::Null { DataType::Int64 } else { data_type.clone() };
    let of = |form| if form == Form::Float { DataType::Float64 } else { DataType::Int64 };
    Some(match function {
        AggFunction::Count => (Slots::<Count>::boxed(()), DataType::Int64),
        AggFunction::Sum if number(data_type) => (sum::sums(form, sum::Result::Sum)?, of(form)),
        AggFunction::Mean if number(data_type) => (sum::sums(form, sum::Result::Mean)?, DataType::Float64),
        AggFunction::Sum | AggFunction::Mean => return None,
        AggFunction::Min => (extreme::extremes(form, Extreme::Min), same),
        AggFunction::Max => (extreme::extremes(form, Extreme::Max), same),
        AggFunction::First => (Slots::<Edge>::boxed((edge::End::First, form)), same),
        AggFunction::Last => (Slots::<Edge>::boxed((edge::End::Last, form)), same),
        AggFunction::CountDistinct => (Slots::<Distinct>::boxed(EXACT_VALUES), DataType::Int64),
        AggFunction::ApproxCountDistinct => (Slots::<Distinct>::boxed(SPARSE_VALUES), DataType::Int64),
        AggFunction::ApproxQuantile { q } if number(data_type) => (Slots::<Quantile>::boxed(q), DataType::Float64),
        AggFunction::ApproxQuantile { .. } => return None,
        AggFunction::TopValues { k } => {
            let pair = vec![Field::new("value".into(), same), Field::new("count".into(), DataType::Int64)];
            let rule = top_values::Rule { k: k as usize, form, limit: EXACT_VALUES };
            (Slots::<top_values::TopValues>::boxed(rule), DataType::List(Box::new(DataType::Struct(pair))))
        }
        AggFunction::Collect { limit } => {
            (Slots::<Collect>::boxed((limit as usize, form)), DataType::List(Box::new(same)))
        }
    })
}
