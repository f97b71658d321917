//! A task: a segment of the pipeline on a thread of its own, between bounded channels. When the next task is slower, this one waits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Select, Sender};
use headwater::Expr;

use super::alignment::{Alignment, Change};
use super::exchange::split;
use crate::runtime::Board;
use crate::runtime::OperatorState;
use crate::runtime::graph::{Segment, Waiting};
use crate::runtime::panic::caught;
use crate::{Batch, Error, Message, Result};

/// The time between two notes of what a task has done.
const NOTED_EVERY: Duration = Duration::from_millis(200);

/// What goes from one task to another.
#[derive(Debug)]
pub(super) enum Item {
    Message(Message),
    /// All partitions behind the channel have fallen silent, or one has woken.
    Idle(bool),
    /// Nothing comes any more.
    End,
}

/// What a task tells the job.
#[derive(Debug)]
pub(super) enum Told {
    /// What leaves the pipeline.
    Out(Message),
    /// A barrier has passed, with the states of the task's operators; what they emitted before it has been told before.
    Passed(Vec<OperatorState>),
    /// It has failed, and ends.
    Failed(Error),
    /// It has seen the end of everything.
    Ended,
}

/// Where the messages of a task go.
pub(super) enum Route {
    /// To the same lane of the next segment.
    Same(Sender<Item>),
    /// Rows go to the lane of their key, everything else to every lane.
    ByKey(Vec<Expr>, Vec<Sender<Item>>),
}

/// A channel into a task.
pub(super) struct Channel {
    pub(super) from: Receiver<Item>,
    /// The input of the segment it belongs to, and which of that input's channels it is.
    pub(super) input: usize,
    pub(super) number: usize,
}

/// A segment of one lane with its channels.
pub(super) struct Task {
    pub(super) lane: usize,
    pub(super) segment: Segment,
    pub(super) channels: Vec<Channel>,
    /// Of each input, what its channels say together.
    pub(super) inputs: Vec<Alignment>,
    /// Of each input whether all partitions behind it are silent.
    pub(super) silent: Vec<bool>,
    /// The partitions of the source that other lanes have; empty behind an exchange.
    pub(super) elsewhere: Vec<u32>,
    pub(super) routes: Vec<Route>,
    /// Behind an exchange: how many rows, and groups of combined rows, have come.
    pub(super) received: Option<u64>,
    pub(super) told: Sender<Told>,
    pub(super) board: Arc<Mutex<Board>>,
    pub(super) noted: Instant,
}

