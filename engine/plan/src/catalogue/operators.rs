//! The operators' rows: arithmetic, comparison, logic, null tests, `cast` and `case`.

use super::{Callee, FunctionSpec, Gives, PLAIN, Param, Takes, examples, param};
use crate::expr::{BinaryOp, UnaryOp, col, lit, null, when};
use crate::schema::{BIGINT, DOUBLE, TIMESTAMP};

const NUMBERS: &[Param] = &[param("a", Takes::Number), param("b", Takes::Number)];
const EQUAL: &[Param] = &[param("a", Takes::Equal), param("b", Takes::Equal)];
const ORDERED: &[Param] = &[param("a", Takes::Ordered), param("b", Takes::Ordered)];
const TRUTHS: &[Param] = &[param("a", Takes::Truth), param("b", Takes::Truth)];
const OVERFLOW: &str = "a whole number beyond its type is null and counted as overflow";

const fn binary(op: BinaryOp, name: &'static str, params: &'static [Param], gives: Gives) -> FunctionSpec {
    FunctionSpec { callee: Callee::Binary(op), name, params, gives, ..PLAIN }
}

const fn unary(op: UnaryOp, name: &'static str, params: &'static [Param], gives: Gives) -> FunctionSpec {
    FunctionSpec { callee: Callee::Unary(op), name, params, gives, ..PLAIN }
}

