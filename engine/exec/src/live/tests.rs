//! Watches in memory: what is shown of open windows, silence, keys, and what ends them.

use std::sync::atomic::{AtomicU64, Ordering};

use headwater::prelude::*;

use super::*;
use crate::Clock;
use crate::preview::preview;
use crate::sources::{Positions, SourceBatch};
use crate::tests::memory::{MemoryEnd, MemorySource};
use crate::tests::orders::{Order, batch, dead_letter, order, orders, revenue, tape};
use crate::tests::script::drawing;

/// A clock that advances 5 ms whenever it is looked at.
#[derive(Debug, Default)]
struct Striding(AtomicU64);

impl Clock for Striding {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.fetch_add(5, Ordering::SeqCst))
    }
}

fn settings(stream: &Stream) -> WatchSettings {
    WatchSettings {
        plan: stream.plan(),
        start: Start::Latest,
        stop_after: Some(Duration::from_secs(3_600)),
        rows: None,
        keys: Vec::new(),
        memory_limit: None,
    }
}

/// Watches until so many records have come.
fn watched(settings: &WatchSettings, partitions: u32, batches: Vec<SourceBatch>) -> LiveView {
    let records: u64 = batches.iter().map(|batch| (batch.frame.height() + batch.dead.len()) as u64).sum();
    let cancel = Cancel::new();
    let mut show = |view: &LiveView| {
        if view.counts.records == records {
            cancel.cancel();
        }
    };
    drive(settings, parts(partitions, batches), &cancel, &mut show).unwrap()
}

fn parts(partitions: u32, batches: Vec<SourceBatch>) -> Parts {
    let source = MemorySource::new(partitions, batches, &Positions::new(), MemoryEnd::Silence);
    Parts {
        sources: vec![Box::new(source)],
        clock: Arc::new(Striding::default()),
        memory: Memory::new(u64::MAX, Box::new(|| None)),
    }
}

#[test]
fn windows_are_shown_while_they_are_open_and_after() {
    let first = [order(0, 5, "Oslo", 1), order(0, 61, "Oslo", 2), order(0, 62, "Paris", 3)];
    let second = [order(1, 20, "Oslo", 4), order(1, 75, "Oslo", 8)];
    let view = watched(&settings(&revenue(&orders())), 2, vec![batch(0, &first), batch(1, &second)]);
    assert_eq!((view.end, view.counts.records, view.counts.rows), (Some(WatchEnd::Interrupted), 5, 0));
    // The watermark is at 52: partition 0 has been seen up to 62, 10 ms out of order are allowed.
    assert_eq!((view.watermark, view.open), (Some(52), (2, 0)));
    let (first, second) = (LiveWindow::Open(59 - 52), LiveWindow::Open(119 - 52));
    assert_eq!(view.windows, [first, second, second], "Oslo in the first, both cities in the second");
    let sums = view.frame.column("amount_sum").unwrap().i64().unwrap().to_vec();
    assert_eq!((sums[0], sums[1..].iter().flatten().sum::<i64>()), (Some(5), 13), "\n{}", drawing(&view.frame));
}

#[test]
fn a_partition_without_a_record_holds_windows_back_and_is_named() {
    let first = [order(0, 5, "Oslo", 1), order(0, 75, "Oslo", 2)];
    let view = watched(&settings(&revenue(&orders())), 2, vec![batch(0, &first)]);
    assert_eq!(view.open, (2, 1));
    let held = LiveWindow::HeldBack { source: 0, partition: 1 };
    assert!(view.windows.contains(&held), "{:?}", view.windows);
    let [silent, heard] = [1, 0].map(|partition: usize| view.sources[0].partitions[partition]);
    assert_eq!((silent.records, silent.newest, heard.records, heard.newest), (0, None, 2, Some(75)));
    assert!(silent.silent_ms > heard.silent_ms, "{silent:?} {heard:?}");
}

