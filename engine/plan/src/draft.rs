//! A pipeline while it is being written in a cell: its steps, where each was written, and what was wrong in their texts.

#[cfg(feature = "serde")]
mod gather;

use std::collections::HashMap;
use std::panic::Location;
use std::sync::Arc;

use crate::expr::{Expr, Literal};
use crate::mistake::{Mistake, PlanError};
use crate::places::Place;
use crate::plan::{Node, PLAN_VERSION};
use crate::validate::{mistakes, untellable};
use crate::{Plan, Recalled, Sample, Source, Step};

#[cfg(feature = "serde")]
pub(crate) use gather::Gathered;

/// The newest step and, through its inputs, all that came before it. Handles in a cell share them: a step that two others read
/// is one node of the plan, not two. A verb leaves what it is called on as it is.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    inputs: Vec<Arc<Draft>>,
    step: Step,
    /// Where it was written; its node is only known in a plan.
    place: Place,
    noted: Vec<Mistake>,
    /// How it is sampled, if it is a source.
    sample: Sample,
}

impl Draft {
    pub(crate) fn begin(source: Source, location: &Location<'_>) -> Arc<Draft> {
        Draft::of(Vec::new(), Step::Source(source), Vec::new(), location)
    }

    pub(crate) fn recall(recalled: Recalled, location: &Location<'_>) -> Arc<Draft> {
        Draft::of(Vec::new(), Step::Recall(recalled), Vec::new(), location)
    }

    /// With one more step, and what is wrong in how it was written.
    pub(crate) fn then(self: &Arc<Draft>, step: Step, wrong: Vec<Mistake>, location: &Location<'_>) -> Arc<Draft> {
        Draft::of(vec![Arc::clone(self)], step, wrong, location)
    }

    /// With a step that reads `others` too.
    pub(crate) fn then_with(
        self: &Arc<Draft>,
        others: impl IntoIterator<Item = Arc<Draft>>,
        step: Step,
        wrong: Vec<Mistake>,
        location: &Location<'_>,
    ) -> Arc<Draft> {
        Draft::of([Arc::clone(self)].into_iter().chain(others).collect(), step, wrong, location)
    }

    fn of(inputs: Vec<Arc<Draft>>, step: Step, noted: Vec<Mistake>, location: &Location<'_>) -> Arc<Draft> {
        Draft::written(inputs, step, noted, Place::new(0, location))
    }

    /// A step that is known to be written at this place.
    pub(crate) fn written(
        inputs: Vec<Arc<Draft>>,
        mut step: Step,
        mut noted: Vec<Mistake>,
        place: Place,
    ) -> Arc<Draft> {
        for expr in exprs_mut(&mut step) {
            noted.extend(make_tellable(expr));
        }
        Arc::new(Draft { inputs, step, place, noted, sample: Sample::default() })
    }

    /// With a mistake of the newest step.
    pub(crate) fn noting(&self, mistake: Mistake) -> Arc<Draft> {
        let mut draft = self.clone();
        draft.noted.push(mistake);
        Arc::new(draft)
    }

    /// With a change of every source's sample, and mistakes in how that was written, which the first source takes.
    pub(crate) fn sampling(
        self: &Arc<Draft>,
        mut change: impl FnMut(&mut Sample),
        mut wrong: Vec<Mistake>,
    ) -> Arc<Draft> {
        self.with_each(
            |step| matches!(step, Step::Source(_) | Step::Recall(_)),
            |source| {
                change(&mut source.sample);
                source.noted.append(&mut wrong);
            },
        )
    }

