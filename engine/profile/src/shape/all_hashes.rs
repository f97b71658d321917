//! Every different hash, as long as there is room: how many differ, exactly.

/// Hashes that are taken before the first look at how many of them differ.
const FIRST: usize = 65_536;
/// Up to so many are put in order to find the different ones.
const FEW: usize = 1_024;
/// Slots of the table that finds those of a part, which holds half as many at most.
const SLOTS: usize = 2 * FEW;

/// Hashes as they came, from time to time reduced to those that differ: a set of a million is out of the cache for every value, this
/// only when it is reduced, part by part.
#[derive(Debug, Clone)]
pub(crate) struct AllHashes {
    /// The first `different` of them differ.
    hashes: Vec<u64>,
    different: usize,
}

impl AllHashes {
    /// Of hashes that all differ.
    pub(crate) fn of(different: impl Iterator<Item = u64>) -> Self {
        let hashes: Vec<u64> = different.collect();
        Self { different: hashes.len(), hashes }
    }

    /// What they take, in hashes.
    pub(crate) fn held(&self) -> usize {
        self.hashes.len()
    }

    /// How many may come before it should be [reduced](AllHashes::reduce).
    pub(crate) fn room(&self) -> usize {
        (self.different * 2).max(FIRST).saturating_sub(self.hashes.len())
    }

    pub(crate) fn extend(&mut self, hashes: &[u64]) {
        self.hashes.extend_from_slice(hashes);
    }

    /// How many differ.
    pub(crate) fn count(&self) -> usize {
        if self.hashes.len() == self.different {
            return self.different;
        }
        let mut own = self.clone();
        own.reduce();
        own.different
    }

    /// The different ones, once [reduced](AllHashes::reduce).
    pub(crate) fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.hashes.iter().copied()
    }

    /// Forgets what came twice.
    pub(crate) fn reduce(&mut self) {
        if self.hashes.len() == self.different {
            return;
        }
        let bits = (self.hashes.len() * 2 / FEW).max(1).ilog2();
        let mut parts = by_first_bits(&self.hashes, bits);
        self.hashes.clear();
        let mut slots = vec![0; SLOTS];
        for part in &mut parts.chunks() {
            match part.len() {
                ..=FEW => keep_different(part, &mut slots, &mut self.hashes),
                // Hashes do not gather by chance.
                _ => {
                    part.sort_unstable();
                    self.hashes.extend(part.chunk_by(|one, next| one == next).map(|same| same[0]));
                }
            }
        }
        self.different = self.hashes.len();
    }
}

/// Hashes sorted by their first bits.
struct Parts {
    hashes: Vec<u64>,
    /// Where each part ends.
    ends: Vec<usize>,
}

impl Parts {
    fn chunks(&mut self) -> Vec<&mut [u64]> {
        let mut chunks = Vec::with_capacity(self.ends.len());
        let (mut rest, mut from) = (self.hashes.as_mut_slice(), 0);
        for end in &self.ends {
            let (part, others) = rest.split_at_mut(end - from);
            chunks.push(part);
            (rest, from) = (others, *end);
        }
        chunks
    }
}

fn by_first_bits(hashes: &[u64], bits: u32) -> Parts {
    // Two shifts: one by 64 would be none.
    let part = |hash: u64| (hash >> 1 >> (63 - bits)) as usize;
    let mut ends = vec![0; 1 << bits];
    hashes.iter().for_each(|hash| ends[part(*hash)] += 1);
    let mut begin = 0;
    for end in &mut ends {
        begin += std::mem::replace(end, begin);
    }
    let mut sorted = vec![0; hashes.len()];
    for hash in hashes {
        let at = &mut ends[part(*hash)];
        sorted[*at] = *hash;
        *at += 1;
    }
    Parts { hashes: sorted, ends }
}

/// A hash of 0 is taken for 1, which is as unlikely as that any other two are the same.
fn keep_different(part: &[u64], slots: &mut [u64], into: &mut Vec<u64>) {
    slots.fill(0);
    for hash in part {
        let hash = (*hash).max(1);
        let mut at = hash as usize % SLOTS;
        while slots[at] != 0 && slots[at] != hash {
            at = (at + 1) % SLOTS;
        }
        if slots[at] == 0 {
            slots[at] = hash;
            into.push(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::random::SplitMix;

    #[test]
    fn many_hashes_are_counted_as_a_set_counts_them() {
        let mut random = SplitMix::new(3);
        let hashes: Vec<u64> = (0..300_000).map(|_| crate::shape::hash::int(random.below(150_000) as i64)).collect();
        let (mut all, mut set) = (AllHashes::of(std::iter::empty()), HashSet::new());
        for part in hashes.chunks(7_000) {
            all.extend(part);
            set.extend(part.iter().copied());
            assert_eq!(all.count(), set.len());
            if all.room() == 0 {
                all.reduce();
            }
        }
        all.reduce();
        assert_eq!(all.iter().collect::<HashSet<_>>(), set);
        assert_eq!(all.held(), set.len());
    }

    proptest! {
        /// Hashes as nobody makes them: all in one part.
        #[test]
        fn any_numbers_are_counted(low in proptest::collection::vec(1_u64..3_000, 0..6_000), high in any::<bool>()) {
            let hashes: Vec<u64> = low.into_iter().map(|low| if high { !low } else { low }).collect();
            let mut all = AllHashes::of(std::iter::empty());
            all.extend(&hashes);
            all.reduce();
            let set: HashSet<u64> = hashes.into_iter().collect();
            prop_assert_eq!(all.held(), set.len());
            prop_assert_eq!(all.iter().collect::<HashSet<_>>(), set);
        }
    }
}
