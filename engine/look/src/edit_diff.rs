//! What an edit of a pipeline changed: its rows beside those of the pipeline before, over the same tapes.

use std::collections::HashMap;
use std::sync::Arc;

use headwater::{Expr, Plan, Step};
use headwater_exec::json_rows::append_rows;
use headwater_exec::{Cancel, Error, ErrorKind, Tape, TapeSet};
use polars::prelude::DataFrame;

use crate::carried::{Carried, PARTITION, POSITION, TIME};
use crate::mistakes::{Outcome, one};

/// What an edit changed.
#[derive(Clone, Debug)]
pub struct EditDiff {
    /// The rows of the pipeline before.
    pub before: DataFrame,
    /// The rows after the edit.
    pub after: DataFrame,
    /// How rows were matched.
    pub matched: Matched,
    /// Rows that are the same in the columns that both have.
    pub same: u64,
    /// Rows that are in both, but not the same: their places in both, in the order of the new ones.
    pub changed: Vec<(u32, u32)>,
    /// Rows that were not there before, by their places.
    pub added: Vec<u32>,
    /// Rows that are no more, by their places before.
    pub gone: Vec<u32>,
    /// Of each column that changed rows differ in, in how many.
    pub changed_columns: Vec<(String, u64)>,
    /// Whether both are the very same pipeline.
    pub same_pipeline: bool,
    /// Whether both read the same tapes; if not, rows differ for that reason too.
    pub same_sample: bool,
}

/// How a row is known in both pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matched {
    /// By these columns.
    Columns(Vec<String>),
    /// By the record that it is made of.
    Records,
    /// By nothing but all of its columns: a row that differs is another row.
    WholeRows,
}

/// The difference of two resolved plans, each with its tapes; rows are matched by the columns `by`, if there are some.
///
/// # Errors
/// A plan cannot run, a column of `by` is missing in one of them, or `cancel` was raised.
pub fn edit_diff(
    before: (&Plan, &[Arc<Tape>]),
    after: (&Plan, &[Arc<Tape>]),
    by: &[String],
    cancel: &Cancel,
) -> Outcome<EditDiff> {
    let same_sample = before.1.len() == after.1.len() && before.1.iter().zip(after.1).all(|(a, b)| Arc::ptr_eq(a, b));
    let matched = matched(before.0, after.0, by, same_sample)?;
    let carry = matched == Matched::Records;
    let old = rows(before, carry, cancel).map_err(of_previous)?;
    let new = rows(after, carry, cancel)?;
    let shared = shared(&old, &new);
    let known = match &matched {
        Matched::Columns(columns) => columns.clone(),
        Matched::Records => [PARTITION, POSITION].map(str::to_owned).to_vec(),
        Matched::WholeRows => shared.clone(),
    };
    let lines = |frame: &DataFrame, columns: &[String]| lines(frame, columns).map_err(one);
    let keys = (lines(&old, &known)?, lines(&new, &known)?);
    let texts = (lines(&old, &shared)?, lines(&new, &shared)?);
    let found = Found::of((&keys.0, &keys.1), (&texts.0, &texts.1));
    let changed_columns = changed_columns(&old, &new, &shared, &found.changed).map_err(one)?;
    let fingerprints = [before.0, after.0].map(headwater_exec::fingerprint);
    Ok(EditDiff {
        before: without_places(old),
        after: without_places(new),
        matched,
        same: found.same,
        changed: found.changed,
        added: found.added,
        gone: found.gone,
        changed_columns,
        same_pipeline: fingerprints[0] == fingerprints[1],
        same_sample,
    })
}

/// How the rows of both can be matched.
fn matched(before: &Plan, after: &Plan, by: &[String], same_sample: bool) -> Outcome<Matched> {
    let columns = |plan: &Plan| headwater::validate(plan).ok().and_then(|mut all| all.pop()).unwrap_or_default();
    let (old, new) = (columns(before), columns(after));
    if !by.is_empty() {
        for (schema, which) in [(&new, "of the pipeline"), (&old, "of the one before")] {
            if let Some(missing) = by.iter().find(|name| schema.field(name).is_none()) {
                let error = Error::new(ErrorKind::Plan, format!("in `diff`: no column `{missing}` {which}"));
                return Err(one(
                    error.hint(format!("Match by columns that both have. There are: {}.", schema.names().join(", ")))
                ));
            }
        }
        return Ok(Matched::Columns(by.to_vec()));
    }
    match (group_columns(before), group_columns(after)) {
        (Some(one), Some(two)) => {
            let both = one == two && one.iter().all(|name| old.field(name).is_some() && new.field(name).is_some());
            Ok(if both { Matched::Columns(one) } else { Matched::WholeRows })
        }
        (None, None) if same_sample && Carried::new(before).is_some() && Carried::new(after).is_some() => {
            Ok(Matched::Records)
        }
        _ => Ok(Matched::WholeRows),
    }
}

