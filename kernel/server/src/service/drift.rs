//! `stream.drift(..)`: what became of a stream since a baseline; and `stream.pin(..)`, which writes one.

use crate::display;
use crate::service::aside::aside;
use crate::service::baselines;
use crate::service::verbs::{Answer, Look, Outcome, one};
use headwater::{DriftArgs, Expr, PinArgs, PinnedKey, Plan, Step};
use headwater_exec::{Error, ErrorKind};
use headwater_profile::{AlarmBudget, DEFAULT_PARALLELISM, DriftOptions, PinOptions};
use std::time::{SystemTime, UNIX_EPOCH};

/// Answers `drift`.
pub fn answer(look: &Look<'_>, args: &DriftArgs) -> Outcome<Answer> {
    look.no_mistakes()?;
    let baseline = baselines::open(&args.baseline)?;
    let budget = args.budget.as_deref().map(AlarmBudget::parse).transpose();
    let budget = budget.map_err(|error| one(Error::new(ErrorKind::Plan, format!("in `drift`: {error}"))))?;
    if args.window_rows == Some(0) {
        return Err(one(Error::new(ErrorKind::Plan, "in `drift`: a window of 0 rows").hint("Give at least 1.")));
    }
    let own = DriftOptions::default();
    let options = DriftOptions { budget: budget.unwrap_or(own.budget), window_rows: args.window_rows, ..own };
    let (plan, tapes) = look.resolved()?;
    let report = aside(look.desk, move |voice, cancel| {
        headwater_look::drift(&plan, &tapes, &baseline, &options, cancel, &mut |progress| voice.progress(progress))
    })?;
    Ok(Answer::show(display::reports::drift(&report)))
}

/// Answers `pin`.
pub fn pin(look: &Look<'_>, args: &PinArgs) -> Outcome<Answer> {
    let path = baselines::file(&args.name)?;
    let (plan, tapes) = look.resolved()?;
    let keys = args.keys.iter().map(|key| watched(key, &plan)).collect::<Outcome<_>>()?;
    let options = PinOptions {
        name: baselines::name_of(&path),
        fingerprint: Some(headwater_exec::fingerprint(&plan)),
        plan: None,
        pinned_ms: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .ok()
            .and_then(|now| i64::try_from(now.as_millis()).ok()),
        keys,
        redacted: args.redact,
        window_rows: None,
    };
    let baseline = aside(look.desk, move |voice, cancel| {
        headwater_look::pin(&plan, &tapes, &options, cancel, &mut |progress| voice.progress(progress))
    })?;
    look.desk.says("writing the baseline");
    let replaced = path.exists();
    let file = baselines::save(&baseline, &path)?;
    let bundle = display::pinned::pinned(&baseline, &path, replaced);
    Ok(Answer { bundle: Some(bundle), reply: file.to_string_lossy().into_owned() })
}

/// The columns of a key and the workers it is spread over.
fn watched(key: &PinnedKey, plan: &Plan) -> Outcome<(Vec<String>, u32)> {
    let column = |expr: &Expr| match expr {
        Expr::Column(name) => Ok(name.clone()),
        other => {
            let error = Error::new(ErrorKind::Plan, format!("in `pin`: the key `{other}` is no column"));
            Err(one(error.hint("Compute it with `.with_columns([… .alias(\"key\")])` and pin the key \"key\".")))
        }
    };
    if key.exprs.is_empty() && plan.nodes.iter().any(|node| matches!(node.step, Step::Aggregate { .. })) {
        let error = Error::new(ErrorKind::Plan, "in `pin`: the rows of this pipeline are groups already");
        return Err(one(error.hint("Pin the stream that goes into the group-by: `.keys(\"city\").pin(…)`.")));
    }
    let columns: Vec<String> = key.exprs.iter().map(column).collect::<Outcome<_>>()?;
    if columns.is_empty() {
        return Err(one(Error::new(ErrorKind::Plan, "in `pin`: no key is named")));
    }
    Ok((columns, key.parallelism.unwrap_or(DEFAULT_PARALLELISM)))
}
