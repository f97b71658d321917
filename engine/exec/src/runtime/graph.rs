//! The operators of a plan as a graph: runs of single-input operators (chains), joined where rows of several inputs meet.

use std::collections::{BTreeMap, BTreeSet};

use headwater::Expr;

use super::board::Board;
use super::chain::{Chain, OperatorState, Phase, of_other_steps};
use super::merge::Merge;
use super::parallel::Share;
use super::tap::Tap;
use crate::operators::{MergeOperator, OpenWindow, Operator, Report};
use crate::{Error, ErrorKind, Message, Result};

/// A running pipeline: what a source gives goes in at that source's node, and the rows of the last node come out.
///
/// It is built node by node in the order of the plan. A segment is a run of operators between two places where rows meet or part;
/// only segments hand messages to each other, so a segment is what a thread of its own could run.
#[derive(Debug, Default)]
pub struct Graph {
    segments: Vec<Segment>,
    /// Of each node the segment that its rows leave.
    outlets: BTreeMap<u32, usize>,
    /// How many nodes read each node.
    readers: Vec<usize>,
    sources: Vec<Entry>,
}

/// Rows meet (or not), go through a chain, and leave to every segment that reads them.
#[derive(Debug, Default)]
pub(super) struct Segment {
    merge: Option<Merge>,
    chain: Chain,
    /// Who reads this one.
    pub(super) to: Vec<Edge>,
    /// The sources whose rows it may see.
    sources: BTreeSet<usize>,
    /// The sources behind each input of the merge.
    behind: Vec<BTreeSet<usize>>,
}

/// A segment that reads another.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) segment: usize,
    /// As which of its inputs.
    pub(super) input: usize,
    /// Rows whose keys are equal have to come to the same operator, when several run side by side; none when it does not matter.
    pub(super) keys: Option<Vec<Expr>>,
}

/// Where the messages of a source go in.
#[derive(Debug)]
struct Entry {
    node: u32,
    segment: usize,
    /// Of each partition whether it is idle.
    idle: Vec<bool>,
}

impl Entry {
    fn is_idle(&self) -> bool {
        !self.idle.is_empty() && self.idle.iter().all(|idle| *idle)
    }
}

/// What waits at the inputs of a segment.
#[derive(Debug)]
pub(super) enum Waiting {
    Message(Message),
    /// Whether every source behind the input is silent.
    Idle(bool),
}

type Inboxes = Vec<Vec<(usize, Waiting)>>;

impl Graph {
    /// A graph without operators; node `n` of it will be read by `readers[n]` others.
    pub fn new(readers: Vec<usize>) -> Self {
        Graph { readers, ..Graph::default() }
    }

    /// Adds the source `node`, of so many partitions.
    pub fn source(&mut self, node: u32, partitions: u32) {
        let (segment, source) = (self.segments.len(), self.sources.len());
        self.segments.push(Segment { sources: [source].into(), ..Segment::default() });
        self.sources.push(Entry { node, segment, idle: vec![false; partitions as usize] });
        self.outlets.insert(node, segment);
    }

    /// Adds the operator of `node`, which reads `input`.
    ///
    /// # Panics
    /// `input` was not added before.
    pub fn push(&mut self, node: u32, name: &'static str, input: u32, operator: Box<dyn Operator>) {
        let segment = self.segment_for(input, operator.keys());
        self.segments[segment].chain.push(node, name, operator);
        self.outlets.insert(node, segment);
    }

    /// Adds the two operators of `node`, which reads `input`: one that combines rows where they are, and one that has all rows of
    /// its keys.
    ///
    /// # Panics
    /// `input` was not added before.
    pub fn push_two(
        &mut self,
        node: u32,
        name: &'static str,
        input: u32,
        (local, last): (Box<dyn Operator>, Box<dyn Operator>),
    ) {
        let keys = last.keys();
        let segment = self.segment_for(input, None);
        self.segments[segment].chain.push_phase(node, name, Phase::Local, local);
        let behind = self.segment_behind(segment, keys);
        self.segments[behind].chain.push_phase(node, name, Phase::Final, last);
        self.outlets.insert(node, behind);
    }

    /// The segment that an operator which reads `input` and has these keys goes to.
    fn segment_for(&mut self, input: u32, keys: Option<Vec<Expr>>) -> usize {
        let segment = self.outlets[&input];
        let forks = self.readers.get(input as usize).is_some_and(|readers| *readers > 1);
        if keys.is_some() || forks { self.segment_behind(segment, keys) } else { segment }
    }

    fn segment_behind(&mut self, from: usize, keys: Option<Vec<Expr>>) -> usize {
        let segment = self.segments.len();
        self.segments.push(Segment { sources: self.segments[from].sources.clone(), ..Segment::default() });
        self.segments[from].to.push(Edge { segment, input: 0, keys });
        segment
    }

