//! Joins rows of two inputs whose event times are near.

use headwater::{Expr, JoinKind};
use polars::prelude::{DataFrame, IdxCa, NewChunkedArray, PlSmallStr};

use self::side::Side;
use super::columns::JoinColumns;
use super::keys::each_key;
use super::partners::Partners;
use crate::operators::event_time::event_times;
use crate::operators::{MergeOperator, Output, Report, StateSize};
use crate::runtime::Share;
use crate::state::bytes::{StateReader, StateWriter};
use crate::{Aside, Batch, Message, Result, Why};

mod side;

/// The `join(…).within(…)` step.
///
/// A left row at `l` meets the right rows at `l - before` to `l + after`, both included. A pair comes out when the later of its rows has
/// come; with [`JoinKind::Left`] a row without a partner comes out when the watermark has reached `l + after`: nothing that could be one
/// can come any more. Then the row is forgotten, as is a right row when the watermark reaches `r + before`; so state is bounded by
/// time on both sides.
///
/// A row whose time the watermark of both inputs has reached is late: put aside and counted, since some of its partners may be gone.
/// What comes out has the left row's time, which may be `after` behind the watermark: so the watermark that is passed on is `after` less.
/// A row without event time meets nothing; as a left row of a left join it comes out at once.
///
/// ```
/// use headwater::JoinKind;
/// use headwater_exec::operators::{IntervalJoin, IntervalSpec, JoinColumns, MergeOperator};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let columns = JoinColumns {
///     kind: JoinKind::Inner,
///     left_on: vec!["id".into()],
///     right_on: vec!["id".into()],
///     right: vec![("paid".into(), "paid".into())],
/// };
/// let orders = df!("ts" => [100_i64, 100], "id" => [1_i64, 2])?;
/// let payments = df!("paid" => [105_i64, 250], "id" => [1_i64, 2])?;
/// let spec = IntervalSpec { columns, times: ["ts".into(), "paid".into()], before_ms: 0, after_ms: 60 };
/// let mut join = IntervalJoin::new(spec, [&orders, &payments]);
/// let mut out = Vec::new();
/// join.on_batch(0, Batch { partition: 0, frame: orders }, &mut out)?;
/// join.on_batch(1, Batch { partition: 0, frame: payments }, &mut out)?;
/// let [Message::Batch(batch)] = &out[..] else { panic!("{out:?}") };
/// assert!(batch.frame.equals(&df!("ts" => [100_i64], "id" => [1_i64], "paid" => [105_i64])?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct IntervalJoin {
    spec: IntervalSpec,
    left: Side,
    right: Side,
    watermark: i64,
    late: u64,
    book: Option<Partners>,
}

/// What is joined.
#[derive(Clone, Debug)]
pub struct IntervalSpec {
    /// Keys and columns.
    pub columns: JoinColumns,
    /// The event-time column of each input.
    pub times: [String; 2],
    /// How much earlier than the left row a right one may be, milliseconds.
    pub before_ms: i64,
    /// How much later, milliseconds.
    pub after_ms: i64,
}

const LAYOUT: u8 = 1;
const NAME: &str = "`join`";

/// What a batch comes to.
#[derive(Debug, Default)]
struct Met {
    /// The rows of the batch that are kept, with time, key and whether they met a row.
    kept: Vec<(u32, i64, Box<[u8]>, bool)>,
    /// Rows of the batch and, beside each, of the other side.
    own: Vec<u32>,
    others: Vec<u32>,
    /// Rows of the batch that nothing can meet.
    alone: Vec<u32>,
    late: Vec<u32>,
}

impl IntervalJoin {
    /// A join of inputs with the columns of these frames, whose rows do not matter.
    pub fn new(spec: IntervalSpec, [left, right]: [&DataFrame; 2]) -> Self {
        IntervalJoin { spec, left: Side::new(left), right: Side::new(right), watermark: i64::MIN, late: 0, book: None }
    }

    /// The same, which notes what becomes of its rows.
    #[must_use]
    pub fn noted_in(self, book: Option<Partners>) -> Self {
        IntervalJoin { book, ..self }
    }

    /// The output without rows.
    ///
    /// # Errors
    /// Two columns have the same name.
    pub fn output(&self) -> Result<DataFrame> {
        self.spec.columns.output(&self.left.rows, &self.right.rows)
    }

    fn on(&self, input: usize) -> &[String] {
        if input == 0 { &self.spec.columns.left_on } else { &self.spec.columns.right_on }
    }

    /// The times of the other input's rows that a row of this input at `time` meets.
    fn partners(&self, input: usize, time: i64) -> (i64, i64) {
        let (before, after) = (self.spec.before_ms, self.spec.after_ms);
        let (earlier, later) = if input == 0 { (before, after) } else { (after, before) };
        (time.saturating_sub(earlier), time.saturating_add(later))
    }

