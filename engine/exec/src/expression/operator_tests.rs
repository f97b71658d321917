//! Every operator and function against a table of expected values, nulls and edges included.

use headwater::{BinaryOp, Branch, DataType, Expr, Function, Literal, UnaryOp};
use polars::prelude::{AnyValue, DataFrame, DataType as Physical, Series, df};

use super::*;

fn col(name: &str) -> Expr {
    Expr::Column(name.into())
}

fn int(value: i64) -> Expr {
    Expr::Literal(Literal::Int(value))
}

fn text(value: &str) -> Expr {
    Expr::Literal(Literal::String(value.into()))
}

const NULL: Expr = Expr::Literal(Literal::Null);

fn op(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    Expr::Binary { op, left: Box::new(left), right: Box::new(right) }
}

fn unary_op(op: UnaryOp, input: Expr) -> Expr {
    Expr::Unary { op, input: Box::new(input) }
}

fn call(function: Function, args: impl Into<Vec<Expr>>) -> Expr {
    Expr::Function { function, args: args.into() }
}

fn cast_to(input: Expr, to: DataType) -> Expr {
    Expr::Cast { input: Box::new(input), to }
}

/// The values of an expression, as text: `null` for null.
fn shown(expr: &Expr, frame: &DataFrame) -> Vec<String> {
    let values = evaluate(expr, frame).unwrap();
    assert_eq!(values.len(), frame.height());
    // Polars would show a float shortened.
    let one = |v: AnyValue| if let AnyValue::Float64(x) = v { format!("{x:?}") } else { v.to_string() };
    values.iter().map(one).collect()
}

#[track_caller]
fn check(expr: Expr, frame: &DataFrame, expected: &[&str]) {
    assert_eq!(shown(&expr, frame), expected, "{expr:?}");
}

/// The value of an expression over constants only.
#[track_caller]
fn check_one(expr: Expr, expected: &str) {
    check(expr, &df!("x" => [1_i64]).unwrap(), &[expected]);
}

fn refusal(expr: Expr, frame: &DataFrame) -> String {
    evaluate(&expr, frame).unwrap_err().to_string()
}

#[test]
fn integer_arithmetic_is_checked() {
    let frame = df!(
        "a" => [Some(7), Some(-7), Some(i64::MAX), Some(i64::MIN), None, Some(5)],
        "b" => [Some(2), Some(2), Some(1), Some(-1), Some(1), Some(0)],
    )
    .unwrap();
    let both = |o| op(o, col("a"), col("b"));
    check(both(BinaryOp::Add), &frame, &["9", "-5", "null", "null", "null", "5"]);
    check(both(BinaryOp::Sub), &frame, &["5", "-9", "9223372036854775806", "-9223372036854775807", "null", "5"]);
    check(both(BinaryOp::Mul), &frame, &["14", "-14", "9223372036854775807", "null", "null", "0"]);
    check(both(BinaryOp::Mod), &frame, &["1", "-1", "0", "0", "null", "null"]);
    check(
        both(BinaryOp::Div),
        &frame,
        &["3.5", "-3.5", "9.223372036854776e18", "9.223372036854776e18", "null", "null"],
    );
    check(unary_op(UnaryOp::Negate, col("a")), &frame, &["-7", "7", "-9223372036854775807", "null", "null", "-5"]);
}

#[test]
fn small_integers_overflow_at_their_own_bounds_and_widen_with_a_constant() {
    let frame = df!("a" => [i32::MAX, i32::MIN]).unwrap();
    check(op(BinaryOp::Add, col("a"), col("a")), &frame, &["null", "null"]);
    check(op(BinaryOp::Add, col("a"), int(1)), &frame, &["2147483648", "-2147483647"]);
    check(unary_op(UnaryOp::Negate, col("a")), &frame, &["-2147483647", "null"]);
    check(call(Function::Abs, [col("a")]), &frame, &["2147483647", "null"]);
    check(call(Function::Round, [col("a"), int(-1)]), &frame, &["null", "null"]);
    check(op(BinaryOp::Lt, col("a"), int(0)), &frame, &["false", "true"]);
}

