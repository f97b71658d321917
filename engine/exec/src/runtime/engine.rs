//! A running pipeline as a job sees it: on the job's own thread, or on several.

use super::board::Board;
use super::chain::OperatorState;
use super::graph::Graph;
use super::parallel::{Lanes, Share, written_in};
use crate::operators::Report;
use crate::{Message, Result};

/// What a job drives.
pub(crate) enum Engine {
    /// One lane, on the thread of whoever calls.
    Inline(Box<Graph>),
    /// Several lanes, each on threads of its own.
    Lanes(Box<Lanes>),
}

impl Engine {
    /// The pipeline of these equal graphs, one a lane, from the states of a checkpoint on, which may be of another number of lanes.
    ///
    /// # Errors
    /// The states are of other steps, an operator refuses its own, or the system gives no threads.
    pub(crate) fn start(mut graphs: Vec<Graph>, states: Option<&[OperatorState]>) -> Result<Engine> {
        if graphs.len() == 1
            && let Some(mut graph) = graphs.pop()
        {
            match states {
                Some(states) if written_in(states) == 1 => graph.restore(states)?,
                Some(states) => graph.restore_share(states, Share::of(0, 1))?,
                None => {}
            }
            return Ok(Engine::Inline(Box::new(graph)));
        }
        let mut lanes = Lanes::new(graphs)?;
        states.map_or(Ok(()), |states| lanes.restore(states))?;
        lanes.start()?;
        Ok(Engine::Lanes(Box::new(lanes)))
    }

    /// How many lanes there are.
    pub(crate) fn lanes(&self) -> usize {
        match self {
            Engine::Inline(_) => 1,
            Engine::Lanes(lanes) => lanes.lanes(),
        }
    }

    /// Sends a message in at a source; gives what has come out, of this message or of earlier ones.
    ///
    /// # Errors
    /// An operator failed, with its node.
    pub(crate) fn deliver(&mut self, source: u32, message: Message) -> Result<Vec<Message>> {
        match self {
            Engine::Inline(graph) => graph.deliver(source, message),
            Engine::Lanes(lanes) => lanes.deliver(source, message),
        }
    }

    /// What has come out since.
    ///
    /// # Errors
    /// As for [`Engine::deliver`].
    pub(crate) fn drain(&mut self) -> Result<Vec<Message>> {
        match self {
            Engine::Inline(_) => Ok(Vec::new()),
            Engine::Lanes(lanes) => lanes.drain(),
        }
    }

    /// Sends barrier `epoch` through; gives what comes out before it, and the state of every operator.
    ///
    /// # Errors
    /// As for [`Engine::deliver`], or a state cannot be taken.
    pub(crate) fn barrier(&mut self, epoch: u64) -> Result<(Vec<Message>, Vec<OperatorState>)> {
        match self {
            Engine::Inline(graph) => graph.barrier(epoch),
            Engine::Lanes(lanes) => lanes.barrier(epoch),
        }
    }

    /// Ends the stream: closes every window; gives what comes out.
    ///
    /// # Errors
    /// As for [`Engine::deliver`].
    pub(crate) fn finish(&mut self) -> Result<Vec<Message>> {
        match self {
            Engine::Inline(graph) => graph.deliver_everywhere(&Message::Watermark(i64::MAX)),
            Engine::Lanes(lanes) => lanes.finish(),
        }
    }

    /// What the operators have done; of several lanes, as they noted it a moment ago.
    pub(crate) fn board(&self) -> Board {
        match self {
            Engine::Inline(graph) => graph.board(),
            Engine::Lanes(lanes) => lanes.board(),
        }
    }

    /// The report of the operator of a node.
    pub(crate) fn report_of(&self, node: u32) -> Option<Report> {
        match self {
            Engine::Inline(graph) => graph.report_of(node),
            Engine::Lanes(lanes) => lanes.report_of(node),
        }
    }
}
