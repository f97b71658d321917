//! An accumulator as one slot a group: what every aggregate shares, so that each file says only what a slot holds.

use std::any::Any;
use std::fmt::Debug;

use super::{Accumulator, Input, Rows};
use crate::Result;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::values::Builder;

/// What one group holds of an aggregate.
pub(super) trait Slot: Clone + Debug + Send + 'static {
    /// What is the same for all groups: which end, which quantile, which limit.
    type Rule: Clone + Debug + Send + 'static;

    /// Whether slots keep bytes elsewhere; if not, they need not be asked one by one.
    const HEAP: bool = false;

    /// A group without rows.
    fn empty(rule: &Self::Rule) -> Self;

    /// Takes the values of rows.
    fn update(slots: &mut [Self], rule: &Self::Rule, rows: Rows<'_>, input: &Input<'_>);

    /// Takes in what another group holds, whose rows came later.
    fn merge(&mut self, other: &Self, rule: &Self::Rule);

    /// Appends the result.
    fn finish(&self, rule: &Self::Rule, out: &mut Builder);

    /// An empty column for the results.
    fn builder(rule: &Self::Rule) -> Builder;

    /// Writes it.
    fn save(&self, state: &mut StateWriter);

    /// Reads what [`Slot::save`] wrote.
    ///
    /// # Errors
    /// The bytes mean no such slot.
    fn load(rule: &Self::Rule, state: &mut StateReader<'_>) -> Result<Self>;

    /// The bytes it keeps elsewhere, about.
    fn heap(&self) -> usize {
        0
    }
}

/// A slot for every group.
#[derive(Clone, Debug)]
pub(super) struct Slots<S: Slot> {
    rule: S::Rule,
    slots: Vec<S>,
}

impl<S: Slot> Slots<S> {
    /// Without groups.
    pub(super) fn boxed(rule: S::Rule) -> Box<dyn Accumulator> {
        Box::new(Slots::<S> { rule, slots: Vec::new() })
    }

    fn grow(&mut self, total: usize) {
        if self.slots.len() < total {
            self.slots.resize(total, S::empty(&self.rule));
        }
    }
}

impl<S: Slot> Accumulator for Slots<S> {
    fn fresh(&self) -> Box<dyn Accumulator> {
        Slots::<S>::boxed(self.rule.clone())
    }

    fn copy(&self) -> Box<dyn Accumulator> {
        Box::new(self.clone())
    }

    fn update(&mut self, rows: Rows<'_>, input: &Input<'_>) {
        self.grow(rows.total);
        S::update(&mut self.slots, &self.rule, rows, input);
    }

    fn merge(&mut self, total: usize, other: &dyn Accumulator, into: &[u32]) {
        let other: &Slots<S> = other.as_any().downcast_ref().expect("accumulators of one aggregate are merged");
        self.grow(total);
        for (slot, place) in other.slots.iter().zip(into) {
            self.slots[*place as usize].merge(slot, &self.rule);
        }
    }

    fn join(&mut self, from: u32, into: u32) {
        self.grow(from.max(into) as usize + 1);
        let taken = std::mem::replace(&mut self.slots[from as usize], S::empty(&self.rule));
        self.slots[into as usize].merge(&taken, &self.rule);
    }

    fn clear(&mut self, group: u32) {
        if let Some(slot) = self.slots.get_mut(group as usize) {
            *slot = S::empty(&self.rule);
        }
    }

    fn finish(&self, order: &[u32], out: &mut Builder) {
        for group in order {
            self.slots[*group as usize].finish(&self.rule, out);
        }
    }

    fn builder(&self) -> Builder {
        S::builder(&self.rule)
    }

    fn save(&self, order: &[u32], state: &mut StateWriter) {
        for group in order {
            self.slots[*group as usize].save(state);
        }
    }

    fn load(&mut self, total: usize, state: &mut StateReader<'_>) -> Result<()> {
        for _ in 0..total {
            self.slots.push(S::load(&self.rule, state)?);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        let heap = if S::HEAP { self.slots.iter().map(S::heap).sum() } else { 0 };
        self.slots.capacity() * size_of::<S>() + heap
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
