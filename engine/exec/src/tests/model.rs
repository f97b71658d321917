//! Model tests: hostile rows, any split into batches, any restore, and what a naive reader of the rows says of time.
//!
//! `HEADWATER_MODEL_CASES` says how many cases each test tries; 2,000 when it says nothing.

use polars::prelude::{AnyValue, DataFrame, NamedFrom, Series};
use proptest::prelude::*;

use crate::operators::{Operator, Output};
use crate::runtime::Share;
use crate::{Batch, Message};

/// How many partitions the rows come from.
pub(crate) const PARTITIONS: u32 = 3;

/// A row of the model.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) partition: u32,
    pub(crate) ts: Option<i64>,
    pub(crate) k: Option<String>,
    pub(crate) n: Option<i64>,
    pub(crate) x: Option<f64>,
}

/// Where a batch ends, and whether the operators are made anew there from their state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    at: usize,
    restored: bool,
    /// Whether an empty batch comes here too.
    empty: bool,
}

pub(crate) fn config() -> ProptestConfig {
    let cases = std::env::var("HEADWATER_MODEL_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2_000);
    ProptestConfig { cases, ..ProptestConfig::default() }
}

fn key() -> impl Strategy<Value = Option<String>> {
    // One key is hot.
    prop_oneof![6 => Just(Some("a".into())), 1 => Just(Some("b".into())), 1 => Just(Some(String::new())), 1 => Just(None)]
}

fn time() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![8 => (-60_i64..200).prop_map(Some), 3 => (0_i64..6).prop_map(|n| Some(n * 10)), 1 => Just(None)]
}

fn row(ts: impl Strategy<Value = Option<i64>>) -> impl Strategy<Value = Row> {
    let n = prop_oneof![8 => (-3_i64..4).prop_map(Some), 1 => Just(Some(i64::MAX)), 2 => Just(None)];
    // Quarters, so that sums are exact in any order.
    let x = prop::option::weighted(0.8, (-12_i32..12).prop_map(|n| f64::from(n) / 4.0));
    (0..PARTITIONS, ts, key(), n, x).prop_map(|(partition, ts, k, n, x)| Row { partition, ts, k, n, x })
}

/// Rows in the order of arrival, many of them late.
pub(crate) fn hostile_rows() -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec(row(time()), 0..40)
}

/// Rows of which none is more than `delay` - 1 behind the newest of its partition, and another order of arrival that keeps the order
/// within each partition.
pub(crate) fn orderly_rows(delay: i64) -> impl Strategy<Value = (Vec<Row>, Vec<Row>)> {
    let step = (0..30_i64, 0..delay, prop::bool::weighted(0.1));
    let rows = prop::collection::vec((row(Just(None)), step, any::<u16>()), 0..40);
    rows.prop_map(move |drawn| {
        let mut newest = [-50_i64; PARTITIONS as usize];
        let mut rows: Vec<(u16, Row)> = Vec::new();
        for (mut row, (ahead, behind, timeless), order) in drawn {
            let newest = &mut newest[row.partition as usize];
            *newest += ahead;
            row.ts = (!timeless).then_some(*newest - behind);
            // The newest of the partition may be another than the one that is drawn as such.
            rows.push((order, row));
        }
        let first: Vec<Row> = rows.iter().map(|(_, row)| row.clone()).collect();
        (first.clone(), another_order(&first, &rows))
    })
}

/// The rows with the partitions interleaved otherwise: by drawn numbers, sorted within each partition.
fn another_order(rows: &[Row], drawn: &[(u16, Row)]) -> Vec<Row> {
    let mut numbers: Vec<(u16, u32)> = drawn.iter().map(|(number, row)| (*number, row.partition)).collect();
    numbers.sort_unstable();
    let mut own: Vec<std::collections::VecDeque<Row>> = vec![Default::default(); PARTITIONS as usize];
    rows.iter().for_each(|row| own[row.partition as usize].push_back(row.clone()));
    numbers.into_iter().map(|(_, partition)| own[partition as usize].pop_front().unwrap()).collect()
}

pub(crate) fn cuts() -> impl Strategy<Value = Vec<Cut>> {
    let cut = (0_usize..40, prop::bool::weighted(0.3), prop::bool::weighted(0.1));
    prop::collection::vec(cut.prop_map(|(at, restored, empty)| Cut { at, restored, empty }), 0..8)
}

/// What came out.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Every row as text, sorted.
    pub(crate) rows: Vec<String>,
    /// Every row as text, as they came.
    pub(crate) in_order: Vec<String>,
    /// Rows that were late.
    pub(crate) late: u64,
}

