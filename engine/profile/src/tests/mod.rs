//! The reports from the outside: what users read, and comparisons with a naive count.

mod keys;
mod shape;
