//! Joins: how two inputs are matched, what bounds the match in time, and `Join`, two streams on their way to it.

use std::borrow::Borrow;
use std::panic::Location;

use crate::display::print_text;
use crate::duration::{parse_duration, parse_size};
use crate::mistake::Mistake;
use crate::names::write_name;
use crate::{IntoNames, Step, Stream, Window, WindowSpec};

/// What becomes of a row of the left input that has no partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum JoinKind {
    /// It is left out.
    Inner,
    /// It comes out, with nulls for the columns of the right input.
    Left,
}

impl JoinKind {
    /// Its name, as in a plan's JSON.
    pub fn name(self) -> &'static str {
        match self {
            JoinKind::Inner => "inner",
            JoinKind::Left => "left",
        }
    }
}

/// What bounds a join, so that no row has to be kept for ever.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum JoinBound {
    /// The right input is a table of files, read whole when the job starts.
    Lookup {
        /// How often it is read anew, milliseconds; never, when absent.
        refresh_ms: Option<u64>,
        /// What it may take in memory, bytes.
        memory: u64,
    },
    /// Both rows are in the same window of event time.
    Window {
        /// The window; its bounds become the columns `window_start` and `window_end`.
        window: Window,
    },
    /// The right row is at most so much earlier or later than the left one, in event time.
    Interval {
        /// How much earlier, milliseconds.
        before_ms: u64,
        /// How much later, milliseconds.
        after_ms: u64,
    },
}

/// What a column of the right input is given behind its name when the left input has one of that name, unless said otherwise.
pub(crate) const SUFFIX: &str = "_right";
/// What a table may take in memory unless said otherwise.
pub(crate) const MEMORY: u64 = 1 << 30;

impl Stream {
    /// Brings rows of this stream and of `right` together that have equal keys. `.on(…)` names the keys; what bounds the join ends
    /// it: `.within(…)` a time around each row, `.window(…)` a window that both are in, or `.lookup()` when `right` is a table of
    /// files. A join that nothing bounds would have to keep every row for ever.
    ///
    /// Every pair of rows with equal keys comes out, as in SQL; a null key matches nothing. The columns are those of this stream,
    /// then those of `right` but its keys. A column of `right` whose name is taken gets `_right` behind it; see [`Join::suffix`].
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s");
    /// let payments = kafka("localhost:9092", "payments").json().event_time("paid_at", "10s");
    /// let paid = orders.join(&payments).on(["order_id"]).within("0s", "1h");
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn join(&self, right: impl Borrow<Stream>) -> Join {
        Join {
            left: self.clone(),
            right: right.borrow().clone(),
            kind: JoinKind::Inner,
            left_on: Vec::new(),
            right_on: Vec::new(),
            suffix: SUFFIX.to_owned(),
            refresh_ms: None,
            memory: MEMORY,
            wrong: Vec::new(),
            location: Location::caller(),
        }
    }

    /// The rows of this stream, each with the columns of the rows of `table` that have its keys: of none, nulls. The table is files,
    /// read whole when the job starts. The same as `.join(table).on(on).left().lookup()`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json();
    /// let placed = orders.lookup(files("cities.csv"), ["city"]);
    /// # assert!(placed.mistakes().is_empty());
    /// ```
    #[track_caller]
    pub fn lookup(&self, table: impl Borrow<Stream>, on: impl IntoNames) -> Stream {
        self.join(table).on(on).left().lookup()
    }
}

/// Two streams whose rows are brought together. `.on(…)` names the keys; `.within(…)`, `.window(…)` or `.lookup()` makes a stream of it.
#[derive(Clone, Debug)]
pub struct Join {
    left: Stream,
    right: Stream,
    kind: JoinKind,
    left_on: Vec<String>,
    right_on: Vec<String>,
    suffix: String,
    refresh_ms: Option<u64>,
    memory: u64,
    wrong: Vec<Mistake>,
    location: &'static Location<'static>,
}

impl Join {
    fn with(&self, change: impl FnOnce(&mut Join)) -> Join {
        let mut join = self.clone();
        change(&mut join);
        join
    }

