//! A check of how many rows a condition holds for. Every row passes; the check only counts.

use headwater::Expr;
use headwater_profile::{Check, CheckTally, RateCheck, RateLimit};

use super::expect::{tally, truth};
use super::{Operator, Output};
use crate::{Batch, Message, Result};

/// The `expect_rate` step.
///
/// ```
/// use headwater::prelude::*;
/// use headwater_exec::operators::{ExpectRate, Operator};
/// use headwater_exec::Batch;
/// use headwater_profile::{CheckVerdict, RateLimit};
/// use polars::prelude::df;
///
/// let mut nulls = ExpectRate::new("nulls in city", col("city").is_null(), RateLimit::AtMost(0.5));
/// let mut out = Vec::new();
/// nulls.on_batch(Batch { partition: 0, frame: df!("city" => [Some("Rome"), Some("Oslo"), None])? }, &mut out)?;
/// assert_eq!(nulls.check().map(|check| check.judge(true)[0].verdict), Some(CheckVerdict::Pass));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ExpectRate {
    predicate: Expr,
    limit: RateLimit,
    check: Check,
}

impl ExpectRate {
    /// A check of this name: how often `predicate` is true has this bound.
    pub fn new(name: impl Into<String>, predicate: Expr, limit: RateLimit) -> Self {
        let check = Check::Rate { check: RateCheck { name: name.into(), limit }, against: CheckTally::new() };
        ExpectRate { predicate, limit, check }
    }
}

impl Operator for ExpectRate {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let (holds, _) = truth(&self.predicate, &batch.frame)?;
        let counts = match self.limit {
            RateLimit::AtMost(_) => holds,
            RateLimit::AtLeast(_) => !&holds,
        };
        let against = if counts.any() { batch.frame.filter(&counts)? } else { batch.frame.clear() };
        if let Check::Rate { against: counted, .. } = &mut self.check {
            tally(counted, &batch, &against)?;
        }
        out.push(Message::Batch(batch));
        Ok(())
    }

    fn check(&self) -> Option<&Check> {
        Some(&self.check)
    }
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;
    use headwater_profile::CheckVerdict;

    use super::*;
    use crate::tests::script::frame;

    fn judged(limit: RateLimit) -> (CheckVerdict, String) {
        let mut rate = ExpectRate::new("n is small", col("n").lt(10), limit);
        let mut out = Output::new();
        for rows in [["n:i", "1", "20", "2"], ["n:i", ".", "3", "11"]] {
            rate.on_batch(Batch { partition: 0, frame: frame(&rows) }, &mut out).unwrap();
        }
        assert_eq!(out.len(), 2, "every row passes");
        let result = rate.check().unwrap().judge(true).remove(0);
        (result.verdict, result.sentence)
    }

    #[test]
    fn a_condition_holds_for_at_most_or_at_least_so_many_rows() {
        let all = [RateLimit::AtMost(0.5), RateLimit::AtMost(0.4), RateLimit::AtLeast(0.5), RateLimit::AtLeast(0.6)];
        let (verdicts, sentences): (Vec<_>, Vec<_>) = all.map(judged).into_iter().unzip();
        assert_eq!(verdicts, [CheckVerdict::Pass, CheckVerdict::Fail, CheckVerdict::Pass, CheckVerdict::Fail]);
        insta::assert_snapshot!(sentences.join("\n"), @r"
        n is small: 3 of 6 (50 %), at most 50 % allowed
        n is small: 3 of 6 (50 %), at most 40 % allowed
        n is small: 3 of 6 (50 %), at least 50 % needed
        n is small: 3 of 6 (50 %), at least 60 % needed
        ");
    }
}
