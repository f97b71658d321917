//! A tape on disk: one Arrow IPC file of the records, with version, note and origins in the schema's metadata.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, Int64Array, ListArray, RecordBatch, StringArray,
    StringBuilder, StructArray, UInt32Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Int64Type, Schema, UInt32Type, UInt64Type};
use arrow::error::ArrowError;
use arrow::ipc::reader::FileReader;
use arrow::ipc::writer::FileWriter;

use super::{RawRecord, SampleNote, Tape};
use crate::{Error, ErrorKind, Result};

/// The ending of a tape that is being written.
pub(super) const ASIDE: &str = "tmp";
const VERSION: &str = "1";
const VERSION_KEY: &str = "headwater.tape.version";
const NOTE_KEY: &str = "headwater.tape.note";
const ORIGINS_KEY: &str = "headwater.tape.origins";
/// Records in one Arrow batch.
const BATCH: usize = 8_192;

/// Writes `tape` beside `path`, syncs it, and renames it to `path`.
pub(super) fn save(tape: &Tape, path: &Path) -> Result<()> {
    let failed =
        |what: String| Error::new(ErrorKind::Sink, format!("cannot write the tape `{}`: {what}", path.display()));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    let aside = path.with_extension(aside_extension());
    let written = write(tape, &aside).and_then(|()| fs::rename(&aside, path).map_err(ArrowError::from));
    written.map_err(|error| {
        let _ = fs::remove_file(&aside); // what is left of a failed write is of no use to anyone
        failed(error.to_string())
    })
}

/// An ending that no other writer uses now, in this process or another: two may record the same tape at the same time.
fn aside_extension() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}-{}.{ASIDE}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn write(tape: &Tape, path: &Path) -> std::result::Result<(), ArrowError> {
    let json = |error: serde_json::Error| ArrowError::ExternalError(Box::new(error));
    let metadata = HashMap::from([
        (VERSION_KEY.to_string(), VERSION.to_string()),
        (NOTE_KEY.to_string(), serde_json::to_string(&tape.note).map_err(json)?),
        (ORIGINS_KEY.to_string(), serde_json::to_string(&tape.origins).map_err(json)?),
    ]);
    let schema = Arc::new(Schema::new(fields()).with_metadata(metadata));
    let mut writer = FileWriter::try_new(File::create(path)?, &schema)?;
    for records in tape.records.chunks(BATCH) {
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), columns(records)?)?)?;
    }
    writer.finish()?;
    writer.get_ref().sync_all()?;
    Ok(())
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("partition", DataType::UInt32, false),
        Field::new("offset", DataType::UInt64, false),
        Field::new("timestamp_ms", DataType::Int64, true),
        Field::new("key", DataType::Binary, true),
        Field::new("value", DataType::Binary, true),
        Field::new("headers", DataType::List(header_item()), false),
        Field::new("block", DataType::UInt32, false),
    ]
}

fn header_fields() -> Fields {
    Fields::from(vec![Field::new("name", DataType::Utf8, false), Field::new("value", DataType::Binary, false)])
}

fn header_item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Struct(header_fields()), false))
}

fn columns(records: &[RawRecord]) -> std::result::Result<Vec<ArrayRef>, ArrowError> {
    Ok(vec![
        Arc::new(UInt32Array::from_iter_values(records.iter().map(|record| record.partition))),
        Arc::new(UInt64Array::from_iter_values(records.iter().map(|record| record.offset))),
        Arc::new(Int64Array::from_iter(records.iter().map(|record| record.timestamp_ms))),
        Arc::new(BinaryArray::from_iter(records.iter().map(|record| record.key.as_deref()))),
        Arc::new(BinaryArray::from_iter(records.iter().map(|record| record.value.as_deref()))),
        Arc::new(headers_column(records)?),
        Arc::new(UInt32Array::from_iter_values(records.iter().map(|record| record.block))),
    ])
}