    /// The keys, when they are called the same in both streams.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let (orders, payments) = (kafka("b:1", "orders").event_time("ts", "1s"), kafka("b:1", "payments").event_time("ts", "1s"));
    /// let paid = orders.join(&payments).on(["order_id", "country"]).within("1h", "1h");
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    pub fn on(&self, columns: impl IntoNames) -> Join {
        let names = columns.into_names();
        self.with(|join| (join.left_on, join.right_on) = (names.clone(), names))
    }

    /// The keys in the stream that the join is called on; `.right_on(…)` names those of the other, in the same order.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let (orders, payments) = (kafka("b:1", "orders").event_time("ts", "1s"), kafka("b:1", "payments").event_time("ts", "1s"));
    /// let paid = orders.join(&payments).left_on("id").right_on("order_id").within("1h", "1h");
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    pub fn left_on(&self, columns: impl IntoNames) -> Join {
        self.with(|join| join.left_on = columns.into_names())
    }

    /// The keys in the other stream; see [`Join::left_on`].
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let orders = kafka("b:1", "orders");
    /// let placed = orders.join(files("cities.csv")).left_on("city").right_on("name").lookup();
    /// # assert!(placed.mistakes().is_empty());
    /// ```
    pub fn right_on(&self, columns: impl IntoNames) -> Join {
        self.with(|join| join.right_on = columns.into_names())
    }

    /// Rows without a partner come out too, with nulls for the columns of the other stream. A row waits for a partner until time has
    /// passed everything that could be one.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let (orders, payments) = (kafka("b:1", "orders").event_time("ts", "1s"), kafka("b:1", "payments").event_time("ts", "1s"));
    /// let unpaid = orders.join(&payments).on("order_id").left().within("0s", "1h").filter(col("amount_right").is_null());
    /// # assert!(unpaid.mistakes().is_empty());
    /// ```
    pub fn left(&self) -> Join {
        self.with(|join| join.kind = JoinKind::Left)
    }

    /// What a column of the other stream gets behind its name when the name is taken; `_right` unless said.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let (orders, payments) = (kafka("b:1", "orders").event_time("ts", "1s"), kafka("b:1", "payments").event_time("ts", "1s"));
    /// let paid = orders.join(&payments).on("order_id").suffix("_paid").within("0s", "1h");
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    pub fn suffix(&self, suffix: impl Into<String>) -> Join {
        self.with(|join| join.suffix = suffix.into())
    }

    /// How often the table of a `.lookup()` is read anew. Rows that come meanwhile meet the table as it was.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let orders = kafka("b:1", "orders");
    /// let priced = orders.join(files("rates.csv")).on("currency").refresh("10m").lookup();
    /// # assert!(priced.mistakes().is_empty());
    /// ```
    pub fn refresh(&self, every: impl AsRef<str>) -> Join {
        let read =
            length("refresh", every.as_ref()).and_then(|millis| match millis {
                0 => Err(Mistake::new("`refresh` of no length would read the table without end")
                    .hint("give it such as `10m`")),
                millis => Ok(millis),
            });
        self.with(|join| match read {
            Ok(millis) => join.refresh_ms = Some(millis),
            Err(mistake) => join.wrong.push(mistake),
        })
    }

    /// What the table of a `.lookup()` may take in memory, `1GiB` unless said; a larger one is refused when it is read.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// # let orders = kafka("b:1", "orders");
    /// let priced = orders.join(files("rates.csv")).on("currency").memory("4GiB").lookup();
    /// # assert!(priced.mistakes().is_empty());
    /// ```
    pub fn memory(&self, limit: impl AsRef<str>) -> Join {
        let read = parse_size(limit.as_ref());
        self.with(|join| match read {
            Ok(bytes) => join.memory = bytes,
            Err(message) => join.wrong.push(Mistake::new(message).of("`memory`")),
        })
    }

