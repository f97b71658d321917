//! What grouping by a key would do to so many workers.

use headwater::{Expr, Plan, Source, SourceConnector};
use headwater_exec::tape::{PartitionNote, PositionUnit};
use headwater_exec::{Cancel, Error, ErrorKind, Progress, SampleNote, Tape, TapeSet};
use headwater_profile::{
    CheckResult, KeyContract, KeyError, KeyInput, KeyReport, KeyRow, Operator, PartitionSpan, PartitionerInput,
    PartitionerReport, Placement, Verdict, partitioner,
};

use crate::checks::evidence;
use crate::key_plan::{Grouping, KeyPlan};
use crate::key_rows::rows;
use crate::mistakes::{Outcome, one};
use crate::other_keys::other_keys;
use crate::redact;

/// How a key report is made.
#[derive(Clone, Debug, Default)]
pub struct KeyOptions {
    /// How many workers the forecast is for; a default is taken, and said, when there are none.
    pub parallelism: Option<u32>,
    /// How the target finds the worker of a key.
    pub target: Placement,
    /// Name keys by their rank and form instead of their text.
    pub redact: bool,
}

/// The keys of a sample's rows: what reports for any target and contracts are made from.
#[derive(Clone, Debug)]
pub struct KeySample {
    keyed: KeyPlan,
    input: KeyInput,
    /// Every row of the source is in it.
    whole: bool,
}

/// The keys `exprs` of the rows of the resolved `plan` over its tapes. Several are one key. Without any, the keys that the plan's last
/// group-by takes.
///
/// # Errors
/// A mistake in a key, a plan that cannot run, a number of workers that nobody has, or `cancel` was raised.
pub fn keys<'t>(
    plan: &Plan,
    tapes: impl Into<TapeSet<'t>>,
    exprs: &[Expr],
    options: &KeyOptions,
    cancel: &Cancel,
    progress: &mut dyn FnMut(Progress),
) -> Outcome<KeyReport> {
    let tapes = tapes.into();
    let mut sample = KeySample::new(plan, tapes.clone(), exprs, cancel, progress)?;
    sample.report_trying_others(tapes, options, cancel)
}

impl KeySample {
    /// The keys `exprs` of the rows of the resolved `plan` over its tapes; see [`keys`].
    ///
    /// # Errors
    /// A mistake in a key, a plan that cannot run, or `cancel` was raised.
    pub fn new<'t>(
        plan: &Plan,
        tapes: impl Into<TapeSet<'t>>,
        exprs: &[Expr],
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Outcome<KeySample> {
        progress(Progress { what: "counting the keys of the sample".to_owned(), done: 0, total: None });
        let keyed = KeyPlan::new(plan, exprs)?;
        let tapes = tapes.into();
        let found = rows(&keyed, &tapes, cancel)?;
        let note = tapes.note();
        let mut sample = KeySample::of(keyed, &note, found, note.records);
        sample.input.partitioner = producers(plan, tapes.first());
        Ok(sample)
    }

    /// Rows that were found in a source, `looked_at` of whose records gave them.
    pub(crate) fn of(keyed: KeyPlan, note: &SampleNote, rows: Vec<KeyRow>, looked_at: u64) -> KeySample {
        let left_out = match note.records.checked_div(looked_at) {
            Some(stride @ 2..) => format!(" · keys of one row in {stride}"),
            _ => String::new(),
        };
        let whole = note.whole && looked_at == note.records;
        let input = KeyInput {
            key: keyed.name(),
            columns: keyed.columns(),
            sample: format!("{note}{left_out}"),
            representative: note.representative(),
            drawn: if whole { 1.0 } else { looked_at as f64 / note.total.max(1) as f64 },
            parallelism: None,
            placement: Placement::default(),
            operator: operator(keyed.grouped, Placement::default()),
            partitions: spans(note),
            rows_per_second: rows_per_second(note, rows.len(), looked_at),
            window_ms: keyed.grouped.and_then(|grouping| grouping.window_ms),
            rows,
            others: Vec::new(),
            spread: None,
            partitioner: None,
        };
        KeySample { keyed, input, whole }
    }

