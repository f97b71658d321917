//! What may stand between the quotes that the cursor is in, by the call they stand in. Here is the one table of which argument of
//! which verb is what.

use super::text::Call;

/// What may stand in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The name of a column.
    Column,
    /// The name of a column that can be an event time.
    TimeColumn,
    /// SQL text.
    Sql,
    /// The address of a cluster.
    Brokers,
    /// A topic; the brokers are the argument before it, or those of the notebook.
    Topic,
    /// A path.
    Path,
    /// A length of time; with usual ones.
    Length(&'static [&'static str]),
    /// An amount of memory.
    Size,
    /// A type of a column.
    Type,
    /// Names and types of columns.
    Schema,
    /// One of these words.
    Word(&'static [&'static str]),
}

const WINDOWS: &[&str] = &["1m", "5m", "15m", "1h", "1d"];
const GAPS: &[&str] = &["30s", "5m", "30m", "1h"];
const DELAYS: &[&str] = &["0s", "10s", "30s", "1m", "5m"];
const LONG: &[&str] = &["10m", "1h", "1d", "7d"];
/// The units of `date_trunc` and `date_diff`.
const UNITS: &[&str] = &["second", "minute", "hour", "day", "week", "month", "quarter", "year"];

/// Functions: name, argument (any, when there is none), what may stand there.
const FUNCTIONS: &[(&[&str], Option<usize>, Wanted)] = &[
    (
        &[
            "col",
            "sum",
            "min",
            "max",
            "mean",
            "first",
            "last",
            "count_of",
            "count_distinct",
            "approx_count_distinct",
            "approx_quantile",
            "top_values",
            "collect",
        ],
        Some(0),
        Wanted::Column,
    ),
    (&["expr"], Some(0), Wanted::Sql),
    (&["kafka"], Some(0), Wanted::Brokers),
    (&["kafka"], Some(1), Wanted::Topic),
    (&["files"], Some(0), Wanted::Path),
    (&["tumbling", "hopping", "cumulating"], None, Wanted::Length(WINDOWS)),
    (&["session"], Some(0), Wanted::Length(GAPS)),
    (&["duration"], Some(0), Wanted::Length(LONG)),
    (&["date_diff"], Some(0), Wanted::Word(UNITS)),
];

/// Methods: name, argument, what may stand there.
const METHODS: &[(&[&str], Option<usize>, Wanted)] = &[
    (
        &[
            "select",
            "with_columns",
            "drop",
            "group_by",
            "keys",
            "unique",
            "per",
            "by",
            "on",
            "left_on",
            "right_on",
            "explode",
            "unnest",
            "expect_key",
            "key",
            "columns",
        ],
        None,
        Wanted::Column,
    ),
    (&["lookup"], Some(1), Wanted::Column),
    (&["event_time"], Some(0), Wanted::TimeColumn),
    (&["event_time"], Some(1), Wanted::Length(DELAYS)),
    (&["idle_after", "within", "future_limit", "refresh"], None, Wanted::Length(DELAYS)),
    (&["expire_after", "offset"], None, Wanted::Length(LONG)),
    (&["memory", "bytes"], Some(0), Wanted::Size),
    (&["cast"], Some(0), Wanted::Type),
    (&["schema"], Some(0), Wanted::Schema),
    (&["to_kafka"], Some(0), Wanted::Brokers),
    (&["to_kafka"], Some(1), Wanted::Topic),
    (&["dead_letters_to_topic", "late_to_topic"], Some(0), Wanted::Topic),
    (&["to_files", "export", "dead_letters_to_file", "late_to_file"], Some(0), Wanted::Path),
    (&["target"], Some(0), Wanted::Word(&["headwater", "kafka", "librdkafka", "flink", "spark"])),
    (&["date_trunc"], Some(0), Wanted::Word(UNITS)),
];

/// Methods whose argument is a list of pairs: name, what the first and the second part are.
const PAIRS: &[(&str, [Option<Wanted>; 2])] =
    &[("rename", [Some(Wanted::Column), None]), ("cast", [Some(Wanted::Column), Some(Wanted::Type)])];

/// What may stand between the quotes that are an argument of `call`.
pub fn wanted(call: &Call<'_>) -> Option<Wanted> {
    if let Some(part) = call.part {
        let (_, parts) = PAIRS.iter().find(|(name, _)| call.method && *name == call.name)?;
        return *parts.get(part)?;
    }
    let table = if call.method { METHODS } else { FUNCTIONS };
    let fits = |(names, argument, _): &&(&[&str], Option<usize>, Wanted)| {
        names.contains(&call.name) && argument.is_none_or(|argument| argument == call.argument)
    };
    table.iter().find(fits).map(|(_, _, wanted)| *wanted)
}
