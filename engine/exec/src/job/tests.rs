//! Jobs in memory: stopped, killed and started again, they write every row.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use headwater::prelude::*;
use polars::prelude::DataFrame;
use proptest::prelude::*;

use super::*;
use crate::Clock;
use crate::checkpoint::Checkpoint;
use crate::preview::preview;
use crate::runtime::TestClock;
use crate::sources::{Positions, SourceBatch};
use crate::tests::memory::{BrokenSink, MemoryEnd, MemorySink, MemorySource};
use crate::tests::orders::{Order, batch, dead_letter, order, orders, revenue, tape};
use crate::tests::script::drawing;

/// A clock that advances a millisecond whenever it is looked at.
#[derive(Debug, Default)]
struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// A clock that advances 60 ms whenever it is looked at.
#[derive(Debug, Default)]
struct Striding(AtomicU64);

impl Clock for Striding {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(60, Ordering::SeqCst))
    }
}

/// Cancels a job that a test waits for in vain, so that it fails instead of hanging.
fn deadline(cancel: &Cancel) -> crossbeam_channel::Sender<()> {
    let (alive, done) = crossbeam_channel::bounded(0);
    let cancel = cancel.clone();
    std::thread::spawn(move || {
        if done.recv_timeout(Duration::from_secs(60)) == Err(crossbeam_channel::RecvTimeoutError::Timeout) {
            cancel.cancel();
        }
    });
    alive
}

/// A job on a folder of its own.
struct Bench {
    settings: JobSettings,
    sink: MemorySink,
    dead: MemorySink,
    late: MemorySink,
    partitions: u32,
    _dir: tempfile::TempDir,
}

impl Bench {
    fn new(pipeline: &Stream, partitions: u32) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let plan = pipeline.to_kafka("localhost:9092", "out").plan();
        let settings = JobSettings {
            fingerprint: crate::fingerprint(&plan),
            plan,
            start: Start::Earliest,
            until_end: true,
            checkpoint_dir: dir.path().join("checkpoints"),
            checkpoint_interval: Duration::from_secs(3600),
            dead_letters: DeadLetterPolicy::Stop,
            late: None,
            parallelism: Some(1),
            memory_limit: None,
            tap: None,
        };
        Bench {
            settings,
            sink: MemorySink::default(),
            dead: MemorySink::default(),
            late: MemorySink::default(),
            partitions,
            _dir: dir,
        }
    }

    fn store(&self) -> CheckpointStore {
        CheckpointStore::open(&self.settings.checkpoint_dir).unwrap()
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        self.store().load(&self.settings.fingerprint).unwrap()
    }

    fn parts(&self, batches: Vec<SourceBatch>, end: MemoryEnd, clock: Arc<dyn Clock>) -> Parts {
        let start = self.checkpoint().map_or_else(Positions::new, |c| c.positions[&0].clone());
        Parts {
            sources: vec![Box::new(MemorySource::new(self.partitions, batches, &start, end))],
            table: Box::new(|source| crate::sources::open_source(source, &Start::Earliest, true, None)),
            writers: Writers {
                sink: Box::new(self.sink.clone()),
                dead_letters: Box::new(self.dead.clone()),
                late: Some(Box::new(self.late.clone())),
            },
            clock,
            memory: Memory::new(u64::MAX, Box::new(|| None)),
        }
    }

    fn drive(&self, parts: Parts, cancel: &Cancel, observe: &mut dyn FnMut(&JobStatus)) -> Result<JobSummary> {
        let (store, _deadline) = (self.store(), deadline(cancel));
        caught(|| drive(&self.settings, parts, &store, self.checkpoint(), cancel, observe))
    }

    fn run(&self, batches: Vec<SourceBatch>, end: MemoryEnd) -> Result<JobSummary> {
        let parts = self.parts(batches, end, Arc::new(TestClock::default()));
        self.drive(parts, &Cancel::new(), &mut |_| ())
    }

    /// Runs until as many records have been handled, then stops cleanly.
    fn run_until(&self, batches: Vec<SourceBatch>, records: u64) -> JobSummary {
        let parts = self.parts(batches, MemoryEnd::Silence, Arc::new(Ticking::default()));
        let mut settings = self.settings.clone();
        // Observed after every turn of the loop.
        settings.checkpoint_interval = Duration::ZERO;
        let (cancel, store) = (Cancel::new(), self.store());
        let _deadline = deadline(&cancel);
        let mut stop = |status: &JobStatus| {
            if status.records >= records {
                cancel.cancel();
            }
        };
        let summary = drive(&settings, parts, &store, self.checkpoint(), &cancel, &mut stop).unwrap();
        assert!(summary.status.records >= records, "stopped by the deadline");
        summary
    }

    fn written(&self) -> String {
        self.sink.durable().iter().map(drawing).collect()
    }
}

