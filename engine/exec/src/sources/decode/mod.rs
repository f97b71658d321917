//! Decoding: raw records become typed columns, or dead letters with the reason.

mod columns;
mod csv;
mod json;
mod misfit;
#[cfg(test)]
mod tests;

use headwater::{DataType, Envelope, Format, Source};
use polars::prelude::DataFrame;

pub(crate) use columns::ColumnBuilder;
pub(crate) use misfit::{Misfit, object_reason};

use super::{DeadLetter, SourceBatch};
use crate::{Error, ErrorKind, Result};

/// One raw record, wherever it is from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordRef<'a> {
    pub(crate) origin: &'a str,
    pub(crate) partition: u32,
    pub(crate) position: u64,
    pub(crate) timestamp_ms: Option<i64>,
    pub(crate) key: Option<&'a [u8]>,
    pub(crate) value: Option<&'a [u8]>,
    /// The headers as a JSON object; only read when [`RowDecoder::wants_headers`].
    pub(crate) headers: Option<&'a str>,
}

/// Turns records of one partition into batches: only the wanted columns are built, whatever a record's other fields hold.
pub(crate) struct RowDecoder {
    format: Format,
    names: Vec<String>,
    /// For each wanted column its place in the whole schema; what a CSV record is read by.
    places: Vec<usize>,
    /// How many columns the whole schema has.
    width: usize,
    columns: Vec<ColumnBuilder>,
    envelope: Vec<(Envelope, ColumnBuilder)>,
    dead: Vec<DeadLetter>,
    rows: usize,
    bytes: usize,
    newest_ms: Option<i64>,
}

impl RowDecoder {
    /// A decoder of the resolved `source` that builds `columns` of the payload (all, when not given) and its envelope.
    pub(crate) fn new(source: &Source, columns: Option<&[String]>) -> Result<Self> {
        let (Some(format), Some(schema)) = (source.format, &source.schema) else {
            return Err(Error::new(ErrorKind::Internal, "a source without format or schema cannot be read"));
        };
        let wanted = |name: &String| columns.is_none_or(|columns| columns.contains(name));
        let places: Vec<usize> = (0..schema.fields.len()).filter(|&at| wanted(&schema.fields[at].name)).collect();
        let envelope = source.envelope.iter().map(|&part| (part, ColumnBuilder::new(&envelope_type(part))));
        Ok(RowDecoder {
            format,
            names: places.iter().map(|&at| schema.fields[at].name.clone()).collect(),
            columns: places.iter().map(|&at| ColumnBuilder::new(&schema.fields[at].data_type)).collect(),
            places,
            width: schema.fields.len(),
            envelope: envelope.collect(),
            dead: Vec::new(),
            rows: 0,
            bytes: 0,
            newest_ms: None,
        })
    }

    /// Whether [`RecordRef::headers`] is looked at.
    pub(crate) fn wants_headers(&self) -> bool {
        self.envelope.iter().any(|(part, _)| *part == Envelope::Headers)
    }

    /// The wanted columns of the payload, in order.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Their builders, for a reader that has typed columns already; it calls [`RowDecoder::grown`] after each record or chunk.
    pub(crate) fn columns_mut(&mut self) -> &mut [ColumnBuilder] {
        &mut self.columns
    }

    /// Says that every column has grown to the same length.
    pub(crate) fn grown(&mut self, rows: usize, bytes: usize) {
        self.rows += rows;
        self.bytes += bytes;
    }

    /// Takes back what was appended to the columns since the last row that [`RowDecoder::grown`] knows of.
    pub(crate) fn undo(&mut self) {
        let rows = self.rows;
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    /// The type of a wanted column, with its article.
    pub(crate) fn type_name(&self, column: usize) -> &'static str {
        self.columns[column].type_name()
    }

    /// Rows and dead letters that [`RowDecoder::take`] would give.
    pub(crate) fn len(&self) -> usize {
        self.rows + self.dead.len()
    }

    /// Bytes of the records taken in since the last [`RowDecoder::take`].
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes in a record whose value is as the source's format says.
    pub(crate) fn push(&mut self, record: &RecordRef<'_>) {
        self.push_as(self.format, record);
    }

    /// Takes in a record whose value is a JSON object, whatever the source's format: how tapes hold rows of CSV and Parquet.
    pub(crate) fn push_json(&mut self, record: &RecordRef<'_>) {
        self.push_as(Format::Json, record);
    }

