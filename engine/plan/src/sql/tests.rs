//! SQL text and builders say the same, for every row of the catalogue; and what is wrong with a text is told with its place.

use proptest::prelude::*;

use super::{parse, parse_list};
use crate::catalogue::catalogue;
use crate::prelude::*;
use crate::request::Request;
use crate::{Branch, Expr, Literal, Plan};

/// What is wrong with a text, as a user reads it.
fn wrong(text: &str) -> String {
    parse(text).map_or_else(|mistake| mistake.to_string(), |expr| panic!("`{text}` is {expr:?}"))
}

#[test]
fn text_and_builder_make_the_same_plan_for_every_row_of_the_catalogue() {
    let orders = kafka("localhost:9092", "orders").json();
    for example in catalogue().flat_map(|spec| spec.examples) {
        let built = (example.build)();
        let as_filter = |expr: Expr| orders.filter(expr).plan();
        let read =
            as_filter(expr(example.sql)).with_sql_read().unwrap_or_else(|wrong| panic!("{}: {wrong:?}", example.sql));
        // The fingerprint is of these bytes.
        assert_eq!(read.to_json(), as_filter(built).to_json(), "{}", example.sql);
    }
}

/// What a plan listing or an error shows can be pasted into `expr("…")`.
#[test]
fn an_expression_shown_as_text_is_read_back() {
    for example in catalogue().flat_map(|spec| spec.examples) {
        let built = (example.build)();
        assert_eq!(parse(&built.to_string()), Ok(built), "{}", example.sql);
    }
}

#[test]
fn text_stands_wherever_an_expression_does() {
    let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
    let text = orders
        .filter(expr("amount > 0 AND city IS NOT NULL"))
        .with_columns([expr("amount * rate AS eur"), expr("lower(city)").alias("town")])
        .select([expr("ts"), expr("eur"), expr("town"), expr("user.name")])
        .group_by([expr("town")])
        .window(tumbling("1m"))
        .agg([sum(expr("eur")), count_of(expr("name")).alias("names"), max(expr("eur * 2 as double"))]);
    let built = orders
        .filter(col("amount").gt(0).and(col("city").is_not_null()))
        .with_columns([(col("amount") * col("rate")).alias("eur"), col("city").lower().alias("town")])
        .select([col("ts"), col("eur"), col("town"), col("user").field("name")])
        .group_by(["town"])
        .window(tumbling("1m"))
        .agg([sum("eur"), count_of("name").alias("names"), max((col("eur") * 2).alias("double"))]);
    assert_eq!(text.mistakes(), [], "plain Rust leaves the texts alone");
    assert_eq!(text.plan().with_sql_read().map(|plan| plan.to_json()), Ok(built.plan().to_json()));
    let request = |verb| Request {
        verb,
        plan: text.plan(),
        places: Vec::new(),
        problems: Vec::new(),
        samples: vec![text.sampling()],
    };
    let read = Request::from_json(&request(crate::Verb::Preview).to_json()).unwrap();
    assert_eq!((read.plan.to_json(), read.problems), (built.plan().to_json(), Vec::new()));
    let keys = text.keys(expr("lower(city)"));
    let read = Request::from_json(&request(crate::Verb::Keys(keys.args().clone())).to_json()).unwrap();
    let crate::Verb::Keys(args) = read.verb else { panic!("{:?}", read.verb) };
    assert_eq!(args.exprs, [col("city").lower()]);
}

