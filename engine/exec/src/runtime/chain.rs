//! A chain of operators on one thread, each in a wrapper that counts, checks the protocol, and takes its state at a barrier.

use std::fmt;

use super::board::Board;
use super::parallel::Share;
use crate::expression::counting;
use crate::job::StepStatus;
use crate::operators::{OpenWindow, Operator, Output, Report};
use crate::runtime::Tap;
use crate::{Error, ErrorKind, Message, Result};

/// The error of a checkpoint that does not fit.
pub(super) fn of_other_steps() -> Error {
    Error::new(ErrorKind::Checkpoint, "the checkpoint holds the state of other steps than the plan has")
}

/// Operators one after the other.
#[derive(Debug, Default)]
pub struct Chain {
    links: Vec<Link>,
}

/// The state of one operator at a barrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorState {
    /// The plan node.
    pub node: u32,
    /// The step's name, so that a state never goes to another kind of step.
    pub name: String,
    /// The lane that it is of, counted from 0.
    pub lane: u32,
    /// What the operator's snapshot gave.
    pub bytes: Vec<u8>,
}

/// Which part of its step an operator does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// All of it.
    #[default]
    Whole,
    /// What is done before rows of equal keys come together.
    Local,
    /// What is done once they have.
    Final,
}

impl Phase {
    /// The name of an operator's state.
    fn state(self, step: &str) -> String {
        match self {
            Phase::Whole | Phase::Final => step.to_owned(),
            Phase::Local => format!("{step} (local)"),
        }
    }
}

/// An operator and what the runtime knows of it.
struct Link {
    phase: Phase,
    status: StepStatus,
    watermark: Option<i64>,
    state: Option<(u64, Vec<u8>)>,
    taps: Vec<Tap>,
    operator: Box<dyn Operator>,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("status", &self.status).field("watermark", &self.watermark).finish_non_exhaustive()
    }
}

impl Chain {
    /// Adds the operator of plan node `node` at the end.
    pub fn push(&mut self, node: u32, name: &'static str, operator: Box<dyn Operator>) {
        self.push_phase(node, name, Phase::Whole, operator);
    }

    /// Adds an operator that does a part of plan node `node`.
    pub fn push_phase(&mut self, node: u32, name: &'static str, phase: Phase, operator: Box<dyn Operator>) {
        let status = StepStatus { node, name, ..StepStatus::default() };
        self.links.push(Link { phase, status, watermark: None, state: None, taps: Vec::new(), operator });
    }

    /// Sends a message in at the front; gives what comes out at the end.
    ///
    /// # Errors
    /// An operator failed (with its node), or broke the protocol.
    pub fn deliver(&mut self, message: Message) -> Result<Vec<Message>> {
        let mut messages = vec![message];
        for link in &mut self.links {
            let mut out = Output::new();
            for message in messages {
                link.deliver(message, &mut out).map_err(|error| error.at(link.status.node))?;
            }
            messages = out;
        }
        Ok(messages)
    }

    /// The states of the operators at barrier `epoch`, which has just passed.
    ///
    /// # Errors
    /// An operator has none.
    pub fn take_states(&mut self, epoch: u64) -> Result<Vec<OperatorState>> {
        let state = |link: &mut Link| match link.state.take() {
            Some((taken, bytes)) if taken == epoch => {
                Ok(OperatorState { node: link.status.node, name: link.phase.state(link.status.name), lane: 0, bytes })
            }
            _ => Err(Error::new(ErrorKind::Internal, "an operator has no state for a barrier").at(link.status.node)),
        };
        self.links.iter_mut().map(state).collect()
    }

    /// Takes up the states that [`Chain::take_states`] gave, on a fresh chain of the same plan: one an operator or, of an earlier run in
    /// another number of lanes, one of each lane, of which the operators keep what is of this share.
    ///
    /// # Errors
    /// They are of other steps, or an operator refuses its own.
    pub fn restore(&mut self, states: &[OperatorState], share: Share) -> Result<()> {
        for link in &mut self.links {
            let (node, name) = (link.status.node, link.phase.state(link.status.name));
            let own = states.iter().filter(|state| state.node == node && state.name == name);
            let own: Vec<&[u8]> = own.map(|state| state.bytes.as_slice()).collect();
            // What combines in front of an exchange has no state at a barrier, and is there only where several lanes are.
            if own.is_empty() && link.phase != Phase::Local {
                return Err(of_other_steps());
            }
            link.operator.restore(&own, share).map_err(|error| error.at(node))?;
        }
        Ok(())
    }