/// Why a task stops before its end.
enum Stop {
    /// Nobody listens any more: the job is over.
    Unheard,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl Task {
    /// Runs until everything has ended, nobody listens, or something fails.
    pub(super) fn run(mut self) {
        let told = self.told.clone();
        let end = caught(|| match self.work() {
            Ok(()) => Ok(Told::Ended),
            Err(Stop::Unheard) => Ok(Told::Ended),
            Err(Stop::Failed(error)) => Err(error),
        });
        // If nobody listens the job has ended for another reason, which it knows.
        let _ = told.send(end.unwrap_or_else(Told::Failed));
    }

    fn work(&mut self) -> std::result::Result<(), Stop> {
        self.begin()?;
        loop {
            let open: Vec<usize> = (0..self.channels.len()).filter(|at| self.is_open(*at)).collect();
            if open.is_empty() {
                self.emit_item(|| Item::End)?;
                self.note();
                return Ok(());
            }
            let (at, item) = self.next(&open).ok_or(Stop::Unheard)?;
            self.take(at, item)?;
            if self.noted.elapsed() >= NOTED_EVERY {
                self.note();
            }
        }
    }

    /// Partitions of other lanes are waited for there, and an input that has no channel here not at all.
    fn begin(&mut self) -> std::result::Result<(), Stop> {
        for partition in std::mem::take(&mut self.elsewhere) {
            let out = self.segment.take(0, Waiting::Message(Message::Idle(partition)))?;
            self.emit(out)?;
        }
        for input in 0..self.inputs.len() {
            if self.channels.iter().all(|channel| channel.input != input) {
                self.tell_idle(input, true)?;
            }
        }
        Ok(())
    }

    fn is_open(&self, at: usize) -> bool {
        let channel = &self.channels[at];
        self.inputs[channel.input].is_open(channel.number)
    }

    /// Waits for the next item of an open channel; none once its sender is gone without a word.
    fn next(&self, open: &[usize]) -> Option<(usize, Item)> {
        let mut select = Select::new();
        for at in open {
            select.recv(&self.channels[*at].from);
        }
        let ready = select.select();
        let at = open[ready.index()];
        ready.recv(&self.channels[at].from).ok().map(|item| (at, item))
    }

    fn take(&mut self, at: usize, item: Item) -> std::result::Result<(), Stop> {
        let (input, number) = (self.channels[at].input, self.channels[at].number);
        match item {
            Item::Message(Message::Watermark(watermark)) => {
                let change = self.inputs[input].watermark(number, watermark);
                self.follow(input, &change)
            }
            Item::Idle(idle) => {
                let change = self.inputs[input].idle(number, idle);
                self.follow(input, &change)
            }
            Item::Message(Message::Barrier(epoch)) => {
                if self.inputs[input].barrier(number, epoch) {
                    self.barrier(input, epoch)
                } else {
                    Ok(())
                }
            }
            Item::Message(message) => self.deliver(input, Waiting::Message(message)),
            Item::End => {
                self.inputs[input].end(number);
                Ok(())
            }
        }
    }

    /// What follows from what the channels of an input say together.
    fn follow(&mut self, input: usize, change: &Change) -> std::result::Result<(), Stop> {
        if change.idle == Some(false) {
            self.tell_idle(input, false)?;
        }
        if let Some(watermark) = change.watermark {
            self.deliver(input, Waiting::Message(Message::Watermark(watermark)))?;
        }
        if change.idle == Some(true) {
            self.tell_idle(input, true)?;
        }
        Ok(())
    }

    /// An input has fallen silent or wakes; those behind are told when all inputs have, or the first wakes.
    fn tell_idle(&mut self, input: usize, idle: bool) -> std::result::Result<(), Stop> {
        let before = self.silent.iter().all(|silent| *silent);
        self.silent[input] = idle;
        let after = self.silent.iter().all(|silent| *silent);
        if before && !after {
            self.emit_item(|| Item::Idle(false))?;
        }
        self.deliver(input, Waiting::Idle(idle))?;
        if after && !before { self.emit_item(|| Item::Idle(true)) } else { Ok(()) }
    }

    fn deliver(&mut self, input: usize, waiting: Waiting) -> std::result::Result<(), Stop> {
        if let (Some(received), Waiting::Message(message)) = (&mut self.received, &waiting) {
            *received += match message {
                Message::Batch(batch) => batch.frame.height() as u64,
                Message::Partial(partial) => partial.table.groups().len() as u64,
                _ => 0,
            };
        }
        let out = self.segment.take(input, waiting)?;
        self.emit(out)
    }

    /// The barrier has come through all channels of an input; when through all inputs, it leaves with the states.
    fn barrier(&mut self, input: usize, epoch: u64) -> std::result::Result<(), Stop> {
        let out = self.segment.take(input, Waiting::Message(Message::Barrier(epoch)))?;
        let passed = out.iter().any(|message| matches!(message, Message::Barrier(_)));
        let states = if passed { Some(self.states(epoch)?) } else { None };
        self.emit(out)?;
        if let Some(states) = states {
            self.note();
            self.told.send(Told::Passed(states)).map_err(|_| Stop::Unheard)?;
        }
        Ok(())
    }

    fn states(&mut self, epoch: u64) -> Result<Vec<OperatorState>> {
        let lane = u32::try_from(self.lane).unwrap_or(u32::MAX);
        let mut states = self.segment.take_states(epoch)?;
        states.iter_mut().for_each(|state| state.lane = lane);
        Ok(states)
    }

    fn emit(&self, out: Vec<Message>) -> std::result::Result<(), Stop> {
        for message in out {
            match self.routes.as_slice() {
                [] => match message {
                    Message::Batch(_) | Message::Aside(_) => {
                        self.told.send(Told::Out(message)).map_err(|_| Stop::Unheard)?;
                    }
                    Message::Watermark(_) | Message::Barrier(_) | Message::Idle(_) | Message::Partial(_) => {}
                },
                [first, others @ ..] => {
                    // What was put aside is kept once, whoever else reads the rows.
                    let others = if matches!(message, Message::Aside(_)) { &[] } else { others };
                    for other in others {
                        self.send(other, message.clone())?;
                    }
                    self.send(first, message)?;
                }
            }
        }
        Ok(())
    }

    fn send(&self, route: &Route, message: Message) -> std::result::Result<(), Stop> {
        let unheard = |_| Stop::Unheard;
        match (route, message) {
            (Route::Same(to), message) => to.send(Item::Message(message)).map_err(unheard),
            (Route::ByKey(keys, to), Message::Batch(batch)) => self.scatter(keys, to, batch),
            (Route::ByKey(_, to), Message::Partial(partial)) => {
                to[partial.lane % to.len()].send(Item::Message(Message::Partial(partial))).map_err(unheard)
            }
            (Route::ByKey(_, to), Message::Aside(aside)) => {
                to[self.lane % to.len()].send(Item::Message(Message::Aside(aside))).map_err(unheard)
            }
            // Behind an exchange nobody knows of partitions.
            (Route::ByKey(..), Message::Idle(_)) => Ok(()),
            (Route::ByKey(_, to), message) => {
                to.iter().try_for_each(|to| to.send(Item::Message(message.clone())).map_err(unheard))
            }
        }
    }

    fn scatter(&self, keys: &[Expr], to: &[Sender<Item>], batch: Batch) -> std::result::Result<(), Stop> {
        for (to, part) in to.iter().zip(split(keys, batch, to.len())?) {
            if let Some(part) = part {
                to.send(Item::Message(Message::Batch(part))).map_err(|_| Stop::Unheard)?;
            }
        }
        Ok(())
    }

    /// To every task behind this one.
    fn emit_item(&self, item: impl Fn() -> Item) -> std::result::Result<(), Stop> {
        let all = self.routes.iter().flat_map(|route| match route {
            Route::Same(to) => std::slice::from_ref(to),
            Route::ByKey(_, to) => to.as_slice(),
        });
        for to in all {
            to.send(item()).map_err(|_| Stop::Unheard)?;
        }
        Ok(())
    }

    /// Notes what it has done, for whoever asks.
    fn note(&mut self) {
        self.noted = Instant::now();
        let mut board = Board::default();
        self.segment.note(&mut board);
        if let (Some(received), Some(node)) = (self.received, self.segment.head()) {
            board.received(node, self.lane, received);
        }
        *self.board.lock().unwrap_or_else(PoisonError::into_inner) = board;
    }
}
