//! The verbs that state something about the data: checks of records and of rates, and promises about a key.

use std::panic::Location;
use std::sync::Arc;

use super::Stream;
use crate::display::print_text;
use crate::draft::Draft;
use crate::mistake::Mistake;
use crate::{Expr, IntoColumns, KeyPromise, OnFailure, RateBound, Step, StragglerLimit};

impl Stream {
    /// Every row has to hold: the condition has to be true, neither false nor null. A row for which it does not hold goes to the
    /// job's dead letters with the check's name, and later steps do not see it; [`Stream::or_keep`] and [`Stream::or_stop`] choose
    /// otherwise. A preview gives the verdict on its sample, a running job counts in its metrics.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect("amount is positive", col("amount").gt(0));
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn expect(&self, name: impl Into<String>, condition: impl Into<Expr>) -> Stream {
        let on_failure = OnFailure::default();
        let step = Step::Expect { name: name.into(), predicate: condition.into(), on_failure };
        self.then(step, Vec::new(), Location::caller())
    }

    /// Rows for which the last `expect` does not hold stay in the stream, and are counted.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect("city is known", col("city").is_not_null()).or_keep();
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn or_keep(&self) -> Stream {
        self.on_failure("or_keep", OnFailure::Keep)
    }

    /// The first row for which the last `expect` does not hold stops the job.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect("id is there", col("id").is_not_null()).or_stop();
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn or_stop(&self) -> Stream {
        self.on_failure("or_stop", OnFailure::Stop)
    }

    fn on_failure(&self, verb: &str, choice: OnFailure) -> Stream {
        self.changing_last(|step| match step {
            Step::Expect { on_failure, .. } => {
                *on_failure = choice;
                None
            }
            other => {
                let mistake = Mistake::new(format!("`{verb}` comes after `{}`, which is no `expect`", other.name()));
                Some(mistake.hint(format!("put it right after `.expect(\"…\", …)`: `.expect(…).{verb}()`")))
            }
        })
    }

    /// The condition may be true for so many rows at most, or has to be for so many at least: `.at_most(…)` or `.at_least(…)` says
    /// which. Every row passes. The verdict is *pass*, *fail*, or how many more rows would tell.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_rate("nulls in city", col("city").is_null()).at_most(0.01);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn expect_rate(&self, name: impl Into<String>, condition: impl Into<Expr>) -> ExpectedRate {
        let location = Location::caller();
        ExpectedRate { draft: Arc::clone(&self.draft), name: name.into(), condition: condition.into(), location }
    }

    /// Something is promised about a key (several columns are one key): [`Stream::top_share_below`], [`Stream::keys_at_least`] and
    /// [`Stream::straggler_below`] say what. Every row passes. The verdict is *pass*, *fail*, or how many more rows would tell.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders");
    /// let checked = orders.expect_key("city").top_share_below(0.10).keys_at_least(640).straggler_below(64, 2.0);
    /// # assert!(checked.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn expect_key(&self, columns: impl IntoColumns) -> Stream {
        let step = Step::ExpectKey { keys: columns.into_columns(), promise: KeyPromise::default() };
        self.then(step, Vec::new(), Location::caller())
    }

    /// No key of the last `expect_key` has this share of the rows or more.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_key("city").top_share_below(0.10);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn top_share_below(&self, share: f64) -> Stream {
        self.promising("top_share_below", share, |promise| promise.top_share_below = Some(share))
    }

    /// The key of the last `expect_key` has at least so many different values.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_key("city").keys_at_least(640);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn keys_at_least(&self, keys: u64) -> Stream {
        self.promising("keys_at_least", 0.0, |promise| promise.keys_at_least = Some(keys))
    }

    /// At so many workers, the busiest gets less than so many times the mean, by the key of the last `expect_key`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_key("city").straggler_below(64, 2.0);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn straggler_below(&self, workers: u32, factor: f64) -> Stream {
        let limit = StragglerLimit { workers, factor };
        self.promising("straggler_below", factor, |promise| promise.straggler_below = Some(limit))
    }

    fn promising(&self, verb: &str, number: f64, promise: impl FnOnce(&mut KeyPromise)) -> Stream {
        self.changing_last(|step| match step {
            Step::ExpectKey { promise: own, .. } => {
                if let Some(mistake) = not_finite(verb, number) {
                    return Some(mistake);
                }
                promise(own);
                None
            }
            other => {
                let mistake =
                    Mistake::new(format!("`{verb}` comes after `{}`, which is no `expect_key`", other.name()));
                Some(mistake.hint(format!("put it right after the key: `.expect_key(\"city\").{verb}(…)`")))
            }
        })
    }

    fn changing_last(&self, change: impl FnOnce(&mut Step) -> Option<Mistake>) -> Stream {
        Stream::of(self.draft.changing_last(change))
    }
}

/// JSON has no such number, so it never gets into a plan.
fn not_finite(verb: &str, number: f64) -> Option<Mistake> {
    (!number.is_finite()).then(|| Mistake::new(format!("`{verb}({number})` is no number to compare with")))
}

/// A rate on its way to a bound: `.at_most(…)` or `.at_least(…)` makes a stream of it again.
#[derive(Clone, Debug)]
pub struct ExpectedRate {
    draft: Arc<Draft>,
    name: String,
    condition: Expr,
    location: &'static Location<'static>,
}

impl ExpectedRate {
    /// The condition is true for at most this share of the rows.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_rate("refunds", col("amount").lt(0)).at_most(0.05);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn at_most(&self, share: f64) -> Stream {
        self.bounded("at_most", share, RateBound::AtMost)
    }

    /// The condition is true for at least this share of the rows.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").expect_rate("paid", col("paid")).at_least(0.9);
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn at_least(&self, share: f64) -> Stream {
        self.bounded("at_least", share, RateBound::AtLeast)
    }

    fn bounded(&self, verb: &str, share: f64, bound: impl FnOnce(f64) -> RateBound) -> Stream {
        let wrong: Vec<Mistake> = not_finite(verb, share).into_iter().collect();
        let share = if share.is_finite() { share } else { 0.0 };
        let step = Step::ExpectRate { name: self.name.clone(), predicate: self.condition.clone(), bound: bound(share) };
        Stream::of(self.draft.then(step, wrong, self.location))
    }

    /// Prints what is missing to make a check of it.
    pub fn evcxr_display(&self) {
        print_text(&format!("the rate of `{}`; add `.at_most(0.01)` or `.at_least(0.99)` to check it", self.condition));
    }
}
