//! Key reports of even, skewed, few and hostile keys.

use std::collections::HashMap;

use proptest::prelude::*;

use crate::random::SplitMix;
use crate::{
    Cause, ErrorBasis, KeyError, KeyInput, KeyReport, KeyRow, KeyValue, Operator, Placement, Severity, Verdict, keys,
};

fn input(rows: Vec<KeyRow>, parallelism: u32) -> KeyInput {
    KeyInput {
        key: "city".into(),
        sample: "orders · 20,000 of 206,113 records (9.7 %), 40 blocks".into(),
        parallelism: Some(parallelism),
        representative: true,
        rows,
        ..KeyInput::default()
    }
}

fn text(key: Option<String>) -> KeyValue {
    key.map_or(KeyValue::Null, KeyValue::Text)
}

/// So many rows in 40 blocks, each key drawn by `draw`.
fn drawn(n: usize, blocks: usize, mut draw: impl FnMut(&mut SplitMix, usize) -> Option<String>) -> Vec<KeyRow> {
    let mut random = SplitMix::new(3);
    (0..n)
        .map(|i| {
            let block = i * blocks / n;
            KeyRow { key: text(draw(&mut random, block)), block: block as u32, ..KeyRow::default() }
        })
        .collect()
}

/// A fifth of the rows in New York, the others spread over 10,000 towns, some larger than others.
fn cities(n: usize, blocks: usize) -> Vec<KeyRow> {
    drawn(n, blocks, |random, _| {
        let u = random.unit();
        Some(if u < 0.2 { "New York".into() } else { format!("town {}", (random.unit().powi(3) * 10_000.0) as u32) })
    })
}

fn report(rows: Vec<KeyRow>, parallelism: u32) -> KeyReport {
    keys(&input(rows, parallelism)).unwrap()
}

#[test]
fn a_hot_key_straggles_and_is_named() {
    let found = report(cities(20_000, 40), 64);
    assert_eq!(
        (found.verdict, found.severity, found.cause),
        (Verdict::WillStraggle, Severity::Fail, Some(Cause::HotKey))
    );
    assert_eq!(found.max_parallelism, Some(found.rows / found.top[0].count));
    assert!(found.top[0].hot && !found.top[5].hot);
    insta::assert_snapshot!(found.to_text());
}

#[test]
fn even_keys_are_fine_once_there_are_enough_rows() {
    let even = |n| drawn(n, 40, |random, _| Some(format!("user {}", random.below(100_000))));
    let few = report(even(20), 64);
    assert_eq!(few.verdict, Verdict::NotEnoughRows);
    insta::assert_snapshot!(few.sentence);
    let many = report(even(50_000), 64);
    assert_eq!(many.verdict, Verdict::Ok, "{}", many.sentence);
    insta::assert_snapshot!(many.to_text());
}

#[test]
fn too_few_keys_are_another_disease() {
    let rows = drawn(50_000, 40, |random, _| Some(format!("sensor {}", random.below(128))));
    let found = report(rows, 128);
    assert_eq!((found.verdict, found.cause), (Verdict::WillStraggle, Some(Cause::FewKeys)), "{}", found.sentence);
    let slots = found.slots.as_ref().unwrap();
    assert!(slots.idle > 20);
    assert!((found.parts.unwrap().placement / slots.factor - 1.0).abs() < 0.2, "{slots:?}");
    assert!(found.top.iter().all(|key| !key.hot), "each is just one worker's fair share");
    // More workers than keys make each key more than a fair share, and still none stands out.
    let rows = drawn(50_000, 40, |random, _| Some(format!("sensor {}", random.below(40))));
    let fewer = report(rows, 128);
    assert_eq!(fewer.cause, Some(Cause::FewKeys), "{}", fewer.sentence);
    insta::assert_snapshot!(found.sentence);
}

#[test]
fn flink_can_straggle_by_rounding_alone() {
    let rows = drawn(200_000, 40, |random, _| Some(format!("user {}", random.below(100_000))));
    let placement = Placement::FlinkKeyGroups(Some(128));
    let found = keys(&KeyInput { placement, ..input(rows, 100) }).unwrap();
    assert_eq!(found.cause, Some(Cause::Rounding), "{}", found.sentence);
    insta::assert_snapshot!(found.sentence);
}