    /// With a change of the source, by a verb that must stand before any step on its rows.
    pub(crate) fn describing(
        self: &Arc<Draft>,
        verb: &str,
        change: impl FnOnce(&mut Source) -> Option<Mistake>,
    ) -> Arc<Draft> {
        if let Some(mistake) = self.of_the_kernel(verb) {
            return self.noting(mistake);
        }
        let late = |draft: &&Arc<Draft>| !matches!(draft.step, Step::Source(_) | Step::EventTime { .. });
        if let Some(late) = self.nodes().iter().find(late) {
            let name = late.step.name();
            let mistake = Mistake::new(format!("`{verb}` describes the source, but comes after `{name}`"));
            return self.noting(mistake.hint("put it right after `kafka(…)` or `files(…)`"));
        }
        let mut change = Some(change);
        self.with_each(
            |step| matches!(step, Step::Source(_)),
            |draft| {
                if let (Step::Source(source), Some(change)) = (&mut draft.step, change.take()) {
                    draft.noted.extend(change(source));
                }
            },
        )
    }

    /// With a change of how event time is taken, which `verb` asks for, and what is wrong in how it was written; a mistake when there is
    /// no event time.
    pub(crate) fn timed(
        self: &Arc<Draft>,
        verb: &str,
        mut wrong: Vec<Mistake>,
        mut change: impl FnMut(&mut Step),
    ) -> Arc<Draft> {
        if let Some(mistake) = self.of_the_kernel(verb) {
            return self.noting(mistake);
        }
        let is_time = |step: &Step| matches!(step, Step::EventTime { .. });
        if !self.nodes().iter().any(|draft| is_time(&draft.step)) {
            return self.noting(
                Mistake::new(format!("`{verb}` needs an event time"))
                    .hint("put it after `.event_time(\"ts\", \"10s\")`"),
            );
        }
        self.with_each(is_time, |draft| {
            change(&mut draft.step);
            draft.noted.append(&mut wrong);
        })
    }

    /// That a verb would change steps of a pipeline which is not here but in the kernel.
    fn of_the_kernel(self: &Arc<Draft>, verb: &str) -> Option<Mistake> {
        let nodes = self.nodes();
        let recalled = nodes.iter().find_map(|draft| match &draft.step {
            Step::Recall(recalled) => Some(recalled),
            _ => None,
        })?;
        let mistake = Mistake::new(format!("`{verb}` cannot change `{}`, which the kernel has kept", recalled.name));
        Some(mistake.hint("write it where `kafka(…)` or `files(…)` stands, and run that cell again"))
    }

    /// With a change of the newest step.
    pub(crate) fn changing_last(&self, change: impl FnOnce(&mut Step) -> Option<Mistake>) -> Arc<Draft> {
        let mut draft = self.clone();
        draft.noted.extend(change(&mut draft.step));
        Arc::new(draft)
    }

    /// With a change of every step that is `wanted`. What two steps read is one node before and after.
    fn with_each(self: &Arc<Draft>, wanted: impl Fn(&Step) -> bool, mut change: impl FnMut(&mut Draft)) -> Arc<Draft> {
        let mut changed: HashMap<*const Draft, Arc<Draft>> = HashMap::new();
        for draft in self.nodes() {
            let mut new = Draft::clone(&draft);
            for input in &mut new.inputs {
                *input = Arc::clone(&changed[&Arc::as_ptr(input)]);
            }
            if wanted(&new.step) {
                change(&mut new);
            }
            changed.insert(Arc::as_ptr(&draft), Arc::new(new));
        }
        Arc::clone(&changed[&Arc::as_ptr(self)])
    }

    /// Every step once, the inputs of each before it and the first input first: the order of the plan's nodes.
    fn nodes(self: &Arc<Draft>) -> Vec<Arc<Draft>> {
        let (mut order, mut known) = (Vec::new(), HashMap::new());
        self.visit(&mut order, &mut known);
        order
    }

    fn visit(self: &Arc<Draft>, order: &mut Vec<Arc<Draft>>, known: &mut HashMap<*const Draft, u32>) {
        if known.contains_key(&Arc::as_ptr(self)) {
            return;
        }
        for input in &self.inputs {
            input.visit(order, known);
        }
        known.insert(Arc::as_ptr(self), number(order.len()));
        order.push(Arc::clone(self));
    }