    /// Finds the partners of the rows of a batch.
    fn meet(&mut self, input: usize, batch: &Batch) -> Result<Met> {
        let times = event_times(batch, &self.spec.times[input])?;
        let on = self.on(input).to_vec();
        let mut met = Met::default();
        each_key(&batch.frame, &on, |row, key| {
            let (row, time) = (row as u32, times.get(row));
            if let Some(book) = &self.book {
                match time {
                    Some(time) if time <= self.watermark => book.late(input, key),
                    Some(_) => book.came(input, key),
                    None => book.without_time(input, key),
                }
            }
            match (time, key) {
                (Some(time), _) if time <= self.watermark => met.late.push(row),
                (Some(time), Some(key)) => {
                    let (from, to) = self.partners(input, time);
                    let other = if input == 0 { &mut self.right } else { &mut self.left };
                    let before = met.others.len();
                    other.meet(key, from, to, &mut met.others);
                    met.own.resize(met.others.len(), row);
                    met.kept.push((row, time, key.into(), met.others.len() > before));
                }
                _ => met.alone.push(row),
            }
            Ok(())
        })?;
        Ok(met)
    }

    fn pairs(&self, input: usize, batch: &Batch, met: &Met) -> Result<DataFrame> {
        let columns = &self.spec.columns;
        if input == 0 {
            let partners: Vec<Option<u32>> = met.others.iter().copied().map(Some).collect();
            columns.put_together((&batch.frame, &met.own), (&self.right.rows, &partners))
        } else {
            let partners: Vec<Option<u32>> = met.own.iter().copied().map(Some).collect();
            columns.put_together((&self.left.rows, &met.others), (&batch.frame, &partners))
        }
    }

    /// Left rows beside nulls.
    fn without_partner(&self, left: &DataFrame, rows: &[u32]) -> Result<DataFrame> {
        self.spec.columns.put_together((left, rows), (&self.right.rows, &vec![None; rows.len()]))
    }
}

impl MergeOperator for IntervalJoin {
    fn on_batch(&mut self, input: usize, batch: Batch, out: &mut Output) -> Result<()> {
        let met = self.meet(input, &batch)?;
        let mut emit = |frame: DataFrame| out.push(Message::Batch(Batch { partition: 0, frame }));
        if !met.own.is_empty() {
            emit(self.pairs(input, &batch, &met)?);
        }
        if input == 0 && self.spec.columns.kind == JoinKind::Left && !met.alone.is_empty() {
            emit(self.without_partner(&batch.frame, &met.alone)?);
        }
        let side = if input == 0 { &mut self.left } else { &mut self.right };
        side.keep(&batch.frame, met.kept)?;
        if !met.late.is_empty() {
            self.late += met.late.len() as u64;
            let frame = batch.frame.take(&IdxCa::from_slice(PlSmallStr::EMPTY, &met.late))?;
            out.push(Message::Aside(Aside::new(batch.partition, frame, Why::Late)));
        }
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        self.watermark = self.watermark.max(watermark);
        let alone = self.left.forget(self.watermark, self.spec.after_ms);
        let unmet = self.right.forget(self.watermark, self.spec.before_ms);
        if let Some(book) = &self.book {
            alone.iter().for_each(|(_, key)| book.alone(0, key));
            unmet.iter().for_each(|(_, key)| book.alone(1, key));
        }
        if self.spec.columns.kind == JoinKind::Left && !alone.is_empty() {
            let rows: Vec<u32> = alone.into_iter().map(|(row, _)| row).collect();
            let frame = self.without_partner(&self.left.rows, &rows)?;
            out.push(Message::Batch(Batch { partition: 0, frame }));
        }
        self.left.tidy()?;
        self.right.tidy()?;
        let reached = if watermark == i64::MAX { watermark } else { watermark.saturating_sub(self.spec.after_ms) };
        out.push(Message::Watermark(reached));
        Ok(())
    }

    fn keys(&self, input: usize) -> Option<Vec<Expr>> {
        Some(self.on(input).iter().cloned().map(Expr::Column).collect())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.int(self.watermark);
        self.left.save(&mut state)?;
        self.right.save(&mut state)?;
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let mut watermark = None;
        for state in states {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            watermark = state.watermark(watermark)?;
            let IntervalSpec { columns, times: [left, right], .. } = &self.spec;
            self.left.load((&columns.left_on, left), share, &mut state)?;
            self.right.load((&columns.right_on, right), share, &mut state)?;
            state.finish()?;
        }
        self.watermark = watermark.unwrap_or(i64::MIN);
        Ok(())
    }

    fn report(&self) -> Report {
        Report { late: self.late, ..Report::default() }
    }

    fn state_size(&self) -> StateSize {
        let (left, right) = (self.left.size(), self.right.size());
        StateSize { rows: left.rows + right.rows, keys: left.keys + right.keys, bytes: left.bytes + right.bytes }
    }
}
