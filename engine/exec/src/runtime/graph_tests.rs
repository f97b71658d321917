//! Graphs: where rows meet there is one watermark, barriers are aligned, silence is told, and states continue.

use headwater::prelude::*;

use super::*;
use crate::Batch;
use crate::operators::{Filter, Output, Union};
use crate::pipeline::Pipeline;
use crate::tests::script::frame;

/// Passes batches on, and remembers nothing but that it may.
struct Meeting;

impl MergeOperator for Meeting {
    fn on_batch(&mut self, _input: usize, batch: Batch, out: &mut Output) -> Result<()> {
        out.push(Message::Batch(batch));
        Ok(())
    }
}

fn numbers(column: &str, numbers: &[i64]) -> Message {
    let lines: Vec<String> = numbers.iter().map(i64::to_string).collect();
    let heading = format!("{column}:i");
    let all: Vec<&str> = [heading.as_str()].into_iter().chain(lines.iter().map(String::as_str)).collect();
    Message::Batch(Batch { partition: 0, frame: frame(&all) })
}

/// What came out, shortly: rows as `n=…`, watermarks, barriers.
fn said(out: &[Message]) -> String {
    let word = |message: &Message| match message {
        Message::Batch(batch) => {
            let column = batch.frame.columns()[0].as_materialized_series().i64().unwrap().to_vec();
            format!("{:?}", column.into_iter().flatten().collect::<Vec<_>>())
        }
        Message::Watermark(i64::MAX) => "wm max".to_owned(),
        Message::Watermark(at) => format!("wm {at}"),
        Message::Barrier(epoch) => format!("barrier {epoch}"),
        Message::Idle(partition) => format!("idle {partition}"),
        Message::Partial(partial) => format!("{partial:?}"),
        Message::Aside(_) => "aside".to_owned(),
    };
    out.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Two sources with event time `ts`, of two partitions and of one, whose rows meet.
fn two() -> Graph {
    let stream = |name: &str| kafka("localhost:9092", name).json().schema("ts BIGINT").event_time("ts", "0s");
    let plan = stream("a").union(&stream("b")).filter(col("ts").gt_eq(0)).plan();
    Pipeline::new(&plan, &[2, 1]).unwrap().graph
}

#[test]
fn the_slowest_input_holds_the_watermark() {
    let mut graph = two();
    assert_eq!(said(&graph.deliver(2, numbers("ts", &[50])).unwrap()), "[50]");
    assert_eq!(said(&graph.deliver(0, numbers("ts", &[10, 20])).unwrap()), "[10, 20]", "partition 1 has shown nothing");
    assert_eq!(said(&graph.deliver(0, Message::Idle(1)).unwrap()), "wm 20");
    assert_eq!(said(&graph.deliver(0, numbers("ts", &[70])).unwrap()), "[70], wm 50");
    assert_eq!(graph.board().watermark(), Some(50));
    assert_eq!(said(&graph.deliver_everywhere(&Message::Watermark(i64::MAX)).unwrap()), "wm max");
}

#[test]
fn a_source_that_is_silent_altogether_holds_nothing_back_until_it_wakes() {
    let mut graph = two();
    graph.deliver(0, numbers("ts", &[30])).unwrap();
    graph.deliver(0, Message::Idle(1)).unwrap();
    assert_eq!(said(&graph.deliver(2, Message::Idle(0)).unwrap()), "wm 30");
    assert_eq!(said(&graph.deliver(0, numbers("ts", &[60])).unwrap()), "[60], wm 60");
    assert_eq!(said(&graph.deliver(2, numbers("ts", &[40])).unwrap()), "[40]", "the watermark does not go back");
    assert_eq!(said(&graph.deliver(0, numbers("ts", &[90])).unwrap()), "[90]", "but it waits again");
    assert_eq!(said(&graph.deliver(2, numbers("ts", &[95])).unwrap()), "[95], wm 90");
}

#[test]
fn a_barrier_waits_for_every_input_and_holds_back_what_comes_behind_it() {
    let mut merge = Merge::new(2, "union", 2, Box::new(Meeting));
    assert_eq!(said(&merge.deliver(0, Message::Barrier(1)).unwrap()), "");
    assert_eq!(said(&merge.deliver(0, numbers("n", &[1])).unwrap()), "");
    assert_eq!(said(&merge.deliver(0, Message::Barrier(2)).unwrap()), "");
    assert_eq!(said(&merge.deliver(1, numbers("n", &[2])).unwrap()), "[2]");
    assert_eq!(said(&merge.deliver(1, Message::Barrier(1)).unwrap()), "barrier 1, [1]");
    assert_eq!(said(&merge.deliver(1, Message::Barrier(2)).unwrap()), "barrier 2");
    assert!(merge.deliver(0, Message::Barrier(3)).unwrap().is_empty());
    let met = merge.deliver(1, Message::Barrier(4)).unwrap_err();
    assert_eq!((met.kind, met.node), (ErrorKind::Internal, Some(2)));
}

#[test]
fn the_states_of_a_barrier_continue_in_another_graph() {
    let mut first = two();
    first.deliver(2, numbers("ts", &[50])).unwrap();
    first.deliver(0, numbers("ts", &[20])).unwrap();
    let (out, states) = first.barrier(3).unwrap();
    assert_eq!(said(&out), "");
    let names: Vec<_> = states.iter().map(|state| (state.node, state.name.as_str())).collect();
    assert_eq!(names, [(1, "event_time"), (3, "event_time"), (4, "union"), (5, "filter")]);
    let mut second = two();
    second.restore(&states).unwrap();
    assert_eq!(said(&second.deliver(0, Message::Idle(1)).unwrap()), "wm 20");
    assert_eq!(
        said(&second.deliver(0, numbers("ts", &[80])).unwrap()),
        "[80], wm 50",
        "what source 2 had shown is known"
    );
    let mut states = states;
    states[2].name = "join".to_owned();
    assert_eq!(two().restore(&states).unwrap_err().kind, ErrorKind::Checkpoint);
}

#[test]
fn a_node_with_two_readers_gives_its_rows_to_both() {
    let orders = kafka("localhost:9092", "orders").json().schema("n BIGINT");
    let plan = orders.filter(col("n").gt(1)).union([&orders, &orders.filter(col("n").lt(2))]).plan();
    let mut graph = Pipeline::new(&plan, &[1]).unwrap().graph;
    assert_eq!(said(&graph.deliver(0, numbers("n", &[1, 2])).unwrap()), "[1, 2], [2], [1]");
    let rows: Vec<_> = graph.board().steps().iter().map(|step| (step.node, step.rows_in, step.rows_out)).collect();
    assert_eq!(rows, [(1, 2, 1), (2, 2, 1), (3, 4, 4)]);
}

#[test]
fn what_was_put_aside_before_a_fork_is_kept_once() {
    let orders = kafka("localhost:9092", "orders").json().schema("n BIGINT");
    let checked = orders.expect("small", col("n").lt(10));
    let plan = checked.union(&checked).plan();
    let mut graph = Pipeline::new(&plan, &[1]).unwrap().graph;
    assert_eq!(said(&graph.deliver(0, numbers("n", &[1, 20])).unwrap()).matches("aside").count(), 1);
}

#[test]
fn an_unknown_source_is_a_fault_of_headwater() {
    let mut graph = Graph::new(vec![1]);
    graph.source(0, 1);
    graph.push(1, "filter", 0, Box::new(Filter::new(col("n").gt(0))));
    assert_eq!(graph.deliver(1, numbers("n", &[1])).unwrap_err().kind, ErrorKind::Internal);
    assert_eq!(Union::new(&[]).columns(), [] as [&str; 0]);
}
