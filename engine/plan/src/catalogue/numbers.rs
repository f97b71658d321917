//! The rows of functions of numbers.

use super::{FunctionSpec, Gives, Param, Takes, examples, function, param};
use crate::expr::{Function, col, lit};

const NUMBER: &[Param] = &[param("number", Takes::Number)];
const OVERFLOW: &str = "a whole number beyond its type is null and counted as overflow";
const UNDEFINED: &str = "what has no real value is null and counted as undefined";

pub(super) const NUMBERS: &[FunctionSpec] = &[
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Widest,
        doc: "The number without its sign.",
        faults: OVERFLOW,
        flink: Some("ABS({0})"),
        examples: examples!["abs(-2.5)" = lit(-2.5).abs() => "2.5"],
        ..function(Function::Abs, "abs")
    },
    FunctionSpec {
        params: &[param("number", Takes::Number), super::optional("digits", Takes::Digits)],
        gives: Gives::Widest,
        doc: "The number rounded to so many decimal digits, half away from zero, by the digits that people see: `round(1.005, 2)` is `1.01`. \
              Without digits, to a whole number.",
        flink: Some("ROUND({*})"),
        examples: examples![
            "round(2.345, 2)" = lit(2.345).round(2) => "2.35",
            "round(-2.5)" = lit(-2.5).round(0) => "-3.0",
        ],
        ..function(Function::Round, "round")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Widest,
        doc: "The largest whole number that is not greater.",
        flink: Some("FLOOR({0})"),
        examples: examples!["floor(-2.5)" = lit(-2.5).floor() => "-3.0", "floor(quantity)" = col("quantity").floor() => "3"],
        ..function(Function::Floor, "floor")
    },
    FunctionSpec {
        aliases: &["ceiling"],
        params: NUMBER,
        gives: Gives::Widest,
        doc: "The smallest whole number that is not less.",
        flink: Some("CEIL({0})"),
        examples: examples!["ceil(-2.5)" = lit(-2.5).ceil() => "-2.0"],
        ..function(Function::Ceil, "ceil")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Widest,
        doc: "-1, 0 or 1, of the number's type.",
        flink: Some("SIGN({0})"),
        examples: examples!["sign(-2.5)" = lit(-2.5).sign() => "-1.0", "sign(quantity)" = col("quantity").sign() => "1"],
        ..function(Function::Sign, "sign")
    },
    FunctionSpec {
        aliases: &["div"],
        params: &[param("a", Takes::Number), param("b", Takes::Number)],
        gives: Gives::Widest,
        doc: "The quotient rounded down to a whole number: of whole numbers a whole number. `a = floor_div(a, b) * b + r` with an `r` between 0 \
              and `b`.",
        faults: "division by zero is null and counted, and so is overflow",
        flink: Some("FLOOR(CAST({0} AS DOUBLE) / NULLIF({1}, 0))"),
        examples: examples![
            "floor_div(7, 2)" = lit(7).floor_div(2) => "3",
            "floor_div(-7, 2)" = lit(-7).floor_div(2) => "-4",
            "floor_div(7, 0)" = lit(7).floor_div(0) => "null",
        ],
        ..function(Function::FloorDiv, "floor_div")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Double,
        doc: "The square root.",
        faults: UNDEFINED,
        flink: Some("SQRT({0})"),
        examples: examples!["sqrt(6.25)" = lit(6.25).sqrt() => "2.5", "sqrt(-1)" = lit(-1).sqrt() => "null"],
        ..function(Function::Sqrt, "sqrt")
    },
    FunctionSpec {
        aliases: &["pow"],
        params: &[param("base", Takes::Number), param("exponent", Takes::Number)],
        gives: Gives::Double,
        doc: "The base raised to the exponent.",
        faults: UNDEFINED,
        flink: Some("POWER({*})"),
        examples: examples!["power(quantity, 2)" = col("quantity").power(2) => "9.0", "power(-8, 0.5)" = lit(-8).power(0.5) => "null"],
        ..function(Function::Power, "power")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Double,
        doc: "e raised to the number.",
        flink: Some("EXP({0})"),
        examples: examples!["exp(0)" = lit(0).exp() => "1.0"],
        ..function(Function::Exp, "exp")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Double,
        doc: "The natural logarithm.",
        faults: UNDEFINED,
        flink: Some("LN({0})"),
        examples: examples!["ln(1)" = lit(1).ln() => "0.0", "ln(0)" = lit(0).ln() => "null"],
        ..function(Function::Ln, "ln")
    },
    FunctionSpec {
        params: NUMBER,
        gives: Gives::Double,
        doc: "The logarithm to the base 10.",
        faults: UNDEFINED,
        flink: Some("LOG10({0})"),
        examples: examples!["log10(1000)" = lit(1000).log10() => "3.0"],
        ..function(Function::Log10, "log10")
    },
];
