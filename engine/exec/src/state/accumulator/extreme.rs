//! `min` and `max`: the smallest and the largest value. NaN is above every number, as in the order of keys.

use super::slots::{Slot, Slots};
use super::{Accumulator, Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::datum::{Datum, DatumRef};
use crate::state::values::{Builder, Form};

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extreme {
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

impl Extreme {
    fn prefers<T: PartialOrd + ?Sized>(self, new: &T, old: &T) -> bool {
        match self {
            Extreme::Min => new < old,
            Extreme::Max => new > old,
        }
    }
}

/// Smallest or largest values of that form.
pub(super) fn extremes(form: Form, which: Extreme) -> Box<dyn Accumulator> {
    match form {
        Form::Int => Slots::<Number>::boxed((which, Form::Int)),
        Form::Float => Slots::<Number>::boxed((which, Form::Float)),
        Form::Bytes => Slots::<Bytes>::boxed(which),
    }
}

/// The best integer, or float by the bits that compare like it.
#[derive(Clone, Copy, Debug)]
struct Number(Option<i64>);

impl Number {
    fn take(&mut self, which: Extreme, value: i64) {
        if self.0.is_none_or(|old| which.prefers(&value, &old)) {
            self.0 = Some(value);
        }
    }
}

const SIGN: u64 = 1 << 63;

impl Slot for Number {
    type Rule = (Extreme, Form);

    fn empty(_: &Self::Rule) -> Self {
        Number(None)
    }

    fn update(slots: &mut [Self], (which, form): &Self::Rule, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("an extreme has a column");
        if *form == Form::Int {
            return rows.ints(values, |group, _, value| slots[group].take(*which, value));
        }
        rows.floats(values, |group, _, value| {
            let DatumRef::Float(ordered) = DatumRef::float(value) else { return };
            slots[group].take(*which, (ordered ^ SIGN).cast_signed());
        });
    }

    fn merge(&mut self, other: &Self, (which, _): &Self::Rule) {
        if let Some(value) = other.0 {
            self.take(*which, value);
        }
    }

    fn finish(&self, (_, form): &Self::Rule, out: &mut Builder) {
        match form {
            Form::Int => out.push_int(self.0),
            _ => out.push_float(self.0.map(|value| Datum::as_float(value.cast_unsigned() ^ SIGN))),
        }
    }

    fn builder((_, form): &Self::Rule) -> Builder {
        Builder::new(*form)
    }

    fn save(&self, state: &mut StateWriter) {
        if let Some(value) = state.some(self.0) {
            state.int(value);
        }
    }

    fn load(_: &Self::Rule, state: &mut StateReader<'_>) -> Result<Self> {
        Ok(Number(state.optional(StateReader::int)?))
    }
}

/// The best text or bytes.
#[derive(Clone, Debug)]
struct Bytes(Option<Box<[u8]>>);

impl Slot for Bytes {
    type Rule = Extreme;

    const HEAP: bool = true;

    fn empty(_: &Extreme) -> Self {
        Bytes(None)
    }

    fn update(slots: &mut [Self], which: &Extreme, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("an extreme has a column");
        rows.data(values, |group, _, value| {
            let DatumRef::Bytes(new) = value else { return };
            if slots[group].0.as_deref().is_none_or(|old| which.prefers(new, old)) {
                slots[group].0 = Some(new.into());
            }
        });
    }

    fn merge(&mut self, other: &Self, which: &Extreme) {
        if let Some(new) = &other.0
            && self.0.as_deref().is_none_or(|old| which.prefers(&**new, old))
        {
            self.0 = Some(new.clone());
        }
    }

    fn finish(&self, _: &Extreme, out: &mut Builder) {
        out.push_bytes(self.0.as_deref());
    }

    fn builder(_: &Extreme) -> Builder {
        Builder::new(Form::Bytes)
    }

    fn save(&self, state: &mut StateWriter) {
        if let Some(value) = state.some(self.0.as_deref()) {
            state.run(value);
        }
    }

    fn load(_: &Extreme, state: &mut StateReader<'_>) -> Result<Self> {
        Ok(Bytes(state.optional(|state| state.run().map(Into::into))?))
    }

    fn heap(&self) -> usize {
        self.0.as_ref().map_or(0, |bytes| bytes.len())
    }
}
