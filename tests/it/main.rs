//! The integration tests, one binary: the laws of the house, then the product through every real part.

mod services;
mod tidy;
