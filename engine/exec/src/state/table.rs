//! A table of groups: the keys, and for each aggregate what has been accumulated of every key.

use super::accumulator::{Accumulator, Input, Rows};
use super::bytes::{StateReader, StateWriter};
use super::groups::{Encoder, Groups, decode, encode};
use super::values::Builder;
use crate::Result;

/// Groups by key with their aggregates.
#[derive(Debug)]
pub struct GroupTable {
    groups: Groups,
    accumulators: Vec<Box<dyn Accumulator>>,
}

impl GroupTable {
    /// Without groups. Only tables of the same aggregates can be merged.
    pub fn new(accumulators: impl IntoIterator<Item = Box<dyn Accumulator>>) -> Self {
        GroupTable { groups: Groups::default(), accumulators: accumulators.into_iter().collect() }
    }

    /// A table like this, without groups.
    pub fn fresh(&self) -> Self {
        let accumulators = self.accumulators.iter().map(|accumulator| accumulator.fresh()).collect();
        GroupTable { groups: Groups::default(), accumulators }
    }

    /// A copy.
    pub fn copy(&self) -> Self {
        let accumulators = self.accumulators.iter().map(|accumulator| accumulator.copy()).collect();
        GroupTable { groups: self.groups.clone(), accumulators }
    }

    /// The keys.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// Accumulates these rows of a batch: by its keys, and one input an aggregate.
    pub fn update(&mut self, keys: &[Encoder<'_>], rows: &[u32], inputs: &[Input<'_>]) {
        let mut key = Vec::new();
        let mut numbers = Vec::with_capacity(rows.len());
        for row in rows {
            key.clear();
            encode(keys, *row as usize, &mut key);
            numbers.push(self.groups.number(&key));
        }
        let rows = Rows { total: self.groups.len(), groups: &numbers, rows };
        for (accumulator, input) in self.accumulators.iter_mut().zip(inputs) {
            accumulator.update(rows, input);
        }
    }

    /// Takes in the groups of another table.
    pub fn merge(&mut self, other: &GroupTable) {
        let into: Vec<u32> =
            (0..other.groups.len()).map(|number| self.groups.number_in(&other.groups, number as u32)).collect();
        for (own, theirs) in self.accumulators.iter_mut().zip(&other.accumulators) {
            own.merge(self.groups.len(), theirs.as_ref(), &into);
        }
    }

    /// Appends the keys and the results of these groups.
    pub fn finish(&self, order: &[u32], keys: &mut [Builder], results: &mut [Builder]) {
        for group in order {
            decode(self.groups.key(*group), keys).expect("a key in memory is one that was encoded");
        }
        for (accumulator, out) in self.accumulators.iter().zip(results) {
            accumulator.finish(order, out);
        }
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.groups.bytes() + self.accumulators.iter().map(|accumulator| accumulator.bytes()).sum::<usize>()
    }

    /// Writes it.
    pub fn save(&self, state: &mut StateWriter) {
        let all: Vec<u32> = (0..self.groups.len()).map(|number| number as u32).collect();
        self.save_some(&all, state);
    }

    fn save_some(&self, order: &[u32], state: &mut StateWriter) {
        self.groups.save(order, state);
        for accumulator in &self.accumulators {
            accumulator.save(order, state);
        }
    }

    /// A table of these groups only.
    ///
    /// # Errors
    /// Never, unless what is written cannot be read.
    pub fn only(&self, order: &[u32], keys: &mut [Builder]) -> Result<GroupTable> {
        let mut state = StateWriter::new(0);
        self.save_some(order, &mut state);
        let mut table = self.fresh();
        table.load(keys, &mut StateReader::new("a table", &state.finish(), 0)?)?;
        Ok(table)
    }

    /// Reads what [`GroupTable::save`] wrote into this fresh table, whose keys must fit `keys`.
    ///
    /// # Errors
    /// The bytes mean no such table.
    pub fn load(&mut self, keys: &mut [Builder], state: &mut StateReader<'_>) -> Result<()> {
        self.groups.load(state)?;
        let total = self.groups.len();
        // Nothing later can find that a key is none of this plan's.
        if (0..total).any(|number| decode(self.groups.key(number as u32), keys).is_none()) {
            return Err(state.damaged());
        }
        for accumulator in &mut self.accumulators {
            accumulator.load(total, state)?;
        }
        Ok(())
    }
}
