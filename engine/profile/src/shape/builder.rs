//! A shape report made bit by bit: batches in, a report out at any time, in bounded memory however many there are.

use std::num::NonZero;

use polars::frame::DataFrame;

use crate::shape::envelope::Envelope;
use crate::shape::input::{Failure, JsonRecord, Rows, ShapeInput};
use crate::shape::observe::Observer;
use crate::shape::paths::{FIELDS, LEVELS, PATHS, Paths};
use crate::shape::report::{Alert, ColumnShape, Rate, ShapeReport};
use crate::shape::slices::Values;
use crate::shape::times::Place;
use crate::shape::{alerts, describe, frame, json, mask};

/// Alerts that a report shows.
const ALERTS: usize = 7;
/// Undecodable records that are shown.
const FAILURES: usize = 3;
/// With so many records at once, their partitions are gathered side by side.
const MANY: usize = 65_536;
/// Records between two questions whether to go on.
const ASKED_EVERY: usize = 1_024;
/// Into so many groups, whatever the machine: the report is the same on each.
const GROUPS: usize = 8;

/// Gathers a [`ShapeReport`].
#[derive(Debug, Clone)]
pub struct ShapeBuilder {
    /// What is looked at; its rows are never read from here.
    about: ShapeInput<'static>,
    records: u64,
    failed: u64,
    examples: Vec<Failure>,
    paths: Paths,
    envelope: Envelope,
    framed: bool,
}

impl ShapeBuilder {
    /// Nothing gathered yet. Of `about` all but the rows is taken, the failures counted before included.
    pub fn new(about: &ShapeInput<'_>) -> Self {
        let ShapeInput {
            name, sample, representative, redact, newest_ms, partitions, failures, failure_examples, ..
        } = about.clone();
        let mut paths = Paths::new(newest_ms);
        paths.redact = redact;
        let mut examples = failure_examples.clone();
        examples.truncate(FAILURES);
        if redact {
            examples.iter_mut().for_each(|failure| failure.text = mask::redacted(&failure.text));
        }
        let about = ShapeInput {
            name,
            sample,
            representative,
            redact,
            newest_ms,
            partitions,
            failures,
            failure_examples,
            rows: Rows::Json(Vec::new()),
        };
        Self {
            about,
            records: failures,
            failed: failures,
            examples,
            paths,
            envelope: Envelope::default(),
            framed: false,
        }
    }

