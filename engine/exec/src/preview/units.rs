//! Event times in another unit than milliseconds: told by where in time they lie.

use headwater::{DataType, Plan, Step};

use super::SourcePreview;

/// September 2001 in seconds, and so January 1970 in milliseconds: no event of ours is as old.
const LEAST: i64 = 1_000_000_000;
/// The year 5138 in seconds, and March 1973 in milliseconds.
const MOST: i64 = 100_000_000_000;
/// The year 5138 in milliseconds, and March 1973 in microseconds.
const TOO_MANY: i64 = 100_000_000_000_000;

/// What the event times of a plan look like, if not like the milliseconds that a `BIGINT` is taken for: a sentence with the way out.
///
/// `ahead` is the event time of a row that lies too far in the future to be true.
pub(super) fn time_unit(plan: &Plan, sources: &[SourcePreview], ahead: Option<i64>) -> Option<String> {
    let schemas = headwater::validate(plan).ok()?;
    plan.nodes.iter().find_map(|node| {
        let Step::EventTime { column, .. } = &node.step else { return None };
        let is_number =
            schemas.get(node.id as usize)?.field(column).is_some_and(|own| own.data_type == DataType::Int64);
        let mut source = node;
        while let Some(input) = source.inputs.first() {
            source = plan.nodes.get(*input as usize)?;
        }
        let seen = sources.iter().find(|own| own.node == source.id)?;
        let newest = seen.partitions.iter().filter_map(|partition| partition.max_event_time).max();
        match newest.or(ahead) {
            Some(newest) if is_number && (LEAST..MOST).contains(&newest) => Some(said(column, "seconds", " * 1_000")),
            Some(newest) if is_number && newest >= TOO_MANY => Some(said(column, "microseconds", ".floor_div(1_000)")),
            _ => None,
        }
    })
}

fn said(column: &str, unit: &str, by: &str) -> String {
    format!(
        "the event times in `{column}` look like {unit}, but a BIGINT is taken for milliseconds: put \
         `.with_columns([(col(\"{column}\"){by}).alias(\"{column}\")])` before `.event_time(…)`"
    )
}