fn two_batches() -> Vec<SourceBatch> {
    vec![batch(0, &[order(0, 1, "Rome", 1), order(0, 65, "Rome", 2)]), batch(0, &[order(0, 130, "Rome", 4)])]
}

#[test]
fn at_its_limit_of_memory_a_job_stops_with_its_checkpoint_and_goes_on_with_more() {
    let bench = Bench::new(&revenue(&orders()), 1);
    let mut parts = bench.parts(two_batches(), MemoryEnd::Silence, Arc::new(Striding::default()));
    // It takes 512 MiB more whenever it is looked at.
    let used = std::cell::Cell::new(0_u64);
    parts.memory = Memory::new(2 << 30, Box::new(move || Some(used.replace(used.get() + (512 << 20)))));
    let mut records = 0;
    let error = bench.drive(parts, &Cancel::new(), &mut |status| records = status.records).unwrap_err();
    assert_eq!((error.kind, error.domain), (ErrorKind::Memory, crate::Domain::User));
    let shown = error.to_string();
    assert!(shown.contains("the job takes 2048 MiB of memory and may take 2048 MiB"), "{shown}");
    assert!(shown.contains("Its checkpoint is complete and nothing is lost"), "{shown}");
    assert!(bench.checkpoint().is_some(), "what was read is in a checkpoint; {records} records were");
    assert_eq!(bench.run(two_batches(), MemoryEnd::End).unwrap().end, JobEnd::Finished);
    assert_eq!(bench.sink.durable().iter().map(DataFrame::height).sum::<usize>(), 3);
}

/// A clock whose day is 1970-01-01, 00:00 UTC and a second.
#[derive(Debug)]
struct Early;

impl Clock for Early {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    fn wall_ms(&self) -> Option<i64> {
        Some(1_000)
    }
}

