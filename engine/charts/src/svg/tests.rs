//! Charts say what their numbers say, the same way each time, whatever a key is called.

use crate::svg::charts;
use crate::svg::input::{KeyBar, OtherKeys, SlotBar, SlotLoads, TopKeys};
use crate::svg::slot_loads::slot_loads;
use crate::svg::top_keys::top_keys;
use headwater_profile::{KeyInput, KeyReport, KeyRow};

fn loads(workers: usize, hot: f64) -> SlotLoads {
    let spread = |i: usize| 0.6 + 0.4 * ((i * 37 % 101) as f64 / 101.0);
    let mut weights: Vec<f64> = (0..workers).map(spread).collect();
    let others: f64 = weights.iter().sum::<f64>() - weights[workers / 2];
    // The rest share what the hot one leaves, so that the mean is 1.
    let left = if hot > 0.0 { workers as f64 - hot } else { workers as f64 - 1.0 };
    weights.iter_mut().for_each(|w| *w *= left / others.max(1e-9));
    weights[workers / 2] = if hot > 0.0 { hot } else { 1.0 };
    let mut slots: Vec<SlotBar> = weights.into_iter().map(|load| SlotBar { load, hot: 0.0 }).collect();
    slots[workers / 2].hot = hot * 0.92;
    SlotLoads {
        slots,
        factor: None,
        hot_key: (hot > 0.0).then(|| "New York".into()),
        interval: Some((hot * 0.97, hot * 1.03)),
        rows: 20_000,
        sample: "orders · 20,000 of 206,113 records (9.7 %), 40 blocks over 5 of 6 partitions".into(),
    }
}

fn keys(labels: &[&str], first: f64) -> TopKeys {
    let bar = |(at, label): (usize, &&str)| {
        let share = first / (at + 1) as f64;
        KeyBar { label: (*label).into(), share, low: share * 0.93, high: share * 1.07, hot: share * 64.0 > 1.0 }
    };
    TopKeys {
        key: "city".into(),
        keys: labels.iter().enumerate().map(bar).collect(),
        other: Some(OtherKeys { keys: 9_685, at_least: true, share: 0.45 }),
        parallelism: Some(64),
        rows: 20_000,
        sample: "orders · 20,000 of 206,113 records (9.7 %), 40 blocks over 5 of 6 partitions, offsets 0–41,000, \
                 2026-01-01 00:00 … 04:10 UTC"
            .into(),
    }
}

const CITIES: [&str; 15] = [
    "New York",
    "Los Angeles",
    "Chicago",
    "Houston",
    "Phoenix",
    "Philadelphia",
    "San Antonio",
    "San Diego",
    "Dallas",
    "San Jose",
    "Austin",
    "Jacksonville",
    "Fort Worth",
    "Columbus",
    "Charlotte",
];

fn hostile() -> TopKeys {
    let long = "x".repeat(1_000_000);
    let labels = [
        "<script>alert(1)</script>&\"'",
        "\0\u{1b}[31m\u{202e}abc",
        "東京都千代田区丸の内一丁目九番一号",
        "שלום עולם",
        "",
        &long,
    ];
    keys(&labels, 0.3)
}

