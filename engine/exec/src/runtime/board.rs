//! What the operators of a pipeline have done so far: of one task, or of all tasks together.

use std::collections::BTreeMap;

use headwater_profile::{Check, CheckResult};

use super::tap::{Tap, TapStatus};
use crate::job::StepStatus;
use crate::operators::Report;

/// What some operators have done.
#[derive(Clone, Debug, Default)]
pub struct Board {
    steps: BTreeMap<u32, StepStatus>,
    reports: BTreeMap<u32, Report>,
    checks: BTreeMap<u32, Check>,
    taps: Vec<(u32, Tap)>,
    /// The event time that the end of the pipeline has reached, once for each task there.
    ends: Vec<Option<i64>>,
}

impl Board {
    /// Adds an operator of a step.
    pub(crate) fn step(&mut self, status: StepStatus, report: Report, check: Option<&Check>) {
        let node = status.node;
        self.steps.entry(node).and_modify(|own| own.merge(&status)).or_insert(status);
        self.reports.entry(node).or_default().merge(report);
        if let Some(check) = check {
            self.checks.insert(node, check.clone());
        }
    }

    /// Adds what came to a step in a lane, behind an exchange.
    pub(crate) fn received(&mut self, node: u32, lane: usize, count: u64) {
        if let Some(step) = self.steps.get_mut(&node) {
            step.add_to_lane(lane, count);
        }
    }

    /// Adds a tap in front of a node.
    pub(crate) fn tap(&mut self, node: u32, tap: &Tap) {
        self.taps.push((node, tap.clone()));
    }

    /// Adds the event time that an end of the pipeline has reached.
    pub(crate) fn end(&mut self, watermark: Option<i64>) {
        self.ends.push(watermark);
    }

    /// Adds what another lane did at the same steps.
    pub(crate) fn merge(&mut self, other: Board) {
        for (node, theirs) in other.steps {
            self.steps.entry(node).and_modify(|own| own.merge(&theirs)).or_insert(theirs);
        }
        for (node, theirs) in other.reports {
            self.reports.entry(node).or_default().merge(theirs);
        }
        for (node, theirs) in other.checks {
            self.checks.entry(node).and_modify(|own| own.merge(&theirs)).or_insert(theirs);
        }
        for (node, theirs) in other.taps {
            match self.taps.iter_mut().find(|(own, tap)| *own == node && tap.is_like(&theirs)) {
                Some((_, own)) => own.merge(&theirs),
                None => self.taps.push((node, theirs)),
            }
        }
        self.ends.extend(other.ends);
    }

    /// What every step has done, in the order of the plan.
    pub fn steps(&self) -> Vec<StepStatus> {
        self.steps.values().cloned().collect()
    }

    /// What the operators have counted, by their nodes.
    pub fn reports(&self) -> &BTreeMap<u32, Report> {
        &self.reports
    }

    /// What has come of the checks, in the order of the plan; `complete` when every row there is has come by.
    pub fn judge(&self, complete: bool) -> Vec<CheckResult> {
        self.checks.values().flat_map(|check| check.judge(complete)).collect()
    }

    /// What the taps know, in the order of the plan.
    pub fn taps(&self) -> Vec<TapStatus> {
        let mut taps: Vec<TapStatus> = self.taps.iter().map(|(node, tap)| tap.status(*node)).collect();
        taps.sort_by_key(|tap| tap.node);
        taps
    }

    /// The event time that the whole pipeline has reached; none as long as a lane has not shown any.
    pub fn watermark(&self) -> Option<i64> {
        self.ends.iter().copied().min().flatten()
    }
}
