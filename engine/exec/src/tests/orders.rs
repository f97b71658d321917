//! A small stream of orders, as rows, as a tape, and the pipeline that the tests run over it.

use headwater::prelude::*;
use polars::prelude::{DataFrame, NamedFrom, Series};

use crate::sources::{DeadLetter, SourceBatch};
use crate::tape::{RawRecord, Tape};

/// An order: partition, event time, city, amount.
pub(crate) type Order = (u32, Option<i64>, Option<String>, Option<i64>);

/// The orders, with event time 10 ms late at most.
pub(crate) fn orders() -> Stream {
    kafka("localhost:9092", "orders").json().schema("ts BIGINT, city STRING, amount BIGINT").event_time("ts", "10ms")
}

/// Amounts by city and window of 60 ms.
pub(crate) fn revenue(orders: &Stream) -> Stream {
    orders.filter(col("amount").gt_eq(0)).group_by(["city"]).window(tumbling("60ms")).agg([sum("amount"), count()])
}

/// Orders of one partition as a batch of the source.
pub(crate) fn batch(partition: u32, orders: &[Order]) -> SourceBatch {
    let columns = vec![
        Series::new("ts".into(), orders.iter().map(|o| o.1).collect::<Vec<_>>()).into(),
        Series::new("city".into(), orders.iter().map(|o| o.2.clone()).collect::<Vec<_>>()).into(),
        Series::new("amount".into(), orders.iter().map(|o| o.3).collect::<Vec<_>>()).into(),
    ];
    let frame = DataFrame::new(orders.len(), columns).unwrap();
    SourceBatch { partition, frame, dead: Vec::new(), newest_ms: None }
}

/// A record that did not decode.
pub(crate) fn dead_letter(partition: u32) -> DeadLetter {
    DeadLetter {
        origin: "orders".into(),
        partition,
        position: Some(0),
        timestamp_ms: None,
        key: None,
        value: b"{".to_vec(),
        reason: "not a JSON object".into(),
    }
}

/// The orders as a tape of a topic of that many partitions; the broker stamped each with its place in the list.
pub(crate) fn tape(partitions: u32, orders: &[Order]) -> Tape {
    let records = orders.iter().zip(0_u32..).map(|((partition, ts, city, amount), place)| RawRecord {
        partition: *partition,
        offset: u64::from(place),
        timestamp_ms: Some(i64::from(place)),
        value: Some(serde_json::json!({ "ts": ts, "city": city, "amount": amount }).to_string().into_bytes()),
        ..RawRecord::default()
    });
    Tape::from_records("orders", partitions, records.collect())
}

/// An order, shortly.
pub(crate) fn order(partition: u32, ts: i64, city: &str, amount: i64) -> Order {
    (partition, Some(ts), Some(city.to_owned()), Some(amount))
}
