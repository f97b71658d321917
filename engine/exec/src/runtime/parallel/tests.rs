//! Several lanes against one: the same rows, whatever the batches, the partitions, and where a job is broken off and taken up again.

use std::collections::BTreeMap;

use headwater::prelude::*;
use proptest::prelude::*;

use super::Lanes;
use crate::json_rows::append_rows;
use crate::pipeline::Pipeline;
use crate::runtime::{Engine, OperatorState};
use crate::tests::model::config;
use crate::tests::orders::{self, Order};
use crate::{Batch, Message};

/// What is sent in: rows of a partition, or a stop with a checkpoint and a new start, maybe in another number of lanes.
#[derive(Clone, Debug)]
enum Event {
    Rows(u32, Vec<Order>),
    /// In so many lanes, where that is more than none; else in as many as before.
    Restart(usize),
}

const PARTITIONS: u32 = 5;

fn event() -> impl Strategy<Value = Event> {
    let city = prop_oneof![Just(Some("hot".to_owned())), "[a-e]".prop_map(Some), Just(None)];
    // Half of the cities are hot, and times advance with the event's number, so that no row is late in any order of partitions.
    let order = (proptest::option::weighted(0.9, 0..10_i64), city, proptest::option::of(-5..50_i64));
    prop_oneof![
        8 => (0..PARTITIONS, proptest::collection::vec(order, 0..12)).prop_map(|(partition, orders)| {
            Event::Rows(partition, orders.into_iter().map(|(time, city, amount)| (partition, time, city, amount)).collect())
        }),
        1 => prop_oneof![Just(0), 1..5_usize].prop_map(Event::Restart),
    ]
}

/// The orders within the allowed lateness of each other at every event: event `n` is at about `20 n` ms.
fn timed(events: &[Event]) -> Vec<Event> {
    let at = |n: usize, event: &Event| match event {
        Event::Rows(partition, orders) => {
            let base = i64::try_from(n).unwrap() * 20;
            let moved =
                orders.iter().map(|(p, time, city, amount)| (*p, time.map(|t| base + t), city.clone(), *amount));
            Event::Rows(*partition, moved.collect())
        }
        other => other.clone(),
    };
    events.iter().enumerate().map(|(n, event)| at(n, event)).collect()
}

fn plans() -> Vec<Stream> {
    let orders = orders::orders();
    vec![
        orders::revenue(&orders),
        orders.group_by(Vec::<String>::new()).window(tumbling("100ms")).agg([count(), max("amount")]),
        orders.filter(col("amount").gt(3)).select(["city", "amount"]),
        orders
            .group_by([col("amount").floor_div(col("amount") % 3)])
            .window(hopping("60ms", "20ms"))
            .agg([count(), last("city")]),
        orders.unique(["city"]).within("40ms"),
        orders.group_by(["city"]).window(session("15ms")).agg([sum("amount")]),
        orders::revenue(&orders).top(2).by("amount_sum"),
        orders
            .filter(col("amount").gt(10))
            .union(&orders.filter(col("amount").lt(20)))
            .group_by(["city"])
            .window(tumbling("60ms"))
            .agg([count()]),
        orders.join(&orders.filter(col("amount").gt(10))).on("city").left().within("15ms", "25ms"),
        orders
            .filter(col("amount").gt(10))
            .join(&orders.filter(col("amount").lt(20)))
            .on(["city", "amount"])
            .left()
            .window(hopping("60ms", "30ms")),
        orders.expect("not too much", col("amount").lt(40)).group_by(["city"]).window(session("15ms")).agg([
            count(),
            first("amount"),
            approx_quantile("amount", 0.5),
        ]),
        orders
            .group_by(["city"])
            .window(cumulating("80ms", "40ms"))
            .agg([collect("amount", 4).alias("amounts"), top_values("amount", 2), count_distinct("amount")])
            .explode("amounts"),
    ]
}

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
struct Ran {
    /// The rows that came out, as JSON, in order.
    rows: Vec<String>,
    /// How many rows operators counted in.
    rows_in: u64,
    /// How many values they could not compute.
    faults: u64,
    /// How many rows a check put aside.
    aside: usize,
}

impl Ran {
    /// The same, with the rows in the order of their text.
    fn sorted(mut self) -> Ran {
        self.rows.sort_unstable();
        self
    }
}

/// Without the restarts.
fn undisturbed(events: &[Event]) -> Vec<Event> {
    events.iter().filter(|event| matches!(event, Event::Rows(..))).cloned().collect()
}