    /// Adds the operator of `node`, at which the rows of `inputs` meet.
    ///
    /// # Panics
    /// One of `inputs` was not added before.
    pub fn merge(&mut self, node: u32, name: &'static str, inputs: &[u32], operator: Box<dyn MergeOperator>) {
        let segment = self.segments.len();
        let from: Vec<usize> = inputs.iter().map(|input| self.outlets[input]).collect();
        let behind: Vec<BTreeSet<usize>> = from.iter().map(|from| self.segments[*from].sources.clone()).collect();
        for (input, from) in from.into_iter().enumerate() {
            let keys = operator.keys(input);
            self.segments[from].to.push(Edge { segment, input, keys });
        }
        self.segments.push(Segment {
            merge: Some(Merge::new(node, name, inputs.len(), operator)),
            sources: behind.iter().flatten().copied().collect(),
            behind,
            ..Segment::default()
        });
        self.outlets.insert(node, segment);
    }

    /// Sends a message in at a source; gives what comes out at the end.
    ///
    /// # Errors
    /// An operator failed (with its node), or broke the protocol; or `source` is none.
    pub fn deliver(&mut self, source: u32, message: Message) -> Result<Vec<Message>> {
        let number =
            self.sources.iter().position(|entry| entry.node == source).ok_or_else(|| {
                Error::new(ErrorKind::Internal, format!("node {source} is no source of the pipeline"))
            })?;
        let mut out = Vec::new();
        let was_idle = self.sources[number].is_idle();
        self.note_idle(number, &message);
        let is_idle = self.sources[number].is_idle();
        // A source that wakes counts again before its rows are looked at; one that falls silent counts until then.
        if was_idle && !is_idle {
            self.tell_idle(&mut out)?;
        }
        let mut inboxes = self.inboxes();
        inboxes[self.sources[number].segment].push((0, Waiting::Message(message)));
        self.flow(inboxes, &mut out)?;
        if is_idle && !was_idle {
            self.tell_idle(&mut out)?;
        }
        Ok(out)
    }

    /// Sends the same message in at every source.
    ///
    /// # Errors
    /// As for [`Graph::deliver`].
    pub fn deliver_everywhere(&mut self, message: &Message) -> Result<Vec<Message>> {
        let mut inboxes = self.inboxes();
        for entry in &self.sources {
            inboxes[entry.segment].push((0, Waiting::Message(message.clone())));
        }
        let mut out = Vec::new();
        self.flow(inboxes, &mut out)?;
        Ok(out)
    }

    /// Sends barrier `epoch` through; gives what comes out before it at the end, and the state of every operator.
    ///
    /// # Errors
    /// A state cannot be taken.
    pub fn barrier(&mut self, epoch: u64) -> Result<(Vec<Message>, Vec<OperatorState>)> {
        let mut out = self.deliver_everywhere(&Message::Barrier(epoch))?;
        if !matches!(out.pop(), Some(Message::Barrier(passed)) if passed == epoch) {
            return Err(Error::new(
                ErrorKind::Internal,
                format!("barrier {epoch} did not come out of the pipeline last"),
            ));
        }
        let mut states = Vec::new();
        for segment in &mut self.segments {
            states.extend(segment.take_states(epoch)?);
        }
        states.sort_by_key(|state| state.node);
        Ok((out, states))
    }

    /// Takes up the states that [`Graph::barrier`] gave, on a fresh graph of the same plan.
    ///
    /// # Errors
    /// They are of other steps, or an operator refuses its own.
    pub fn restore(&mut self, states: &[OperatorState]) -> Result<()> {
        let own: usize = self.segments.iter().map(Segment::operators).sum();
        if states.len() != own {
            return Err(of_other_steps());
        }
        self.restore_share(states, Share::ALL)
    }

    /// Takes up what is of this share of the states of an earlier run, in whatever number of lanes.
    ///
    /// # Errors
    /// As for [`Graph::restore`].
    pub(crate) fn restore_share(&mut self, states: &[OperatorState], share: Share) -> Result<()> {
        self.segments.iter_mut().try_for_each(|segment| segment.restore(states, share))
    }

    /// The segments, and of each source its node, its segment and its partitions.
    pub(super) fn into_parts(self) -> (Vec<Segment>, Vec<(u32, usize, u32)>) {
        let source = |entry: &Entry| (entry.node, entry.segment, u32::try_from(entry.idle.len()).unwrap_or(u32::MAX));
        let sources = self.sources.iter().map(source).collect();
        (self.segments, sources)
    }

    /// The windows of all operators that hold rows and are not emitted yet.
    pub fn open_windows(&self) -> Vec<OpenWindow> {
        let own = |segment: &Segment| {
            let merge = segment.merge.as_ref().map(Merge::open_windows).unwrap_or_default();
            merge.into_iter().chain(segment.chain.open_windows()).collect::<Vec<_>>()
        };
        self.segments.iter().flat_map(own).collect()
    }

    /// What the operators have done.
    pub fn board(&self) -> Board {
        let mut board = Board::default();
        self.segments.iter().for_each(|segment| segment.note(&mut board));
        board
    }

