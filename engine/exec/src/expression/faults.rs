//! Values that became null because they cannot be computed: overflow, division by zero, no real value. They are counted on the
//! thread that computes, for whoever asked: the chain asks around every operator, so that each is covered and none has to remember.

use std::cell::Cell;
use std::fmt;
use std::ops::AddAssign;

thread_local! {
    static TALLY: Cell<Faults> = const { Cell::new(Faults::NONE) };
}

/// How many values became null, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A whole number, or a time, beyond what its type holds.
    pub overflow: u64,
    /// Divided by zero.
    pub division_by_zero: u64,
    /// No real value: a logarithm of zero, a root of a negative number.
    pub undefined: u64,
}

/// Why one value became null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A whole number, or a time, beyond what its type holds.
    Overflow,
    /// Divided by zero.
    DivisionByZero,
    /// No real value.
    Undefined,
}

impl Faults {
    const NONE: Faults = Faults { overflow: 0, division_by_zero: 0, undefined: 0 };

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Faults::NONE
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.overflow + self.division_by_zero + self.undefined
    }

    /// Counts one.
    pub fn count(&mut self, fault: Fault) {
        match fault {
            Fault::Overflow => self.overflow += 1,
            Fault::DivisionByZero => self.division_by_zero += 1,
            Fault::Undefined => self.undefined += 1,
        }
    }

    /// Each reason as a word, with its number; for labels of metrics.
    pub fn by_reason(&self) -> [(&'static str, u64); 3] {
        [("overflow", self.overflow), ("division_by_zero", self.division_by_zero), ("undefined", self.undefined)]
    }
}

impl AddAssign for Faults {
    fn add_assign(&mut self, other: Faults) {
        self.overflow += other.overflow;
        self.division_by_zero += other.division_by_zero;
        self.undefined += other.undefined;
    }
}

/// `2 by overflow, 1 by division by zero`.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = self.by_reason().into_iter().filter(|(_, count)| *count > 0).map(|(reason, count)| match reason {
            "undefined" => format!("{count} without a real value"),
            reason => format!("{count} by {}", reason.replace('_', " ")),
        });
        f.write_str(&said.collect::<Vec<_>>().join(", "))
    }
}

/// Adds to the count of whoever asked on this thread.
pub fn note(faults: Faults) {
    if !faults.is_empty() {
        TALLY.with(|tally| {
            let mut all = tally.get();
            all += faults;
            tally.set(all);
        });
    }
}

/// Does `work`, and gives the faults that were noted meanwhile; nobody else is told of them.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::expression::{counting, evaluate};
/// use polars::prelude::df;
///
/// let frame = df!("a" => [1_i64, 2], "b" => [0_i64, 1])?;
/// let (quotients, faults) = counting(|| evaluate(&(col("a") / col("b")), &frame));
/// assert_eq!(quotients?.f64()?.to_vec(), [None, Some(2.0)]);
/// assert_eq!((faults.division_by_zero, faults.overflow), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn counting<T>(work: impl FnOnce() -> T) -> (T, Faults) {
    /// Gives the outer count back even when the work panics.
    struct Outer(Faults);
    impl Drop for Outer {
        fn drop(&mut self) {
            TALLY.set(self.0);
        }
    }
    let _outer = Outer(TALLY.replace(Faults::NONE));
    let done = work();
    (done, TALLY.get())
}
