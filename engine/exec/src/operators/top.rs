//! Keeps the rows of each window with the largest or smallest value.

use headwater::Expr;
use headwater::prelude::col;
use polars::prelude::{DataFrame, Int64Chunked};

use super::rows_in::{held_rows, picked};
use super::{Operator, Output, StateSize};
use crate::expression::evaluate;
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::state::groups::{encode, encoders};
use crate::state::rows::{load_rows, save_rows};
use crate::state::values::Values;
use crate::{Batch, Error, ErrorKind, Message, Result};

/// The `top(n).by(…)` and `bottom(n).by(…)` steps, over the rows of windows.
///
/// The rows of a window wait until the watermark says that it is complete; then those of each window (and of each key, with `per`) come
/// out, best first. Rows whose value is null come last. Of rows with the same value those come first whose other columns are smaller, from
/// the left, null first: so which rows are among the `n` does not depend on how they arrived.
///
/// State: at most about twice the rows that come out.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Operator, Ranking, Top};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let rows = df!(
///     "city" => ["Rome", "Oslo", "Bonn"], "window_start" => [0_i64, 0, 0], "window_end" => [60_i64, 60, 60], "n" => [3, 9, 9],
/// )?;
/// let ranking = Ranking { n: 2, by: col("n"), largest: true, per: vec![] };
/// let mut top = Top::new(ranking, &rows.clear())?;
/// let mut out = Vec::new();
/// top.on_batch(Batch { partition: 0, frame: rows }, &mut out)?;
/// top.on_watermark(59, &mut out)?;
/// let [Message::Batch(batch), Message::Watermark(59)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!(batch.frame.column("city")?.str()?.iter().flatten().collect::<Vec<_>>(), ["Bonn", "Oslo"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Top {
    ranking: Ranking,
    empty: DataFrame,
    waiting: DataFrame,
    /// How many rows were left when the rest was last given up.
    kept: usize,
}

/// What is ranked.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// How many rows are kept.
    pub n: u32,
    /// The value.
    pub by: Expr,
    /// Whether the largest are kept, not the smallest.
    pub largest: bool,
    /// The keys that are ranked each by itself, beside the window.
    pub per: Vec<Expr>,
}

const LAYOUT: u8 = 1;
const NAME: &str = "`top`";
/// So many more rows than the last time may wait before those that cannot be among the best are given up.
const SPARE: usize = 16_384;
const NULL: u8 = 0;

/// A row: its window and key, encoded, then the rank in it.
struct Ranked {
    group: Vec<u8>,
    rank: Vec<u8>,
    row: u32,
}

impl Top {
    /// Ranks rows with the columns of `input`, a frame whose rows do not matter; among them `window_start` and `window_end`.
    ///
    /// # Errors
    /// They are not, or a key or the value is a list or a struct.
    pub fn new(ranking: Ranking, input: &DataFrame) -> Result<Self> {
        let top = Top { ranking, empty: input.clear(), waiting: input.clear(), kept: 0 };
        top.ranked(&top.empty)?;
        Ok(top)
    }

    /// The rows of a frame, best first.
    fn ranked(&self, frame: &DataFrame) -> Result<Vec<Ranked>> {
        let mut groups = vec![column(frame, "window_end")?, column(frame, "window_start")?];
        for key in &self.ranking.per {
            groups.push(flat(key, frame)?);
        }
        let by = [flat(&self.ranking.by, frame)?];
        let rest = frame.columns().iter().filter_map(|column| Values::of(column.as_materialized_series()).transpose());
        let rest: Vec<Values> = rest.collect::<Result<_>>()?;
        let (group_of, by_of, rest_of) = (encoders(&groups), encoders(&by), encoders(&rest));
        let ranked = (0..frame.height()).map(|row| {
            let (mut group, mut rank) = (Vec::new(), Vec::new());
            encode(&group_of, row, &mut group);
            encode(&by_of, row, &mut rank);
            if self.ranking.largest {
                rank.iter_mut().for_each(|byte| *byte = !*byte);
            } else if rank[0] == NULL {
                rank[0] = u8::MAX;
            }
            encode(&rest_of, row, &mut rank);
            Ranked { group, rank, row: row as u32 }
        });
        let mut ranked: Vec<Ranked> = ranked.collect();
        ranked.sort_by(|one, other| (&one.group, &one.rank).cmp(&(&other.group, &other.rank)));
        Ok(ranked)
    }

    /// The best rows of each window and key of a frame.
    fn best(&self, frame: &DataFrame) -> Result<Vec<u32>> {
        let ranked = self.ranked(frame)?;
        let best =
            |same: &[Ranked]| same.iter().take(self.ranking.n as usize).map(|ranked| ranked.row).collect::<Vec<_>>();
        Ok(ranked.chunk_by(|one, other| one.group == other.group).flat_map(best).collect())
    }
}

