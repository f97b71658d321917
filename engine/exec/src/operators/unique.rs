//! Keeps the first row of each key within a length of event time.

use std::collections::VecDeque;

use hashbrown::HashMap;
use headwater::Expr;
use polars::prelude::{DataFrame, Series};

use super::aggregation::put_late_aside;
use super::event_time::event_times;
use super::rows_in::{held_rows, picked};
use super::{Operator, Output, Report, StateSize};
use crate::expression::evaluate;
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::groups::{decoded, encode, encoders};
use crate::state::rows::{load_rows, save_rows};
use crate::state::values::Values;
use crate::{Batch, Error, ErrorKind, Message, Result};

/// The `unique([…]).within(…)` step.
///
/// Of the rows with equal keys, ordered by event time, one is kept unless another was kept less than the given time before it. Which
/// is the first can only be said once no earlier row can come: a row comes out when the watermark reaches its event time, in the order
/// of event time (then partition, then arrival), so the answer does not depend on how the rows arrived. A row at or below the watermark
/// when it comes is late: counted, and put [aside](Message::Aside). A row without event time has no first, and is not passed on.
///
/// State: the rows above the watermark, and each key until the watermark is so far past its last kept row.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Operator, Unique};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let rows = df!("ts" => [0_i64, 5, 12], "id" => ["a", "a", "a"])?;
/// let mut unique = Unique::new("ts", vec![col("id")], 10, &rows.clear())?;
/// let mut out = Vec::new();
/// unique.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// unique.on_watermark(20, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(20)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("ts")?.i64()?.to_vec(), [Some(0), Some(12)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Unique {
    event_time: String,
    keys: Vec<Expr>,
    within: i64,
    empty: DataFrame,
    waiting: VecDeque<Waiting>,
    /// When the last row of each key was kept.
    kept: HashMap<Box<[u8]>, i64>,
    /// The same in the order of time, older ones of a key included.
    expiry: VecDeque<(i64, Box<[u8]>)>,
    watermark: i64,
    late: u64,
    again: u64,
}

/// Rows of a batch that the watermark has not reached.
#[derive(Debug)]
struct Waiting {
    partition: u32,
    frame: DataFrame,
    /// Event time and row, in order; those before `next` are out.
    order: Vec<(i64, u32)>,
    next: usize,
    keys: Vec<Box<[u8]>>,
}

const LAYOUT: u8 = 1;
const NAME: &str = "`unique`";

impl Unique {
    /// Keeps the first row of these keys within `within_ms`, of rows with the columns of `input`, a frame whose rows do not matter.
    ///
    /// # Errors
    /// A key does not fit these columns, or nothing can be within no time.
    pub fn new(event_time: impl Into<String>, keys: Vec<Expr>, within_ms: u64, input: &DataFrame) -> Result<Self> {
        let within = i64::try_from(within_ms).ok().filter(|within| *within > 0);
        let within = within
            .ok_or_else(|| Error::new(ErrorKind::Plan, format!("`unique` within {within_ms} ms is not possible")))?;
        let unique = Unique {
            event_time: event_time.into(),
            keys,
            within,
            empty: input.clear(),
            waiting: VecDeque::new(),
            kept: HashMap::new(),
            expiry: VecDeque::new(),
            watermark: i64::MIN,
            late: 0,
            again: 0,
        };
        unique.encoded(&unique.empty)?;
        Ok(unique)
    }

    /// The key of every row.
    fn encoded(&self, frame: &DataFrame) -> Result<Vec<Box<[u8]>>> {
        let key = |expr: &Expr| {
            let refused = || Error::new(ErrorKind::Plan, format!("`{expr}` cannot be a key: it is a list or a struct"));
            Values::of(&evaluate(expr, frame)?)?.ok_or_else(refused)
        };
        let columns: Vec<Values> = self.keys.iter().map(key).collect::<Result<_>>()?;
        let encoders = encoders(&columns);
        let mut bytes = Vec::new();
        Ok((0..frame.height())
            .map(|row| {
                bytes.clear();
                encode(&encoders, row, &mut bytes);
                bytes.as_slice().into()
            })
            .collect())
    }

    fn wait(&mut self, partition: u32, frame: DataFrame) -> Result<()> {
        let batch = Batch { partition, frame };
        let times = event_times(&batch, &self.event_time)?;
        let mut order: Vec<(i64, u32)> =
            times.iter().zip(0_u32..).filter_map(|(time, row)| time.map(|time| (time, row))).collect();
        order.sort_unstable();
        let keys = self.encoded(&batch.frame)?;
        if !order.is_empty() {
            self.waiting.push_back(Waiting { partition, frame: batch.frame, order, next: 0, keys });
        }
        Ok(())
    }

