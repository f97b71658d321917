//! One real Apache Kafka for the whole test process, and what tests do with its topics.

mod broker;
mod topics;

pub use broker::broker;
pub use topics::{Received, Topic, groups, topics};
