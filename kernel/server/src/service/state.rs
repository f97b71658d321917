//! What the service remembers between requests: tapes, the request under way, and how the last one failed.

use crate::assist::Topics;
use crate::jobs::Jobs;
use crate::magics::{self, Call};
use crate::pipelines::Pipelines;
use crate::service::failure::{self, Scene};
use crate::service::progress::{Left, Waiting};
use crate::service::request;
use crate::service::verbs::{self, Answer, Look};
use crate::service::{CellTime, Desk, Facts, Failure, Services, Timings};
use crate::settings::Settings;
use headwater::{Request, Verb};
use headwater_exec::{Cancel, TapeStore};
use headwater_look::{Outcome, ResolvedSources};
use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Everything that outlives a request.
pub struct State {
    services: Services,
    tapes: TapeStore,
    named_tapes: TapeStore,
    resolved: ResolvedSources,
    pipelines: Arc<Pipelines>,
    topics: Topics,
    jobs: Jobs,
    /// Held by the request under way: one at a time, however many threads a cell has.
    engine: Mutex<()>,
    under_way: Mutex<Option<Cancel>>,
    failure: Mutex<Option<Failure>>,
    cell: AtomicU32,
    settings: Settings,
    timings: Timings,
    /// What requests of the cell have taken.
    spent: Mutex<Duration>,
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
            pipelines: Arc::default(),
            topics: Topics::default(),
            jobs: Jobs::default(),
            engine: Mutex::new(()),
            under_way: Mutex::new(None),
            failure: Mutex::new(None),
            cell: AtomicU32::new(0),
            settings: Settings::default(),
            timings: Timings::default(),
            spent: Mutex::default(),
        }
    }

    /// See [`crate::service::EngineService::pipelines`].
    pub fn pipelines(&self) -> &Arc<Pipelines> {
        &self.pipelines
    }

    /// See [`crate::service::EngineService::facts`].
    pub fn facts<'a>(&'a self, folder: &'a Path) -> Facts<'a> {
        Facts { pipelines: &self.pipelines, resolved: &self.resolved, topics: &self.topics, folder }
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

    /// See [`crate::service::EngineService::stop_jobs`].
    pub fn stop_jobs(&self) {
        self.jobs.stop_all();
    }

    /// See [`crate::service::EngineService::begin_cell`].
    pub fn begin_cell(&self, cell: u32) {
        self.cell.store(cell, Ordering::SeqCst);
        *lock(&self.failure) = None;
        *lock(&self.spent) = Duration::ZERO;
    }

    /// See [`crate::service::EngineService::settings`].
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// See [`crate::service::EngineService::spent`].
    pub fn spent(&self) -> Duration {
        *lock(&self.spent)
    }

    /// See [`crate::service::EngineService::timed`].
    pub fn timed(&self, cell: CellTime) {
        self.timings.push(cell);
    }

    /// See [`crate::service::EngineService::take_failure`].
    pub fn take_failure(&self) -> Option<Failure> {
        lock(&self.failure).take()
    }

    /// Answers the request in `bytes`: publishes what is found, or keeps the failure for the kernel and says why.
    pub fn answer(&self, bytes: &[u8]) -> Result<String, String> {
        let began = Instant::now();
        let outcome = match request::parse(bytes, &self.pipelines) {
            // Between cells, where nothing is shown and no work is waited for.
            Ok(Request { verb: Verb::Name(own), plan, places, problems, samples }) => {
                self.pipelines.define(&own.name, Request { verb: Verb::Preview, plan, places, problems, samples });
                return Ok(String::new());
            }
            Ok(request) => {
                let scene = self.scene(Some(&request), None);
                self.work(&scene, |desk| verbs::answer(&Look { request: &request, desk }))
            }
            Err(error) => Err(failure::compose(&[error], &self.scene(None, None))),
        };
        *lock(&self.spent) += began.elapsed();
        *lock(&self.failure) = outcome.as_ref().err().cloned();
        outcome.map_err(|failure| failure.evalue)
    }

    /// See [`crate::service::EngineService::magic`].
    pub fn magic(&self, call: &Call<'_>) -> Result<(), Failure> {
        let scene = self.scene(None, Some(call));
        let told = self.work(&scene, |desk| {
            let bundle = magics::named(call)?.run(call, desk)?;
            Ok(Answer { bundle, reply: String::new() })
        });
        told.map(drop)
    }

    /// One piece of work at a time: with a line of progress, an ear for the interrupt, and what it found shown in the end.
    fn work(&self, scene: &Scene<'_>, work: impl FnOnce(&Desk<'_>) -> Outcome<Answer>) -> Result<String, Failure> {
        let _one_at_a_time = lock(&self.engine);
        let cancel = Cancel::new();
        *lock(&self.under_way) = Some(cancel.clone());
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run(scene, &cancel, work)));
        *lock(&self.under_way) = None;
        outcome.unwrap_or_else(|panic| Err(failure::panicked(failure::message_of(panic.as_ref()))))
    }

    fn run(
        &self,
        scene: &Scene<'_>,
        cancel: &Cancel,
        work: impl FnOnce(&Desk<'_>) -> Outcome<Answer>,
    ) -> Result<String, Failure> {
        let waiting = Waiting::start(self.services.publisher.clone());
        if !self.settings.progress() {
            waiting.quiet();
        }
        let desk = Desk {
            tapes: &self.tapes,
            named_tapes: &self.named_tapes,
            tapes_dir: &self.services.tapes_dir,
            folder: &self.services.folder,
            settings: &self.settings,
            timings: &self.timings,
            resolved: &self.resolved,
            pipelines: &self.pipelines,
            variables: self.services.variables.as_ref(),
            jobs: &self.jobs,
            cancel,
            waiting: &waiting,
            publisher: self.services.publisher.as_ref(),
            cell: scene.cell,
            asked: OnceCell::new(),
        };
        let answer = catch_unwind(AssertUnwindSafe(|| work(&desk)));
        let asked = desk.asked.into_inner();
        let Left { line, view } = waiting.finish();
        let bundle = match &answer {
            Ok(Ok(answer)) => answer.bundle.clone(),
            // What was seen last stays.
            _ => view,
        };
        self.show(bundle, line.as_deref());
        match answer {
            Ok(Ok(Answer { reply, .. })) => Ok(reply),
            Ok(Err(errors)) => {
                Err(failure::compose(&errors, &Scene { request: asked.as_ref().or(scene.request), ..*scene }))
            }
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

    /// Where the work stands that is done now.
    fn scene<'a>(&'a self, request: Option<&'a Request>, call: Option<&'a Call<'a>>) -> Scene<'a> {
        let cell = self.cell.load(Ordering::SeqCst);
        Scene { request, call, places: self.services.places.as_ref(), cell }
    }
}
