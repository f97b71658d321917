//! The lanes of a pipeline as the job sees them: messages go in at a source, rows come out, barriers and the end are waited for.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crossbeam_channel::{Receiver, Select, Sender, bounded};

use super::alignment::Alignment;
use super::share::Share;
use super::task::{Channel, Item, Route, Task, Told};
use crate::operators::Report;
use crate::runtime::graph::{Edge, Graph, Segment};
use crate::runtime::{Board, OperatorState};
use crate::{Error, ErrorKind, Message, Result};

/// How many messages wait in front of a task, from each task before it.
const WAITING: usize = 4;
/// How many wait for the job to write them.
const TOLD: usize = 16;

/// A pipeline that runs on several threads.
pub(crate) struct Lanes {
    sources: Vec<Entry>,
    told: Receiver<Told>,
    boards: Vec<Arc<Mutex<Board>>>,
    threads: Vec<JoinHandle<()>>,
    /// Tasks that have not ended.
    running: usize,
    /// As long as the tasks have not started they can take up states.
    tasks: Vec<Task>,
    lanes: usize,
}

/// Where the messages of a source go in: a lane for every partition.
struct Entry {
    node: u32,
    to: Vec<Sender<Item>>,
    /// Of each partition whether it is idle.
    idle: Vec<bool>,
}

impl Entry {
    fn lane(&self, partition: u32) -> usize {
        partition as usize % self.to.len()
    }

    /// Whether all partitions of a lane are silent.
    fn is_idle(&self, lane: usize) -> bool {
        self.idle.iter().skip(lane).step_by(self.to.len()).all(|idle| *idle)
    }
}

impl Lanes {
    /// The lanes of equal graphs, one graph a lane. Nothing runs before [`Lanes::start`].
    ///
    /// # Errors
    /// There is no graph.
    pub(crate) fn new(graphs: Vec<Graph>) -> Result<Lanes> {
        let lanes = graphs.len();
        let mut parts: Vec<_> = graphs.into_iter().map(Graph::into_parts).collect();
        let Some((segments, sources)) = parts.first() else {
            return Err(Error::new(ErrorKind::Internal, "a pipeline without a lane"));
        };
        let widths = widths(segments, sources, lanes);
        let edges: Vec<Vec<Edge>> = segments.iter().map(|segment| segment.to.clone()).collect();
        let exchanged = |at: usize| edges.iter().flatten().any(|edge| edge.segment == at && edge.keys.is_some());
        let sources = sources.clone();
        let mut wiring = Wiring::new(&widths, &edges);
        let entries = sources.iter().map(|(node, segment, partitions)| Entry {
            node: *node,
            to: wiring.entry(*segment, widths[*segment]),
            idle: vec![false; *partitions as usize],
        });
        let entries: Vec<Entry> = entries.collect();
        let (tell, told) = bounded(TOLD);
        let (mut tasks, mut boards) = (Vec::new(), Vec::new());
        for lane in 0..lanes {
            let own = std::mem::take(&mut parts[lane].0);
            for (at, segment) in own.into_iter().enumerate().filter(|(at, _)| lane < widths[*at]) {
                let board = Arc::new(Mutex::new(Board::default()));
                boards.push(Arc::clone(&board));
                let entry = sources.iter().find(|(_, segment, _)| *segment == at);
                let elsewhere = entry.map_or_else(Vec::new, |(_, _, partitions)| {
                    (0..*partitions).filter(|partition| *partition as usize % widths[at] != lane).collect()
                });
                let (channels, inputs) = wiring.into_task(at, lane, segment.inputs());
                tasks.push(Task {
                    lane,
                    silent: vec![false; inputs.len()],
                    segment,
                    channels,
                    inputs,
                    elsewhere,
                    routes: wiring.routes(at, lane),
                    received: exchanged(at).then_some(0),
                    told: tell.clone(),
                    board,
                    noted: Instant::now(),
                });
            }
        }
        Ok(Lanes { sources: entries, told, boards, threads: Vec::new(), running: tasks.len(), tasks, lanes })
    }

