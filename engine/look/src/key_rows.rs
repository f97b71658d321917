//! The key of every row, with the part of the sample that its record is from.

use headwater_exec::{Cancel, RawRecord, TapeSet};
use headwater_profile::{KeyRow, KeyValue};
use polars::prelude::{AnyValue, Column, DataFrame};

use crate::carried::{Carried, PARTITION, POSITION, TIME};
use crate::key_plan::KeyPlan;
use crate::mistakes::{Outcome, one};

/// The rows of `plan` over its tapes. Rows that are no single record's (windows) have block 0.
pub(crate) fn rows(plan: &KeyPlan, tapes: &TapeSet<'_>, cancel: &Cancel) -> Outcome<Vec<KeyRow>> {
    Ok(rows_beside(plan, 0, tapes, cancel)?.0)
}

/// The rows, and the values of as many columns beside the keys.
pub(crate) fn rows_beside(
    plan: &KeyPlan,
    beside: usize,
    tapes: &TapeSet<'_>,
    cancel: &Cancel,
) -> Outcome<(Vec<KeyRow>, Vec<Vec<KeyValue>>)> {
    let keys = plan.exprs.len();
    let Some(carried) = Carried::new(&plan.plan) else {
        let preview = headwater_exec::preview(&plan.plan, tapes.clone(), cancel).map_err(one)?;
        let values = values_of(&preview.frame, keys, beside);
        return Ok((keys_of(&preview.frame, keys, &[], &|_| None), values));
    };
    let preview = headwater_exec::preview(&carried.plan, tapes.clone(), cancel).map_err(|error| {
        let node = error.node.map(|node| carried.of_user(node));
        one(headwater_exec::Error { node, ..error })
    })?;
    let frame = &preview.frame;
    let (partitions, positions, times) = (integers(frame, PARTITION), integers(frame, POSITION), integers(frame, TIME));
    let record = |row: usize| {
        let partition = u32::try_from((*partitions.get(row)?)?).ok()?;
        let position = u64::try_from((*positions.get(row)?)?).ok()?;
        record_at(tapes.first().records(), partition, position)
    };
    Ok((keys_of(frame, keys, &times, &record), values_of(frame, keys, beside)))
}

/// The values of the columns after the keys.
fn values_of(frame: &DataFrame, keys: usize, beside: usize) -> Vec<Vec<KeyValue>> {
    let all = |column: &Column| {
        (0..column.len()).map(|row| KeyValue::from(&column.get(row).unwrap_or(AnyValue::Null))).collect()
    };
    frame.columns().iter().skip(keys).take(beside).map(all).collect()
}

/// The record at a place; a tape is sorted by it.
fn record_at(records: &[RawRecord], partition: u32, position: u64) -> Option<&RawRecord> {
    let at = records.binary_search_by_key(&(partition, position), |record| (record.partition, record.offset)).ok()?;
    records.get(at)
}

/// The event time where the plan has one, else the broker's.
fn keys_of<'a>(
    frame: &DataFrame,
    keys: usize,
    times: &[Option<i64>],
    record: &dyn Fn(usize) -> Option<&'a RawRecord>,
) -> Vec<KeyRow> {
    let columns: Vec<&Column> = frame.columns().iter().take(keys).collect();
    let row = |row: usize| {
        let parts = columns.iter().map(|column| KeyValue::from(&column.get(row).unwrap_or(AnyValue::Null)));
        let own = record(row);
        let (partition, block) = own.map_or((0, 0), |record| (record.partition, record.block));
        KeyRow {
            key: KeyValue::several(parts.collect()),
            partition,
            block,
            bytes: own.map_or(0, |record| u32::try_from(record.bytes()).unwrap_or(u32::MAX)),
            time_ms: times.get(row).copied().flatten().or_else(|| own.and_then(|record| record.timestamp_ms)),
        }
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
