//! Tests of the key report's HTML: verdict first, charts as images with words, numbers folded away.

use super::*;
use headwater_profile::{KeyInput, KeyRow};

/// A fifth of the rows in New York, a tenth in a place with a hostile name, the others spread over 120 towns.
fn report() -> KeyReport {
    let key = |i: u32| match i % 10 {
        0 | 1 => "New York".to_owned(),
        2 => "<script>x</script>".to_owned(),
        _ => format!("town {}", i % 131),
    };
    let row = |i: u32| KeyRow { key: key(i).as_str().into(), block: i / 500, ..KeyRow::default() };
    let input = KeyInput {
        key: "city".to_owned(),
        sample: "orders · 20,000 of 206,113 records".to_owned(),
        representative: true,
        rows: (0..20_000).map(row).collect(),
        ..KeyInput::default()
    };
    headwater_profile::keys(&input).expect("eight workers")
}

#[test]
fn the_verdict_comes_first_then_the_charts_then_the_numbers() {
    let report = report();
    let html = to_html(&report, &charts(&report));
    let place = |part: &str| html.find(part).unwrap_or_else(|| panic!("{part} in {html}"));
    assert!(place("will straggle") < place("<img") && place("<img") < place("<details"));
    assert_eq!(html.matches("<img").count(), 3, "loads, keys and the curve; without times no heat map");
}

#[test]
fn charts_are_images_with_words_not_markup() {
    let report = report();
    let html = to_html(&report, &charts(&report));
    crate::html::sanitized::check(&html);
    assert_eq!(html.matches("src=\"data:image/svg+xml;base64,").count(), 3, "{html}");
    let chart = Chart { name: "x", svg: "<svg>1</svg>".to_owned(), alt: "\"New York\" <b>".to_owned() };
    let html = chart_image(&chart);
    assert!(html.contains("PHN2Zz4xPC9zdmc+") && html.contains("alt=\"&quot;New York&quot; &lt;b&gt;\""), "{html}");
}

#[test]
fn without_rows_there_is_one_chart() {
    let mut report = report();
    (report.slots, report.top, report.curve) = (None, Vec::new(), Vec::new());
    assert_eq!(charts(&report).len(), 1);
}

#[test]
fn whatever_a_key_is_called_the_report_is_safe() {
    let hostile = ["<img src=x onerror=alert(1)>", "\0\u{1b}[31m\u{202e}abc", "שלום", "", "null", "\"'`&"];
    let row = |i: u32| KeyRow {
        key: hostile[i as usize % hostile.len()].into(),
        block: i / 50,
        bytes: 10,
        time_ms: Some(i64::from(i) * 1_000),
        ..KeyRow::default()
    };
    let input = KeyInput { key: "<b>".into(), rows: (0..2_000).map(row).collect(), ..KeyInput::default() };
    for parallelism in [1, 7, 100_000] {
        let report = headwater_profile::keys(&KeyInput { parallelism: Some(parallelism), ..input.clone() });
        let html = keys_html(&report.expect("workers"));
        crate::html::sanitized::check(&html);
        assert!(html.len() < 300_000 && !html.contains("NaN"), "{} bytes", html.len());
    }
}
