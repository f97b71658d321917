//! The harness of the integration tests: real parts (Apache Kafka, Jupyter's own clients, DuckDB) started and driven from Rust.
//!
//! Everything lies under the target folder; whatever is missing there is fetched by `tests/services/fetch.sh`. A process that
//! is started here dies with the test process, however that ends.

pub mod duck;
pub mod flights;
pub mod job;
pub mod kafka;
pub mod kernel;
pub mod metrics;
pub mod nexmark;
pub mod process;
pub mod tidy;
pub mod workspace;
