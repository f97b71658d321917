//! The operators, one file each, behind one small trait. They do no I/O and read no clock.

mod aggregation;
mod cast;
mod drop;
mod event_time;
mod expect;
mod expect_key;
mod expect_rate;
mod explode;
mod filter;
mod join;
mod local_aggregate;
mod rename;
mod rows_in;
#[cfg(test)]
mod script_tests;
mod select;
mod session_aggregate;
mod top;
mod union;
mod unique;
mod unnest;
mod window_aggregate;
mod with_columns;

use headwater_profile::Check;
use polars::prelude::DataFrame;

pub use aggregation::{changing, windowed};
pub use cast::Cast;
pub use drop::Drop;
pub use event_time::{EventTime, Judged};
pub use expect::Expect;
pub use expect_key::ExpectKey;
pub use expect_rate::ExpectRate;
pub use explode::Explode;
pub use filter::Filter;
pub use join::{
    IntervalJoin, IntervalSpec, JoinColumns, KeyedTable, Lookup, Partners, SidePartners, TableSlot, WindowJoin,
    WindowJoinSpec,
};
pub use local_aggregate::{LocalAggregate, Partial};
pub use rename::Rename;
pub(crate) use rows_in::picked;
pub use select::Select;
pub use session_aggregate::{SessionAggregate, SessionsOf};
pub use top::{Ranking, Top};
pub use union::Union;
pub use unique::Unique;
pub use unnest::Unnest;
pub use window_aggregate::slices::Slices;
pub use window_aggregate::{WindowAggregate, WindowedBy};
pub use with_columns::WithColumns;

use headwater::Expr;

use crate::runtime::Share;
use crate::{Batch, Error, ErrorKind, Message, Result};

/// What an operator emits is pushed here, in order.
pub type Output = Vec<Message>;

/// One step of a running pipeline. The runtime delivers messages in order; a barrier is answered with [`Operator::snapshot`].
pub trait Operator: Send {
    /// Rows have come.
    ///
    /// # Errors
    /// A failure that ends the pipeline; what concerns one value only is a null instead.
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()>;

    /// Event time has advanced. An operator that keeps no time passes the watermark on.
    ///
    /// # Errors
    /// As for [`Operator::on_batch`].
    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    /// A source partition has gone silent.
    ///
    /// # Errors
    /// As for [`Operator::on_batch`].
    fn on_idle(&mut self, partition: u32, out: &mut Output) -> Result<()> {
        out.push(Message::Idle(partition));
        Ok(())
    }

    /// Groups that an operator before this one has accumulated of its rows; see [`LocalAggregate`].
    ///
    /// # Errors
    /// This operator takes none, or as for [`Operator::on_batch`].
    fn on_partial(&mut self, _partial: Partial, _out: &mut Output) -> Result<()> {
        Err(Error::new(ErrorKind::Internal, "groups came to a step that takes rows"))
    }

    /// A barrier is about to pass: what the state does not hold is emitted now.
    ///
    /// # Errors
    /// As for [`Operator::on_batch`].
    fn on_barrier(&mut self, _out: &mut Output) -> Result<()> {
        Ok(())
    }

    /// The state as bytes, complete enough for [`Operator::restore`]; empty for a stateless operator.
    ///
    /// # Errors
    /// The state cannot be written.
    fn snapshot(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Takes up, on a fresh operator of the same plan, what [`Operator::snapshot`] gave: its own state, or those of all lanes of an
    /// earlier run, of which it keeps what belongs to the keys of its share.
    ///
    /// # Errors
    /// The bytes are of another version or damaged.
    fn restore(&mut self, _states: &[&[u8]], _share: Share) -> Result<()> {
        Ok(())
    }

    /// What of its rows decides which others they meet: rows whose keys are equal must come to the same operator, when several run
    /// side by side, each with some of the keys. None: it does not matter. No keys at all: every row must come to the same one.
    fn keys(&self) -> Option<Vec<Expr>> {
        None
    }

    /// What it has counted since it was made, beyond rows in and out.
    fn report(&self) -> Report {
        Report::default()
    }

    /// The check that it carries, with what it has counted since it was made; none for an operator that only works.
    fn check(&self) -> Option<&Check> {
        None
    }

    /// How much it keeps.
    fn state_size(&self) -> StateSize {
        StateSize::default()
    }

    /// The windows that hold rows and are not emitted yet, in the order of their ends; of sessions, in any order.
    fn open_windows(&self) -> Vec<OpenWindow> {
        Vec::new()
    }
}

/// How much an operator keeps in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StateSize {
    /// Rows that wait.
    pub rows: u64,
    /// Keys; one in several slices or sessions counts in each.
    pub keys: u64,
    /// Bytes, about.
    pub bytes: u64,
}