    /// The rows that the watermark has reached, in order: which batch, and which row of it.
    fn reached(&mut self) -> Vec<(usize, u32)> {
        let mut found: Vec<(i64, u32, usize, u32)> = Vec::new();
        for (place, waiting) in self.waiting.iter_mut().enumerate() {
            while let Some((time, row)) = waiting.order.get(waiting.next).filter(|(time, _)| *time <= self.watermark) {
                found.push((*time, waiting.partition, place, *row));
                waiting.next += 1;
            }
        }
        found.sort_unstable();
        let mut first = Vec::new();
        for (time, _, place, row) in found {
            let key = &self.waiting[place].keys[row as usize];
            let known = self.kept.get(key).is_some_and(|before| time.saturating_sub(*before) < self.within);
            if known {
                self.again += 1;
            } else {
                self.kept.insert(key.clone(), time);
                self.expiry.push_back((time, key.clone()));
                first.push((place, row));
            }
        }
        first
    }

    /// Forgets the keys that no row to come can be too near to.
    fn forget(&mut self) {
        let next = self.watermark.saturating_add(1);
        while self.expiry.front().is_some_and(|(time, _)| next.saturating_sub(*time) >= self.within) {
            let Some((time, key)) = self.expiry.pop_front() else { break };
            if self.kept.get(&key) == Some(&time) {
                self.kept.remove(&key);
            }
        }
    }
}

