//! What a contract counts while the rows go by: bounded memory, mergeable, with enough of its course to know bursts.

use crate::cells::{CELL_WIDTH, clean};

/// Stretches that are kept apart; when there are more, neighbours become one.
const STRETCHES: usize = 64;

/// Rows and hits (rows that a check counts), stretch by stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckTally {
    rows: u64,
    hits: u64,
    /// Rows and hits of each stretch, in the order they came.
    stretches: Vec<(u64, u64)>,
    /// How many pushes a stretch holds: a power of two.
    width: u64,
    pushes: u64,
    examples: Vec<String>,
    complete: bool,
}

impl Default for CheckTally {
    fn default() -> Self {
        Self { rows: 0, hits: 0, stretches: Vec::new(), width: 1, pushes: 0, examples: Vec::new(), complete: false }
    }
}

impl CheckTally {
    /// Failing rows that are kept to be shown.
    pub const EXAMPLES: usize = 3;

    /// Nothing counted yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that these are all the rows there are, not a sample: then the rate is known, and no verdict waits for more.
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Counts a batch, a window or a block: so many rows, of which so many hit. More hits than rows count as rows.
    pub fn push(&mut self, rows: u64, hits: u64) {
        if rows == 0 {
            return;
        }
        let hits = hits.min(rows);
        self.rows += rows;
        self.hits += hits;
        match self.stretches.last_mut().filter(|_| !self.pushes.is_multiple_of(self.width)) {
            Some(last) => *last = (last.0 + rows, last.1 + hits),
            None => self.stretches.push((rows, hits)),
        }
        self.pushes += 1;
        if self.stretches.len() > STRETCHES {
            self.halve();
        }
    }

    /// Keeps a row that shows what a hit looks like; only the first few are kept, so the text is made only when wanted.
    pub fn example(&mut self, text: impl FnOnce() -> String) {
        if self.wants_examples() {
            let text = clean(&text(), CELL_WIDTH);
            if !self.examples.contains(&text) {
                self.examples.push(text);
            }
        }
    }

    /// Whether fewer examples are kept than there is room for.
    pub fn wants_examples(&self) -> bool {
        self.examples.len() < Self::EXAMPLES
    }

    /// Adds what another task of the same job counted at the same time.
    pub fn merge(&mut self, other: &Self) {
        let mut other = other.clone();
        while self.width < other.width {
            self.halve();
        }
        while other.width < self.width {
            other.halve();
        }
        self.rows += other.rows;
        self.hits += other.hits;
        self.pushes = self.pushes.max(other.pushes);
        self.complete |= other.complete;
        self.stretches.resize(self.stretches.len().max(other.stretches.len()), (0, 0));
        for (mine, theirs) in self.stretches.iter_mut().zip(other.stretches) {
            *mine = (mine.0 + theirs.0, mine.1 + theirs.1);
        }
        for example in other.examples {
            self.example(|| example);
        }
    }

    fn halve(&mut self) {
        let pair = |pair: &[(u64, u64)]| pair.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        self.stretches = self.stretches.chunks(2).map(pair).collect();
        self.width *= 2;
    }

    /// Rows counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Hits counted.
    pub fn hits(&self) -> u64 {
        self.hits
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.complete
    }

    pub(crate) fn examples(&self) -> &[String] {
        &self.examples
    }

    pub(crate) fn stretches(&self) -> &[(u64, u64)] {
        &self.stretches
    }

    /// The design effect φ: how many times as much the stretches differ as independent rows would; 1 at least.
    ///
    /// With hits too rare to tell (fewer than one a stretch and a half), neighbouring stretches are taken together.
    pub(crate) fn design_effect(&self) -> f64 {
        let together = (self.stretches.len() as u64 * 3 / 2).div_ceil(self.hits.max(1)).max(1);
        let groups: Vec<(f64, f64)> = self
            .stretches
            .chunks(usize::try_from(together).unwrap_or(usize::MAX))
            .map(|group| group.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0 as f64, sum.1 + one.1 as f64)))
            .filter(|(rows, _)| *rows > 0.0)
            .collect();
        let share = self.hits as f64 / self.rows.max(1) as f64;
        if groups.len() < 2 || share <= 0.0 || share >= 1.0 {
            return 1.0;
        }
        let chi = |(rows, hits): &(f64, f64)| (hits - rows * share).powi(2) / (rows * share * (1.0 - share));
        (groups.iter().map(chi).sum::<f64>() / (groups.len() - 1) as f64).max(1.0)
    }
}