    /// Counts from now on how the keys in front of node `node` are spread; nothing if rows of several inputs meet there.
    pub(crate) fn tap(&mut self, node: u32, tap: Tap) {
        if let Some(segment) = self.segments.iter_mut().find(|segment| segment.chain.has(node)) {
            segment.chain.tap(node, tap);
        }
    }

    /// The report of the operator of a node.
    pub fn report_of(&self, node: u32) -> Option<Report> {
        let own = |segment: &Segment| {
            let merge = segment.merge.as_ref().filter(|merge| merge.node() == node);
            merge.map(Merge::report).or_else(|| segment.chain.report_of(node))
        };
        self.segments.iter().find_map(own)
    }

    fn inboxes(&self) -> Inboxes {
        self.segments.iter().map(|_| Vec::new()).collect()
    }

    fn note_idle(&mut self, source: usize, message: &Message) {
        let idle = &mut self.sources[source].idle;
        let (partition, is_idle) = match message {
            Message::Batch(batch) => (batch.partition, false),
            Message::Idle(partition) => (*partition, true),
            _ => return,
        };
        if let Some(own) = idle.get_mut(partition as usize) {
            *own = is_idle;
        }
    }

    /// Tells every merge which of its inputs are silent, all their sources being so.
    fn tell_idle(&mut self, out: &mut Vec<Message>) -> Result<()> {
        let mut inboxes = self.inboxes();
        for (segment, inbox) in self.segments.iter().zip(&mut inboxes) {
            for (input, behind) in segment.behind.iter().enumerate() {
                let idle = behind.iter().all(|source| self.sources[*source].is_idle());
                inbox.push((input, Waiting::Idle(idle)));
            }
        }
        self.flow(inboxes, out)
    }

    /// Works off what waits, segment by segment in the order of the plan; each only hands on to later ones.
    fn flow(&mut self, mut inboxes: Inboxes, end: &mut Vec<Message>) -> Result<()> {
        for at in 0..self.segments.len() {
            for (input, waiting) in std::mem::take(&mut inboxes[at]) {
                let segment = &mut self.segments[at];
                for message in segment.take(input, waiting)? {
                    match segment.to.as_slice() {
                        [] => end.push(message),
                        [first, others @ ..] => {
                            // What was put aside is kept once, whoever else reads the rows.
                            let others = if matches!(message, Message::Aside(_)) { &[] } else { others };
                            for other in others {
                                inboxes[other.segment].push((other.input, Waiting::Message(message.clone())));
                            }
                            inboxes[first.segment].push((first.input, Waiting::Message(message)));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

impl Segment {
    /// How many inputs it has.
    pub(super) fn inputs(&self) -> usize {
        self.behind.len().max(1)
    }

    /// The node of its first operator.
    pub(super) fn head(&self) -> Option<u32> {
        self.merge.as_ref().map(Merge::node).or_else(|| self.chain.nodes().next().map(|(node, _)| node))
    }

    fn operators(&self) -> usize {
        self.chain.nodes().count() + usize::from(self.merge.is_some())
    }

    /// The states of its operators at barrier `epoch`, which has just passed.
    ///
    /// # Errors
    /// An operator has none.
    pub(super) fn take_states(&mut self, epoch: u64) -> Result<Vec<OperatorState>> {
        let mut states = Vec::new();
        if let Some(merge) = &mut self.merge {
            states.push(merge.take_state(epoch)?);
        }
        states.extend(self.chain.take_states(epoch)?);
        Ok(states)
    }

    /// Takes up those of the states that are of its operators, and of these what is of the share.
    ///
    /// # Errors
    /// One is missing, or an operator refuses its own.
    pub(super) fn restore(&mut self, states: &[OperatorState], share: Share) -> Result<()> {
        if let Some(merge) = &mut self.merge {
            let own = states.iter().filter(|state| state.node == merge.node() && state.name == merge.name());
            let own: Vec<&[u8]> = own.map(|state| state.bytes.as_slice()).collect();
            if own.is_empty() {
                return Err(of_other_steps());
            }
            merge.restore(&own, share)?;
        }
        self.chain.restore(states, share)
    }

    /// Adds what its operators have done.
    pub(super) fn note(&self, board: &mut Board) {
        if let Some(merge) = &self.merge {
            board.step(merge.status(), merge.report(), None);
        }
        self.chain.note(board);
        if self.to.is_empty() {
            let watermark = self.chain.watermark();
            board.end(watermark.or_else(|| self.merge.as_ref().and_then(Merge::watermark)));
        }
    }

    /// What leaves the segment for what has come.
    pub(super) fn take(&mut self, input: usize, waiting: Waiting) -> Result<Vec<Message>> {
        let met = match (&mut self.merge, waiting) {
            (Some(merge), Waiting::Message(message)) => merge.deliver(input, message)?,
            (Some(merge), Waiting::Idle(idle)) => merge.set_idle(input, idle)?,
            (None, Waiting::Message(message)) => vec![message],
            (None, Waiting::Idle(_)) => Vec::new(),
        };
        let mut out = Vec::new();
        for message in met {
            out.extend(self.chain.deliver(message)?);
        }
        Ok(out)
    }
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