/// A column in the form of state.
fn column(frame: &DataFrame, name: &str) -> Result<Values> {
    let missing = || Error::new(ErrorKind::Plan, format!("`top` needs the column `{name}` of a window"));
    let found = frame.column(name).map_err(|_| missing())?;
    Values::of(found.as_materialized_series())?.ok_or_else(missing)
}

/// An expression in the form of state.
fn flat(expr: &Expr, frame: &DataFrame) -> Result<Values> {
    let refused = || Error::new(ErrorKind::Plan, format!("`{expr}` cannot be ranked: it is a list or a struct"));
    Values::of(&evaluate(expr, frame)?)?.ok_or_else(refused)
}

impl Operator for Top {
    fn on_batch(&mut self, batch: Batch, _out: &mut Output) -> Result<()> {
        self.waiting.vstack_mut(&batch.frame)?;
        if self.waiting.height() > 2 * self.kept + SPARE {
            self.waiting = picked(&self.waiting, self.best(&self.waiting)?)?;
            self.kept = self.waiting.height();
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        if self.waiting.height() > 0 {
            let Values::Int(ends) = column(&self.waiting, "window_end")? else {
                return Err(Error::new(ErrorKind::Plan, "`window_end` is no TIMESTAMP"));
            };
            let (complete, open) = split(&ends, watermark);
            if !complete.is_empty() {
                let rows = picked(&self.waiting, complete)?;
                let frame = picked(&rows, self.best(&rows)?)?;
                self.waiting = picked(&self.waiting, open)?;
                self.kept = self.waiting.height();
                out.push(Message::Batch(Batch { partition: 0, frame }));
            }
        }
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        save_rows(&self.waiting, &mut state)?;
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let keys = self.keys().unwrap_or_default();
        self.waiting = self.empty.clone();
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            self.waiting.vstack_mut(&held_rows(load_rows(&self.empty, &mut state)?, &keys, share)?)?;
            state.finish()?;
        }
        Ok(())
    }

    fn keys(&self) -> Option<Vec<Expr>> {
        let window = [col("window_end"), col("window_start")];
        Some(window.into_iter().chain(self.ranking.per.iter().cloned()).collect())
    }

    fn state_size(&self) -> StateSize {
        let waiting = self.waiting.height() as u64;
        StateSize { rows: waiting, keys: 0, bytes: if waiting > 0 { self.waiting.estimated_size() as u64 } else { 0 } }
    }
}