#[test]
fn float_arithmetic_gives_null_only_for_division_by_zero() {
    let frame = df!("a" => [Some(7.5), None, Some(-7.5)], "b" => [Some(2.0), Some(1.0), Some(0.0)]).unwrap();
    let both = |o| op(o, col("a"), col("b"));
    check(both(BinaryOp::Add), &frame, &["9.5", "null", "-7.5"]);
    check(both(BinaryOp::Sub), &frame, &["5.5", "null", "-7.5"]);
    check(both(BinaryOp::Mul), &frame, &["15.0", "null", "-0.0"]);
    check(both(BinaryOp::Div), &frame, &["3.75", "null", "null"]);
    check(both(BinaryOp::Mod), &frame, &["1.5", "null", "null"]);
    check(op(BinaryOp::Div, col("a"), int(0)), &frame, &["null", "null", "null"]);
    check(op(BinaryOp::Mul, col("a"), int(2)), &frame, &["15.0", "null", "-15.0"]);
    check(op(BinaryOp::Sub, int(1), col("a")), &frame, &["-6.5", "null", "8.5"]);
    check(unary_op(UnaryOp::Negate, col("a")), &frame, &["-7.5", "null", "7.5"]);
    check(op(BinaryOp::Add, col("a"), NULL), &frame, &["null", "null", "null"]);
}

#[test]
fn comparison_with_null_is_null() {
    let frame = df!("a" => [Some(1), None, Some(3)], "b" => [Some(2), Some(2), None]).unwrap();
    let both = |o| op(o, col("a"), col("b"));
    check(both(BinaryOp::Eq), &frame, &["false", "null", "null"]);
    check(both(BinaryOp::NotEq), &frame, &["true", "null", "null"]);
    check(both(BinaryOp::Lt), &frame, &["true", "null", "null"]);
    check(op(BinaryOp::Gt, col("a"), int(1)), &frame, &["false", "null", "true"]);
    check(op(BinaryOp::GtEq, int(1), col("a")), &frame, &["true", "null", "false"]);
    check(op(BinaryOp::LtEq, col("a"), Expr::Literal(Literal::Float(1.5))), &frame, &["true", "null", "false"]);
    check(op(BinaryOp::Eq, col("a"), NULL), &frame, &["null", "null", "null"]);
    check(op(BinaryOp::Eq, NULL, NULL), &frame, &["null", "null", "null"]);
    check(unary_op(UnaryOp::IsNull, col("a")), &frame, &["false", "true", "false"]);
    check(unary_op(UnaryOp::IsNotNull, col("a")), &frame, &["true", "false", "true"]);
}

#[test]
fn texts_and_timestamps_compare() {
    let frame = df!("s" => [Some("a"), Some("b"), None]).unwrap();
    check(op(BinaryOp::Eq, col("s"), text("b")), &frame, &["false", "true", "null"]);
    check(op(BinaryOp::Lt, text("a"), col("s")), &frame, &["false", "true", "null"]);
    let at = cast_to(text("1970-01-01T00:00:01Z"), DataType::Timestamp);
    check_one(op(BinaryOp::GtEq, at, Expr::Literal(Literal::Timestamp(1000))), "true");
}

#[test]
fn boolean_logic_is_kleenes() {
    let frame = df!(
        "a" => [Some(true), Some(true), Some(true), Some(false), Some(false), None],
        "b" => [Some(true), Some(false), None, Some(false), None, None],
    )
    .unwrap();
    check(op(BinaryOp::And, col("a"), col("b")), &frame, &["true", "false", "null", "false", "false", "null"]);
    check(op(BinaryOp::Or, col("a"), col("b")), &frame, &["true", "true", "true", "false", "null", "null"]);
    check(op(BinaryOp::And, col("a"), NULL), &frame, &["null", "null", "null", "false", "false", "null"]);
    check(op(BinaryOp::Or, NULL, col("a")), &frame, &["true", "true", "true", "null", "null", "null"]);
    check(unary_op(UnaryOp::Not, col("a")), &frame, &["false", "false", "false", "true", "true", "null"]);
    check(unary_op(UnaryOp::Not, NULL), &frame, &["null"; 6]);
}

