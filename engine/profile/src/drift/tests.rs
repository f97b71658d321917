//! Drift, from rows to the report.

use crate::random::SplitMix;
use crate::{
    AlarmBudget, Baseline, BaselineError, CheckKind, CheckResult, CheckVerdict, DriftInput, DriftMonitor, DriftOptions,
    DriftReport, JsonRecord, LogSpan, PinError, PinOptions, Rows, WindowExtra, drift, pin,
};
use proptest::prelude::*;
use std::path::Path;

/// What the rows of a test are like.
#[derive(Clone, Copy)]
struct Stream {
    seed: u64,
    rows: u64,
    new_york: f64,
    nulls: f64,
    scale: f64,
    /// Rows that come one after the other from the same city.
    burst: u64,
    /// How much the share of New York differs between blocks of 500 rows, up or down.
    wobble: f64,
    /// How much it rises and falls with the hours; four days to 20,000 rows.
    cycle: f64,
}

const USUAL: Stream =
    Stream { seed: 1, rows: 20_000, new_york: 0.18, nulls: 0.01, scale: 1.0, burst: 1, wobble: 0.0, cycle: 0.0 };

fn rows(stream: Stream) -> Vec<String> {
    let mut random = SplitMix::new(stream.seed);
    let mut city = String::new();
    let mut out = Vec::new();
    let mut block = 0.0;
    for at in 0..stream.rows {
        if at % 500 == 0 {
            block = stream.wobble * (random.unit() * 2.0 - 1.0);
        }
        let hours = stream.cycle * (at as f64 / 5_000.0 * std::f64::consts::TAU).sin();
        let new_york = stream.new_york + block + hours;
        if at % stream.burst == 0 {
            let other = (random.unit().powi(2) * 200.0) as u64;
            city = if random.unit() < new_york { "New York".into() } else { format!("City {other}") };
        }
        let amount = if random.unit() < stream.nulls {
            "null".into()
        } else {
            format!("{:.2}", -random.unit().ln() * 40.0 * stream.scale)
        };
        let (ts, id) = (1_700_000_000_000 + at * 1_000, at + 1_000 * stream.seed);
        out.push(format!(
            r#"{{"id":{id},"ts":{ts},"city":"{city}","amount":{amount},"items":[{{"sku":"a{}"}}]}}"#,
            at % 7
        ));
    }
    out
}

fn records(rows: &[String]) -> Vec<JsonRecord<'_>> {
    let timed = rows.iter().zip(0..).map(|(row, at)| JsonRecord {
        value: Some(row.as_bytes()),
        timestamp_ms: Some(1_700_000_000_000 + at * 1_000),
        ..JsonRecord::default()
    });
    timed.collect()
}

fn input(rows: &[String]) -> DriftInput<'_> {
    DriftInput {
        name: "orders".into(),
        sample: "20,000 of 1,000,000 records".into(),
        representative: true,
        rows: Rows::Json(records(rows)),
        times_ms: Vec::new(),
        undecodable: 0,
        late: None,
        log: Vec::new(),
    }
}

fn options() -> PinOptions {
    PinOptions { name: "orders of May".into(), keys: vec![(vec!["city".into()], 64)], ..PinOptions::default() }
}

fn pinned(stream: Stream) -> Baseline {
    pin(&input(&rows(stream)), &options()).unwrap()
}

fn compared(baseline: &Baseline, stream: Stream) -> DriftReport {
    drift(baseline, &input(&rows(stream)), &DriftOptions::default())
}

fn failed(report: &DriftReport) -> Vec<&CheckResult> {
    report.checks.iter().filter(|check| check.verdict == CheckVerdict::Fail).collect()
}

fn sentences(report: &DriftReport) -> String {
    let checks = report.checks.iter().map(|check| {
        let strip: String = check.strip.iter().map(|window| window.symbol()).collect();
        format!("{}  {}\n   {strip}\n", check.verdict.label(), check.sentence)
    });
    let alarms = report.alarms.iter().map(|alarm| format!("alarm {}\n", alarm.sentence));
    let notes = report.notes.iter().map(|note| format!("note {note}\n"));
    format!(
        "{}\n{}{}{}",
        report.sentence,
        checks.collect::<String>(),
        alarms.collect::<String>(),
        notes.collect::<String>()
    )
}

fn named<'a>(report: &'a DriftReport, name: &str) -> &'a CheckResult {
    report.checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no {name}: {}", sentences(report)))
}

