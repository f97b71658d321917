//! Views of a watch as they are shown.

use super::*;
use headwater_charts::html::sanitized;
use headwater_exec::Counts;
use headwater_exec::live::LivePartition;
use headwater_exec::operators::StateSize;
use polars::prelude::*;

const NOON: i64 = 1_767_268_800_000;

fn view() -> LiveView {
    let partition = |newest: Option<i64>, silent_ms| LivePartition {
        records: 60 * u64::from(newest.is_some()),
        silent_ms,
        idle: false,
        newest,
    };
    let source = LiveSource {
        node: 0,
        origin: "orders".to_owned(),
        records: 120,
        lag: Some(3),
        partitions: vec![
            partition(Some(NOON + 70_000), 200),
            partition(Some(NOON + 75_000), 100),
            partition(None, 12_000),
        ],
        ..LiveSource::default()
    };
    let frame = df!(
        "window_start" => [NOON + 60_000, NOON, NOON - 60_000],
        "city" => ["Oslo", "<b>", "Oslo"],
        "orders" => [4_i64, 17, 40],
    );
    LiveView {
        fingerprint: "6f1c0de5a3b2ffff".to_owned(),
        elapsed_ms: 12_000,
        now_ms: Some(NOON + 78_000),
        counts: Counts { records: 120, dead: 2, rows: 9, late: 1, ..Counts::default() },
        per_second: vec![0, 4, 9, 12, 0, 3, 8],
        watermark: Some(NOON + 60_000),
        frame: frame.expect("a frame"),
        windows: vec![LiveWindow::Open(59_999), LiveWindow::HeldBack { source: 0, partition: 2 }, LiveWindow::Closed],
        open: (2, 1),
        sources: vec![source],
        state: StateSize { rows: 0, keys: 3, bytes: 700 },
        dead_reason: Some("not a JSON object".to_owned()),
        ..LiveView::default()
    }
}

#[test]
fn a_view_says_what_comes_what_waits_and_why() {
    let bundle = watch(&view());
    sanitized::check(bundle["text/html"].as_str().expect("HTML"));
    insta::assert_snapshot!(bundle["text/plain"].as_str().expect("text"));
}

#[test]
fn silence_and_the_end_are_said() {
    let mut view = view();
    view.sources[0].partitions.iter_mut().for_each(|partition| (partition.silent_ms, partition.idle) = (12_340, true));
    view.counts = Counts::default();
    let said = |view: &LiveView| {
        let seen = Seen::of(view);
        [vec![seen.headline()], seen.remarks()].concat().join("\n")
    };
    insta::assert_snapshot!(said(&view), @r#"
    ● watching orders for 12 s: 0 records, 0 rows
    nothing has come for 12 s: a watch begins at the end of the topic, `.since("5m")` in the past
    1 window is held back by partition 2, of which nothing has come: `.idle_after("30s")` lets time go on without it
    partition 0, partition 1, partition 2 are idle and hold nothing back
    "#);
    view.counts.records = 5;
    view.open = (0, 0);
    view.windows.clear();
    for end in [WatchEnd::Interrupted, WatchEnd::Time, WatchEnd::Rows, WatchEnd::Sources] {
        view.end = Some(end);
        sanitized::check(watch(&view)["text/html"].as_str().expect("HTML"));
    }
    insta::assert_snapshot!(said(&view), @r"
    ■ watched orders for 12 s, to its end: 5 records, 0 rows
    nothing has come for 12 s
    partition 0, partition 1, partition 2 are idle and hold nothing back
    ");
}