/// A window `[start, end)` in epoch milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenWindow {
    /// Its first millisecond.
    pub start: i64,
    /// The millisecond behind its last.
    pub end: i64,
}

/// A step at which the rows of several inputs meet. The runtime tells it which input a batch is from, gives it one watermark (the
/// minimum over the inputs that are not idle), and aligns their barriers. It may not assume that it sees every row: when it says
/// [`MergeOperator::keys`], several of it may run side by side, each with some of the keys.
pub trait MergeOperator: Send {
    /// Rows of an input, counted from 0, have come.
    ///
    /// # Errors
    /// A failure that ends the pipeline; what concerns one value only is a null instead.
    fn on_batch(&mut self, input: usize, batch: Batch, out: &mut Output) -> Result<()>;

    /// Event time has advanced in all inputs. An operator that keeps no time passes the watermark on.
    ///
    /// # Errors
    /// As for [`MergeOperator::on_batch`].
    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    /// What of an input's rows decides which others they meet: rows whose keys are equal, of whatever input, must come to the same
    /// operator. None: it does not matter.
    fn keys(&self, _input: usize) -> Option<Vec<Expr>> {
        None
    }

    /// The state as bytes; see [`Operator::snapshot`].
    ///
    /// # Errors
    /// The state cannot be written.
    fn snapshot(&mut self) -> Result<Vec<u8>> {
        Ok(Vec::new())
    }

    /// Takes up the states that [`MergeOperator::snapshot`] gave; see [`Operator::restore`].
    ///
    /// # Errors
    /// The bytes are of another version or damaged.
    fn restore(&mut self, _states: &[&[u8]], _share: Share) -> Result<()> {
        Ok(())
    }

    /// What it has counted since it was made, beyond rows in and out.
    fn report(&self) -> Report {
        Report::default()
    }

    /// See [`Operator::open_windows`].
    fn open_windows(&self) -> Vec<OpenWindow> {
        Vec::new()
    }

    /// See [`Operator::state_size`].
    fn state_size(&self) -> StateSize {
        StateSize::default()
    }
}

/// What an operator counts beyond rows in and out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows dropped because their window was already closed.
    pub late: u64,
    /// Rows without an event time.
    pub null_event_time: u64,
    /// Rows put aside because their event time is too far ahead to be true.
    pub future: u64,
    /// Rows left out because one with their key had come within the time.
    pub again: u64,
    /// Every source partition; empty if the operator keeps no event time.
    pub partitions: Vec<PartitionReport>,
}

/// How far a source partition has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionReport {
    /// The largest event time seen.
    pub newest: Option<i64>,
    /// Whether it was declared idle, and so holds no watermark back.
    pub idle: bool,
}

/// A step that looks at rows only, at each batch by itself. It is an [`Operator`] that keeps no state, and passes on no
/// batch without rows.
pub trait RowStep: Send {
    /// The rows that come out for these.
    ///
    /// # Errors
    /// The step does not fit the columns; validation of the plan should have found it.
    fn apply(&self, frame: DataFrame) -> Result<DataFrame>;
}

impl Report {
    /// Adds what the same operator in another lane has counted. A partition is one lane's; the others take it for idle.
    pub(crate) fn merge(&mut self, other: Report) {
        self.late += other.late;
        self.null_event_time += other.null_event_time;
        self.future += other.future;
        self.again += other.again;
        let known = self.partitions.len();
        for (own, theirs) in self.partitions.iter_mut().zip(&other.partitions) {
            own.newest = own.newest.max(theirs.newest);
            own.idle &= theirs.idle;
        }
        self.partitions.extend(other.partitions.into_iter().skip(known));
    }

    /// The reports of several operators in one.
    pub fn all<'a>(reports: impl IntoIterator<Item = &'a Report>) -> Report {
        let mut all = Report::default();
        for own in reports {
            all.late += own.late;
            all.null_event_time += own.null_event_time;
            all.future += own.future;
            all.again += own.again;
            all.partitions.extend(&own.partitions);
        }
        all
    }
}

impl<S: RowStep> Operator for S {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let frame = self.apply(batch.frame)?;
        if frame.height() > 0 {
            out.push(Message::Batch(Batch { partition: batch.partition, frame }));
        }
        Ok(())
    }
}