#[test]
fn rows_that_are_late_or_from_the_future_are_kept_where_they_belong() {
    let bench = Bench::new(&revenue(&orders().future_limit("500ms")), 1);
    let batches = || {
        vec![
            batch(0, &[order(0, 130, "Rome", 1), order(0, 1_501, "Oslo", 2), order(0, 1_500, "Bonn", 4)]),
            batch(0, &[order(0, 7, "Rome", 8)]),
        ]
    };
    let parts = bench.parts(batches(), MemoryEnd::End, Arc::new(Early));
    let status = bench.drive(parts, &Cancel::new(), &mut |_| ()).unwrap().status;
    assert_eq!((status.late, status.future, status.rejected, status.dead), (1, 1, 0, 0));
    let letters = |sink: &MemorySink| {
        let letters = sink.dead().into_iter();
        letters.map(|l| format!("{}  {}", String::from_utf8(l.value).unwrap(), l.reason)).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(letters(&bench.late), @r#"
{"ts":7,"city":"Rome","amount":8}  it came too late: the watermark had passed it (step 4, `group_by`)
"#);
    insta::assert_snapshot!(letters(&bench.dead), @r#"
{"ts":1501,"city":"Oslo","amount":2}  its event time is too far ahead to be true (step 2, `event_time`)
"#);
    assert_eq!(bench.sink.durable().iter().map(DataFrame::height).sum::<usize>(), 2);
    // Without a place for them late rows are counted.
    let bench = Bench::new(&revenue(&orders().no_future_limit()), 1);
    let mut parts = bench.parts(batches(), MemoryEnd::End, Arc::new(Early));
    parts.writers.late = None;
    let status = bench.drive(parts, &Cancel::new(), &mut |_| ()).unwrap().status;
    assert_eq!((status.late, status.future, status.rows_out), (1, 0, 3));
}

#[test]
fn a_bounded_job_closes_every_window_at_its_end() {
    let bench = Bench::new(&revenue(&orders()), 1);
    let summary = bench.run(two_batches(), MemoryEnd::End).unwrap();
    insta::assert_snapshot!(bench.written(), @"
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    0               60            1             1
         Rome    60              120           2             1
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    120             180           4             1
    ");
    let status = &summary.status;
    assert_eq!((summary.end, summary.restored), (JobEnd::Finished, None));
    assert_eq!((status.records, status.rows_out, status.lag, status.checkpoints), (3, 3, Some(0), 1));
    assert_eq!((status.watermark, status.steps.len()), (Some(i64::MAX), 3));
}

#[test]
fn a_stopped_job_keeps_its_open_windows_and_goes_on_with_them() {
    let bench = Bench::new(&revenue(&orders()), 1);
    let stopped = bench.run_until(vec![batch(0, &[order(0, 1, "Rome", 1)])], 1);
    assert_eq!((stopped.end, bench.written().as_str()), (JobEnd::Stopped, ""));
    let mut more = vec![batch(0, &[order(0, 1, "Rome", 1)])];
    more.push(batch(0, &[order(0, 2, "Rome", 2), order(0, 90, "Rome", 4)]));
    let finished = bench.run(more, MemoryEnd::End).unwrap();
    assert_eq!(finished.restored, Some(stopped.status.epoch));
    assert_eq!(finished.status.records, 2);
    insta::assert_snapshot!(bench.written(), @"
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    0               60            3             2
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    60              120           4             1
    ");
}

#[test]
fn a_bounded_job_run_again_continues_the_window_that_was_open() {
    let bench = Bench::new(&revenue(&orders()), 1);
    bench.run(vec![batch(0, &[order(0, 1, "Rome", 1)])], MemoryEnd::End).unwrap();
    let grown = vec![batch(0, &[order(0, 1, "Rome", 1)]), batch(0, &[order(0, 2, "Rome", 2)])];
    let again = bench.run(grown, MemoryEnd::End).unwrap();
    assert_eq!((again.status.records, again.status.late), (1, 0));
    insta::assert_snapshot!(bench.written(), @"
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    0               60            1             1
         city:s  window_start:t  window_end:t  amount_sum:i  count:i
         Rome    0               60            3             2
    ");
}

#[test]
fn dead_letters_are_written_and_counted() {
    let bench = Bench::new(&revenue(&orders()), 1);
    let mut batches = two_batches();
    batches[1].dead.push(dead_letter(0));
    let summary = bench.run(batches, MemoryEnd::End).unwrap();
    assert_eq!((summary.status.records, summary.status.dead), (4, 1));
    assert_eq!(bench.dead.dead(), [dead_letter(0)]);
}

#[test]
fn a_job_told_to_stop_at_a_dead_letter_stops() {
    let bench = Bench::new(&revenue(&orders()), 1);
    let mut batches = two_batches();
    batches[0].dead.push(dead_letter(0));
    let mut parts = bench.parts(batches, MemoryEnd::Silence, Arc::new(TestClock::default()));
    parts.writers.dead_letters = Box::new(BrokenSink);
    let error = bench.drive(parts, &Cancel::new(), &mut |_| ()).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Decode, "not a JSON object"));
}

#[test]
fn no_checkpoint_passes_over_rows_that_the_sink_refused() {
    let bench = Bench::new(&orders(), 1);
    let mut parts = bench.parts(two_batches(), MemoryEnd::End, Arc::new(TestClock::default()));
    parts.writers.sink = Box::new(BrokenSink);
    let error = bench.drive(parts, &Cancel::new(), &mut |_| ()).unwrap_err();
    assert_eq!((error.kind, error.node), (ErrorKind::Sink, Some(2)));
    assert_eq!(bench.checkpoint(), None);
}

#[test]
fn a_failing_or_panicking_source_ends_the_job() {
    let bench = Bench::new(&orders(), 1);
    let error = bench.run(two_batches(), MemoryEnd::Failure).unwrap_err();
    assert_eq!((error.kind, error.node), (ErrorKind::Source, Some(0)));
    let error = bench.run(two_batches(), MemoryEnd::Panic).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Internal, "the engine panicked: the source panicked"));
}

#[test]
fn a_panic_in_the_pipeline_ends_the_job_and_its_reader() {
    let bench = Bench::new(&orders(), 1);
    let parts = bench.parts(two_batches(), MemoryEnd::Silence, Arc::new(TestClock::default()));
    let error = bench.drive(parts, &Cancel::new(), &mut |_| panic!("in the middle")).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Internal, "the engine panicked: in the middle"));
}