/// Runs a pipeline as a job does: in one lane on this thread, in several on threads of their own.
fn run(stream: &Stream, events: &[Event], lanes: usize) -> Ran {
    let plan = stream.plan();
    let start = |lanes: usize, states: Option<&[OperatorState]>| {
        let graphs = (0..lanes).map(|_| Pipeline::in_lanes(&plan, &[PARTITIONS], lanes).unwrap().graph);
        Engine::start(graphs.collect(), states).unwrap()
    };
    let mut lanes = lanes;
    let mut running = start(lanes, None);
    let mut out = Vec::new();
    let (mut epoch, mut rows_in, mut faults) = (0, 0, 0);
    let mut note = |engine: &Engine| {
        for step in engine.board().steps() {
            rows_in += step.rows_in;
            faults += step.faults.total();
        }
    };
    for event in events {
        match event {
            Event::Rows(partition, orders) => {
                let frame = orders::batch(*partition, orders).frame;
                out.extend(running.deliver(0, Message::Batch(Batch { partition: *partition, frame })).unwrap());
            }
            Event::Restart(others) => {
                epoch += 1;
                let (before, states) = running.barrier(epoch).unwrap();
                out.extend(before);
                note(&running);
                lanes = if *others > 0 { *others } else { lanes };
                running = start(lanes, Some(&states));
            }
        }
    }
    out.extend(running.finish().unwrap());
    note(&running);
    let (mut text, mut aside) = (Vec::new(), 0);
    for message in &out {
        match message {
            Message::Batch(batch) => append_rows(&batch.frame, &mut text).unwrap(),
            Message::Aside(own) => aside += own.frame.height(),
            _ => {}
        }
    }
    let rows = String::from_utf8(text).unwrap().lines().map(str::to_owned).collect();
    Ran { rows, rows_in, faults, aside }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_number_of_lanes_gives_the_same_rows(
        events in proptest::collection::vec(event(), 0..14),
        which in 0..12_usize,
        lanes in 2..5_usize,
    ) {
        let (stream, timed) = (&plans()[which], timed(&events));
        prop_assert_eq!(run(stream, &timed, lanes).sorted(), run(stream, &undisturbed(&timed), 1).sorted());
    }

    /// Rows that change may change in other steps, but the newest of each key is the same.
    #[test]
    fn in_any_number_of_lanes_the_newest_row_of_a_key_is_the_same(
        events in proptest::collection::vec(event(), 0..14),
        lanes in 2..5_usize,
    ) {
        let changing = orders::orders().group_by("city").expire_after("25ms").agg([count(), sum("amount"), last("amount")]);
        let newest = |events: &[Event], lanes: usize| -> BTreeMap<String, String> {
            let key = |row: &String| row.split(',').next().unwrap_or_default().to_owned();
            run(&changing, events, lanes).rows.into_iter().map(|row| (key(&row), row)).collect()
        };
        let timed = timed(&events);
        prop_assert_eq!(newest(&timed, lanes), newest(&undisturbed(&timed), 1));
    }
}

#[test]
fn a_silent_lane_holds_no_window_back_until_it_wakes() {
    let plan = orders::revenue(&orders::orders()).plan();
    let graphs = (0..3).map(|_| Pipeline::in_lanes(&plan, &[2], 3).unwrap().graph).collect();
    let mut lanes = Lanes::new(graphs).unwrap();
    lanes.start().unwrap();
    let rows = |time: i64| orders::batch(0, &[(0, Some(time), Some("Rome".into()), Some(1))]).frame;
    let mut out = Vec::new();
    for time in [10, 100, 200] {
        out.extend(lanes.deliver(0, Message::Batch(Batch { partition: 0, frame: rows(time) })).unwrap());
    }
    let (before, _) = lanes.barrier(1).unwrap();
    out.extend(before);
    assert!(out.is_empty(), "partition 1 has shown nothing yet: {out:?}");
    out.extend(lanes.deliver(0, Message::Idle(1)).unwrap());
    out.extend(lanes.barrier(2).unwrap().0);
    let closed: usize =
        out.iter().map(|message| if let Message::Batch(batch) = message { batch.frame.height() } else { 0 }).sum();
    assert_eq!(closed, 2, "the windows of 10 and 100 ms are complete");
}

#[test]
fn a_failure_in_a_lane_is_the_jobs_and_every_thread_ends() {
    let strict =
        orders::orders().expect("small", col("amount").lt(10)).group_by(["city"]).window(tumbling("1s")).agg([count()]);
    let graphs = (0..2).map(|_| Pipeline::in_lanes(&strict.plan(), &[2], 2).unwrap().graph).collect();
    let mut lanes = Lanes::new(graphs).unwrap();
    lanes.start().unwrap();
    let bad = polars::prelude::df!("amount" => ["no number"]).unwrap();
    let mut failed = lanes.deliver(0, Message::Batch(Batch { partition: 0, frame: bad })).err();
    while failed.is_none() {
        failed = lanes.drain().err();
    }
    assert_eq!(failed.unwrap().node, Some(1), "the step is named");
}
