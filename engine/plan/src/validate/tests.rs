//! Every mistake, as the user reads it.

use crate::prelude::*;
use crate::{AggFunction, Literal, Node, Plan, Schema, Sink, Step, Window, validate};

const COLUMNS: &str = "order_id BIGINT, ts TIMESTAMP, city STRING, amount DOUBLE, quantity INT, paid BOOLEAN, tags ARRAY<STRING>, day DATE";

fn orders() -> Stream {
    kafka("localhost:9092", "orders").json().schema(COLUMNS)
}

fn timed() -> Stream {
    orders().event_time("ts", "10s")
}

/// The mistakes as a notebook shows them.
fn told(plan: &Plan, mistakes: &[crate::PlanError]) -> String {
    let lines = mistakes.iter().map(|mistake| format!("{}: {mistake}", plan.describe(mistake.node)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What is wrong with a stream, as text.
fn wrong(stream: &Stream) -> String {
    told(&stream.plan(), &stream.mistakes())
}

fn job_wrong(job: &Job) -> String {
    told(&job.plan(), &job.mistakes())
}

/// What is wrong with an expression over the orders.
fn of(expr: impl Into<Expr>) -> String {
    let schema = Schema::parse(COLUMNS).unwrap();
    match expr.into().data_type(&schema) {
        Ok(data_type) => data_type.to_string(),
        Err(mistake) => mistake.to_string(),
    }
}

fn each<const N: usize>(exprs: [Expr; N]) -> String {
    exprs.map(of).join("\n")
}

mod columns {
    use super::*;

    #[test]
    fn an_unknown_column_is_named_with_the_nearest_one() {
        insta::assert_snapshot!(wrong(&orders().filter(col("amout").gt(0))), @"
        step 2, `filter`: no column `amout`
        hint: did you mean `amount`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
    }

    #[test]
    fn nothing_is_guessed_when_no_name_is_near() {
        insta::assert_snapshot!(wrong(&orders().select(["zebra"])), @"
        step 2, `select`: no column `zebra`
        hint: columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
    }

    #[test]
    fn a_long_list_of_columns_is_cut() {
        let many: Vec<String> = (0..40).map(|i| format!("c{i} INT")).collect();
        let stream = files("x.json").schema(many.join(", ")).select(["wrong_name"]);
        assert!(wrong(&stream).ends_with("c28, c29 … and 10 more"), "{}", wrong(&stream));
    }

    #[test]
    fn independent_mistakes_come_together() {
        let stream = timed()
            .filter(col("amout").gt(0).and(col("citty").eq("Oslo")))
            .filter(col("amount"))
            .with_columns([col("amount").lower()])
            .drop(["nothing"]);
        insta::assert_snapshot!(wrong(&stream), @r#"
        step 3, `filter`: no column `amout`
        hint: did you mean `amount`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        step 3, `filter`: no column `citty`
        hint: did you mean `city`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        step 4, `filter`: `filter` needs a BOOLEAN; `amount` is DOUBLE
        hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
        step 5, `with_columns`: `lower(amount)` needs STRING; `amount` is DOUBLE
        hint: cast it: `col("amount").cast(STRING)`
        "#);
    }

    #[test]
    fn a_column_made_in_the_same_step_is_explained() {
        let stream = orders().with_columns([(col("amount") * 2).alias("twice"), (col("twice") * 2).alias("four")]);
        insta::assert_snapshot!(wrong(&stream), @"
        step 2, `with_columns`: no column `twice`
        hint: `twice` is made in this same step; read it in a second `.with_columns` or `.select` after this one
        ");
    }

    #[test]
    fn what_follows_from_a_mistake_is_not_reported() {
        let stream = files("x.json").schema("a STRING, ts TIMESTAMP").event_time("ts", "1s").cast([("a", "FLOAT")]);
        let stream = stream.with_columns([(col("a") * 2).alias("b")]).group_by("b").agg(count());
        insta::assert_snapshot!(wrong(&stream), @r#"
        step 3, `cast`: `cast` of `a`: no type `FLOAT`
        hint: did you mean `DOUBLE`? types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        step 5, `group_by`: `group_by` without a window would keep every key for ever, since a stream has no end
        hint: bound it in time: `.window(tumbling("1m"))` between `.group_by(…)` and `.agg(…)`; or, for one row a key that changes, `.expire_after("7d")` and a sink that ends in `.upsert()`
        "#);
    }

    #[test]
    fn a_comparison_by_rusts_own_sign_is_noticed() {
        insta::assert_snapshot!(wrong(&orders().filter(col("city") == lit("Oslo"))), @"
        step 2, `filter`: `filter(false)` says the same of every row
        hint: compare with `.eq(…)` or `.neq(…)`: `==` and `!=` compare the expressions themselves
        ");
    }

    #[test]
    fn names_are_needed_and_come_once() {
        let stream = orders().select([col("city"), col("city").lower(), lit(1)]);
        insta::assert_snapshot!(wrong(&stream), @r#"
        step 2, `select`: `1` has no name
        hint: give it one: `.alias("…")`
        step 2, `select`: two columns are called `city`
        hint: give one of them another name, with `.alias("…")` or `rename`
        "#);
        insta::assert_snapshot!(wrong(&orders().select([col("city").alias("")])), @"step 2, `select`: the name of `city as \"\"` is empty");
        insta::assert_snapshot!(wrong(&orders().select(Vec::<Expr>::new())), @"
        step 2, `select`: `select` keeps no column
        hint: name at least one
        ");
    }

    #[test]
    fn rename_and_drop_want_known_columns() {
        insta::assert_snapshot!(wrong(&orders().rename([("citi", "town"), ("amount", "day")])), @"
        step 2, `rename`: no column `citi`
        hint: did you mean `city`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
        insta::assert_snapshot!(wrong(&orders().rename([("amount", "day")])), @r#"
        step 2, `rename`: two columns are called `day`
        hint: give one of them another name, with `.alias("…")` or `rename`
        "#);
        insta::assert_snapshot!(wrong(&orders().drop("citi")), @"
        step 2, `drop`: no column `citi`
        hint: did you mean `city`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
        insta::assert_snapshot!(wrong(&orders().select("city").drop("city")), @"
        step 3, `drop`: `drop` removes every column
        hint: keep at least one
        ");
    }

    #[test]
    fn columns_can_swap_names() {
        let swapped = orders().rename([("city", "amount"), ("amount", "city")]).plan();
        let schemas = validate(&swapped).unwrap();
        assert_eq!(schemas[1].field("city").unwrap().data_type, DOUBLE);
        assert_eq!(schemas[1].names()[2..4], ["amount", "city"]);
    }

    #[test]
    fn a_cast_must_have_a_meaning() {
        insta::assert_snapshot!(wrong(&orders().cast([("tags", STRING), ("ts", DOUBLE), ("amnt", DOUBLE)])), @"
        step 2, `cast`: `cast` of `tags` cannot turn ARRAY<STRING> into STRING
        step 2, `cast`: `cast` of `ts` cannot turn TIMESTAMP into DOUBLE
        hint: `.cast(BIGINT)` gives epoch milliseconds, which can be cast on
        step 2, `cast`: no column `amnt`
        hint: did you mean `amount`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
        insta::assert_snapshot!(wrong(&orders().cast([("amount", "FLOAT")])), @"
        step 2, `cast`: `cast` of `amount`: no type `FLOAT`
        hint: did you mean `DOUBLE`? types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        ");
    }

    #[test]
    fn every_step_says_which_columns_leave_it() {
        let plan = timed()
            .with_columns([(col("amount") * col("quantity")).alias("total"), col("quantity").cast(STRING)])
            .select(["ts", "city", "total", "quantity"])
            .rename([("city", "town")])
            .group_by([col("town").lower()])
            .window(tumbling("1m"))
            .agg([count(), sum("total"), min("quantity"), max("ts"), mean("total"), count_of("quantity")])
            .plan();
        let schemas: Vec<String> = validate(&plan).unwrap().iter().map(Schema::to_string).collect();
        insta::assert_snapshot!(schemas[2..].join("\n"), @"
        order_id BIGINT, ts TIMESTAMP, city STRING, amount DOUBLE, quantity STRING, paid BOOLEAN, tags ARRAY<STRING>, day DATE, total DOUBLE
        ts TIMESTAMP, city STRING, total DOUBLE, quantity STRING
        ts TIMESTAMP, town STRING, total DOUBLE, quantity STRING
        town STRING, window_start TIMESTAMP, window_end TIMESTAMP, count BIGINT, total_sum DOUBLE, quantity_min STRING, ts_max TIMESTAMP, total_mean DOUBLE, quantity_count BIGINT
        ");
    }

    #[test]
    fn without_the_columns_only_the_structure_is_checked() {
        let stream = kafka("localhost:9092", "orders").filter(col("anything").lower().gt(1));
        assert_eq!(validate(&stream.plan()), Ok(Vec::new()));
        insta::assert_snapshot!(wrong(&stream.select(["a", "a"]).group_by("a").window(tumbling("1m")).agg(count())), @r#"
        step 3, `select`: two columns are called `a`
        hint: give one of them another name, with `.alias("…")` or `rename`
        step 4, `group_by`: `window(tumbling("1m"))` needs an event-time column
        hint: put `.event_time("ts", "10s")` before `group_by`, with your column of times
        "#);
    }
}

mod types {
    use super::*;

    #[test]
    fn operands_are_compared_with_their_like() {
        insta::assert_snapshot!(each([
            col("amount").gt("x"),
            col("amount").gt("12.5"),
            col("amount").lt("quantity"),
            col("city").eq(5),
            col("amount").eq(col("city")),
            col("ts").gt_eq("2024-01-01T00:00:00Z"),
            col("day").neq(col("paid")),
            col("paid").lt(true),
            col("tags").eq(col("tags")),
        ]), @r#"
        `amount > 'x'` compares DOUBLE with STRING
        hint: cast the column: `col("amount").cast(STRING)`
        `amount > '12.5'` compares DOUBLE with STRING
        hint: write `12.5`, without quotes
        `amount < 'quantity'` compares DOUBLE with STRING
        hint: for the column write `col("quantity")`
        `city = 5` compares STRING with BIGINT
        hint: cast the text: `col("city").cast(BIGINT)`
        `amount = city` compares DOUBLE with STRING
        hint: cast the text: `col("city").cast(DOUBLE)`
        `ts >= '2024-01-01T00:00:00Z'` compares TIMESTAMP with STRING
        hint: write `lit("2024-01-01T00:00:00Z").cast(TIMESTAMP)`
        `day != paid` compares DATE with BOOLEAN
        hint: cast one side to the type of the other
        `paid < true`: BOOLEAN has no order
        `tags = tags`: ARRAY<STRING> cannot be compared
        "#);
    }

    #[test]
    fn arithmetic_wants_numbers() {
        insta::assert_snapshot!(each([
            col("city") + "x",
            col("amount") * "quantity",
            -col("paid"),
            col("ts") - 5,
            col("city").abs(),
            col("amount").round(99),
        ]), @r#"
        `city + 'x'` needs numbers; `city` is STRING
        hint: cast it: `col("city").cast(DOUBLE)`; texts are joined with `concat([…])`
        `amount * 'quantity'` needs numbers; `'quantity'` is STRING
        hint: for the column write `col("quantity")`
        `-paid` needs numbers; `paid` is BOOLEAN
        `ts - 5` needs numbers; `ts` is TIMESTAMP
        hint: `col("ts").cast(BIGINT)` gives epoch milliseconds
        `abs(city)` needs numbers; `city` is STRING
        hint: cast it: `col("city").cast(DOUBLE)`; texts are joined with `concat([…])`
        `round(amount, 99)` needs a constant number of digits from 0 to 15
        "#);
    }

    #[test]
    fn logic_and_choices_want_booleans_and_one_type() {
        insta::assert_snapshot!(each([
            col("amount").and(col("paid")),
            col("city").not(),
            when(col("amount")).then(1).otherwise(2),
            when(col("paid")).then(1).when(col("paid")).then("two").otherwise(null()),
            coalesce([col("city"), lit(0)]),
        ]), @r#"
        `amount and paid` needs BOOLEAN; `amount` is DOUBLE
        hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
        `not city` needs BOOLEAN; `city` is STRING
        hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
        `case when amount then 1 else 2 end` needs a BOOLEAN condition; `amount` is DOUBLE
        hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
        `case when paid then 1 when paid then 'two' else null end` mixes BIGINT with STRING
        hint: cast them to one type, such as `.cast(STRING)`
        `coalesce(city, 0)` mixes STRING with BIGINT
        hint: cast them to one type, such as `.cast(STRING)`
        "#);
    }

    #[test]
    fn functions_want_their_types() {
        insta::assert_snapshot!(each([
            col("amount").contains("1"),
            concat([col("city"), col("amount") + 1]),
            col("city").substring(1.5, 2),
            col("tags").cast(STRING),
            col("ts").cast(INT),
            col("quantity").cast(DATE),
            Expr::Function { function: crate::Function::Lower, args: Vec::new() },
        ]), @r#"
        `contains(amount, '1')` needs STRING; `amount` is DOUBLE
        hint: cast it: `col("amount").cast(STRING)`
        `concat(city, amount + 1)` needs STRING; `amount + 1` is DOUBLE
        hint: cast it: `.cast(STRING)`
        `substring(city, 1.5, 2)` needs whole numbers; `1.5` is DOUBLE
        hint: cast it: `.cast(BIGINT)`
        `cast(tags as STRING)` cannot turn ARRAY<STRING> into STRING
        `cast(ts as INT)` cannot turn TIMESTAMP into INT
        hint: `.cast(BIGINT)` gives epoch milliseconds, which can be cast on
        `cast(quantity as DATE)` cannot turn INT into DATE
        `lower` takes 1 argument, not 0
        hint: it is `lower(text: STRING) → STRING`
        "#);
    }

    #[test]
    fn results_have_these_types() {
        let shown = [
            col("quantity") + 1,
            col("quantity") + col("quantity"),
            col("day").lt(col("ts")),
            col("quantity") / 2,
            col("amount") % 2,
            col("quantity") + null(),
            col("city").length(),
            col("quantity").gt(1.5),
            col("city").is_null().or(null()),
            coalesce([col("quantity"), col("amount")]),
            when(col("paid")).then(col("quantity")).into(),
            col("amount").round(2),
            col("ts").cast(BIGINT),
            null().cast(STRING),
            col("city").eq(null()),
            timestamp_ms(0),
        ];
        insta::assert_snapshot!(shown.map(|expr| format!("{expr}: {}", of(expr.clone()))).join("\n"), @"
        quantity + 1: BIGINT
        quantity + quantity: INT
        day < ts: BOOLEAN
        quantity / 2: DOUBLE
        amount % 2: DOUBLE
        quantity + null: INT
        length(city): BIGINT
        quantity > 1.5: BOOLEAN
        city is null or null: BOOLEAN
        coalesce(quantity, amount): DOUBLE
        case when paid then quantity else null end: INT
        round(amount, 2): DOUBLE
        cast(ts as BIGINT): BIGINT
        cast(null as STRING): STRING
        city = null: BOOLEAN
        timestamp '1970-01-01T00:00:00.000Z': TIMESTAMP
        ");
        insta::assert_snapshot!(of(null()), @"
        `null` has no type
        hint: say which: `null().cast(STRING)`
        ");
    }

    #[test]
    fn numbers_that_json_cannot_say_are_refused() {
        insta::assert_snapshot!(wrong(&orders().filter(col("amount").lt(f64::INFINITY))), @"
        step 2, `filter`: the constant `inf` is not a finite number
        hint: for no value write `null()`
        ");
        let by_hand = Plan::linear([
            orders().plan().nodes[0].step.clone(),
            Step::Filter { predicate: col("amount").gt(Expr::Literal(Literal::Float(f64::NAN))) },
        ]);
        insta::assert_snapshot!(told(&by_hand, &validate(&by_hand).unwrap_err()), @"
        step 2, `filter`: the constant `NaN` is not a finite number
        hint: for no value write `null()`
        ");
    }

    #[test]
    fn expressions_too_deep_to_be_read_back_are_refused() {
        let deep = (0..60).fold(col("amount"), |sum, i| sum + i);
        insta::assert_snapshot!(wrong(&orders().filter(deep.gt(0))), @"
        step 2, `filter`: the expression is nested too deeply
        hint: put a part of it into a column of its own with `.with_columns`
        ");
    }
}

mod time {
    use super::*;

    #[test]
    fn a_window_needs_event_time() {
        insta::assert_snapshot!(wrong(&orders().group_by("city").window(tumbling("1m")).agg(count())), @r#"
        step 2, `group_by`: `window(tumbling("1m"))` needs an event-time column
        hint: put `.event_time("ts", "10s")` before `group_by`, with your column of times
        "#);
    }

    #[test]
    fn event_time_is_a_time_and_comes_first() {
        insta::assert_snapshot!(wrong(&orders().event_time("city", "10s")), @r#"
        step 2, `event_time`: event time must be a TIMESTAMP or a BIGINT of epoch milliseconds; `city` is STRING
        hint: cast it first: `.with_columns([col("city").cast(TIMESTAMP)])`, or say `city TIMESTAMP` in the schema
        "#);
        insta::assert_snapshot!(wrong(&orders().event_time("amount", "10s")), @"
        step 2, `event_time`: event time must be a TIMESTAMP or a BIGINT of epoch milliseconds; `amount` is DOUBLE
        hint: name the column that says when the event happened
        ");
        insta::assert_snapshot!(wrong(&orders().event_time("tz", "10s")), @"
        step 2, `event_time`: no column `tz`
        hint: did you mean `ts`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
        insta::assert_snapshot!(wrong(&orders().filter(col("paid")).event_time("ts", "10s")), @"
        step 3, `event_time`: `event_time` comes after step 2, `filter`, but time is taken before filters
        hint: put `.event_time(…)` right after the source
        ");
        insta::assert_snapshot!(wrong(&timed().event_time("order_id", "1s")), @"
        step 3, `event_time`: event time is already `ts`
        hint: keep one `.event_time(…)`
        ");
        assert_eq!(wrong(&orders().event_time("order_id", "0s")), "");
    }

    #[test]
    fn lengths_of_time_are_checked_where_they_are_written() {
        insta::assert_snapshot!(wrong(&orders().event_time("ts", "ten seconds").idle_after("0s")), @"
        step 2, `event_time`: `event_time`: `ten seconds` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`
        step 2, `event_time`: `idle_after` of no length would never wait for a partition
        hint: give a length such as `30s`
        ");
        insta::assert_snapshot!(wrong(&timed().group_by("city").window(tumbling("1 fortnight")).agg(count())), @"step 3, `group_by`: `tumbling`: `1 fortnight` is not a length of time such as `500ms`, `10s`, `1m`, `1h30m` or `2d`");
        insta::assert_snapshot!(wrong(&timed().group_by("city").window(tumbling("0s")).agg(count())), @r#"
        step 3, `group_by`: `window(tumbling("0ms"))`: a window of this length is not possible
        hint: give it at least a millisecond, such as `tumbling("1m")`
        "#);
    }

    #[test]
    fn windows_that_cannot_be_are_refused_with_the_way_out() {
        let of = |window: WindowSpec| wrong(&timed().group_by("city").window(window).agg(count()));
        insta::assert_snapshot!(
            [
                of(hopping("1m", "0s")),
                of(hopping("1m", "2m")),
                of(hopping("1d", "1ms")),
                of(hopping("1m", "10s").offset("25s")),
                of(tumbling("1h").offset("1h15m")),
                of(cumulating("1h", "0s")),
                of(cumulating("1h", "25m")),
                of(cumulating("1h", "2h")),
                of(cumulating("1h", "10m").offset("1h")),
                of(session("0s")),
                of(session("30m").offset("5m")),
                of(hopping("a minute", "a second")),
                of(tumbling("1m").offset("a bit")),
            ]
            .join("\n")
        );
    }

    #[test]
    fn idle_partitions_need_event_time() {
        insta::assert_snapshot!(wrong(&orders().idle_after("30s")), @r#"
        step 1, `kafka`: `idle_after` needs an event time
        hint: put it after `.event_time("ts", "10s")`
        "#);
    }

    #[test]
    fn the_event_time_column_stays_as_it_is_until_the_window() {
        let grouped = |stream: Stream| wrong(&stream.group_by("city").window(tumbling("1m")).agg(count()));
        insta::assert_snapshot!(grouped(timed().drop("ts")), @r#"
        step 4, `group_by`: `window(tumbling("1m"))` needs the event-time column `ts`, which step 3, `drop`, changes or removes
        hint: keep `ts` as it is until `group_by`
        "#);
        let lost = [
            timed().select("city"),
            timed().rename([("ts", "time")]),
            timed().cast([("ts", BIGINT)]),
            timed().with_columns(timestamp_ms(0).alias("ts")),
            timed().select([col("city"), timestamp_ms(0).alias("ts")]),
        ];
        for stream in lost {
            assert!(grouped(stream.clone()).contains("needs the event-time column `ts`"), "{}", stream.plan());
        }
        let kept = [timed().select(["city", "ts"]), timed().with_columns("ts"), timed().rename([("amount", "total")])];
        for stream in kept {
            assert_eq!(grouped(stream), "");
        }
    }
}

mod groups {
    use super::*;

    #[test]
    fn groups_are_bounded_in_time() {
        insta::assert_snapshot!(wrong(&timed().group_by("city").agg(count())), @r#"
        step 3, `group_by`: `group_by` without a window would keep every key for ever, since a stream has no end
        hint: bound it in time: `.window(tumbling("1m"))` between `.group_by(…)` and `.agg(…)`; or, for one row a key that changes, `.expire_after("7d")` and a sink that ends in `.upsert()`
        "#);
    }

    #[test]
    fn results_have_their_own_names() {
        let stream = timed().group_by(["city"]).window(tumbling("1m"));
        insta::assert_snapshot!(wrong(&stream.agg([sum("amount"), sum("amount"), count().alias("city")])), @r#"
        step 3, `group_by`: two columns are called `amount_sum`
        hint: give one of them another name, with `.alias("…")` or `rename`
        step 3, `group_by`: two columns are called `city`
        hint: give one of them another name, with `.alias("…")` or `rename`
        "#);
        insta::assert_snapshot!(wrong(&stream.agg(count().alias("window_end"))), @r#"
        step 3, `group_by`: the name `window_end` is taken: every window adds it
        hint: choose another with `.alias("…")`
        "#);
        insta::assert_snapshot!(wrong(&stream.agg(count().alias(""))), @"step 3, `group_by`: the name of an aggregate is empty");
    }

    #[test]
    fn keys_and_aggregates_want_their_types() {
        let stream = timed().group_by(["tags"]).window(tumbling("1m"));
        insta::assert_snapshot!(wrong(&stream.agg([sum("city"), mean("paid"), min("tags"), max("citi"), count_of("tags")])), @r#"
        step 3, `group_by`: `group_by` cannot take `tags` as a key, which is ARRAY<STRING>
        hint: take a column of numbers, texts or times
        step 3, `group_by`: `sum(city)` needs numbers; `city` is STRING
        hint: cast it: `sum(col("city").cast(DOUBLE))`
        step 3, `group_by`: `mean(paid)` needs numbers; `paid` is BOOLEAN
        step 3, `group_by`: `min(tags)` needs numbers, texts or times; `tags` is ARRAY<STRING>
        step 3, `group_by`: no column `citi`
        hint: did you mean `city`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        step 3, `group_by`: `count(tags)` needs values that are not nested; `tags` is ARRAY<STRING>
        "#);
    }

    #[test]
    fn what_is_said_beside_a_column_can_be_meant() {
        let of = |agg: Agg| wrong(&timed().group_by("city").window(tumbling("1m")).agg(agg));
        insta::assert_snapshot!(
            [
                of(approx_quantile("amount", 95.0)),
                of(approx_quantile("amount", f64::NAN)),
                of(approx_quantile("city", 0.5)),
                of(top_values("city", 0)),
                of(top_values("tags", 3)),
                of(collect("city", 1_000_000)),
                of(count_distinct("tags")),
                of(first("tags")),
            ]
            .join("\n")
        );
        let good = timed().group_by("city").window(session("30m")).agg([
            first("paid"),
            last("day"),
            count_distinct("city"),
            approx_count_distinct("order_id"),
            approx_quantile("quantity", 1.0),
            top_values("city", 3).alias("top"),
            collect("amount", 10).alias("amounts"),
        ]);
        assert_eq!(
            validate(&good.plan()).unwrap().pop().unwrap().to_string(),
            "city STRING, window_start TIMESTAMP, window_end TIMESTAMP, paid_first BOOLEAN, day_last DATE, city_count_distinct BIGINT, \
             order_id_approx_count_distinct BIGINT, quantity_approx_quantile DOUBLE, top ARRAY<STRUCT<value STRING, count BIGINT>>, \
             amounts ARRAY<DOUBLE>"
        );
    }

    #[test]
    fn unique_and_top_say_what_they_need() {
        let windowed = || {
            timed().group_by(["city", "paid"]).window(tumbling("1m")).agg([count(), collect("day", 3).alias("days")])
        };
        insta::assert_snapshot!(
            [
                wrong(&orders().unique("city").within("10m")),
                wrong(&timed().unique(Vec::<Expr>::new()).within("10m")),
                wrong(&timed().unique("city").within("0s")),
                wrong(&timed().unique("city").within("a while")),
                wrong(&timed().drop("ts").unique("city").within("1m")),
                wrong(&timed().unique(["tags", "citty"]).within("1m")),
                wrong(&windowed().unique("city").within("1m")),
                wrong(&timed().top(3).by("amount")),
                wrong(&windowed().top(0).by("count")),
                wrong(&windowed().bottom(3).by("days")),
                wrong(&windowed().drop("window_end").top(3).per("citty").by("count")),
            ]
            .join("\n")
        );
        assert_eq!(wrong(&windowed().filter(col("count").gt(3)).bottom(3).per("city").by(col("count") * 2)), "");
        assert_eq!(wrong(&timed().unique("city").within("1m").group_by("city").window(session("1h")).agg(count())), "");
    }

    #[test]
    fn rows_that_change_end_where_the_newest_replaces_the_one_before() {
        let changing = || timed().group_by("city").expire_after("7d").agg([count(), max("amount").alias("best")]);
        let kafka = |stream: Stream| stream.to_kafka("b:1", "cities");
        insta::assert_snapshot!(
            [
                wrong(&orders().group_by("city").expire_after("7d").agg(count())),
                wrong(&timed().group_by("city").expire_after("0s").agg(count())),
                wrong(&timed().group_by("city").expire_after("a week").agg(count())),
                wrong(&timed().group_by("city").window(tumbling("1m")).expire_after("7d").agg(count())),
                job_wrong(&changing().to_files("out")),
                job_wrong(&changing().print()),
                job_wrong(&kafka(changing())),
                job_wrong(&kafka(changing()).key("city").upsert()),
                job_wrong(&kafka(timed()).upsert()),
                job_wrong(&changing().to_files("out").upsert()),
                wrong(&changing().filter(col("count").gt(1))),
                wrong(&changing().top(3).by("best")),
                job_wrong(&kafka(changing().drop("city")).upsert()),
            ]
            .join("\n")
        );
        assert_eq!(job_wrong(&kafka(changing().rename([("best", "most")])).upsert()), "");
        assert_eq!(
            kafka(changing()).upsert().plan().to_string().lines().skip(2).collect::<Vec<_>>().join("\n"),
            "3  group_by    city | expire after 7d | count() as count, max(amount) as best\n\
             4  to_kafka    cities at b:1, upsert by city"
        );
    }

    #[test]
    fn something_is_aggregated() {
        let stream = timed().group_by("city").window(tumbling("1m"));
        insta::assert_snapshot!(wrong(&stream.agg(Vec::<Agg>::new())), @"
        step 3, `group_by`: `agg` has no aggregate
        hint: add one, such as `count()`
        ");
        let nothing = Agg { function: AggFunction::Sum, input: None, name: "x".into() };
        insta::assert_snapshot!(wrong(&stream.agg(nothing)), @r#"
        step 3, `group_by`: `sum()` has no column
        hint: say of what: `sum("amount")`
        "#);
    }

    #[test]
    fn only_one_group_by() {
        let twice = timed()
            .window(tumbling("1m"))
            .agg(count())
            .group_by("count")
            .window(tumbling("1h"))
            .agg(count().alias("n"));
        insta::assert_snapshot!(wrong(&twice), @"
        step 4, `group_by`: a second `group_by`, after step 3, `group_by`, is not possible yet
        hint: write the first result to a topic, and group that in a second pipeline
        ");
    }
}

mod ends {
    use super::*;

    #[test]
    fn a_source_is_described_right_after_it() {
        insta::assert_snapshot!(wrong(&orders().filter(col("paid")).json()), @"
        step 2, `filter`: `json` describes the source, but comes after `filter`
        hint: put it right after `kafka(…)` or `files(…)`
        ");
        assert_eq!(wrong(&kafka("b:1", "t").event_time("ts", "1s").json().schema("ts BIGINT")), "");
    }

    #[test]
    fn a_source_can_exist() {
        insta::assert_snapshot!(wrong(&kafka("", "my orders")), @"
        step 1, `kafka`: the brokers are missing
        hint: give `host:port`, such as `localhost:9092`
        step 1, `kafka`: `my orders` cannot be the name of a topic
        hint: a topic's name has 1 to 249 letters, digits, `.`, `_` or `-`
        ");
        insta::assert_snapshot!(wrong(&files(" ").envelope([Envelope::Key])), @r#"
        step 1, `files`: the path is empty
        hint: give one, such as `files("data/*.json")`
        step 1, `files`: `envelope` is for Kafka records; files have none
        hint: leave it out
        "#);
        insta::assert_snapshot!(wrong(&kafka("b:1", "t").parquet()), @"
        step 1, `kafka`: `parquet` is a format of files, not of Kafka records
        hint: formats of Kafka records: `.json()`, `.csv()`
        ");
        insta::assert_snapshot!(wrong(&kafka("b:1", "t").csv()), @r#"
        step 1, `kafka`: `csv` records in Kafka do not name their columns
        hint: say which they are: `.schema("city STRING, amount DOUBLE")`
        "#);
        insta::assert_snapshot!(wrong(&kafka("b:1", "t").schema("_key STRING").envelope([Envelope::Key])), @r#"
        step 1, `kafka`: two columns are called `_key`
        hint: give one of them another name, with `.alias("…")` or `rename`
        "#);
    }

    #[test]
    fn bad_texts_are_reported_with_the_source() {
        insta::assert_snapshot!(wrong(&files("x.json").schema("city STRING, amount MONEY").sample(latest().rows(0).bytes("much").seconds(0))), @"
        step 1, `files`: `schema`: column `amount`: no type `MONEY`
        hint: types: BOOLEAN, INT, BIGINT, DOUBLE, STRING, BINARY, DATE, TIMESTAMP, ARRAY<…>, STRUCT<…>
        step 1, `files`: `sample`: a sample of 0 rows shows nothing
        hint: give at least 1
        step 1, `files`: `sample`: `bytes`: `much` is not a size such as `512KiB`, `64MiB` or `10MB`
        step 1, `files`: `sample`: a sample of 0 seconds shows nothing
        hint: give at least 1
        ");
    }

    #[test]
    fn a_sink_can_exist() {
        insta::assert_snapshot!(job_wrong(&orders().to_kafka("localhost:9092", "orders").key("citty")), @"
        step 2, `to_kafka`: `to_kafka` writes to `orders`, the topic this pipeline reads
        hint: write to another topic
        step 2, `to_kafka`: `key`: no column `citty`
        hint: did you mean `city`? columns: order_id, ts, city, amount, quantity, paid, tags, day
        ");
        insta::assert_snapshot!(job_wrong(&orders().to_kafka("localhost:9092", "out").key("tags")), @"
        step 2, `to_kafka`: `key`: `tags` is ARRAY<STRING>, which has no text form
        hint: take a column of numbers, texts or times
        ");
        insta::assert_snapshot!(job_wrong(&orders().to_files("")), @r#"
        step 2, `to_files`: the path is empty
        hint: give a folder, such as `to_files("out")`
        "#);
        insta::assert_snapshot!(job_wrong(&orders().print().key("city")), @"
        step 2, `print`: `key` is for Kafka records; `print` writes none
        hint: leave it out, or end the pipeline with `.to_kafka(…)`
        ");
    }

    #[test]
    fn a_sink_is_the_last_step() {
        let source = orders().plan().nodes[0].step.clone();
        let plan = Plan::linear([source, Step::Sink(Sink::Print), Step::Filter { predicate: col("paid") }]);
        insta::assert_snapshot!(told(&plan, &validate(&plan).unwrap_err()), @"
        step 2, `print`: `print` is not the last step: step 3, `filter` comes after it
        hint: a sink ends the pipeline
        ");
    }

    #[test]
    fn nodes_that_are_no_plan_are_refused() {
        let source = orders().plan().nodes[0].clone();
        let broken = |nodes| validate(&Plan { version: 1, nodes }).unwrap_err()[0].message.clone();
        let filter = |id, inputs| Node { id, inputs, step: Step::Filter { predicate: col("paid") } };
        assert_eq!(broken(vec![]), "not a plan: it has no nodes");
        assert_eq!(broken(vec![filter(0, vec![])]), "not a plan: its first node is not a source");
        assert_eq!(broken(vec![source.clone(), filter(2, vec![0])]), "not a plan: node 1 has the id 2");
        assert_eq!(broken(vec![source.clone(), filter(1, vec![])]), "not a plan: node 1, `filter`, has 0 inputs");
        let again = Node { id: 1, inputs: vec![0], ..source.clone() };
        assert_eq!(broken(vec![source.clone(), again]), "not a plan: node 1, `kafka`, has 1 inputs");
        let itself = broken(vec![source.clone(), filter(1, vec![1])]);
        assert_eq!(itself, "not a plan: node 1 reads node 1, which does not come before it");
        let unread = broken(vec![source, filter(1, vec![0]), filter(2, vec![0])]);
        assert_eq!(unread, "not a plan: no node reads node 1");
    }

    #[test]
    fn a_window_too_long_for_a_clock_is_refused() {
        let source = timed().plan();
        let step = Step::Aggregate {
            keys: vec![],
            window: Some(Window::Tumbling { size_ms: u64::MAX, offset_ms: 0 }),
            aggs: vec![count()],
            expire_after_ms: None,
        };
        let plan = Plan::linear(source.nodes.into_iter().map(|node| node.step).chain([step]));
        assert!(validate(&plan).unwrap_err()[0].message.contains("a window of this length is not possible"));
    }
}

mod any_plan {
    use crate::{Plan, arbitrary, mistakes, validate};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn can_be_shown_and_checked(plan in arbitrary::plan()) {
            let shown = plan.to_string();
            prop_assert!(shown.lines().count() >= plan.nodes.len());
            match validate(&plan) {
                Ok(schemas) => prop_assert!(schemas.is_empty() || schemas.len() == plan.nodes.len()),
                Err(errors) => prop_assert_eq!(mistakes(&plan, &[]), errors),
            }
        }

        #[test]
        fn can_lose_its_sink_and_stays_a_plan(plan in arbitrary::plan()) {
            let pipeline: Plan = plan.pipeline();
            prop_assert!(pipeline.well_formed().is_ok());
            prop_assert_eq!(pipeline.source(), plan.source());
            prop_assert!(pipeline.sink().is_none());
        }
    }
}

mod checks {
    use super::*;

    #[test]
    fn a_check_needs_a_condition_and_a_name_of_its_own() {
        insta::assert_snapshot!(wrong(&orders().expect("positive", col("amount"))), @r#"
step 2, `expect`: `expect` needs a BOOLEAN; `amount` is DOUBLE
hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
"#);
        insta::assert_snapshot!(wrong(&orders().expect(" ", col("amount").gt(0))), @r#"
step 2, `expect`: the name of `expect` is empty
hint: say what has to be, such as "amount is positive"
"#);
        insta::assert_snapshot!(wrong(&orders().expect("always", true)), @r"
step 2, `expect`: `expect(true)` says the same of every row
hint: compare with `.eq(…)` or `.neq(…)`: `==` and `!=` compare the expressions themselves
");
        let twice = orders().expect("known", col("city").is_not_null()).expect("known", col("ts").is_not_null());
        insta::assert_snapshot!(wrong(&twice), @r#"
step 3, `expect`: a check is called "known" already: step 2, `expect`
hint: give each check its own name: dead letters and metrics carry it
"#);
        insta::assert_snapshot!(wrong(&orders().expect("known", col("town").is_not_null())), @r"
step 2, `expect`: no column `town`
hint: columns: order_id, ts, city, amount, quantity, paid, tags, day
");
        insta::assert_snapshot!(wrong(&orders().expect("x", col("amount").gt(0)).event_time("ts", "1s")), @r"
step 3, `event_time`: `event_time` comes after step 2, `expect`, but time is taken before filters
hint: put `.event_time(…)` right after the source
");
        assert_eq!(wrong(&orders().expect("x", col("amount").gt(0)).or_keep().event_time("ts", "1s")), "");
    }

    #[test]
    fn bounds_are_shares_of_rows() {
        insta::assert_snapshot!(wrong(&orders().expect_rate("nulls", col("city").is_null()).at_most(1.5)), @r"
step 2, `expect_rate`: `at_most(1.5)`: a share of rows is between 0 and 1
hint: one in a hundred is `0.01`
");
        insta::assert_snapshot!(wrong(&orders().expect_rate("paid", col("paid")).at_least(f64::NAN)), @"step 2, `expect_rate`: `at_least(NaN)` is no number to compare with");
        insta::assert_snapshot!(wrong(&orders().expect_rate("nulls", col("quantity")).at_most(0.5)), @r#"
step 2, `expect_rate`: `expect_rate` needs a BOOLEAN; `quantity` is INT
hint: compare it: `.gt(0)`, `.eq("…")`, `.is_not_null()`
"#);
    }

    #[test]
    fn a_promise_about_a_key_says_something() {
        insta::assert_snapshot!(wrong(&orders().expect_key("city")), @r"
step 2, `expect_key`: `expect_key` promises nothing about the key
hint: say what: `.top_share_below(0.1)`, `.keys_at_least(640)` or `.straggler_below(64, 2.0)`
");
        insta::assert_snapshot!(wrong(&orders().expect_key("tags").top_share_below(0.1)), @r"
step 2, `expect_key`: `expect_key` cannot take `tags` as a key, which is ARRAY<STRING>
hint: take a column of numbers, texts or times
");
        let odd = orders().expect_key("city").top_share_below(0.0).keys_at_least(0).straggler_below(0, 1.0);
        insta::assert_snapshot!(wrong(&odd), @r"
step 2, `expect_key`: `top_share_below(0)`: a share is above 0 and at most 1
hint: a tenth of the rows is `0.1`
step 2, `expect_key`: `keys_at_least(0)` always holds
hint: leave it out, or name a number
step 2, `expect_key`: `straggler_below` cannot count for 0 workers
hint: give a number from 1 to 131072
step 2, `expect_key`: `straggler_below(…, 1)`: no spread of keys gets below 1
hint: the busiest worker gets the mean at least; allow twice that with `2.0`
");
        insta::assert_snapshot!(wrong(&orders().expect_key("city").top_share_below(f64::INFINITY)), @"step 2, `expect_key`: `top_share_below(inf)` is no number to compare with");
        insta::assert_snapshot!(wrong(&orders().expect_key(Vec::<String>::new()).keys_at_least(3)), @r#"
step 2, `expect_key`: `expect_key` names no key
hint: name a column: `expect_key("city")`
"#);
    }

    #[test]
    fn words_of_a_check_follow_it() {
        insta::assert_snapshot!(wrong(&orders().or_stop()), @r#"
step 1, `kafka`: `or_stop` comes after `kafka`, which is no `expect`
hint: put it right after `.expect("…", …)`: `.expect(…).or_stop()`
"#);
        insta::assert_snapshot!(wrong(&orders().filter(col("paid")).keys_at_least(3)), @r#"
step 2, `filter`: `keys_at_least` comes after `filter`, which is no `expect_key`
hint: put it right after the key: `.expect_key("city").keys_at_least(…)`
"#);
    }
}
