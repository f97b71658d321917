//! What was found in a source: one document of shape, keys, checks and drift, and whether all is as it should be.

use std::time::{SystemTime, UNIX_EPOCH};

use headwater::{Expr, Plan};
use headwater_exec::{Cancel, Progress, SampleNote, Tape};
use headwater_look::{KeySample, Reader, ResolvedSources, WholeKeys, WholeShape};
use headwater_profile::{CheckResult, CheckVerdict, DriftReport, KeyContract, KeyReport, PinOptions, ShapeReport};
use serde::Serialize;
use std::sync::Arc;

use crate::exit_code;
use crate::failure::{Failure, Outcome};
use crate::profile::asked::Asked;

/// The version of the document's form.
const VERSION: u32 = 1;

/// Everything that was found in a source. `docs/reference/profile-json.md` is made from the comments here and in the reports.
#[derive(Debug, Serialize)]
pub(crate) struct Findings {
    /// The version of this form.
    pub(crate) version: u32,
    /// How the sample was drawn.
    pub(crate) sample: SampleNote,
    /// The same as a line.
    pub(crate) sample_text: String,
    /// Whether shares in the sample estimate those of the source.
    pub(crate) representative: bool,
    /// What is in the records.
    pub(crate) shape: ShapeReport,
    /// What grouping by each key would do.
    pub(crate) keys: Vec<KeyReport>,
    /// What was promised of the keys.
    pub(crate) checks: Vec<CheckResult>,
    /// What became of the source since the baseline.
    pub(crate) drift: Option<DriftReport>,
    /// `ok`, `failed` or `need_data`.
    pub(crate) verdict: &'static str,
}

/// The source as it was looked at: a sample of it, or everything.
struct Seen {
    note: SampleNote,
    shape: ShapeReport,
    samples: Vec<KeySample>,
}