#[test]
fn the_same_stream_does_not_drift() {
    let baseline = pinned(USUAL);
    let alarms: Vec<String> = (2..12)
        .map(|seed| compared(&baseline, Stream { seed, ..USUAL }))
        .flat_map(|report| failed(&report).iter().map(|check| check.sentence.clone()).collect::<Vec<_>>())
        .collect();
    assert_eq!(alarms, [""; 0]);
    let report = compared(&baseline, Stream { seed: 3, ..USUAL });
    let city = named(&report, "distribution of city");
    assert_eq!(city.verdict, CheckVerdict::Pass);
    let strip: String = city.strip.iter().map(|window| window.symbol()).collect();
    assert!(strip.starts_with('○') && strip.ends_with('●') && !strip.contains('▲'), "{strip}");
}

#[test]
fn five_points_more_of_new_york_are_found_named_and_told_once() {
    let report = compared(&pinned(USUAL), Stream { seed: 3, new_york: 0.23, ..USUAL });
    assert_eq!((report.verdict, report.alarms.len()), (CheckVerdict::Fail, 1));
    assert!(failed(&report).iter().all(|check| check.column.as_deref() == Some("city")));
    insta::assert_snapshot!(format!("{}\n{}", report.sentence, report.alarms[0].sentence), @r#"
    Drift in 20,000 rows (65 windows): 4 checks of 37 failed. city: New York 18 % → 23.4 % (+5.41 points, evidence over 1,000,000:1, 16 windows).
    since window 1: city: New York 18 % → 23.4 % (+5.41 points, evidence over 1,000,000:1, 16 windows)
    "#);
    let city = named(&report, "distribution of city");
    assert_eq!((city.first_window, city.ongoing), (Some(1), true));
    assert!(city.evidence.unwrap() > 1e3 && city.bar.unwrap().seen > 0.22);
}

#[test]
fn a_change_in_the_middle_is_shown_where_it_began() {
    let mut all = rows(Stream { rows: 10_000, ..USUAL });
    all.extend(rows(Stream { seed: 5, rows: 10_000, new_york: 0.30, ..USUAL }));
    let report = drift(&pinned(USUAL), &input(&all), &DriftOptions::default());
    let first = named(&report, "distribution of city").first_window.unwrap();
    assert!((31..=38).contains(&first), "the change came in window 33, found in {first}");
}

#[test]
fn bursts_are_no_drift() {
    let baseline = pinned(Stream { burst: 5, ..USUAL });
    let phi = baseline.columns.iter().find(|column| column.path == "city").unwrap().cells.as_ref().unwrap().phi[0];
    assert!((4.0..6.0).contains(&phi), "{phi}");
    for seed in 2..8 {
        let report = compared(&baseline, Stream { seed, burst: 5, ..USUAL });
        assert_ne!(report.verdict, CheckVerdict::Fail, "{}", report.sentence);
    }
    let found = compared(&baseline, Stream { seed: 3, burst: 5, new_york: 0.28, ..USUAL });
    assert_eq!(found.verdict, CheckVerdict::Fail);
}

#[test]
fn numbers_and_rates_are_watched() {
    let report = compared(&pinned(USUAL), Stream { seed: 4, scale: 1.3, nulls: 0.03, ..USUAL });
    assert_eq!(named(&report, "nulls in amount").verdict, CheckVerdict::Fail);
    assert_eq!(named(&report, "distribution of amount").verdict, CheckVerdict::Fail);
    assert_eq!(report.alarms.len(), 1, "one cause, one alarm: {:?}", report.alarms);
    insta::assert_snapshot!(failed(&report).iter().map(|c| c.sentence.as_str()).collect::<Vec<_>>().join("\n"), @r#"
    amount: above 92.5: 10 % → 17 % (+6.96 points, evidence over 1,000,000:1, 8 windows)
    amount: null 0.95 % → 3 % (+2.04 points, evidence over 1,000,000:1, 4 windows)
    "#);
}

#[test]
fn another_schema_is_told_column_by_column() {
    let baseline = pinned(USUAL);
    let changed = |from: &str, to: &str| {
        rows(Stream { seed: 6, rows: 6_000, ..USUAL }).iter().map(|row| row.replace(from, to)).collect::<Vec<_>>()
    };
    let told = |rows: &[String]| {
        let report = drift(&baseline, &input(rows), &DriftOptions::default());
        assert_eq!(report.verdict, CheckVerdict::Fail);
        report.checks[0].sentence.clone()
    };
    let all = [
        told(&changed("\"amount\"", "\"Amount\"")),
        told(&changed("\"items\":", "\"note\":\"<b>\",\"items\":")),
        told(&changed("\"ts\":1", "\"ts\":\"x1\",\"q\":1")),
        told(&changed("City 1", "Town 1")),
        told(&changed("\"id\":", "\"id\":7,\"of\":")),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    amount: gone, in none of 6,000 rows
    note: new, in 100 % of rows, 0 % in the baseline
    ts: not number 0 % → 100 % (+100 points, evidence over 1,000,000:1, 1 window)
    city: new values 0 % → 35.1 % (+35.1 points, evidence over 1,000,000:1, 1 window)
    id: duplicates 0 % → 99.7 % (+99.7 points, evidence over 1,000,000:1, 1 window)
    "#);
    let other: Vec<String> = (0..500).map(|i| format!("{{\"device\":{i},\"temp\":3}}")).collect();
    insta::assert_snapshot!(drift(&baseline, &input(&other), &DriftOptions::default()).sentence, @r#"Drift in 500 rows (2 windows): no column of the baseline "orders of May" is in these rows (expected id, ts, city, amount, items, items[], items[].sku; found device, temp): it is of another stream, pin one of this stream."#);
}

#[test]
fn values_of_another_type_are_shown() {
    let mut all = rows(Stream { seed: 6, rows: 6_000, ..USUAL });
    all.iter_mut().step_by(40).for_each(|row| *row = row.replace("\"amount\":", "\"amount\":\"n/a\",\"x\":"));
    let report = drift(&pinned(USUAL), &input(&all), &DriftOptions::default());
    let check = named(&report, "type of amount");
    assert_eq!((check.verdict, &check.examples[..]), (CheckVerdict::Fail, &["n/a".to_owned()][..]));
}

#[test]
fn hardly_any_rows_give_a_report_all_the_same() {
    let baseline = pinned(USUAL);
    let sentence = |rows: &[String]| drift(&baseline, &input(rows), &DriftOptions::default()).sentence;
    let one = rows(Stream { rows: 1, ..USUAL });
    let nulls = vec!["{\"id\":null,\"ts\":null,\"city\":null,\"amount\":null,\"items\":null}".to_owned(); 200];
    let broken = vec!["{\"id\":".to_owned(); 200];
    insta::assert_snapshot!([sentence(&[]), sentence(&one), sentence(&nulls), sentence(&broken)].join("\n"), @r#"
    No rows to compare with the baseline "orders of May".
    No drift seen in 1 row (1 window), but 36 of 37 checks cannot tell yet: about 3,100 more rows are needed.
    Drift in 200 rows (1 window): 6 checks of 37 failed. id: null 0 % → 100 % (+100 points, evidence over 1,000,000:1, 1 window).
    Drift where no record could be decoded: 1 check of 36 failed. records: undecodable 0 % → 100 % (+100 points, evidence over 1,000,000:1, 1 window).
    "#);
    assert_eq!(pin(&input(&[]), &options()).unwrap_err(), PinError::NoRows);
    assert_eq!(pin(&input(&broken), &options()).unwrap_err(), PinError::NoRows);
    let unknown = pin(&input(&one), &PinOptions { keys: vec![(vec!["town".into()], 64)], ..options() }).unwrap_err();
    insta::assert_snapshot!(unknown.to_string(), @r#"no column `town` to watch as a key; columns: id, ts, city, amount, items, items[], items[].sku"#);
    let nobody = pin(&input(&one), &PinOptions { keys: vec![(vec!["city".into()], 0)], ..options() }).unwrap_err();
    assert!(nobody.to_string().contains("0 workers"), "{nobody}");
    for few in [one, nulls] {
        let small = pin(&input(&few), &options()).unwrap();
        assert_ne!(drift(&small, &input(&few), &DriftOptions::default()).verdict, CheckVerdict::Fail);
    }
}

#[test]
fn a_baseline_is_kept_in_a_file() {
    let folder = std::env::temp_dir().join(format!("headwater-drift-{}", std::process::id()));
    let path = folder.join("orders.json");
    let baseline = pinned(USUAL);
    baseline.save(&path).unwrap();
    let again = Baseline::open(&path).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let now = Stream { seed: 9, new_york: 0.23, ..USUAL };
    // Numbers may lose their last bit on the way.
    assert_eq!(sentences(&compared(&again, now)), sentences(&compared(&baseline, now)));
}

#[test]
fn a_file_that_is_no_good_baseline_says_why() {
    let text = serde_json::to_string_pretty(&pinned(Stream { rows: 500, ..USUAL })).unwrap();
    let why = |text: &str| Baseline::parse(text, Path::new("b.json")).unwrap_err().to_string();
    let all = [
        why(""),
        why("city,amount\n"),
        why("{\"rows\": 3}"),
        why(&text[..text.len() / 2]),
        why(&text.replace("\"version\": 1", "\"version\": 7")),
        why(&text.replace("\"version\": 1", "\"version\": 0")),
        why(&text.replacen("\"path\"", "\"paht\"", 1)),
        why(&text.replacen("\"count\": 0", "\"count\": 900", 1)),
        why(&text.replacen("\"window_rows\": 50", "\"window_rows\": 0", 1)),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    `b.json` is no baseline: it is empty; name the file that `pin` wrote
    the baseline `b.json` is damaged (expected value at line 1 column 1): restore it, or pin it again
    `b.json` is no baseline: it is without `"format": "headwater-baseline"`; name the file that `pin` wrote
    the baseline `b.json` is damaged (EOF while parsing a string at line 442 column 15): restore it, or pin it again
    the baseline `b.json` has version 7, this program reads up to 1: use the program that pinned it or a newer one, or pin it again
    the baseline `b.json` is damaged (`version` is not a version): restore it, or pin it again
    the baseline `b.json` is damaged (unknown field `paht`, expected one of `path`, `family`, `absent`, `null`, `off_type`, `cells`, `new_values`, `unique`, `distinct` at line 28 column 12): restore it, or pin it again
    the baseline `b.json` is damaged (`undecodable` counts 900 of 500): restore it, or pin it again
    the baseline `b.json` is damaged (`window_rows` is 0): restore it, or pin it again
    "#);
    assert!(matches!(Baseline::open(Path::new("no/such/file")), Err(BaselineError::Read(..))));
}

#[test]
fn a_redacted_baseline_names_nobody_and_works_as_well() {
    let rows = rows(USUAL);
    let redacted = pin(&input(&rows), &PinOptions { redacted: true, ..options() }).unwrap();
    assert!(!serde_json::to_string(&redacted).unwrap().contains("New York"));
    let report = compared(&redacted, Stream { seed: 3, new_york: 0.23, ..USUAL });
    assert!(report.checks[0].sentence.starts_with("city: #"), "{}", report.checks[0].sentence);
}

#[test]
fn a_frame_is_compared_as_its_records_are() {
    use polars::prelude::{Column, DataFrame};
    let frame = |stream: Stream| {
        let mut random = SplitMix::new(stream.seed);
        let cities: Vec<String> =
            (0..stream.rows)
                .map(|_| {
                    if random.unit() < stream.new_york {
                        "New York".into()
                    } else {
                        format!("City {}", random.below(30))
                    }
                })
                .collect();
        let amounts: Vec<Option<f64>> =
            (0..stream.rows).map(|_| (random.unit() > 0.01).then(|| random.unit())).collect();
        let columns = vec![Column::new("city".into(), cities), Column::new("amount".into(), amounts)];
        DataFrame::new(usize::try_from(stream.rows).unwrap(), columns).unwrap()
    };
    let of = |frame: &DataFrame, from: i64| {
        // Last first: the times put them in order.
        let times_ms = (0..i64::try_from(frame.height()).unwrap()).rev().map(|at| from + at * 1_000).collect();
        let input = input(&[]);
        let (frame, name) = (frame.clone(), input.name);
        (frame, times_ms, name)
    };
    let compare = |then: &DataFrame, now: &DataFrame| {
        let (then, then_ms, name) = of(then, 0);
        let (now, now_ms, _) = of(now, 43_200_000);
        let input =
            |frame, times_ms| DriftInput { name: name.clone(), rows: Rows::Frame(frame), times_ms, ..input(&[]) };
        let baseline = pin(&input(&then, then_ms), &options()).unwrap();
        drift(
            &baseline,
            &input(&now, now_ms),
            &DriftOptions { budget: AlarmBudget::parse("1 false alarm per week").unwrap(), ..DriftOptions::default() },
        )
    };
    let usual = frame(USUAL);
    let same = compare(&usual, &frame(Stream { seed: 2, ..USUAL }));
    assert_ne!(same.verdict, CheckVerdict::Fail, "{}", same.sentence);
    // 20,000 s in 65 windows: 1,965 windows a week.
    assert!((same.alpha - 3.5 / 1_965.0).abs() < 1e-4, "{}", same.alpha);
    assert!(same.notes.iter().any(|note| note.contains("may be the hour's")), "{:?}", same.notes);
    let moved = compare(&usual, &frame(Stream { seed: 2, new_york: 0.25, ..USUAL }));
    assert_eq!(moved.checks[0].name, "distribution of city");
}

#[test]
fn volume_and_lateness_are_watched_where_they_are_known() {
    let (then, now) = (rows(USUAL), rows(Stream { seed: 2, ..USUAL }));
    let with = |rows, late, records| DriftInput {
        late: Some(late),
        log: vec![LogSpan { records, span_ms: 3_600_000 }; 10],
        ..input(rows)
    };
    let baseline = pin(&with(&then, 20, 100_000), &options()).unwrap();
    let report = drift(&baseline, &with(&now, 900, 40_000), &DriftOptions::default());
    let mut kinds: Vec<CheckKind> = failed(&report).iter().map(|check| check.kind).collect();
    kinds.sort();
    assert_eq!(kinds, [CheckKind::Late, CheckKind::Volume], "{}", sentences(&report));
    assert_eq!(named(&report, "late rows").seen, "late 4.5 %");
    let same = drift(&baseline, &with(&now, 22, 100_000), &DriftOptions::default());
    assert_ne!(same.verdict, CheckVerdict::Fail, "{}", same.sentence);
    let broken =
        drift(&baseline, &DriftInput { undecodable: 1_000, ..with(&now, 22, 100_000) }, &DriftOptions::default());
    assert_eq!(broken.checks[0].seen, "undecodable 4.8 %");
    let always = pin(&DriftInput { undecodable: 1_000, ..input(&then) }, &options()).unwrap();
    assert!(always.undecodable.phi[0] < 2.0, "{:?}", always.undecodable);
    assert_ne!(
        drift(&always, &DriftInput { undecodable: 990, ..input(&now) }, &DriftOptions::default()).verdict,
        CheckVerdict::Fail
    );
}

#[test]
fn other_hot_keys_are_noticed() {
    let then = rows(USUAL);
    let now: Vec<String> = then.iter().map(|row| row.replace("New York", "Boston")).collect();
    let only_york = |rows: &[String]| {
        rows.iter().map(|row| row.replace("City 1", "New York").replace("City 2", "New York")).collect::<Vec<_>>()
    };
    let baseline = pin(&input(&only_york(&then)), &options()).unwrap();
    let now: Vec<String> = only_york(&now).iter().map(|row| row.replace("New York", "Rome")).collect();
    let report = drift(&baseline, &input(&now), &DriftOptions::default());
    assert!(named(&report, "hot keys of city").sentence.contains("Rome"), "{}", sentences(&report));
}

#[test]
fn a_running_stream_alarms_once_and_the_alarm_ends() {
    let baseline = pinned(USUAL);
    let mut monitor = DriftMonitor::new(&baseline, &DriftOptions::default(), None);
    let mut push = |seed: u64, new_york: f64| {
        let rows = rows(Stream { seed, rows: u64::from(baseline.window_rows), new_york, ..USUAL });
        monitor.push_window(&Rows::Json(records(&rows)), WindowExtra::default())
    };
    let quiet: Vec<String> = (100..110).flat_map(|seed| push(seed, 0.18)).collect();
    assert_eq!(quiet, [""; 0]);
    let loud: Vec<String> = (110..118).flat_map(|seed| push(seed, 0.45)).collect();
    assert_eq!(loud.iter().filter(|alarm| alarm.contains("New York")).count(), 1, "{loud:?}");
    let after: Vec<String> = (118..220).flat_map(|seed| push(seed, 0.18)).filter(|a| a.contains("New York")).collect();
    assert_eq!(after, [""; 0]);
    let report = monitor.report();
    let city = named(&report, "distribution of city");
    assert_eq!((city.verdict, city.ongoing), (CheckVerdict::Fail, false), "{}", sentences(&report));
    let strip: String = city.strip.iter().map(|window| window.symbol()).collect();
    assert!(strip.contains('▲') && !strip.ends_with('▲'), "{strip}");
}

#[test]
#[ignore = "long: make proofs"]
fn proof_6_whole_reports() {
    const RUNS: u64 = 200;
    println!("| stream | baseline | reports that say drift, of {RUNS} | of these the first check is about |");
    println!("|---|---|---|---|");
    let cases = [
        ("as the baseline", USUAL, USUAL),
        ("New York +5 points", USUAL, Stream { new_york: 0.23, ..USUAL }),
        ("New York +10 points, 5,000 rows", USUAL, Stream { new_york: 0.28, rows: 5_000, ..USUAL }),
        ("amounts +20 %", USUAL, Stream { scale: 1.2, ..USUAL }),
        ("nulls 1 % → 3 %", USUAL, Stream { nulls: 0.03, ..USUAL }),
        ("as the baseline, in runs of 5", Stream { burst: 5, ..USUAL }, Stream { burst: 5, ..USUAL }),
        (
            "New York +10 points, in runs of 5",
            Stream { burst: 5, ..USUAL },
            Stream { burst: 5, new_york: 0.28, ..USUAL },
        ),
    ];
    let wobbly = Stream { wobble: 0.04, ..USUAL };
    let daily = Stream { cycle: 0.03, ..USUAL };
    let uneven = [
        ("as the baseline, blocks differ by ±4 points", wobbly, wobbly),
        ("New York +7 points, blocks differ by ±4 points", wobbly, Stream { new_york: 0.25, ..wobbly }),
        ("as the baseline, ±3 points in the course of a day", daily, daily),
        ("New York +7 points, ±3 points in the course of a day", daily, Stream { new_york: 0.25, ..daily }),
    ];
    for (name, then, now) in cases.into_iter().chain(uneven) {
        let mut found = 0;
        let mut about = std::collections::BTreeMap::new();
        for seed in 0..RUNS {
            let baseline = pinned(Stream { seed: seed * 2 + 1_000, ..then });
            let report = compared(&baseline, Stream { seed: seed * 2 + 1_001, ..now });
            if report.verdict == CheckVerdict::Fail {
                found += 1;
                *about.entry(report.checks[0].column.clone().unwrap_or_default()).or_insert(0) += 1;
            }
        }
        let about: Vec<String> = about.into_iter().map(|(column, times)| format!("{column} {times}")).collect();
        println!("| {name} | {} rows | {found} | {} |", then.rows, about.join(", "));
    }
}

/// A row of anything: values of every type under few names, sometimes nested, sometimes no JSON at all.
fn any_row() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|i| i.to_string()),
        (-1e300..1e300_f64).prop_map(|n| format!("{n:e}")),
        (0..4_u8).prop_map(|n| n.to_string()),
        "[a-c\u{202e}<]{0,3}".prop_map(|text| format!("{text:?}").replace("\\u{", "\\\\u{")),
        Just("\"2024-01-02T03:04:05Z\"".to_owned()),
        Just("[1,{\"x\":2},[]]".to_owned()),
        Just("{\"a.b\":1,\"\":null}".to_owned()),
    ];
    let fields = proptest::collection::vec((prop_oneof!["[ab]", Just("a.b".to_owned())], scalar), 0..4);
    let row = fields.prop_map(|fields| {
        let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name:?}:{value}")).collect();
        format!("{{{}}}", fields.join(","))
    });
    prop_oneof![9 => row, 1 => ".{0,4}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn whatever_the_rows_are_there_is_a_report(
        then in proptest::collection::vec(any_row(), 1..300),
        now in proptest::collection::vec(any_row(), 0..300),
        window_rows in proptest::option::of(1_u32..400),
    ) {
        let keys = vec![(vec!["a".to_owned()], 64), (vec!["b".to_owned(), "a.b".to_owned()], 3)];
        for keys in [Vec::new(), keys] {
            let Ok(baseline) = pin(&input(&then), &PinOptions { keys, window_rows, ..PinOptions::default() }) else { continue };
            let text = serde_json::to_string(&baseline).unwrap();
            let again = Baseline::parse(&text, Path::new("b.json")).map_err(|error| TestCaseError::fail(error.to_string()))?;
            for rows in [&now, &then] {
                let options = DriftOptions { window_rows, ..DriftOptions::default() };
                let report = drift(&again, &input(rows), &options);
                let json = serde_json::to_value(&report).unwrap();
                prop_assert!(!report.sentence.is_empty() && json["checks"].is_array());
                let bars = report.checks.iter().filter_map(|check| check.bar);
                prop_assert!(bars.into_iter().all(|bar| bar.expected.is_finite() && bar.seen.is_finite()));
                prop_assert!(report.checks.iter().all(|check| check.evidence.is_none_or(f64::is_finite)));
            }
            let same = drift(&again, &input(&then), &DriftOptions { window_rows, ..DriftOptions::default() });
            prop_assert_ne!(same.verdict, CheckVerdict::Fail, "{}", sentences(&same));
        }
    }
}