    /// The nodes of its operators and the names of their states, in order.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (u32, String)> {
        self.links.iter().map(|link| (link.status.node, link.phase.state(link.status.name)))
    }

    /// Adds what its operators have done.
    pub(crate) fn note(&self, board: &mut Board) {
        for link in &self.links {
            let report = link.operator.report();
            let state = link.operator.state_size();
            let mut status = StepStatus { late: report.late, state, ..link.status.clone() };
            // Of a step in two phases the first knows what comes in, the second what goes out.
            match link.phase {
                Phase::Whole => {}
                Phase::Local => status.rows_out = 0,
                Phase::Final => status.rows_in = 0,
            }
            link.taps.iter().for_each(|tap| board.tap(status.node, tap));
            board.step(status, report, link.operator.check());
        }
    }

    /// The report of the operator of a node.
    pub fn report_of(&self, node: u32) -> Option<Report> {
        self.links.iter().find(|link| link.status.node == node).map(|link| link.operator.report())
    }

    /// Whether the operator of a node is in it.
    pub fn has(&self, node: u32) -> bool {
        self.links.iter().any(|link| link.status.node == node)
    }

    /// Counts from now on how the keys in front of node `node` are spread; nothing if it is not in the chain.
    pub(crate) fn tap(&mut self, node: u32, tap: Tap) {
        if let Some(link) = self.links.iter_mut().find(|link| link.status.node == node) {
            link.taps.push(tap);
        }
    }

    /// The windows of all operators that hold rows and are not emitted yet.
    pub fn open_windows(&self) -> Vec<OpenWindow> {
        self.links.iter().flat_map(|link| link.operator.open_windows()).collect()
    }

    /// The last watermark that came out of any step: the event time reached.
    pub fn watermark(&self) -> Option<i64> {
        self.links.iter().filter_map(|link| link.watermark).max()
    }
}

impl Link {
    fn deliver(&mut self, message: Message, out: &mut Output) -> Result<()> {
        let before = out.len();
        match message {
            Message::Batch(batch) => {
                self.status.rows_in += batch.frame.height() as u64;
                self.taps.iter_mut().try_for_each(|tap| tap.count(&batch))?;
                self.counted(|operator| operator.on_batch(batch, out))?;
            }
            Message::Watermark(watermark) => self.counted(|operator| operator.on_watermark(watermark, out))?,
            Message::Idle(partition) => self.counted(|operator| operator.on_idle(partition, out))?,
            Message::Barrier(epoch) => {
                self.counted(|operator| operator.on_barrier(out))?;
                self.state = Some((epoch, self.operator.snapshot()?));
                out.push(Message::Barrier(epoch));
            }
            Message::Partial(partial) => self.counted(|operator| operator.on_partial(partial, out))?,
            Message::Aside(aside) => {
                out.push(Message::Aside(aside));
                return Ok(());
            }
        }
        for message in &mut out[before..] {
            self.check(message)?;
        }
        Ok(())
    }

    /// Lets the operator work, and counts the values that became null meanwhile because they cannot be computed.
    fn counted(&mut self, work: impl FnOnce(&mut dyn Operator) -> Result<()>) -> Result<()> {
        let (done, faults) = counting(|| work(&mut *self.operator));
        self.status.faults += faults;
        done
    }

