//! Counts by hash in one flat array: what is done for every value should not leave the cache.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use crate::shape::hash::Already;

/// Slots of the first table; a power of two.
const FIRST: usize = 64;

/// Counts by hash (open addressing), some with the text of their value.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    slots: Vec<Slot>,
    len: usize,
    texts: HashMap<u64, Box<str>, BuildHasherDefault<Already>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    /// Twice the count, and one more when the text is kept; 0: the slot is free.
    counted: u64,
}

/// What is known of a hash after it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Met(u64);

impl Met {
    pub(crate) fn count(self) -> u64 {
        self.0 >> 1
    }

    /// Whether its text is not kept yet.
    pub(crate) fn untold(self) -> bool {
        self.0 & 1 == 0
    }
}

impl Tally {
    /// How many different hashes there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Counts a hash so many times more; never zero times.
    pub(crate) fn add(&mut self, hash: u64, count: u64) -> Met {
        if self.len * 2 >= self.slots.len() {
            self.resize((self.slots.len() * 2).max(FIRST));
        }
        let at = self.place(hash);
        let slot = &mut self.slots[at];
        self.len += usize::from(slot.counted == 0);
        slot.hash = hash;
        slot.counted += count * 2;
        Met(slot.counted)
    }

    /// Keeps the text of a hash that was counted.
    pub(crate) fn tell(&mut self, hash: u64, text: Box<str>) {
        let at = self.place(hash);
        if self.slots[at].counted > 0 {
            self.slots[at].counted |= 1;
            self.texts.insert(hash, text);
        }
    }

    pub(crate) fn text(&self, hash: u64) -> Option<&str> {
        self.texts.get(&hash).map(AsRef::as_ref)
    }

    /// Every hash with its count.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.slots.iter().filter(|slot| slot.counted > 0).map(|slot| (slot.hash, slot.counted >> 1))
    }

    /// Gives every hash the count that `left` makes of its own; what is left with 0 is forgotten.
    pub(crate) fn reduce(&mut self, left: impl Fn(u64, u64) -> u64) {
        let mut kept = Vec::with_capacity(self.len);
        for slot in self.slots.iter().filter(|slot| slot.counted > 0) {
            let told = slot.counted & 1;
            match left(slot.hash, slot.counted >> 1) {
                0 if told == 1 => _ = self.texts.remove(&slot.hash),
                0 => {}
                count => kept.push(Slot { hash: slot.hash, counted: count * 2 + told }),
            }
        }
        self.slots.fill(Slot::default());
        self.len = kept.len();
        self.refill(kept);
    }

    fn resize(&mut self, slots: usize) {
        let before = std::mem::replace(&mut self.slots, vec![Slot::default(); slots]);
        self.refill(before);
    }

    fn refill(&mut self, slots: Vec<Slot>) {
        for slot in slots.into_iter().filter(|slot| slot.counted > 0) {
            let at = self.place(slot.hash);
            self.slots[at] = slot;
        }
    }

    /// Where a hash is, or the free slot where it would be; at least half of the slots are free.
    #[inline]
    fn place(&self, hash: u64) -> usize {
        let last = self.slots.len() - 1;
        let mut at = hash as usize & last;
        while self.slots[at].counted > 0 && self.slots[at].hash != hash {
            at = (at + 1) & last;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Few different hashes, of which many fall on the same slot.
        #[test]
        fn a_tally_counts_as_a_map_does(hashes in proptest::collection::vec((0_u64..40, 0_u64..4), 0..400)) {
            let (mut tally, mut map) = (Tally::default(), HashMap::<u64, u64>::new());
            for (high, low) in hashes {
                let hash = high << 40 | low;
                *map.entry(hash).or_default() += 1;
                let met = tally.add(hash, 1);
                prop_assert_eq!((met.count(), met.untold()), (map[&hash], map[&hash] <= 2));
                if met.count() == 2 {
                    tally.tell(hash, hash.to_string().into());
                }
            }
            prop_assert_eq!(tally.iter().collect::<HashMap<_, _>>(), map.clone());
            tally.reduce(|_, count| count.saturating_sub(2));
            map.values_mut().for_each(|count| *count = count.saturating_sub(2));
            map.retain(|_, count| *count > 0);
            prop_assert_eq!(tally.len(), map.len());
            prop_assert_eq!(tally.iter().collect::<HashMap<_, _>>(), map.clone());
            prop_assert_eq!(tally.texts.len(), map.len());
            prop_assert!(map.keys().all(|hash| tally.text(*hash) == Some(hash.to_string().as_str())));
        }
    }
}