#[test]
fn when_takes_the_first_true_branch() {
    let frame = df!("a" => [Some(1), Some(5), Some(9), None]).unwrap();
    let branch = |limit, then| Branch { when: op(BinaryOp::Lt, col("a"), int(limit)), then };
    let sizes = Expr::When {
        branches: vec![branch(3, text("small")), branch(7, text("middle"))],
        otherwise: text("big").into(),
    };
    check(sizes, &frame, &["\"small\"", "\"middle\"", "\"big\"", "\"big\""]);
    let mixed =
        Expr::When { branches: vec![branch(7, col("a"))], otherwise: Expr::Literal(Literal::Float(0.5)).into() };
    check(mixed, &frame, &["1.0", "5.0", "0.5", "0.5"]);
    let constant = Expr::When {
        branches: vec![Branch { when: Expr::Literal(Literal::Boolean(true)), then: col("a") }],
        otherwise: NULL.into(),
    };
    check(constant, &frame, &["1", "5", "9", "null"]);
}

#[test]
fn functions_of_text() {
    let frame = df!("s" => [Some(" Zürich "), Some(""), None]).unwrap();
    let s = || col("s");
    check(call(Function::Lower, [s()]), &frame, &["\" zürich \"", "\"\"", "null"]);
    check(call(Function::Upper, [s()]), &frame, &["\" ZÜRICH \"", "\"\"", "null"]);
    check(call(Function::Trim, [s()]), &frame, &["\"Zürich\"", "\"\"", "null"]);
    check(call(Function::Length, [s()]), &frame, &["8", "0", "null"]);
    check(call(Function::Contains, [s(), text("ür")]), &frame, &["true", "false", "null"]);
    check(call(Function::Contains, [s(), NULL]), &frame, &["null", "null", "null"]);
    check(call(Function::Contains, [text(".*"), text(".")]), &frame, &["true", "true", "true"]);
    check(call(Function::StartsWith, [s(), text(" Z")]), &frame, &["true", "false", "null"]);
    check(call(Function::EndsWith, [s(), text("")]), &frame, &["true", "true", "null"]);
    check(call(Function::Replace, [s(), text(" "), text("_")]), &frame, &["\"_Zürich_\"", "\"\"", "null"]);
    check(call(Function::Replace, [s(), text(""), text("_")]), &frame, &["\" Zürich \"", "\"\"", "null"]);
    check(call(Function::Replace, [s(), text("Z"), NULL]), &frame, &["null", "null", "null"]);
    check(call(Function::Concat, [s(), text("-"), int(1)]), &frame, &["\" Zürich -1\"", "\"-1\"", "null"]);
    check(call(Function::Concat, [text("a"), NULL]), &frame, &["null", "null", "null"]);
    check(call(Function::Coalesce, [s(), text("?")]), &frame, &["\" Zürich \"", "\"\"", "\"?\""]);
    check(call(Function::Coalesce, [NULL, s(), NULL]), &frame, &["\" Zürich \"", "\"\"", "null"]);
}

