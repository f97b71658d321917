//! What a cell took, part by part.

use std::time::{Duration, Instant, SystemTime};

/// Where the time of a cell went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CellTiming {
    /// Waiting for evcxr to be ready, before the first cell.
    pub waited: Duration,
    /// Parsing, and finding the types of variables.
    pub types: Duration,
    /// A first compilation that failed and was mended, with the types of that attempt.
    pub again: Duration,
    /// Compiling and linking.
    pub compile: Duration,
    /// The cell's own code, and whatever it waited for.
    pub run: Duration,
}

/// The moments of a cell that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    asked: Instant,
    began: Instant,
    /// Its code was written for the compiler so long before it ran, or before now.
    compiled_in: Option<Duration>,
    started: Option<Instant>,
    ended: Option<Instant>,
}

impl Moments {
    pub(crate) fn asked() -> Moments {
        let now = Instant::now();
        Moments { asked: now, began: now, compiled_in: None, started: None, ended: None }
    }

    /// Its turn has come.
    pub(crate) fn begin(&mut self) {
        self.began = Instant::now();
    }

    /// The child begins to run what was written for the compiler at `written`. A cell that runs again did not count before.
    pub(crate) fn start(&mut self, written: Option<SystemTime>) {
        self.compiled_in = written.and_then(|written| SystemTime::now().duration_since(written).ok());
        self.started = Some(Instant::now());
        self.ended = None;
    }

    /// The child has run it.
    pub(crate) fn end(&mut self) {
        self.ended = Some(Instant::now());
    }

    /// The parts, once the cell is done. Of its attempts, those that were mended took `again`; `written` is when code was last written
    /// for the compiler, for a cell that never ran.
    pub(crate) fn parts(&self, again: Duration, written: Option<SystemTime>) -> CellTiming {
        let now = Instant::now();
        let compiled_in = match self.started {
            Some(_) => self.compiled_in,
            None => written.and_then(|written| SystemTime::now().duration_since(written).ok()),
        };
        let before = self.started.unwrap_or(now).duration_since(self.began);
        // Older than the cell: it never came to the compiler.
        let compile = compiled_in.filter(|compiled_in| *compiled_in <= before).unwrap_or_default();
        let again = again.min(before - compile);
        CellTiming {
            waited: self.began.duration_since(self.asked),
            types: before - compile - again,
            again,
            compile,
            run: self.started.map_or(Duration::ZERO, |started| self.ended.unwrap_or(now).duration_since(started)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(of: [u64; 4]) -> Moments {
        let [asked, began, started, ended] = of.map(|ms| Instant::now() + Duration::from_millis(ms));
        Moments { asked, began, compiled_in: None, started: Some(started), ended: Some(ended) }
    }

    #[test]
    fn a_cell_waits_is_compiled_and_runs() {
        let ms = Duration::from_millis;
        let whole = |duration: Duration| duration.as_millis();
        let mut cell = moments([0, 100, 400, 450]);
        cell.compiled_in = Some(ms(220));
        let parts = cell.parts(Duration::ZERO, None);
        assert_eq!([parts.waited, parts.compile, parts.run].map(whole), [100, 220, 50]);
        assert!((79..=81).contains(&whole(parts.types)), "{parts:?}");
        let mended = cell.parts(ms(60), None);
        assert_eq!((whole(mended.again), mended.types + mended.again), (60, parts.types));
    }

    #[test]
    fn code_of_an_earlier_cell_was_not_compiled_for_this_one() {
        let mut cell = moments([0, 0, 30, 40]);
        cell.compiled_in = Some(Duration::from_secs(9));
        assert_eq!(cell.parts(Duration::ZERO, None).compile, Duration::ZERO);
    }
}
