//! Drift: is the stream still what its baseline says? A test that stays true however often one looks.

pub(crate) mod baseline;
pub(crate) mod hash;
pub(crate) mod ln_gamma;
pub(crate) mod report;
pub(crate) mod tap;
