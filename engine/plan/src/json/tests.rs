//! The bytes of a plan, the random round trip, and what the reader refuses.

use super::*;
use crate::prelude::*;

fn revenue() -> Plan {
    kafka("localhost:9092", "orders")
        .json()
        .schema("city STRING, amount DOUBLE, ts TIMESTAMP, tags ARRAY<STRING>, place STRUCT<lat DOUBLE>")
        .envelope([Envelope::Key, Envelope::Offset])
        .event_time("ts", "10s")
        .idle_after("30s")
        .filter(col("amount").gt(0).and(!col("city").is_null()))
        .with_columns([
            (col("amount") * 1.5).round(2).alias("eur"),
            when(col("city").eq("New \"York\"\n")).then(true).otherwise(null()).alias("big"),
        ])
        .rename([("tags", "labels")])
        .drop("place")
        .cast([("_offset", STRING)])
        .group_by([col("city").cast(STRING)])
        .window(tumbling("1m"))
        .agg([sum("eur").alias("revenue"), count()])
        .to_kafka("localhost:9092", "city-revenue")
        .key("city")
        .plan()
}

/// If this fails, every fingerprint of every exported job changes: raise `PLAN_VERSION`, or take the change back.
#[test]
fn the_bytes_of_a_plan_stay_the_same() {
    insta::assert_snapshot!(revenue().to_json().replace(r#"},{"id""#, "},\n{\"id\""), @r#"
    {"version":1,"nodes":[{"id":0,"inputs":[],"step":{"source":{"connector":{"kafka":{"brokers":"localhost:9092","topic":"orders"}},"format":"json","schema":[{"name":"city","type":"string"},{"name":"amount","type":"float64"},{"name":"ts","type":"timestamp"},{"name":"tags","type":{"list":"string"}},{"name":"place","type":{"struct":[{"name":"lat","type":"float64"}]}}],"envelope":["key","offset"]}}},
    {"id":1,"inputs":[0],"step":{"event_time":{"column":"ts","delay_ms":10000,"idle_after_ms":30000}}},
    {"id":2,"inputs":[1],"step":{"filter":{"predicate":{"binary":{"op":"and","left":{"binary":{"op":"gt","left":{"column":"amount"},"right":{"literal":{"int":0}}}},"right":{"unary":{"op":"not","input":{"unary":{"op":"is_null","input":{"column":"city"}}}}}}}}}},
    {"id":3,"inputs":[2],"step":{"with_columns":{"exprs":[{"alias":{"input":{"function":{"function":"round","args":[{"binary":{"op":"mul","left":{"column":"amount"},"right":{"literal":{"float":1.5}}}},{"literal":{"int":2}}]}},"name":"eur"}},{"alias":{"input":{"when":{"branches":[{"when":{"binary":{"op":"eq","left":{"column":"city"},"right":{"literal":{"string":"New \"York\"\n"}}}},"then":{"literal":{"boolean":true}}}],"otherwise":{"literal":"null"}}},"name":"big"}}]}}},
    {"id":4,"inputs":[3],"step":{"rename":{"columns":[{"from":"tags","to":"labels"}]}}},
    {"id":5,"inputs":[4],"step":{"drop":{"columns":["place"]}}},
    {"id":6,"inputs":[5],"step":{"cast":{"columns":[{"name":"_offset","type":"string"}]}}},
    {"id":7,"inputs":[6],"step":{"aggregate":{"keys":[{"cast":{"input":{"column":"city"},"to":"string"}}],"window":{"tumbling":{"size_ms":60000}},"aggs":[{"function":"sum","input":{"column":"eur"},"name":"revenue"},{"function":"count","input":null,"name":"count"}]}}},
    {"id":8,"inputs":[7],"step":{"sink":{"kafka":{"brokers":"localhost:9092","topic":"city-revenue","key":"city"}}}}]}
    "#);
}

#[test]
fn windows_say_their_offset_only_when_they_have_one() {
    let json = |spec: WindowSpec| spec.window.json();
    insta::assert_snapshot!([
        json(tumbling("1m")),
        json(tumbling("1m").offset("15s")),
        json(hopping("1m", "10s")),
        json(cumulating("1h", "10m").offset("15m")),
        json(session("30m")),
    ].join("\n"), @r#"
    {"tumbling":{"size_ms":60000}}
    {"tumbling":{"size_ms":60000,"offset_ms":15000}}
    {"hopping":{"size_ms":60000,"slide_ms":10000}}
    {"cumulating":{"size_ms":3600000,"step_ms":600000,"offset_ms":900000}}
    {"session":{"gap_ms":1800000}}
    "#);
    let functions = [approx_quantile("x", 0.5), top_values("x", 3), collect("x", 5)].map(|agg| agg.function.json());
    assert_eq!(functions.join(" "), r#"{"approx_quantile":{"q":0.5}} {"top_values":{"k":3}} {"collect":{"limit":5}}"#);
}

#[test]
fn texts_are_escaped_as_little_as_json_allows() {
    let written = "a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}\u{7f}/é\u{2028}🦀".json();
    assert_eq!(written, "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0001\\u001f\u{7f}/é\u{2028}🦀\"");
}

#[test]
fn floats_are_as_short_as_can_be_and_stay_floats() {
    let shown = [1.0, -0.0, 0.1, 1e300, 5e-324, 1.7976931348623157e308, 123456789.125, f64::NAN].map(|x: f64| x.json());
    assert_eq!(
        shown,
        ["1.0", "-0.0", "0.1", "1e300", "5e-324", "1.7976931348623157e308", "123456789.125", "null"].map(String::from)
    );
}

#[test]
fn a_preview_and_its_job_have_one_pipeline() {
    let plan = revenue();
    assert_eq!(plan.pipeline().nodes.len() + 1, plan.nodes.len());
    assert_eq!(plan.pipeline().pipeline(), plan.pipeline());
    assert_eq!((plan.sink().is_some(), plan.pipeline().sink().is_some()), (true, false));
}

#[cfg(feature = "serde")]
mod reading {
    use super::*;
    use crate::{ReadError, Request, Verb, arbitrary};
    use proptest::prelude::*;

    fn refused(json: &str) -> String {
        Plan::from_json(json).unwrap_err().to_string()
    }

    #[test]
    fn the_plan_is_read_back() {
        assert_eq!(Plan::from_json(&revenue().to_json()), Ok(revenue()));
    }

    #[test]
    fn unknown_missing_and_doubled_fields_are_refused() {
        let json = files("a.json").filter(col("x").gt(1)).plan().to_json();
        let changes = [
            (r#""version":1"#, r#""version":1,"colour":"red""#),
            (r#""predicate""#, r#""predicat""#),
            (r#"{"column":"x"}"#, r#"{"kolumn":"x"}"#),
            (r#""op":"gt""#, r#""op":"gt","op":"lt""#),
            (r#""inputs":[0],"#, ""),
            (r#"{"int":1}"#, r#"{"float":"NaN"}"#),
            (r#"{"int":1}"#, r#"{"int":1.5}"#),
        ];
        let refusals = changes.map(|(from, to)| {
            assert!(json.contains(from), "{from}");
            refused(&json.replace(from, to))
        });
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        not the JSON of a plan: unknown field `colour`, expected `version` or `nodes` at line 1 column 21
        not the JSON of a plan: unknown field `predicat`, expected `predicate` at line 1 column 194
        not the JSON of a plan: unknown variant `kolumn`, expected one of `column`, `literal`, `binary`, `unary`, `function`, `cast`, `when`, `alias`, `sql` at line 1 column 233
        not the JSON of a plan: duplicate field `op` at line 1 column 221
        not the JSON of a plan: missing field `inputs` at line 1 column 260
        not the JSON of a plan: `"NaN"` is not a finite number at line 1 column 273
        not the JSON of a plan: invalid type: floating point `1.5`, expected i64 at line 1 column 268
        "#);
    }

    #[test]
    fn other_versions_and_other_shapes_are_refused() {
        let json = files("a.json").plan().to_json();
        assert_eq!(
            Plan::from_json(&json.replace(r#""version":1"#, r#""version":2,"new":[]"#)),
            Err(ReadError::Version(2))
        );
        insta::assert_snapshot!(refused(&json.replace(r#""version":1"#, r#""version":2"#)), @"the plan has version 2, but this Headwater reads version 1");
        insta::assert_snapshot!(refused(&json.replace(r#""id":0"#, r#""id":7"#)), @"not a plan: node 0 has the id 7");
        insta::assert_snapshot!(refused(r#"{"version":1,"nodes":[]}"#), @"not a plan: it has no nodes");
        insta::assert_snapshot!(refused("{"), @"not the JSON of a plan: EOF while parsing an object at line 1 column 1");
    }

    #[test]
    fn the_deepest_expression_that_validates_is_read_back() {
        let sum = |terms| (1..terms).fold(col("x"), |sum, i| sum + i);
        let stream = |terms| {
            files("a.json")
                .schema("x BIGINT, t BIGINT")
                .event_time("t", "0s")
                .window(tumbling("1s"))
                .agg(crate::aggregate::sum(sum(terms)))
        };
        let deepest = (1..100).take_while(|terms| stream(*terms).mistakes().is_empty()).last().unwrap();
        let request = Request {
            verb: Verb::Preview,
            plan: stream(deepest).plan(),
            places: vec![],
            problems: vec![],
            samples: vec![crate::Sample::default()],
        };
        assert_eq!(Request::from_json(&request.to_json()), Ok(request));
        assert_eq!(deepest, 50);
    }

    proptest! {
        #[test]
        fn every_plan_is_read_back(plan in arbitrary::plan()) {
            prop_assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
        }

        #[test]
        fn every_request_is_read_back(request in arbitrary::request()) {
            prop_assert_eq!(Request::from_json(&request.to_json()), Ok(request));
        }

        #[test]
        fn the_same_plan_always_gives_the_same_bytes(plan in arbitrary::plan()) {
            let again = Plan::from_json(&plan.to_json()).unwrap();
            prop_assert_eq!(again.to_json(), plan.to_json());
        }

        #[test]
        fn texts_are_written_as_serde_json_writes_them(text: String) {
            prop_assert_eq!(text.json(), serde_json::to_string(&text).unwrap());
        }
    }
}
