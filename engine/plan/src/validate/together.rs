//! Checks of the steps that bring several inputs together.

use super::{Checker, EventTime, Known};
use crate::mistake::Mistake;
use crate::{Field, Schema};

impl Checker<'_> {
    pub(super) fn union(&mut self, node: u32, inputs: &[u32]) -> Option<Schema> {
        self.together.get_or_insert(node);
        let known: Vec<Known> = inputs.iter().map(|input| self.known[*input as usize].clone()).collect();
        let (first, others) = known.split_first()?;
        for (other, input) in others.iter().zip(&inputs[1..]) {
            self.same_time(node, (first, inputs[0]), (other, *input));
            self.filtered = self.filtered.or(other.filtered);
            self.aggregated = self.aggregated.or(other.aggregated);
            if let (Some(own), Some(EventTime { lost_at, .. })) = (&mut self.time, &other.time) {
                own.lost_at = own.lost_at.or(*lost_at);
            }
            if let (Some(one), Some(two)) = (&first.schema, &other.schema) {
                self.same_columns(node, (one, inputs[0]), (two, *input));
            }
        }
        let all_known = known.iter().all(|input| input.schema.is_some());
        first.schema.clone().filter(|_| all_known)
    }

    fn same_time(&mut self, node: u32, (first, one): (&Known, u32), (other, two): (&Known, u32)) {
        let column = |known: &Known| known.time.as_ref().map(|time| time.column.clone());
        let (one, two) = (self.plan.describe(one), self.plan.describe(two));
        let (message, hint) = match (column(first), column(other)) {
            (Some(a), Some(b)) if a != b => (
                format!("`union` needs one event-time column; it is `{a}` in {one}, and `{b}` in {two}"),
                "rename the column before `.event_time(…)`, so that both have one name".to_string(),
            ),
            (Some(column), None) => without(&one, &two, &column),
            (None, Some(column)) => without(&two, &one, &column),
            _ => return,
        };
        self.wrong(node, Mistake::new(message).hint(hint));
    }

    fn same_columns(&mut self, node: u32, (first, one): (&Schema, u32), (other, two): (&Schema, u32)) {
        let (one, two) = (self.plan.describe(one), self.plan.describe(two));
        let lacking = |has: &Schema, lacks: &Schema| -> Vec<String> {
            has.names().into_iter().filter(|name| lacks.field(name).is_none()).map(|name| format!("`{name}`")).collect()
        };
        let mut differences = Vec::new();
        for (names, step) in [(lacking(first, other), &two), (lacking(other, first), &one)] {
            if !names.is_empty() {
                differences.push(format!("{step} has no {}", names.join(", ")));
            }
        }
        for Field { name, data_type } in &first.fields {
            if let Some(found) = other.field(name).filter(|found| found.data_type != *data_type) {
                differences.push(format!("`{name}` is {data_type} in {one}, and {} in {two}", found.data_type));
            }
        }
        if !differences.is_empty() {
            let mistake = Mistake::new(format!("`union` needs the same columns: {}", differences.join("; ")));
            self.wrong(node, mistake.hint("make them the same first, with `.select`, `.rename` or `.cast`"));
        }
    }
}

fn without(has: &str, has_not: &str, column: &str) -> (String, String) {
    (
        format!("`union` needs the event time of every input; it is `{column}` in {has}, but {has_not} has none"),
        format!("put `.event_time(\"{column}\", \"10s\")` right after that source too"),
    )
}