fn headers_column(records: &[RawRecord]) -> std::result::Result<ListArray, ArrowError> {
    let (mut names, mut values) = (StringBuilder::new(), BinaryBuilder::new());
    for (name, value) in records.iter().flat_map(|record| &record.headers) {
        names.append_value(name);
        values.append_value(value);
    }
    let arrays: Vec<ArrayRef> = vec![Arc::new(names.finish()), Arc::new(values.finish())];
    let headers = StructArray::try_new(header_fields(), arrays, None)?;
    let lengths = OffsetBuffer::from_lengths(records.iter().map(|record| record.headers.len()));
    ListArray::try_new(header_item(), lengths, Arc::new(headers), None)
}

/// Reads what [`save`] wrote.
pub(super) fn open(path: &Path) -> Result<Tape> {
    let (reader, note, origins) = open_note(path)?;
    let mut records = Vec::new();
    for batch in reader {
        read_batch(&batch.map_err(|error| unreadable(path, error.to_string()))?, &mut records);
    }
    if records.len() as u64 != note.records {
        let what = format!("it holds {} records where its note says {}", records.len(), note.records);
        return Err(unreadable(path, what));
    }
    Ok(Tape { note, origins, records: Arc::new(records) })
}

/// The note of a tape, without reading its records.
pub(super) fn note(path: &Path) -> Result<SampleNote> {
    open_note(path).map(|(_, note, _)| note)
}

fn unreadable(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Source, format!("cannot read the tape `{}`: {what}", path.display()))
        .hint("A tape is a recording; delete the file, and the next look records a new one.")
}

fn open_note(path: &Path) -> Result<(FileReader<BufReader<File>>, SampleNote, Vec<String>)> {
    let failed = |what: String| unreadable(path, what);
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let reader = FileReader::try_new(BufReader::new(file), None).map_err(|error| failed(error.to_string()))?;
    let schema = reader.schema();
    let found = |key: &str| schema.metadata().get(key).ok_or_else(|| failed(format!("it has no `{key}`")));
    match found(VERSION_KEY)?.as_str() {
        VERSION => {}
        other => return Err(failed(format!("it is of version {other}, this is version {VERSION}"))),
    }
    if schema.fields().iter().map(|field| field.data_type()).ne(fields().iter().map(Field::data_type)) {
        return Err(failed("its columns are not those of a tape".to_string()));
    }
    let note: SampleNote = serde_json::from_str(found(NOTE_KEY)?).map_err(|error| failed(error.to_string()))?;
    let origins = serde_json::from_str(found(ORIGINS_KEY)?).map_err(|error| failed(error.to_string()))?;
    Ok((reader, note, origins))
}

/// Appends the records of a batch whose columns were compared with [`fields`].
fn read_batch(batch: &RecordBatch, records: &mut Vec<RawRecord>) {
    let partitions = batch.column(0).as_primitive::<UInt32Type>();
    let offsets = batch.column(1).as_primitive::<UInt64Type>();
    let times = batch.column(2).as_primitive::<Int64Type>();
    let (keys, values) = (batch.column(3).as_binary::<i32>(), batch.column(4).as_binary::<i32>());
    let headers = batch.column(5).as_list::<i32>();
    let blocks = batch.column(6).as_primitive::<UInt32Type>();
    let bytes = |array: &BinaryArray, row: usize| array.is_valid(row).then(|| array.value(row).to_vec());
    for row in 0..batch.num_rows() {
        records.push(RawRecord {
            partition: partitions.value(row),
            offset: offsets.value(row),
            timestamp_ms: times.is_valid(row).then(|| times.value(row)),
            key: bytes(keys, row),
            value: bytes(values, row),
            headers: read_headers(&headers.value(row)),
            block: blocks.value(row),
        });
    }
}

fn read_headers(list: &ArrayRef) -> Vec<(String, Vec<u8>)> {
    let headers = list.as_struct();
    let names: &StringArray = headers.column(0).as_string();
    let values: &BinaryArray = headers.column(1).as_binary();
    (0..headers.len()).map(|index| (names.value(index).to_string(), values.value(index).to_vec())).collect()
}
