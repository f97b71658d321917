//! `GroupBy`: rows grouped by keys, on their way to a window and aggregates.

use std::panic::Location;
use std::sync::Arc;

use crate::aggregate::IntoAggs;
use crate::display::print_text;
use crate::draft::Draft;
use crate::duration::parse_duration;
use crate::mistake::Mistake;
use crate::window::{Window, WindowSpec};
use crate::{Agg, Expr, Step, Stream};

/// Rows grouped by keys. `.window(…)` bounds the groups in time, `.agg(…)` says what is made of each.
#[derive(Clone, Debug)]
pub struct GroupBy {
    draft: Arc<Draft>,
    keys: Vec<Expr>,
    window: Option<Window>,
    expire_after_ms: Option<u64>,
    wrong: Vec<Mistake>,
    location: &'static Location<'static>,
}

impl GroupBy {
    pub(crate) fn new(draft: Arc<Draft>, keys: Vec<Expr>, location: &'static Location<'static>) -> GroupBy {
        GroupBy { draft, keys, window: None, expire_after_ms: None, wrong: Vec::new(), location }
    }

    /// Bounds the groups in event time.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let a_minute = kafka("localhost:9092", "orders").event_time("ts", "10s").group_by("city").window(tumbling("1m"));
    /// # assert!(a_minute.agg(count()).mistakes().is_empty());
    /// ```
    pub fn window(&self, window: WindowSpec) -> GroupBy {
        let mut grouped = self.clone();
        grouped.window = Some(window.window);
        grouped.wrong.extend(window.mistakes);
        grouped
    }

    /// Without a window: one row a key, which changes with every row that comes, and a key without a row for so long (of event time) is
    /// forgotten; its next row begins anew. Such rows can only go where the newest replaces the one before: to a compacted Kafka topic,
    /// with [`crate::Job::upsert`].
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    /// let by_city = orders.group_by("city").expire_after("7d").agg([count(), sum("amount")]);
    /// let job = by_city.to_kafka("localhost:9092", "cities").upsert();
    /// # assert!(job.mistakes().is_empty());
    /// ```
    pub fn expire_after(&self, time: impl AsRef<str>) -> GroupBy {
        let mut grouped = self.clone();
        match parse_duration(time.as_ref()) {
            Ok(millis) => grouped.expire_after_ms = Some(millis),
            Err(message) => {
                // So that only the text is reported.
                grouped.expire_after_ms = Some(1);
                grouped.wrong.push(Mistake::new(message).of("`expire_after`"));
            }
        }
        grouped
    }

    /// One row a group and window: the keys, `window_start`, `window_end`, and these aggregates.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let revenue = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by(["city"])
    ///     .window(tumbling("1m"))
    ///     .agg([sum("amount").alias("revenue"), count().alias("orders")]);
    /// # assert!(revenue.mistakes().is_empty());
    /// ```
    pub fn agg(&self, aggs: impl IntoAggs) -> Stream {
        self.aggregate(aggs.into_aggs())
    }

    fn aggregate(&self, aggs: Vec<Agg>) -> Stream {
        let step = Step::Aggregate {
            keys: self.keys.clone(),
            window: self.window,
            aggs,
            expire_after_ms: self.expire_after_ms,
        };
        Stream::of(self.draft.then(step, self.wrong.clone(), self.location))
    }

    /// Prints what is missing to make rows of the groups.
    pub fn evcxr_display(&self) {
        print_text(&self.hint());
    }

    fn hint(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(Expr::to_string).collect();
        let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
        match &self.window {
            Some(window) => format!("rows grouped{by} in windows {window}; add `.agg([count()])` to make rows of them"),
            None => {
                format!("rows grouped{by}; add `.window(tumbling(\"1m\"))` and `.agg([count()])` to make rows of them")
            }
        }
    }
}