/// The columns that tell a row of the last group-by of a plan from the others.
fn group_columns(plan: &Plan) -> Option<Vec<String>> {
    plan.nodes.iter().rev().find_map(|node| match &node.step {
        Step::Aggregate { keys, window, .. } => {
            let mut names: Vec<String> = keys.iter().filter_map(Expr::output_name).collect();
            names.extend(window.iter().flat_map(|_| ["window_start", "window_end"]).map(str::to_owned));
            Some(names)
        }
        _ => None,
    })
}

/// The rows of a plan, with the places of their records if they are wanted.
fn rows((plan, tapes): (&Plan, &[Arc<Tape>]), carry: bool, cancel: &Cancel) -> Outcome<DataFrame> {
    let tapes = TapeSet::from(tapes);
    match Carried::new(plan).filter(|_| carry) {
        Some(carried) => {
            let preview = headwater_exec::preview(&carried.plan, tapes, cancel).map_err(|error| {
                let node = error.node.map(|node| carried.of_user(node));
                one(Error { node, ..error })
            })?;
            Ok(preview.frame)
        }
        None => Ok(headwater_exec::preview(plan, tapes, cancel).map_err(one)?.frame),
    }
}

fn of_previous(errors: Vec<Error>) -> Vec<Error> {
    let of_other =
        |error: Error| Error { message: format!("in the pipeline before: {}", error.message), node: None, ..error };
    errors.into_iter().map(of_other).collect()
}

fn without_places(frame: DataFrame) -> DataFrame {
    frame.drop_many([PARTITION, POSITION, TIME])
}

/// The columns that both have, of the same type; places are none.
fn shared(before: &DataFrame, after: &DataFrame) -> Vec<String> {
    let in_both = after.columns().iter().filter(|column| {
        ![PARTITION, POSITION, TIME].contains(&column.name().as_str())
            && before.column(column.name()).is_ok_and(|other| other.dtype() == column.dtype())
    });
    in_both.map(|column| column.name().to_string()).collect()
}

/// Every row, in these columns, as JSON.
fn lines(frame: &DataFrame, columns: &[String]) -> headwater_exec::Result<Vec<String>> {
    if columns.is_empty() {
        return Ok(vec![String::new(); frame.height()]);
    }
    let mut text = Vec::new();
    append_rows(&frame.select(columns.iter().map(String::as_str))?, &mut text)?;
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}

/// What became of the rows.
#[derive(Debug, Default)]
struct Found {
    same: u64,
    changed: Vec<(u32, u32)>,
    added: Vec<u32>,
    gone: Vec<u32>,
}

impl Found {
    /// Matches rows by their keys, before and after: of those with one key first the ones whose texts are the same, then the others in
    /// their order.
    fn of(keys: (&[String], &[String]), texts: (&[String], &[String])) -> Found {
        let mut by_key: HashMap<&str, (Vec<u32>, Vec<u32>)> = HashMap::new();
        for (place, key) in (0..).zip(keys.0) {
            by_key.entry(key).or_default().0.push(place);
        }
        for (place, key) in (0..).zip(keys.1) {
            by_key.entry(key).or_default().1.push(place);
        }
        let mut found = Found::default();
        for (mut before, after) in by_key.into_values() {
            let mut unmatched = Vec::new();
            for place in after {
                let same = before.iter().position(|old| texts.0[*old as usize] == texts.1[place as usize]);
                match same {
                    Some(at) => {
                        before.remove(at);
                        found.same += 1;
                    }
                    None => unmatched.push(place),
                }
            }
            let pairs = before.len().min(unmatched.len());
            found.changed.extend(before.iter().copied().zip(unmatched.iter().copied()));
            found.gone.extend(&before[pairs..]);
            found.added.extend(&unmatched[pairs..]);
        }
        found.changed.sort_unstable_by_key(|(_, after)| *after);
        found.added.sort_unstable();
        found.gone.sort_unstable();
        found
    }
}

/// In how many of the changed rows each column differs; the most often changed first.
fn changed_columns(
    before: &DataFrame,
    after: &DataFrame,
    shared: &[String],
    changed: &[(u32, u32)],
) -> headwater_exec::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    for name in shared {
        let own = std::slice::from_ref(name);
        let (old, new) = (lines(before, own)?, lines(after, own)?);
        let differ = changed.iter().filter(|(one, two)| old[*one as usize] != new[*two as usize]).count();
        if differ > 0 {
            found.push((name.clone(), differ as u64));
        }
    }
    found.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    Ok(found)
}