#[test]
fn substring_counts_characters_from_one() {
    let substring = |start, length| call(Function::Substring, [text("Zürich"), int(start), int(length)]);
    for (start, length, expected) in [
        (1, 3, "\"Zür\""),
        (2, 1, "\"ü\""),
        (3, 99, "\"rich\""),
        (0, 2, "\"Zü\""),
        (-3, 2, "\"ic\""),
        (-7, 2, "\"\""),
        (7, 1, "\"\""),
        (1, 0, "\"\""),
        (1, -1, "null"),
    ] {
        check_one(substring(start, length), expected);
    }
    check_one(call(Function::Substring, [text("Zürich"), int(4)]), "\"ich\"");
    check_one(call(Function::Substring, [NULL, int(1), int(1)]), "null");
    check_one(call(Function::Substring, [text("a"), NULL, int(1)]), "null");
    let starts = df!("n" => [1_i64, 2, 3]).unwrap();
    check(call(Function::Substring, [text("abc"), col("n"), int(1)]), &starts, &["\"a\"", "\"b\"", "\"c\""]);
}

#[test]
fn round_goes_half_away_from_zero() {
    let round = |x: f64, digits| call(Function::Round, [Expr::Literal(Literal::Float(x)), int(digits)]);
    for (x, digits, expected) in [
        (2.5, 0, "3.0"),
        (-2.5, 0, "-3.0"),
        (0.49999999999999994, 0, "0.0"),
        (1.005, 2, "1.01"),
        (-1.005, 2, "-1.01"),
        (2.675, 2, "2.68"),
        (0.285, 2, "0.29"),
        (1.0049999, 2, "1.0"),
        (0.05, 1, "0.1"),
        (0.004, 2, "0.0"),
        (0.5, 0, "1.0"),
        (1234.5, -2, "1200.0"),
        (1250.0, -2, "1300.0"),
        (9.995, 2, "10.0"),
        (1e300, 2, "1e300"),
        (5e-324, 3, "0.0"),
    ] {
        check_one(round(x, digits), expected);
    }
    check_one(call(Function::Round, [int(1250), int(-2)]), "1300");
    check_one(call(Function::Round, [int(-1250), int(-2)]), "-1300");
    check_one(call(Function::Round, [int(7), int(2)]), "7");
    check_one(call(Function::Round, [int(i64::MAX), int(-1)]), "null");
    check_one(call(Function::Round, [int(7), int(-60)]), "0");
    check_one(call(Function::Round, [NULL, int(1)]), "null");
}

#[test]
fn abs_of_the_smallest_integer_is_null() {
    let frame = df!("a" => [Some(-3), Some(i64::MIN), None]).unwrap();
    check(call(Function::Abs, [col("a")]), &frame, &["3", "null", "null"]);
    check_one(call(Function::Abs, [Expr::Literal(Literal::Float(-0.5))]), "0.5");
}

#[test]
fn a_cast_that_does_not_fit_is_null() {
    let texts = df!("s" => [Some(" 12 "), Some("1.5"), Some("true"), Some("x"), Some("1e400"), None]).unwrap();
    let to = |t| cast_to(col("s"), t);
    check(to(DataType::Int64), &texts, &["12", "null", "null", "null", "null", "null"]);
    check(to(DataType::Float64), &texts, &["12.0", "1.5", "null", "null", "null", "null"]);
    check(to(DataType::Boolean), &texts, &["null", "null", "true", "null", "null", "null"]);
    check(to(DataType::Timestamp), &texts, &["null"; 6]);
    let floats = df!("x" => [Some(1.9), Some(-1.9), Some(1e19), Some(f64::NAN), None]).unwrap();
    check(cast_to(col("x"), DataType::Int64), &floats, &["1", "-1", "null", "null", "null"]);
    check(cast_to(col("x"), DataType::Int32), &floats, &["1", "-1", "null", "null", "null"]);
    let wide = df!("n" => [Some(1_i64 << 40), Some(-5), None]).unwrap();
    check(cast_to(col("n"), DataType::Int32), &wide, &["null", "-5", "null"]);
    check(cast_to(col("n"), DataType::Boolean), &wide, &["true", "true", "null"]);
    check(cast_to(col("n"), DataType::String), &wide, &["\"1099511627776\"", "\"-5\"", "null"]);
    check_one(cast_to(Expr::Literal(Literal::Float(1.0)), DataType::String), "\"1.0\"");
    check_one(cast_to(Expr::Literal(Literal::Boolean(true)), DataType::Int32), "1");
    check_one(cast_to(NULL, DataType::Date), "null");
}

