//! What a key contract is judged by when its rows are a sample: blocks of the log tell how much bursts count.

use std::collections::HashMap;

use crate::{CheckTally, Interval, KeyEvidence, KeyRow, KeyValue, Placement};

impl KeyEvidence {
    /// The evidence of a sample's rows, for contracts about so many workers. Rows of one block were neighbours in the log.
    pub fn of_rows(rows: &[KeyRow], workers: &[u32]) -> Self {
        let mut counts: HashMap<&KeyValue, u64> = HashMap::new();
        rows.iter().for_each(|row| *counts.entry(&row.key).or_insert(0) += 1);
        let all = rows.len().max(1) as f64;
        // Of equal ones the first in order: the same in every run.
        let top = counts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let mut design_effect = top.map_or(1.0, |(top, _)| effect(rows, |row| row.key == **top));
        let workers = workers.iter().copied().filter(|workers| (1..=crate::MAX_PARALLELISM).contains(workers));
        let stragglers: Vec<(u32, f64)> = workers
            .map(|workers| {
                let slot = |key: &KeyValue| Placement::Headwater.slot(key, workers).unwrap_or(0);
                let mut slots = vec![0_u64; workers as usize];
                counts.iter().for_each(|(key, count)| slots[slot(key) as usize] += count);
                let most = slots.iter().copied().max().unwrap_or(0);
                let busiest = slots.iter().position(|rows| *rows == most).unwrap_or(0);
                design_effect = design_effect.max(effect(rows, |row| slot(&row.key) as usize == busiest));
                (workers, most as f64 * f64::from(workers) / all)
            })
            .collect();
        Self {
            rows: rows.len() as u64,
            complete: false,
            design_effect,
            top: top.map(|(key, count)| {
                let share = *count as f64 / all;
                (key.shown(), Interval { low: share, high: share })
            }),
            keys: counts.len() as u64,
            keys_to_come: counts.values().filter(|count| **count == 1).count() as f64,
            stragglers,
        }
    }
}

/// How many neighbouring rows are worth one, for the question whether a row hits.
fn effect(rows: &[KeyRow], hits: impl Fn(&KeyRow) -> bool) -> f64 {
    let mut blocks: HashMap<u32, (u64, u64)> = HashMap::new();
    for row in rows {
        let block = blocks.entry(row.block).or_default();
        *block = (block.0 + 1, block.1 + u64::from(hits(row)));
    }
    let mut blocks: Vec<(u32, (u64, u64))> = blocks.into_iter().collect();
    blocks.sort_unstable();
    let mut tally = CheckTally::new();
    blocks.into_iter().for_each(|(_, (rows, hits))| tally.push(rows, hits));
    tally.design_effect()
}