#[test]
fn bursts_widen_the_intervals() {
    // In each block another key is hot: rows are neighbours, not independent draws.
    let bursty = drawn(20_000, 40, |random, block| {
        let hot = random.unit() < 0.5;
        Some(if hot { format!("key {}", block % 8) } else { format!("key {}", random.below(1_000)) })
    });
    let shuffled: Vec<KeyRow> = (0..bursty.len())
        .map(|i| KeyRow { block: (i * 40 / bursty.len()) as u32, ..bursty[i * 7_919 % bursty.len()].clone() })
        .collect();
    let (bursty, shuffled) = (report(bursty, 16), report(shuffled, 16));
    let width = |r: &KeyReport| r.top[0].interval.high - r.top[0].interval.low;
    assert!(width(&bursty) > 3.0 * width(&shuffled), "{} {}", width(&bursty), width(&shuffled));
    assert!(bursty.effective_rows < shuffled.effective_rows / 5.0);
    assert_eq!(bursty.basis, ErrorBasis::BetweenBlocks);
}

#[test]
fn one_block_falls_back_to_the_binomial_law_and_says_so() {
    let found = report(cities(5_000, 1), 8);
    assert_eq!(found.basis, ErrorBasis::Binomial);
    assert!(found.to_text().contains("one block only"));
    let slots = found.slots.unwrap();
    assert!(slots.interval.low < slots.factor && slots.factor < slots.interval.high);
}

#[test]
fn parallelism_is_checked() {
    let with = |parallelism| keys(&KeyInput { parallelism, ..input(cities(1_000, 4), 1) });
    assert_eq!(with(Some(0)).unwrap_err(), KeyError::NoWorkers);
    insta::assert_snapshot!(with(Some(0)).unwrap_err(), @"`parallelism` is 0; give the number of workers, 1 or more");
    insta::assert_snapshot!(with(Some(u32::MAX)).unwrap_err(), @"`parallelism` is 4,294,967,295; a forecast goes up to 131,072");
    let assumed = with(None).unwrap();
    assert!(assumed.parallelism_assumed && assumed.parallelism == 8);
    let one = with(Some(1)).unwrap();
    assert_eq!((one.verdict, one.slots.as_ref().unwrap().factor), (Verdict::Ok, 1.0));
    let many = with(Some(100_000)).unwrap();
    assert_eq!(many.verdict, Verdict::WillStraggle, "{}", many.sentence);
    assert!(serde_json::to_string(&many).unwrap().len() < 10_000, "slots are left out when there are too many");
}

#[test]
fn small_and_hostile_samples_are_survived() {
    let row = |key: Option<&str>| KeyRow { key: text(key.map(str::to_owned)), ..KeyRow::default() };
    let megabyte = "é".repeat(1 << 19);
    let samples = [
        vec![],
        vec![row(Some("one"))],
        vec![row(None)],
        vec![row(None); 100],
        vec![row(Some("same")); 1_000],
        vec![row(Some("")), row(Some("null")), row(None)],
        vec![row(Some(&megabyte)), row(Some("<script>alert(1)</script>")), row(Some("\0\n\u{202e}אב"))],
    ];
    for rows in samples {
        for parallelism in [1, 2, 64, 100_000] {
            let text = report(rows.clone(), parallelism).to_text();
            assert!(text.len() < 5_000, "{} bytes for {} rows", text.len(), rows.len());
            assert!(!text.contains('\u{202e}') && !text.contains('\0') && !text.contains("NaN"), "{text}");
        }
    }
    let three = report(vec![row(Some("")), row(Some("null")), row(None)], 2);
    let mut texts: Vec<&str> = three.top.iter().map(|key| key.text.as_str()).collect();
    texts.sort_unstable();
    assert_eq!(texts, ["\"\"", "\"null\"", "null"], "empty, the word and the absence look different");
    insta::assert_snapshot!(report(vec![], 8).to_text());
    insta::assert_snapshot!(report(vec![row(None); 5_000], 8).to_text());
}