#[test]
fn a_silent_partition_is_idle_by_the_clock() {
    let bench = Bench::new(&revenue(&orders().idle_after("1h")), 2);
    let clock = TestClock::default();
    let parts = bench.parts(two_batches(), MemoryEnd::Silence, Arc::new(clock.clone()));
    let cancel = Cancel::new();
    let mut seen = Vec::new();
    let summary = bench
        .drive(parts, &cancel, &mut |status| {
            seen.push(status.rows_out);
            if status.rows_out == 2 {
                cancel.cancel();
            }
            clock.advance(Duration::from_secs(1800));
        })
        .unwrap();
    assert_eq!((seen[0], summary.status.rows_out, summary.status.watermark), (0, 2, Some(120)));
}

#[test]
fn a_checkpoint_of_another_pipeline_is_refused_before_anything_is_opened() {
    let bench = Bench::new(&orders(), 1);
    bench.run(two_batches(), MemoryEnd::End).unwrap();
    let settings = JobSettings { fingerprint: "another".into(), ..bench.settings.clone() };
    let error = run(&settings, &Cancel::new(), &mut |_| ()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Checkpoint);
}

#[test]
fn a_plan_without_a_sink_is_refused() {
    let bench = Bench::new(&orders(), 1);
    let settings = JobSettings { plan: orders().plan(), ..bench.settings.clone() };
    let error = run(&settings, &Cancel::new(), &mut |_| ()).unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Plan, "the pipeline writes nowhere"));
}

/// The rows of frames, each as its drawing.
fn rows(frames: &[DataFrame]) -> Vec<String> {
    let line = |frame: &DataFrame, row: usize| {
        let cells = frame.columns().iter().map(|c| c.get(row).unwrap().to_string());
        cells.collect::<Vec<_>>().join(" ")
    };
    frames.iter().flat_map(|frame| (0..frame.height()).map(move |row| line(frame, row))).collect()
}

fn any_batches() -> impl Strategy<Value = Vec<(u32, Vec<Order>)>> {
    let order =
        (Just(0_u32), prop::option::weighted(0.9, 0_i64..600), prop::option::of("[ab]"), prop::option::of(-5_i64..50));
    prop::collection::vec((0_u32..3, prop::collection::vec(order, 1..6)), 0..25)
}