impl Seen {
    fn sampled(
        asked: &Asked,
        plan: &Plan,
        tape: &Tape,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Seen, Failure> {
        let shape = headwater_look::shape(plan, tape, &asked.shape, cancel, progress)?;
        let mut sample = |exprs: &Vec<Expr>| KeySample::new(plan, tape, exprs, cancel, progress).map_err(of_key);
        let samples = asked.keys.iter().map(&mut sample).collect::<Result<_, _>>()?;
        Ok(Seen { note: tape.note().clone(), shape, samples })
    }

    fn whole(
        asked: &Asked,
        plan: &Plan,
        tape: &Tape,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Seen, Failure> {
        let now = i64::try_from(now_ms()).ok();
        let mut shape = WholeShape::new(plan, tape.note(), now, &asked.shape, cancel);
        let keys = asked.keys.iter().map(|exprs| WholeKeys::new(plan, exprs, cancel).map_err(of_key));
        let mut keys: Vec<WholeKeys> = keys.collect::<Result<_, _>>()?;
        let mut readers: Vec<&mut dyn Reader> = vec![&mut shape];
        readers.extend(keys.iter_mut().map(|keys| keys as &mut dyn Reader));
        let note = headwater_look::whole(plan, &mut readers, cancel, progress)?;
        let samples = keys.into_iter().map(|keys| keys.finish(&note)).collect();
        Ok(Seen { shape: shape.finish(&note), note, samples })
    }
}

impl Findings {
    /// Looks at the sample in every way that is asked for, and pins it.
    pub(crate) fn make(
        asked: &Asked,
        plan: &Plan,
        tape: &Arc<Tape>,
        cancel: &Cancel,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Findings, Failure> {
        let note = tape.note();
        // What is read whole may do without a sample.
        let missed = if note.whole { 0 } else { note.total };
        let empty = tape.records().is_empty() && (note.total == 0 || missed > 0);
        if empty && (missed > 0 || !asked.keys.is_empty() || asked.pin.is_some()) {
            return Err(nothing(note));
        }
        let plan = headwater_look::resolve(plan, std::slice::from_ref(tape), &ResolvedSources::default())?;
        let Seen { note, shape, samples } = match asked.all_rows {
            true => Seen::whole(asked, &plan, tape, cancel, progress)?,
            false => Seen::sampled(asked, &plan, tape, cancel, progress)?,
        };
        let (mut keys, mut checks) = (Vec::new(), Vec::new());
        for (exprs, mut sample) in asked.keys.iter().zip(samples) {
            keys.push(match asked.all_rows {
                true => sample.report(&asked.options)?,
                false => sample.report_trying_others(tape, &asked.options, cancel)?,
            });
            if let Some(contract) = &asked.contract {
                let contract = KeyContract { key: name(exprs), ..contract.clone() };
                checks.extend(sample.check(&contract, &asked.options)?);
            }
        }
        let baseline = asked.baseline.as_ref();
        let drift = baseline
            .map(|baseline| headwater_look::drift(&plan, tape, baseline, &asked.drift, cancel, progress))
            .transpose()?;
        let verdict = verdict(&checks, drift.as_ref());
        if let Some(path) = &asked.pin {
            let options = pin_options(asked, path, &plan);
            let pinned = headwater_look::pin(&plan, tape, &options, cancel, progress)?;
            pinned.save(path).map_err(|error| Failure::new(exit_code::EXTERNAL, error.to_string()))?;
            eprintln!("baseline `{}` written to {}: {} rows", pinned.name, path.display(), pinned.rows);
        }
        Ok(Findings {
            version: VERSION,
            sample_text: note.to_string(),
            representative: note.representative(),
            sample: note,
            shape,
            keys,
            checks,
            drift,
            verdict,
        })
    }

    /// Success, unless a check or the comparison failed.
    pub(crate) fn outcome(&self) -> Outcome {
        let failed = self.failed();
        if failed.is_empty() {
            return Ok(());
        }
        let all = self.checks.len() + self.drift.as_ref().map_or(0, |drift| drift.checks.len());
        let message = format!("{} of {all} checks failed: {}", failed.len(), failed.join("; "));
        Err(Failure::new(exit_code::DIFFERENT, message))
    }

    fn failed(&self) -> Vec<String> {
        let drift = self.drift.iter().flat_map(|drift| &drift.checks);
        let failed = self.checks.iter().chain(drift).filter(|check| check.verdict == CheckVerdict::Fail);
        failed.map(|check| check.sentence.clone()).collect()
    }
}

fn verdict(checks: &[CheckResult], drift: Option<&DriftReport>) -> &'static str {
    let all = || checks.iter().map(|check| check.verdict).chain(drift.map(|drift| drift.verdict));
    if all().any(|verdict| verdict == CheckVerdict::Fail) {
        "failed"
    } else if all().any(|verdict| matches!(verdict, CheckVerdict::NeedData(_))) {
        "need_data"
    } else {
        "ok"
    }
}

/// A source without a record has no columns to speak of.
fn nothing(note: &SampleNote) -> Failure {
    if note.total > 0 {
        let message =
            format!("none of the {} records of `{}` came within the bounds of the sample", note.total, note.origin);
        return Failure::new(exit_code::USER, message).hint("allow more --seconds or --bytes");
    }
    Failure::new(exit_code::USER, format!("{note}: there is nothing to look at"))
}

/// A mistake of `keys` as one of `--key`.
fn of_key(errors: Vec<headwater_exec::Error>) -> Failure {
    let mut failure = Failure::from(errors);
    if let Some(rest) = failure.message.strip_prefix("in `keys`: ") {
        failure.message = format!("--key: {rest}");
    }
    failure
}

fn name(exprs: &[Expr]) -> String {
    exprs.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ")
}

/// Now, epoch milliseconds.
fn now_ms() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

fn pin_options(asked: &Asked, path: &std::path::Path, plan: &Plan) -> PinOptions {
    let workers = asked.options.parallelism.unwrap_or(headwater_profile::DEFAULT_PARALLELISM);
    let columns = |exprs: &Vec<Expr>| exprs.iter().filter_map(Expr::output_name).collect();
    PinOptions {
        name: path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned()),
        fingerprint: Some(headwater_exec::fingerprint(plan)),
        plan: Some("headwater profile".to_owned()),
        pinned_ms: i64::try_from(now_ms()).ok(),
        keys: asked.keys.iter().map(|exprs| (columns(exprs), workers)).collect(),
        redacted: asked.shape.redact,
        window_rows: None,
    }
}
