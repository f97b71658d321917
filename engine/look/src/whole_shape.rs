//! The shape of everything that a source holds.

use headwater::{Format, Plan};
use headwater_exec::{Cancel, Progress, SampleNote, Table, Tape};
use headwater_profile::{Failure, ShapeBuilder, ShapeInput, ShapeReport};

use crate::arrange::arrange;
use crate::columns;
use crate::mistakes::{Outcome, one};
use crate::shape::{EXAMPLES, ShapeOptions, about, json_records, name};
use crate::whole::Reader;

/// Gathers the shape of everything.
pub struct WholeShape {
    plan: Plan,
    options: ShapeOptions,
    cancel: Cancel,
    gathered: ShapeBuilder,
    /// Of Parquet files, what was gathered of each column, and of how many rows.
    columns: Vec<ShapeBuilder>,
    rows: u64,
    /// Records that did not decode; of JSON the builder counts them.
    failures: u64,
    examples: Vec<Failure>,
}

impl WholeShape {
    /// Nothing gathered yet of the resolved `plan`, a plain source. `sample` is the note of a sample of it, and `now_ms` the time
    /// after which times lie in the future.
    pub fn new(plan: &Plan, sample: &SampleNote, now_ms: Option<i64>, options: &ShapeOptions, cancel: &Cancel) -> Self {
        let newest_ms = sample.newest_ms.and(now_ms);
        let input = ShapeInput { newest_ms, ..about(plan, sample, name(plan, sample), options) };
        WholeShape {
            plan: plan.clone(),
            options: options.clone(),
            cancel: cancel.clone(),
            gathered: ShapeBuilder::new(&input),
            columns: Vec::new(),
            rows: 0,
            failures: 0,
            examples: Vec::new(),
        }
    }

    /// The report of all that has been read, which `note` is of.
    pub fn finish(self, note: &SampleNote) -> ShapeReport {
        let name = name(&self.plan, note);
        let mut all = ShapeBuilder::new(&ShapeInput {
            failures: self.failures,
            failure_examples: self.examples,
            ..about(&self.plan, note, name, &self.options)
        });
        all.merge(&self.gathered);
        if self.rows > 0 || !self.columns.is_empty() {
            all.join_columns(self.rows, &self.columns);
        }
        let mut report = all.finish();
        arrange(&mut report, self.options.sort, &self.options.columns);
        report
    }
}

impl Reader for WholeShape {
    fn records(&mut self, tape: &Tape) -> Outcome<()> {
        if self.plan.source().format == Some(Format::Json) {
            self.gathered.push_records_while(&json_records(tape), &|| !self.cancel.is_cancelled());
            return self.cancel.check().map_err(one);
        }
        let preview = headwater_exec::preview(&self.plan, tape, &self.cancel).map_err(one)?;
        self.failures += preview.counts.dead;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        let dead = preview.sources.iter().flat_map(|source| &source.dead).take(room);
        self.examples.extend(dead.map(|letter| Failure::new(&letter.value, letter.reason.clone())));
        self.gathered.push_frame(&preview.frame);
        Ok(())
    }

    fn table(&mut self, table: &Table, progress: &mut dyn FnMut(Progress)) -> Outcome<()> {
        self.columns = columns::gather(table, &self.gathered, &self.cancel, progress).map_err(one)?;
        self.rows = table.rows();
        Ok(())
    }
}
