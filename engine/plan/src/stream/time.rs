//! The verbs about time: which column is event time, how late records may be, and where windows begin.

use std::panic::Location;
use std::sync::Arc;

use super::Stream;
use crate::duration::parse_duration;
use crate::group_by::GroupBy;
use crate::mistake::Mistake;
use crate::plan::FUTURE_LIMIT_MS;
use crate::top::Top;
use crate::unique::Unique;
use crate::window::WindowSpec;
use crate::{IntoColumns, Step};

impl Stream {
    /// Says which column tells when an event happened (a `TIMESTAMP`, or a `BIGINT` of epoch milliseconds), and how far
    /// out of order events may come. It stands before any filter, since the watermark is taken from every record.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s");
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn event_time(&self, column: impl Into<String>, delay: impl AsRef<str>) -> Stream {
        let (delay_ms, wrong) = length("event_time", delay.as_ref());
        let column = column.into();
        let step = Step::EventTime { column, delay_ms, idle_after_ms: None, future_limit_ms: Some(FUTURE_LIMIT_MS) };
        self.then(step, wrong, Location::caller())
    }

    /// A partition that is silent for this long no longer holds back the windows of the others.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s").idle_after("30s");
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn idle_after(&self, silence: impl AsRef<str>) -> Stream {
        let (millis, mut wrong) = length("idle_after", silence.as_ref());
        if millis == 0 && wrong.is_empty() {
            let mistake = Mistake::new("`idle_after` of no length would never wait for a partition");
            wrong.push(mistake.hint("give a length such as `30s`"));
        }
        let idle_after = Some(millis).filter(|millis| *millis > 0);
        Stream::of(self.draft.timed("idle_after", wrong, |step| {
            if let Step::EventTime { idle_after_ms, .. } = step {
                *idle_after_ms = idle_after;
            }
        }))
    }

    /// How far ahead of the clock an event time may be; an hour unless said. A row beyond is put aside, to the dead letters, because one
    /// device with a wrong clock would make the rows of all others late. A job compares with the clock of its machine, a preview with the
    /// time at which its sample was recorded.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s").future_limit("5m");
    /// # assert!(orders.mistakes().is_empty());
    /// ```
    pub fn future_limit(&self, ahead: impl AsRef<str>) -> Stream {
        let (millis, wrong) = length("future_limit", ahead.as_ref());
        self.limiting_the_future("future_limit", Some(millis), wrong)
    }

    /// Event times may be ahead of the clock however far: for forecasts and plans, whose events are still to come.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let departures = kafka("localhost:9092", "timetable").json().event_time("departs_at", "0s").no_future_limit();
    /// # assert!(departures.mistakes().is_empty());
    /// ```
    pub fn no_future_limit(&self) -> Stream {
        self.limiting_the_future("no_future_limit", None, Vec::new())
    }

    fn limiting_the_future(&self, verb: &str, millis: Option<u64>, wrong: Vec<Mistake>) -> Stream {
        Stream::of(self.draft.timed(verb, wrong, |step| {
            if let Step::EventTime { future_limit_ms, .. } = step {
                *future_limit_ms = millis;
            }
        }))
    }

    /// Groups rows by these columns or named expressions; `.window(…)` and `.agg(…)` follow.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let revenue = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by(["city"])
    ///     .window(tumbling("1m"))
    ///     .agg([sum("amount"), count()]);
    /// # assert!(revenue.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn group_by(&self, keys: impl IntoColumns) -> GroupBy {
        GroupBy::new(Arc::clone(&self.draft), keys.into_columns(), Location::caller())
    }

    /// Keeps one row of each key, the first by event time; `.within(…)` follows, which says for how long a key is remembered. Rows come
    /// out in the order of event time, each when the watermark reaches it, so the answer does not depend on how they arrived; a row without
    /// event time is not passed on.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let once = kafka("localhost:9092", "orders").event_time("ts", "10s").unique(["order_id"]).within("10m");
    /// # assert!(once.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn unique(&self, keys: impl IntoColumns) -> Unique {
        Unique::new(Arc::clone(&self.draft), keys.into_columns(), Location::caller())
    }

    /// The `n` rows of each window with the largest value; `.by(…)` follows. It stands behind an aggregation in windows.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let revenue = kafka("localhost:9092", "orders")
    ///     .event_time("ts", "10s")
    ///     .group_by("city")
    ///     .window(hopping("1h", "5m"))
    ///     .agg(sum("amount").alias("revenue"));
    /// let best = revenue.top(3).by("revenue");
    /// # assert!(best.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn top(&self, n: u32) -> Top {
        Top::new(Arc::clone(&self.draft), n, true, Location::caller())
    }

    /// The `n` rows of each window with the smallest value; `.by(…)` follows. It stands behind an aggregation in windows.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let delays = kafka("localhost:9092", "flights")
    ///     .event_time("ts", "10s")
    ///     .group_by("airport")
    ///     .window(tumbling("1h"))
    ///     .agg(mean("delay").alias("delay"));
    /// let most_punctual = delays.bottom(3).by("delay");
    /// # assert!(most_punctual.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn bottom(&self, n: u32) -> Top {
        Top::new(Arc::clone(&self.draft), n, false, Location::caller())
    }

    /// Takes all rows of a window together, without keys; `.agg(…)` follows.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let a_minute = kafka("localhost:9092", "orders").event_time("ts", "10s").window(tumbling("1m")).agg(count());
    /// # assert!(a_minute.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn window(&self, window: WindowSpec) -> GroupBy {
        GroupBy::new(Arc::clone(&self.draft), Vec::new(), Location::caller()).window(window)
    }
}

/// A length of time; of a text that is none, zero and what is wrong.
fn length(verb: &str, text: &str) -> (u64, Vec<Mistake>) {
    match parse_duration(text) {
        Ok(millis) => (millis, Vec::new()),
        Err(message) => (0, vec![Mistake::new(message).of(&format!("`{verb}`"))]),
    }
}
