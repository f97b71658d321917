//! Recording files: the whole when it is small, else blocks spread evenly — over the bytes of text files, over the rows of Parquet.

use std::path::{Path, PathBuf};

use ::csv::ByteRecord;
use headwater::{Format, Sample, SampleFrom, Source};
use parquet::arrow::arrow_reader::RowSelection;

use super::Recording;
use crate::Result;
use crate::json_rows::JsonRows;
use crate::sources::files::{csv, damaged, lines, list, one_format, parquet as parquet_files};
use crate::tape::blocks::{self, Block, Span};
use crate::tape::{PartitionNote, PositionUnit, RawRecord, SampleNote, StoppedBy, Tape};

/// The header under which a record that cannot even be cut into fields carries the reason.
pub(in crate::tape) const REASON: &str = "hw-reason";
/// Records between two looks at the bounds.
const LOOK_EVERY: usize = 512;
/// About how many records are asked for their length.
const PROBES: f64 = 400.0;

pub(super) fn record(
    source: &Source,
    path: &str,
    sample: &Sample,
    recording: &mut Recording<'_>,
) -> Result<(Tape, Format)> {
    let files = list(path)?;
    let format = source.format.map_or_else(|| one_format(&files), Ok)?;
    let mut spans = Vec::with_capacity(files.len());
    for (partition, file) in (0..).zip(&files) {
        let high = match format {
            Format::Parquet => parquet_files::Footer::read(file)?.rows,
            _ => std::fs::metadata(file).map_err(|error| damaged(file, error))?.len(),
        };
        spans.push(Span { partition, low: 0, high });
    }
    let drawn = match format {
        Format::Parquet => draw_rows(&files, &spans, sample, recording)?,
        _ => draw_text(&files, format, &spans, sample, recording)?,
    };
    let note = SampleNote {
        origin: path.to_string(),
        partitions: spans
            .iter()
            .map(|span| PartitionNote { partition: span.partition, low: 0, high: span.high, taken: 0 })
            .collect(),
        total: drawn.total,
        from: sample.from,
        blocks: drawn.blocks,
        whole: drawn.whole,
        took_ms: recording.started.elapsed().as_millis() as u64,
        stopped_by: recording.stopped_by,
        unit: if format == Format::Parquet { PositionUnit::Rows } else { PositionUnit::Bytes },
        ..SampleNote::default()
    };
    let origins = files.iter().map(|file| file.display().to_string()).collect();
    Ok((Tape::of_records(note, origins, recording.kept()?), format))
}

/// What was drawn from the files.
struct Drawn {
    total: u64,
    blocks: u32,
    whole: bool,
}

/// Blocks of rows; their number is known beforehand.
fn draw_rows(files: &[PathBuf], spans: &[Span], sample: &Sample, recording: &mut Recording<'_>) -> Result<Drawn> {
    let total = spans.iter().map(Span::len).sum();
    let plan = blocks::blocks(spans, sample);
    let planned = plan.iter().map(|block| block.to - block.from).sum();
    let mut number = 0;
    for run in plan.chunk_by(|one, other| one.partition == other.partition) {
        if !read_rows(&files[run[0].partition as usize], run, number, planned, recording)? {
            break;
        }
        number += run.len() as u32;
    }
    Ok(Drawn { total, blocks: plan.len() as u32, whole: planned == total && recording.stopped_by.is_none() })
}

