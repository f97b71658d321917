//! The parts of a large sample that are looked at first, so that there is something to see while the whole takes its time.

use headwater_exec::Tape;
use std::sync::Arc;

/// A sample of so many records is looked at in one go: that takes a moment.
const AT_ONCE: u64 = 40_000;
/// Each part is so many times as large as the one before, so that all of them together cost little beside the whole.
const TIMES: u64 = 6;

/// Growing parts of the one tape, without the whole; none when it is small. Parts of several tapes would not fit each other.
pub fn parts(tapes: &[Arc<Tape>]) -> impl Iterator<Item = Tape> + '_ {
    let [tape] = tapes else { return None.into_iter().flatten() };
    Some(parts_of(tape)).into_iter().flatten()
}

fn parts_of(tape: &Tape) -> impl Iterator<Item = Tape> + '_ {
    let records = tape.note().records;
    let mut one_in = records.div_ceil(AT_ONCE).next_power_of_two();
    std::iter::from_fn(move || {
        let part = (one_in > 1).then(|| tape.one_in(one_in))?;
        one_in /= TIMES;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use headwater_exec::RawRecord;

    fn tape(records: u64) -> Tape {
        let record = |offset| RawRecord { offset, block: (offset / 500) as u32, ..RawRecord::default() };
        Tape::from_records("orders", 1, (0..records).map(record).collect())
    }

    #[test]
    fn a_large_sample_is_looked_at_in_growing_parts_of_whole_blocks() {
        assert_eq!(parts_of(&tape(40_000)).count(), 0);
        let tape = tape(500_000);
        let sizes: Vec<u64> = parts_of(&tape).map(|part| part.note().records).collect();
        assert_eq!(sizes, [31_500, 250_000]);
        let part = parts_of(&tape).next().expect("a part");
        assert!(!part.note().whole, "{}", part.note());
        let blocks: std::collections::HashSet<u32> = part.records().iter().map(|record| record.block).collect();
        assert_eq!(blocks.len(), 63, "whole blocks, so that intervals stay honest");
    }
}
