//! How much the batches of a running stream differ in their keys: bursts count once, also in a job that keeps no rows.

use std::collections::BTreeMap;

/// Cells that keys are hashed to.
const CELLS: usize = 16;
/// Stretches that are kept apart, of all partitions together; when there are more, neighbours become one.
const STRETCHES: usize = 128;
/// Partitions that are kept apart; further ones share.
const PARTITIONS: u32 = 64;
/// Rows of a stretch at least.
const ROWS: u64 = 256;
/// Degrees of freedom that tell anything.
const ENOUGH: usize = 7;

/// Rows of each cell.
type Counts = [u64; CELLS];

/// Counts of hashed keys, stretch by stretch, of each partition for itself: a topic that is keyed has other keys in each of them, and
/// that is no burst.
#[derive(Debug, Clone)]
pub(crate) struct Bursts {
    /// The batch that has not ended.
    batch: Counts,
    partitions: BTreeMap<u32, Stretches>,
    /// Rows that a stretch has at least now: doubled whenever neighbours became one.
    rows: u64,
}

#[derive(Debug, Clone, Default)]
struct Stretches {
    ended: Vec<Counts>,
    open: Counts,
}

impl Default for Bursts {
    fn default() -> Self {
        Self { batch: [0; CELLS], partitions: BTreeMap::new(), rows: ROWS }
    }
}

impl Bursts {
    /// Counts rows of a key by its hash.
    pub(crate) fn push(&mut self, hash: u32, rows: u64) {
        // The upper bits: the lower ones choose the worker.
        self.batch[(hash >> 27) as usize % CELLS] += rows;
    }

    /// A batch ends. Only between batches are stretches parted: within one, keys may come sorted or counted together.
    pub(crate) fn end_batch(&mut self, partition: u32) {
        let own = self.partitions.entry(partition % PARTITIONS).or_default();
        own.open = added(own.open, std::mem::take(&mut self.batch));
        if own.open.iter().sum::<u64>() < self.rows {
            return;
        }
        own.ended.push(std::mem::take(&mut own.open));
        if self.partitions.values().map(|own| own.ended.len()).sum::<usize>() > STRETCHES {
            self.halve();
        }
    }

    fn halve(&mut self) {
        for own in self.partitions.values_mut() {
            let pair = |pair: &[Counts]| pair.iter().fold([0; CELLS], |sum, one| added(sum, *one));
            own.ended = own.ended.chunks(2).map(pair).collect();
        }
        self.rows *= 2;
    }

    /// Adds what another task counted at the same time.
    pub(crate) fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.rows < other.rows {
            self.halve();
        }
        while other.rows < self.rows {
            other.halve();
        }
        self.batch = added(self.batch, other.batch);
        for (partition, theirs) in other.partitions {
            let own = self.partitions.entry(partition).or_default();
            own.open = added(own.open, theirs.open);
            own.ended.resize(own.ended.len().max(theirs.ended.len()), [0; CELLS]);
            own.ended.iter_mut().zip(theirs.ended).for_each(|(mine, theirs)| *mine = added(*mine, theirs));
        }
    }

    /// The design effect φ: the mean over stretches of χ² over its degrees of freedom, or that of the cell that differs most if that is
    /// more than chance; 1 at least, and with fewer than eight stretches. Each partition is compared with itself.
    pub(crate) fn design_effect(&self) -> f64 {
        let parted: usize = self.partitions.values().map(|own| own.ended.len().saturating_sub(1)).sum();
        if parted < ENOUGH {
            return 1.0;
        }
        let (mut all, mut freedom, mut cells) = (0.0, 0.0, [(0.0, 0.0); CELLS]);
        for own in self.partitions.values().filter(|own| own.ended.len() > 1) {
            own.unevenness(&mut all, &mut freedom, &mut cells);
        }
        if freedom == 0.0 {
            return 1.0;
        }
        let mean = all / freedom;
        let worst = cells.iter().filter(|(_, parted)| *parted > 0.0).map(|(chi, parted)| chi / parted);
        let worst = worst.fold(0.0, f64::max);
        // The largest of sixteen, by chance alone.
        let by_chance = 1.0 + 3.0 * (2.0 / parted as f64).sqrt();
        if worst > mean * by_chance { worst } else { mean }.max(1.0)
    }
}

impl Stretches {
    /// Adds its χ², the degrees of freedom, and of each cell both of hitting or missing it.
    fn unevenness(&self, all: &mut f64, freedom: &mut f64, cells: &mut [(f64, f64); CELLS]) {
        let sums = self.ended.iter().fold([0; CELLS], |sum, one| added(sum, *one));
        let rows = sums.iter().sum::<u64>() as f64;
        let parted = (self.ended.len() - 1) as f64;
        let filled = sums.iter().filter(|sum| **sum > 0).count();
        if filled < 2 {
            return;
        }
        *freedom += (filled - 1) as f64 * parted;
        for (cell, sum) in sums.iter().enumerate().filter(|(_, sum)| **sum > 0) {
            let share = *sum as f64 / rows;
            let apart = |stretch: &Counts| {
                let expected = stretch.iter().sum::<u64>() as f64 * share;
                (stretch[cell] as f64 - expected).powi(2) / expected
            };
            let chi: f64 = self.ended.iter().map(apart).sum();
            *all += chi;
            cells[cell].0 += chi / (1.0 - share);
            cells[cell].1 += parted;
        }
    }
}

fn added(a: Counts, b: Counts) -> Counts {
    std::array::from_fn(|cell| a[cell] + b[cell])
}