#[test]
fn an_open_window_holds_what_a_preview_of_the_same_records_gives_when_it_is_cut() {
    let all: Vec<Order> =
        (0..200).map(|n| order(n as u32 % 2, n, ["Oslo", "Paris", "Rome"][n as usize % 3], n)).collect();
    let stream = revenue(&orders());
    let of = |partition: u32| all.iter().filter(|order| order.0 == partition).cloned().collect::<Vec<_>>();
    let view = watched(&settings(&stream), 2, vec![batch(0, &of(0)), batch(1, &of(1))]);
    let preview = preview(&stream.plan(), &tape(2, &all), &Cancel::new()).unwrap();
    let rows = |frame: &DataFrame| {
        let mut lines: Vec<String> = drawing(frame).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(rows(&view.frame), rows(&preview.frame), "three windows closed, one open");
    assert_eq!(view.windows.iter().filter(|window| **window == LiveWindow::Closed).count(), 9);
    assert!(view.windows.iter().any(|window| matches!(window, LiveWindow::Open(_))), "{:?}", view.windows);
}

#[test]
fn the_newest_rows_are_kept_and_all_are_counted() {
    let of = |n: i64| batch(0, &(0..50).map(|at| order(0, 50 * n + at, "Oslo", at)).collect::<Vec<_>>());
    let stream = orders().select(["ts"]);
    let mut settings = settings(&stream);
    settings.keys = vec![col("ts") % 2];
    let mut last = of(100);
    last.dead.push(dead_letter(0));
    let view = watched(&settings, 1, (0..100).map(of).chain([last]).collect());
    assert_eq!((view.counts.records, view.counts.rows, view.counts.dead), (5_051, 5_050, 1));
    assert_eq!(view.dead_reason.as_deref(), Some("not a JSON object"));
    let newest: Vec<_> = view.frame.column("ts").unwrap().i64().unwrap().to_vec();
    assert_eq!(newest, (5_030..5_050).rev().map(Some).collect::<Vec<_>>());
    let (name, keys) = view.keys.clone().expect("keys are counted");
    assert_eq!((name.as_str(), keys.rows, keys.top.len()), ("ts % 2", 5_050, 2));
}

#[test]
fn it_ends_when_the_time_is_over_or_enough_rows_have_come() {
    let of = |rows: i64| batch(0, &(0..rows).map(|at| order(0, at, "Oslo", at)).collect::<Vec<_>>());
    let mut settings = settings(&orders());
    settings.rows = Some(30);
    let view = drive(&settings, parts(1, vec![of(20), of(20), of(20)]), &Cancel::new(), &mut |_| ()).unwrap();
    assert_eq!((view.end, view.counts.rows), (Some(WatchEnd::Rows), 40));
    settings.rows = None;
    settings.stop_after = Some(Duration::from_secs(3));
    let (mut views, mut silences) = (0, Vec::new());
    let mut show = |view: &LiveView| {
        views += 1;
        silences.push(view.silent_ms());
    };
    let view = drive(&settings, parts(1, vec![of(20)]), &Cancel::new(), &mut show).unwrap();
    assert_eq!((view.end, view.counts.records), (Some(WatchEnd::Time), 20));
    assert!((3..=8).contains(&views), "the first, one for the records, then one a second, and the last: {views}");
    assert!(silences[0] < 500 && silences.last().is_some_and(|silence| *silence > 2_000), "{silences:?}");
}

#[test]
fn too_much_memory_ends_it() {
    let mut parts = parts(1, vec![batch(0, &[order(0, 1, "Oslo", 1)])]);
    parts.memory = Memory::new(1 << 20, Box::new(|| Some(2 << 20)));
    let error = drive(&settings(&orders()), parts, &Cancel::new(), &mut |_| ()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    the kernel takes 2 MiB of memory and may take 1 MiB
    hint: Make windows shorter or keys fewer, or run it as a job, in a process of its own.
    ");
}

#[test]
fn files_have_an_end() {
    let stream = files("orders.json").json().schema("city STRING");
    let error = watch(&settings(&stream), &Cancel::new(), &mut |_| ()).unwrap_err();
    insta::assert_snapshot!(error, @r"
    `watch` follows topics, but the files `orders.json` have an end
    hint: End the cell with the stream itself to see what they hold.
    ");
    assert_eq!(error.node, Some(0));
}