#[test]
fn what_has_to_be_kept_of_a_hot_key_counts() {
    let of = |operator, rows_per_second| {
        let rows = cities(20_000, 40).into_iter().map(|row| KeyRow { bytes: 1_000, ..row }).collect();
        let input = KeyInput {
            operator,
            rows_per_second: Some(rows_per_second),
            window_ms: Some(3_600_000),
            ..input(rows, 16)
        };
        keys(&input).unwrap()
    };
    let (few, many) = (of(Operator::Holistic, 10.0), of(Operator::Holistic, 1_000.0));
    assert!(few.severity == Severity::Warn && few.notes.iter().all(|note| !note.contains("to keep")), "{few:?}");
    assert_eq!(many.severity, Severity::Fail);
    let note = many.notes.iter().find(|note| note.contains("to keep")).unwrap();
    insta::assert_snapshot!(note, @"a window holds about 730,980 rows of the most frequent key: 697 MiB for one worker to keep");
    assert!(
        of(Operator::Combining, 1_000.0).notes.iter().all(|note| !note.contains("to keep")),
        "one row a key is kept"
    );
}

#[test]
fn the_same_rows_give_the_same_report() {
    let twice = [(); 2].map(|()| serde_json::to_string(&report(cities(5_000, 40), 64)).unwrap());
    assert_eq!(twice[0], twice[1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn numbers_agree_with_a_naive_count(
        rows in proptest::collection::vec((proptest::option::of(0_u8..40), 0_u32..5), 1..300),
        parallelism in 1_u32..200,
    ) {
        let rows: Vec<KeyRow> =
            rows.into_iter().map(|(key, block)| KeyRow { key: text(key.map(|k| format!("k{k}"))), block, ..KeyRow::default() }).collect();
        let mut naive: HashMap<String, u64> = HashMap::new();
        rows.iter().for_each(|row| *naive.entry(row.key.shown()).or_insert(0) += 1);
        let found = report(rows.clone(), parallelism);
        let shares: f64 = found.top.iter().map(|key| key.share).sum::<f64>() + found.other_share;
        prop_assert!((shares - 1.0).abs() < 1e-9, "{}", shares);
        prop_assert_eq!(found.distinct, naive.len() as u64);
        prop_assert_eq!(found.top[0].count, *naive.values().max().unwrap());
        for key in &found.top {
            let exact = naive[&key.text];
            prop_assert_eq!(key.count, exact);
            prop_assert!(key.interval.low <= key.share && key.share <= key.interval.high);
            prop_assert!(key.interval.low >= 0.0 && key.interval.high <= 1.0);
        }
        let slots = found.slots.unwrap();
        let total: f64 = slots.loads.iter().map(|slot| slot.load).sum();
        prop_assert!((total - f64::from(parallelism)).abs() < 1e-6, "{}", total);
        prop_assert!(slots.loads.iter().all(|slot| slot.hot <= slot.load + 1e-9));
        prop_assert!(found.curve.iter().any(|point| point.workers == parallelism && point.factor == slots.factor));
        prop_assert!(1.0 <= slots.interval.low && slots.interval.high <= f64::from(parallelism) + 1e-9);
        prop_assert!(slots.interval.low <= slots.factor && slots.factor <= slots.interval.high);
        prop_assert!(found.coverage >= 0.0 && found.coverage <= 1.0);
        prop_assert!(found.distinct_at_least >= found.distinct);
    }
}

#[test]
fn keys_that_live_in_one_partition_are_not_less_certain_for_it() {
    // Four partitions of ten blocks; half of the rows of the first are of one key, which no other partition has.
    let row = |i: u32| {
        let (partition, block) = (i / 5_000, i / 500);
        let key =
            if partition == 0 && i % 2 == 0 { "hot".to_owned() } else { format!("k{}", i % 97 + partition * 100) };
        KeyRow { key: KeyValue::Text(key), partition, block, ..KeyRow::default() }
    };
    let rows: Vec<KeyRow> = (0..20_000).map(row).collect();
    let found = report(rows.clone(), 8);
    let top = &found.top[0];
    assert!(top.interval.low > 0.115 && top.interval.high < 0.135, "{:?}", top.interval);
    // Without knowing the partitions, blocks with and without the key look like chance.
    let blind = report(rows.into_iter().map(|row| KeyRow { partition: 0, ..row }).collect(), 8);
    assert!(blind.top[0].interval.low < 0.08, "{:?}", blind.top[0].interval);
}
