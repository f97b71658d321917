//! The key of every row, with the part of the sample that its record is from.

use headwater_exec::{Cancel, RawRecord, Tape};
use headwater_profile::{KeyRow, join_key};
use polars::prelude::{AnyValue, Column, DataFrame};

use crate::carried::{Carried, PARTITION, POSITION};
use crate::key_plan::KeyPlan;
use crate::mistakes::{Outcome, one};

/// The rows of `plan` over `tape`. Rows that are no single record's (windows) have block 0.
pub(crate) fn rows(plan: &KeyPlan, tape: &Tape, cancel: &Cancel) -> Outcome<Vec<KeyRow>> {
    let Some(carried) = Carried::new(&plan.plan) else {
        let preview = headwater_exec::preview(&plan.plan, tape, cancel).map_err(one)?;
        return Ok(keys_of(&preview.frame, plan.exprs.len(), &|_| None));
    };
    let preview = headwater_exec::preview(&carried.plan, tape, cancel).map_err(|error| {
        let node = error.node.map(|node| carried.of_user(node));
        one(headwater_exec::Error { node, ..error })
    })?;
    let frame = &preview.frame;
    let (partitions, positions) = (integers(frame, PARTITION), integers(frame, POSITION));
    let record = |row: usize| {
        let partition = u32::try_from((*partitions.get(row)?)?).ok()?;
        let position = u64::try_from((*positions.get(row)?)?).ok()?;
        record_at(tape.records(), partition, position)
    };
    Ok(keys_of(frame, plan.exprs.len(), &record))
}

/// The record at a place; a tape is sorted by it.
fn record_at(records: &[RawRecord], partition: u32, position: u64) -> Option<&RawRecord> {
    let at = records.binary_search_by_key(&(partition, position), |record| (record.partition, record.offset)).ok()?;
    records.get(at)
}

fn keys_of<'a>(frame: &DataFrame, keys: usize, record: &dyn Fn(usize) -> Option<&'a RawRecord>) -> Vec<KeyRow> {
    let columns: Vec<&Column> = frame.columns().iter().take(keys).collect();
    let row = |row: usize| {
        let parts: Vec<Option<String>> =
            columns.iter().map(|column| text(&column.get(row).unwrap_or(AnyValue::Null))).collect();
        let parts: Vec<Option<&str>> = parts.iter().map(Option::as_deref).collect();
        let (partition, block) = record(row).map_or((0, 0), |record| (record.partition, record.block));
        KeyRow { key: join_key(&parts), partition, block }
    };
    (0..frame.height()).map(row).collect()
}

/// The values of a column of integers or times.
fn integers(frame: &DataFrame, name: &str) -> Vec<Option<i64>> {
    let Ok(column) = frame.column(name) else { return Vec::new() };
    let value = |row: usize| match column.get(row) {
        Ok(AnyValue::Datetime(at, _, _) | AnyValue::Int64(at)) => Some(at),
        Ok(AnyValue::Int32(at)) => Some(i64::from(at)),
        _ => None,
    };
    (0..column.len()).map(value).collect()
}

/// A key's text: exact, so that different keys stay different.
fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::Null => None,
        AnyValue::String(text) => Some((*text).to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        AnyValue::List(items) => {
            let items: Vec<String> = items.iter().map(|item| format!("{:?}", text(&item))).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        other => Some(other.to_string()),
    }
}
