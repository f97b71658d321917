//! Makes watermarks: per partition the largest event time minus the allowed out-of-orderness, then the minimum over partitions.

use headwater::{JoinBound, Plan, Step};
use polars::prelude::{DataType, Int64Chunked};

use super::rows_in::picked;
use super::{Operator, Output, PartitionReport, Report, Slices};
use crate::runtime::{Horizon, Share};
use crate::state::bytes::{StateReader, StateWriter};
use crate::{Aside, Batch, Error, ErrorKind, Message, Result, Why};

/// The `event_time` step.
///
/// Every partition of the source counts from the start, so one that has shown no row yet holds all windows back; only
/// an idle one ([`Message::Idle`]) does not, until its next batch; when all are idle, the one that is furthest counts. The
/// watermark never goes back.
///
/// Rows are judged one by one, so that what is late does not depend on how the source cut its batches: a batch is cut before a row that
/// may be late by the rows before it, and the watermark of those goes between. Other batches stay whole, and the watermark
/// follows them. Which rows may be late, [`Judged`] says.
///
/// A row without event time is counted and passed on; it moves nothing. A row beyond the [`Horizon`] is put
/// [aside](Message::Aside) and counted; it moves nothing either.
///
/// ```
/// use headwater_exec::operators::{EventTime, Judged, Operator};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let mut event_time = EventTime::new("ts", 10, 2, Judged::Exactly);
/// let mut out = Vec::new();
/// event_time.on_batch(Batch { partition: 0, frame: df!("ts" => [100_i64, 90])? }, &mut out)?;
/// assert!(matches!(out[..], [Message::Batch(_)])); // partition 1 has shown nothing yet
/// event_time.on_batch(Batch { partition: 1, frame: df!("ts" => [70_i64])? }, &mut out)?;
/// assert!(matches!(out[1..], [Message::Batch(_), Message::Watermark(60)]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct EventTime {
    column: String,
    delay_ms: i64,
    judged: Judged,
    horizon: Horizon,
    partitions: Vec<PartitionReport>,
    watermark: Option<i64>,
    null_event_time: u64,
    future: u64,
}

/// Which rows the steps behind may find late, at a given watermark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Those at it or below.
    Exactly,
    /// Those whose slice it has passed: in all other slices some window is open. Data that come in order are never cut, even when
    /// nothing may be late at all.
    By(Slices),
    /// None: no step behind looks at time.
    Never,
}

impl Judged {
    /// How the steps of a plan judge: where only windows of the same slices look at time, few rows can be late.
    pub fn by(plan: &Plan) -> Self {
        let mut judged = Judged::Never;
        for node in &plan.nodes {
            let own = match &node.step {
                Step::Source(_)
                | Step::Recall(_)
                | Step::Sink(_)
                | Step::Union
                | Step::Top { .. }
                | Step::Join { bound: None | Some(JoinBound::Lookup { .. }), .. }
                | Step::Explode { .. }
                | Step::Unnest { .. }
                | Step::EventTime { .. }
                | Step::Filter { .. }
                | Step::Select { .. }
                | Step::WithColumns { .. }
                | Step::Rename { .. }
                | Step::Drop { .. }
                | Step::Cast { .. }
                | Step::Expect { .. }
                | Step::ExpectRate { .. }
                | Step::ExpectKey { .. } => continue,
                Step::Aggregate { window: Some(window), .. } => Slices::of(window).map_or(Judged::Exactly, Judged::By),
                Step::Join { bound: Some(JoinBound::Window { window }), .. } => {
                    Slices::of(window).map_or(Judged::Exactly, Judged::By)
                }
                Step::Join { bound: Some(JoinBound::Interval { .. }), .. } => Judged::Exactly,
                Step::Aggregate { window: None, .. } | Step::Unique { .. } => Judged::Exactly,
            };
            judged = if judged == Judged::Never || judged == own { own } else { Judged::Exactly };
        }
        judged
    }
}

const LAYOUT: u8 = 1;
const NAME: &str = "`event_time`";

impl EventTime {
    /// Event time is `column` (TIMESTAMP, or BIGINT epoch milliseconds), of a source of `partitions` partitions.
    pub fn new(column: impl Into<String>, delay_ms: u64, partitions: u32, judged: Judged) -> Self {
        EventTime {
            column: column.into(),
            delay_ms: i64::try_from(delay_ms).unwrap_or(i64::MAX),
            judged,
            horizon: Horizon::new(None),
            partitions: vec![PartitionReport::default(); partitions as usize],
            watermark: None,
            null_event_time: 0,
            future: 0,
        }
    }

    /// The same, with event times that can be true up to this horizon.
    pub fn until(self, horizon: Horizon) -> Self {
        EventTime { horizon, ..self }
    }