/// Every tag opens and closes, and no character is one that XML forbids.
fn assert_well_formed(svg: &str) {
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{svg}");
    assert!(svg.chars().all(|c| c == '\n' || (c >= ' ' && !('\u{7f}'..='\u{9f}').contains(&c))));
    let opened = svg.matches("<text").count();
    assert_eq!(opened, svg.matches("</text>").count());
    assert!(!svg.contains("<script"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "a coordinate is no number");
}

#[test]
fn a_chart_is_the_same_to_the_byte() {
    assert_eq!(slot_loads(&loads(64, 12.9)), slot_loads(&loads(64, 12.9)));
    assert_eq!(top_keys(&keys(&CITIES, 0.2)), top_keys(&keys(&CITIES, 0.2)));
    // The order of the slots is nobody's business.
    let mut turned = loads(64, 12.9);
    turned.slots.reverse();
    assert_eq!(slot_loads(&loads(64, 12.9)), slot_loads(&turned));
}

#[test]
fn the_finding_is_the_title_and_the_alt_text() {
    let slots = loads(64, 12.9);
    insta::assert_snapshot!(slots.finding(), @"The fullest of 64 workers gets 12.9× the average");
    insta::assert_snapshot!(slots.alt_text(), @r#"The fullest of 64 workers gets 12.9× the average, most of it for "New York". n = 20,000 rows · orders · 20,000 of 206,113 records (9.7 %), 40 blocks over 5 of 6 partitions"#);
    insta::assert_snapshot!(keys(&CITIES, 0.201).finding(), @r#""New York" is 20.1 % of rows, 12.9× a worker's fair share"#);
    insta::assert_snapshot!(keys(&CITIES, 0.002).finding(), @r#"The most frequent key, "New York", is 0.2 % of rows"#);
    assert!(slot_loads(&slots).contains("The fullest of 64 workers gets 12.9× the average"));
    assert!(slot_loads(&slots).contains("font-size=\"56\""), "14 px, drawn at four times its size");
}

#[test]
fn small_charts_keep_their_bytes() {
    insta::assert_snapshot!(slot_loads(&loads(3, 2.0)));
    insta::assert_snapshot!(top_keys(&keys(&CITIES[..2], 0.2)));
}

#[test]
fn any_number_of_workers_fits() {
    for workers in [1, 2, 8, 64, 65, 100, 1_000, 100_000] {
        let svg = slot_loads(&loads(workers, if workers > 2 { 2.5 } else { 0.0 }));
        assert_well_formed(&svg);
        assert!(svg.len() < 32_000, "{workers}: {}", svg.len());
    }
    assert!(slot_loads(&loads(100, 0.0)).contains("each bar the mean of 1–2"));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let empty = SlotLoads { slots: vec![], rows: 0, ..loads(1, 0.0) };
    assert!(slot_loads(&empty).contains("No rows"));
    assert_well_formed(&slot_loads(&empty));
    let none = TopKeys { keys: vec![], other: None, rows: 0, ..keys(&[], 0.0) };
    assert!(top_keys(&none).contains("No rows"));
    assert_well_formed(&top_keys(&none));
    let zero = keys(&["a"], 0.0);
    assert_well_formed(&top_keys(&zero));
}

#[test]
fn whatever_a_key_is_called_the_picture_stands() {
    let svg = top_keys(&hostile());
    assert_well_formed(&svg);
    assert!(svg.len() < 32_000, "{}", svg.len());
    assert!(svg.contains("&lt;script&gt;") && !svg.contains('\u{202e}'));
    let slots = SlotLoads { hot_key: Some("<b>\0".repeat(1_000)), ..loads(8, 3.0) };
    assert_well_formed(&slot_loads(&slots));
}

#[test]
fn only_fifteen_keys_have_a_bar() {
    let many: Vec<String> = (0..40).map(|i| format!("key {i}")).collect();
    let labels: Vec<&str> = many.iter().map(String::as_str).collect();
    let svg = top_keys(&keys(&labels, 0.01));
    assert!(svg.contains("key 14\n") && !svg.contains("key 15\n"));
    assert!(svg.contains("other (≥ 9,685 keys)"));
}

/// Keys over a day: some share of "New York", at all times or in a burst, and towns.
fn over_a_day(hot: f64, burst: bool, towns: u32, workers: u32) -> KeyReport {
    let row = |i: u32| {
        let chance = f64::from(i.wrapping_mul(2_654_435_761) % 10_000) / 10_000.0;
        let now = !burst || (8_000..10_000).contains(&i);
        let town = f64::from(towns) * (f64::from(i.wrapping_mul(40_503) % 65_536) / 65_536.0).powi(2);
        let key = if chance < hot && now { "New York".to_owned() } else { format!("town {}", town as u32) };
        let time_ms = Some(1_767_225_600_000 + i64::from(i) * 4_320);
        KeyRow { key: key.as_str().into(), block: i / 500, bytes: 200, time_ms, ..KeyRow::default() }
    };
    let input = KeyInput {
        key: "city".into(),
        sample: "orders · 20,000 of 206,113 records (9.7 %), 40 blocks over 5 of 6 partitions".into(),
        representative: true,
        parallelism: Some(workers),
        rows: (0..20_000).map(row).collect(),
        ..KeyInput::default()
    };
    headwater_profile::keys(&input).unwrap()
}

#[test]
fn the_curve_and_the_map_say_what_they_show() {
    let alt = |report: &KeyReport| charts(report).iter().map(|chart| chart.alt.clone()).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(alt(&over_a_day(0.2, false, 9_000, 64)));
    insta::assert_snapshot!(alt(&over_a_day(0.2, true, 9_000, 8)));
    for chart in charts(&over_a_day(0.2, false, 9_000, 64)) {
        assert_well_formed(&chart.svg);
        assert!(chart.svg.len() < 200_000, "{}: {}", chart.name, chart.svg.len());
    }
}

#[test]
fn any_report_gives_charts_that_stand() {
    for workers in [1, 2, 256, 100_000] {
        for (hot, towns) in [(1.0, 1), (0.0, 3), (0.5, 50_000)] {
            charts(&over_a_day(hot, false, towns, workers)).iter().for_each(|chart| assert_well_formed(&chart.svg));
        }
    }
}

/// Writes the charts where `HEADWATER_CHARTS` says, to be looked at.
#[test]
#[ignore = "writes files for people to look at"]
fn gallery() {
    let Ok(folder) = std::env::var("HEADWATER_CHARTS") else { return };
    let write = |name: &str, svg: String| std::fs::write(format!("{folder}/{name}.svg"), svg).unwrap();
    write("loads-8", slot_loads(&loads(8, 2.1)));
    write("loads-64", slot_loads(&loads(64, 12.9)));
    write("loads-even", slot_loads(&SlotLoads { interval: Some((1.18, 1.33)), ..loads(64, 0.0) }));
    write("loads-1000", slot_loads(&loads(1_000, 190.0)));
    write("loads-1", slot_loads(&loads(1, 0.0)));
    write("keys-hot", top_keys(&keys(&CITIES, 0.201)));
    write("keys-even", top_keys(&keys(&CITIES, 0.002)));
    write("keys-8", top_keys(&TopKeys { parallelism: Some(8), ..keys(&CITIES, 0.201) }));
    write("keys-hostile", top_keys(&hostile()));
    for (name, report) in [
        ("hot", over_a_day(0.2, false, 9_000, 64)),
        ("burst", over_a_day(0.3, true, 9_000, 64)),
        ("even", over_a_day(0.0, false, 60_000, 64)),
        ("few", over_a_day(0.0, false, 60, 128)),
    ] {
        charts(&report).into_iter().for_each(|chart| write(&format!("{name}-{}", chart.name), chart.svg));
        let page = crate::page("Keys", &[crate::keys_html(&report)]);
        std::fs::write(format!("{folder}/{name}.html"), page).unwrap();
        std::fs::write(format!("{folder}/{name}.txt"), crate::keys_text(&report, 100)).unwrap();
    }
    let compared = crate::html::compared();
    std::fs::write(format!("{folder}/shape.html"), crate::page("Shape", &[crate::shape_html(&compared)])).unwrap();
    std::fs::write(format!("{folder}/shape.txt"), crate::shape_text(&compared, 100)).unwrap();
    let drifted = crate::html::drifted();
    let page = crate::page("Drift", &[crate::drift_html(&drifted)]);
    std::fs::write(format!("{folder}/drift.html"), page).unwrap();
    std::fs::write(format!("{folder}/drift.txt"), crate::drift_text(&drifted, 100)).unwrap();
}
