//! What is shown while a request takes long, and replaced by what is found: a line of progress, and under it what is known so far.

use crate::display::style::{NOTE, tag};
use crate::display::{MimeBundle, count, escape};
use crate::service::Publisher;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use headwater_exec::Progress;
use serde_json::Value;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a request may take before there is a word about it.
const PATIENCE: Duration = Duration::from_millis(300);
/// Time between two words.
const PACE: Duration = Duration::from_millis(250);
/// The same while a report is shown that is not complete: it is large.
const PACE_OF_REPORTS: Duration = Duration::from_millis(1000);

/// How far a request has come.
struct Latest {
    progress: Progress,
    /// What it has found so far.
    partial: Option<MimeBundle>,
    /// Nothing is to be shown.
    quiet: bool,
    /// What there is to see, without any line of progress.
    view: Option<MimeBundle>,
    /// Whether that has changed since it was shown.
    fresh: bool,
}

/// What is left when the waiting ends.
pub struct Left {
    /// The id of what was shown and must be replaced.
    pub line: Option<String>,
    /// The last view, when there was one.
    pub view: Option<MimeBundle>,
}

/// The progress of one request: nothing for the first 0.3 s, then a line that is updated in place.
pub struct Waiting {
    latest: Arc<Mutex<Latest>>,
    stop: Sender<()>,
    thread: Option<JoinHandle<Option<String>>>,
}

impl Waiting {
    /// Begins to wait.
    pub fn start(publisher: Arc<dyn Publisher>) -> Waiting {
        let progress = Progress { what: "starting".to_owned(), done: 0, total: None };
        let latest = Arc::new(Mutex::new(Latest { progress, partial: None, quiet: false, view: None, fresh: false }));
        let (stop, stopped) = bounded(0);
        let seen = Arc::clone(&latest);
        let show = move || {
            let began = Instant::now();
            let mut shown: Option<String> = None;
            let mut pause = PATIENCE;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                let (bundle, pace) = locked(&seen).shown(began.elapsed());
                let publishes = Instant::now();
                match (bundle, &shown) {
                    (Some(bundle), Some(id)) => publisher.update(bundle, id),
                    (Some(bundle), None) => {
                        let id = display_id();
                        publisher.display(bundle, Some(&id));
                        shown = Some(id);
                    }
                    (None, _) => {}
                }
                // A front end that takes its time is shown less.
                pause = pace.max(publishes.elapsed() * 4);
            }
            shown
        };
        let thread = std::thread::Builder::new().name("headwater-progress".to_owned()).spawn(show).ok();
        Waiting { latest, stop, thread }
    }

    /// How far the work has come.
    pub fn report(&self, progress: Progress) {
        locked(&self.latest).progress = progress;
    }

    /// From now on nothing is said: whoever works shows enough, or the user wants to see none of it.
    pub fn quiet(&self) {
        locked(&self.latest).quiet = true;
    }

    /// What it has found so far.
    pub fn partial(&self, found: MimeBundle) {
        locked(&self.latest).partial = Some(found);
    }

    /// What there is to see now, in place of the line and everything else.
    pub fn view(&self, bundle: MimeBundle) {
        let mut latest = locked(&self.latest);
        (latest.view, latest.fresh) = (Some(bundle), true);
    }

    /// Ends the waiting.
    pub fn finish(self) -> Left {
        drop(self.stop);
        let line = self.thread.and_then(|thread| thread.join().ok()).flatten();
        let view = locked(&self.latest).view.take();
        Left { line, view }
    }
}

fn locked(latest: &Mutex<Latest>) -> MutexGuard<'_, Latest> {
    latest.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An id that no other output of any session has.
