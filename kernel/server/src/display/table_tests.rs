//! Tests of the table: what is shown, in which form, and that nothing of a value becomes markup.

use super::*;
use headwater_charts::html::sanitized;
use polars::prelude::*;

fn orders() -> DataFrame {
    let times = Int64Chunked::new("ts".into(), &[Some(1_767_225_600_000), None, Some(1_767_225_600_250)])
        .into_datetime(TimeUnit::Milliseconds, None);
    DataFrame::new(
        3,
        vec![
            Series::new("city".into(), [Some("New York"), Some(""), None]).into(),
            Series::new("amount".into(), [Some(12.5), None, Some(-3.0)]).into(),
            Series::new("n".into(), [Some(1i64), Some(20), Some(300)]).into(),
            times.into_series().into(),
        ],
    )
    .expect("columns of one height")
}

#[test]
fn text_is_aligned_and_tells_null_from_empty() {
    insta::assert_snapshot!(Table::of(&orders()).to_text(), @r#"
    city      amount       n  ts
    STRING    DOUBLE  BIGINT  TIMESTAMP
    New York    12.5       1  2026-01-01 00:00:00
    ""             ∅      20  ∅
    ∅           -3.0     300  2026-01-01 00:00:00.250
    "#);
}

#[test]
fn html_right_aligns_numbers_and_dims_what_is_absent() {
    let html = Table::of(&orders()).to_html();
    assert!(html.contains(&tag("td", style::CELL_RIGHT, "12.5")), "{html}");
    assert!(html.contains(&tag("td", style::CELL_RIGHT, &tag("span", style::ABSENT, "null"))), "{html}");
    assert!(html.contains(&tag("span", style::ABSENT, "&quot;&quot;")), "{html}");
}

#[test]
fn html_survives_hostile_names_and_values() {
    let bad = "<script>alert(1)</script>\"'\u{202e}\n";
    let frame = DataFrame::new(1, vec![Series::new(bad.into(), [bad]).into()]).expect("one column");
    let html = Table::of(&frame).to_html();
    sanitized::check(&html);
    assert!(!html.contains('\u{202e}'), "{html}");
    assert_eq!(html.matches("&lt;script&gt;").count(), 2, "{html}");
}

#[test]
fn html_uses_only_what_the_sanitizer_keeps() {
    sanitized::check(&Table::of(&orders()).to_html());
}

#[test]
fn only_the_first_rows_are_shown_and_the_rest_is_counted() {
    let frame =
        DataFrame::new(1234, vec![Series::new("n".into(), (0..1234i64).collect::<Vec<_>>()).into()]).expect("one");
    let table = Table::of(&frame);
    assert_eq!(table.extent(), "20 of 1,234 rows");
    assert!(table.to_text().contains("\n    19\n") && !table.to_text().contains("\n    20\n"));
    assert_eq!(Table::json_rows(&frame, ROWS).as_array().map(Vec::len), Some(20));
}

#[test]
fn wide_frames_are_narrowed_then_cut() {
    let long = "x".repeat(300);
    let columns = (0..40).map(|at| Series::new(format!("column_{at}").into(), [long.as_str()]).into()).collect();
    let frame = DataFrame::new(1, columns).expect("forty columns");
    let text = Table::of(&frame).to_text();
    assert!(text.lines().all(|line| width(line) <= 120), "{text}");
    assert!(text.contains("more columns: column_"), "{text}");
    assert!(Table::of(&frame).to_html().contains("title=\"xxx"));
}

#[test]
fn long_text_gives_way_before_times_and_numbers() {
    let long = "words ".repeat(40);
    let text = Series::new("note".into(), [long.as_str(), "", "short"]).into();
    let orders = orders();
    let mut columns: Vec<Column> =
        (0..4).map(|at| orders.columns()[3].clone().with_name(format!("t{at}").into())).collect();
    columns.push(text);
    let shown = Table::of(&DataFrame::new(3, columns).expect("one height")).to_text();
    assert_eq!(shown.matches("2026-01-01 00:00:00.250").count(), 4, "{shown}");
    assert!(shown.lines().all(|line| width(line) <= 120), "{shown}");
}

#[test]
fn right_to_left_text_keeps_its_place() {
    let frame = DataFrame::new(1, vec![Series::new("city".into(), ["ירושלים"]).into()]).expect("one column");
    assert!(Table::of(&frame).to_html().contains("<bdi>ירושלים</bdi>"));
}

#[test]
fn a_frame_without_rows_shows_its_columns() {
    let table = Table::of(&orders().head(Some(0)));
    assert_eq!(table.extent(), "no row");
    insta::assert_snapshot!(table.to_text(), @r"
    city    amount       n  ts
    STRING  DOUBLE  BIGINT  TIMESTAMP
    ");
}
