//! The integration tests, one binary: the laws of the house, then the product through every real part.

mod assist;
mod bad_input;
mod bounded;
mod bounds;
mod checks;
mod cli;
mod drift;
mod fixes;
mod flights;
mod forecast;
mod functions;
mod joins;
mod kernel;
mod magics;
mod memory;
mod notebooks;
mod oracle;
mod placement;
mod profile;
mod recovery;
mod services;
mod sketches;
mod sql_cells;
mod tidy;
mod upsert;
