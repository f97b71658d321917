//! `top_values`: the most frequent values of a group, each with how often it came.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::slots::Slot;
use super::{Input, Rows};
use crate::Result as Outcome;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::datum::{Datum, DatumRef};
use crate::state::values::{Builder, Form};

/// How many values are shown, of which form, and how many are counted exactly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) k: usize,
    pub(super) form: Form,
    pub(super) limit: usize,
}

/// How often each value came. With more than twice the limit of different values the rare ones are given up: every count falls by
/// the one of the first that goes (Misra and Gries), so that a count is too low by at most `lost`.
#[derive(Clone, Debug)]
pub(super) struct TopValues {
    counts: HashMap<Datum, u64>,
    lost: u64,
}

impl TopValues {
    fn add(&mut self, value: DatumRef<'_>, count: u64, limit: usize) {
        match self.counts.get_mut(&value) {
            Some(counted) => *counted = counted.saturating_add(count),
            None => {
                self.counts.insert(value.kept(), count);
                if self.counts.len() > 2 * limit {
                    self.give_up(limit);
                }
            }
        }
    }

    /// Keeps the `limit` most frequent.
    fn give_up(&mut self, limit: usize) {
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        counts.sort_unstable_by_key(|count| Reverse(*count));
        let given = counts[limit];
        self.lost = self.lost.saturating_add(given);
        self.counts.retain(|_, count| {
            *count -= given.min(*count);
            *count > 0
        });
    }
}

impl Slot for TopValues {
    type Rule = Rule;

    const HEAP: bool = true;

    fn empty(_: &Rule) -> Self {
        TopValues { counts: HashMap::new(), lost: 0 }
    }

    fn update(slots: &mut [Self], rule: &Rule, rows: Rows<'_>, input: &Input<'_>) {
        let values = input.values.expect("frequent values have a column");
        rows.data(values, |group, _, value| slots[group].add(value, 1, rule.limit));
    }

    fn merge(&mut self, other: &Self, rule: &Rule) {
        self.lost = self.lost.saturating_add(other.lost);
        other.counts.iter().for_each(|(value, count)| self.add(value.borrowed(), *count, rule.limit));
    }

    fn finish(&self, rule: &Rule, out: &mut Builder) {
        let mut best: Vec<(&Datum, &u64)> = self.counts.iter().collect();
        best.sort_unstable_by_key(|(value, count)| (Reverse(**count), *value));
        best.truncate(rule.k);
        out.push_list((!best.is_empty()).then_some(best.len()), |items| {
            for (value, count) in best {
                items[0].push_datum(Some(value));
                items[1].push_int(Some(i64::try_from(*count).unwrap_or(i64::MAX)));
            }
        });
    }

    fn builder(rule: &Rule) -> Builder {
        Builder::list(vec![Builder::new(rule.form), Builder::new(Form::Int)])
    }

    fn save(&self, state: &mut StateWriter) {
        let mut counts: Vec<(&Datum, &u64)> = self.counts.iter().collect();
        counts.sort_unstable();
        state.int(self.lost.cast_signed());
        state.count(counts.len());
        for (value, count) in counts {
            value.save(state);
            state.int(count.cast_signed());
        }
    }

    fn load(rule: &Rule, state: &mut StateReader<'_>) -> Outcome<Self> {
        let lost = u64::try_from(state.int()?).map_err(|_| state.damaged())?;
        let mut counts = HashMap::new();
        for _ in 0..state.count()? {
            let value = rule.form.datum(state)?;
            counts.insert(value, u64::try_from(state.int()?).map_err(|_| state.damaged())?);
        }
        Ok(TopValues { counts, lost })
    }

    fn heap(&self) -> usize {
        let each = size_of::<(Datum, u64)>() + 1;
        self.counts.capacity() * each + self.counts.keys().map(Datum::heap).sum::<usize>()
    }
}
