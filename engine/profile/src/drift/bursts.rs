//! How much the batches of a running stream differ in their keys: bursts count once, also in a job that keeps no rows.

/// Cells that keys are hashed to.
const CELLS: usize = 16;
/// Stretches that are kept apart; when there are more, neighbours become one.
const STRETCHES: usize = 64;
/// Rows of a stretch at least.
const ROWS: u64 = 256;
/// Stretches that tell anything.
const ENOUGH: usize = 8;

/// Counts of hashed keys, stretch by stretch.
#[derive(Debug, Clone)]
pub(crate) struct Bursts {
    stretches: Vec<[u64; CELLS]>,
    open: [u64; CELLS],
    /// Rows that a stretch has at least now: doubled whenever neighbours became one.
    rows: u64,
}

impl Default for Bursts {
    fn default() -> Self {
        Self { stretches: Vec::new(), open: [0; CELLS], rows: ROWS }
    }
}

impl Bursts {
    /// Counts rows of a key by its hash.
    pub(crate) fn push(&mut self, hash: u32, rows: u64) {
        // The upper bits: the lower ones choose the worker.
        self.open[(hash >> 27) as usize % CELLS] += rows;
    }

    /// A batch ends. Only between batches are stretches parted: within one, keys may come sorted or counted together.
    pub(crate) fn end_batch(&mut self) {
        if self.open.iter().sum::<u64>() < self.rows {
            return;
        }
        self.stretches.push(std::mem::take(&mut self.open));
        if self.stretches.len() > STRETCHES {
            self.halve();
        }
    }

    fn halve(&mut self) {
        self.stretches =
            self.stretches.chunks(2).map(|pair| pair.iter().fold([0; CELLS], |sum, one| added(sum, *one))).collect();
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
        self.open = added(self.open, other.open);
        self.stretches.resize(self.stretches.len().max(other.stretches.len()), [0; CELLS]);
        self.stretches.iter_mut().zip(other.stretches).for_each(|(mine, theirs)| *mine = added(*mine, theirs));
    }

    /// The design effect φ: the mean over stretches of χ² over its degrees of freedom, or that of the cell that differs most if that is
    /// more than chance; 1 at least, and with fewer than eight stretches.
    pub(crate) fn design_effect(&self) -> f64 {
        let sums = self.stretches.iter().fold([0; CELLS], |sum, one| added(sum, *one));
        let all: u64 = sums.iter().sum();
        let filled = sums.iter().filter(|sum| **sum > 0).count();
        if self.stretches.len() < ENOUGH || filled < 2 {
            return 1.0;
        }
        let parted = (self.stretches.len() - 1) as f64;
        let share = |cell: usize| sums[cell] as f64 / all as f64;
        let apart = |stretch: &[u64; CELLS], cell: usize| {
            let rows = stretch.iter().sum::<u64>() as f64;
            let expected = rows * share(cell);
            if expected > 0.0 { (stretch[cell] as f64 - expected).powi(2) / expected } else { 0.0 }
        };
        let of = |cell: usize| self.stretches.iter().map(|stretch| apart(stretch, cell)).sum::<f64>();
        let mean = (0..CELLS).map(of).sum::<f64>() / ((filled - 1) as f64 * parted);
        let worst = (0..CELLS).filter(|cell| share(*cell) < 1.0).map(|cell| of(cell) / (1.0 - share(cell)) / parted);
        let worst = worst.fold(0.0, f64::max);
        // The largest of sixteen, by chance alone.
        let by_chance = 1.0 + 3.0 * (2.0 / parted).sqrt();
        if worst > mean * by_chance { worst } else { mean }.max(1.0)
    }
}

fn added(a: [u64; CELLS], b: [u64; CELLS]) -> [u64; CELLS] {
    std::array::from_fn(|cell| a[cell] + b[cell])
}