    /// Rows meet whose event times are near: that of the other stream's row is at most `before` earlier and at most `after` later
    /// than this one's, both included. The event time of what comes out is this stream's; that of the other stays as a column. State
    /// is kept for as long as a partner may come, and no longer.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let orders = kafka("localhost:9092", "orders").json().event_time("ts", "10s");
    /// let payments = kafka("localhost:9092", "payments").json().event_time("paid_at", "10s");
    /// let paid = orders.join(&payments).on(["order_id"]).within("5m", "1h");
    /// assert_eq!(paid.plan().describe(4), "step 5, `join`");
    /// # assert!(paid.mistakes().is_empty());
    /// ```
    pub fn within(&self, before: impl AsRef<str>, after: impl AsRef<str>) -> Stream {
        let (mut wrong, mut lengths) = (Vec::new(), [0, 0]);
        for (length, read) in
            lengths.iter_mut().zip([before.as_ref(), after.as_ref()].map(|text| length("within", text)))
        {
            match read {
                Ok(millis) => *length = millis,
                Err(mistake) => wrong.push(mistake),
            }
        }
        let [before_ms, after_ms] = lengths;
        self.bounded(JoinBound::Interval { before_ms, after_ms }, wrong)
    }

    /// Rows meet that are in the same window of event time; they come out when it closes, with its bounds as `window_start` and
    /// `window_end`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let views = kafka("localhost:9092", "views").json().event_time("ts", "10s");
    /// let clicks = kafka("localhost:9092", "clicks").json().event_time("ts", "10s");
    /// let both = views.join(&clicks).on(["user"]).window(tumbling("1m"));
    /// # assert!(both.mistakes().is_empty());
    /// ```
    pub fn window(&self, window: WindowSpec) -> Stream {
        self.bounded(JoinBound::Window { window: window.window }, window.mistakes)
    }

    /// The other stream is a table: files that are read whole when the job starts, and again when told so ([`Join::refresh`]). Every row
    /// meets all rows of the table that have its keys.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let cities = files("cities.csv").filter(col("country").eq("IT"));
    /// let italian = kafka("localhost:9092", "orders").json().join(&cities).on(["city"]).lookup();
    /// # assert!(italian.mistakes().is_empty());
    /// ```
    pub fn lookup(&self) -> Stream {
        self.bounded(JoinBound::Lookup { refresh_ms: self.refresh_ms, memory: self.memory }, Vec::new())
    }

    fn bounded(&self, bound: JoinBound, wrong: Vec<Mistake>) -> Stream {
        let wrong = self.wrong.iter().cloned().chain(wrong).collect();
        let step = Step::Join {
            kind: self.kind,
            left_on: self.left_on.clone(),
            right_on: self.right_on.clone(),
            suffix: self.suffix.clone(),
            bound: Some(bound),
        };
        self.left.then_with(&self.right, step, wrong, self.location)
    }

    /// Prints what is missing to make a stream of it.
    pub fn evcxr_display(&self) {
        print_text(&self.hint());
    }

    fn hint(&self) -> String {
        let mut keys = String::new();
        for name in &self.left_on {
            keys.push_str(if keys.is_empty() { " on " } else { ", " });
            // Writing to a String never fails.
            let _ = write_name(&mut keys, name);
        }
        let on = if keys.is_empty() { "`.on([\"id\"])` and " } else { "" };
        format!(
            "rows of two streams joined{keys}; add {on}what bounds them: `.within(\"5m\", \"1h\")`, `.window(tumbling(\"1m\"))`, or \
             `.lookup()` of a table of files"
        )
    }
}

fn length(verb: &str, text: &str) -> Result<u64, Mistake> {
    parse_duration(text).map_err(|message| Mistake::new(message).of(&format!("`{verb}`")))
}

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn an_unfinished_join_says_what_is_missing() {
        let join = kafka("b:1", "a").join(kafka("b:1", "c"));
        assert!(join.hint().contains("add `.on([\"id\"])` and what bounds them"), "{}", join.hint());
        assert!(join.on(["id", "my id"]).hint().starts_with("rows of two streams joined on id, \"my id\"; add what"));
    }

    #[test]
    fn what_cannot_be_read_is_said_of_the_join() {
        let (left, right) = (kafka("b:1", "a").event_time("t", "1s"), kafka("b:1", "c").event_time("t", "1s"));
        let wrong = left.join(&right).on("id").refresh("0s").memory("much").within("soon", "1h");
        assert_eq!(wrong.mistakes().len(), 3, "{:?}", wrong.mistakes());
        assert!(wrong.mistakes().iter().all(|mistake| mistake.node == 4));
    }
}
