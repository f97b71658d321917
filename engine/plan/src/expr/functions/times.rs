//! Functions of dates and times, and lengths of time that are added to them.

use std::ops::{Add, Sub};

use super::constant;
use crate::expr::{Expr, Function};

impl Expr {
    /// The beginning of the unit that the time lies in: `millisecond`, `second`, `minute`, `hour`, `day`, `week` (from Monday), `month`,
    /// `quarter` or `year`.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").date_trunc("hour").to_string(), "date_trunc('hour', ts)");
    /// ```
    pub fn date_trunc(&self, unit: impl Into<String>) -> Expr {
        Expr::Function { function: Function::DateTrunc, args: vec![constant(unit), self.clone()] }
    }

    /// The year.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").year().to_string(), "year(ts)");
    /// ```
    pub fn year(&self) -> Expr {
        self.call(Function::Year, Vec::new())
    }

    /// The month, 1 to 12.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").month().to_string(), "month(ts)");
    /// ```
    pub fn month(&self) -> Expr {
        self.call(Function::Month, Vec::new())
    }

    /// The day of the month, 1 to 31.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").day().to_string(), "day(ts)");
    /// ```
    pub fn day(&self) -> Expr {
        self.call(Function::Day, Vec::new())
    }

    /// The hour, 0 to 23, UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").hour().to_string(), "hour(ts)");
    /// ```
    pub fn hour(&self) -> Expr {
        self.call(Function::Hour, Vec::new())
    }

    /// The minute, 0 to 59.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").minute().to_string(), "minute(ts)");
    /// ```
    pub fn minute(&self) -> Expr {
        self.call(Function::Minute, Vec::new())
    }

    /// The second, 0 to 59.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").second().to_string(), "second(ts)");
    /// ```
    pub fn second(&self) -> Expr {
        self.call(Function::Second, Vec::new())
    }

    /// The day of the week as ISO-8601 counts: Monday is 1, Sunday 7.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").day_of_week().to_string(), "day_of_week(ts)");
    /// ```
    pub fn day_of_week(&self) -> Expr {
        self.call(Function::DayOfWeek, Vec::new())
    }

    /// The day of the year, 1 to 366.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").day_of_year().to_string(), "day_of_year(ts)");
    /// ```
    pub fn day_of_year(&self) -> Expr {
        self.call(Function::DayOfYear, Vec::new())
    }

    /// Milliseconds since 1970-01-01 00:00 UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").epoch_ms().to_string(), "epoch_ms(ts)");
    /// ```
    pub fn epoch_ms(&self) -> Expr {
        self.call(Function::EpochMs, Vec::new())
    }

    /// The time so much later, by a length such as `500ms`, `10s`, `5m`, `1h30m` or `2d`; `-5m` is earlier. `+ duration("5m")` says the same.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").date_add("5m").to_string(), "date_add(ts, '5m')");
    /// ```
    pub fn date_add(&self, length: impl Into<String>) -> Expr {
        self.call(Function::DateAdd, vec![constant(length)])
    }

    /// The time that a text says in a format such as `%d.%m.%Y %H:%M`; null where it does not.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("at").parse_timestamp("%d.%m.%Y %H:%M").to_string(), "parse_timestamp(at, '%d.%m.%Y %H:%M')");
    /// ```
    pub fn parse_timestamp(&self, format: impl Into<String>) -> Expr {
        self.call(Function::ParseTimestamp, vec![constant(format)])
    }

    /// The time as text in a format such as `%Y-%m`, UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").format_timestamp("%Y-%m").to_string(), "format_timestamp(ts, '%Y-%m')");
    /// ```
    pub fn format_timestamp(&self, format: impl Into<String>) -> Expr {
        self.call(Function::FormatTimestamp, vec![constant(format)])
    }

    /// The moment so many seconds (`s`), milliseconds (`ms`), microseconds (`us`) or nanoseconds (`ns`) after 1970-01-01 00:00 UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("at").to_timestamp("s").to_string(), "to_timestamp(at, 's')");
    /// ```
    pub fn to_timestamp(&self, unit: impl Into<String>) -> Expr {
        self.call(Function::ToTimestamp, vec![constant(unit)])
    }

    /// The day that a time lies in, UTC.
    ///
    /// ```
    /// # use headwater::prelude::*;
    /// assert_eq!(col("ts").to_date().to_string(), "to_date(ts)");
    /// ```
    pub fn to_date(&self) -> Expr {
        self.call(Function::ToDate, Vec::new())
    }
}

/// How many whole units pass from one time to another; negative when the other is earlier. Units as for [`Expr::date_trunc`].
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!(date_diff("minute", col("ordered"), col("paid")).to_string(), "date_diff('minute', ordered, paid)");
/// ```
pub fn date_diff(unit: impl Into<String>, from: impl Into<Expr>, to: impl Into<Expr>) -> Expr {
    Expr::Function { function: Function::DateDiff, args: vec![constant(unit), from.into(), to.into()] }
}

/// A length of time to add to a time or take from it: `500ms`, `10s`, `5m`, `1h30m`, `2d`.
///
/// ```
/// # use headwater::prelude::*;
/// assert_eq!((col("ts") + duration("5m")).to_string(), "date_add(ts, '5m')");
/// assert_eq!((col("ts") - duration("5m")).to_string(), "date_add(ts, '-5m')");
/// ```
pub fn duration(length: impl Into<String>) -> Duration {
    Duration(length.into())
}

/// A length of time as a cell wrote it; made by [`duration`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration(String);

impl Add<Duration> for Expr {
    type Output = Expr;
    fn add(self, length: Duration) -> Expr {
        self.date_add(length.0)
    }
}

impl Sub<Duration> for Expr {
    type Output = Expr;
    fn sub(self, length: Duration) -> Expr {
        let length = length.0.trim();
        let other_way = length.strip_prefix('-').map_or_else(|| format!("-{length}"), ToOwned::to_owned);
        self.date_add(other_way)
    }
}
