//! A pipeline while it is being written in a cell: its steps, where each was written, and what was wrong in their texts.

use std::panic::Location;
use std::sync::Arc;

use crate::expr::{Expr, Literal};
use crate::mistake::{Mistake, PlanError};
use crate::places::Place;
use crate::validate::{mistakes, untellable};
use crate::{Plan, Sample, Source, Step};

/// The steps so far. Handles in a cell share it; a verb copies it and adds to the copy.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    steps: Vec<Step>,
    places: Vec<Place>,
    noted: Vec<PlanError>,
    pub(crate) sample: Sample,
}

impl Draft {
    pub(crate) fn begin(source: Source, location: &Location<'_>) -> Arc<Draft> {
        let empty = Draft { steps: Vec::new(), places: Vec::new(), noted: Vec::new(), sample: Sample::default() };
        empty.then(Step::Source(source), Vec::new(), location)
    }

    /// With one more step, and what is wrong in how it was written.
    pub(crate) fn then(&self, mut step: Step, mut wrong: Vec<Mistake>, location: &Location<'_>) -> Arc<Draft> {
        for expr in exprs_mut(&mut step) {
            wrong.extend(make_tellable(expr));
        }
        let mut draft = self.clone();
        let node = u32::try_from(draft.steps.len()).unwrap_or(u32::MAX);
        draft.steps.push(step);
        draft.places.push(Place::new(node, location));
        draft.noted.extend(wrong.into_iter().map(|mistake| mistake.at(node)));
        Arc::new(draft)
    }

    /// With a mistake of the newest step.
    pub(crate) fn noting(&self, mistake: Mistake) -> Arc<Draft> {
        let mut draft = self.clone();
        let node = draft.places.last().map_or(0, |place| place.node);
        draft.noted.push(mistake.at(node));
        Arc::new(draft)
    }

    /// With mistakes of the source.
    pub(crate) fn noting_of_source(mut self, wrong: Vec<Mistake>) -> Arc<Draft> {
        self.noted.extend(wrong.into_iter().map(|mistake| mistake.at(0)));
        Arc::new(self)
    }

    /// With a change of the source, by a verb that must stand before any step on its rows.
    pub(crate) fn describing(&self, verb: &str, change: impl FnOnce(&mut Source) -> Option<Mistake>) -> Arc<Draft> {
        let late = self.steps[1..].iter().find(|step| !matches!(step, Step::EventTime { .. }));
        if let Some(late) = late {
            let mistake = Mistake::new(format!("`{verb}` describes the source, but comes after `{}`", late.name()));
            return self.noting(mistake.hint("put it right after `kafka(…)` or `files(…)`"));
        }
        let mut draft = self.clone();
        let wrong = match draft.steps.first_mut() {
            Some(Step::Source(source)) => change(source),
            _ => None,
        };
        draft.noting_of_source(wrong.into_iter().collect())
    }

    /// With the event time's partitions idle after so long, and what is wrong in how that was written; a mistake when there
    /// is no event time.
    pub(crate) fn idle_after(&self, millis: Option<u64>, wrong: Vec<Mistake>) -> Arc<Draft> {
        let mut draft = self.clone();
        for (node, step) in (0u32..).zip(&mut draft.steps) {
            if let Step::EventTime { idle_after_ms, .. } = step {
                *idle_after_ms = millis;
                draft.noted.extend(wrong.into_iter().map(|mistake| mistake.at(node)));
                return Arc::new(draft);
            }
        }
        self.noting(
            Mistake::new("`idle_after` needs an event time").hint("put it after `.event_time(\"ts\", \"10s\")`"),
        )
    }

    /// With a change of the newest step.
    pub(crate) fn changing_last(&self, change: impl FnOnce(&mut Step) -> Option<Mistake>) -> Arc<Draft> {
        let mut draft = self.clone();
        let wrong = draft.steps.last_mut().and_then(change);
        match wrong {
            Some(mistake) => draft.noting(mistake),
            None => Arc::new(draft),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan::linear(self.steps.iter().cloned())
    }

    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(crate) fn noted(&self) -> &[PlanError] {
        &self.noted
    }

    /// All that is known to be wrong without looking at data.
    pub(crate) fn mistakes(&self) -> Vec<PlanError> {
        mistakes(&self.plan(), &self.noted)
    }
}

fn exprs_mut(step: &mut Step) -> Vec<&mut Expr> {
    match step {
        Step::Filter { predicate } | Step::Expect { predicate, .. } | Step::ExpectRate { predicate, .. } => {
            vec![predicate]
        }
        Step::ExpectKey { keys, .. } => keys.iter_mut().collect(),
        Step::Select { exprs } | Step::WithColumns { exprs } => exprs.iter_mut().collect(),
        Step::Aggregate { keys, aggs, .. } => {
            keys.iter_mut().chain(aggs.iter_mut().filter_map(|agg| agg.input.as_mut())).collect()
        }
        _ => Vec::new(),
    }
}

/// Puts `null` in place of an expression that JSON cannot carry, so that the plan can still be sent with what is wrong in it.
pub(crate) fn make_tellable(expr: &mut Expr) -> Option<Mistake> {
    let mistake = untellable(expr)?;
    let name = expr.output_name().unwrap_or_default();
    *expr = Expr::Literal(Literal::Null).alias(name);
    Some(mistake)
}
