//! Windows that share slices, each made with few merges: the two stacks of a queue that knows its aggregate.

use std::collections::{BTreeMap, VecDeque};

use super::slices::Slices;
use crate::state::table::GroupTable;

/// What the next windows have in common. Before `middle` lie, for every slice, the merge of it and all slices behind it up to the
/// middle; behind the middle lies the merge of all slices. A window is one of the first merged with the second: each slice
/// is merged about three times however many windows it is in, instead of once for every window.
///
/// It holds nothing that the slices do not: it can be dropped at any time, and is made again with the next window.
#[derive(Debug)]
pub(super) struct Shared {
    /// The merges before the middle, by the start of their first slice.
    before: VecDeque<(i64, GroupTable)>,
    middle: i128,
    /// The merge of the slices in `[middle, end)`.
    behind: GroupTable,
    end: i128,
}

impl Shared {
    /// The window `[start, end)`, from its slices. Windows are asked for in order.
    pub(super) fn window(
        shared: &mut Option<Shared>,
        slices: &BTreeMap<i64, GroupTable>,
        empty: &GroupTable,
        (start, end): (i128, i128),
    ) -> GroupTable {
        let now = match shared {
            Some(shared) if start < shared.middle => {
                for (_, slice) in within(slices, shared.end, end) {
                    shared.behind.merge(slice);
                }
                shared.end = end;
                shared
            }
            _ => shared.insert(Shared::turn(slices, empty, (start, end))),
        };
        while now.before.front().is_some_and(|(slice, _)| i128::from(*slice) < start) {
            now.before.pop_front();
        }
        match now.before.front() {
            None => now.behind.copy(),
            Some((_, merged)) => {
                let mut window = merged.copy();
                window.merge(&now.behind);
                window
            }
        }
    }

    /// The middle becomes the end of this window.
    fn turn(slices: &BTreeMap<i64, GroupTable>, empty: &GroupTable, (start, end): (i128, i128)) -> Shared {
        let mut before: VecDeque<(i64, GroupTable)> = VecDeque::new();
        for (slice, table) in within(slices, start, end).rev() {
            let mut merged = table.copy();
            if let Some((_, behind)) = before.front() {
                merged.merge(behind);
            }
            before.push_front((*slice, merged));
        }
        Shared { before, middle: end, behind: empty.fresh(), end }
    }

    /// Whether it holds what was in a slice, so that a row that comes into the slice is missing in it.
    pub(super) fn holds(&self, slices: &Slices, slice: i64) -> bool {
        slices.end(slice) <= self.end
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.behind.bytes() + self.before.iter().map(|(_, table)| table.bytes()).sum::<usize>()
    }
}

/// The slices that start in `[from, to)`.
fn within(
    slices: &BTreeMap<i64, GroupTable>,
    from: i128,
    to: i128,
) -> impl DoubleEndedIterator<Item = (&i64, &GroupTable)> {
    let place = |time: i128| super::slices::clamped(time);
    let (from, to) = (place(from), place(to));
    slices.range(from..to.max(from))
}