    /// Counts what the operator emits, puts its name to what it took out, and makes sure that its watermarks only advance.
    fn check(&mut self, message: &mut Message) -> Result<()> {
        match message {
            Message::Batch(batch) => self.status.rows_out += batch.frame.height() as u64,
            Message::Aside(aside) => aside.node = self.status.node,
            Message::Watermark(watermark) if self.watermark.is_some_and(|before| *watermark < before) => {
                return Err(Error::new(ErrorKind::Internal, format!("a watermark went back to {watermark}")));
            }
            Message::Watermark(watermark) => self.watermark = Some(*watermark),
            Message::Barrier(_) | Message::Idle(_) | Message::Partial(_) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;
    use crate::Batch;
    use crate::operators::{EventTime, Filter, Judged, WindowAggregate, WindowedBy};
    use crate::tests::script::{drawing, frame};

    fn chain() -> Chain {
        let mut chain = Chain::default();
        chain.push(1, "event_time", Box::new(EventTime::new("ts", 0, 1, Judged::Never)));
        chain.push(2, "filter", Box::new(Filter::new(col("n").gt(0))));
        let window = headwater::Window::Tumbling { size_ms: 10, offset_ms: 0 };
        let spec = WindowedBy { event_time: "ts".into(), window, keys: vec![], aggs: vec![sum("n")] };
        let aggregate = WindowAggregate::new(&spec, &frame(&["ts:i n:i"])).unwrap();
        chain.push(3, "group_by", Box::new(aggregate));
        chain
    }

    fn batch(lines: &[&str]) -> Message {
        Message::Batch(Batch { partition: 0, frame: frame(lines) })
    }

    #[test]
    fn a_watermark_is_taken_before_the_filter_and_closes_the_window_behind_it() {
        let mut chain = chain();
        let out = chain.deliver(batch(&["ts:i n:i", "1 5", "2 6"])).unwrap();
        assert!(matches!(out[..], [Message::Watermark(2)]));
        let out = chain.deliver(batch(&["ts:i n:i", "9 -1"])).unwrap();
        let [Message::Batch(closed), Message::Watermark(9)] = &out[..] else { panic!("{out:?}") };
        insta::assert_snapshot!(drawing(&closed.frame), @"
             window_start:t  window_end:t  n_sum:i
             0               10            11
        ");
        let mut board = Board::default();
        chain.note(&mut board);
        let rows: Vec<_> = board.steps().iter().map(|s| (s.node, s.name, s.rows_in, s.rows_out)).collect();
        assert_eq!(rows, [(1, "event_time", 3, 3), (2, "filter", 3, 2), (3, "group_by", 2, 1)]);
        assert_eq!(chain.watermark(), Some(9));
    }

    #[test]
    fn the_states_of_a_barrier_continue_in_another_chain() {
        let mut first = chain();
        first.deliver(batch(&["ts:i n:i", "1 5"])).unwrap();
        let out = first.deliver(Message::Barrier(7)).unwrap();
        assert!(matches!(out[..], [Message::Barrier(7)]));
        let states = first.take_states(7).unwrap();
        let mut second = chain();
        second.restore(&states, Share::ALL).unwrap();
        let out = second.deliver(batch(&["ts:i n:i", "3 6", "20 1"])).unwrap();
        let [Message::Batch(closed), Message::Watermark(20)] = &out[..] else { panic!("{out:?}") };
        assert_eq!(closed.frame.column("n_sum").unwrap().i64().unwrap().to_vec(), [Some(11)]);
    }

    #[test]
    fn states_of_other_steps_are_refused() {
        let mut first = chain();
        first.deliver(Message::Barrier(1)).unwrap();
        let mut states = first.take_states(1).unwrap();
        states[1].name = "select".to_owned();
        let error = chain().restore(&states, Share::ALL).unwrap_err();
        assert_eq!(error.message, "the checkpoint holds the state of other steps than the plan has");
    }

    /// An operator that breaks the protocol.
    struct Backwards;

    impl Operator for Backwards {
        fn on_batch(&mut self, _batch: Batch, out: &mut Output) -> Result<()> {
            out.extend([Message::Watermark(2), Message::Watermark(1)]);
            Ok(())
        }
    }

    #[test]
    fn a_watermark_that_goes_back_is_a_fault_of_headwater() {
        let mut chain = Chain::default();
        chain.push(4, "backwards", Box::new(Backwards));
        let error = chain.deliver(batch(&["n:i", "1"])).unwrap_err();
        assert_eq!((error.kind, error.node), (ErrorKind::Internal, Some(4)));
    }
}
