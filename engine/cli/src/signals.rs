//! SIGTERM and Ctrl-C: the first stops cleanly, the second ends the process at once. The end of standard input can stop too.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use headwater_exec::Cancel;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit_code;
use crate::failure::Failure;

/// A [`Cancel`] that the first SIGTERM or SIGINT raises. A second one ends the process.
pub(crate) fn cancel_on_signal() -> Result<Cancel, Failure> {
    let cancel = Cancel::new();
    let seen = Arc::new(AtomicBool::new(false));
    let failed =
        |error: std::io::Error| Failure::new(exit_code::INTERNAL, format!("signals cannot be handled: {error}"));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds `seen` still unset, and sets it.
        flag::register_conditional_shutdown(signal, i32::from(exit_code::INTERNAL), Arc::clone(&seen))
            .map_err(failed)?;
        flag::register(signal, Arc::clone(&seen)).map_err(failed)?;
    }
    let raised = cancel.clone();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(failed)?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if signals.forever().next().is_some() {
                raised.cancel();
            }
        })
        .map_err(failed)?;
    Ok(cancel)
}

/// Raises `cancel` when standard input ends.
pub(crate) fn cancel_on_end_of_stdin(cancel: &Cancel) -> Result<(), Failure> {
    let raised = cancel.clone();
    let read = move || {
        // What is written there means nothing; an input that cannot be read has ended too.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        raised.cancel();
    };
    let thread = std::thread::Builder::new().name("stdin".into()).spawn(read);
    thread
        .map(drop)
        .map_err(|error| Failure::new(exit_code::INTERNAL, format!("no thread for standard input: {error}")))
}
