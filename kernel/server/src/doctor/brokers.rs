//! Whether Kafka answers.

use headwater_cell::Finding;
use std::time::{Duration, Instant};

/// As long as a preview waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks brokers what topics they have.
pub fn check(brokers: &str) -> Finding {
    let begun = Instant::now();
    match headwater_exec::list_topics(brokers, PATIENCE) {
        Ok(topics) => {
            let found = format!("{brokers} answer after {} ms; topics: {}", begun.elapsed().as_millis(), topics.len());
            Finding::ok("brokers", found)
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().to_owned();
            Finding::broken(
                "brokers",
                first,
                "is Kafka up, is the address the one it advertises, and does a firewall let you through?",
            )
        }
    }
}
