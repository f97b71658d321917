//! Drift: is the stream still what its baseline says? A test that stays true however often one looks.

mod alarms;
pub(crate) mod baseline;
pub(crate) mod budget;
mod bursts;
mod cell_name;
mod describe;
mod evidence;
mod family;
mod gather;
pub(crate) mod hash;
mod hot;
pub(crate) mod input;
mod keyed;
pub(crate) mod ln_gamma;
pub(crate) mod monitor;
pub(crate) mod pin;
#[cfg(test)]
mod proof_tests;
pub(crate) mod report;
mod scales;
mod sieve;
mod strangers;
pub(crate) mod tap;
#[cfg(test)]
mod tests;
mod walk;
mod watch;
