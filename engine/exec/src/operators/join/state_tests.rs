//! What joins keep: bounded by event time, however long the stream, also when one of its sides stops.

use headwater::prelude::*;

use crate::operators::StateSize;
use crate::pipeline::Pipeline;
use crate::runtime::Graph;
use crate::tests::script::frame;
use crate::{Batch, Message};

const LEFT: u32 = 0;
const RIGHT: u32 = 2;

fn joins() -> [Stream; 4] {
    let source = |topic: &str, number: &str| {
        let columns = format!("ts BIGINT, k BIGINT, {number} BIGINT");
        kafka("localhost:9092", topic).json().schema(columns).event_time("ts", "10ms")
    };
    let join = source("orders", "l").join(source("payments", "r")).on("k").left();
    [
        join.within("50ms", "100ms"),
        join.window(tumbling("200ms")),
        join.window(hopping("200ms", "50ms")),
        join.window(cumulating("200ms", "50ms")),
    ]
}

fn graph(stream: &Stream) -> Graph {
    Pipeline::new(&stream.plan(), &[1, 1]).unwrap().graph
}

/// Ten rows a batch, one a millisecond.
fn rows(graph: &mut Graph, source: u32, number: &str, from: i64) {
    let heading = format!("ts:i k:i {number}:i");
    let lines: Vec<String> = (from..from + 10).map(|at| format!("{at} {} {at}", at % 7)).collect();
    let lines: Vec<&str> = [heading.as_str()].into_iter().chain(lines.iter().map(String::as_str)).collect();
    graph.deliver(source, Message::Batch(Batch { partition: 0, frame: frame(&lines) })).unwrap();
}

fn kept(graph: &Graph) -> StateSize {
    graph.board().steps().iter().find(|step| step.name == "join").unwrap().state
}

/// The most that is kept while the stream goes on until this time, and what is left at its end. The right side stops at `stop`.
fn most(stream: &Stream, until: i64, stop: i64, idle: bool) -> (StateSize, StateSize) {
    let mut graph = graph(stream);
    let mut most = StateSize::default();
    for at in (0..until).step_by(10) {
        rows(&mut graph, LEFT, "l", at);
        if at < stop {
            rows(&mut graph, RIGHT, "r", at);
        } else if at == stop && idle {
            graph.deliver(RIGHT, Message::Idle(0)).unwrap();
        }
        let now = kept(&graph);
        most = StateSize {
            rows: most.rows.max(now.rows),
            keys: most.keys.max(now.keys),
            bytes: most.bytes.max(now.bytes),
        };
    }
    graph.deliver_everywhere(&Message::Watermark(i64::MAX)).unwrap();
    (most, kept(&graph))
}

#[test]
fn no_more_is_kept_of_a_longer_stream() {
    for stream in joins() {
        let (short, left) = most(&stream, 2_000, i64::MAX, false);
        let (long, _) = most(&stream, 20_000, i64::MAX, false);
        assert_eq!((short.rows, short.keys), (long.rows, long.keys), "{}", stream.plan());
        assert!(long.rows < 600, "{long:?}: {}", stream.plan());
        // Forgotten rows are cleared away in one go, when there are many.
        assert!(long.bytes < 1 << 20, "{long:?}: {}", stream.plan());
        assert_eq!((left.rows, left.keys), (0, 0), "nothing is left at the end: {}", stream.plan());
    }
}

#[test]
fn no_more_is_kept_when_one_side_stops_and_is_idle() {
    for stream in joins() {
        let (short, _) = most(&stream, 4_000, 1_000, true);
        let (long, left) = most(&stream, 40_000, 1_000, true);
        assert_eq!((short.rows, short.keys), (long.rows, long.keys), "{}", stream.plan());
        assert!(long.rows < 600 && long.bytes < 1 << 20, "{long:?}: {}", stream.plan());
        assert_eq!(left.rows, 0);
    }
}

/// Without `.idle_after(…)` a side that stops is waited for: a partner may come. The job's limit of memory ends that.
#[test]
fn a_side_that_is_silent_without_being_idle_is_waited_for() {
    for stream in joins() {
        let (waiting, _) = most(&stream, 4_000, 1_000, false);
        assert!(waiting.rows >= 2_900, "{waiting:?}: {}", stream.plan());
    }
}
