//! Contracts, judged as a job or a preview judges them.

use crate::random::SplitMix;
use crate::{
    CheckTally, CheckVerdict, KeyContract, KeyEvidence, KeyTap, RateCheck, RateLimit, RecordCheck, WindowVerdict,
};

fn tally(windows: &[(u64, u64)]) -> CheckTally {
    let mut tally = CheckTally::new();
    windows.iter().for_each(|(rows, hits)| tally.push(0, *rows, *hits));
    tally
}

#[test]
fn a_rate_has_three_answers() {
    let check = RateCheck { name: "nulls in city".into(), limit: RateLimit::AtMost(0.01) };
    let judged = |rows, hits| check.judge(&tally(&[(rows, hits)]));
    assert_eq!(judged(20_000, 90).verdict, CheckVerdict::Pass);
    assert_eq!(judged(20_000, 400).verdict, CheckVerdict::Fail);
    let CheckVerdict::NeedData(more) = judged(2_000, 30).verdict else { panic!("{:?}", judged(2_000, 30)) };
    // As many rows as it asked for, at the same rate, do tell.
    let rows = 2_000 + more;
    assert_eq!(judged(rows, (rows as f64 * 0.015) as u64 + 1).verdict, CheckVerdict::Fail, "{more}");
    assert_ne!(judged(2_000 + more / 2, 30 + more * 15 / 2_000).verdict, CheckVerdict::Fail);
    insta::assert_snapshot!([judged(20_000, 400), judged(20_000, 0), judged(0, 0)].map(|r| r.sentence).join("\n"), @r#"
    nulls in city: 400 of 20,000 (2 %), at most 1 % allowed
    nulls in city: 0 of 20,000 (at most 0.01 %), at most 1 % allowed
    nulls in city: no rows to judge by, at least 1 needed
    "#);
}

#[test]
fn nothing_allowed_means_nothing() {
    let check = RateCheck { name: "duplicates".into(), limit: RateLimit::AtMost(0.0) };
    assert_eq!(check.judge(&tally(&[(1_000_000, 1)])).verdict, CheckVerdict::Fail);
    assert_eq!(check.judge(&tally(&[(10, 0)])).verdict, CheckVerdict::Pass);
    assert_eq!(
        RateCheck { name: String::new(), limit: RateLimit::AtMost(f64::NAN) }.judge(&tally(&[(5, 0)])).verdict,
        CheckVerdict::Pass
    );
}

#[test]
fn when_everything_was_read_nothing_waits() {
    let check = RateCheck { name: "late".into(), limit: RateLimit::AtMost(0.5) };
    let mut all = CheckTally::new().complete();
    all.push(0, 3, 2);
    assert_eq!(check.judge(&all).verdict, CheckVerdict::Fail);
}

#[test]
fn looking_after_every_batch_does_not_break_a_contract_that_is_kept() {
    let check = RateCheck { name: "nulls".into(), limit: RateLimit::AtMost(0.02) };
    let mut random = SplitMix::new(3);
    let mut broken = 0;
    for _ in 0..200 {
        let mut seen = CheckTally::new();
        let failed = (0..300).any(|_| {
            seen.push(0, 50, (0..50).filter(|_| random.unit() < 0.02).count() as u64);
            check.judge(&seen).verdict == CheckVerdict::Fail
        });
        broken += u32::from(failed);
    }
    assert!(broken <= 1, "{broken} of 200 runs, at exactly the limit");
}

#[test]
fn a_burst_of_nulls_counts_for_less_than_as_many_separate_ones() {
    let check = RateCheck { name: "nulls".into(), limit: RateLimit::AtMost(0.02) };
    let even: Vec<(u64, u64)> = (0..40).map(|_| (500, 14)).collect();
    let burst: Vec<(u64, u64)> = (0..40)
        .map(|i| {
            (
                500,
                if i == 7 {
                    500
                } else if i % 7 == 0 {
                    10
                } else {
                    0
                },
            )
        })
        .collect();
    assert_eq!(check.judge(&tally(&even)).verdict, CheckVerdict::Fail);
    assert!(
        matches!(check.judge(&tally(&burst)).verdict, CheckVerdict::NeedData(_)),
        "{:?}",
        check.judge(&tally(&burst))
    );
}

#[test]
fn tasks_count_together() {
    let mut one = tally(&[(10, 1); 200]);
    let two = tally(&[(20, 3); 70]);
    one.merge(&two);
    assert_eq!((one.rows(), one.hits()), (3_400, 410));
    assert!(one.stretches().len() <= 64);
    assert_eq!(one.stretches().iter().map(|s| s.0).sum::<u64>(), 3_400);
}

#[test]
fn a_record_check_shows_what_fails() {
    let mut failing = tally(&[(100, 0), (100, 2)]);
    failing.example(|| "{\"amount\":-4}\u{202e}".into());
    let judged = RecordCheck { name: "amount is positive".into() }.judge(&failing);
    assert_eq!(judged.verdict, CheckVerdict::Fail);
    assert_eq!((judged.first_window, judged.strip[0]), (Some(2), WindowVerdict::Pass));
    insta::assert_snapshot!(format!("{}\n{:?}", judged.sentence, judged.examples), @r#"
    amount is positive: 2 of 200 (1 %), every row has to hold
    ["{\"amount\":-4}�"]
    "#);
}

/// 18 % New York, the rest over so many other cities.
fn cities(rows: u64, others: u64) -> KeyTap {
    let mut tap = KeyTap::new(&[64]);
    let mut random = SplitMix::new(9);
    for _ in 0..rows {
        let city = if random.unit() < 0.18 { "New York".into() } else { format!("city {}", random.below(others)) };
        tap.push(Some(city.as_bytes()), 1);
    }
    tap
}

fn contract() -> KeyContract {
    KeyContract {
        key: "city".into(),
        top_share_below: Some(0.10),
        keys_at_least: Some(640),
        straggler_below: Some((64, 2.0)),
    }
}

#[test]
fn a_key_contract_is_judged_by_the_tap_of_a_job() {
    let results = contract().judge(&cities(20_000, 300).summary().evidence());
    assert!(results.iter().all(|r| r.verdict == CheckVerdict::Fail), "{results:?}");
    insta::assert_snapshot!(results.iter().map(|r| r.sentence.as_str()).collect::<Vec<_>>().join("\n"), @r#"
    key city: New York 18.2 % (top share < 10 % expected)
    key city: 301 keys in 20,000 rows (at least 640 keys expected)
    key city: 12.4× of the mean at 64 workers (S(64) < 2× expected)
    "#);
    let few = contract().judge(&cities(60, 2_000).summary().evidence());
    assert!(few.iter().all(|r| matches!(r.verdict, CheckVerdict::NeedData(_))), "{few:?}");
    let none = contract().judge(&KeyTap::new(&[64]).summary().evidence());
    assert!(none.iter().all(|r| matches!(r.verdict, CheckVerdict::NeedData(_))), "{none:?}");
}

#[test]
fn even_keys_keep_their_contract_and_are_not_blamed_for_noise() {
    let mut random = SplitMix::new(11);
    let mut tap = KeyTap::new(&[64]);
    for at in 0..40_000_u64 {
        tap.push(Some(random.below(5_000).to_string().as_bytes()), 1);
        if at % 500 == 0 {
            let results = contract().judge(&tap.summary().evidence());
            assert!(results.iter().all(|r| r.verdict != CheckVerdict::Fail), "{at}: {results:?}");
        }
    }
    let results = contract().judge(&tap.summary().evidence());
    assert!(results.iter().all(|r| r.verdict == CheckVerdict::Pass), "{results:?}");
}

#[test]
fn impossible_promises_are_judged_all_the_same() {
    let seen = KeyEvidence { complete: true, ..cities(1_000, 50).summary().evidence() };
    for (share, keys, straggler) in [(0.0, 0, (0, 2.0)), (1.0, u64::MAX, (64, 0.5)), (2.0, 1, (7, 100.0))] {
        let odd = KeyContract {
            key: "\u{202e}".repeat(5_000),
            top_share_below: Some(share),
            keys_at_least: Some(keys),
            straggler_below: Some(straggler),
        };
        assert_eq!(odd.judge(&seen).len(), 3);
        assert!(odd.judge(&seen)[0].name.len() < 400);
    }
}

#[test]
fn bursts_in_a_running_job_count_for_less() {
    let judged = |burst: u64, counted_together: bool| {
        let (mut random, mut tap, mut city) = (SplitMix::new(8), KeyTap::new(&[64]), String::new());
        for _ in 0..40 {
            let mut batch: std::collections::BTreeMap<String, u64> = std::collections::BTreeMap::new();
            for at in 0..500 {
                if at % burst == 0 {
                    let own = random.unit() < 0.13;
                    city = if own { "New York".into() } else { format!("city {}", random.below(3_000)) };
                }
                if counted_together {
                    *batch.entry(city.clone()).or_insert(0) += 1;
                } else {
                    tap.push(Some(city.as_bytes()), 1);
                }
            }
            batch.iter().for_each(|(city, rows)| tap.push(Some(city.as_bytes()), *rows));
            tap.end_batch(0);
        }
        let results = contract().judge(&tap.summary().evidence());
        (tap.summary().design_effect, results[0].verdict)
    };
    for together in [false, true] {
        let (even, verdict) = judged(1, together);
        assert!(even < 1.4, "{even}");
        assert_eq!(verdict, CheckVerdict::Fail);
        let (bursts, verdict) = judged(50, together);
        assert!((30.0..90.0).contains(&bursts), "{bursts}");
        assert!(matches!(verdict, CheckVerdict::NeedData(_)));
    }
}

#[test]
fn partitions_that_differ_for_good_are_no_bursts() {
    let mut tap = KeyTap::new(&[]);
    let mut random = SplitMix::new(11);
    let mut nulls = CheckTally::new();
    for batch in 0..240_u32 {
        // As a producer that hashes keys does: New York is in one partition of six, and makes most of it.
        let partition = batch % 6;
        for _ in 0..80 {
            let own = partition == 2 && random.unit() < 0.9;
            let city = if own { "New York".into() } else { format!("city {partition} {}", random.below(500)) };
            tap.push(Some(city.as_bytes()), 1);
        }
        tap.end_batch(partition);
        nulls.push(partition, 80, if partition == 3 { 12 } else { 0 });
    }
    let results = contract().judge(&tap.summary().evidence());
    assert_eq!(results[0].verdict, CheckVerdict::Fail, "{}", results[0].sentence);
    let check = RateCheck { name: "nulls".into(), limit: RateLimit::AtMost(0.01) };
    assert_eq!(check.judge(&nulls).verdict, CheckVerdict::Fail, "{}", check.judge(&nulls).sentence);
}
