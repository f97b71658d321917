//! The rows of one input of an interval join that may still meet others: by key and time.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use headwater::Expr;
use polars::prelude::{DataFrame, IdxCa, NewChunkedArray, PlSmallStr};

use super::super::keys::each_key;
use crate::operators::StateSize;
use crate::operators::event_time::event_times;
use crate::operators::rows_in::held;
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::frames::{load_frame, save_frame};
use crate::{Batch, Result};

/// Frames are put together once there are so many: looking a row up in many small ones costs more.
const CHUNKS: usize = 16;
/// Rows that are forgotten are cleared away when there are so many, and no fewer than the others.
const CLEARED: usize = 4_096;

/// Rows that wait for partners.
#[derive(Debug)]
pub(super) struct Side {
    /// The rows, those that are forgotten but not cleared away yet included.
    pub(super) rows: DataFrame,
    forgotten: usize,
    /// Of each key the rows that wait, by time.
    by_key: HashMap<Arc<[u8]>, VecDeque<Waiting>>,
    /// The keys of the rows that wait, by time: a key as often as it has rows.
    by_time: BTreeMap<i64, Vec<Arc<[u8]>>>,
}

/// A row that waits.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    time: i64,
    row: u32,
    /// Whether it has met a row.
    met: bool,
}

impl Side {
    /// No rows yet, with the columns of `like`.
    pub(super) fn new(like: &DataFrame) -> Self {
        Side { rows: like.clear(), forgotten: 0, by_key: HashMap::new(), by_time: BTreeMap::new() }
    }

    /// Appends the rows with this key and a time in `from..=to` to `found`; they have met a row now.
    pub(super) fn meet(&mut self, key: &[u8], from: i64, to: i64, found: &mut Vec<u32>) {
        let Some(waiting) = self.by_key.get_mut(key) else { return };
        let first = waiting.partition_point(|own| own.time < from);
        for own in waiting.range_mut(first..).take_while(|own| own.time <= to) {
            own.met = true;
            found.push(own.row);
        }
    }

    /// Keeps rows of `frame`: places in it, with time, key, and whether they have met a row.
    pub(super) fn keep(&mut self, frame: &DataFrame, kept: Vec<(u32, i64, Box<[u8]>, bool)>) -> Result<()> {
        if kept.is_empty() {
            return Ok(());
        }
        let places: Vec<u32> = kept.iter().map(|(place, ..)| *place).collect();
        let first = self.rows.height() as u32;
        self.rows.vstack_mut(&frame.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &places))?)?;
        if self.rows.first_col_n_chunks() > CHUNKS {
            self.rows.rechunk_mut();
        }
        for (row, (_, time, key, met)) in (first..).zip(kept) {
            self.wait(key.into(), Waiting { time, row, met });
        }
        Ok(())
    }

    fn wait(&mut self, key: Arc<[u8]>, own: Waiting) {
        let key = match self.by_key.get_key_value(&key) {
            Some((known, _)) => Arc::clone(known),
            None => key,
        };
        self.by_time.entry(own.time).or_default().push(Arc::clone(&key));
        let waiting = self.by_key.entry(key).or_default();
        let place = waiting.partition_point(|other| other.time <= own.time);
        waiting.insert(place, own);
    }

    /// Forgets the rows at or before `watermark - span`, in the order of their times; gives those that have met none: place and key.
    pub(super) fn forget(&mut self, watermark: i64, span: i64) -> Vec<(u32, Arc<[u8]>)> {
        let mut alone = Vec::new();
        while let Some(first) = self.by_time.first_entry() {
            if first.key().saturating_add(span) > watermark {
                break;
            }
            let (time, keys) = first.remove_entry();
            for key in keys {
                let Some(waiting) = self.by_key.get_mut(&key) else { continue };
                // All earlier ones are gone already, so the first is of this time.
                if let Some(own) = waiting.pop_front_if(|own| own.time == time) {
                    self.forgotten += 1;
                    if waiting.is_empty() {
                        self.by_key.remove(&key);
                    }
                    if !own.met {
                        alone.push((own.row, key));
                    }
                }
            }
        }
        alone
    }

    /// How much waits.
    pub(super) fn size(&self) -> StateSize {
        let rows = (self.rows.height() - self.forgotten) as u64;
        let index = self.by_key.keys().map(|key| key.len() + size_of::<VecDeque<Waiting>>()).sum::<usize>() as u64;
        let each = (size_of::<Waiting>() + size_of::<Arc<[u8]>>()) as u64;
        StateSize {
            rows,
            keys: self.by_key.len() as u64,
            bytes: self.rows.estimated_size() as u64 + index + rows * each,
        }
    }

    /// Clears away rows that are forgotten, when they are many.
    pub(super) fn tidy(&mut self) -> Result<()> {
        if self.forgotten >= CLEARED && self.forgotten * 2 >= self.rows.height() {
            self.clear_away()?;
        }
        Ok(())
    }

    fn clear_away(&mut self) -> Result<()> {
        let mut left: Vec<u32> = self.by_key.values().flatten().map(|own| own.row).collect();
        left.sort_unstable();
        let mut places = vec![0_u32; self.rows.height()];
        for (new, old) in (0_u32..).zip(&left) {
            places[*old as usize] = new;
        }
        self.rows = self.rows.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &left))?;
        self.rows.rechunk_mut();
        self.by_key.values_mut().flatten().for_each(|own| own.row = places[own.row as usize]);
        self.forgotten = 0;
        Ok(())
    }

    /// Writes the rows that wait.
    pub(super) fn save(&mut self, state: &mut StateWriter) -> Result<()> {
        self.clear_away()?;
        save_frame(&self.rows, state)?;
        let mut met = vec![false; self.rows.height()];
        self.by_key.values().flatten().for_each(|own| met[own.row as usize] = own.met);
        met.into_iter().for_each(|met| state.byte(u8::from(met)));
        Ok(())
    }

    /// Reads those of a share, beside what is here: their keys are the columns `on`, their times the column `time`.
    pub(super) fn load(
        &mut self,
        (on, time): (&[String], &str),
        share: Share,
        state: &mut StateReader<'_>,
    ) -> Result<()> {
        let frame = load_frame(&self.rows.clear(), state)?;
        let keys: Vec<Expr> = on.iter().cloned().map(Expr::Column).collect();
        let held = held(&frame, &keys, share)?;
        let batch = Batch { partition: 0, frame };
        let times = event_times(&batch, time)?;
        let mut kept = Vec::new();
        each_key(&batch.frame, on, |row, key| {
            let met = state.byte()? == 1;
            match (times.get(row), key) {
                (Some(time), Some(key)) if held[row] => kept.push((row as u32, time, key.into(), met)),
                (Some(_), Some(_)) => {}
                // Only rows that have both are kept.
                _ => return Err(state.damaged()),
            }
            Ok(())
        })?;
        self.keep(&batch.frame, kept)
    }
}
