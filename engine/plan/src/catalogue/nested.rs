//! The rows of functions that look into JSON texts, lists and structs.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, param};
use crate::expr::{Function, col, lit};

const LIST: &[Param] = &[param("list", Takes::List)];

pub(super) const NESTED: &[FunctionSpec] = &[
    FunctionSpec {
        params: &[param("json", Takes::Text), param("path", Takes::Path)],
        doc: "The text, number or boolean at this path of a JSON text, as text; a text without its quotes. Paths are `$`, `.name`, `['name']` and \
              `[0]`, the first element being 0.",
        nulls: "null where the text is null or no JSON, or the path leads nowhere, to `null`, an object or an array",
        flink: Some("JSON_VALUE({*})"),
        examples: examples![
            "json_value(payload, '$.id')" = col("payload").json_value("$.id") => "'7'",
            "json_value(payload, '$.items[0].sku')" = col("payload").json_value("$.items[0].sku") => "'a-1'",
            "json_value(payload, '$.items')" = col("payload").json_value("$.items") => "null",
        ],
        ..function(Function::JsonValue, "json_value")
    },
    FunctionSpec {
        params: &[param("struct", Takes::Struct), param("name", Takes::Member)],
        gives: Gives::Member,
        doc: "A member of a struct; the column is called after it. SQL text says `user.name`.",
        flink: Some("{0}.{1!}"),
        examples: examples![
            "user.name" = col("user").field("name") => "'Ada'",
            "2024 - user.born" = lit(2024) - col("user").field("born") => "209",
        ],
        ..function(Function::Field, "field")
    },
    FunctionSpec {
        params: &[param("list", Takes::List), param("index", Takes::Whole)],
        gives: Gives::Element,
        doc: "An element of a list, the first being 0 and the last -1. SQL text may say `tags[1]`, where the first is 1.",
        nulls: "null where the list or the index is null, or the list has no such element",
        flink: Some("{0}[{1} + 1]"),
        examples: examples![
            "get(tags, 0)" = col("tags").get(0) => "'red'",
            "tags[2]" = col("tags").get(1) => "'blue'",
            "get(tags, -1)" = col("tags").get(-1) => "'blue'",
            "get(tags, 9)" = col("tags").get(9) => "null",
        ],
        ..function(Function::Get, "get")
    },
    FunctionSpec {
        aliases: &["cardinality", "array_length"],
        params: LIST,
        gives: Gives::BigInt,
        doc: "How many elements the list has, nulls among them.",
        flink: Some("CARDINALITY({0})"),
        examples: examples!["cardinality(tags)" = col("tags").list_length() => "2"],
        ..function(Function::ListLength, "list_length")
    },
    FunctionSpec {
        aliases: &["array_contains"],
        params: &[param("list", Takes::List), param("value", Takes::Element)],
        gives: Gives::Boolean,
        doc: "Whether the value is one of the list's elements.",
        flink: Some("ARRAY_CONTAINS({*})"),
        examples: examples!["list_contains(tags, 'red')" = col("tags").list_contains("red") => "true"],
        ..function(Function::ListContains, "list_contains")
    },
];
