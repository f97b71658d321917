//! The rows of functions that choose among values or compare several: `coalesce`, `between`, `is_in`, `least` and their kin.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, param};
use crate::expr::{Function, coalesce, col, greatest, least, lit, null};

const TWO: &[Param] = &[param("value", Takes::Equal), param("other", Takes::Equal)];

pub(super) const CONDITIONS: &[FunctionSpec] = &[
    FunctionSpec {
        aliases: &["if_null", "ifnull", "nvl"],
        params: &[param("value", Takes::Same)],
        repeats: true,
        gives: Gives::Same,
        doc: "The first of the values that is not null. `if_null(a, b)` is the same with two.",
        nulls: "null where all are null",
        flink: Some("COALESCE({*})"),
        examples: examples![
            "coalesce(note, city)" = coalesce([col("note"), col("city")]) => "'New York'",
            "if_null(note, 'none')" = col("note").if_null("none") => "'none'",
        ],
        ..function(Function::Coalesce, "coalesce")
    },
    FunctionSpec {
        aliases: &["nullif"],
        params: TWO,
        gives: Gives::Same,
        doc: "Null where both are equal, else the first.",
        nulls: "null where the first is null",
        flink: Some("NULLIF({*})"),
        examples: examples![
            "null_if(city, 'New York')" = col("city").null_if("New York") => "null",
            "nullif(quantity, 0)" = col("quantity").null_if(0) => "3",
        ],
        ..function(Function::NullIf, "null_if")
    },
    FunctionSpec {
        params: &[param("value", Takes::Ordered), param("low", Takes::Ordered), param("high", Takes::Ordered)],
        gives: Gives::Boolean,
        doc: "Whether the value is at least `low` and at most `high`. SQL text may say `value between low and high`.",
        nulls: "as `value >= low and value <= high`",
        flink: Some("{0} BETWEEN {1} AND {2}"),
        examples: examples![
            "amount between 10 and 12.5" = col("amount").between(10, 12.5) => "true",
            "amount not between 10 and 12" = col("amount").between(10, 12).not() => "true",
        ],
        ..function(Function::Between, "between")
    },
    FunctionSpec {
        params: &[param("value", Takes::Equal), param("item", Takes::Listed)],
        repeats: true,
        gives: Gives::Boolean,
        doc: "Whether the value is one of these constants. SQL text says `value in (a, b)`.",
        nulls: "null where the value is null, and where it is none of them but one of them is null",
        flink: Some("{0} IN ({1*})"),
        examples: examples![
            "city in ('Oslo', 'New York')" = col("city").is_in(["Oslo", "New York"]) => "true",
            "quantity not in (1, 2)" = col("quantity").is_in([1, 2]).not() => "true",
        ],
        ..function(Function::IsIn, "is_in")
    },
    FunctionSpec {
        params: TWO,
        gives: Gives::Boolean,
        doc: "Whether they differ, null being a value like any other. SQL text may say `a is distinct from b`.",
        nulls: "never null",
        flink: Some("{0} IS DISTINCT FROM {1}"),
        examples: examples![
            "note is distinct from 'x'" = col("note").is_distinct_from("x") => "true",
            "note is not distinct from null" = col("note").is_distinct_from(null()).not() => "true",
        ],
        ..function(Function::IsDistinctFrom, "is_distinct_from")
    },
    FunctionSpec {
        params: &[param("value", Takes::Ordered)],
        repeats: true,
        gives: Gives::Same,
        doc: "The smallest of the values.",
        flink: Some("LEAST({*})"),
        examples: examples![
            "least(amount, quantity, 7)" = least([col("amount"), col("quantity"), lit(7)]) => "3.0",
            "least('b', 'a')" = least([lit("b"), lit("a")]) => "'a'",
        ],
        ..function(Function::Least, "least")
    },
    FunctionSpec {
        params: &[param("value", Takes::Ordered)],
        repeats: true,
        gives: Gives::Same,
        doc: "The largest of the values.",
        flink: Some("GREATEST({*})"),
        examples: examples![
            "greatest(quantity, 7)" = greatest([col("quantity"), lit(7)]) => "7",
            "greatest(city, note)" = greatest([col("city"), col("note")]) => "null",
        ],
        ..function(Function::Greatest, "greatest")
    },
];
