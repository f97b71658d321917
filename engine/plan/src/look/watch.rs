//! `Watch`: a pipeline on the records that come from now on, in one view that changes in place.

use std::sync::Arc;

use crate::draft::{Draft, make_tellable};
use crate::duration::parse_duration;
use crate::instant::parse_instant;
use crate::mistake::Mistake;
use crate::request::{Request, Verb};
use crate::{Expr, IntoColumns, PlanError};

/// The rows that come from now on. Shown when it ends a cell; made by [`crate::Stream::watch`].
#[derive(Clone, Debug)]
pub struct Watch {
    draft: Arc<Draft>,
    args: WatchArgs,
}

/// How a stream is watched.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct WatchArgs {
    /// Where it begins.
    pub from: WatchFrom,
    /// After how long it ends by itself, milliseconds; only an interrupt ends it when absent.
    pub stop_after_ms: Option<u64>,
    /// After how many rows it ends by itself.
    pub rows: Option<u64>,
    /// The columns or expressions whose most frequent values are shown; none when empty.
    pub keys: Vec<Expr>,
}

/// Where watching begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case", deny_unknown_fields))]
pub enum WatchFrom {
    /// Behind the newest record of every partition.
    #[default]
    Now,
    /// At the oldest.
    Earliest,
    /// So long before now, by the broker's timestamps.
    Ago {
        /// Milliseconds.
        millis: u64,
    },
    /// At this instant, by the broker's timestamps.
    At {
        /// Epoch milliseconds.
        millis: i64,
    },
}

impl Watch {
    pub(crate) fn new(draft: Arc<Draft>) -> Watch {
        Watch { draft, args: WatchArgs::default() }
    }

    fn with(&self, change: impl FnOnce(&mut WatchArgs)) -> Watch {
        let mut watch = self.clone();
        change(&mut watch.args);
        watch
    }

    fn noting(&self, verb: &str, mistake: Mistake) -> Watch {
        Watch { draft: self.draft.noting(mistake.of(&format!("`{verb}`"))), args: self.args.clone() }
    }

    /// Begins in the past instead of now: `"5m"` ago, at an instant such as `"2026-11-15T08:30"` (both by the broker's timestamps), or
    /// with the `"earliest"` record. So there is something to see at once, and windows are whole.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let watch = kafka("localhost:9092", "orders").watch().since("5m");
    /// # assert!(watch.mistakes().is_empty());
    /// ```
    pub fn since(&self, when: impl AsRef<str>) -> Watch {
        let text = when.as_ref().trim();
        let length = parse_duration(text).map(|millis| WatchFrom::Ago { millis });
        let from = match text {
            "earliest" => Ok(WatchFrom::Earliest),
            _ => length.or_else(|_| parse_instant(text).map(|millis| WatchFrom::At { millis })),
        };
        match from {
            Ok(from) => self.with(|args| args.from = from),
            Err(_) => {
                let mistake = Mistake::new(format!("`{text}` is neither a length of time nor an instant"));
                self.noting("since", mistake.hint("write `5m`, `2026-11-15T08:30` or `earliest`"))
            }
        }
    }

    /// Ends by itself after this long; otherwise an interrupt ends it.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let watch = kafka("localhost:9092", "orders").watch().stop_after("30s");
    /// # assert!(watch.mistakes().is_empty());
    /// ```
    pub fn stop_after(&self, length: impl AsRef<str>) -> Watch {
        match parse_duration(length.as_ref()) {
            Ok(0) => self.noting("stop_after", Mistake::new("watching for no time shows nothing").hint("write `30s`")),
            Ok(millis) => self.with(|args| args.stop_after_ms = Some(millis)),
            Err(message) => self.noting("stop_after", Mistake::new(message)),
        }
    }

    /// Ends by itself once so many rows have come out of the pipeline.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let watch = kafka("localhost:9092", "orders").watch().rows(1_000);
    /// # assert!(watch.mistakes().is_empty());
    /// ```
    pub fn rows(&self, rows: u64) -> Watch {
        match rows {
            0 => self.noting("rows", Mistake::new("watching for 0 rows shows nothing").hint("give at least 1")),
            rows => self.with(|args| args.rows = Some(rows)),
        }
    }

    /// Shows the most frequent values of these columns among the rows that come out; several are one key.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// let watch = kafka("localhost:9092", "orders").watch().keys("city");
    /// # assert!(watch.mistakes().is_empty());
    /// ```
    pub fn keys(&self, columns: impl IntoColumns) -> Watch {
        let mut keys = columns.into_columns();
        let wrong: Vec<_> = keys.iter_mut().filter_map(make_tellable).collect();
        let watch = wrong.into_iter().fold(self.clone(), |watch, mistake| watch.noting("keys", mistake));
        watch.with(|args| args.keys = keys)
    }

    /// How it is watched.
    pub fn args(&self) -> &WatchArgs {
        &self.args
    }

    /// All that is known to be wrong without looking at data.
    pub fn mistakes(&self) -> Vec<PlanError> {
        self.draft.mistakes()
    }

    /// Shows the view in the notebook until it ends; without the kernel, the plan as text.
    pub fn evcxr_display(&self) {
        Request::new(&self.draft, Verb::Watch(self.args.clone())).show();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[test]
    fn the_past_is_said_in_three_ways() {
        let from = |text: &str| kafka("b", "t").watch().since(text).args().from;
        assert_eq!(
            [from("5m"), from("2026-11-15"), from(" earliest ")],
            [WatchFrom::Ago { millis: 300_000 }, WatchFrom::At { millis: 1_794_700_800_000 }, WatchFrom::Earliest]
        );
    }

    #[test]
    fn what_cannot_be_understood_is_noted() {
        let watch = kafka("b", "t").watch().since("yesterday").stop_after("0s").stop_after("soon").rows(0);
        let said: Vec<String> = watch.mistakes().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        `since`: `yesterday` is neither a length of time nor an instant
        hint: write `5m`, `2026-11-15T08:30` or `earliest`
        `stop_after`: watching for no time shows nothing
        hint: write `30s`
        `stop_after`: `soon` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`
        `rows`: watching for 0 rows shows nothing
        hint: give at least 1
        ");
        assert_eq!(watch.args(), &WatchArgs::default());
    }
}
