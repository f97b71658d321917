//! Windows added up to blocks of 1, 2, 4, … 64, one behind the other; and what the baseline's blocks say about bursts.

use crate::drift::evidence::SCALES;

/// The open block of each scale.
#[derive(Debug, Clone)]
pub(crate) struct Scales {
    open: [Block; SCALES],
    windows: u64,
}

/// Windows added up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Block {
    pub(crate) sums: Vec<f64>,
    pub(crate) weight: f64,
    pub(crate) windows: u64,
    /// The number of its first window.
    pub(crate) first: u64,
}

impl Block {
    pub(crate) fn add(&mut self, window: u64, numbers: &[f64], weight: f64) {
        self.sums.resize(numbers.len(), 0.0);
        self.sums.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += number);
        self.weight += weight;
        self.first = if self.windows == 0 { window } else { self.first };
        self.windows += 1;
    }

    fn clear(&mut self) {
        self.sums.fill(0.0);
        (self.weight, self.windows) = (0.0, 0);
    }
}

impl Scales {
    pub(crate) fn new() -> Self {
        Self { open: std::array::from_fn(|_| Block::default()), windows: 0 }
    }

    /// Takes a window by its number; tells each block that ends with it, and its scale.
    pub(crate) fn push(&mut self, window: u64, numbers: &[f64], weight: f64, mut closed: impl FnMut(usize, &Block)) {
        self.windows += 1;
        for (scale, block) in self.open.iter_mut().enumerate() {
            block.add(window, numbers, weight);
            if self.windows.is_multiple_of(1 << scale) {
                if block.weight > 0.0 {
                    closed(scale, block);
                }
                block.clear();
            }
        }
    }

    /// The open block of the largest scale.
    pub(crate) fn longest(&self) -> &Block {
        &self.open[SCALES - 1]
    }

    /// Begins all blocks anew: what was found once is not found again in every larger block that holds it.
    pub(crate) fn clear(&mut self) {
        self.open.iter_mut().for_each(Block::clear);
    }
}

/// Blocks that a design effect is measured from at least, and degrees of freedom they have together.
const BLOCKS: f64 = 4.0;
const FREEDOM: f64 = 16.0;

/// Measures the design effect φ of shares whose truth is taken to be known: the mean of χ² over its degrees of freedom.
#[derive(Debug, Clone)]
pub(crate) struct PhiMeter {
    shares: Vec<f64>,
    /// One cell is a rate: the other cell is what is left.
    rate: bool,
    scales: Scales,
    chi: [f64; SCALES],
    blocks: [f64; SCALES],
    /// χ² of each cell by itself, in single windows.
    cells: Vec<f64>,
}

impl PhiMeter {
    pub(crate) fn new(shares: Vec<f64>) -> Self {
        let (rate, cells) = (shares.len() == 1, vec![0.0; shares.len()]);
        Self { shares, rate, scales: Scales::new(), chi: [0.0; SCALES], blocks: [0.0; SCALES], cells }
    }

    pub(crate) fn push(&mut self, counts: &[f64], rows: f64) {
        let (chi, blocks, shares, rate) = (&mut self.chi, &mut self.blocks, &self.shares, self.rate);
        for ((sum, count), share) in self.cells.iter_mut().zip(counts).zip(&self.shares) {
            let spread = rows * share * (1.0 - share);
            *sum += if spread > 0.0 { (count - rows * share).powi(2) / spread } else { 0.0 };
        }
        self.scales.push(0, counts, rows, |scale, block| {
            blocks[scale] += 1.0;
            let rows = block.weight;
            let cell = |(sum, share): (&f64, &f64)| {
                let spread = if rate { share * (1.0 - share) } else { *share };
                if spread > 0.0 { (sum - rows * share).powi(2) / (rows * spread) } else { 0.0 }
            };
            chi[scale] += block.sums.iter().zip(shares).map(cell).sum::<f64>();
        });
    }

    /// φ of each scale that has enough blocks, 1 at least. The shares were estimated from the same blocks, which takes one of
    /// them away.
    pub(crate) fn phi(&self) -> Vec<f64> {
        let filled = self.shares.iter().filter(|share| **share > 0.0).count();
        let freedom = if self.rate { filled } else { filled.saturating_sub(1) } as f64;
        let measured = |(chi, blocks): (&f64, &f64)| {
            let enough = *blocks >= BLOCKS && (blocks - 1.0) * freedom >= FREEDOM;
            enough.then(|| (chi / (freedom * (blocks - 1.0))).max(1.0))
        };
        let phi: Vec<f64> = self.chi.iter().zip(&self.blocks).map_while(measured).collect();
        if phi.is_empty() { vec![1.0] } else { phi }
    }
}

impl PhiMeter {
    /// How many times as large φ is for each cell as for all together, where that is more than chance (two standard errors).
    pub(crate) fn uneven(&self) -> Vec<f64> {
        let blocks = self.blocks[0];
        if blocks < BLOCKS * 2.0 {
            return Vec::new();
        }
        let all = self.phi().first().copied().unwrap_or(1.0);
        let sure = 1.0 + 2.0 * (2.0 / blocks).sqrt();
        let of = |sum: &f64| Some(sum / (blocks - 1.0) / all).filter(|ratio| *ratio > sure).unwrap_or(1.0);
        self.cells.iter().map(of).collect()
    }
}

/// Mean and deviation of a number that each window has one of.
#[derive(Debug, Clone, Default)]
pub(crate) struct MeanMeter {
    windows: f64,
    mean: f64,
    squares: f64,
    /// Sums of four windows each: what lasts longer than a window shows there.
    open: (u32, f64),
    fours: (f64, f64, f64),
}

/// Windows that a deviation is measured from at least.
const WINDOWS: f64 = 8.0;

impl MeanMeter {
    pub(crate) fn push(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        (self.windows, self.mean, self.squares) = welford((self.windows, self.mean, self.squares), number);
        self.open = (self.open.0 + 1, self.open.1 + number);
        if self.open.0 == 4 {
            self.fours = welford(self.fours, self.open.1 / 4.0);
            self.open = (0, 0.0);
        }
    }

    /// `None` with fewer than eight windows.
    pub(crate) fn statistic(&self) -> Option<crate::WindowStatistic> {
        if self.windows < WINDOWS {
            return None;
        }
        let variance = self.squares / (self.windows - 1.0);
        // With independent windows the mean of four has a quarter of the variance.
        let (fours, _, squares) = self.fours;
        let lasting = if fours >= BLOCKS { 4.0 * squares / (fours - 1.0) } else { 0.0 };
        let deviation = variance.max(lasting).sqrt();
        Some(crate::WindowStatistic { mean: self.mean, deviation, windows: self.windows as u32 })
    }
}

/// One more number for (count, mean, sum of squared distances), by Welford.
fn welford((count, mean, squares): (f64, f64, f64), number: f64) -> (f64, f64, f64) {
    let count = count + 1.0;
    let apart = number - mean;
    let mean = mean + apart / count;
    (count, mean, squares + apart * (number - mean))
}
