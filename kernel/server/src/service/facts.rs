//! What the service knows of the notebook for completion and tooltips: pipelines by name, columns of sources that were looked at, values in
//! their tapes. Nothing here records, and nothing waits for the work under way.

use crate::assist::{Column, Known, Notebook, Topic, Topics, Values};
use crate::display::cells::Cell;
use crate::display::escape::cut;
use crate::pipelines::Pipelines;
use headwater::{Plan, Schema, Sink, Source, SourceConnector, Step};
use headwater_exec::sources::Polled;
use headwater_exec::{SampleNote, Tape};
use headwater_look::ResolvedSources;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Records that a tooltip looks at; of a larger tape, evenly taken ones.
const LOOKED_AT: u64 = 20_000;
/// Values that it shows.
const SHOWN: usize = 4;
/// Characters of a value that it shows.
const LONGEST: usize = 48;

/// What is known now.
pub struct Facts<'a> {
    pub(super) pipelines: &'a Pipelines,
    pub(super) resolved: &'a ResolvedSources,
    pub(super) topics: &'a Topics,
    pub(super) folder: &'a Path,
}

impl Facts<'_> {
    /// The plan with the columns of its sources, as far as they are known.
    fn resolved(&self, plan: &Plan) -> Plan {
        let known = |source: &Source| match (&source.schema, self.resolved.of(&source.connector)) {
            (None, Some((_, found))) => Source { format: found.format, schema: found.schema, ..source.clone() },
            _ => source.clone(),
        };
        plan.with_sources(plan.sources().into_iter().map(|(_, source)| known(source)))
    }

    fn plan(&self, name: &str) -> Option<Plan> {
        Some(self.resolved(&self.pipelines.get(name)?.request.plan.pipeline()))
    }

    /// The tape of the source that a column of a pipeline comes from unchanged, and that source.
    fn origin(&self, plan: &Plan, column: &str) -> Option<(Arc<Tape>, Source)> {
        let [(_, source)] = plan.sources()[..] else { return None };
        let changes = |step: &Step| match step {
            Step::Aggregate { .. } | Step::Rename { .. } | Step::Cast { .. } | Step::Unnest { .. } => true,
            Step::Explode { column: own } => own == column,
            Step::Select { exprs } | Step::WithColumns { exprs } => exprs.iter().any(|expr| {
                expr.output_name().as_deref() == Some(column) && !matches!(expr, headwater::Expr::Column(_))
            }),
            _ => false,
        };
        if plan.nodes.iter().any(|node| changes(&node.step)) {
            return None;
        }
        let (tape, found) = self.resolved.of(&source.connector)?;
        let own = source.schema.clone().or(found.schema.clone());
        own.as_ref()?.field(column)?;
        Some((tape, Source { schema: own, ..found }))
    }
}

impl Notebook for Facts<'_> {
    fn pipelines(&self) -> Vec<String> {
        self.pipelines.names().into_iter().rev().collect()
    }

    fn pipeline(&self, name: &str) -> Option<Known> {
        let plan = self.plan(name)?;
        let schemas = plan.with_sql_read().ok().and_then(|plan| headwater::validate(&plan).ok());
        let columns = |schema: &Schema| schema.fields.iter().map(Column::from).collect();
        Some(Known { plan, columns: schemas.and_then(|schemas| schemas.last().map(columns)) })
    }

    fn source_columns(&self, source: &SourceConnector) -> Option<Vec<Column>> {
        let (_, found) = self.resolved.of(source)?;
        Some(found.schema?.fields.iter().map(Column::from).collect())
    }

    fn records(&self, source: &SourceConnector) -> Option<(u64, String)> {
        let (tape, _) = self.resolved.of(source)?;
        Some((tape.note().total, tape.note().to_string()))
    }

    fn brokers(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for name in self.pipelines.names().into_iter().rev() {
            let Some(pipeline) = self.pipelines.get(&name) else { continue };
            let plan = &pipeline.request.plan;
            let read = plan.sources().into_iter().filter_map(|(_, source)| match &source.connector {
                SourceConnector::Kafka { brokers, .. } => Some(brokers.clone()),
                SourceConnector::Files { .. } => None,
            });
            let written = match plan.sink() {
                Some(Sink::Kafka { brokers, .. } | Sink::KafkaUpsert { brokers, .. }) => Some(brokers.clone()),
                _ => None,
            };
            for brokers in read.chain(written) {
                if !found.contains(&brokers) {
                    found.push(brokers);
                }
            }
        }
        found
    }

    fn topics(&self, brokers: &str) -> Vec<Topic> {
        self.topics.of(brokers)
    }

    fn values(&self, pipeline: &str, column: &str) -> Option<Values> {
        let (tape, source) = self.origin(&self.plan(pipeline)?, column)?;
        let note = tape.note();
        let thin = tape.one_in(note.records.div_ceil(LOOKED_AT).max(1));
        values(&thin, &source, column, note)
    }

    fn folder(&self) -> PathBuf {
        self.folder.to_owned()
    }
}

/// What the values of a column are like on a tape.
fn values(tape: &Tape, source: &Source, column: &str, note: &SampleNote) -> Option<Values> {
    let mut reader = tape.reader_of(source, Some(&[column.to_owned()])).ok()?;
    let mut found = Values { sample: note.to_string(), ..Values::default() };
    let mut counts: HashMap<String, u64> = HashMap::new();
    while let Ok(Polled::Batch(batch)) = reader.poll(Duration::ZERO) {
        let values = batch.frame.column(column).ok()?;
        found.rows += values.len() as u64;
        found.nulls += values.null_count() as u64;
        for at in 0..values.len() {
            match Cell::of(&values.get(at).ok()?) {
                Cell::Null => {}
                other => *counts.entry(other.plain().to_owned()).or_default() += 1,
            }
        }
    }
    found.distinct = counts.len() as u64;
    let mut all: Vec<(String, u64)> = counts.into_iter().collect();
    all.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    all.truncate(SHOWN);
    found.examples = all.into_iter().map(|(value, times)| (cut(&value, LONGEST), times)).collect();
    Some(found)
}
