//! Scripts that drive one operator, with batches drawn as text, and draw what it emits.
//!
//! ```text
//! batch 0                 rows of partition 0: a line of column names with types, then a line a row; `.` is null
//!   ts:i  city:s  x:f     i BIGINT, s STRING, f DOUBLE, b BOOLEAN, t TIMESTAMP in epoch milliseconds,
//!                         l ARRAY<BIGINT> such as `[1,2]`, p STRUCT<a BIGINT, b STRING> such as `(1,x)`
//!   10    Rome    1.5
//! watermark 59
//! idle 1
//! barrier                 the operator's state is taken
//! recovery                the operator is made anew from the state of the last barrier
//! ```

use std::fmt::Write;

use polars::prelude::{
    AnyValue, Column, DataFrame, DataType, IdxCa, IntoSeries, NamedFrom, NewChunkedArray, PlSmallStr, Series,
    StructChunked,
};

use crate::operators::{MergeOperator, Operator, Output, Report};
use crate::runtime::Share;
use crate::tests::model::cell;
use crate::types::timestamp_type;
use crate::{Batch, Message};

/// Runs `script` on an operator that `make` makes; gives each event and, behind `->`, what it made the operator emit.
pub(crate) fn run(make: impl Fn() -> Box<dyn Operator>, script: &str) -> String {
    let mut operator = make();
    let mut state = None;
    let mut story = String::new();
    let lines: Vec<&str> = script.lines().filter(|line| !line.trim().is_empty()).collect();
    let indent = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines: Vec<&str> = lines.iter().map(|line| &line[indent..]).collect();
    let mut at = 0;
    while at < lines.len() {
        let event = lines[at];
        at += 1;
        let table = at..at + lines[at..].iter().take_while(|line| line.starts_with(' ')).count();
        at = table.end;
        let mut out = Output::new();
        let words: Vec<&str> = event.split_whitespace().collect();
        writeln!(story, "{event}").unwrap();
        match words[..] {
            ["batch", partition] => {
                let batch = Batch { partition: partition.parse().unwrap(), frame: frame(&lines[table]) };
                operator.on_batch(batch, &mut out).unwrap();
            }
            ["watermark", "max"] => operator.on_watermark(i64::MAX, &mut out).unwrap(),
            ["watermark", watermark] => operator.on_watermark(watermark.parse().unwrap(), &mut out).unwrap(),
            ["idle", partition] => operator.on_idle(partition.parse().unwrap(), &mut out).unwrap(),
            ["barrier"] => {
                operator.on_barrier(&mut out).unwrap();
                state = Some(operator.snapshot().unwrap());
            }
            ["recovery"] => {
                operator = make();
                let state: &Vec<u8> = state.as_ref().expect("a barrier comes before a recovery");
                operator.restore(&[state], Share::ALL).unwrap();
            }
            _ => panic!("no such event: {event}"),
        }
        for message in out {
            draw(&message, &mut story);
        }
    }
    let report = operator.report();
    if report.late + report.null_event_time > 0 {
        writeln!(story, "late {}, without event time {}", report.late, report.null_event_time).unwrap();
    }
    story
}

/// A multi-input operator as the scripts drive it: `batch 1` is of input 1.
pub(crate) struct Inputs(pub(crate) Box<dyn MergeOperator>);

impl Operator for Inputs {
    fn on_batch(&mut self, batch: Batch, out: &mut Output) -> crate::Result<()> {
        self.0.on_batch(batch.partition as usize, batch, out)
    }

    fn on_watermark(&mut self, watermark: i64, out: &mut Output) -> crate::Result<()> {
        self.0.on_watermark(watermark, out)
    }

    fn snapshot(&mut self) -> crate::Result<Vec<u8>> {
        self.0.snapshot()
    }

    fn restore(&mut self, states: &[&[u8]], share: Share) -> crate::Result<()> {
        self.0.restore(states, share)
    }

    fn report(&self) -> Report {
        self.0.report()
    }
}

/// A frame from its drawing.
pub(crate) fn frame(lines: &[&str]) -> DataFrame {
    let cells: Vec<Vec<&str>> = lines.iter().map(|line| line.split_whitespace().collect()).collect();
    let (header, rows) = cells.split_first().expect("a batch is drawn with its columns");
    let columns = header.iter().enumerate().map(|(n, heading)| {
        let (name, kind) = heading.split_once(':').expect("a column is drawn as name:type");
        let texts = rows.iter().map(|row| Some(row[n]).filter(|cell| *cell != "."));
        column(name, kind, texts)
    });
    DataFrame::new(rows.len(), columns.collect()).unwrap()
}

