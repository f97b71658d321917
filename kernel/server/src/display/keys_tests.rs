//! Tests of the key report's HTML: verdict first, charts as images with words, numbers folded away.

use super::*;
use headwater_profile::{KeyInput, KeyRow};

/// A fifth of the rows in New York, a tenth in a place with a hostile name, the others spread over 120 towns.
pub(crate) fn report() -> KeyReport {
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
    assert_eq!(html.matches("<img").count(), 2);
}

#[test]
fn charts_are_images_with_words_not_markup() {
    let report = report();
    let html = to_html(&report, &charts(&report));
    crate::display::sanitized::check(&html);
    assert_eq!(html.matches("src=\"data:image/svg+xml;base64,").count(), 2, "{html}");
    let chart = Chart { svg: "<svg>1</svg>".to_owned(), alt: "\"New York\" <b>".to_owned() };
    let html = image(&chart);
    assert!(html.contains("PHN2Zz4xPC9zdmc+") && html.contains("alt=\"&quot;New York&quot; &lt;b&gt;\""), "{html}");
}

#[test]
fn without_rows_there_is_one_chart() {
    let mut report = report();
    (report.slots, report.top) = (None, Vec::new());
    assert_eq!(charts(&report).len(), 1);
}

#[test]
fn the_charts_get_the_numbers_of_the_report() {
    let report = report();
    let loads = slot_loads(&report, report.slots.as_ref().expect("rows"));
    assert_eq!(loads.hot_key.as_deref(), Some("New York"));
    assert_eq!(loads.slots.len(), 8);
    let keys = top_keys(&report);
    assert_eq!(keys.other.as_ref().map(|other| other.keys), Some(report.other_keys));
    assert_eq!(keys.parallelism, Some(8));
}
