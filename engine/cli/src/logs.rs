//! The log of a running job, on standard error: text for people, or JSON objects for machines.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging.
pub(crate) fn start(json: bool) {
    // What matters of librdkafka's own lines is in the errors and warnings of the engine; the rest, such as a queue that
    // was closed before its consumer, would only alarm.
    let wanted = Targets::new().with_default(LevelFilter::INFO).with_target("rdkafka", LevelFilter::OFF);
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let registry = tracing_subscriber::registry().with(wanted);
    // That a log was started before can only happen in tests; the first one stays.
    let _ = if json {
        registry.with(log.json().flatten_event(true).with_current_span(false)).try_init()
    } else {
        registry.with(log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))).try_init()
    };
}
