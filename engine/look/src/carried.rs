//! Which record a row is from: its place and event time are carried through the pipeline beside the user's columns.
//!
//! Every step but a group-by treats each row alone, so a row that comes out is of one record that went in; filters only leave some out.
//! The place of a record (partition and position) is what its tape knows it by.

use headwater::{Envelope, Expr, Node, Plan, Step};

/// The columns that are carried. No column of a record is called so.
pub(crate) const PARTITION: &str = "\u{1}partition";
/// See [`PARTITION`].
pub(crate) const POSITION: &str = "\u{1}position";
/// See [`PARTITION`]: the event time, where the plan has one.
pub(crate) const TIME: &str = "\u{1}time";

/// A plan that carries the places of its records to its end.
pub(crate) struct Carried {
    /// The plan. It is run, never shown, and its node ids are not those of the user's plan.
    pub(crate) plan: Plan,
    /// Of each of its nodes the node of the user's plan.
    origin: Vec<u32>,
}

impl Carried {
    /// `plan`, a resolved one that ends with a `select`, with the places added. `None`: it mixes rows, or its records have columns of
    /// the envelope's names, or are of several sources.
    pub(crate) fn new(plan: &Plan) -> Option<Carried> {
        if !plan.is_linear() {
            return None;
        }
        let source = plan.source();
        let payload = source.schema.as_ref()?;
        if plan.nodes.iter().any(|node| matches!(node.step, Step::Aggregate { .. })) {
            return None;
        }
        let parts = [Envelope::Partition, Envelope::Offset];
        if parts.iter().any(|part| payload.field(&part.field().name).is_some()) {
            return None;
        }
        let mut carried = Carried { plan: Plan { version: plan.version, nodes: Vec::new() }, origin: Vec::new() };
        let mut timed = false;
        for node in &plan.nodes {
            let mut step = node.step.clone();
            match &mut step {
                Step::Source(source) => {
                    let added: Vec<Envelope> =
                        parts.into_iter().filter(|part| !source.envelope.contains(part)).collect();
                    source.envelope.extend(&added);
                    carried.push(step, node.id);
                    carried.places(&added, node.id);
                    continue;
                }
                Step::Select { exprs } => exprs.extend(names(timed).map(column)),
                _ => {}
            }
            let time = match &step {
                Step::EventTime { column, .. } if !timed => Some(column.clone()),
                _ => None,
            };
            carried.push(step, node.id);
            if let Some(name) = time {
                carried.push(Step::WithColumns { exprs: vec![renamed(&name, TIME)] }, node.id);
                timed = true;
            }
        }
        Some(carried)
    }

    /// The places under their own names; what the user did not ask for goes again.
    fn places(&mut self, added: &[Envelope], origin: u32) {
        let own = [(Envelope::Partition, PARTITION), (Envelope::Offset, POSITION)];
        let exprs = own.iter().map(|(part, name)| renamed(&part.field().name, name)).collect();
        self.push(Step::WithColumns { exprs }, origin);
        if !added.is_empty() {
            self.push(Step::Drop { columns: added.iter().map(|part| part.field().name).collect() }, origin);
        }
    }

    fn push(&mut self, step: Step, origin: u32) {
        let id = u32::try_from(self.plan.nodes.len()).unwrap_or(u32::MAX);
        self.plan.nodes.push(Node { id, inputs: id.checked_sub(1).into_iter().collect(), step });
        self.origin.push(origin);
    }

    /// The node of the user's plan that an error of this one belongs to.
    pub(crate) fn of_user(&self, node: u32) -> u32 {
        self.origin.get(node as usize).copied().unwrap_or(0)
    }
}

fn names(timed: bool) -> impl Iterator<Item = &'static str> {
    [PARTITION, POSITION].into_iter().chain(timed.then_some(TIME))
}

fn column(name: &str) -> Expr {
    Expr::Column(name.to_owned())
}

fn renamed(from: &str, to: &str) -> Expr {
    Expr::Alias { input: Box::new(column(from)), name: to.to_owned() }
}