#[test]
fn a_text_that_cannot_be_read_is_told_with_its_step() {
    let orders = kafka("localhost:9092", "orders").json();
    let stream = orders.filter(expr("amount >")).with_columns([expr("lowr(city) as town")]).filter(expr("a as b"));
    let plan = stream.plan();
    let request = Request {
        verb: crate::Verb::Preview,
        plan,
        places: Vec::new(),
        problems: Vec::new(),
        samples: vec![stream.sampling()],
    };
    let read = Request::from_json(&request.to_json()).unwrap();
    let told: Vec<String> =
        read.mistakes().iter().map(|mistake| format!("{}: {mistake}", read.plan.describe(mistake.node))).collect();
    insta::assert_snapshot!("steps", told.join("\n"));
    let keys = stream.keys(expr("city ||"));
    let request = Request { verb: crate::Verb::Keys(keys.args().clone()), plan: orders.plan(), ..request };
    let read = Request::from_json(&request.to_json()).unwrap();
    insta::assert_snapshot!("keys", read.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
}

#[test]
fn a_plan_with_unread_text_is_no_plan() {
    let plan = kafka("localhost:9092", "orders").json().schema("amount DOUBLE").filter(expr("amount > 0")).plan();
    assert_eq!(
        Plan::from_json(&plan.to_json()).unwrap_err().to_string(),
        "not a plan: node 1 holds SQL text that was never read"
    );
    insta::assert_snapshot!(crate::validate(&plan).unwrap_err()[0], @"
    SQL text is not read yet
    hint: look at the stream in a notebook, or build the expression
    ");
}

#[test]
fn sql_of_other_systems_is_understood() {
    for (text, same) in [
        ("a <> b AND NOT c", "a != b and not c"),
        ("CAST(a AS VARCHAR(10))", "cast(a as STRING)"),
        ("a::int8 // 2", "floor_div(cast(a as BIGINT), 2)"),
        ("CHAR_LENGTH(\"my col\") >= .5", "length(\"my col\") >= 0.5"),
        ("CASE WHEN a > 1 THEN 'x' END", "case when a > 1 then 'x' else null end"),
        ("IF(a > 1, 'x', 'y')", "case when a > 1 then 'x' else 'y' end"),
        ("a || b || 'c'", "concat(a, b, 'c')"),
        ("extract(dow from ts) in (6, 7)", "day_of_week(ts) in (6, 7)"),
        ("floor(ts to hour)", "date_trunc('hour', ts)"),
        ("datediff(day, a, b)", "date_diff('day', a, b)"),
        ("ts + interval '1 week' - interval 3 hours", "date_add(date_add(ts, '7d'), '-3h')"),
        ("trim(both from a) = ltrim(b)", "trim(a) = ltrim(b)"),
        ("substring(a from 2 for 3)", "substring(a, 2, 3)"),
        ("a is true or b is not false", "not a is distinct from true or b is distinct from false"),
        ("orders.items[1].price", "field(get(orders.items, 0), 'price')"),
        ("user = 'x' and date = 1 and timestamp > 2", "user = 'x' and date = 1 and timestamp > 2"),
        ("a rlike '^x' or a ~ 'y'", "regex_matches(a, '^x') or regex_matches(a, 'y')"),
        ("- a * -1", "-a * -1"),
        ("'it''s' -- a remark\n = a", "'it''s' = a"),
    ] {
        let expr = parse(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"));
        assert_eq!(expr.to_string(), same, "{text}");
    }
    assert_eq!(parse_list("a, lower(b) as c"), Ok(vec![col("a"), col("b").lower().alias("c")]));
    assert_eq!(parse("-9223372036854775808"), Ok(Expr::Literal(Literal::Int(i64::MIN))));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let texts = [
        "",
        "amount >",
        "amount > > 1",
        "(amount > 1",
        "'Oslo",
        "amount, city",
        "lowr(city)",
        "length(city) > 3\n  and frobnicate(city, 1)",
        "sum(amount) > 10",
        "row_number() over (partition by city)",
        "city in (select city from other)",
        "exists (select 1)",
        "amount > (select 1)",
        "now() > ts",
        "ts > current_timestamp",
        "*",
        "count(*)",
        "lower(distinct city)",
        "city ilike 'new%'",
        "ts + interval '1' month",
        "interval '1' day",
        "cast(a as money)",
        "a = ?",
        "99999999999999999999",
        "tags[0]",
        "a & b",
        "ts at time zone 'Europe/Oslo'",
        "extract(century from ts)",
        "timestamp 'soon'",
        "mod(1)",
        "trim('x' from city)",
        "a like 'x' escape 'y'",
    ];
    let told: Vec<String> = texts.map(wrong).into();
    insta::assert_snapshot!("faults", told.join("\n\n"));
}

#[test]
fn deep_and_long_texts_are_refused() {
    let deep = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    assert!(wrong(&deep).starts_with("in SQL text: the text is too long"), "{}", wrong(&deep));
    let nested = format!("{}a{}", "(".repeat(500), ")".repeat(500));
    assert!(wrong(&nested).starts_with("in SQL text: the expression is nested too deeply"), "{}", wrong(&nested));
    let chain = vec!["a"; 1_500].join(" + ");
    assert!(wrong(&chain).starts_with("in SQL text: the expression is nested too deeply"));
    let chain = kafka("localhost:9092", "orders").filter(expr(vec!["a = 1"; 150].join(" and "))).plan();
    assert!(chain.with_sql_read().unwrap_err()[0].message.contains("nested too deeply"));
}

/// Expressions of plain names and the operators, without what text cannot tell apart.
fn plain() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        "[a-z]{3}_[0-9]".prop_map(Expr::Column),
        any::<i64>().prop_map(|n| Expr::Literal(Literal::Int(n))),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(|x| Expr::Literal(Literal::Float(x))),
        "\\PC{0,6}".prop_map(|text| Expr::Literal(Literal::String(text))),
        any::<bool>().prop_map(|b| Expr::Literal(Literal::Boolean(b))),
        (-62_000_000_000_000_i64..253_000_000_000_000).prop_map(timestamp_ms),
        Just(null()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let branch = (inner.clone(), inner.clone()).prop_map(|(when, then)| Branch { when, then });
        let ops = proptest::sample::select(crate::arbitrary::BINARY_OPS.to_vec());
        prop_oneof![
            (ops, one.clone(), one.clone()).prop_map(|(op, left, right)| Expr::Binary { op, left, right }),
            inner.clone().prop_map(|e| e.is_null()),
            inner.clone().prop_map(|e| e.not()),
            inner.clone().prop_map(|e| e.cast(DOUBLE)),
            (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| a.between(b, c)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a.is_distinct_from(b)),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| coalesce([a, b])),
            inner.clone().prop_map(|e| e.lower().field("name")),
            (proptest::collection::vec(branch, 1..3), one)
                .prop_map(|(branches, otherwise)| Expr::When { branches, otherwise }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(expr in plain()) {
        prop_assert_eq!(parse(&expr.to_string()), Ok(expr));
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".{0,60}") {
        let _ = parse(&text);
    }

    /// Texts of the words and signs that the grammar is made of, which get further in.
    #[test]
    fn no_words_break_the_reader(words in proptest::collection::vec(proptest::sample::select(vec![
        "a", "b", "1", "'x'", "(", ")", ",", "+", "-", "*", "=", "and", "not", "between", "in", "is", "null", "case", "when", "then",
        "end", "cast", "as", "int", "interval", "day", "[", "]", ".", "::", "extract", "from", "lower", "like", "select", "timestamp",
    ]), 0..14)) {
        let _ = parse(&words.join(" "));
    }
}
