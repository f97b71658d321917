//! The Kafka sink: one JSON object a record, keyed by the text of a column.

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
