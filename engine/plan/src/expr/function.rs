//! `Function`, the named functions of an expression. What each takes, gives and means is its row of the catalogue.

/// The named functions; [`crate::catalogue`] says what each takes, gives and means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Function {
    /// `lower(s)`: lower case.
    Lower,
    /// `upper(s)`: upper case.
    Upper,
    /// `length(s)`: characters.
    Length,
    /// `trim(s)`: without spaces at both ends.
    Trim,
    /// `ltrim(s)`: without spaces at the beginning.
    Ltrim,
    /// `rtrim(s)`: without spaces at the end.
    Rtrim,
    /// `lpad(s, length, fill)`: filled up at the beginning.
    Lpad,
    /// `rpad(s, length, fill)`: filled up at the end.
    Rpad,
    /// `substring(s, start, length)`: characters from a place on.
    Substring,
    /// `contains(s, part)`: whether a text is in it.
    Contains,
    /// `starts_with(s, part)`: whether it begins so.
    StartsWith,
    /// `ends_with(s, part)`: whether it ends so.
    EndsWith,
    /// `like(s, pattern)`: whether it is as a pattern of SQL says.
    Like,
    /// `position(s, part)`: where a text begins in it.
    Position,
    /// `replace(s, from, to)`: every occurrence of a text.
    Replace,
    /// `reverse(s)`: characters in reverse order.
    Reverse,
    /// `concat(a, b, …)`: one after the other.
    Concat,
    /// `concat_ws(separator, a, b, …)`: one after the other, parted.
    ConcatWs,
    /// `split(s, separator)`: the parts.
    Split,
    /// `regex_matches(s, pattern)`: whether a regular expression matches.
    RegexMatches,
    /// `regex_extract(s, pattern, group)`: what it matches.
    RegexExtract,
    /// `regex_replace(s, pattern, to)`: every match of it.
    RegexReplace,
    /// `abs(n)`: without its sign.
    Abs,
    /// `round(n, digits)`: half away from zero.
    Round,
    /// `floor(n)`: the next whole number below.
    Floor,
    /// `ceil(n)`: the next whole number above.
    Ceil,
    /// `sign(n)`: -1, 0 or 1.
    Sign,
    /// `floor_div(a, b)`: the whole quotient.
    FloorDiv,
    /// `sqrt(n)`: square root.
    Sqrt,
    /// `power(n, exponent)`.
    Power,
    /// `exp(n)`: e to the power of it.
    Exp,
    /// `ln(n)`: natural logarithm.
    Ln,
    /// `log10(n)`: logarithm to the base 10.
    Log10,
    /// `coalesce(a, b, …)`: the first that is not null.
    Coalesce,
    /// `null_if(a, b)`: null where both are equal.
    NullIf,
    /// `between(a, low, high)`: whether it lies between them.
    Between,
    /// `is_in(a, b, c, …)`: whether it is one of these constants.
    IsIn,
    /// `is_distinct_from(a, b)`: whether they differ, nulls being equal.
    IsDistinctFrom,
    /// `least(a, b, …)`: the smallest.
    Least,
    /// `greatest(a, b, …)`: the largest.
    Greatest,
    /// `date_trunc(unit, t)`: the beginning of the unit.
    DateTrunc,
    /// `year(t)`.
    Year,
    /// `month(t)`: from 1.
    Month,
    /// `day(t)`: of the month, from 1.
    Day,
    /// `hour(t)`.
    Hour,
    /// `minute(t)`.
    Minute,
    /// `second(t)`.
    Second,
    /// `day_of_week(t)`: Monday is 1.
    DayOfWeek,
    /// `day_of_year(t)`: from 1.
    DayOfYear,
    /// `epoch_ms(t)`: milliseconds since 1970.
    EpochMs,
    /// `date_add(t, length)`: so much later.
    DateAdd,
    /// `date_diff(unit, from, to)`: whole units between them.
    DateDiff,
    /// `parse_timestamp(s, format)`.
    ParseTimestamp,
    /// `format_timestamp(t, format)`.
    FormatTimestamp,
    /// `to_timestamp(n, unit)`: of a number since 1970.
    ToTimestamp,
    /// `to_date(t)`: its day.
    ToDate,
    /// `json_value(s, path)`: a value in a JSON text.
    JsonValue,
    /// `field(struct, name)`: a member of a struct.
    Field,
    /// `get(list, index)`: an element of a list, from 0.
    Get,
    /// `list_length(list)`: elements.
    ListLength,
    /// `list_contains(list, value)`: whether it has such an element.
    ListContains,
    /// `hash(a, b, …)`: murmur2.
    Hash,
    /// `md5(s)`.
    Md5,
    /// `sha256(s)`.
    Sha256,
}

impl Function {
    /// Its name, as in a plan's JSON and in texts.
    pub fn name(self) -> &'static str {
        crate::catalogue::spec_of(crate::catalogue::Callee::Function(self)).name
    }
}
