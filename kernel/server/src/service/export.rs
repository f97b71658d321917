//! `job.export(..)`: the plan as it was previewed, written as a job folder.

use crate::display::export::{Exported, export};
use crate::service::aside::aside;
use crate::service::verbs::{Answer, Look, Outcome, one};
use headwater::{JobOptions, Plan};
use headwater_exec::{Domain, Error, ErrorKind, Tape};
use headwater_export::{ExportError, ExportErrorKind, JobRequest, SampleToKeep, write_job};
use std::path::PathBuf;
use std::sync::Arc;

/// Answers `export`.
pub fn answer(look: &Look<'_>, options: &JobOptions) -> Outcome<Answer> {
    let (plan, tapes) = look.resolved()?;
    let Some(path) = &options.path else {
        return Err(one(Error::new(ErrorKind::Config, "an export needs the path of a folder")));
    };
    let fingerprint = headwater_exec::fingerprint(&plan);
    let kept = options.with_sample.then(|| Kept::make(look, &plan, &tapes)).transpose()?;
    look.desk.says("writing the job folder");
    let request = JobRequest {
        fingerprint: &fingerprint,
        guarantee: options.guarantee,
        dead_letters: options.dead_letters.clone(),
        late: options.late.clone(),
        sample: kept.as_ref().map(Kept::as_request),
        overwrite: options.overwrite,
        ..JobRequest::new(path, &plan)
    };
    let job = write_job(&request).map_err(|error| one(of_export(error, &plan)))?;
    look.desk.jobs.exported(&job.path);
    let sample = kept.as_ref().map(|kept| (tapes.iter().map(|tape| tape.note().records).sum(), kept.rows));
    let bundle = export(&Exported { job: &job, options, fingerprint: &fingerprint, sample });
    Ok(Answer { bundle: Some(bundle), reply: job.path.to_string_lossy().into_owned() })
}

/// The sample that goes with a job: the tapes as files until they have been copied, and the rows they gave.
struct Kept {
    tapes: Vec<PathBuf>,
    expected: String,
    rows: u64,
}

impl Kept {
    fn make(look: &Look<'_>, plan: &Plan, tapes: &[Arc<Tape>]) -> Outcome<Kept> {
        look.desk.says("running the pipeline on the sample, for the answer that goes with the job");
        let (own, replayed) = (plan.clone(), tapes.to_vec());
        let preview = aside(look.desk, move |voice, cancel| {
            headwater_exec::preview_with(&own, &replayed, cancel, &mut |progress| voice.progress(progress)).map_err(one)
        })?;
        let mut expected = Vec::new();
        headwater_exec::json_rows::append_rows(&preview.frame, &mut expected).map_err(one)?;
        let expected = String::from_utf8(expected)
            .map_err(|error| one(Error::new(ErrorKind::Internal, format!("rows as JSON are not UTF-8: {error}"))))?;
        let mut kept = Kept { tapes: Vec::new(), expected, rows: preview.counts.rows };
        for (at, tape) in tapes.iter().enumerate() {
            let path = look.desk.tapes_dir.join(format!("export-{}-{at}.arrow", std::process::id()));
            kept.tapes.push(path.clone());
            tape.save(&path).map_err(one)?;
        }
        Ok(kept)
    }

    fn as_request(&self) -> SampleToKeep<'_> {
        SampleToKeep { tapes: &self.tapes, expected: &self.expected }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        for tape in &self.tapes {
            let _ = std::fs::remove_file(tape);
        }
    }
}

/// The failure of an export as one of the plan's last step.
fn of_export(error: ExportError, plan: &Plan) -> Error {
    let domain = match error.kind {
        ExportErrorKind::Disk => Domain::External,
        ExportErrorKind::User | ExportErrorKind::Edited => Domain::User,
    };
    let own = Error::new(ErrorKind::Config, error.message).domain(domain);
    let node = plan.nodes.last().map(|node| node.id);
    Error { hint: error.hint, node, ..own }
}
