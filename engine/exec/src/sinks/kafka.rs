//! The Kafka sinks: one JSON object a record, keyed by the text of a column; or by an object of several, of which the newest counts.

use polars::prelude::DataFrame;

use super::SinkWriter;
use super::delivery::Delivery;
use crate::Result;
use crate::json_rows::JsonRows;

/// A topic that rows are written to.
pub(super) struct KafkaSink {
    delivery: Delivery,
    key: Option<String>,
}

impl KafkaSink {
    pub(super) fn open(brokers: &str, topic: &str, key: Option<&str>) -> Result<Self> {
        Ok(KafkaSink { delivery: Delivery::open(brokers, topic)?, key: key.map(str::to_string) })
    }
}

impl SinkWriter for KafkaSink {
    fn write(&mut self, frame: &DataFrame) -> Result<()> {
        let rows = JsonRows::new(frame)?;
        let mut value = Vec::new();
        for row in 0..frame.height() {
            value.clear();
            rows.write(row, &mut value);
            let key = self.key.as_ref().and_then(|key| rows.text(key, row));
            self.delivery.send(key.as_deref(), &value, None)?;
        }
        self.delivery.check()
    }

    fn flush(&mut self) -> Result<()> {
        self.delivery.flush()
    }
}

/// A compacted topic in which the newest record of a key takes the place of those before.
pub(super) struct UpsertSink {
    delivery: Delivery,
    keys: Vec<String>,
}

impl UpsertSink {
    pub(super) fn open(brokers: &str, topic: &str, keys: &[String]) -> Result<Self> {
        Ok(UpsertSink { delivery: Delivery::open(brokers, topic)?, keys: keys.to_vec() })
    }
}

impl SinkWriter for UpsertSink {
    fn write(&mut self, frame: &DataFrame) -> Result<()> {
        let rows = JsonRows::new(frame)?;
        let keys = frame.select(self.keys.iter().map(String::as_str))?;
        let keys = JsonRows::new(&keys)?;
        let (mut key, mut value) = (Vec::new(), Vec::new());
        for row in 0..frame.height() {
            key.clear();
            value.clear();
            keys.write(row, &mut key);
            rows.write(row, &mut value);
            self.delivery.send(Some(&key), &value, None)?;
        }
        self.delivery.check()
    }

    fn flush(&mut self) -> Result<()> {
        self.delivery.flush()
    }
}