    /// Takes records in, those of one partition in the order of their offsets.
    pub fn push_records(&mut self, records: &[JsonRecord<'_>]) {
        self.push_records_while(records, &|| true);
    }

    /// As [`ShapeBuilder::push_records`], but leaves the rest out as soon as `goes_on`, which is often asked, says no.
    pub fn push_records_while(&mut self, records: &[JsonRecord<'_>], goes_on: &(dyn Fn() -> bool + Sync)) {
        let partitions = records.iter().map(|record| record.partition).max().unwrap_or(0);
        if records.len() < MANY || partitions == 0 {
            let asked = records.chunks(ASKED_EVERY).take_while(|_| goes_on());
            asked.flatten().for_each(|record| self.push_record(record));
            return;
        }
        let mut groups: Vec<Vec<&JsonRecord<'_>>> = vec![Vec::new(); GROUPS];
        for record in records {
            groups[record.partition as usize % GROUPS].push(record);
        }
        groups.retain(|group| !group.is_empty());
        let about = ShapeInput { failures: 0, failure_examples: Vec::new(), ..self.about.clone() };
        let gathered = side_by_side(groups, |group| {
            let mut part = ShapeBuilder::new(&about);
            let asked = group.chunks(ASKED_EVERY).take_while(|_| goes_on());
            asked.flatten().for_each(|record| part.push_record(record));
            part
        });
        gathered.iter().for_each(|part| self.merge(part));
    }

    fn push_record(&mut self, record: &JsonRecord<'_>) {
        self.records += 1;
        self.envelope.push(record, self.about.redact);
        // A tombstone holds no row; the envelope counts it.
        let Some(value) = record.value else { return };
        match json::parse(value) {
            Ok(object) => {
                self.paths.place =
                    Place { partition: record.partition, block: record.block, broker_ms: record.timestamp_ms };
                self.paths.row(record.partition);
                object.tell_fields(&mut self.paths);
            }
            Err(reason) => self.fail(value, reason),
        }
    }

    fn fail(&mut self, value: &[u8], reason: String) {
        self.failed += 1;
        if self.examples.len() < FAILURES {
            let mut failure = Failure::new(value, reason);
            if self.about.redact {
                failure.text = mask::redacted(&failure.text);
            }
            self.examples.push(failure);
        }
    }

    /// Takes decoded rows in: column by column, on all cores.
    pub fn push_frame(&mut self, rows: &DataFrame) {
        self.framed = true;
        self.records += rows.height() as u64;
        frame::tell_columns(rows, &mut self.paths);
    }

    /// Takes in values of one column, and how many nulls were between them: of a builder that gathers this column only, to be
    /// [joined](ShapeBuilder::join_columns) with those of the others.
    pub fn push_column(&mut self, name: &str, values: Values<'_>, nulls: u64) {
        self.framed = true;
        self.paths.tell_column(name, values, nulls);
    }

    /// Gives back what is only needed while values come; none may come later.
    pub fn seal(&mut self) {
        self.paths.settle();
    }

    /// Takes in what each of `others` has gathered of columns that no other of them has, all of the same `rows` rows; the columns
    /// come in this order.
    pub fn join_columns(&mut self, rows: u64, others: &[ShapeBuilder]) {
        self.framed = true;
        self.records += rows;
        let all = self.paths.rows + rows;
        others.iter().for_each(|other| self.paths.merge(&other.paths));
        self.paths.rows = all;
    }

    /// Takes in what `other` has gathered: of other partitions, or of a later stretch of the same.
    pub fn merge(&mut self, other: &ShapeBuilder) {
        self.framed |= other.framed;
        self.records += other.records;
        self.failed += other.failed;
        self.examples.extend(other.examples.iter().take(FAILURES - self.examples.len().min(FAILURES)).cloned());
        self.paths.merge(&other.paths);
        self.envelope.merge(&other.envelope);
    }

    /// Records taken in so far.
    pub fn records(&self) -> u64 {
        self.records
    }

    /// The report of what has been taken in so far.
    pub fn partial(&self) -> ShapeReport {
        self.clone().finish()
    }

    /// The report.
    pub fn finish(mut self) -> ShapeReport {
        self.paths.settle();
        let paths = &self.paths;
        let failed = Rate::new(self.failed, self.records);
        let columns: Vec<ColumnShape> = paths.in_order().iter().map(|at| describe::column(paths, *at)).collect();
        let envelope = if self.framed { None } else { self.envelope.shape(&self.about.partitions) };
        let found = alerts::all(paths, failed, &self.examples, envelope.as_ref());
        let more_alerts = u32::try_from(found.len().saturating_sub(ALERTS)).unwrap_or(u32::MAX);
        let shown: Vec<Alert> = found.into_iter().take(ALERTS).collect();
        ShapeReport {
            name: self.about.name,
            sample: self.about.sample,
            representative: self.about.representative,
            redacted: self.about.redact,
            records: self.records,
            rows: paths.rows,
            failures: failed,
            failure_examples: self.examples,
            alerts: shown,
            more_alerts,
            columns,
            envelope,
            versus: None,
            limits: limits(paths),
        }
    }
}

fn limits(paths: &Paths) -> Vec<String> {
    let mut limits = Vec::new();
    if paths.too_many {
        limits.push(format!("more than {PATHS} paths: the first {PATHS} are shown"));
    }
    if paths.too_deep {
        limits.push(format!("nested deeper than {LEVELS} levels: what is below is not looked at"));
    }
    for node in paths.nodes.iter().filter(|n| n.is_map) {
        limits.push(format!("`{}` has more than {FIELDS} fields: the first {FIELDS} are shown", node.path));
    }
    if paths.repeated_names > 0 {
        let times = crate::figures::count(paths.repeated_names);
        limits.push(format!("a field came twice in one object {times} times: the first one was taken"));
    }
    limits
}

/// Does `work` on each of `items`, on as many threads as the machine has cores; the results are in the order of the items.
pub(crate) fn side_by_side<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    if cores < 2 {
        return items.into_iter().map(work).collect();
    }
    let waiting = std::sync::Mutex::new(items.into_iter().enumerate());
    let next = || waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let worker = || std::iter::from_fn(&next).map(|(at, item)| (at, work(item))).collect::<Vec<_>>();
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(worker)).collect();
        let joined = |worker: std::thread::ScopedJoinHandle<'_, Vec<(usize, R)>>| match worker.join() {
            Ok(part) => part,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        workers.into_iter().flat_map(joined).collect()
    });
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}
