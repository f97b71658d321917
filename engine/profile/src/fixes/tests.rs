//! Each fix on keys that call for it.

use super::*;
use crate::random::SplitMix;
use crate::{KeyRow, KeyValue, OtherKey, Placement, keys};

fn rows(n: u32, key: impl Fn(&mut SplitMix) -> KeyValue) -> Vec<KeyRow> {
    let mut random = SplitMix::new(9);
    (0..n).map(|i| KeyRow { key: key(&mut random), block: i * 40 / n, ..KeyRow::default() }).collect()
}

fn towns(hot: f64, name: impl Fn() -> KeyValue) -> Vec<KeyRow> {
    rows(
        20_000,
        |random| {
            if random.unit() < hot { name() } else { KeyValue::Text(format!("town {}", random.below(8_000))) }
        },
    )
}

fn report(input: &KeyInput) -> KeyReport {
    keys(input).unwrap()
}

fn input(rows: Vec<KeyRow>, workers: u32) -> KeyInput {
    KeyInput { key: "city".into(), representative: true, parallelism: Some(workers), rows, ..KeyInput::default() }
}

fn kinds(report: &KeyReport) -> Vec<FixKind> {
    report.fixes.iter().map(|fix| fix.kind).collect()
}

#[test]
fn a_hot_city_is_split_or_combined_and_the_best_is_first() {
    let found = report(&input(towns(0.2, || "New York".into()), 64));
    assert!(found.fixes.windows(2).all(|pair| pair[0].factor <= pair[1].factor));
    assert!(kinds(&found).contains(&FixKind::TwoStage) && kinds(&found).contains(&FixKind::FewerWorkers), "{found:?}");
    let salts = found.fixes.iter().find(|fix| fix.kind == FixKind::PlannedSalts).unwrap();
    assert!(salts.factor < 1.5 && salts.before > 12.0, "{salts:?}");
    // Different workers, each salt once.
    let mut places = salts.salts[0].workers.clone();
    places.sort_unstable();
    places.dedup();
    assert!(places.len() > 20, "{places:?}");
    let text: Vec<String> =
        found.fixes.iter().map(|fix| format!("{} · {:.2}\n{}\n{}", fix.title, fix.factor, fix.why, fix.code)).collect();
    insta::assert_snapshot!(text.join("\n\n"));
}

#[test]
fn keys_that_mean_nothing_are_filtered() {
    for (key, code) in [
        (KeyValue::Null, ".filter(col(\"city\").is_not_null())"),
        ("Unknown".into(), ".filter(col(\"city\").is_distinct_from(\"Unknown\"))"),
        (KeyValue::Int(-1), ".filter(col(\"city\").is_distinct_from(-1))"),
    ] {
        let found = report(&input(towns(0.3, || key.clone()), 32));
        let fix = found.fixes.iter().find(|fix| fix.kind == FixKind::FilterSentinel).unwrap();
        assert!(fix.factor < 1.5, "{fix:?}");
        assert_eq!(fix.code, code);
    }
    let city = report(&input(towns(0.3, || "Oslo".into()), 32));
    assert!(!kinds(&city).contains(&FixKind::FilterSentinel));
}

#[test]
fn fine_keys_need_nothing() {
    assert!(report(&input(towns(0.0, || KeyValue::Null), 8)).fixes.is_empty());
    assert!(report(&input(Vec::new(), 8)).fixes.is_empty());
}

#[test]
fn the_operator_decides_what_can_be_done() {
    let with = |operator| report(&KeyInput { operator, ..input(towns(0.2, || "New York".into()), 64) });
    assert!(!kinds(&with(Operator::Ordered)).contains(&FixKind::PlannedSalts));
    assert!(!kinds(&with(Operator::Holistic)).contains(&FixKind::TwoStage));
    assert!(kinds(&with(Operator::Join)).contains(&FixKind::Broadcast));
}

#[test]
fn key_groups_and_other_keys_are_tried() {
    let even = rows(40_000, |random| KeyValue::Int(random.below(100_000) as i64));
    let rounded = KeyInput { placement: Placement::FlinkKeyGroups(Some(128)), ..input(even, 100) };
    let found = report(&rounded);
    assert!(kinds(&found).contains(&FixKind::KeyGroups), "{}", found.sentence);

    let skewed = towns(0.2, || "New York".into());
    let values = (0..skewed.len()).map(|i| KeyValue::Int(i as i64 % 977)).collect();
    let others = vec![OtherKey { name: "store".into(), values }];
    let found = report(&KeyInput { others, ..input(skewed, 16) });
    let composite = found.fixes.iter().find(|fix| fix.kind == FixKind::CompositeKey).unwrap();
    assert_eq!(composite.code, ".group_by([\"city\", \"store\"])");
    assert!(composite.factor < 1.3, "{composite:?}");
}