    fn push_as(&mut self, format: Format, record: &RecordRef<'_>) {
        let outcome = match (record.value, format) {
            (None, _) => Err("no value (a tombstone)".to_string()),
            (Some(value), Format::Json) => json::decode(value, &self.names, &mut self.columns, self.rows),
            (Some(value), Format::Csv) => {
                csv::decode_line(value, self.width, &self.places, &self.names, &mut self.columns)
            }
            (Some(_), Format::Parquet) => Err("a Parquet row that is no JSON object".to_string()),
        };
        self.close_row(record, outcome);
    }

    /// Takes in the fields of a CSV record; `places` says for each wanted column which field it is.
    pub(crate) fn push_fields(&mut self, record: &RecordRef<'_>, fields: &::csv::ByteRecord, places: &[Option<usize>]) {
        let outcome = csv::decode_fields(fields, places, &self.names, &mut self.columns);
        if outcome.is_ok() {
            self.bytes += fields.as_slice().len();
            return self.close_row(record, outcome);
        }
        let line = super::files::csv::line(fields);
        self.close_row(&RecordRef { value: Some(&line), ..*record }, outcome);
    }

    /// Keeps a record that cannot even be cut into fields.
    pub(crate) fn reject(&mut self, record: &RecordRef<'_>, reason: String) {
        self.close_row(record, Err(reason));
    }

    fn close_row(&mut self, record: &RecordRef<'_>, outcome: std::result::Result<(), String>) {
        self.newest_ms = self.newest_ms.max(record.timestamp_ms);
        self.bytes += record.key.map_or(0, <[u8]>::len) + record.value.map_or(0, <[u8]>::len);
        match outcome {
            Ok(()) => {
                for (part, column) in &mut self.envelope {
                    push_envelope(*part, column, record);
                }
                self.rows += 1;
            }
            Err(reason) => {
                self.undo();
                self.dead.push(dead_letter(record, reason));
            }
        }
    }

    /// Everything since the last time, as a batch of `partition`.
    pub(crate) fn take(&mut self, partition: u32) -> Result<SourceBatch> {
        let payload = self.names.iter().map(String::as_str).zip(&mut self.columns);
        let envelope = self.envelope.iter_mut().map(|(part, column)| (envelope_name(*part), column));
        let columns: Vec<_> =
            payload.chain(envelope).map(|(name, column)| column.finish(name).map(Into::into)).collect::<Result<_>>()?;
        let frame = DataFrame::new(std::mem::take(&mut self.rows), columns)?;
        self.bytes = 0;
        let dead = std::mem::take(&mut self.dead);
        Ok(SourceBatch { partition, frame, dead, newest_ms: self.newest_ms.take() })
    }
}

fn dead_letter(record: &RecordRef<'_>, reason: String) -> DeadLetter {
    DeadLetter {
        origin: record.origin.to_string(),
        partition: record.partition,
        position: Some(record.position),
        timestamp_ms: record.timestamp_ms,
        key: record.key.map(<[u8]>::to_vec),
        value: record.value.unwrap_or_default().to_vec(),
        reason,
    }
}

/// The column name of a part of the envelope.
pub(crate) fn envelope_name(part: Envelope) -> &'static str {
    match part {
        Envelope::Key => "_key",
        Envelope::Partition => "_partition",
        Envelope::Offset => "_offset",
        Envelope::Timestamp => "_timestamp",
        Envelope::Headers => "_headers",
    }
}

fn envelope_type(part: Envelope) -> DataType {
    match part {
        Envelope::Key | Envelope::Headers => DataType::String,
        Envelope::Partition => DataType::Int32,
        Envelope::Offset => DataType::Int64,
        Envelope::Timestamp => DataType::Timestamp,
    }
}

fn push_envelope(part: Envelope, column: &mut ColumnBuilder, record: &RecordRef<'_>) {
    let fits = match part {
        Envelope::Key => record.key.is_some_and(|key| column.push_text(&String::from_utf8_lossy(key))),
        Envelope::Partition => column.push_int(i64::from(record.partition)),
        Envelope::Offset => i64::try_from(record.position).is_ok_and(|offset| column.push_int(offset)),
        Envelope::Timestamp => record.timestamp_ms.is_some_and(|millis| column.push_millis(millis)),
        Envelope::Headers => record.headers.is_some_and(|headers| column.push_text(headers)),
    };
    if !fits {
        column.push_null();
    }
}

/// Headers as a JSON object of texts, invalid UTF-8 replaced; of headers of one name the last.
pub(crate) fn headers_json<'a>(headers: impl Iterator<Item = (&'a str, &'a [u8])>) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value).into())).collect();
    serde_json::Value::Object(object).to_string()
}
