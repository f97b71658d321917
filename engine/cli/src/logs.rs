//! The log of a running job, on standard error: text for people, or JSON objects for machines.

/// Starts logging.
pub(crate) fn start(json: bool) {
    let log = tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false);
    // That a log was started before can only happen in tests; the first one stays.
    let _ = if json {
        log.json().flatten_event(true).with_current_span(false).try_init()
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).try_init()
    };
}