impl Operator for Unique {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let times = event_times(&batch, &self.event_time)?;
        let (mut late, mut kept) = (Vec::new(), Vec::new());
        for (time, row) in times.iter().zip(0_u32..) {
            match time {
                Some(time) if time <= self.watermark => late.push(row),
                Some(_) => kept.push(row),
                None => {}
            }
        }
        self.late += late.len() as u64;
        put_late_aside(&batch, late, out)?;
        let frame = if kept.len() == batch.frame.height() { batch.frame } else { picked(&batch.frame, kept)? };
        self.wait(batch.partition, frame)
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        self.watermark = self.watermark.max(watermark);
        let first = self.reached();
        if !first.is_empty() {
            // Batch by batch out of the frames, then into their order.
            let mut by_place: Vec<usize> = (0..first.len()).collect();
            by_place.sort_by_key(|at| first[*at].0);
            let mut frame = self.empty.clone();
            for same in by_place.chunk_by(|one, other| first[*one].0 == first[*other].0) {
                let rows = same.iter().map(|at| first[*at].1).collect();
                frame.vstack_mut(&picked(&self.waiting[first[same[0]].0].frame, rows)?)?;
            }
            let mut order = vec![0_u32; first.len()];
            for (from, to) in by_place.into_iter().enumerate() {
                order[to] = from as u32;
            }
            out.push(Message::Batch(Batch { partition: 0, frame: picked(&frame, order)? }));
        }
        self.waiting.retain(|waiting| waiting.next < waiting.order.len());
        self.forget();
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.int(self.watermark);
        state.count(self.expiry.len());
        for (time, key) in &self.expiry {
            state.int(*time);
            state.run(key);
        }
        state.count(self.waiting.len());
        for waiting in &self.waiting {
            let mut rows: Vec<u32> = waiting.order[waiting.next..].iter().map(|(_, row)| *row).collect();
            rows.sort_unstable();
            state.int(i64::from(waiting.partition));
            save_rows(&picked(&waiting.frame, rows)?, &mut state)?;
        }
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let mut watermark = None;
        let like = self.keys.iter().map(|key| evaluate(key, &self.empty)).collect::<Result<Vec<Series>>>()?;
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            watermark = state.watermark(watermark)?;
            let mut kept: Vec<(i64, Box<[u8]>)> = Vec::new();
            for _ in 0..state.count()? {
                kept.push((state.int()?, state.run()?.into()));
            }
            let keys = decoded(kept.iter().map(|(_, key)| &**key), &like)?.ok_or_else(|| state.damaged())?;
            let held = share.holds(&keys, kept.len())?;
            self.expiry.extend(kept.into_iter().zip(held).filter(|(_, held)| *held).map(|(own, _)| own));
            for _ in 0..state.count()? {
                let partition = u32::try_from(state.int()?).map_err(|_| state.damaged())?;
                let frame = load_rows(&self.empty, &mut state)?;
                self.wait(partition, held_rows(frame, &self.keys, share)?)?;
            }
            state.finish()?;
        }
        self.expiry.make_contiguous().sort_unstable();
        self.kept.extend(self.expiry.iter().map(|(time, key)| (key.clone(), *time)));
        self.watermark = watermark.unwrap_or(i64::MIN);
        Ok(())
    }

    fn report(&self) -> Report {
        Report { late: self.late, again: self.again, ..Report::default() }
    }

    fn keys(&self) -> Option<Vec<Expr>> {
        Some(self.keys.clone())
    }

    fn state_size(&self) -> StateSize {
        let rows: usize = self.waiting.iter().map(|waiting| waiting.order.len() - waiting.next).sum();
        let frames: usize = self.waiting.iter().map(|waiting| waiting.frame.estimated_size()).sum();
        let keys: usize = self.expiry.iter().map(|(_, key)| 2 * key.len() + 64).sum();
        StateSize { rows: rows as u64, keys: self.kept.len() as u64, bytes: (frames + keys) as u64 }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::operators::{EventTime, Judged};
    use crate::tests::model::{self, Row, cuts, drive, hostile_rows, orderly_rows, watermarks};
    use crate::tests::script::{frame, run};

    #[test]
    fn the_first_by_event_time_is_kept_until_the_time_is_over() {
        let keys = vec![Expr::Column("k".into())];
        insta::assert_snapshot!(run(
            || Box::new(Unique::new("ts", keys.clone(), 10, &frame(&["ts:i k:s n:i"])).unwrap()),
            "
            batch 0
              ts:i  k:s  n:i
              7     a    1
              3     a    2
              4     b    3
              .     a    4
            watermark 2
            batch 1
              ts:i  k:s  n:i
              3     .    5
              2     a    6
            watermark 5
            barrier
            watermark 12
            recovery
            batch 1
              ts:i  k:s  n:i
              12    a    7
              13    a    8
              13    .    9
            watermark max
        "
        ));
    }

    #[test]
    fn nothing_is_within_no_time_and_a_list_is_no_key() {
        let input = model::frame(&[]);
        assert!(Unique::new("ts", vec![], 0, &input).is_err());
        assert!(Unique::new("ts", vec![Expr::Column("nothing".into())], 1, &input).is_err());
    }

    #[test]
    fn keys_are_forgotten_when_their_time_is_over() {
        let mut unique = Unique::new("ts", vec![Expr::Column("ts".into())], 50, &frame(&["ts:i"])).unwrap();
        for time in 0..500_i64 {
            let frame = frame(&["ts:i", &time.to_string()]);
            unique.on_batch(Batch { partition: 0, frame }, &mut Vec::new()).unwrap();
            unique.on_watermark(time, &mut Vec::new()).unwrap();
        }
        assert_eq!((unique.state_size().keys, unique.state_size().rows), (49, 0));
    }

    /// The rows that are kept, and how many are late.
    fn expected(within: i64, rows: &[Row], delay: i64) -> (Vec<String>, u64) {
        let timed: Vec<(usize, &Row, i64)> = rows
            .iter()
            .zip(watermarks(rows, delay))
            .enumerate()
            .map(|(n, (row, watermark))| (n, row, watermark))
            .collect();
        let late = timed.iter().filter(|(_, row, watermark)| row.ts.is_some_and(|ts| ts <= *watermark)).count();
        let mut in_time: Vec<_> =
            timed.into_iter().filter(|(_, row, watermark)| row.ts.is_some_and(|ts| ts > *watermark)).collect();
        in_time.sort_by_key(|(n, row, _)| (row.ts, row.partition, *n));
        let mut kept: BTreeMap<Option<String>, i64> = BTreeMap::new();
        let mut lines = Vec::new();
        for (_, row, _) in in_time {
            let time = row.ts.unwrap();
            if kept.get(&row.k).is_none_or(|before| time - before >= within) {
                kept.insert(row.k.clone(), time);
                lines.extend(model::lines(&model::frame(std::slice::from_ref(row))));
            }
        }
        lines.sort();
        (lines, late as u64)
    }

    fn operators(within: u64, delay: u64) -> Vec<Box<dyn Operator>> {
        let unique = Unique::new("ts", vec![Expr::Column("k".into())], within, &model::frame(&[])).unwrap();
        vec![Box::new(EventTime::new("ts", delay, model::PARTITIONS, Judged::Exactly)), Box::new(unique)]
    }

    proptest! {
        #![proptest_config(model::config())]

        /// Over hostile rows, cut into any batches and restored at any of them, the rows that are kept and those that are late are what
        /// sorting them says.
        #[test]
        fn any_split_and_any_restore_give_the_naive_answer(
            within in prop_oneof![1_u64..5, 1_u64..100],
            rows in hostile_rows(),
            cuts in cuts(),
            delay in prop_oneof![Just(0_u64), 1..60_u64],
        ) {
            let ran = drive(|| operators(within, delay), &rows, &cuts);
            prop_assert_eq!((ran.rows, ran.late), expected(within as i64, &rows, delay as i64));
        }

        /// Rows within the delay give the same however their partitions interleave.
        #[test]
        fn any_interleaving_of_partitions_gives_the_same_answer(
            within in 1_u64..60,
            (rows, interleaved) in orderly_rows(25),
            cuts in cuts(),
        ) {
            let (one, other) = (drive(|| operators(within, 25), &rows, &[]), drive(|| operators(within, 25), &interleaved, &cuts));
            prop_assert_eq!(one.late + other.late, 0);
            prop_assert_eq!(one.rows, other.rows);
        }
    }
}