/// Runs rows through operators, batch by batch, to the end of the stream.
pub(crate) fn drive(make: impl Fn() -> Vec<Box<dyn Operator>>, rows: &[Row], cuts: &[Cut]) -> Ran {
    let mut running = Running { operators: make(), late: 0, rows: Vec::new() };
    let mut from = 0;
    for to in 1..=rows.len() {
        let here = cuts.iter().filter(|cut| cut.at == to);
        let ends = to == rows.len() || rows[to].partition != rows[from].partition || here.clone().count() > 0;
        if !ends {
            continue;
        }
        let partition = rows[from].partition;
        running.deliver(Message::Batch(Batch { partition, frame: frame(&rows[from..to]) }));
        from = to;
        for cut in here {
            if cut.empty {
                running.deliver(Message::Batch(Batch { partition, frame: frame(&[]) }));
            }
            if cut.restored {
                running.restore(make());
            }
        }
    }
    running.deliver(Message::Watermark(i64::MAX));
    running.count_late();
    let in_order = running.rows.clone();
    running.rows.sort();
    Ran { rows: running.rows, in_order, late: running.late }
}

struct Running {
    operators: Vec<Box<dyn Operator>>,
    late: u64,
    rows: Vec<String>,
}

impl Running {
    fn deliver(&mut self, message: Message) {
        let mut messages = vec![message];
        for operator in &mut self.operators {
            let mut out = Output::new();
            for message in messages {
                match message {
                    Message::Batch(batch) => operator.on_batch(batch, &mut out).unwrap(),
                    Message::Watermark(watermark) => operator.on_watermark(watermark, &mut out).unwrap(),
                    other => out.push(other),
                }
            }
            messages = out;
        }
        for message in messages {
            if let Message::Batch(batch) = message {
                self.rows.extend(lines(&batch.frame));
            }
        }
    }

    /// What is counted is counted since an operator was made.
    fn count_late(&mut self) {
        self.late += self.operators.iter().map(|operator| operator.report().late).sum::<u64>();
    }

    fn restore(&mut self, fresh: Vec<Box<dyn Operator>>) {
        self.count_late();
        let states: Vec<Vec<u8>> = self.operators.iter_mut().map(|operator| operator.snapshot().unwrap()).collect();
        self.operators = fresh;
        for (operator, state) in self.operators.iter_mut().zip(states) {
            operator.restore(&[&state], Share::ALL).unwrap();
        }
    }
}

pub(crate) fn frame(rows: &[Row]) -> DataFrame {
    let columns = vec![
        Series::new("ts".into(), rows.iter().map(|row| row.ts).collect::<Vec<_>>()).into(),
        Series::new("k".into(), rows.iter().map(|row| row.k.clone()).collect::<Vec<_>>()).into(),
        Series::new("n".into(), rows.iter().map(|row| row.n).collect::<Vec<_>>()).into(),
        Series::new("x".into(), rows.iter().map(|row| row.x).collect::<Vec<_>>()).into(),
        Series::new("p".into(), rows.iter().map(|row| i64::from(row.partition)).collect::<Vec<_>>()).into(),
    ];
    DataFrame::new(rows.len(), columns).unwrap()
}

/// The rows of a frame as text.
pub(crate) fn lines(frame: &DataFrame) -> Vec<String> {
    let columns: Vec<Series> =
        frame.columns().iter().map(|column| column.to_physical_repr().take_materialized_series()).collect();
    let line = |row: usize| columns.iter().map(|c| cell(&c.get(row).unwrap())).collect::<Vec<_>>().join(" ");
    (0..frame.height()).map(line).collect()
}

/// A value as text: null is a dot, a list is in brackets, a struct in parentheses.
pub(crate) fn cell(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => ".".into(),
        AnyValue::String(text) => format!("'{text}'"),
        AnyValue::StringOwned(text) => format!("'{text}'"),
        AnyValue::Float64(number) => format!("{number:?}"),
        AnyValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| cell(&item)).collect();
            format!("[{}]", items.join(" "))
        }
        AnyValue::Struct(..) => {
            let members: Vec<String> = value._iter_struct_av().map(|member| cell(&member)).collect();
            format!("({})", members.join(" "))
        }
        other => other.to_string(),
    }
}

/// What the watermark is before each row, by the rows before it: the smallest of the newest times of the partitions, minus the delay.
pub(crate) fn watermarks(rows: &[Row], delay: i64) -> Vec<i64> {
    let mut newest = [None; PARTITIONS as usize];
    let mut reached = i64::MIN;
    rows.iter()
        .map(|row| {
            let before = reached;
            let own: &mut Option<i64> = &mut newest[row.partition as usize];
            *own = (*own).max(row.ts);
            if let Some(slowest) =
                newest.iter().copied().collect::<Option<Vec<i64>>>().and_then(|all| all.into_iter().min())
            {
                reached = reached.max(slowest - delay);
            }
            before
        })
        .collect()
}

/// Values as the cells of naive answers.
pub(crate) fn int(value: Option<i64>) -> String {
    value.map_or(".".into(), |value| value.to_string())
}

/// See [`int`].
pub(crate) fn float(value: Option<f64>) -> String {
    value.map_or(".".into(), |value| format!("{value:?}"))
}

/// See [`int`].
pub(crate) fn text(value: Option<&String>) -> String {
    value.map_or(".".into(), |value| format!("'{value}'"))
}
