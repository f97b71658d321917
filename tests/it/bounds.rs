//! A preview leaves no trace at its source and keeps to its bounds: of rows, of bytes and of seconds.

use std::time::{Duration, Instant, SystemTime};

use headwater::prelude::*;
use headwater::{Sample, SampleFrom};
use headwater_exec::runtime::Cancel;
use headwater_exec::tape::Tape;
use headwater_tests::kafka::{Topic, broker, groups, topics};
use headwater_tests::kernel::Kernel;
use headwater_tests::workspace;

const ROWS: u64 = 60_000;

/// A topic of small orders, a minute of event time for every hundred of them.
fn orders() -> Topic {
    let topic = Topic::create("bounds", 4);
    let values: Vec<String> =
        (0..ROWS).map(|n| format!(r#"{{"city":"c{}","amount":{n},"ts":{}}}"#, n % 7, n * 600)).collect();
    topic.write((0..).zip(&values).map(|(n, value)| (n % 4, None, value.as_bytes())));
    topic
}

fn record(topic: &Topic, sample: Sample) -> Tape {
    let plan = kafka(broker(), &topic.name).json().plan();
    Tape::record(plan.source(), &sample, &Cancel::new(), &mut |_| {}).unwrap()
}

#[test]
fn a_preview_leaves_no_trace() {
    let (input, output) = (orders(), Topic::create("bounds-output", 2));
    let before = (input.offsets(), output.offsets());
    let mut kernel = Kernel::start(&workspace::scratch("bounds"));
    let cell = format!(
        r#"let orders = kafka("{}", "{}").json().event_time("ts", "10s");
let counts = orders.group_by(["city"]).window(tumbling("1m")).agg([count()]);
orders"#,
        broker(),
        input.name
    );
    let rows = kernel.execute(&cell).expect_ok().text();
    assert!(rows.contains("20,000 of 60,000 records"), "{rows}");
    kernel.execute("orders.shape()").expect_ok();
    kernel.execute("orders.keys(\"city\").parallelism(8)").expect_ok();
    kernel.execute("counts").expect_ok();
    let edited =
        "orders.filter(col(\"amount\").gt(30_000)).group_by([\"city\"]).window(tumbling(\"1m\")).agg([count()])";
    let told = kernel.execute(&format!("{edited}.diff(&counts)")).expect_ok().text();
    assert!(told.contains("gone") && told.contains("rows are matched by city, window_start"), "{told}");
    let job =
        format!("counts.to_kafka(\"{}\", \"{}\").dead_letters_to_topic(\"bounds-nowhere\")", broker(), output.name);
    kernel.execute(&job).expect_ok();
    assert_eq!((input.offsets(), output.offsets()), before, "nothing is written");
    assert_eq!(groups(), Vec::<String>::new(), "nobody has joined a consumer group or committed an offset");
    assert!(!topics().iter().any(|topic| topic == "bounds-nowhere"), "no topic is made");
}

#[test]
fn a_sample_stops_at_its_rows_bytes_and_seconds() {
    let topic = orders();
    for from in [SampleFrom::Stratified, SampleFrom::Latest, SampleFrom::Earliest] {
        let rows = record(&topic, Sample { rows: 1_000, from, ..Sample::default() });
        assert!((900..=1_000).contains(&rows.records().len()), "{from:?}: {} records", rows.records().len());
        let bytes = record(&topic, Sample { rows: ROWS, bytes: 100_000, from, ..Sample::default() });
        let size: usize = bytes.records().iter().filter_map(|record| record.value.as_ref()).map(Vec::len).sum();
        assert!((80_000..=100_000).contains(&size), "{from:?}: {size} bytes");
        let began = Instant::now();
        let short = record(&topic, Sample { rows: ROWS, millis: 1, from, ..Sample::default() });
        assert!(began.elapsed() < Duration::from_secs(2), "{from:?}: {:?}", began.elapsed());
        assert!((short.records().len() as u64) < ROWS, "{from:?}: a millisecond is too short for all");
    }
}

#[test]
fn a_range_of_time_is_sampled_within_it_only() {
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
    let topic = Topic::create("bounds-time", 3);
    let write = |from: u64| {
        let values: Vec<String> = (from..from + 3_000).map(|n| format!(r#"{{"n":{n}}}"#)).collect();
        topic.write((0..).zip(&values).map(|(n, value)| (n % 2, None, value.as_bytes()))); // partition 2 stays empty
        std::thread::sleep(Duration::from_millis(20));
    };
    let times: Vec<i64> = (0..3)
        .map(|batch| {
            write(batch * 3_000);
            now()
        })
        .collect();
    let between = |rows, from_ms, to_ms| {
        record(&topic, Sample { rows, from: SampleFrom::Between { from_ms, to_ms }, ..Sample::default() })
    };
    let numbers = |tape: &Tape| -> Vec<u64> {
        let number = |value: &[u8]| String::from_utf8_lossy(value)[5..].trim_end_matches('}').parse().unwrap();
        tape.records().iter().map(|record| number(record.value.as_ref().unwrap())).collect()
    };
    let all = between(100_000, times[0], times[1]);
    let mut seen = numbers(&all);
    seen.sort_unstable();
    assert_eq!(seen, (3_000..6_000).collect::<Vec<_>>(), "the second batch and nothing else");
    assert_eq!((all.note().total, all.note().whole), (3_000, false));
    let some = between(500, times[0], times[1]);
    assert!(numbers(&some).iter().all(|number| (3_000..6_000).contains(number)));
    assert_eq!((some.records().len(), some.note().blocks, some.note().representative()), (500, 40, true));
    let later = between(500, times[2] + 60_000, times[2] + 120_000);
    assert_eq!(later.records().len(), 0);
    assert!(later.note().to_string().contains("no records between "), "{}", later.note());
}
