//! Everything that a source holds, looked at part by part in memory that does not grow with it.

use headwater::{Expr, Plan};
use headwater_exec::expression::evaluate;
use headwater_exec::tape::read_whole;
use headwater_exec::{Cancel, Error, ErrorKind, Progress, RawRecord, SampleNote, Table, Tape, frame_of};
use headwater_profile::{KeyRow, KeyValue};
use polars::prelude::DataFrame;

use crate::key_plan::KeyPlan;
use crate::key_rows::rows;
use crate::keys::KeySample;
use crate::mistakes::{Outcome, one};

/// Rows whose keys are kept: beyond, every other one is, then every fourth, and so on, evenly over the whole source.
const KEPT: usize = 1 << 20;

/// Rows of a stretch.
const BLOCK: u64 = 16_384;

/// What is wanted of a source that is read whole.
pub trait Reader {
    /// Records of a topic or of text files.
    ///
    /// # Errors
    /// They cannot be looked at.
    fn records(&mut self, tape: &Tape) -> Outcome<()>;

    /// All rows of Parquet files, of which the reader reads the columns that it needs.
    ///
    /// # Errors
    /// They cannot be read or looked at, or the look was cancelled.
    fn table(&mut self, table: &Table, progress: &mut dyn FnMut(Progress)) -> Outcome<()>;
}

/// Reads all of the source of the resolved `plan`, a plain one, and gives it to every one of `readers`.
///
/// # Errors
/// The source cannot be read, a reader failed, or `cancel` was raised.
pub fn whole(
    plan: &Plan,
    readers: &mut [&mut dyn Reader],
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<SampleNote> {
    if let Some(table) = Table::of(plan.source()).map_err(one)? {
        readers.iter_mut().try_for_each(|reader| reader.table(&table, progress))?;
        return Ok(table.note());
    }
    let mut failed: Vec<Error> = Vec::new();
    let mut take = |records: Vec<RawRecord>| {
        cancel.check()?;
        let partitions = records.iter().map(|record| record.partition + 1).max().unwrap_or(0);
        let tape = Tape::from_records("", partitions, records);
        readers.iter_mut().try_for_each(|reader| reader.records(&tape)).map_err(|errors| {
            failed = errors;
            failed.first().cloned().unwrap_or_else(|| Error::new(ErrorKind::Internal, "a reader failed without a word"))
        })
    };
    let note = read_whole(plan.source(), cancel, progress, &mut take);
    note.map_err(|error| if failed.is_empty() { one(error) } else { failed })
}

/// Collects the keys of everything.
pub struct WholeKeys {
    keyed: KeyPlan,
    cancel: Cancel,
    kept: Vec<KeyRow>,
    /// How many rows are kept at most.
    most: usize,
    /// One row of so many is kept.
    stride: u64,
    /// Rows so far.
    seen: u64,
}

impl WholeKeys {
    /// The keys `exprs` of the resolved `plan`.
    ///
    /// # Errors
    /// A mistake in a key.
    pub fn new(plan: &Plan, exprs: &[Expr], cancel: &Cancel) -> Outcome<WholeKeys> {
        let keyed = KeyPlan::new(plan, exprs)?;
        Ok(WholeKeys { keyed, cancel: cancel.clone(), kept: Vec::new(), most: KEPT, stride: 1, seen: 0 })
    }

    /// The keys of all that has been read, which `note` is of.
    pub fn finish(self, note: &SampleNote) -> KeySample {
        let looked_at = note.records.div_ceil(self.stride);
        KeySample::of(self.keyed, note, self.kept, looked_at)
    }

    fn frame(&mut self, file: u32, frame: &DataFrame) -> Outcome<()> {
        let columns: Vec<_> =
            self.keyed.exprs.iter().map(|expr| evaluate(expr, frame)).collect::<Result<_, _>>().map_err(one)?;
        for row in 0..frame.height() {
            if self.seen.is_multiple_of(self.stride) {
                let parts =
                    columns.iter().map(|column| column.get(row).map_or(KeyValue::Null, |own| KeyValue::from(&own)));
                let key = KeyValue::several(parts.collect());
                self.push(KeyRow { key, partition: file, ..KeyRow::default() });
            } else {
                self.seen += 1;
            }
        }
        Ok(())
    }

    /// Stretches of neighbours are the blocks, as in a sample.
    fn push(&mut self, mut row: KeyRow) {
        row.block = u32::try_from(self.seen / BLOCK).unwrap_or(u32::MAX);
        if self.seen.is_multiple_of(self.stride) {
            if self.kept.len() >= self.most {
                let mut place = 0_usize;
                self.kept.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.stride *= 2;
            }
            if self.seen.is_multiple_of(self.stride) {
                self.kept.push(row);
            }
        }
        self.seen += 1;
    }
}

impl Reader for WholeKeys {
    fn records(&mut self, tape: &Tape) -> Outcome<()> {
        let found = rows(&self.keyed, &tape.into(), &self.cancel)?;
        found.into_iter().for_each(|row| self.push(row));
        Ok(())
    }

    fn table(&mut self, table: &Table, progress: &mut dyn FnMut(Progress)) -> Outcome<()> {
        let mut names: Vec<String> = Vec::new();
        for name in self.keyed.exprs.iter().flat_map(Expr::columns) {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let mut read = 0;
        for batch in table.batches(&names) {
            self.cancel.check().map_err(one)?;
            let (file, batch) = batch.map_err(one)?;
            self.frame(file, &frame_of(&batch).map_err(one)?)?;
            read += batch.num_rows() as u64;
            progress(Progress { what: "reading the keys".to_owned(), done: read, total: Some(table.rows()) });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;

    #[test]
    fn what_is_kept_of_many_rows_is_spread_evenly_over_them() {
        let plan = files("a.parquet").parquet().schema("n BIGINT").plan();
        let mut keys = WholeKeys { most: 1_000, ..WholeKeys::new(&plan, &[col("n")], &Cancel::new()).unwrap() };
        for part in 0..10_i64 {
            let numbers: Vec<i64> = (part * 1_000..(part + 1) * 1_000).collect();
            keys.frame(0, &polars::df!("n" => numbers).unwrap()).unwrap();
        }
        assert!((500..=1_000).contains(&keys.kept.len()), "{}", keys.kept.len());
        let kept: Vec<i64> = keys.kept.iter().map(|row| row.key.to_string().parse().unwrap()).collect();
        assert_eq!(kept, (0..10_000).step_by(16).collect::<Vec<i64>>());
        let note = SampleNote { records: 10_000, total: 10_000, whole: true, ..SampleNote::default() };
        let report = keys.finish(&note).report(&crate::KeyOptions::default()).unwrap();
        assert!(report.sample.ends_with(" · keys of one row in 16"), "{}", report.sample);
    }
}
