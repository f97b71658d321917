//! The rows of functions of texts. A character is a Unicode code point.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, optional, param};
use crate::expr::{Function, col, concat, concat_ws, lit, null};

const TEXT: &[Param] = &[param("text", Takes::Text)];
const TWO: &[Param] = &[param("text", Takes::Text), param("part", Takes::Text)];
const PAD: &[Param] = &[param("text", Takes::Text), param("length", Takes::Whole), param("fill", Takes::Text)];
const MATCH: &[Param] = &[param("text", Takes::Text), param("pattern", Takes::Pattern)];

pub(super) const TEXTS: &[FunctionSpec] = &[
    FunctionSpec {
        aliases: &["lcase"],
        params: TEXT,
        doc: "The text in lower case.",
        flink: Some("LOWER({0})"),
        examples: examples!["lower(city)" = col("city").lower() => "'new york'"],
        ..function(Function::Lower, "lower")
    },
    FunctionSpec {
        aliases: &["ucase"],
        params: TEXT,
        doc: "The text in upper case.",
        flink: Some("UPPER({0})"),
        examples: examples!["upper(city)" = col("city").upper() => "'NEW YORK'"],
        ..function(Function::Upper, "upper")
    },
    FunctionSpec {
        aliases: &["char_length", "character_length", "len"],
        params: TEXT,
        gives: Gives::BigInt,
        doc: "How many characters the text has.",
        flink: Some("CHAR_LENGTH({0})"),
        examples: examples!["length('Zürich')" = lit("Zürich").length() => "6"],
        ..function(Function::Length, "length")
    },
    FunctionSpec {
        aliases: &["btrim"],
        params: TEXT,
        doc: "The text without spaces at both ends.",
        flink: Some("TRIM({0})"),
        examples: examples!["trim('  a b ')" = lit("  a b ").trim() => "'a b'"],
        ..function(Function::Trim, "trim")
    },
    FunctionSpec {
        params: TEXT,
        doc: "The text without spaces at its beginning.",
        flink: Some("LTRIM({0})"),
        examples: examples!["ltrim('  a ')" = lit("  a ").ltrim() => "'a '"],
        ..function(Function::Ltrim, "ltrim")
    },
    FunctionSpec {
        params: TEXT,
        doc: "The text without spaces at its end.",
        flink: Some("RTRIM({0})"),
        examples: examples!["rtrim('  a ')" = lit("  a ").rtrim() => "'  a'"],
        ..function(Function::Rtrim, "rtrim")
    },
    FunctionSpec {
        params: PAD,
        doc: "The text with `fill` repeated before it until it has `length` characters; a longer text is cut at its end.",
        nulls: "null where any argument is null, the length is negative, or `fill` is empty and needed",
        flink: Some("LPAD({*})"),
        examples: examples!["lpad('7', 3, '0')" = lit("7").lpad(3, "0") => "'007'", "lpad('abcd', 3, '0')" = lit("abcd").lpad(3, "0") => "'abc'"],
        ..function(Function::Lpad, "lpad")
    },
    FunctionSpec {
        params: PAD,
        doc: "The text with `fill` repeated after it until it has `length` characters; a longer text is cut at its end.",
        nulls: "null where any argument is null, the length is negative, or `fill` is empty and needed",
        flink: Some("RPAD({*})"),
        examples: examples!["rpad('7', 4, 'ab')" = lit("7").rpad(4, "ab") => "'7aba'"],
        ..function(Function::Rpad, "rpad")
    },
    FunctionSpec {
        aliases: &["substr"],
        params: &[param("text", Takes::Text), param("start", Takes::Whole), optional("length", Takes::Whole)],
        doc: "`length` characters from the character `start` on, the first being 1; all of the rest without `length`. A negative start counts \
              from the end.",
        nulls: "null where any argument is null or the length is negative",
        flink: Some("SUBSTRING({*})"),
        examples: examples![
            "substring(city, 5, 2)" = col("city").substring(5, 2) => "'Yo'",
            "substring(city, -4)" = col("city").substring_from(-4) => "'York'",
        ],
        ..function(Function::Substring, "substring")
    },
    FunctionSpec {
        params: TWO,
        gives: Gives::Boolean,
        doc: "Whether the text has this one in it. Not a pattern.",
        flink: Some("POSITION({1} IN {0}) > 0"),
        examples: examples!["contains(city, 'York')" = col("city").contains("York") => "true"],
        ..function(Function::Contains, "contains")
    },
    FunctionSpec {
        aliases: &["startswith"],
        params: TWO,
        gives: Gives::Boolean,
        doc: "Whether the text begins with this one.",
        flink: Some("STARTSWITH({0}, {1})"),
        examples: examples!["starts_with(city, 'New')" = col("city").starts_with("New") => "true"],
        ..function(Function::StartsWith, "starts_with")
    },
    FunctionSpec {
        aliases: &["endswith"],
        params: TWO,
        gives: Gives::Boolean,
        doc: "Whether the text ends with this one.",
        flink: Some("ENDSWITH({0}, {1})"),
        examples: examples!["ends_with(city, 'New')" = col("city").ends_with("New") => "false"],
        ..function(Function::EndsWith, "ends_with")
    },
    FunctionSpec {
        params: MATCH,
        gives: Gives::Boolean,
        doc: "Whether the whole text is as the pattern says: `%` stands for any text, `_` for one character, `\\` takes their meaning from them. SQL \
              text says `text like 'New%'`.",
        flink: Some("{0} LIKE {1} ESCAPE '\\'"),
        examples: examples![
            "city like 'New%'" = col("city").like("New%") => "true",
            "city not like '_e_'" = col("city").like("_e_").not() => "true",
        ],
        ..function(Function::Like, "like")
    },
    FunctionSpec {
        aliases: &["strpos", "instr"],
        params: TWO,
        gives: Gives::BigInt,
        doc: "The character at which the part begins in the text, the first being 1; 0 where it is not in it. SQL text may say \
              `position('a' in text)`.",
        flink: Some("POSITION({1} IN {0})"),
        examples: examples![
            "position('York' in city)" = col("city").position("York") => "5",
            "strpos(city, 'x')" = col("city").position("x") => "0",
        ],
        ..function(Function::Position, "position")
    },
    FunctionSpec {
        params: &[param("text", Takes::Text), param("from", Takes::Text), param("to", Takes::Text)],
        doc: "The text with every `from` in it replaced by `to`; an empty `from` is found nowhere. Not a pattern.",
        flink: Some("REPLACE({*})"),
        examples: examples!["replace(city, ' ', '_')" = col("city").replace(" ", "_") => "'New_York'"],
        ..function(Function::Replace, "replace")
    },
    FunctionSpec {
        params: TEXT,
        doc: "The characters in reverse order.",
        flink: Some("REVERSE({0})"),
        examples: examples!["reverse('Zürich')" = lit("Zürich").reverse() => "'hcirüZ'"],
        ..function(Function::Reverse, "reverse")
    },
    FunctionSpec {
        params: &[param("text", Takes::Text)],
        repeats: true,
        doc: "The texts one after the other. SQL text may say `a || b`.",
        flink: Some("CONCAT({*})"),
        examples: examples![
            "concat(city, '!')" = concat([col("city"), lit("!")]) => "'New York!'",
            "'<' || city || '>'" = concat([lit("<"), col("city"), lit(">")]) => "'<New York>'",
        ],
        ..function(Function::Concat, "concat")
    },
    FunctionSpec {
        params: &[param("separator", Takes::Text), param("text", Takes::Text)],
        repeats: true,
        doc: "The texts that are not null, parted by the separator.",
        nulls: "null where the separator is null; other nulls are left out",
        flink: Some("CONCAT_WS({*})"),
        examples: examples![
            "concat_ws('-', city, note, 'x')" = concat_ws("-", [col("city"), col("note"), lit("x")]) => "'New York-x'",
            "concat_ws(null, city)" = concat_ws(null(), [col("city")]) => "null",
        ],
        ..function(Function::ConcatWs, "concat_ws")
    },
    FunctionSpec {
        aliases: &["string_split"],
        params: &[param("text", Takes::Text), param("separator", Takes::Text)],
        gives: Gives::Texts,
        doc: "The parts of the text between the separators; with an empty separator, its characters.",
        flink: Some("SPLIT({*})"),
        examples: examples!["split('a,b,,c', ',')" = lit("a,b,,c").split(",") => "['a', 'b', '', 'c']"],
        ..function(Function::Split, "split")
    },
    FunctionSpec {
        aliases: &["matches", "regexp", "regexp_like", "regexp_matches", "rlike"],
        params: MATCH,
        gives: Gives::Boolean,
        doc: "Whether the pattern matches somewhere in the text; `^` and `$` tie it to the ends.",
        flink: Some("REGEXP({*})"),
        examples: examples!["regex_matches(city, '^New .+k$')" = col("city").regex_matches("^New .+k$") => "true"],
        ..function(Function::RegexMatches, "regex_matches")
    },
    FunctionSpec {
        aliases: &["regexp_extract"],
        params: &[param("text", Takes::Text), param("pattern", Takes::Pattern), optional("group", Takes::Group)],
        doc: "What the pattern's group matches first in the text; group 0, the whole match, when none is named.",
        nulls: "null where the text is null, or has no match of the group",
        flink: Some("REGEXP_EXTRACT({*})"),
        examples: examples![
            "regex_extract('order 77', '[0-9]+')" = lit("order 77").regex_extract("[0-9]+", 0) => "'77'",
            "regex_extract(city, '(\\w+) (\\w+)', 2)" = col("city").regex_extract("(\\w+) (\\w+)", 2) => "'York'",
        ],
        ..function(Function::RegexExtract, "regex_extract")
    },
    FunctionSpec {
        aliases: &["regexp_replace"],
        params: &[param("text", Takes::Text), param("pattern", Takes::Pattern), param("to", Takes::Text)],
        doc: "The text with every match of the pattern replaced by `to`, in which `$1` stands for the first group and `$$` for a dollar.",
        flink: Some("REGEXP_REPLACE({*})"),
        examples: examples!["regex_replace('a1b22', '[0-9]+', '#')" = lit("a1b22").regex_replace("[0-9]+", "#") => "'a#b#'"],
        ..function(Function::RegexReplace, "regex_replace")
    },
];
