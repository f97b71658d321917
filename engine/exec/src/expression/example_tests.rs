//! Every example of the function catalogue, run: the value is the one on the reference page, of the type that validation gives.

use headwater::catalogue::{EXAMPLE_ROW, EXAMPLE_SCHEMA, catalogue};
use headwater::{Format, Schema, Source, SourceConnector};
use polars::prelude::{AnyValue, DataFrame};

use super::evaluate;
use crate::sources::decode::{RecordRef, RowDecoder};
use crate::types::{empty_frame, polars_type};

/// The row that the examples read.
fn frame(schema: &Schema) -> DataFrame {
    let source = Source {
        connector: SourceConnector::Files { path: "row.json".into() },
        format: Some(Format::Json),
        schema: Some(schema.clone()),
        envelope: Vec::new(),
    };
    let mut decoder = RowDecoder::new(&source, None).unwrap();
    decoder.push(&RecordRef { value: Some(EXAMPLE_ROW.as_bytes()), ..RecordRef::default() });
    let batch = decoder.take(0).unwrap();
    assert!(batch.dead.is_empty(), "{:?}", batch.dead);
    batch.frame
}

/// A value as the page shows it.
fn shown(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => "null".into(),
        AnyValue::Float64(number) => format!("{number:?}"),
        AnyValue::String(text) => format!("'{text}'"),
        AnyValue::StringOwned(text) => format!("'{text}'"),
        AnyValue::Datetime(millis, _, _) => {
            let mut text = Vec::new();
            crate::time_text::write_timestamp(*millis, &mut text);
            String::from_utf8(text).unwrap()
        }
        AnyValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(&item)).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    }
}

#[test]
fn every_example_gives_its_value() {
    let schema = Schema::parse(EXAMPLE_SCHEMA).unwrap();
    let frame = frame(&schema);
    let mut wrong = Vec::new();
    for example in catalogue().flat_map(|spec| spec.examples) {
        let expr = (example.build)();
        let values = evaluate(&expr, &frame).unwrap_or_else(|error| panic!("{}: {error}", example.sql));
        let value = shown(&values.get(0).unwrap());
        if value != example.value {
            wrong.push(format!("{} gives {value}, not {}", example.sql, example.value));
        }
        let expected = polars_type(&expr.data_type(&schema).unwrap());
        assert_eq!((values.dtype(), values.len()), (&expected, 1), "{}", example.sql);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Over no rows, over one row, over many rows and over nulls: the right type and the right number of values.
#[test]
fn every_example_takes_any_number_of_rows() {
    let schema = Schema::parse(EXAMPLE_SCHEMA).unwrap();
    let one = frame(&schema);
    let nulls =
        one.columns().iter().map(|column| polars::prelude::Column::full_null(column.name().clone(), 1, column.dtype()));
    let nulls = DataFrame::new(1, nulls.collect()).unwrap();
    let many = one.vstack(&nulls).unwrap().vstack(&one).unwrap();
    for example in catalogue().flat_map(|spec| spec.examples) {
        let expr = (example.build)();
        let expected = polars_type(&expr.data_type(&schema).unwrap());
        for frame in [&empty_frame(&schema), &nulls, &many, &many.slice(1, 2)] {
            let values = evaluate(&expr, frame).unwrap_or_else(|error| panic!("{}: {error}", example.sql));
            assert_eq!((values.dtype(), values.len()), (&expected, frame.height()), "{}", example.sql);
        }
        let values = evaluate(&expr, &many).unwrap();
        assert_eq!(shown(&values.get(0).unwrap()), example.value, "{}", example.sql);
        assert_eq!(shown(&values.get(2).unwrap()), example.value, "{}", example.sql);
    }
}

/// `hash(key) % n` is the worker of `n` that the key goes to: what makes a planned salt foretellable.
#[test]
fn a_hash_is_the_placement_of_the_engine() {
    use headwater_profile::{KeyValue, Placement};
    let frame = polars::prelude::df!(
        "city" => [Some("Oslo"), Some(""), None, Some("Zürich")],
        "id" => [Some(7_i64), Some(-1), None, None],
        "x" => [Some(1.0), Some(-0.0), None, Some(0.1)],
        "paid" => [Some(true), None, None, Some(false)],
    )
    .unwrap();
    let text = |value: Option<&str>| value.map_or(KeyValue::Null, KeyValue::from);
    let keys = |row: usize| {
        let column = |name: &str| frame.column(name).unwrap().get(row).unwrap();
        let city = text(column("city").get_str());
        let id = column("id").try_extract::<i64>().map_or(KeyValue::Null, KeyValue::Int);
        let x = column("x").try_extract::<f64>().map_or(KeyValue::Null, KeyValue::number);
        let paid = match column("paid") {
            AnyValue::Boolean(paid) => KeyValue::Bool(paid),
            _ => KeyValue::Null,
        };
        [city.clone(), id.clone(), x, paid, KeyValue::several(vec![city, id])]
    };
    let exprs = ["hash(city)", "hash(id)", "hash(x)", "hash(paid)", "hash(city, id)"];
    for (at, text) in exprs.iter().enumerate() {
        for workers in [1, 7, 64] {
            let expr = headwater::sql::parse(&format!("{text} % {workers}")).unwrap();
            let computed = evaluate(&expr, &frame).unwrap();
            for row in 0..frame.height() {
                let slot = Placement::Headwater.slot(&keys(row)[at], workers).map(i64::from);
                assert_eq!(computed.i64().unwrap().get(row), slot, "{text}, row {row}, {workers} workers");
            }
        }
    }
}