    /// How many lanes there are.
    pub(crate) fn lanes(&self) -> usize {
        self.lanes
    }

    /// Takes up the states that [`Lanes::barrier`] gave, in this number of lanes or in another, before the start.
    ///
    /// # Errors
    /// They are of other steps, or an operator refuses its own.
    pub(crate) fn restore(&mut self, states: &[OperatorState]) -> Result<()> {
        let others = written_in(states) != self.lanes;
        for task in &mut self.tasks {
            if others {
                task.segment.restore(states, Share::of(task.lane, self.lanes))?;
                continue;
            }
            let lane = u32::try_from(task.lane).unwrap_or(u32::MAX);
            let own: Vec<OperatorState> = states.iter().filter(|state| state.lane == lane).cloned().collect();
            task.segment.restore(&own, Share::ALL)?;
        }
        Ok(())
    }

    /// Starts the threads.
    ///
    /// # Errors
    /// The system gives none.
    pub(crate) fn start(&mut self) -> Result<()> {
        for task in std::mem::take(&mut self.tasks) {
            let name = format!("lane {}", task.lane);
            let thread = thread::Builder::new().name(name).spawn(move || task.run());
            let failed = |error| Error::new(ErrorKind::Internal, format!("failed to start a thread: {error}"));
            self.threads.push(thread.map_err(failed)?);
        }
        Ok(())
    }

    /// Sends a message in at a source; gives what has come out meanwhile, which need not be of this message.
    ///
    /// # Errors
    /// A task has failed; or `source` is none.
    pub(crate) fn deliver(&mut self, source: u32, message: Message) -> Result<Vec<Message>> {
        let mut out = Vec::new();
        let at = self.sources.iter().position(|entry| entry.node == source);
        let at = at.ok_or_else(|| Error::new(ErrorKind::Internal, format!("node {source} is no source")))?;
        let (partition, idle) = match &message {
            Message::Batch(batch) => (batch.partition, false),
            Message::Idle(partition) => (*partition, true),
            _ => {
                for lane in 0..self.sources[at].to.len() {
                    self.send(at, lane, Item::Message(message.clone()), &mut out)?;
                }
                return Ok(out);
            }
        };
        let entry = &mut self.sources[at];
        let lane = entry.lane(partition);
        let before = entry.is_idle(lane);
        if let Some(own) = entry.idle.get_mut(partition as usize) {
            *own = idle;
        }
        let after = entry.is_idle(lane);
        if before && !after {
            self.send(at, lane, Item::Idle(false), &mut out)?;
        }
        self.send(at, lane, Item::Message(message), &mut out)?;
        if after && !before {
            self.send(at, lane, Item::Idle(true), &mut out)?;
        }
        self.drain_into(&mut out)?;
        Ok(out)
    }

    /// What has come out since.
    ///
    /// # Errors
    /// A task has failed.
    pub(crate) fn drain(&mut self) -> Result<Vec<Message>> {
        let mut out = Vec::new();
        self.drain_into(&mut out)?;
        Ok(out)
    }

    /// Sends barrier `epoch` through all lanes and waits for it; gives what came out before it, and the state of every operator.
    ///
    /// # Errors
    /// A task has failed.
    pub(crate) fn barrier(&mut self, epoch: u64) -> Result<(Vec<Message>, Vec<OperatorState>)> {
        let mut out = Vec::new();
        let mut states = Vec::new();
        let mut passed = 0;
        for at in 0..self.sources.len() {
            for lane in 0..self.sources[at].to.len() {
                let item = Item::Message(Message::Barrier(epoch));
                self.send_watching(at, lane, item, &mut |told| match told {
                    Told::Passed(own) => {
                        states.extend(own);
                        passed += 1;
                    }
                    Told::Out(message) => out.push(message),
                    Told::Failed(_) | Told::Ended => {}
                })?;
            }
        }
        while passed < self.running {
            match self.told.recv().map_err(|_| unheard())? {
                Told::Out(message) => out.push(message),
                Told::Passed(own) => {
                    states.extend(own);
                    passed += 1;
                }
                Told::Failed(error) => return Err(error),
                Told::Ended => return Err(unheard()),
            }
        }
        states.sort_by_key(|state| (state.lane, state.node));
        Ok((out, states))
    }