fn batches(drawn: &[(u32, Vec<Order>)]) -> Vec<SourceBatch> {
    drawn.iter().map(|(partition, orders)| batch(*partition, orders)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// A job that is killed at any points, with checkpoints at any times, and started again, writes the rows that an
    /// undisturbed one writes: none is missing and none is another, though some may be written twice.
    #[test]
    fn a_killed_job_loses_nothing(
        drawn in any_batches(),
        kills in prop::collection::vec((0_usize..25, 1_u64..30), 0..4),
    ) {
        let undisturbed = Bench::new(&revenue(&orders()), 3);
        undisturbed.run(batches(&drawn), MemoryEnd::End).unwrap();
        let mut killed = Bench::new(&revenue(&orders()), 3);
        for (at, interval) in kills {
            killed.settings.checkpoint_interval = Duration::from_millis(interval);
            let at = at.min(drawn.len());
            let source = batches(&drawn[..at.max(handled(&killed, &drawn))]);
            let parts = killed.parts(source, MemoryEnd::Failure, Arc::new(Ticking::default()));
            prop_assert!(killed.drive(parts, &Cancel::new(), &mut |_| ()).is_err());
        }
        killed.run(batches(&drawn), MemoryEnd::End).unwrap();
        let (expected, found) = (rows(&undisturbed.sink.durable()), rows(&killed.sink.durable()));
        prop_assert_eq!(expected.iter().collect::<BTreeSet<_>>(), found.iter().collect::<BTreeSet<_>>());
        prop_assert_eq!(expected.len(), expected.iter().collect::<BTreeSet<_>>().len());
    }

    /// A job that is stopped cleanly at any points and started again writes exactly the rows that an undisturbed one does.
    #[test]
    fn a_stopped_job_writes_every_row_once(drawn in any_batches(), stops in prop::collection::vec(1_usize..25, 0..4)) {
        let undisturbed = Bench::new(&revenue(&orders()), 3);
        undisturbed.run(batches(&drawn), MemoryEnd::End).unwrap();
        let stopped = Bench::new(&revenue(&orders()), 3);
        for at in stops {
            let at = at.min(drawn.len());
            let before = handled(&stopped, &drawn);
            if at > before {
                let records = drawn[before..at].iter().map(|(_, orders)| orders.len() as u64).sum();
                let summary = stopped.run_until(batches(&drawn[..at]), records);
                prop_assert_eq!(summary.end, JobEnd::Stopped);
            }
        }
        stopped.run(batches(&drawn), MemoryEnd::End).unwrap();
        prop_assert_eq!(rows(&undisturbed.sink.durable()), rows(&stopped.sink.durable()));
    }

    /// One engine: the preview of a tape and a job that reads the same records give the same rows.
    #[test]
    fn a_preview_gives_what_the_job_writes(drawn in any_batches()) {
        let list: Vec<Order> =
            drawn.iter().flat_map(|(p, orders)| orders.iter().map(|o| (*p, o.1, o.2.clone(), o.3))).collect();
        let (tape, bench) = (tape(3, &list), Bench::new(&revenue(&orders()), 3));
        let seen = preview(&bench.settings.plan, &tape, &Cancel::new()).unwrap();
        let mut parts = bench.parts(Vec::new(), MemoryEnd::End, Arc::new(TestClock::default()));
        parts.sources = vec![tape.reader(bench.settings.plan.source()).unwrap()];
        let summary = bench.drive(parts, &Cancel::new(), &mut |_| ()).unwrap();
        prop_assert_eq!(rows(&[seen.frame]), rows(&bench.sink.durable()));
        prop_assert_eq!(seen.counts.late, summary.status.late);
    }
}

/// How many batches the newest checkpoint is past.
fn handled(bench: &Bench, drawn: &[(u32, Vec<Order>)]) -> usize {
    let Some(mut left) = bench.checkpoint().map(|c| c.positions[&0].clone()) else { return 0 };
    let passed = drawn.iter().take_while(|(partition, orders)| {
        let position = left.entry(*partition).or_default();
        let is_past = *position >= orders.len() as u64;
        *position = position.saturating_sub(orders.len() as u64);
        is_past
    });
    passed.count()
}

/// The whole way through real files: source, dead letters, sink, and a second run that goes on.
#[test]
fn a_job_over_files_writes_files_and_goes_on_when_one_has_grown() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("orders.json");
    let lines = |texts: &[&str]| texts.iter().map(|t| format!("{t}\n")).collect::<String>();
    let first = lines(&[
        r#"{"ts": 1, "city": "Rome", "amount": 1}"#,
        r#"{"ts": 2, "city": "Rome", "amount": "many"}"#,
        r#"{"ts": 65, "city": "Oslo", "amount": 2}"#,
    ]);
    std::fs::write(&input, &first).unwrap();
    let source = files(input.display().to_string()).json().schema("ts BIGINT, city STRING, amount BIGINT");
    let plan = revenue(&source.event_time("ts", "10ms")).to_files(dir.path().join("out").display().to_string()).plan();
    let settings = JobSettings {
        fingerprint: crate::fingerprint(&plan),
        plan,
        start: Start::Earliest,
        until_end: true,
        checkpoint_dir: dir.path().join("checkpoints"),
        checkpoint_interval: Duration::from_secs(10),
        dead_letters: DeadLetterPolicy::File(dir.path().join("dead.json")),
        late: None,
        parallelism: Some(1),
        memory_limit: None,
        tap: None,
    };
    let mut statuses = 0;
    let summary = run(&settings, &Cancel::new(), &mut |_| statuses += 1).unwrap();
    assert!(statuses >= 2, "observed at the start and at the end");
    assert_eq!((summary.status.records, summary.status.dead, summary.status.rows_out), (3, 1, 2));
    assert_eq!(std::fs::read_to_string(dir.path().join("dead.json")).unwrap().lines().count(), 1);
    std::fs::write(&input, first + &lines(&[r#"{"ts": 66, "city": "Oslo", "amount": 4}"#])).unwrap();
    let again = run(&settings, &Cancel::new(), &mut |_| ()).unwrap();
    assert_eq!((again.restored, again.status.records, again.status.late), (Some(1), 1, 0));
    let mut parts: Vec<_> = std::fs::read_dir(dir.path().join("out")).unwrap().map(|e| e.unwrap().path()).collect();
    parts.sort();
    let written: String = parts.iter().map(|part| std::fs::read_to_string(part).unwrap()).collect();
    insta::assert_snapshot!(written);
}
