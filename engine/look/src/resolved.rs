//! The sources resolved so far: the columns of a tape are inferred once, not by every cell that looks at it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use headwater::{Plan, Source, SourceConnector};
use headwater_exec::Tape;

use crate::mistakes::{Outcome, mistakes, one};

/// Sources that are remembered.
const KEPT: usize = 16;

/// The plan with the format and schema of its sources, from `known` or found in `tapes`, one a source (and then known), validated.
///
/// # Errors
/// Every mistake in the plan, or a sample that no schema can be read from.
pub fn resolve(plan: &Plan, tapes: &[Arc<Tape>], known: &ResolvedSources) -> Outcome<Plan> {
    let declared = plan.sources();
    let sources: Option<Vec<Source>> =
        declared.iter().zip(tapes).map(|((_, source), tape)| known.get(tape, source)).collect();
    if let Some(sources) = sources.filter(|sources| sources.len() == declared.len()) {
        let resolved = plan.with_sources(sources);
        headwater::validate(&resolved).map_err(|errors| mistakes(&errors))?;
        return Ok(resolved);
    }
    let resolved = headwater_exec::resolve(plan, tapes).map_err(one)?;
    for (((_, source), (_, found)), tape) in declared.into_iter().zip(resolved.sources()).zip(tapes) {
        if known.get(tape, source).is_none() {
            known.insert(tape, source, found);
        }
    }
    Ok(resolved)
}

/// What sources of a session became by their tapes. A tape never changes, so what was found in it does not either. Clones know the same.
#[derive(Clone, Default)]
pub struct ResolvedSources(Arc<Mutex<VecDeque<Known>>>);

struct Known {
    tape: Arc<Tape>,
    declared: Source,
    resolved: Source,
}

impl ResolvedSources {
    /// What `declared` became by `tape`, when that was found before.
    pub fn get(&self, tape: &Arc<Tape>, declared: &Source) -> Option<Source> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.iter().find(|own| Arc::ptr_eq(&own.tape, tape) && own.declared == *declared)?;
        Some(own.resolved.clone())
    }

    /// What is known of what is read there, by whatever declaration of it was looked at last: its tape, and its source resolved.
    pub fn of(&self, connector: &SourceConnector) -> Option<(Arc<Tape>, Source)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = known.iter().find(|own| own.declared.connector == *connector)?;
        Some((Arc::clone(&own.tape), own.resolved.clone()))
    }

    /// Remembers what `declared` became by `tape`, in place of the oldest when there are many.
    pub fn insert(&self, tape: &Arc<Tape>, declared: &Source, resolved: &Source) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.truncate(KEPT - 1);
        known.push_front(Known { tape: Arc::clone(tape), declared: declared.clone(), resolved: resolved.clone() });
    }
}

#[cfg(test)]
mod tests {
    use headwater::prelude::*;

    use super::*;

    #[test]
    fn a_source_is_known_by_its_tape_and_its_declaration() {
        let known = ResolvedSources::default();
        let tape = Arc::new(Tape::from_records("orders", 1, Vec::new()));
        let other = Arc::new(Tape::from_records("orders", 1, Vec::new()));
        let source = |stream: Stream| stream.plan().source().clone();
        let declared = source(files("orders.json"));
        let resolved = source(files("orders.json").json().schema("city STRING"));
        assert_eq!(known.get(&tape, &declared), None);
        known.insert(&tape, &declared, &resolved);
        assert_eq!(known.get(&tape, &declared), Some(resolved.clone()));
        assert_eq!(known.get(&other, &declared), None);
        assert_eq!(known.get(&tape, &resolved), None);
        assert_eq!(known.of(&declared.connector), Some((Arc::clone(&tape), resolved.clone())));
        (0..KEPT).for_each(|_| known.insert(&other, &declared, &resolved));
        assert_eq!(known.get(&tape, &declared), None, "the oldest is forgotten");
    }
}
