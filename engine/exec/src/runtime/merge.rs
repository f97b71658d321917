//! Where rows of several inputs meet: one watermark for all of them, barriers aligned, and the counting that every step has.

use std::collections::VecDeque;
use std::fmt;

use super::chain::OperatorState;
use super::parallel::Share;
use crate::expression::counting;
use crate::job::StepStatus;
use crate::operators::{MergeOperator, OpenWindow, Output, Report};
use crate::state::bytes::{StateReader, StateWriter};
use crate::{Error, ErrorKind, Message, Result};

/// A multi-input operator in its wrapper.
///
/// Its watermark is the minimum of those of its inputs, as in Flink: an input that has shown none holds it back. An input all of
/// whose sources are silent does not; when all are, the one that is furthest counts. A barrier is handed on, with the state,
/// when it has come from every input; what comes behind it from the faster ones waits until then.
pub(super) struct Merge {
    status: StepStatus,
    inputs: Vec<Input>,
    watermark: Option<i64>,
    state: Option<(u64, Vec<u8>)>,
    operator: Box<dyn MergeOperator>,
}

#[derive(Debug, Default)]
struct Input {
    watermark: Option<i64>,
    idle: bool,
    /// The barrier that has come from here, while the others are waited for.
    barrier: Option<u64>,
    /// What has come behind it.
    held: VecDeque<Message>,
}

const LAYOUT: u8 = 1;

impl fmt::Debug for Merge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Merge").field("status", &self.status).field("inputs", &self.inputs).finish_non_exhaustive()
    }
}

impl Merge {
    pub(super) fn new(node: u32, name: &'static str, inputs: usize, operator: Box<dyn MergeOperator>) -> Self {
        let status = StepStatus { node, name, ..StepStatus::default() };
        let inputs = (0..inputs).map(|_| Input::default()).collect();
        Merge { status, inputs, watermark: None, state: None, operator }
    }

    pub(super) fn node(&self) -> u32 {
        self.status.node
    }

