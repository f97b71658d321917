//! The threads that read a job's sources, and whom of them to listen to next.

use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, TryRecvError, bounded};

use crate::pipeline::SourceSpec;
use crate::runtime::panic::panicked;
use crate::runtime::reading::{FromSource, WAITING, read};
use crate::runtime::{Cancel, Clock};
use crate::sources::SourceReader;
use crate::{Error, ErrorKind, Result};

/// A thread for each source. Once it is dropped, also by a panic, the threads end.
pub(crate) struct Readers<'scope> {
    stop: Cancel,
    from: Vec<Receiver<FromSource>>,
    /// The sources that will say nothing more.
    ended: Vec<bool>,
    threads: Vec<ScopedJoinHandle<'scope, ()>>,
}

/// What a source has said.
pub(crate) struct Heard {
    /// Which one, counted in the order of the plan.
    pub(crate) source: usize,
    /// What.
    pub(crate) said: FromSource,
}

impl<'scope> Readers<'scope> {
    /// Starts to read the sources, which `specs` are of.
    pub(crate) fn start(
        scope: &'scope Scope<'scope, '_>,
        sources: Vec<Box<dyn SourceReader>>,
        specs: &[SourceSpec],
        clock: &Arc<dyn Clock>,
    ) -> Result<Self> {
        let mut readers = Readers { stop: Cancel::new(), from: Vec::new(), ended: Vec::new(), threads: Vec::new() };
        for (source, spec) in sources.into_iter().zip(specs) {
            let (to, from) = bounded(WAITING);
            let idle_after = spec.time.as_ref().and_then(|time| time.idle_after_ms).map(Duration::from_millis);
            let (node, stop, clock) = (spec.node, readers.stop.clone(), Arc::clone(clock));
            let work = move || read(node, source, idle_after, &*clock, &stop, &to);
            let thread = thread::Builder::new().name(format!("source {node}")).spawn_scoped(scope, work);
            let thread =
                thread.map_err(|e| Error::new(ErrorKind::Internal, format!("failed to start a thread: {e}")))?;
            readers.from.push(from);
            readers.ended.push(false);
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// What a source says within `patience`; nothing when all are silent. Of several that have something to say the one is heard that
    /// is furthest behind in event time (`progress` tells how far it is): so what waits for a partner waits shortly.
    pub(crate) fn hear(
        &mut self,
        patience: Duration,
        progress: impl Fn(usize) -> Option<i64>,
    ) -> Result<Option<Heard>> {
        let mut ready: Vec<usize> = (0..self.from.len()).filter(|at| !self.from[*at].is_empty()).collect();
        if ready.len() > 1 {
            ready.sort_by_key(|at| progress(*at));
        }
        let source = match ready.first() {
            Some(source) => *source,
            None => match self.wait(patience)? {
                Some(source) => source,
                None => return Ok(None),
            },
        };
        let said = match self.from[source].try_recv() {
            Ok(said) => said,
            // A false alarm.
            Err(TryRecvError::Empty) => return Ok(None),
            // Its thread is gone without a word: it has panicked.
            Err(TryRecvError::Disconnected) => return Err(silent()),
        };
        self.ended[source] = matches!(said, FromSource::End | FromSource::Failed(_));
        Ok(Some(Heard { source, said }))
    }

    /// Waits until a source has something to say, or is gone.
    fn wait(&self, patience: Duration) -> Result<Option<usize>> {
        let listened: Vec<usize> = (0..self.from.len()).filter(|at| !self.ended[*at]).collect();
        if listened.is_empty() {
            return Err(silent());
        }
        let mut select = Select::new();
        for at in &listened {
            select.recv(&self.from[*at]);
        }
        Ok(select.ready_timeout(patience).ok().map(|ready| listened[ready]))
    }

    /// Ends the threads.
    pub(crate) fn join(mut self) -> Result<()> {
        let threads = std::mem::take(&mut self.threads);
        drop(self);
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|payload| panicked(payload.as_ref())))
    }
}

fn silent() -> Error {
    Error::new(ErrorKind::Internal, "the sources' threads ended without a word")
}

impl Drop for Readers<'_> {
    fn drop(&mut self) {
        self.stop.cancel();
        // A thread that waits for room in its channel waits no longer.
        self.from.clear();
    }
}