    /// Sends the final watermark through all lanes and waits until every task has ended; gives what came out.
    ///
    /// # Errors
    /// A task has failed.
    pub(crate) fn finish(&mut self) -> Result<Vec<Message>> {
        let (mut out, mut ended) = (Vec::new(), 0);
        let mut hear = |told| match told {
            Told::Out(message) => out.push(message),
            Told::Ended => ended += 1,
            Told::Passed(_) | Told::Failed(_) => {}
        };
        for at in 0..self.sources.len() {
            for lane in 0..self.sources[at].to.len() {
                for item in [Item::Message(Message::Watermark(i64::MAX)), Item::End] {
                    self.send_watching(at, lane, item, &mut hear)?;
                }
            }
        }
        while ended < self.running {
            match self.told.recv().map_err(|_| unheard())? {
                Told::Out(message) => out.push(message),
                Told::Failed(error) => return Err(error),
                Told::Ended => ended += 1,
                Told::Passed(_) => {}
            }
        }
        self.running = 0;
        Ok(out)
    }

    /// What all tasks have done, as they noted it last.
    pub(crate) fn board(&self) -> Board {
        let mut all = Board::default();
        for board in &self.boards {
            all.merge(board.lock().unwrap_or_else(PoisonError::into_inner).clone());
        }
        all
    }

    /// The report of the operator of a node, over all lanes.
    pub(crate) fn report_of(&self, node: u32) -> Option<Report> {
        let mut all: Option<Report> = None;
        for board in &self.boards {
            let board = board.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(own) = board.reports().get(&node) {
                all.get_or_insert_default().merge(own.clone());
            }
        }
        all
    }

    fn drain_into(&mut self, out: &mut Vec<Message>) -> Result<()> {
        while let Ok(told) = self.told.try_recv() {
            heard(told, out)?;
        }
        Ok(())
    }

    fn send(&self, source: usize, lane: usize, item: Item, out: &mut Vec<Message>) -> Result<()> {
        self.send_watching(source, lane, item, &mut |told| {
            if let Told::Out(message) = told {
                out.push(message);
            }
        })
    }

    /// Sends an item as soon as there is room, and meanwhile takes what comes out: a lane that waits to be heard makes no room.
    fn send_watching(&self, source: usize, lane: usize, item: Item, hear: &mut dyn FnMut(Told)) -> Result<()> {
        let to = &self.sources[source].to[lane];
        let mut select = Select::new();
        let room = select.send(to);
        select.recv(&self.told);
        loop {
            let ready = select.select();
            if ready.index() == room {
                return match ready.send(to, item) {
                    Ok(()) => Ok(()),
                    Err(_) => Err(self.why_unheard()),
                };
            }
            match ready.recv(&self.told).map_err(|_| unheard())? {
                Told::Failed(error) => return Err(error),
                other => hear(other),
            }
        }
    }

    /// A task that does not listen any more has said why, or was left alone by one that has.
    fn why_unheard(&self) -> Error {
        while let Ok(told) = self.told.recv() {
            if let Told::Failed(error) = told {
                return error;
            }
        }
        unheard()
    }
}

impl Drop for Lanes {
    /// Without their channels the tasks end; nothing of this job is left running.
    fn drop(&mut self) {
        self.tasks.clear();
        self.sources.clear();
        self.told = crossbeam_channel::never();
        for thread in self.threads.drain(..) {
            // A task tells of its own panic.
            let _ = thread.join();
        }
    }
}

fn heard(told: Told, out: &mut Vec<Message>) -> Result<()> {
    match told {
        Told::Out(message) => out.push(message),
        Told::Failed(error) => return Err(error),
        Told::Passed(_) | Told::Ended => {}
    }
    Ok(())
}