#[test]
fn timestamps_and_dates_cast_both_ways() {
    let written = |expr| cast_to(expr, DataType::String);
    for (text_in, expected) in [
        ("2024-01-02T03:04:05.678Z", "\"2024-01-02T03:04:05.678Z\""),
        ("2024-01-02T03:04:05+02:00", "\"2024-01-02T01:04:05.000Z\""),
        ("2024-01-02 03:04:05", "\"2024-01-02T03:04:05.000Z\""),
        ("2024-01-02", "\"2024-01-02T00:00:00.000Z\""),
        ("2024-13-02", "null"),
    ] {
        check_one(written(cast_to(text(text_in), DataType::Timestamp)), expected);
    }
    check_one(written(cast_to(text("2024-02-29"), DataType::Date)), "\"2024-02-29\"");
    check_one(written(cast_to(text("2024-02-29T12:00:00Z"), DataType::Date)), "\"2024-02-29\"");
    let before_1970 = cast_to(Expr::Literal(Literal::Timestamp(-1)), DataType::Date);
    check_one(written(before_1970.clone()), "\"1969-12-31\"");
    check_one(written(cast_to(before_1970, DataType::Timestamp)), "\"1969-12-31T00:00:00.000Z\"");
    check_one(cast_to(Expr::Literal(Literal::Timestamp(1500)), DataType::Int64), "1500");
    check_one(written(cast_to(int(1500), DataType::Timestamp)), "\"1970-01-01T00:00:01.500Z\"");
}

#[test]
fn binary_casts_to_text_where_it_is_utf8() {
    let bytes = Series::new("b".into(), [b"ok".as_slice(), &[0xff]]);
    let frame = DataFrame::new(2, vec![bytes.into()]).unwrap();
    check(cast_to(col("b"), DataType::String), &frame, &["\"ok\"", "null"]);
    let back = cast_to(cast_to(col("b"), DataType::String), DataType::Binary);
    assert_eq!(*evaluate(&back, &frame).unwrap().dtype(), Physical::Binary);
}

#[test]
fn an_empty_frame_gives_empty_columns_of_the_right_type() {
    let frame = df!("a" => Vec::<i64>::new(), "s" => Vec::<String>::new()).unwrap();
    for (expr, expected) in [
        (op(BinaryOp::Add, col("a"), int(1)), Physical::Int64),
        (op(BinaryOp::Div, int(1), int(2)), Physical::Float64),
        (op(BinaryOp::Gt, col("a"), int(1)), Physical::Boolean),
        (call(Function::Concat, [col("s"), col("a")]), Physical::String),
        (call(Function::Substring, [col("s"), int(1), int(1)]), Physical::String),
        (call(Function::Coalesce, [col("a"), int(1)]), Physical::Int64),
        (int(1), Physical::Int64),
    ] {
        let values = evaluate(&expr, &frame).unwrap();
        assert_eq!((values.len(), values.dtype()), (0, &expected), "{expr:?}");
    }
}

#[test]
fn types_that_do_not_fit_are_refused_in_words() {
    let frame = df!("s" => ["a"], "n" => [1_i64]).unwrap();
    insta::assert_snapshot!(refusal(op(BinaryOp::Add, col("s"), col("n")), &frame), @"`+` does not take STRING and BIGINT");
    insta::assert_snapshot!(refusal(op(BinaryOp::And, col("n"), col("n")), &frame), @"a condition does not take BIGINT");
    insta::assert_snapshot!(refusal(op(BinaryOp::Eq, col("s"), col("n")), &frame), @"a comparison does not take STRING and BIGINT");
    insta::assert_snapshot!(refusal(call(Function::Lower, [col("n")]), &frame), @"`lower` does not take BIGINT");
    insta::assert_snapshot!(refusal(cast_to(col("n"), DataType::Date), &frame), @"a cast to DATE does not take BIGINT");
    insta::assert_snapshot!(refusal(col("m"), &frame), @"no column `m`");
}