    pub(crate) fn plan(self: &Arc<Draft>) -> Plan {
        let (mut order, mut known) = (Vec::new(), HashMap::new());
        self.visit(&mut order, &mut known);
        let node = |(id, draft): (usize, &Arc<Draft>)| Node {
            id: number(id),
            inputs: draft.inputs.iter().map(|input| known[&Arc::as_ptr(input)]).collect(),
            step: draft.step.clone(),
        };
        Plan { version: PLAN_VERSION, nodes: order.iter().enumerate().map(node).collect() }
    }

    /// Where each node was written.
    pub(crate) fn places(self: &Arc<Draft>) -> Vec<Place> {
        self.nodes().iter().enumerate().map(|(id, draft)| Place { node: number(id), ..draft.place }).collect()
    }

    /// What is wrong in how the nodes were written.
    pub(crate) fn noted(self: &Arc<Draft>) -> Vec<PlanError> {
        let of = |(id, draft): (usize, &Arc<Draft>)| {
            draft.noted.iter().map(|mistake| mistake.clone().at(number(id))).collect::<Vec<_>>()
        };
        self.nodes().iter().enumerate().flat_map(of).collect()
    }

    /// How each source is sampled, in the order of the plan's sources.
    pub(crate) fn samples(self: &Arc<Draft>) -> Vec<Sample> {
        let nodes = self.nodes();
        let sources = nodes.iter().filter(|draft| matches!(draft.step, Step::Source(_) | Step::Recall(_)));
        sources.map(|draft| draft.sample.clone()).collect()
    }

    /// All that is known to be wrong without looking at data.
    pub(crate) fn mistakes(self: &Arc<Draft>) -> Vec<PlanError> {
        mistakes(&self.plan(), &self.noted())
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The expressions in a step, to be changed.
pub(crate) fn exprs_mut(step: &mut Step) -> Vec<&mut Expr> {
    match step {
        Step::Filter { predicate } | Step::Expect { predicate, .. } | Step::ExpectRate { predicate, .. } => {
            vec![predicate]
        }
        Step::ExpectKey { keys, .. } | Step::Unique { keys, .. } => keys.iter_mut().collect(),
        Step::Top { by, per, .. } => per.iter_mut().chain([by]).collect(),
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

#[cfg(test)]
mod tests {
    use crate::prelude::*;

    #[test]
    fn a_handle_used_twice_is_one_node_and_numbers_never_change() {
        let orders = kafka("localhost:9092", "orders").json();
        let both = orders.filter(col("amount").gt(0)).union([&orders.select(["city"]), &orders]);
        let inputs: Vec<Vec<u32>> = both.plan().nodes.into_iter().map(|node| node.inputs).collect();
        assert_eq!(inputs, [vec![], vec![0], vec![0], vec![1, 2, 0]]);
        assert_eq!(both.plan().to_json(), both.clone().plan().to_json());
        let again = kafka("localhost:9092", "orders").json();
        assert_eq!(orders.union(&again).plan().sources().len(), 2, "another handle is another node");
    }

    #[test]
    fn what_is_changed_before_a_fork_is_changed_once() {
        let orders = kafka("localhost:9092", "orders").event_time("ts", "10s");
        let both = orders.filter(col("a").gt(0)).union(&orders.filter(col("a").lt(0)));
        let (idle, sampled) = (both.idle_after("1m"), both.sample(latest().rows(7)));
        assert_eq!(idle.plan().nodes.len(), 5);
        assert_eq!((sampled.plan(), sampled.samples().len()), (both.plan(), 1));
        assert_eq!((sampled.sampling().rows, both.sampling().rows), (7, 20_000));
        let wrong = both.union(&kafka("", "orders")).sample(latest().rows(0));
        let nodes: Vec<u32> = wrong.mistakes().iter().map(|mistake| mistake.node).collect();
        assert_eq!(
            nodes,
            [0, 5, 6],
            "once, though there are two sources; then the one without brokers, and without event time"
        );
    }
}