    pub(super) fn name(&self) -> &'static str {
        self.status.name
    }

    pub(super) fn status(&self) -> StepStatus {
        StepStatus { late: self.operator.report().late, state: self.operator.state_size(), ..self.status.clone() }
    }

    pub(super) fn report(&self) -> Report {
        self.operator.report()
    }

    pub(super) fn open_windows(&self) -> Vec<OpenWindow> {
        self.operator.open_windows()
    }

    pub(super) fn watermark(&self) -> Option<i64> {
        self.watermark
    }

    /// What comes out for a message of an input.
    pub(super) fn deliver(&mut self, input: usize, message: Message) -> Result<Vec<Message>> {
        let mut out = Output::new();
        self.take(input, message, &mut out).map_err(|error| error.at(self.status.node))?;
        self.status.rows_out += rows(&out);
        Ok(out)
    }

    /// What comes out when every source behind an input has fallen silent, or one has woken.
    pub(super) fn set_idle(&mut self, input: usize, idle: bool) -> Result<Vec<Message>> {
        let mut out = Output::new();
        self.inputs[input].idle = idle;
        self.advance(&mut out).map_err(|error| error.at(self.status.node))?;
        self.status.rows_out += rows(&out);
        Ok(out)
    }

    fn take(&mut self, input: usize, message: Message, out: &mut Output) -> Result<()> {
        let from = &mut self.inputs[input];
        if from.barrier.is_some() {
            from.held.push_back(message);
            return Ok(());
        }
        match message {
            Message::Batch(batch) => {
                self.status.rows_in += batch.frame.height() as u64;
                let before = out.len();
                let (done, faults) = counting(|| self.operator.on_batch(input, batch, out));
                self.status.faults += faults;
                done?;
                self.sign(&mut out[before..]);
                Ok(())
            }
            Message::Watermark(watermark) => {
                from.watermark = from.watermark.max(Some(watermark));
                self.advance(out)
            }
            Message::Aside(aside) => {
                out.push(Message::Aside(aside));
                Ok(())
            }
            Message::Partial(_) => Err(Error::new(ErrorKind::Internal, "groups came to a step that takes rows")),
            // Partitions of different sources have the same numbers; what their silence means has been told beside.
            Message::Idle(_) => Ok(()),
            Message::Barrier(epoch) => {
                from.barrier = Some(epoch);
                self.align(epoch, out)
            }
        }
    }

    /// Puts the step's name to what it took out of the stream itself.
    fn sign(&self, out: &mut [Message]) {
        for message in out {
            if let Message::Aside(aside) = message {
                aside.node = self.status.node;
            }
        }
    }

    fn advance(&mut self, out: &mut Output) -> Result<()> {
        let active = || self.inputs.iter().filter(|input| !input.idle);
        let reached = match active().count() {
            0 => self.inputs.iter().map(|input| input.watermark).max(),
            _ => active().map(|input| input.watermark).min(),
        };
        match reached.flatten() {
            Some(reached) if self.watermark.is_none_or(|before| reached > before) => {
                self.watermark = Some(reached);
                let (done, faults) = counting(|| self.operator.on_watermark(reached, out));
                self.status.faults += faults;
                done
            }
            _ => Ok(()),
        }
    }

    /// Hands barrier `epoch` on if it has come from everywhere, and then what was held back.
    fn align(&mut self, epoch: u64, out: &mut Output) -> Result<()> {
        if let Some(other) = self.inputs.iter().filter_map(|input| input.barrier).find(|other| *other != epoch) {
            return Err(Error::new(ErrorKind::Internal, format!("barriers {other} and {epoch} met")));
        }
        if self.inputs.iter().any(|input| input.barrier.is_none()) {
            return Ok(());
        }
        self.state = Some((epoch, self.snapshot()?));
        out.push(Message::Barrier(epoch));
        self.inputs.iter_mut().for_each(|input| input.barrier = None);
        for input in 0..self.inputs.len() {
            for message in std::mem::take(&mut self.inputs[input].held) {
                self.take(input, message, out)?;
            }
        }
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>> {
        let mut state = StateWriter::new(LAYOUT);
        state.count(self.inputs.len());
        for watermark in self.inputs.iter().map(|input| input.watermark).chain([self.watermark]) {
            if let Some(watermark) = state.some(watermark) {
                state.int(watermark);
            }
        }
        state.run(&self.operator.snapshot()?);
        Ok(state.finish())
    }

    /// The state at the barrier that has just passed.
    pub(super) fn take_state(&mut self, epoch: u64) -> Result<OperatorState> {
        match self.state.take() {
            Some((taken, bytes)) if taken == epoch => {
                Ok(OperatorState { node: self.status.node, name: self.status.name.to_owned(), lane: 0, bytes })
            }
            _ => Err(Error::new(ErrorKind::Internal, "an operator has no state for a barrier").at(self.status.node)),
        }
    }

    /// Takes up states, on a fresh operator; see [`MergeOperator::restore`].
    pub(super) fn restore(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        self.read(states, share).map_err(|error| error.at(self.status.node))
    }

    fn read(&mut self, states: &[&[u8]], share: Share) -> Result<()> {
        let mut own = Vec::with_capacity(states.len());
        for (lane, bytes) in states.iter().enumerate() {
            let mut state = StateReader::new(self.status.name, bytes, LAYOUT)?;
            if state.count()? != self.inputs.len() {
                return Err(state.damaged());
            }
            // What one lane has not reached is not reached.
            let watermarks = self.inputs.iter_mut().map(|input| &mut input.watermark).chain([&mut self.watermark]);
            for watermark in watermarks {
                let theirs = state.optional(StateReader::int)?;
                *watermark = if lane == 0 { theirs } else { (*watermark).min(theirs) };
            }
            own.push(state.run()?);
            state.finish()?;
        }
        self.operator.restore(&own, share)
    }
}

fn rows(out: &Output) -> u64 {
    let of = |message: &Message| match message {
        Message::Batch(batch) => batch.frame.height() as u64,
        _ => 0,
    };
    out.iter().map(of).sum()
}