#[test]
fn a_column_is_named_by_alias_or_leftmost_column() {
    let frame = df!("a" => [1_i64]).unwrap();
    let named = Expr::Alias { input: int(1).into(), name: "one".into() };
    assert_eq!(evaluate_column(&named, &frame).unwrap().name().as_str(), "one");
    assert_eq!(evaluate_column(&op(BinaryOp::Add, int(1), col("a")), &frame).unwrap().name().as_str(), "a");
}

/// Every expression that validation of a plan accepts over these columns has the type that validation gives it, and a
/// value or null in every row.
#[test]
fn computed_types_are_the_validated_ones() {
    let schema = headwater::Schema::parse(
        "b BOOLEAN, i INT, n BIGINT, x DOUBLE, s STRING, raw BINARY, d DATE, t TIMESTAMP, l ARRAY<BIGINT>",
    )
    .unwrap();
    let frame = crate::types::empty_frame(&schema);
    let columns: Vec<Expr> =
        schema.fields.iter().map(|field| col(&field.name)).chain([NULL, int(2), text("a")]).collect();
    let mut tried = Vec::new();
    for a in &columns {
        for unary in [UnaryOp::Not, UnaryOp::Negate, UnaryOp::IsNull, UnaryOp::IsNotNull] {
            tried.push(unary_op(unary, a.clone()));
        }
        for field in &schema.fields {
            tried.push(cast_to(a.clone(), field.data_type.clone()));
        }
        for function in [Function::Lower, Function::Upper, Function::Trim, Function::Length, Function::Abs] {
            tried.push(call(function, [a.clone()]));
        }
        tried.push(call(Function::Round, [a.clone(), int(2)]));
        tried.push(call(Function::Replace, [a.clone(), text("a"), text("b")]));
        for b in &columns {
            for binary in [BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div, BinaryOp::Mod] {
                tried.push(op(binary, a.clone(), b.clone()));
            }
            for binary in [BinaryOp::Eq, BinaryOp::NotEq, BinaryOp::Lt, BinaryOp::LtEq, BinaryOp::Gt, BinaryOp::GtEq] {
                tried.push(op(binary, a.clone(), b.clone()));
            }
            tried.push(op(BinaryOp::And, a.clone(), b.clone()));
            tried.push(op(BinaryOp::Or, a.clone(), b.clone()));
            for function in
                [Function::Contains, Function::StartsWith, Function::EndsWith, Function::Coalesce, Function::Concat]
            {
                tried.push(call(function, [a.clone(), b.clone()]));
            }
            tried.push(call(Function::Substring, [a.clone(), b.clone(), int(1)]));
            let branch = Branch { when: col("b"), then: a.clone() };
            tried.push(Expr::When { branches: vec![branch], otherwise: b.clone().into() });
        }
    }
    let mut accepted = 0;
    for expr in tried {
        let Ok(expected) = expr.data_type(&schema) else { continue };
        accepted += 1;
        for frame in [&frame, &one_null_row(&frame)] {
            let values = evaluate(&expr, frame).unwrap_or_else(|error| panic!("{expr}: {error}"));
            assert_eq!(*values.dtype(), crate::types::polars_type(&expected), "{expr}");
            assert_eq!(values.len(), frame.height(), "{expr}");
        }
    }
    assert!(accepted > 300, "only {accepted} expressions were accepted");
}

fn one_null_row(frame: &DataFrame) -> DataFrame {
    let columns =
        frame.columns().iter().map(|column| Series::full_null(column.name().clone(), 1, column.dtype()).into());
    DataFrame::new(1, columns.collect()).unwrap()
}
