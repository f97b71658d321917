//! Tests of tapes.