    /// Puts the rows beyond the horizon aside; gives the others with their times.
    fn believed(&mut self, batch: Batch, times: Int64Chunked, out: &mut Output) -> Result<(Batch, Int64Chunked)> {
        let latest = self.horizon.latest();
        if !times.iter().flatten().any(|time| time > latest) {
            return Ok((batch, times));
        }
        let (mut future, mut others) = (Vec::new(), Vec::new());
        for (row, time) in (0..).zip(times.iter()) {
            if time.is_some_and(|time| time > latest) { future.push(row) } else { others.push(row) }
        }
        self.future += future.len() as u64;
        let aside = Aside::new(batch.partition, picked(&batch.frame, future)?, Why::Future);
        out.push(Message::Aside(aside));
        let batch = Batch { partition: batch.partition, frame: picked(&batch.frame, others)? };
        let times = event_times(&batch, &self.column)?;
        Ok((batch, times))
    }

    /// Emits the watermark if it has advanced.
    fn advance(&mut self, out: &mut Output) {
        let newest = |p: &PartitionReport| p.newest;
        let slowest = if self.partitions.iter().all(|p| p.idle) {
            // Nobody is waited for, so everything seen so far is complete.
            self.partitions.iter().map(newest).max()
        } else {
            // None is less than any time, so a partition without rows holds the minimum back.
            self.partitions.iter().filter(|p| !p.idle).map(newest).min()
        };
        let Some(slowest) = slowest.flatten() else { return };
        let reached = slowest.saturating_sub(self.delay_ms);
        if self.watermark.is_none_or(|before| reached > before) {
            self.watermark = Some(reached);
            out.push(Message::Watermark(reached));
        }
    }

    /// Passes a batch of partition `own` on, cut before every row that may be late by a watermark that is not out yet.
    fn cut(&mut self, own: usize, batch: Batch, times: &Int64Chunked, out: &mut Output) {
        let others = self.partitions.iter().enumerate().filter(|(index, p)| *index != own && !p.idle);
        // With a partition among them that has shown nothing there is no watermark, and nothing is late.
        let slowest = others.map(|(_, p)| p.newest).min().unwrap_or(Some(i64::MAX));
        let (mut from, mut newest) = (0, self.partitions[own].newest);
        for (row, time) in times.iter().enumerate() {
            let Some(time) = time else { continue };
            let reached = newest.min(slowest).map(|slowest| slowest.saturating_sub(self.delay_ms));
            let news = reached.filter(|reached| self.watermark.is_none_or(|before| *reached > before));
            if let Some(watermark) = news.filter(|watermark| self.may_be_late(time, *watermark)) {
                if row > from {
                    out.push(Message::Batch(slice(&batch, from, row)));
                    from = row;
                }
                self.watermark = Some(watermark);
                out.push(Message::Watermark(watermark));
            }
            newest = newest.max(Some(time));
        }
        self.partitions[own].newest = newest;
        out.push(Message::Batch(if from > 0 { slice(&batch, from, batch.frame.height()) } else { batch }));
    }

    fn may_be_late(&self, time: i64, watermark: i64) -> bool {
        match self.judged {
            Judged::Exactly => time <= watermark,
            Judged::By(slices) => slices.last(slices.start(time)) <= watermark,
            Judged::Never => false,
        }
    }

    fn partition(&mut self, index: u32) -> Result<&mut PartitionReport> {
        let known = self.partitions.len();
        self.partitions.get_mut(index as usize).ok_or_else(|| {
            Error::new(
                ErrorKind::Internal,
                format!("a batch of partition {index} came from a source of {known} partitions"),
            )
        })
    }
}

/// The rows of a batch from one to before another.
fn slice(batch: &Batch, from: usize, to: usize) -> Batch {
    Batch { partition: batch.partition, frame: batch.frame.slice(from as i64, to - from) }
}

/// The event times of a batch as epoch milliseconds.
pub(super) fn event_times(batch: &Batch, column: &str) -> Result<Int64Chunked> {
    let series = batch
        .frame
        .column(column)
        .map_err(|_| Error::new(ErrorKind::Plan, format!("no column `{column}` for the event time")))?
        .as_materialized_series();
    match series.dtype() {
        DataType::Int64 | DataType::Datetime(..) => Ok(series.to_physical_repr().i64()?.rechunk().into_owned()),
        _ => Err(Error::new(ErrorKind::Plan, format!("column `{column}` is neither a TIMESTAMP nor a BIGINT"))
            .hint("Cast it before it becomes the event time.")),
    }
}

impl Operator for EventTime {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let times = event_times(&batch, &self.column)?;
        self.null_event_time += times.null_count() as u64;
        self.partition(batch.partition)?.idle = false;
        let (batch, times) = self.believed(batch, times, out)?;
        if batch.frame.height() == 0 && times.is_empty() {
            self.advance(out);
            return Ok(());
        }
        self.cut(batch.partition as usize, batch, &times, out);
        self.advance(out);
        Ok(())
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> Result<()> {
        self.watermark = Some(watermark);
        out.push(Message::Watermark(watermark));
        Ok(())
    }