fn column<'a>(name: &str, kind: &str, texts: impl Iterator<Item = Option<&'a str>>) -> Column {
    let name = name.into();
    let series = match kind {
        "i" | "t" => Series::new(name, texts.map(|t| t.map(|t| t.parse().unwrap())).collect::<Vec<Option<i64>>>()),
        "f" => Series::new(name, texts.map(|t| t.map(|t| t.parse().unwrap())).collect::<Vec<Option<f64>>>()),
        "b" => Series::new(name, texts.map(|t| t.map(|t| t.parse().unwrap())).collect::<Vec<Option<bool>>>()),
        "s" => Series::new(name, texts.collect::<Vec<_>>()),
        "l" => lists(name, texts),
        "p" => structs(name, texts),
        _ => panic!("no such type: {kind}"),
    };
    if kind == "t" { series.cast(&timestamp_type()).unwrap().into() } else { series.into() }
}

fn lists<'a>(name: PlSmallStr, texts: impl Iterator<Item = Option<&'a str>>) -> Series {
    let list = |text: &str| {
        let items = text.trim_matches(['[', ']']).split(',').filter(|item| !item.is_empty());
        Series::new(PlSmallStr::EMPTY, items.map(|item| item.parse::<i64>().ok()).collect::<Vec<_>>())
    };
    let lists: Vec<Option<Series>> = texts.map(|text| text.map(list)).collect();
    Series::new(name, lists).cast(&DataType::List(Box::new(DataType::Int64))).unwrap()
}

fn structs<'a>(name: PlSmallStr, texts: impl Iterator<Item = Option<&'a str>>) -> Series {
    let texts: Vec<Option<&str>> = texts.collect();
    let members =
        |text: &&str| text.trim_matches(['(', ')']).split_once(',').map(|(a, b)| (a.to_owned(), b.to_owned()));
    let members: Vec<Option<(String, String)>> = texts.iter().map(|text| text.as_ref().and_then(members)).collect();
    let a = members.iter().map(|own| own.as_ref().and_then(|own| own.0.parse::<i64>().ok())).collect::<Vec<_>>();
    let b = members.iter().map(|own| own.as_ref().map(|own| own.1.clone())).collect::<Vec<_>>();
    let fields = [Series::new("a".into(), a), Series::new("b".into(), b)];
    let structs = StructChunked::from_series(name, members.len(), fields.iter()).unwrap();
    let holes = members.iter().zip(0_u32..).map(|(own, row)| own.is_some().then_some(row));
    structs.into_series().take(&IdxCa::from_iter_options(PlSmallStr::EMPTY, holes)).unwrap()
}

fn draw(message: &Message, story: &mut String) {
    match message {
        Message::Batch(batch) => {
            writeln!(story, "-> batch {}", batch.partition).unwrap();
            story.push_str(&drawing(&batch.frame));
        }
        Message::Watermark(i64::MAX) => story.push_str("-> watermark max\n"),
        Message::Watermark(watermark) => writeln!(story, "-> watermark {watermark}").unwrap(),
        Message::Barrier(epoch) => writeln!(story, "-> barrier {epoch}").unwrap(),
        Message::Idle(partition) => writeln!(story, "-> idle {partition}").unwrap(),
        Message::Partial(partial) => writeln!(story, "-> {partial:?}").unwrap(),
        Message::Aside(aside) => {
            writeln!(story, "-> aside {:?}", aside.why).unwrap();
            story.push_str(&drawing(&aside.frame));
        }
    }
}

/// The drawing of a frame, every line indented by five.
pub(crate) fn drawing(frame: &DataFrame) -> String {
    let columns: Vec<Vec<String>> = frame.columns().iter().map(cells).collect();
    let widths: Vec<usize> = columns.iter().map(|cells| cells.iter().map(String::len).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in 0..=frame.height() {
        let line: Vec<String> =
            columns.iter().zip(&widths).map(|(cells, width)| format!("{:width$}", cells[row])).collect();
        writeln!(text, "     {}", line.join("  ").trim_end()).unwrap();
    }
    text
}

fn cells(column: &Column) -> Vec<String> {
    let kind = match column.dtype() {
        DataType::Int64 => "i".to_string(),
        DataType::String => "s".to_string(),
        DataType::Float64 => "f".to_string(),
        DataType::Boolean => "b".to_string(),
        DataType::Datetime(..) => "t".to_string(),
        other => other.to_string(),
    };
    let values = column.to_physical_repr();
    let shown = values.as_materialized_series().iter().map(|value| match value {
        AnyValue::Null => ".".to_string(),
        AnyValue::String(text) => text.to_string(),
        AnyValue::Float64(number) => format!("{number:?}"),
        nested @ (AnyValue::List(_) | AnyValue::Struct(..)) => cell(&nested),
        other => other.to_string(),
    });
    [format!("{}:{kind}", column.name())].into_iter().chain(shown).collect()
}
