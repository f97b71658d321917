//! What is told while the crates of a cell are fetched and compiled, which may take minutes: which one is being compiled.

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use headwater_cell::{CellSession, Phase};
use headwater_exec::Progress;
use headwater_server::display::bundle;
use headwater_server::service::{Publisher, Waiting};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How often the compilers are looked at: small crates take a tenth of a second.
const LOOK: Duration = Duration::from_millis(100);
/// Crates that are named at once.
const NAMED: usize = 3;
/// The crate that evcxr makes of a cell.
const CELL: &str = "ctx";

/// Does `work`, which is a cell of this session, and tells `publisher`, if there is one, how far its crates are until it runs.
pub fn told<T>(session: &CellSession, publisher: Option<Arc<dyn Publisher>>, work: impl FnOnce() -> T) -> T {
    let Some(publisher) = publisher else { return work() };
    let (stop, stopped) = bounded(0);
    std::thread::scope(|scope| {
        scope.spawn(move || tell(session, publisher, &stopped));
        let done = work();
        drop(stop);
        done
    })
}

fn tell(session: &CellSession, publisher: Arc<dyn Publisher>, stopped: &Receiver<()>) {
    let waiting = Waiting::start(Arc::clone(&publisher));
    let mut seen = BTreeSet::new();
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK) {
        let what = match session.phase() {
            Phase::Starting => "starting the compiler".to_owned(),
            Phase::Compiling => words(&session.crates_compiled(), &mut seen),
            Phase::Idle | Phase::Running => break,
        };
        waiting.report(Progress { what, done: 0, total: None });
    }
    if let Some(line) = waiting.finish().line {
        publisher.update(bundle::nothing(), &line);
    }
}

/// What is being compiled; `seen` remembers all that was.
fn words(now: &[String], seen: &mut BTreeSet<String>) -> String {
    seen.extend(now.iter().filter(|name| *name != CELL).cloned());
    let done = seen.iter().filter(|name| !now.contains(name)).count();
    let done = match done {
        0 => String::new(),
        1 => " · 1 crate is done".to_owned(),
        done => format!(" · {done} crates are done"),
    };
    let named: Vec<&str> = now.iter().map(String::as_str).filter(|name| *name != CELL).take(NAMED).collect();
    match (&named[..], now.is_empty()) {
        ([], true) if seen.is_empty() => "looking for the crates of this cell".to_owned(),
        ([], _) => format!("compiling the cell{done}"),
        (named, _) => format!("compiling {}{done}", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_and_counted() {
        let mut seen = BTreeSet::new();
        let mut told = |now: &[&str]| words(&now.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), &mut seen);
        assert_eq!(told(&[]), "looking for the crates of this cell");
        assert_eq!(told(&["serde", "syn"]), "compiling serde, syn");
        assert_eq!(told(&["regex"]), "compiling regex · 2 crates are done");
        assert_eq!(told(&["ctx"]), "compiling the cell · 3 crates are done");
    }
}
