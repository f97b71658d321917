//! A tap on a running job: counts how the keys in front of a step are spread, off the path of the rows and outside the checkpoints.

use headwater::Expr;
use headwater_profile::{KeyTap, KeyTapSummary};

use crate::expression::evaluate;
use crate::key_bytes::each_key;
use crate::{Batch, Result};

/// What a job counts of its keys while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapSettings {
    /// Which keys.
    pub count: TapCount,
    /// For how many workers the straggler factor is known.
    pub workers: Vec<u32>,
}

/// Which keys a job counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TapCount {
    /// Those of each group-by.
    Keys,
    /// Those, and every column that the job reads, each as a key of its own.
    Columns,
}

/// What a tap knows at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct TapStatus {
    /// The plan node whose input is counted.
    pub node: u32,
    /// The key, as the plan says it: `city`, `lower(city), product`.
    pub key: String,
    /// How it is spread, since the job's start.
    pub summary: KeyTapSummary,
}

/// Counts the keys of every batch.
#[derive(Clone, Debug)]
pub(crate) struct Tap {
    keys: Vec<Expr>,
    counted: KeyTap,
}

impl Tap {
    /// A tap of these columns or expressions, one key together.
    pub(crate) fn new(keys: Vec<Expr>, workers: &[u32]) -> Self {
        Tap { keys, counted: KeyTap::new(workers) }
    }

    pub(crate) fn count(&mut self, batch: &Batch) -> Result<()> {
        count_keys(&self.keys, batch, &mut self.counted)
    }

    /// Whether it counts the same as another.
    pub(crate) fn is_like(&self, other: &Tap) -> bool {
        self.keys == other.keys
    }

    /// Adds what another lane counted.
    pub(crate) fn merge(&mut self, other: &Tap) {
        self.counted.merge(&other.counted);
    }

    pub(crate) fn status(&self, node: u32) -> TapStatus {
        let key = self.keys.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ");
        TapStatus { node, key, summary: self.counted.summary() }
    }
}

/// Counts the keys of a batch.
pub(crate) fn count_keys(keys: &[Expr], batch: &Batch, counted: &mut KeyTap) -> Result<()> {
    let columns = keys.iter().map(|key| evaluate(key, &batch.frame)).collect::<Result<Vec<_>>>()?;
    each_key(&columns, |key| counted.push(key, 1))?;
    counted.end_batch(batch.partition);
    Ok(())
}