/// The rows of windows that are complete, and the others. A row without a window (which none of an aggregation is) is of the last one.
fn split(ends: &Int64Chunked, watermark: i64) -> (Vec<u32>, Vec<u32>) {
    let is_complete =
        |end: Option<i64>| watermark == i64::MAX || end.is_some_and(|end| end.saturating_sub(1) <= watermark);
    let (complete, open): (Vec<_>, Vec<_>) = ends.iter().zip(0_u32..).partition(|(end, _)| is_complete(*end));
    let rows = |part: Vec<(Option<i64>, u32)>| part.into_iter().map(|(_, row)| row).collect();
    (rows(complete), rows(open))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tests::model;
    use crate::tests::script::{frame, run};

    fn ranking(n: u32, largest: bool, per: &[&str]) -> Ranking {
        let per = per.iter().map(|key| Expr::Column((*key).into())).collect();
        Ranking { n, by: Expr::Column("x".into()), largest, per }
    }

    fn script(ranking: &Ranking, script: &str) -> String {
        run(|| Box::new(Top::new(ranking.clone(), &frame(&["k:s window_start:t window_end:t x:f"])).unwrap()), script)
    }

    #[test]
    fn a_window_waits_until_it_is_complete_and_its_best_rows_come_first() {
        insta::assert_snapshot!(script(
            &ranking(2, true, &[]),
            "
            batch 0
              k:s  window_start:t  window_end:t  x:f
              a    0               60            1.0
              b    0               60            3.0
              d    60              120           7.0
              c    0               60            3.0
              .    0               60            .
            watermark 58
            barrier
            watermark 59
            recovery
            batch 0
              k:s  window_start:t  window_end:t  x:f
              e    0               60            9.0
            watermark 59
            watermark max
        "
        ));
    }

    #[test]
    fn the_smallest_of_each_key_with_nulls_last() {
        insta::assert_snapshot!(script(
            &ranking(1, false, &["k"]),
            "
            batch 0
              k:s  window_start:t  window_end:t  x:f
              b    0               60            .
              a    0               60            2.0
              a    0               60            .
              a    0               60            1.0
            watermark max
        "
        ));
    }

    #[test]
    fn rows_that_cannot_be_among_the_best_are_given_up() {
        let input = frame(&["window_start:t window_end:t x:f"]);
        let mut top = Top::new(ranking(3, true, &[]), &input).unwrap();
        let lines: Vec<String> = (0..1_000).map(|n| format!("0 60 {}.0", n % 100)).collect();
        let lines: Vec<&str> =
            ["window_start:t window_end:t x:f"].into_iter().chain(lines.iter().map(String::as_str)).collect();
        for _ in 0..40 {
            top.on_batch(Batch { partition: 0, frame: frame(&lines) }, &mut Vec::new()).unwrap();
            assert!(top.state_size().rows <= (SPARE + 1_006) as u64);
        }
        let mut out = Vec::new();
        top.on_watermark(i64::MAX, &mut out).unwrap();
        let Message::Batch(batch) = &out[0] else { panic!("{out:?}") };
        assert_eq!(model::lines(&batch.frame), ["0 60 99.0"; 3]);
        assert_eq!(top.state_size(), StateSize::default());
    }

    #[test]
    fn rows_without_a_window_are_refused() {
        assert!(Top::new(ranking(1, true, &[]), &frame(&["x:f"])).is_err());
    }

    type Row = (i64, Option<u8>, Option<i8>);

    fn rows_frame(rows: &[Row]) -> DataFrame {
        let cell = |value: Option<String>| value.unwrap_or(".".into());
        let line = |(window, k, x): &Row| {
            let (k, x) = (cell(k.map(|k| k.to_string())), cell(x.map(|x| format!("{x}.5"))));
            format!("{k} {} {} {x}", window * 60, window * 60 + 60)
        };
        let lines: Vec<String> = rows.iter().map(line).collect();
        let header = "k:s window_start:t window_end:t x:f";
        frame(&[header].into_iter().chain(lines.iter().map(String::as_str)).collect::<Vec<_>>())
    }

    proptest! {
        #![proptest_config(model::config())]

        /// Whatever the order and the batches of the rows, and restored at any of them, each window keeps the best of its rows.
        #[test]
        fn any_order_and_any_restore_give_the_naive_answer(
            rows in prop::collection::vec((0_i64..4, prop::option::of(0_u8..3), prop::option::of(-3_i8..3)), 0..40),
            cuts in prop::collection::vec((0_usize..40, any::<bool>()), 0..6),
            n in 1_u32..4,
            largest: bool,
            per: bool,
        ) {
            let keys: &[&str] = if per { &["k"] } else { &[] };
            let make = || Top::new(ranking(n, largest, keys), &rows_frame(&[])).unwrap();
            let (mut top, mut out, mut from) = (make(), Vec::new(), 0);
            for to in 1..=rows.len() {
                let here: Vec<_> = cuts.iter().filter(|cut| cut.0 == to).collect();
                if to < rows.len() && here.is_empty() {
                    continue;
                }
                top.on_batch(Batch { partition: 0, frame: rows_frame(&rows[from..to]) }, &mut out).unwrap();
                from = to;
                // Only as far as no later row's window.
                let open = rows[to..].iter().map(|row| row.0).min().unwrap_or(4);
                top.on_watermark(open * 60 - 1, &mut out).unwrap();
                if here.iter().any(|cut| cut.1) {
                    let state = top.snapshot().unwrap();
                    top = make();
                    top.restore(&[&state], Share::ALL).unwrap();
                }
            }
            top.on_watermark(i64::MAX, &mut out).unwrap();
            let batches = out.iter().filter_map(|message| if let Message::Batch(batch) = message { Some(batch) } else { None });
            let mut found: Vec<String> = batches.flat_map(|batch| model::lines(&batch.frame)).collect();
            found.sort();
            let mut groups: BTreeMap<(i64, Option<u8>), Vec<&Row>> = BTreeMap::new();
            for row in &rows {
                groups.entry((row.0, row.1.filter(|_| per))).or_default().push(row);
            }
            // A key of its own for null.
            let mut expected = Vec::new();
            for (_, mut same) in groups {
                // As a double, -1 is -1.5 and 0 is 0.5: the order is that of the integers.
                same.sort_by_key(|(_, k, x)| (x.is_none(), x.map(|x| if largest { -i16::from(x) } else { i16::from(x) }), *k));
                let best: Vec<Row> = same.into_iter().take(n as usize).copied().collect();
                expected.extend(model::lines(&rows_frame(&best)));
            }
            expected.sort();
            prop_assert_eq!(found, expected);
        }
    }
}
