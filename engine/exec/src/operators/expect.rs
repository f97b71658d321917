//! A check that every row has to hold; the rows for which it does not hold are put aside, kept, or stop the job.

use headwater::{Expr, OnFailure};
use headwater_profile::{Check, CheckTally, RecordCheck};
use polars::prelude::{BooleanChunked, ChunkFillNullValue, DataFrame};

use super::{Operator, Output};
use crate::expression::condition;
use crate::json_rows::JsonRows;
use crate::{Aside, Batch, Message, Result, Why};

/// The `expect` step.
///
/// It holds for a row when its condition is true, neither false nor null. By default the other rows go [aside](Message::Aside), so
/// that what comes after sees only rows for which it holds.
///
/// ```
/// use headwater::OnFailure;
/// use headwater::prelude::*;
/// use headwater_exec::operators::{Expect, Operator};
/// use headwater_exec::{Batch, Message};
/// use polars::prelude::df;
///
/// let mut positive = Expect::new("amount is positive", col("amount").gt(0), OnFailure::DeadLetter);
/// let mut out = Vec::new();
/// positive.on_batch(Batch { partition: 0, frame: df!("amount" => [Some(5), Some(-1), None])? }, &mut out)?;
/// let [Message::Aside(failing), Message::Batch(holding)] = &out[..] else { panic!("{out:?}") };
/// assert_eq!((failing.frame.height(), holding.frame.height()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Expect {
    name: String,
    predicate: Expr,
    on_failure: OnFailure,
    check: Check,
}

impl Expect {
    /// A check of this name: `predicate` has to be true.
    pub fn new(name: impl Into<String>, predicate: Expr, on_failure: OnFailure) -> Self {
        let name = name.into();
        let check = Check::Record { check: RecordCheck { name: name.clone() }, failing: CheckTally::new() };
        Expect { name, predicate, on_failure, check }
    }
}

/// For which rows a condition is true, and for how many it is not.
pub(super) fn truth(predicate: &Expr, frame: &DataFrame) -> Result<(BooleanChunked, u64)> {
    let holds = condition(predicate, frame)?.fill_null_with_values(false)?;
    let failing = frame.height() - holds.sum().unwrap_or(0) as usize;
    Ok((holds, failing as u64))
}

/// Counts a batch; its first failing rows become examples.
pub(super) fn tally(tally: &mut CheckTally, batch: &Batch, failing: &DataFrame) -> Result<()> {
    tally.push(batch.partition, batch.frame.height() as u64, failing.height() as u64);
    if tally.wants_examples() && failing.height() > 0 {
        let examples = JsonRows::new(failing)?;
        for row in 0..failing.height().min(CheckTally::EXAMPLES) {
            let mut text = Vec::new();
            examples.write(row, &mut text);
            tally.example(|| String::from_utf8_lossy(&text).into_owned());
        }
    }
    Ok(())
}

impl Operator for Expect {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> Result<()> {
        let (holds, count) = truth(&self.predicate, &batch.frame)?;
        let failing = if count == 0 { batch.frame.clear() } else { batch.frame.filter(&!&holds)? };
        if let Check::Record { failing: counted, .. } = &mut self.check {
            tally(counted, &batch, &failing)?;
        }
        if count == 0 || self.on_failure == OnFailure::Keep {
            out.push(Message::Batch(batch));
            return Ok(());
        }
        let why = Why::Check { name: self.name.clone(), stop: self.on_failure == OnFailure::Stop };
        out.push(Message::Aside(Aside::new(batch.partition, failing, why)));
        if (count as usize) < batch.frame.height() {
            out.push(Message::Batch(Batch { partition: batch.partition, frame: batch.frame.filter(&holds)? }));
        }
        Ok(())
    }

    fn check(&self) -> Option<&Check> {
        Some(&self.check)
    }
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;
    use crate::operators::Filter;
    use crate::operators::RowStep as _;
    use crate::tests::script::frame;

    fn run(on_failure: OnFailure) -> (Expect, Output) {
        let mut expect = Expect::new("n is small", col("n").lt(10), on_failure);
        let mut out = Output::new();
        let rows = frame(&["n:i", "1", "20", ".", "3", "11"]);
        expect.on_batch(Batch { partition: 4, frame: rows }, &mut out).unwrap();
        (expect, out)
    }

    #[test]
    fn what_is_not_put_aside_is_what_a_filter_keeps() {
        let (expect, out) = run(OnFailure::DeadLetter);
        let [Message::Aside(failing), Message::Batch(holding)] = &out[..] else { panic!("{out:?}") };
        let rows = frame(&["n:i", "1", "20", ".", "3", "11"]);
        assert_eq!(holding.frame, Filter::new(col("n").lt(10)).apply(rows).unwrap());
        assert_eq!(failing.frame, frame(&["n:i", "20", ".", "11"]));
        assert_eq!((failing.partition, &failing.why), (4, &Why::Check { name: "n is small".into(), stop: false }));
        let results = expect.check().unwrap().judge(false);
        insta::assert_snapshot!(results[0].sentence, @"n is small: 3 of 5 (60 %), every row has to hold");
        assert_eq!(results[0].examples, [r#"{"n":20}"#, r#"{"n":null}"#, r#"{"n":11}"#]);
    }

    #[test]
    fn rows_can_be_kept_and_only_counted() {
        let (expect, out) = run(OnFailure::Keep);
        assert!(matches!(&out[..], [Message::Batch(batch)] if batch.frame.height() == 5), "{out:?}");
        assert_eq!(expect.check().unwrap().judge(false)[0].examples.len(), 3);
    }

    #[test]
    fn a_job_can_be_told_to_stop_at_the_first() {
        let (_, out) = run(OnFailure::Stop);
        let [Message::Aside(failing), Message::Batch(_)] = &out[..] else { panic!("{out:?}") };
        insta::assert_snapshot!(failing.stops().unwrap(), @r#"
        the check `n is small` does not hold for the row {"n":20}
        hint: The check was told to stop the job (`.or_stop()`). Without that, such rows go to the dead letters.
        "#);
    }

    #[test]
    fn a_batch_of_failing_rows_passes_nothing_on() {
        let mut expect = Expect::new("n", col("n").lt(0), OnFailure::DeadLetter);
        let mut out = Output::new();
        expect.on_batch(Batch { partition: 0, frame: frame(&["n:i", "1"]) }, &mut out).unwrap();
        assert!(matches!(&out[..], [Message::Aside(_)]), "{out:?}");
    }
}
