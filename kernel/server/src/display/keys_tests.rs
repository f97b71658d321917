//! Tests of the key report's HTML: verdict first, charts as images with words, numbers folded away.

use super::*;
use headwater_profile::{Interval, Placement, SlotLoad};

pub(crate) fn report() -> KeyReport {
    let key = |text: &str, share: f64, slot, hot| KeyShare {
        text: text.to_owned(),
        is_null: false,
        count: (share * 20_000.0) as u64,
        share,
        interval: Interval { low: share * 0.9, high: share * 1.1 },
        slot,
        hot,
    };
    let slots = SlotForecast {
        placement: Placement::Murmur2,
        loads: (0..8)
            .map(|at| SlotLoad { load: if at == 3 { 2.4 } else { 0.8 }, hot: if at == 3 { 1.6 } else { 0.0 } })
            .collect(),
        factor: 2.4,
        interval: Interval { low: 2.2, high: 2.6 },
        noise_floor: 1.08,
        placement_only: 1.3,
        rounding: 1.0,
        idle: 0,
        wasted: 4.66,
        speed_up: 3.33,
        largest: 3,
    };
    KeyReport {
        key: "city".to_owned(),
        sample: "orders · 20,000 of 206,113 records".to_owned(),
        verdict: Verdict::WillStraggle,
        severity: Severity::Notice,
        cause: Some(Cause::HotKey),
        sentence: "Group by `city` at 8 workers will straggle: one worker gets 2.4× the average.".to_owned(),
        notes: vec!["\"New York\" alone is 20.1 % of the rows.".to_owned()],
        parallelism: 8,
        parallelism_assumed: true,
        rows: 20_000,
        effective_rows: 18_512.4,
        blocks: 40,
        basis: ErrorBasis::BetweenBlocks,
        top: vec![key("New York", 0.201, 3, true), key("<script>x</script>", 0.08, 1, false)],
        other_keys: 120,
        other_share: 0.719,
        distinct: 122,
        distinct_at_least: 130,
        coverage: 0.998,
        effective_keys: Some(18.2),
        null_rows: 12,
        max_parallelism: Some(4),
        slots: Some(slots),
        combined_factor: Some(1.1),
    }
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
    assert_eq!(keys.other, Some(OtherKeys { keys: 128, at_least: true, share: 0.719 }));
    assert_eq!(keys.parallelism, Some(8));
}