    /// What grouping by them does; when that goes wrong, other columns of the tapes, which they are from, are tried instead of them or
    /// beside them.
    ///
    /// # Errors
    /// A number of workers that nobody has.
    pub fn report_trying_others<'t>(
        &mut self,
        tapes: impl Into<TapeSet<'t>>,
        options: &KeyOptions,
        cancel: &Cancel,
    ) -> Outcome<KeyReport> {
        let report = self.report(options)?;
        if report.verdict != Verdict::WillStraggle {
            return Ok(report);
        }
        let beside = other_keys(&self.keyed, &tapes.into(), &self.input.rows, cancel);
        (self.input.others, self.input.spread) = (beside.others, beside.spread);
        if self.input.others.is_empty() && self.input.spread.is_none() { Ok(report) } else { self.report(options) }
    }

    /// What grouping by them does.
    ///
    /// # Errors
    /// A number of workers that nobody has.
    pub fn report(&mut self, options: &KeyOptions) -> Outcome<KeyReport> {
        (self.input.parallelism, self.input.placement) = (options.parallelism, options.target);
        self.input.operator = operator(self.keyed.grouped, options.target);
        let mut report = headwater_profile::keys(&self.input).map_err(of_number)?;
        if options.redact {
            redact::keys(&mut report);
        }
        Ok(report)
    }

    /// Judges what is promised of them. With `redact` in the options no key is named.
    ///
    /// # Errors
    /// The contract names a number of workers that nobody has.
    pub fn check(&mut self, contract: &KeyContract, options: &KeyOptions) -> Outcome<Vec<CheckResult>> {
        let workers = contract.straggler_below.map(|(workers, _)| workers).or(options.parallelism);
        let report = self.report(&KeyOptions { parallelism: workers, ..options.clone() })?;
        Ok(contract.judge(&evidence(&report, self.whole)))
    }
}

/// What is done with the rows of a key: where it is done decides whether they are combined first.
fn operator(grouped: Option<Grouping>, target: Placement) -> Operator {
    let combines = |grouping: Grouping| match target {
        Placement::Headwater => grouping.combining_here,
        _ => grouping.combining,
    };
    match grouped {
        Some(grouping) if combines(grouping) => Operator::Combining,
        Some(_) => Operator::Holistic,
        None => Operator::Unknown,
    }
}

fn of_number(error: KeyError) -> Vec<Error> {
    one(Error::new(ErrorKind::Plan, error.to_string()))
}

/// Who wrote the topic; `None` when the source is none, or one of several.
fn producers(plan: &Plan, tape: &Tape) -> Option<PartitionerReport> {
    let [(_, Source { connector: SourceConnector::Kafka { .. }, .. })] = plan.sources()[..] else { return None };
    let partitions = u32::try_from(tape.note().partitions.len()).unwrap_or(u32::MAX);
    let records = tape.records().iter().map(|record| (record.key.as_deref(), record.partition)).collect();
    Some(partitioner(&PartitionerInput { partitions, records }))
}

/// What each partition holds. Of text files only bytes are known, and the sample already takes of each as many rows as it holds of all.
fn spans(note: &SampleNote) -> Vec<PartitionSpan> {
    if note.unit == PositionUnit::Bytes {
        return Vec::new();
    }
    let span =
        |own: &PartitionNote| PartitionSpan { partition: own.partition, records: own.high.saturating_sub(own.low) };
    note.partitions.iter().map(span).collect()
}

/// Rows that the plan makes in a second of broker time, when the sample reaches over the log: all of the log's records in the time
/// between the oldest and the newest, as many rows of them as of those that were looked at.
fn rows_per_second(note: &SampleNote, rows: usize, looked_at: u64) -> Option<f64> {
    let span_ms = note.newest_ms?.checked_sub(note.oldest_ms?)?;
    if !note.representative() || span_ms < 1_000 || looked_at == 0 {
        return None;
    }
    let kept = rows as f64 / looked_at as f64;
    Some(note.total as f64 * kept / (span_ms as f64 / 1_000.0))
}
