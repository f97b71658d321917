//! How a cell says which part of a source is looked at: `stream.sample(latest().rows(5_000))`.

use crate::duration::parse_size;
use crate::mistake::Mistake;
use crate::{Sample, SampleFrom};

/// A sample as a cell writes it: [`stratified`], [`latest`] or [`earliest`], and its bounds. The first bound that is
/// reached ends it. What cannot be understood is remembered and reported with the source.
#[derive(Clone, Debug)]
pub struct SampleSpec {
    pub(crate) sample: Sample,
    pub(crate) mistakes: Vec<Mistake>,
}

/// Blocks of records spread over every partition and all of its offsets. This is the default, since it estimates shares best.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(stratified().rows(50_000).bytes("256MiB").seconds(20));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn stratified() -> SampleSpec {
    from(SampleFrom::Stratified)
}

/// The newest records of every partition.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(latest().rows(5_000));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn latest() -> SampleSpec {
    from(SampleFrom::Latest)
}

/// The oldest records of every partition.
///
/// ```
/// # use headwater::prelude::*;
/// let orders = kafka("localhost:9092", "orders").sample(earliest().rows(5_000));
/// # assert!(orders.mistakes().is_empty());
/// ```
pub fn earliest() -> SampleSpec {
    from(SampleFrom::Earliest)
}

fn from(from: SampleFrom) -> SampleSpec {
    SampleSpec { sample: Sample { from, ..Sample::default() }, mistakes: Vec::new() }
}

impl SampleSpec {
    /// At most this many records (20,000 when not said).
    pub fn rows(&self, rows: u64) -> SampleSpec {
        self.bound("rows", rows, |sample| sample.rows = rows)
    }

    /// At most this much of keys and values, such as `"1MiB"` (64 MiB when not said).
    pub fn bytes(&self, size: impl AsRef<str>) -> SampleSpec {
        match parse_size(size.as_ref()) {
            Ok(bytes) => self.bound("bytes", bytes, |sample| sample.bytes = bytes),
            Err(message) => {
                let mut spec = self.clone();
                spec.mistakes.push(Mistake::new(message).of("`bytes`"));
                spec
            }
        }
    }

    /// At most this long (10 seconds when not said).
    pub fn seconds(&self, seconds: u64) -> SampleSpec {
        self.bound("seconds", seconds, |sample| sample.millis = seconds.saturating_mul(1000))
    }

    fn bound(&self, name: &str, value: u64, set: impl FnOnce(&mut Sample)) -> SampleSpec {
        let mut spec = self.clone();
        if value == 0 {
            spec.mistakes.push(Mistake::new(format!("a sample of 0 {name} shows nothing")).hint("give at least 1"));
        } else {
            set(&mut spec.sample);
        }
        spec
    }
}
