//! `count` and `count_of`: how many rows, or values that are not null.

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::values::{Builder, Form};

/// How many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count(i64);

impl Slot for Count {
    type Rule = ();

    fn empty((): &()) -> Self {
        Count(0)
    }

    fn update(slots: &mut [Self], (): &(), rows: Rows<'_>, input: &Input<'_>) {
        match input.values {
            None => rows.each(|_| Some(()), |group, _, ()| slots[group].0 += 1),
            Some(values) => rows.ints(values, |group, _, _| slots[group].0 += 1),
        }
    }

    fn merge(&mut self, other: &Self, (): &()) {
        self.0 = self.0.saturating_add(other.0);
    }

    fn finish(&self, (): &(), out: &mut Builder) {
        out.push_int(Some(self.0));
    }

    fn builder((): &()) -> Builder {
        Builder::new(Form::Int)
    }

    fn save(&self, state: &mut StateWriter) {
        state.int(self.0);
    }

    fn load((): &(), state: &mut StateReader<'_>) -> Result<Self> {
        // A damaged count must not overflow with the next row.
        match state.int()? {
            count @ 0..0x1000_0000_0000_0000 => Ok(Count(count)),
            _ => Err(state.damaged()),
        }
    }
}