pub(super) const OPERATORS: &[FunctionSpec] = &[
    FunctionSpec {
        doc: "The sum. The type is the wider of the two: `INT`, `BIGINT`, `DOUBLE`.",
        faults: OVERFLOW,
        flink: Some("{0} + {1}"),
        examples: examples![
            "quantity + 1" = col("quantity") + 1 => "4",
            "9223372036854775807 + 1" = lit(9_223_372_036_854_775_807_i64) + 1 => "null",
        ],
        ..binary(BinaryOp::Add, "+", NUMBERS, Gives::Widest)
    },
    FunctionSpec {
        doc: "The difference.",
        faults: OVERFLOW,
        flink: Some("{0} - {1}"),
        examples: examples!["amount - 2.5" = col("amount") - 2.5 => "10.0"],
        ..binary(BinaryOp::Sub, "-", NUMBERS, Gives::Widest)
    },
    FunctionSpec {
        doc: "The product.",
        faults: OVERFLOW,
        flink: Some("{0} * {1}"),
        examples: examples!["amount * quantity" = col("amount") * col("quantity") => "37.5"],
        ..binary(BinaryOp::Mul, "*", NUMBERS, Gives::Widest)
    },
    FunctionSpec {
        doc: "The quotient, a `DOUBLE` even of whole numbers; `floor_div` gives the whole number.",
        faults: "division by zero is null and counted",
        flink: Some("CAST({0} AS DOUBLE) / NULLIF({1}, 0)"),
        examples: examples!["1 / 2" = lit(1) / 2 => "0.5", "quantity / 0" = col("quantity") / 0 => "null"],
        ..binary(BinaryOp::Div, "/", NUMBERS, Gives::Double)
    },
    FunctionSpec {
        aliases: &["mod", "modulo"],
        doc: "The remainder, with the sign of the first operand. `mod(a, b)` is the same.",
        faults: "division by zero is null and counted",
        flink: Some("MOD({0}, NULLIF({1}, 0))"),
        examples: examples![
            "quantity % 2" = col("quantity") % 2 => "1",
            "mod(-7, 2)" = lit(-7).modulo(2) => "-1",
        ],
        ..binary(BinaryOp::Mod, "%", NUMBERS, Gives::Widest)
    },
    FunctionSpec {
        doc: "The number with the other sign.",
        faults: OVERFLOW,
        flink: Some("-{0}"),
        examples: examples!["-quantity" = -col("quantity") => "-3"],
        ..unary(UnaryOp::Negate, "-", &[param("a", Takes::Number)], Gives::Widest)
    },
    FunctionSpec {
        doc: "Whether both are equal.",
        flink: Some("{0} = {1}"),
        examples: examples![
            "city = 'New York'" = col("city").eq("New York") => "true",
            "note = 'x'" = col("note").eq("x") => "null",
        ],
        ..binary(BinaryOp::Eq, "=", EQUAL, Gives::Boolean)
    },
    FunctionSpec {
        aliases: &["<>"],
        doc: "Whether they differ.",
        flink: Some("{0} <> {1}"),
        examples: examples!["city != 'Oslo'" = col("city").neq("Oslo") => "true"],
        ..binary(BinaryOp::NotEq, "!=", EQUAL, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether the first is less; texts by their characters' code points.",
        flink: Some("{0} < {1}"),
        examples: examples!["amount < 12.5" = col("amount").lt(12.5) => "false"],
        ..binary(BinaryOp::Lt, "<", ORDERED, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether the first is less or equal.",
        flink: Some("{0} <= {1}"),
        examples: examples!["amount <= 12.5" = col("amount").lt_eq(12.5) => "true"],
        ..binary(BinaryOp::LtEq, "<=", ORDERED, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether the first is greater.",
        flink: Some("{0} > {1}"),
        examples: examples![
            "ts > timestamp '2024-01-01T00:00:00Z'" = col("ts").gt(crate::expr::timestamp_ms(1_704_067_200_000)) => "true",
        ],
        ..binary(BinaryOp::Gt, ">", ORDERED, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether the first is greater or equal.",
        flink: Some("{0} >= {1}"),
        examples: examples!["quantity >= 3" = col("quantity").gt_eq(3) => "true"],
        ..binary(BinaryOp::GtEq, ">=", ORDERED, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether both are true.",
        nulls: "false where one is false, else null where one is null",
        flink: Some("{0} AND {1}"),
        examples: examples![
            "paid and amount > 10" = col("paid").and(col("amount").gt(10)) => "true",
            "false and null" = lit(false).and(null()) => "false",
        ],
        ..binary(BinaryOp::And, "and", TRUTHS, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether at least one is true.",
        nulls: "true where one is true, else null where one is null",
        flink: Some("{0} OR {1}"),
        examples: examples!["paid or null" = col("paid").or(null()) => "true"],
        ..binary(BinaryOp::Or, "or", TRUTHS, Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether it is false.",
        flink: Some("NOT {0}"),
        examples: examples!["not paid" = col("paid").not() => "false"],
        ..unary(UnaryOp::Not, "not", &[param("a", Takes::Truth)], Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether there is no value.",
        nulls: "never null",
        flink: Some("{0} IS NULL"),
        examples: examples!["note is null" = col("note").is_null() => "true"],
        ..unary(UnaryOp::IsNull, "is null", &[param("a", Takes::Any)], Gives::Boolean)
    },
    FunctionSpec {
        doc: "Whether there is a value.",
        nulls: "never null",
        flink: Some("{0} IS NOT NULL"),
        examples: examples!["note is not null" = col("note").is_not_null() => "false"],
        ..unary(UnaryOp::IsNotNull, "is not null", &[param("a", Takes::Any)], Gives::Boolean)
    },
    FunctionSpec {
        callee: Callee::Cast,
        name: "cast",
        aliases: &["try_cast"],
        params: &[param("value", Takes::Any)],
        gives: Gives::Named,
        doc: "The value as another type. `try_cast` and `value::type` are the same: a cast never fails. A `DOUBLE` loses its fraction \
              towards zero, a `TIMESTAMP` is a `BIGINT` of epoch milliseconds.",
        faults: "a value that does not fit is null",
        flink: Some("TRY_CAST({0} AS {type})"),
        examples: examples![
            "cast('12' as bigint)" = lit("12").cast(BIGINT) => "12",
            "try_cast('twelve' as bigint)" = lit("twelve").cast(BIGINT) => "null",
            "quantity::double" = col("quantity").cast(DOUBLE) => "3.0",
            "cast('2024-02-29' as timestamp)" = lit("2024-02-29").cast(TIMESTAMP) => "2024-02-29T00:00:00.000Z",
        ],
        ..PLAIN
    },
    FunctionSpec {
        callee: Callee::When,
        name: "case",
        params: &[param("when", Takes::Truth), param("then", Takes::Same)],
        repeats: true,
        gives: Gives::Same,
        doc: "The value of the first branch whose condition is true; without `else`, null where none is.",
        nulls: "a condition that is null is not true",
        flink: Some("CASE {branches} END"),
        examples: examples![
            "case when amount > 100 then 'big' when amount > 10 then 'middling' else 'small' end" =
                when(col("amount").gt(100)).then("big").when(col("amount").gt(10)).then("middling").otherwise("small")
                => "'middling'",
            "case quantity when 3 then 'three' end" = when(col("quantity").eq(3)).then("three").into() => "'three'",
        ],
        ..PLAIN
    },
];
