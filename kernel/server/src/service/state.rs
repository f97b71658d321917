//! What the service remembers between requests: tapes, the request under way, and how the last one failed.

use crate::service::progress::Waiting;
use crate::service::request;
use crate::service::verbs::{self, Answer, Look};
use crate::service::{Failure, Services, failure};
use headwater::Request;
use headwater_exec::{Cancel, Error, TapeStore};
use headwater_look::ResolvedSources;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Everything that outlives a request.
pub struct State {
    services: Services,
    tapes: TapeStore,
    named_tapes: TapeStore,
    resolved: ResolvedSources,
    /// Held by the request under way: one at a time, however many threads a cell has.
    engine: Mutex<()>,
    under_way: Mutex<Option<Cancel>>,
    failure: Mutex<Option<Failure>>,
    cell: AtomicU32,
}

/// Locks although a panic may have struck while it was locked: each of these values is whole at all times.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// Nothing asked yet.
    pub fn new(services: Services) -> State {
        let tapes = TapeStore::new(&services.tapes_dir);
        let named_tapes = TapeStore::new(&services.named_tapes_dir);
        State {
            services,
            tapes,
            named_tapes,
            resolved: ResolvedSources::default(),
            engine: Mutex::new(()),
            under_way: Mutex::new(None),
            failure: Mutex::new(None),
            cell: AtomicU32::new(0),
        }
    }

    /// See [`crate::service::EngineService::cancel`].
    pub fn cancel(&self) -> bool {
        match lock(&self.under_way).as_ref() {
            Some(cancel) => {
                cancel.cancel();
                true
            }
            None => false,
        }
    }

    /// See [`crate::service::EngineService::begin_cell`].
    pub fn begin_cell(&self, cell: u32) {
        self.cell.store(cell, Ordering::SeqCst);
        *lock(&self.failure) = None;
    }

    /// See [`crate::service::EngineService::take_failure`].
    pub fn take_failure(&self) -> Option<Failure> {
        lock(&self.failure).take()
    }

    /// Answers the request in `bytes`: publishes what is found, or keeps the failure for the kernel and says why.
    pub fn answer(&self, bytes: &[u8]) -> Result<String, String> {
        let _one_at_a_time = lock(&self.engine);
        let cancel = Cancel::new();
        *lock(&self.under_way) = Some(cancel.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run(bytes, &cancel)));
        *lock(&self.under_way) = None;
        let outcome = outcome.unwrap_or_else(|panic| Err(failure::panicked(failure::message_of(panic.as_ref()))));
        *lock(&self.failure) = outcome.as_ref().err().cloned();
        outcome.map_err(|failure| failure.evalue)
    }

    fn run(&self, bytes: &[u8], cancel: &Cancel) -> Result<String, Failure> {
        let request = request::parse(bytes).map_err(|error| self.failed(&[error], None))?;
        let waiting = Waiting::start(self.services.publisher.clone());
        let look = Look {
            request: &request,
            tapes: &self.tapes,
            named_tapes: &self.named_tapes,
            tapes_dir: &self.services.tapes_dir,
            resolved: &self.resolved,
            cancel,
            waiting: &waiting,
        };
        let answer = catch_unwind(AssertUnwindSafe(|| verbs::answer(&look)));
        let line = waiting.finish();
        let bundle = match &answer {
            Ok(Ok(answer)) => Some(answer.bundle.clone()),
            _ => None,
        };
        self.show(bundle, line.as_deref());
        match answer {
            Ok(Ok(Answer { reply, .. })) => Ok(reply),
            Ok(Err(errors)) => Err(self.failed(&errors, Some(&request))),
            Err(panic) => Err(failure::panicked(failure::message_of(panic.as_ref()))),
        }
    }

    /// Shows what was found, in place of the line of progress when there was one; without a result only that line goes.
    fn show(&self, bundle: Option<crate::display::MimeBundle>, line: Option<&str>) {
        let publisher = &self.services.publisher;
        match (bundle, line) {
            (Some(bundle), Some(line)) => publisher.update(bundle, line),
            (Some(bundle), None) => publisher.display(bundle, None),
            (None, Some(line)) => publisher.update(crate::display::bundle::nothing(), line),
            (None, None) => {}
        }
    }

    fn failed(&self, errors: &[Error], request: Option<&Request>) -> Failure {
        let cell = self.cell.load(Ordering::SeqCst);
        failure::compose(errors, &failure::Scene { request, places: self.services.places.as_ref(), cell })
    }
}
