//! What a contract counts while the rows go by: bounded memory, mergeable, with enough of its course to know bursts.

use std::collections::BTreeMap;

use crate::cells::{CELL_WIDTH, clean};
use crate::contract::course::Course;

/// Partitions whose courses are kept apart; further ones share.
const PARTITIONS: u32 = 64;

/// Rows and hits (rows that a check counts), and how they came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckTally {
    rows: u64,
    hits: u64,
    /// All of them, in the order they came.
    whole: Course,
    /// Those of each partition: that partitions differ for good is no burst.
    partitions: BTreeMap<u32, Course>,
    examples: Vec<String>,
    complete: bool,
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

    /// Counts a batch, a window or a block of a partition: so many rows, of which so many hit. More hits than rows count as rows.
    pub fn push(&mut self, partition: u32, rows: u64, hits: u64) {
        if rows == 0 {
            return;
        }
        let hits = hits.min(rows);
        self.rows += rows;
        self.hits += hits;
        self.whole.push(rows, hits);
        self.partitions.entry(partition % PARTITIONS).or_default().push(rows, hits);
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
        self.rows += other.rows;
        self.hits += other.hits;
        self.complete |= other.complete;
        self.whole.merge(&other.whole);
        for (partition, course) in &other.partitions {
            self.partitions.entry(*partition).or_default().merge(course);
        }
        for example in &other.examples {
            self.example(|| example.clone());
        }
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
        self.whole.stretches()
    }

    /// The design effect φ: how many times as much the stretches of a partition differ as independent rows would; 1 at least.
    pub(crate) fn design_effect(&self) -> f64 {
        let sums = self.partitions.values().map(Course::unevenness);
        let (chi, freedom) = sums.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if freedom > 0.0 { (chi / freedom).max(1.0) } else { 1.0 }
    }
}
