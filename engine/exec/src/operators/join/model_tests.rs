//! Joins against naive ones, over random rows that are hostile in every way: nulls, late, out of order, equal times, hot keys, empty
//! batches; in any split, any interleaving of the two sources, and with a restore at any barrier.

use headwater::prelude::*;
use polars::prelude::{AnyValue, DataFrame};
use proptest::prelude::*;

use crate::operators::{Partners, SidePartners};
use crate::pipeline::Pipeline;
use crate::tests::model::config;
use crate::tests::script::frame;
use crate::{Batch, Message};

/// How late rows may be, in the sources and in the model.
const DELAY: i64 = 15;

/// A row as it comes: of which source, its key, its time; its place in the list is its number.
#[derive(Clone, Debug)]
struct Row {
    right: bool,
    key: Option<u8>,
    time: Option<i64>,
    /// Whether it begins a batch of its own, and whether an empty batch comes before it.
    cut: bool,
    empty: bool,
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let key = prop_oneof![4 => Just(Some(0)), 2 => (0_u8..4).prop_map(Some), 1 => Just(None)];
    let row = (any::<bool>(), key, prop::option::weighted(0.92, 0_i64..90), any::<bool>(), prop::bool::weighted(0.1));
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        // Time goes on as the rows come, so that some are late and most are not.
        let on = |at: usize, time: i64| time + 2 * i64::try_from(at).unwrap();
        let row = |(at, (right, key, time, cut, empty)): (usize, (bool, Option<u8>, Option<i64>, bool, bool))| Row {
            right,
            key,
            time: time.map(|time| on(at, time)),
            cut,
            empty,
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn source(topic: &str, number: &str) -> Stream {
    let columns = format!("ts BIGINT, k BIGINT, {number} BIGINT");
    kafka("localhost:9092", topic).json().schema(columns).event_time("ts", format!("{DELAY}ms"))
}

fn joined(left: bool) -> Join {
    let join = source("orders", "l").join(source("payments", "r")).on(["k"]);
    if left { join.left() } else { join }
}

fn batch(rows: &[(usize, Row)], number: &str) -> Message {
    let cell = |value: Option<String>| value.unwrap_or_else(|| ".".to_owned());
    let line = |(at, row): &(usize, Row)| {
        format!("{} {} {at}", cell(row.time.map(|t| t.to_string())), cell(row.key.map(|k| k.to_string())))
    };
    let lines: Vec<String> = [format!("ts:i k:i {number}:i")].into_iter().chain(rows.iter().map(line)).collect();
    Message::Batch(Batch { partition: 0, frame: frame(&lines.iter().map(String::as_str).collect::<Vec<_>>()) })
}

/// Rows that came out as `left-right@window`, and how many were late.
#[derive(Debug, Default, PartialEq)]
struct Outcome {
    rows: Vec<String>,
    late: usize,
}

impl Outcome {
    fn take(&mut self, out: Vec<Message>) {
        for message in out {
            match message {
                Message::Batch(batch) => self.rows.extend(told(&batch.frame)),
                Message::Aside(aside) => self.late += aside.frame.height(),
                _ => {}
            }
        }
    }

    fn sorted(mut self) -> Self {
        self.rows.sort();
        self
    }
}

fn told(frame: &DataFrame) -> Vec<String> {
    let number = |name: &str, row: usize| match frame.column(name).map(|column| column.get(row).unwrap()) {
        Ok(AnyValue::Int64(value) | AnyValue::Datetime(value, ..) | AnyValue::DatetimeOwned(value, ..)) => {
            value.to_string()
        }
        Ok(_) => ".".to_owned(),
        Err(_) => String::new(),
    };
    (0..frame.height())
        .map(|row| format!("{}-{}@{}", number("l", row), number("r", row), number("window_start", row)))
        .collect()
}

fn run(stream: &Stream, rows: &[Row], restore: Option<usize>) -> Outcome {
    run_of(stream, rows, restore, [0, 2])
}

/// What the pipeline of two sources, those nodes, gives; with a restore before the batch `restore`, where there is one.
fn run_of(stream: &Stream, rows: &[Row], restore: Option<usize>, nodes: [u32; 2]) -> Outcome {
    let plan = stream.plan();
    let make = || Pipeline::new(&plan, &[1, 1]).unwrap().graph;
    let (mut graph, mut outcome) = (make(), Outcome::default());
    let numbered: Vec<(usize, Row)> = rows.iter().cloned().enumerate().collect();
    let mut batches = 0;
    for part in numbered.chunk_by(|one, next| one.1.right == next.1.right && !next.1.cut) {
        let (node, number) = if part[0].1.right { (nodes[1], "r") } else { (nodes[0], "l") };
        if restore == Some(batches) {
            let (out, states) = graph.barrier(1).unwrap();
            outcome.take(out);
            graph = make();
            graph.restore(&states).unwrap();
        }
        if part[0].1.empty {
            outcome.take(graph.deliver(node, batch(&[], number)).unwrap());
        }
        outcome.take(graph.deliver(node, batch(part, number)).unwrap());
        batches += 1;
    }
    outcome.take(graph.deliver_everywhere(&Message::Watermark(i64::MAX)).unwrap());
    outcome.sorted()
}

/// Each row with the watermark of both sources before it came.
fn watched(rows: &[Row]) -> Vec<(usize, &Row, Option<i64>)> {
    let mut newest = [None; 2];
    let watched = rows.iter().enumerate().map(|(at, row)| {
        let before = newest[0].zip(newest[1]).map(|(one, two): (i64, i64)| one.min(two) - DELAY);
        let own = &mut newest[usize::from(row.right)];
        *own = row.time.max(*own);
        (at, row, before)
    });
    watched.collect()
}

fn pairs(
    left: bool,
    [lefts, rights]: [Vec<(usize, &Row)>; 2],
    meet: impl Fn(&Row, &Row) -> bool,
    window: &str,
) -> Vec<String> {
    let mut out = Vec::new();
    for (l, own) in &lefts {
        let found = rights.iter().filter(|(_, other)| own.key.is_some() && own.key == other.key && meet(own, other));
        let before = out.len();
        out.extend(found.map(|(r, _)| format!("{l}-{r}@{window}")));
        if left && out.len() == before {
            out.push(format!("{l}-.@{window}"));
        }
    }
    out
}

/// The interval join as its definition says it.
fn naive_interval(left: bool, rows: &[Row], before: i64, after: i64) -> Outcome {
    let mut sides = [Vec::new(), Vec::new()];
    let mut late = 0;
    for (at, row, watermark) in watched(rows) {
        if row.time.zip(watermark).is_some_and(|(time, watermark)| time <= watermark) {
            late += 1;
        } else {
            sides[usize::from(row.right)].push((at, row));
        }
    }
    let near = |own: &Row, other: &Row| {
        own.time.zip(other.time).is_some_and(|(own, other)| (own - before..=own + after).contains(&other))
    };
    Outcome { rows: pairs(left, sides, near, ""), late }.sorted()
}

/// The windowed join as its definition says it: windows of `size` that begin every `slide`.
fn naive_window(left: bool, rows: &[Row], size: i64, slide: i64) -> Outcome {
    let mut outcome = Outcome::default();
    let is_over = |start: i64, watermark: Option<i64>| watermark.is_some_and(|watermark| start + size - 1 <= watermark);
    let starts = |time: i64| (0..size / slide).map(move |back| time.div_euclid(slide) * slide - back * slide);
    for start in (-size..400).filter(|start| start % slide == 0) {
        let mut sides = [Vec::new(), Vec::new()];
        for (at, row, watermark) in watched(rows) {
            let inside = row.time.is_some_and(|time| (start..start + size).contains(&time));
            if inside && !is_over(start, watermark) {
                sides[usize::from(row.right)].push((at, row));
            }
        }
        outcome.rows.extend(pairs(left, sides, |_, _| true, &start.to_string()));
    }
    let late = |(_, row, watermark): &(usize, &Row, Option<i64>)| {
        row.time.is_some_and(|time| starts(time).all(|start| is_over(start, *watermark)))
    };
    outcome.late = watched(rows).iter().filter(|own| late(own)).count();
    outcome.sorted()
}

/// What becomes of the rows of both sides, by the meaning of the words.
fn naive_partners(rows: &[Row], meet: fn(i64, i64) -> bool, windowed: bool) -> [SidePartners; 2] {
    let late = |row: &Row, watermark: Option<i64>| {
        row.time.zip(watermark).is_some_and(|(time, watermark)| {
            let over = if windowed { time.div_euclid(30) * 30 + 29 } else { time };
            over <= watermark
        })
    };
    let watched = watched(rows);
    let alive: Vec<&Row> = watched.iter().filter(|(_, row, at)| !late(row, *at)).map(|(_, row, _)| *row).collect();
    let mut sides = [SidePartners::default(); 2];
    for (_, row, watermark) in &watched {
        let side = &mut sides[usize::from(row.right)];
        side.rows += 1;
        let same_key = |other: &Row| other.right != row.right && row.key.is_some() && other.key == row.key;
        let near = |other: &Row| match (row.time, other.time) {
            (Some(own), Some(time)) if row.right => meet(time, own),
            (Some(own), Some(time)) => meet(own, time),
            _ => false,
        };
        *(if late(row, *watermark) {
            &mut side.late
        } else if row.time.is_none() {
            &mut side.without_time
        } else if row.key.is_none() {
            &mut side.null_key
        } else if alive.iter().any(|other| same_key(other) && near(other)) {
            &mut side.met
        } else if rows.iter().any(same_key) {
            &mut side.out_of_time
        } else {
            &mut side.no_such_key
        }) += 1;
    }
    sides
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_interval_join_is_what_it_says(
        rows in rows(),
        left: bool,
        (before, after) in (0_i64..40, 0_i64..40),
        restore in prop::option::of(0_usize..30),
    ) {
        let stream = joined(left).within(format!("{before}ms"), format!("{after}ms"));
        prop_assert_eq!(run(&stream, &rows, restore), naive_interval(left, &rows, before, after));
    }

    #[test]
    fn a_windowed_join_is_what_it_says(
        rows in rows(),
        left: bool,
        (size, slide) in prop::sample::select(vec![(30_i64, 30_i64), (40, 20), (60, 20)]),
        restore in prop::option::of(0_usize..30),
    ) {
        let window = if size == slide {
            tumbling(format!("{size}ms"))
        } else {
            hopping(format!("{size}ms"), format!("{slide}ms"))
        };
        let stream = joined(left).window(window);
        prop_assert_eq!(run(&stream, &rows, restore), naive_window(left, &rows, size, slide));
    }

    #[test]
    fn why_a_row_has_no_partner_is_told(rows in rows(), windowed: bool) {
        let join = joined(false);
        let (stream, meet): (Stream, fn(i64, i64) -> bool) = if windowed {
            (join.window(tumbling("30ms")), |l, r| l.div_euclid(30) == r.div_euclid(30))
        } else {
            (join.within("20ms", "10ms"), |l, r| (l - 20..=l + 10).contains(&r))
        };
        let mut pipeline = Pipeline::watched(&stream.plan(), &[1, 1]).unwrap();
        for (at, row) in rows.iter().enumerate() {
            let (node, number) = if row.right { (2, "r") } else { (0, "l") };
            pipeline.graph.deliver(node, batch(&[(at, row.clone())], number)).unwrap();
        }
        pipeline.books.values().for_each(Partners::end);
        pipeline.graph.deliver_everywhere(&Message::Watermark(i64::MAX)).unwrap();
        let told = pipeline.books[&4].sides(true);
        prop_assert_eq!(told, naive_partners(&rows, meet, windowed));
    }

    /// When nothing is late, the sources may interleave as they like.
    #[test]
    fn the_order_of_the_sources_changes_nothing(rows in rows(), left: bool, swap in 0_usize..40) {
        let all_in_time: Vec<Row> = {
            let mut rows = rows;
            rows.sort_by_key(|row| row.time);
            rows
        };
        let stream = joined(left).within("20ms", "10ms");
        let (ours, theirs): (Vec<Row>, Vec<Row>) = all_in_time.iter().cloned().partition(|row| row.right);
        // Numbers follow the places, so pairs are compared by what they are of.
        let meaning = |rows: &[Row]| {
            let name = |number: &str| match number.parse::<usize>() {
                Ok(at) => format!("{:?} {:?}", rows[at].key, rows[at].time),
                Err(_) => ".".to_owned(),
            };
            let of = |row: &String| {
                let (l, r) = row.trim_end_matches('@').split_once('-').unwrap();
                format!("{} | {}", name(l), name(r))
            };
            let outcome = run(&stream, rows, None);
            let mut all: Vec<String> = outcome.rows.iter().map(of).collect();
            all.sort();
            (all, outcome.late)
        };
        let apart: Vec<Row> = if swap % 2 == 0 {
            ours.into_iter().chain(theirs).collect()
        } else {
            theirs.into_iter().chain(ours).collect()
        };
        prop_assert_eq!(meaning(&all_in_time), meaning(&apart));
    }

    #[test]
    fn a_union_is_all_rows(rows in rows(), restore in prop::option::of(0_usize..30)) {
        let stream = source("a", "l").rename([("l", "n")]).union(&source("b", "r").rename([("r", "n")]))
            .rename([("n", "l")]);
        let expected: Vec<String> = (0..rows.len()).map(|at| format!("{at}-@")).collect();
        let expected = Outcome { rows: expected, late: 0 }.sorted();
        let plan = stream.plan();
        let second = plan.sources()[1].0;
        prop_assert_eq!(second, 3);
        prop_assert_eq!(run_of(&stream, &rows, restore, [0, second]), expected);
    }
}
