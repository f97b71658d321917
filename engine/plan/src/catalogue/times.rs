//! The rows of functions of dates and times. All are UTC; a `DATE` is its first moment where a moment is wanted.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, param};
use crate::expr::{Function, col, date_diff, duration, lit};

/// The units that times are cut and counted by.
pub const UNITS: &[&str] = &["millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"];
/// The units that numbers since the epoch are in.
pub const EPOCH_UNITS: &[&str] = &["s", "ms", "us", "ns"];

const TIME: &[Param] = &[param("time", Takes::Time)];

const fn part(callee: Function, name: &'static str, doc: &'static str, flink: Option<&'static str>) -> FunctionSpec {
    FunctionSpec { params: TIME, gives: Gives::BigInt, doc, flink, ..function(callee, name) }
}

pub(super) const TIMES: &[FunctionSpec] = &[
    FunctionSpec {
        params: &[param("unit", Takes::Word(UNITS)), param("time", Takes::Time)],
        gives: Gives::Timestamp,
        doc: "The beginning of the unit that the time lies in. Weeks begin on Monday.",
        flink: Some("FLOOR({1} TO {0!})"),
        examples: examples![
            "date_trunc('hour', ts)" = col("ts").date_trunc("hour") => "2024-02-29T13:00:00.000Z",
            "date_trunc('week', ts)" = col("ts").date_trunc("week") => "2024-02-26T00:00:00.000Z",
            "date_trunc('quarter', day)" = col("day").date_trunc("quarter") => "2024-01-01T00:00:00.000Z",
        ],
        ..function(Function::DateTrunc, "date_trunc")
    },
    FunctionSpec {
        examples: examples!["year(ts)" = col("ts").year() => "2024", "extract(year from ts)" = col("ts").year() => "2024"],
        ..part(
            Function::Year,
            "year",
            "The year. SQL text may say `extract(year from time)`, here and with the other parts.",
            Some("EXTRACT(YEAR FROM {0})"),
        )
    },
    FunctionSpec {
        examples: examples!["month(ts)" = col("ts").month() => "2"],
        ..part(Function::Month, "month", "The month, 1 to 12.", Some("EXTRACT(MONTH FROM {0})"))
    },
    FunctionSpec {
        aliases: &["dayofmonth", "day_of_month"],
        examples: examples!["day(ts)" = col("ts").day() => "29"],
        ..part(Function::Day, "day", "The day of the month, 1 to 31.", Some("EXTRACT(DAY FROM {0})"))
    },
    FunctionSpec {
        examples: examples!["hour(ts)" = col("ts").hour() => "13"],
        ..part(Function::Hour, "hour", "The hour, 0 to 23.", Some("EXTRACT(HOUR FROM {0})"))
    },
    FunctionSpec {
        examples: examples!["minute(ts)" = col("ts").minute() => "45"],
        ..part(Function::Minute, "minute", "The minute, 0 to 59.", Some("EXTRACT(MINUTE FROM {0})"))
    },
    FunctionSpec {
        examples: examples!["second(ts)" = col("ts").second() => "30"],
        ..part(
            Function::Second,
            "second",
            "The second, 0 to 59, without its fraction.",
            Some("EXTRACT(SECOND FROM {0})"),
        )
    },
    FunctionSpec {
        aliases: &["isodow"],
        examples: examples!["day_of_week(ts)" = col("ts").day_of_week() => "4"],
        ..part(
            Function::DayOfWeek,
            "day_of_week",
            "The day of the week as ISO-8601 counts: Monday is 1, Sunday 7.",
            Some("EXTRACT(ISODOW FROM {0})"),
        )
    },
    FunctionSpec {
        aliases: &["dayofyear", "doy"],
        examples: examples!["day_of_year(ts)" = col("ts").day_of_year() => "60"],
        ..part(Function::DayOfYear, "day_of_year", "The day of the year, 1 to 366.", Some("EXTRACT(DOY FROM {0})"))
    },
    FunctionSpec {
        examples: examples!["epoch_ms(ts)" = col("ts").epoch_ms() => "1709214330250"],
        ..part(Function::EpochMs, "epoch_ms", "Milliseconds since 1970-01-01 00:00 UTC.", None)
    },
    FunctionSpec {
        params: &[param("time", Takes::Time), param("length", Takes::Length)],
        gives: Gives::Timestamp,
        doc: "The time so much later; a length with `-` is so much earlier. Lengths are `500ms`, `10s`, `5m`, `1h30m`, `2d`. A cell may write \
              `col(\"ts\") + duration(\"5m\")`, SQL text `ts + interval '5' minute`.",
        faults: "a time that milliseconds cannot hold is null and counted as overflow",
        flink: Some("{0} + INTERVAL {1ms} SECOND"),
        examples: examples![
            "date_add(ts, '1h30m')" = col("ts").date_add("1h30m") => "2024-02-29T15:15:30.250Z",
            "ts - interval '1' day" = col("ts") - duration("1d") => "2024-02-28T13:45:30.250Z",
        ],
        ..function(Function::DateAdd, "date_add")
    },
    FunctionSpec {
        aliases: &["datediff", "timestampdiff"],
        params: &[param("unit", Takes::Word(UNITS)), param("from", Takes::Time), param("to", Takes::Time)],
        gives: Gives::BigInt,
        doc: "How many whole units pass from the first time to the second; negative when the second is earlier. A month has passed when the same \
              day and time of day is reached, or the last day of a shorter month.",
        flink: Some("TIMESTAMPDIFF({0!}, {1}, {2})"),
        examples: examples![
            "date_diff('hour', day, ts)" = date_diff("hour", col("day"), col("ts")) => "13",
            "timestampdiff(month, ts, timestamp '2023-12-29T13:45:30Z')" =
                date_diff("month", col("ts"), crate::expr::timestamp_ms(1_703_857_530_000)) => "-2",
        ],
        ..function(Function::DateDiff, "date_diff")
    },
    FunctionSpec {
        aliases: &["strptime"],
        params: &[param("text", Takes::Text), param("format", Takes::Format)],
        gives: Gives::Timestamp,
        doc: "The time that the text says in this format: `%Y` year, `%m` month, `%d` day, `%H` hour, `%M` minute, `%S` second, `%.f` fraction, `%z` \
              offset, `%b` short month, `%p` AM or PM; all are in the documentation of `chrono::format::strftime`. Without a time of day it is \
              midnight, without an offset UTC. ISO-8601 needs no format: `cast(text as timestamp)`.",
        nulls: "null where the text is null, or is not in the format",
        flink: None,
        examples: examples![
            "parse_timestamp('29/Feb/2024 13:45', '%d/%b/%Y %H:%M')" =
                lit("29/Feb/2024 13:45").parse_timestamp("%d/%b/%Y %H:%M") => "2024-02-29T13:45:00.000Z",
            "parse_timestamp('soon', '%Y-%m-%d')" = lit("soon").parse_timestamp("%Y-%m-%d") => "null",
        ],
        ..function(Function::ParseTimestamp, "parse_timestamp")
    },
    FunctionSpec {
        aliases: &["strftime"],
        params: &[param("time", Takes::Time), param("format", Takes::Format)],
        gives: Gives::Text,
        doc: "The time as text in this format, UTC; see `parse_timestamp`.",
        flink: None,
        examples: examples!["format_timestamp(ts, '%d.%m.%Y %H:%M')" = col("ts").format_timestamp("%d.%m.%Y %H:%M") => "'29.02.2024 13:45'"],
        ..function(Function::FormatTimestamp, "format_timestamp")
    },
    FunctionSpec {
        aliases: &["from_epoch"],
        params: &[param("number", Takes::Whole), param("unit", Takes::Word(EPOCH_UNITS))],
        gives: Gives::Timestamp,
        doc: "The moment so many seconds (`s`), milliseconds (`ms`), microseconds (`us`) or nanoseconds (`ns`) after 1970-01-01 00:00 UTC; what \
              is finer than a millisecond is cut off.",
        faults: "a time that milliseconds cannot hold is null and counted as overflow",
        flink: Some("TO_TIMESTAMP_LTZ({0}, {1digits})"),
        examples: examples![
            "to_timestamp(1709214330, 's')" = lit(1_709_214_330_i64).to_timestamp("s") => "2024-02-29T13:45:30.000Z",
            "to_timestamp(1709214330250999, 'us')" = lit(1_709_214_330_250_999_i64).to_timestamp("us") => "2024-02-29T13:45:30.250Z",
        ],
        ..function(Function::ToTimestamp, "to_timestamp")
    },
    FunctionSpec {
        params: &[param("time", Takes::Day)],
        gives: Gives::Date,
        doc: "The day that the time lies in, UTC; of a text, the day that it says in ISO-8601.",
        faults: "a text that is no day is null",
        flink: Some("TRY_CAST({0} AS DATE)"),
        examples: examples!["to_date(ts)" = col("ts").to_date() => "2024-02-29"],
        ..function(Function::ToDate, "to_date")
    },
];
