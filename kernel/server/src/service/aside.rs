//! Work of a look in a thread aside: what it has found so far is shown while it goes on, and an interrupt leaves it behind at once.

use crate::display::MimeBundle;
use crate::service::Desk;
use crate::service::failure::message_of;
use crate::service::verbs::{Outcome, one};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use headwater_exec::{Cancel, Error, ErrorKind, Progress, Tape};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// How often an interrupt is looked for: well within the 0.2 s after which a user notices.
const LOOK_UP: Duration = Duration::from_millis(25);

/// How long work that was interrupted may take to say its last word, before it is left behind.
const LAST_WORD: Duration = Duration::from_millis(75);

/// What the work says on its way.
enum Word {
    Progress(Progress),
    Partial(MimeBundle),
    View(MimeBundle),
    Part(Tape),
}

/// How the work says how far it has come.
pub struct Voice(Sender<Word>);

impl Voice {
    /// How far it has come.
    pub fn progress(&self, progress: Progress) {
        // Nobody listens any more after an interrupt.
        let _ = self.0.send(Word::Progress(progress));
    }

    /// What it has found so far.
    pub fn partial(&self, bundle: MimeBundle) {
        let _ = self.0.send(Word::Partial(bundle));
    }

    /// What there is to see now, in place of everything that was shown.
    pub fn view(&self, bundle: MimeBundle) {
        let _ = self.0.send(Word::View(bundle));
    }

    /// A part of the sample that is there already.
    pub fn part(&self, tape: Tape) {
        let _ = self.0.send(Word::Part(tape));
    }
}

/// Does `work` in a thread of its own and waits for it, but not much longer than until the user interrupts: then the thread is left
/// behind, with a cancel that has been raised, and what it finds is dropped.
///
/// # Errors
/// Those of the work; that it was interrupted.
///
/// # Panics
/// When the work did, with its words.
pub fn aside<T, W>(desk: &Desk<'_>, work: W) -> Outcome<T>
where
    T: Send + 'static,
    W: FnOnce(&Voice, &Cancel) -> Outcome<T> + Send + 'static,
{
    aside_hearing(desk, &mut |_| (), work)
}

/// The same for work that records a sample; `part` gets the parts of it that are there already.
///
/// # Errors
/// As for [`aside`].
///
/// # Panics
/// As [`aside`].
pub fn aside_hearing<T, W>(desk: &Desk<'_>, part: &mut dyn FnMut(Tape), work: W) -> Outcome<T>
where
    T: Send + 'static,
    W: FnOnce(&Voice, &Cancel) -> Outcome<T> + Send + 'static,
{
    let (voice, words) = unbounded();
    let (done, result) = unbounded();
    let cancel = desk.cancel.clone();
    let run = move || {
        let voice = Voice(voice);
        let _ = done.send(catch_unwind(AssertUnwindSafe(|| work(&voice, &cancel))));
    };
    let thread = std::thread::Builder::new().name("headwater-look".to_owned()).spawn(run);
    thread.map_err(|error| one(Error::new(ErrorKind::Internal, format!("failed to start a thread: {error}"))))?;
    let mut interrupted: Option<Instant> = None;
    loop {
        hear(desk, &words, part);
        if desk.cancel.is_cancelled() && interrupted.get_or_insert_with(Instant::now).elapsed() >= LAST_WORD {
            desk.cancel.check().map_err(one)?;
        }
        match result.recv_timeout(LOOK_UP) {
            Ok(Ok(outcome)) => {
                hear(desk, &words, part);
                return outcome;
            }
            Ok(Err(panic)) => panic!("{}", message_of(panic.as_ref())),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(one(Error::new(ErrorKind::Internal, "the work ended without a word")));
            }
        }
    }
}

fn hear(desk: &Desk<'_>, words: &Receiver<Word>, part: &mut dyn FnMut(Tape)) {
    for word in words.try_iter() {
        match word {
            Word::Progress(progress) => desk.waiting.report(progress),
            Word::Partial(bundle) => desk.waiting.partial(bundle),
            Word::View(bundle) => desk.waiting.view(bundle),
            Word::Part(tape) => part(tape),
        }
    }
}