fn display_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |age| age.as_micros());
    format!("headwater-{}-{now:x}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Latest {
    /// The view if it has changed; or the line, and what is known so far under it; and how long to wait with the next.
    fn shown(&mut self, elapsed: Duration) -> (Option<MimeBundle>, Duration) {
        // A view is a result, not a word on how far it is.
        if let Some(view) = &self.view {
            return (std::mem::take(&mut self.fresh).then(|| view.clone()), PACE);
        }
        if self.quiet {
            return (None, PACE);
        }
        let mut bundle = line(&self.progress, elapsed);
        let Some(partial) = &self.partial else { return (Some(bundle), PACE) };
        for (mime, between) in [("text/html", ""), ("text/plain", "\n\n")] {
            if let (Some(Value::String(line)), Some(Value::String(found))) = (bundle.get_mut(mime), partial.get(mime)) {
                line.push_str(between);
                line.push_str(found);
            }
        }
        (Some(bundle), PACE_OF_REPORTS)
    }
}

fn line(progress: &Progress, elapsed: Duration) -> MimeBundle {
    let text = format!("{} · {:.1} s", words(progress), elapsed.as_secs_f64());
    let bar = progress.total.filter(|&total| total > 0).map_or_else(String::new, |total| {
        format!(" <progress max=\"{total}\" value=\"{}\"></progress>", progress.done.min(total))
    });
    let mut bundle = MimeBundle::new();
    bundle.insert("text/html".to_owned(), Value::String(tag("div", NOTE, &format!("{}{bar}", escape::html(&text)))));
    bundle.insert("text/plain".to_owned(), Value::String(escape::visible(&text)));
    bundle
}

fn words(progress: &Progress) -> String {
    match progress.total {
        Some(total) => format!("{}: {} of {}", progress.what, count(progress.done), count(total)),
        None if progress.done > 0 => format!("{}: {}", progress.what, count(progress.done)),
        None => progress.what.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::recorder::Recorder;

    #[test]
    fn short_work_shows_nothing() {
        let recorder = Arc::new(Recorder::default());
        let waiting = Waiting::start(recorder.clone());
        waiting.report(Progress { what: "reading".to_owned(), done: 1, total: None });
        assert_eq!(waiting.finish().line, None);
        assert_eq!(recorder.shown().len(), 0);
    }

    #[test]
    fn quiet_work_shows_nothing_however_long() {
        let recorder = Arc::new(Recorder::default());
        let waiting = Waiting::start(recorder.clone());
        waiting.quiet();
        std::thread::sleep(PATIENCE + PACE);
        assert_eq!(waiting.finish().line, None);
        assert_eq!(recorder.shown().len(), 0);
    }

    #[test]
    fn a_view_takes_the_place_of_the_line_and_is_shown_when_it_has_changed() {
        let recorder = Arc::new(Recorder::default());
        let waiting = Waiting::start(recorder.clone());
        let view = |text: &str| crate::display::bundle::bundle("watch", text.to_owned(), text.to_owned(), Value::Null);
        for at in 0..200 {
            waiting.view(view(&format!("view {at}")));
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(3 * PACE);
        waiting.view(view("the last"));
        let Left { line, view } = waiting.finish();
        assert_eq!(view.expect("a view")["text/plain"], "the last");
        let shown = recorder.shown();
        assert!((2..=6).contains(&shown.len()), "{} for a second of changes, none after", shown.len());
        assert!(shown.iter().all(|output| output.id == line && output.text().starts_with("view ")), "{shown:?}");
    }

    #[test]
    fn long_work_shows_one_line_that_is_updated() {
        let recorder = Arc::new(Recorder::default());
        let waiting = Waiting::start(recorder.clone());
        waiting.report(Progress { what: "reading <b>".to_owned(), done: 3_000, total: Some(20_000) });
        std::thread::sleep(PATIENCE + 2 * PACE);
        let id = waiting.finish().line.expect("a line was shown");
        let shown = recorder.shown();
        assert!(shown.len() >= 2 && shown.iter().all(|output| output.id.as_deref() == Some(&id)), "{shown:?}");
        assert!(!shown[0].update && shown[1].update);
        assert!(shown[0].text().starts_with("reading <b>: 3,000 of 20,000 · 0."), "{}", shown[0].text());
        assert!(shown[0].html().contains("reading &lt;b&gt;"), "{}", shown[0].html());
        headwater_charts::html::sanitized::check(shown[0].html());
    }
}
