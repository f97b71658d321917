//! `collect`: the first values of a group by event time, as a list.

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::datum::{Datum, DatumRef};
use crate::state::values::{Builder, Form};

/// Values in the order of event time, then partition, then arrival; no more than the limit.
#[derive(Clone, Debug)]
pub(super) struct Collect(Vec<(i64, u32, Datum)>);

impl Collect {
    fn take(&mut self, at: (i64, u32), value: DatumRef<'_>, limit: usize) {
        let place = self.0.partition_point(|(time, partition, _)| (*time, *partition) <= at);
        if place < limit {
            self.0.truncate(limit - 1);
            self.0.insert(place, (at.0, at.1, value.kept()));
        }
    }
}

impl Slot for Collect {
    /// The limit, and the form of the values.
    type Rule = (usize, Form);

    const HEAP: bool = true;

    fn empty(_: &Self::Rule) -> Self {
        Collect(Vec::new())
    }

    fn update(slots: &mut [Self], (limit, _): &Self::Rule, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("collected values have a column");
        rows.data(values, |group, row, value| slots[group].take((input.times[row], input.partition), value, *limit));
    }

    fn merge(&mut self, other: &Self, (limit, _): &Self::Rule) {
        other.0.iter().for_each(|(time, partition, value)| self.take((*time, *partition), value.borrowed(), *limit));
    }

    fn finish(&self, _: &Self::Rule, out: &mut Builder) {
        out.push_list((!self.0.is_empty()).then_some(self.0.len()), |items| {
            self.0.iter().for_each(|(_, _, value)| items[0].push_datum(Some(value)));
        });
    }

    fn builder((_, form): &Self::Rule) -> Builder {
        Builder::list(vec![Builder::new(*form)])
    }

    fn save(&self, state: &mut StateWriter) {
        state.count(self.0.len());
        for (time, partition, value) in &self.0 {
            state.int(*time);
            state.int(i64::from(*partition));
            value.save(state);
        }
    }

    fn load((limit, form): &Self::Rule, state: &mut StateReader<'_>) -> Result<Self> {
        let count = state.count()?;
        if count > *limit {
            return Err(state.damaged());
        }
        let mut values = Vec::new();
        for _ in 0..count {
            let (time, partition) = (state.int()?, state.int()?);
            let partition = u32::try_from(partition).map_err(|_| state.damaged())?;
            values.push((time, partition, form.datum(state)?));
        }
        if values.is_sorted_by_key(|(time, partition, _)| (*time, *partition)) {
            Ok(Collect(values))
        } else {
            Err(state.damaged())
        }
    }

    fn heap(&self) -> usize {
        let each = size_of::<(i64, u32, Datum)>();
        self.0.capacity() * each + self.0.iter().map(|(_, _, value)| value.heap()).sum::<usize>()
    }
}