    fn on_idle(&mut self, partition: u32, out: &mut Output) -> Result<()> {
        self.partition(partition)?.idle = true;
        self.advance(out);
        out.push(Message::Idle(partition));
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        if let Some(watermark) = state.some(self.watermark) {
            state.int(watermark);
        }
        state.count(self.partitions.len());
        for partition in &self.partitions {
            state.byte(u8::from(partition.idle));
            if let Some(newest) = state.some(partition.newest) {
                state.int(newest);
            }
        }
        Ok(state.finish())
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let all = self.partitions.len();
        for (lane, state) in states.iter().enumerate() {
            let mut state = StateReader::new(NAME, state, LAYOUT)?;
            let watermark = state.optional(StateReader::int)?;
            self.watermark = if lane == 0 { watermark } else { self.watermark.min(watermark) };
            let known = state.count()?;
            if known > all {
                return Err(Error::new(
                    ErrorKind::Checkpoint,
                    format!("the source has {all} partitions, the checkpoint {known}"),
                )
                .hint("The source was made anew since. Remove the checkpoints to begin at its start."));
            }
            for (index, partition) in self.partitions[..known].iter_mut().enumerate() {
                let idle = match state.byte()? {
                    0 => false,
                    1 => true,
                    _ => return Err(state.damaged()),
                };
                let newest = state.optional(StateReader::int)?;
                // A lane takes the partitions of the others for idle.
                partition.idle = idle && (lane == 0 || partition.idle);
                partition.newest = partition.newest.max(newest).filter(|_| share.reads(index, all));
            }
            state.finish()?;
        }
        Ok(())
    }

    fn report(&self) -> Report {
        let (null_event_time, future) = (self.null_event_time, self.future);
        Report { null_event_time, future, partitions: self.partitions.clone(), ..Report::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::script::run;

    fn script(partitions: u32, script: &str) -> String {
        run(|| Box::new(EventTime::new("ts", 10, partitions, Judged::Exactly)), script)
    }

    #[test]
    fn the_watermark_is_the_slowest_partitions() {
        insta::assert_snapshot!(script(
            2,
            "
            batch 0
              ts:i
              100
              70
              .
            batch 1
              ts:i
              50
            batch 1
              ts:i
              45
            batch 1
              ts:i
              200
        "
        ));
    }

    #[test]
    fn what_is_beyond_the_horizon_is_put_aside_and_moves_nothing() {
        let horizon = Horizon::new(Some(50));
        let make =
            || -> Box<dyn Operator> { Box::new(EventTime::new("ts", 10, 1, Judged::Exactly).until(horizon.clone())) };
        let story = "
            batch 0
              ts:i  n:i
              100   1
              .     2
              151   3
              150   4
            batch 0
              ts:i  n:i
              9999  5
            barrier
            recovery
            batch 0
              ts:i  n:i
              145   6
        ";
        let untold = run(make, story);
        assert!(!untold.contains("aside"), "nobody has said what time it is:\n{untold}");
        horizon.now_is(100);
        insta::assert_snapshot!(run(make, story));
    }

    #[test]
    fn a_silent_partition_holds_back_until_it_is_idle_and_wakes_with_its_next_batch() {
        insta::assert_snapshot!(script(
            2,
            "
            batch 0
              ts:t
              100
            idle 1
            batch 0
              ts:t
              130
            batch 1
              ts:t
              95
            batch 0
              ts:t
              150
            idle 1
            idle 0
        "
        ));
    }

    #[test]
    fn recovery_remembers_times_and_idleness() {
        insta::assert_snapshot!(script(
            3,
            "
            batch 0
              ts:i
              100
            batch 1
              ts:i
              90
            idle 2
            barrier
            batch 1
              ts:i
              999
            recovery
            batch 1
              ts:i
              95
        "
        ));
    }

    #[test]
    fn the_final_watermark_passes() {
        insta::assert_snapshot!(script(
            1,
            "
            batch 0
              ts:i
              .
            watermark max
        "
        ));
    }

    #[test]
    fn a_partition_added_since_the_checkpoint_is_waited_for_and_a_lost_one_refused() {
        let state = EventTime::new("ts", 10, 2, Judged::Exactly).snapshot().unwrap();
        assert!(EventTime::new("ts", 10, 3, Judged::Exactly).restore(&[&state], Share::ALL).is_ok());
        let refused = EventTime::new("ts", 10, 1, Judged::Exactly).restore(&[&state], Share::ALL).unwrap_err();
        insta::assert_snapshot!(refused, @"
        the source has 1 partitions, the checkpoint 2
        hint: The source was made anew since. Remove the checkpoints to begin at its start.
        ");
        let mut newer = state;
        newer[0] = 9;
        let refused = EventTime::new("ts", 10, 2, Judged::Exactly).restore(&[&newer], Share::ALL).unwrap_err();
        insta::assert_snapshot!(refused, @"
        the state of `event_time` has layout 9, this version of Headwater reads layout 1
        hint: Continue with the version that wrote it, or remove the checkpoints to begin anew.
        ");
    }

    #[test]
    fn a_text_is_no_event_time() {
        let frame = crate::tests::script::frame(&["ts:s", "today"]);
        let error = EventTime::new("ts", 1, 1, Judged::Exactly)
            .on_batch(Batch { partition: 0, frame }, &mut Vec::new())
            .unwrap_err();
        assert_eq!(error.message, "column `ts` is neither a TIMESTAMP nor a BIGINT");
    }
}
