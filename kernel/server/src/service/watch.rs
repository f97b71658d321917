//! `stream.watch()`: the pipeline on the records that come from now on, in one view that changes in place until it ends.

use crate::display;
use crate::service::aside::aside;
use crate::service::verbs::{Answer, Look, Outcome, one};
use headwater::{WatchArgs, WatchFrom};
use headwater_exec::{ErrorKind, LiveView, Start, WatchEnd, WatchSettings};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Answers `watch`. One that is interrupted fails, as everything that is, so that "run all" stops there; what was seen last stays.
pub fn answer(look: &Look<'_>, args: &WatchArgs) -> Outcome<Answer> {
    let (plan, _) = look.resolved()?;
    headwater_look::check_keys(&plan, &args.keys)?;
    look.desk.says("opening the source");
    let settings = WatchSettings {
        plan,
        start: start(args.from),
        stop_after: args.stop_after_ms.map(Duration::from_millis),
        rows: args.rows,
        keys: args.keys.clone(),
        memory_limit: None,
    };
    let last: Arc<Mutex<Option<LiveView>>> = Arc::default();
    let seen = Arc::clone(&last);
    let watched = aside(look.desk, move |voice, cancel| {
        let mut show = |view: &LiveView| {
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(view.clone());
            voice.view(display::watch::watch(view));
        };
        headwater_exec::watch(&settings, cancel, &mut show).map_err(one)
    });
    let interrupted = |errors: &[headwater_exec::Error]| errors.iter().any(|own| own.kind == ErrorKind::Cancelled);
    match watched {
        Ok(view) if view.end != Some(WatchEnd::Interrupted) => Ok(Answer::show(display::watch::watch(&view))),
        Err(errors) if !interrupted(&errors) => Err(errors),
        _ => {
            let last = last.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(view) = last {
                let view = LiveView { end: Some(WatchEnd::Interrupted), ..view };
                look.desk.waiting.view(display::watch::watch(&view));
            }
            Err(one(headwater_exec::Error::new(ErrorKind::Cancelled, "interrupted")))
        }
    }
}

/// Where topics are read from.
fn start(from: WatchFrom) -> Start {
    match from {
        WatchFrom::Now => Start::Latest,
        WatchFrom::Earliest => Start::Earliest,
        WatchFrom::At { millis } => Start::Since(millis),
        WatchFrom::Ago { millis } => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let then = now.saturating_sub(Duration::from_millis(millis));
            Start::Since(i64::try_from(then.as_millis()).unwrap_or(i64::MAX))
        }
    }
}
