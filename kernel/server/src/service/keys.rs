//! `stream.keys(..)`: what grouping by a key would do to so many workers.

use crate::display::{self, cells};
use crate::service::verbs::{Answer, Look, Outcome, mistakes, one};
use headwater::{Expr, Node, Plan, PlanError, Step};
use headwater_exec::{Error, ErrorKind, RawRecord, Tape};
use headwater_profile::{KeyInput, KeyRow, Placement, join_key};
use polars::prelude::{AnyValue, DataFrame};
use std::collections::BTreeMap;

/// Answers `keys`.
pub fn answer(look: &Look<'_>, exprs: &[Expr], parallelism: Option<u32>) -> Outcome<Answer> {
    let (plan, tape) = look.resolved()?;
    look.says("counting the keys of the sample");
    let keyed = with_keys(&plan, exprs)?;
    let key: Vec<String> = exprs.iter().map(Expr::to_string).collect();
    let input = KeyInput {
        key: key.join(", "),
        sample: tape.note().to_string(),
        parallelism,
        placement: Placement::default(),
        rows: rows(look, &keyed, &tape)?,
    };
    let report =
        headwater_profile::keys(&input).map_err(|error| one(Error::new(ErrorKind::Plan, error.to_string())))?;
    let charts = display::keys::charts(&report);
    let text = report.to_text();
    Ok(Answer::show(display::keys::keys(&report, &charts, text)))
}

/// The pipeline with a last step that keeps the keys only.
fn with_keys(plan: &Plan, exprs: &[Expr]) -> Outcome<Plan> {
    let mut keyed = plan.pipeline();
    let last = u32::try_from(keyed.nodes.len()).map_err(|_| one(Error::new(ErrorKind::Plan, "too many steps")))?;
    let named = |(at, input): (usize, &Expr)| Expr::Alias { input: Box::new(input.clone()), name: format!("key_{at}") };
    let step = Step::Select { exprs: exprs.iter().enumerate().map(named).collect() };
    keyed.nodes.push(Node { id: last, inputs: vec![last - 1], step });
    match headwater::validate(&keyed) {
        Ok(_) => Ok(keyed),
        Err(errors) => Err(errors.iter().map(|error| of_key(error, last)).collect()),
    }
}

/// A mistake in the step that was added is one of the key, which is no step of the user's.
fn of_key(error: &PlanError, added: u32) -> Error {
    match mistakes(std::slice::from_ref(error)).pop() {
        Some(own) if error.node == added => Error { node: None, message: format!("in `keys`: {}", own.message), ..own },
        Some(own) => own,
        None => Error::new(ErrorKind::Internal, "a mistake without words"),
    }
}

/// The key of every row, and the block of the sample it is from. Rows that belong to no single block (windows) have block 0.
fn rows(look: &Look<'_>, keyed: &Plan, tape: &Tape) -> Outcome<Vec<KeyRow>> {
    let mixes = keyed.nodes.iter().any(|node| matches!(node.step, Step::Aggregate { .. }));
    if mixes || tape.note().blocks < 2 {
        let preview = headwater_exec::preview(keyed, tape, look.cancel).map_err(one)?;
        return Ok(keys_of(&preview.frame, 0, 0));
    }
    let mut blocks: BTreeMap<u32, Vec<RawRecord>> = BTreeMap::new();
    for record in tape.records() {
        blocks.entry(record.block).or_default().push(record.clone());
    }
    let partitions = u32::try_from(tape.note().partitions.len()).unwrap_or(u32::MAX);
    let mut rows = Vec::with_capacity(tape.records().len());
    for (block, records) in blocks {
        // Every other step treats each row alone, so a block's rows are those of the pipeline over that block.
        let partition = records.first().map_or(0, |record| record.partition);
        let own = Tape::from_records(&tape.note().origin, partitions, records);
        let preview = headwater_exec::preview(keyed, &own, look.cancel).map_err(one)?;
        rows.extend(keys_of(&preview.frame, partition, block));
    }
    Ok(rows)
}

fn keys_of(frame: &DataFrame, partition: u32, block: u32) -> Vec<KeyRow> {
    let row = |row: usize| {
        let parts: Vec<Option<String>> =
            frame.columns().iter().map(|column| text(&column.get(row).unwrap_or(AnyValue::Null))).collect();
        let parts: Vec<Option<&str>> = parts.iter().map(Option::as_deref).collect();
        KeyRow { key: join_key(&parts), partition, block }
    };
    (0..frame.height()).map(row).collect()
}

/// A key's text: exact, so that different keys stay different.
fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some((*text).to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        other => match cells::json(other) {
            serde_json::Value::String(text) => Some(text),
            json => Some(json.to_string()),
        },
    }
}
