//! The catalogue holds every function once, its names are its own, and the reference page is what it says.

use std::collections::HashSet;
use std::path::Path;

use super::page::page;
use super::{Callee, EXAMPLE_SCHEMA, Takes, catalogue, functions, names_of, spec_of};
use crate::prelude::*;
use crate::{Literal, Schema, UnaryOp};

#[test]
fn a_name_means_one_function() {
    let mut seen = HashSet::new();
    for name in functions().flat_map(names_of) {
        assert!(seen.insert(name), "`{name}` is there twice");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "`{name}`");
    }
}

#[test]
fn every_row_explains_itself() {
    for spec in catalogue() {
        assert!(!spec.doc.is_empty() && !spec.nulls.is_empty() && !spec.examples.is_empty(), "{}", spec.name);
        assert!(spec.doc.ends_with('.') && !spec.nulls.ends_with('.') && !spec.faults.ends_with('.'), "{}", spec.name);
        let optional_last = spec.params.windows(2).all(|two| !two[0].optional || two[1].optional);
        assert!(optional_last, "{}: what may be left out stands last", spec.name);
    }
}

#[test]
fn every_part_of_an_expression_has_its_row() {
    for op in crate::arbitrary::BINARY_OPS {
        assert!(!spec_of(Callee::Binary(op)).doc.is_empty());
    }
    for op in crate::arbitrary::UNARY_OPS {
        assert!(!spec_of(Callee::Unary(op)).doc.is_empty());
    }
    assert_eq!(spec_of(Callee::Unary(UnaryOp::IsNull)).name, "is null");
}

/// The reader knows every function by the name in the table; a variant without a row would not be told by its name.
#[cfg(feature = "serde")]
#[test]
fn names_in_json_are_those_of_the_table() {
    for spec in functions() {
        let Callee::Function(function) = spec.callee else { continue };
        let read: Result<crate::Function, _> = serde_json::from_str(&format!("\"{}\"", spec.name));
        assert_eq!(read.ok(), Some(function), "{}", spec.name);
    }
    let unknown = serde_json::from_str::<crate::Function>("\"no_such\"").unwrap_err().to_string();
    assert_eq!(unknown.matches('`').count() / 2 - 1, functions().count(), "a function without a row: {unknown}");
}

#[test]
fn examples_have_the_type_of_their_row() {
    let schema = Schema::parse(EXAMPLE_SCHEMA).unwrap();
    for example in catalogue().flat_map(|spec| spec.examples) {
        if let Err(mistake) = (example.build)().data_type(&schema) {
            panic!("{}: {mistake}", example.sql);
        }
    }
}

#[test]
fn the_reference_page_is_what_the_catalogue_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/functions.md");
    if std::env::var("INSTA_UPDATE").as_deref() == Ok("always") {
        std::fs::write(&path, page()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page(),
        "docs/reference/functions.md is older than the catalogue; write it again with `INSTA_UPDATE=always cargo test --workspace --lib -- the_reference_page`"
    );
}

/// An argument of a type that the parameter does not take.
fn wrong_argument(takes: Takes) -> Option<Expr> {
    match takes {
        Takes::Any | Takes::Same => None,
        Takes::Text | Takes::Time | Takes::Truth | Takes::List | Takes::Struct | Takes::Day => Some(col("amount")),
        Takes::Number | Takes::Whole => Some(col("city")),
        Takes::Flat | Takes::Equal | Takes::Ordered => Some(col("tags")),
        Takes::Element => Some(col("ts")),
        Takes::Listed | Takes::Pattern | Takes::Format => Some(col("city")),
        Takes::Digits | Takes::Group => Some(lit(-1)),
        Takes::Word(_) => Some(lit("fortnights")),
        Takes::Length => Some(lit("5 parsecs")),
        Takes::Path => Some(lit("items[0]")),
        Takes::Member => Some(lit("nmae")),
    }
}

/// An argument that the parameter takes.
fn right_argument(takes: Takes) -> Expr {
    match takes {
        Takes::Any | Takes::Flat | Takes::Same | Takes::Equal | Takes::Text | Takes::Day => col("city"),
        Takes::Ordered => col("amount"),
        Takes::Truth => col("paid"),
        Takes::Number => col("amount"),
        Takes::Whole => col("quantity"),
        Takes::Time => col("ts"),
        Takes::List => col("tags"),
        Takes::Element => lit("red"),
        Takes::Struct => col("user"),
        Takes::Listed => lit("Oslo"),
        Takes::Digits | Takes::Group => lit(0),
        Takes::Word(words) => lit(words[0]),
        Takes::Length => lit("5m"),
        Takes::Pattern | Takes::Format => lit("%Y"),
        Takes::Path => lit("$.a"),
        Takes::Member => lit("name"),
    }
}

/// Every function with too few arguments, and with a wrong one at each place: what the user reads.
#[test]
fn wrong_arguments_are_told() {
    let schema = Schema::parse(EXAMPLE_SCHEMA).unwrap();
    let mut told = String::new();
    let mut tell = |expr: Expr| match expr.data_type(&schema) {
        Ok(data_type) => panic!("`{expr}` is {data_type}"),
        Err(mistake) => told.push_str(&format!("{mistake}\n\n")),
    };
    for spec in functions() {
        let Callee::Function(function) = spec.callee else { continue };
        let call = |args: Vec<Expr>| Expr::Function { function, args };
        tell(call(Vec::new()));
        let right: Vec<Expr> = spec.params.iter().map(|param| right_argument(param.takes)).collect();
        assert!(call(right.clone()).data_type(&schema).is_ok(), "{}: {:?}", spec.name, call(right).data_type(&schema));
        if !spec.repeats {
            let more = right.iter().cloned().chain([Expr::Literal(Literal::Null)]).collect();
            tell(call(more));
        }
        for (at, param) in spec.params.iter().enumerate() {
            let Some(wrong) = wrong_argument(param.takes) else { continue };
            let mut args = right.clone();
            args[at] = wrong;
            tell(call(args));
        }
    }
    insta::assert_snapshot!(told);
}