fn unheard() -> Error {
    Error::new(ErrorKind::Internal, "a thread of the pipeline ended without a word")
}

/// In how many lanes a checkpoint with these states was written, as far as the lanes had a state.
pub(crate) fn written_in(states: &[OperatorState]) -> usize {
    states.iter().map(|state| state.lane as usize + 1).max().unwrap_or(1)
}

/// In how many lanes each segment runs: a source in one a partition at most, what is behind an exchange in all, and everything else in
/// as many as what it reads.
fn widths(segments: &[Segment], sources: &[(u32, usize, u32)], lanes: usize) -> Vec<usize> {
    let mut widths = vec![0; segments.len()];
    for (_, segment, partitions) in sources {
        widths[*segment] = lanes.min(*partitions as usize).max(1);
    }
    // A segment reads only earlier ones.
    for at in 0..segments.len() {
        for edge in &segments[at].to {
            let width = if edge.keys.is_some() { lanes } else { widths[at] };
            widths[edge.segment] = widths[edge.segment].max(width);
        }
    }
    widths
}

/// The channels between the segments of all lanes, while they are handed out.
struct Wiring<'a> {
    edges: &'a [Vec<Edge>],
    /// Of each segment and lane the ends to send to: for every edge, the lanes it reaches.
    senders: Vec<Vec<Vec<Vec<Sender<Item>>>>>,
    /// Of each segment and lane the ends to read from, with the input they belong to.
    receivers: Vec<Vec<Vec<(usize, Receiver<Item>)>>>,
}

impl<'a> Wiring<'a> {
    fn new(widths: &[usize], edges: &'a [Vec<Edge>]) -> Self {
        let lanes = |at: usize| vec![Vec::new(); widths[at]];
        let mut wiring = Wiring {
            edges,
            senders: (0..widths.len()).map(lanes).collect(),
            receivers: (0..widths.len()).map(|at| (0..widths[at]).map(|_| Vec::new()).collect()).collect(),
        };
        for (at, edges) in edges.iter().enumerate() {
            for edge in edges {
                for lane in 0..widths[at] {
                    let reached = if edge.keys.is_some() { 0..widths[edge.segment] } else { lane..lane + 1 };
                    let ends = reached.map(|to| {
                        let (sender, receiver) = bounded(WAITING);
                        wiring.receivers[edge.segment][to].push((edge.input, receiver));
                        sender
                    });
                    let ends = ends.collect();
                    wiring.senders[at][lane].push(ends);
                }
            }
        }
        wiring
    }

    /// Channels from a source into each lane of its segment.
    fn entry(&mut self, segment: usize, width: usize) -> Vec<Sender<Item>> {
        let channel = |lane: usize| {
            let (sender, receiver) = bounded(WAITING);
            self.receivers[segment][lane].push((0, receiver));
            sender
        };
        (0..width).map(channel).collect()
    }

    /// The channels into a task, and what those of each input say together.
    fn into_task(&mut self, segment: usize, lane: usize, inputs: usize) -> (Vec<Channel>, Vec<Alignment>) {
        let mut numbers = vec![0; inputs];
        let mut channels = Vec::new();
        for (input, from) in std::mem::take(&mut self.receivers[segment][lane]) {
            channels.push(Channel { from, input, number: numbers[input] });
            numbers[input] += 1;
        }
        (channels, numbers.into_iter().map(Alignment::new).collect())
    }

    fn routes(&mut self, segment: usize, lane: usize) -> Vec<Route> {
        let ends = std::mem::take(&mut self.senders[segment][lane]);
        let route = |(edge, mut ends): (&Edge, Vec<Sender<Item>>)| match &edge.keys {
            Some(keys) => Some(Route::ByKey(keys.clone(), ends)),
            None => ends.pop().map(Route::Same),
        };
        self.edges[segment].iter().zip(ends).filter_map(route).collect()
    }
}