/// Reads the blocks of one Parquet file. Says whether to go on.
fn read_rows(path: &Path, plan: &[Block], number: u32, planned: u64, recording: &mut Recording<'_>) -> Result<bool> {
    let footer = parquet_files::Footer::read(path)?;
    footer.schema()?; // a column that no pipeline has is better said now
    let rows = footer.rows as usize;
    let selection =
        RowSelection::from_consecutive_ranges(plan.iter().map(|block| block.from as usize..block.to as usize), rows);
    let reader = footer.into_builder().with_row_selection(selection).build().map_err(|error| damaged(path, error))?;
    let mut places =
        (number..).zip(plan).flat_map(|(number, block)| (block.from..block.to).map(move |row| (number, row)));
    for batch in reader {
        let batch = batch.map_err(|error| damaged(path, error))?;
        let frame = parquet_files::frame(&batch)?;
        let json = JsonRows::new(&frame)?;
        for index in 0..frame.height() {
            let Some((block, offset)) = places.next() else { break };
            let mut value = Vec::new();
            json.write(index, &mut value);
            recording.take(RawRecord {
                partition: plan[0].partition,
                offset,
                block,
                value: Some(value),
                ..RawRecord::default()
            });
        }
        if !recording.goes_on(planned)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Text files: how many records they hold is only known once they are read, so the beginning is read first. If that is all of it, it is
/// the tape; if not, it says how long a record is, and blocks of bytes are drawn.
fn draw_text(
    files: &[PathBuf],
    format: Format,
    spans: &[Span],
    sample: &Sample,
    recording: &mut Recording<'_>,
) -> Result<Drawn> {
    let whole: Vec<Block> =
        spans.iter().map(|span| Block { partition: span.partition, from: 0, to: span.high }).collect();
    read_blocks(files, format, &whole, sample.rows, recording)?;
    if matches!(recording.stopped_by, None | Some(StoppedBy::Seconds)) {
        let records = recording.records.len() as u64;
        let files = files.len() as u32;
        return Ok(Drawn { total: records, blocks: files, whole: recording.stopped_by.is_none() });
    }
    let bytes: u64 = spans.iter().map(Span::len).sum();
    // The first records may be shorter or longer than the others, so a few from everywhere are asked.
    let first = mean_length(recording, 1.0);
    recording.begin_again();
    let few = blocks::blocks(
        spans,
        &Sample {
            rows: ((first * PROBES) as u64).clamp(1, bytes.max(2) - 1),
            from: SampleFrom::Stratified,
            ..sample.clone()
        },
    );
    read_blocks(files, format, &few, PROBES as u64, recording)?;
    let mean = mean_length(recording, first);
    let total = (bytes as f64 / mean) as u64;
    recording.begin_again();
    // In bytes of the files, and a little less than allowed: at the very bound the last block would be cut off.
    let wanted = (sample.rows as f64 * mean).min(sample.bytes as f64) * 0.98;
    let wanted = Sample { rows: (wanted as u64).clamp(1, bytes.max(2) - 1), ..sample.clone() };
    let plan = blocks::blocks(spans, &wanted);
    read_blocks(files, format, &plan, sample.rows, recording)?;
    if recording.stopped_by != Some(StoppedBy::Seconds) {
        recording.stopped_by = None; // the blocks were planned to meet the bounds
    }
    Ok(Drawn { total, blocks: plan.len() as u32, whole: false })
}

/// The bytes that a record takes in its file.
fn mean_length(recording: &Recording<'_>, otherwise: f64) -> f64 {
    match recording.records.len() {
        0 => otherwise,
        records => recording.text_bytes as f64 / records as f64,
    }
}

fn read_blocks(
    files: &[PathBuf],
    format: Format,
    plan: &[Block],
    planned: u64,
    recording: &mut Recording<'_>,
) -> Result<()> {
    // Halves before quarters: a bound that is met early cuts from everywhere, not from the end.
    for index in blocks::visiting_order(plan.len()) {
        let (number, block) = (u32::try_from(index).unwrap_or(u32::MAX), &plan[index]);
        let path = &files[block.partition as usize];
        match format {
            Format::Csv => read_records(path, block, number, planned, recording)?,
            _ => read_lines(path, block, number, planned, recording)?,
        }
        if !recording.goes_on(planned)? {
            break;
        }
    }
    Ok(())
}

/// The lines that begin within the block.
fn read_lines(path: &Path, block: &Block, number: u32, planned: u64, recording: &mut Recording<'_>) -> Result<()> {
    let mut lines = lines::Lines::open_after(path, block.from)?;
    let mut line = Vec::new();
    let mut count = 0;
    while lines.at() < block.to
        && let Some(offset) = lines.next(&mut line)?
    {
        count += 1;
        if line.is_empty() {
            continue;
        }
        let record = RawRecord {
            partition: block.partition,
            offset,
            block: number,
            value: Some(line.clone()),
            ..RawRecord::default()
        };
        if !recording.take_text(record, lines.at() - offset)
            || (count % LOOK_EVERY == 0 && !recording.goes_on(planned)?)
        {
            break;
        }
    }
    Ok(())
}

/// The CSV records that begin within the block. A block in the middle of a file begins at a line's end that may lie within quotes: what is
/// not as long as the header before the first record that is, is passed over.
fn read_records(path: &Path, block: &Block, number: u32, planned: u64, recording: &mut Recording<'_>) -> Result<()> {
    let begin = match block.from {
        0 => 0,
        from => lines::Lines::open_after(path, from)?.at(),
    };
    let mut records = csv::Records::open(path, begin)?;
    let mut fields = ByteRecord::new();
    let mut aligned = begin == 0;
    let mut count = 0;
    while records.at() < block.to
        && let Some(offset) = records.next(&mut fields)?
    {
        count += 1;
        let misfit = records.misfit(&fields);
        aligned |= misfit.is_none();
        if !aligned {
            continue;
        }
        let mut record = RawRecord { partition: block.partition, offset, block: number, ..RawRecord::default() };
        match misfit {
            None => record.value = Some(json_object(records.header(), &fields)),
            Some(reason) => {
                record.value = Some(csv::line(&fields));
                record.headers = vec![(REASON.to_string(), reason.into_bytes())];
            }
        }
        let length = records.at() - offset;
        if !recording.take_text(record, length) || (count % LOOK_EVERY == 0 && !recording.goes_on(planned)?) {
            break;
        }
    }
    Ok(())
}

/// A CSV record as a JSON object of its texts, null for an empty one.
fn json_object(header: &[String], fields: &ByteRecord) -> Vec<u8> {
    let mut object = vec![b'{'];
    for (name, field) in header.iter().zip(fields) {
        if object.len() > 1 {
            object.push(b',');
        }
        // Writing a text into memory cannot fail.
        let _ = serde_json::to_writer(&mut object, name);
        object.push(b':');
        match field.is_empty() {
            true => object.extend_from_slice(b"null"),
            false => {
                let _ = serde_json::to_writer(&mut object, &String::from_utf8_lossy(field));
            }
        }
    }
    object.push(b'}');
    object
}
