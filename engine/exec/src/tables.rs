//! The tables that lookups of a plan meet: which part of the plan makes each, and reading them whole.

use std::time::Duration;

use headwater::{JoinBound, Plan, Sample, SampleFrom, Source, Step};
use polars::prelude::DataFrame;

use crate::pipeline::Pipeline;
use crate::runtime::Cancel;
use crate::sources::{DeadLetter, Polled, SourceReader};
use crate::{Batch, Domain, Error, ErrorKind, Message, Result};

/// How long the sample of a table may take, milliseconds: it is no sample, but all of it.
const PATIENCE_MS: u64 = 600_000;

/// A table that a lookup meets.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSpec {
    /// The node of the lookup.
    pub node: u32,
    /// The part of the plan that makes the table: files and steps on their rows.
    pub plan: Plan,
    /// Of each source of that part its node in the whole plan.
    pub sources: Vec<u32>,
    /// How often it is read anew; never, when absent.
    pub refresh: Option<Duration>,
    /// What it may take in memory, bytes.
    pub memory: u64,
    /// Its keys.
    pub on: Vec<String>,
}

/// A table that was read.
#[derive(Debug)]
pub struct TableRead {
    /// Its rows.
    pub rows: DataFrame,
    /// Of each source how many records were read, those that did not decode included, and those that did not.
    pub sources: Vec<(u64, Vec<DeadLetter>)>,
}

/// The tables of a plan, in the order of its lookups.
pub fn tables(plan: &Plan) -> Vec<TableSpec> {
    let mut found = Vec::new();
    for node in &plan.nodes {
        if let (Step::Join { bound: Some(JoinBound::Lookup { refresh_ms, memory }), right_on, .. }, [_, table]) =
            (&node.step, node.inputs.as_slice())
        {
            let read = read_by(plan, *table, false);
            let sources = plan.sources().into_iter().map(|(source, _)| source).filter(|at| read[*at as usize]);
            found.push(TableSpec {
                node: node.id,
                plan: plan.up_to(*table),
                sources: sources.collect(),
                refresh: refresh_ms.map(Duration::from_millis),
                memory: *memory,
                on: right_on.clone(),
            });
        }
    }
    found
}

/// Which nodes rows stream through: all but those that only make tables.
pub fn streamed(plan: &Plan) -> Vec<bool> {
    let last = plan.nodes.last().map_or(0, |node| node.id);
    read_by(plan, last, true)
}

/// The sources that rows stream from, with their nodes.
pub fn stream_sources(plan: &Plan) -> Vec<(u32, &Source)> {
    let streamed = streamed(plan);
    plan.sources().into_iter().filter(|(node, _)| streamed[*node as usize]).collect()
}

/// Which nodes' rows come to `node`, itself included; with `streaming` without those that come as a table.
fn read_by(plan: &Plan, node: u32, streaming: bool) -> Vec<bool> {
    let mut wanted = vec![false; plan.nodes.len()];
    if let Some(own) = wanted.get_mut(node as usize) {
        *own = true;
    }
    for reader in plan.nodes.iter().rev().filter(|reader| reader.id <= node) {
        if !wanted[reader.id as usize] {
            continue;
        }
        let lookup = matches!(reader.step, Step::Join { bound: Some(JoinBound::Lookup { .. }), .. });
        let inputs = if lookup && streaming { 1 } else { reader.inputs.len() };
        reader.inputs.iter().take(inputs).for_each(|input| wanted[*input as usize] = true);
    }
    wanted
}

/// How the source `node` of a plan is sampled for a look: as asked; but of one that only makes a table everything is taken, since a
/// lookup in a part of it would miss.
pub fn sample_of(plan: &Plan, node: u32, asked: &Sample) -> Sample {
    let making = || tables(plan).into_iter().filter(|table| table.sources.contains(&node));
    if streamed(plan).get(node as usize).copied().unwrap_or(true) {
        return asked.clone();
    }
    let bytes = making().map(|table| table.memory).max().unwrap_or(asked.bytes);
    Sample { rows: u64::MAX, bytes, millis: PATIENCE_MS, from: SampleFrom::Earliest, ..asked.clone() }
}

/// Reads a table from `open`, which opens a source of its plan.
///
/// # Errors
/// A source cannot be read, the table is larger than it may be, or `cancel` was raised.
pub fn read_table(
    table: &TableSpec,
    open: &mut dyn FnMut(usize, &Source) -> Result<Box<dyn SourceReader>>,
    cancel: &Cancel,
) -> Result<TableRead> {
    let sources = table.plan.sources();
    let mut readers = Vec::new();
    for (at, (_, source)) in sources.iter().enumerate() {
        readers.push(open(at, source).map_err(|error| error.at(table.sources[at]))?);
    }
    let partitions: Vec<u32> = readers.iter().map(|reader| reader.partitions()).collect();
    let mut pipeline = Pipeline::new(&table.plan, &partitions)?;
    let (mut rows, mut size, mut seen) = (pipeline.output.clear(), 0_u64, Vec::new());
    for (at, reader) in readers.iter_mut().enumerate() {
        let (mut records, mut dead) = (0, Vec::new());
        loop {
            cancel.check()?;
            let batch = match reader.poll(Duration::from_millis(100)).map_err(|error| error.at(table.sources[at]))? {
                Polled::Batch(batch) => batch,
                Polled::Nothing => continue,
                Polled::End => break,
            };
            records += (batch.frame.height() + batch.dead.len()) as u64;
            dead.extend(batch.dead);
            let message = Message::Batch(Batch { partition: batch.partition, frame: batch.frame });
            for out in pipeline.graph.deliver(sources[at].0, message)? {
                let Message::Batch(batch) = out else { continue };
                size += batch.frame.estimated_size() as u64;
                rows.vstack_mut(&batch.frame)?;
            }
            if size > table.memory {
                return Err(too_large(table, &sources[at].1.connector.to_string()));
            }
        }
        seen.push((records, dead));
    }
    rows.rechunk_mut();
    Ok(TableRead { rows, sources: seen })
}

/// The refusal of a table that does not fit.
pub(crate) fn too_large(table: &TableSpec, origin: &str) -> Error {
    let limit = headwater::format_size(table.memory);
    Error::new(ErrorKind::Source, format!("the table `{origin}` takes more than the {limit} it may"))
        .domain(Domain::User)
        .hint("Keep only the columns and rows that are looked up, or allow more: `.join(…).on(…).memory(\"4GiB\").lookup()`.")
        .at(table.node)
}
