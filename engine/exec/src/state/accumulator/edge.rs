//! `first` and `last`: the value at the smallest and at the largest event time.

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::datum::Datum;
use crate::state::values::{Builder, Form};

/// Which end of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The smallest event time; then the lowest partition, then the first to come.
    First,
    /// The largest event time; then the highest partition, then the last to come.
    Last,
}

impl End {
    /// Whether a row that came later, of this time and partition, takes the place of the one that is kept.
    fn prefers(self, new: (i64, u32), kept: (i64, u32)) -> bool {
        match self {
            End::First => new < kept,
            End::Last => new >= kept,
        }
    }
}

/// The value that is kept, with the event time and the partition of its row.
#[derive(Clone, Debug)]
pub(super) struct Edge(Option<((i64, u32), Datum)>);

impl Slot for Edge {
    type Rule = (End, Form);

    const HEAP: bool = true;

    fn empty(_: &Self::Rule) -> Self {
        Edge(None)
    }

    fn update(slots: &mut [Self], (end, _): &Self::Rule, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("a first or last value has a column");
        rows.data(values, |group, row, value| {
            let at = (input.times[row], input.partition);
            let slot = &mut slots[group].0;
            if slot.as_ref().is_none_or(|(kept, _)| end.prefers(at, *kept)) {
                *slot = Some((at, value.kept()));
            }
        });
    }

    fn merge(&mut self, other: &Self, (end, _): &Self::Rule) {
        if let Some((at, value)) = &other.0
            && self.0.as_ref().is_none_or(|(kept, _)| end.prefers(*at, *kept))
        {
            self.0 = Some((*at, value.clone()));
        }
    }

    fn finish(&self, _: &Self::Rule, out: &mut Builder) {
        out.push_datum(self.0.as_ref().map(|(_, value)| value));
    }

    fn builder((_, form): &Self::Rule) -> Builder {
        Builder::new(*form)
    }

    fn save(&self, state: &mut StateWriter) {
        if let Some(((time, partition), value)) = state.some(self.0.as_ref()) {
            state.int(*time);
            state.int(i64::from(*partition));
            value.save(state);
        }
    }

    fn load((_, form): &Self::Rule, state: &mut StateReader<'_>) -> Result<Self> {
        let read = |state: &mut StateReader<'_>| {
            let (time, partition) = (state.int()?, state.int()?);
            let partition = u32::try_from(partition).map_err(|_| state.damaged())?;
            Ok(((time, partition), form.datum(state)?))
        };
        Ok(Edge(state.optional(read)?))
    }

    fn heap(&self) -> usize {
        self.0.as_ref().map_or(0, |(_, value)| value.heap())
    }
}
