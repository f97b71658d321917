//! Checks of the steps that state something about the data: names, conditions, bounds and keys.

use super::Checker;
use crate::expr::Expr;
use crate::mistake::Mistake;
use crate::{KeyPromise, OnFailure, RateBound, Schema, Step};

/// The most workers that a straggler factor is counted for.
const WORKERS: u32 = 131_072;

impl Checker<'_> {
    pub(super) fn expect(
        &mut self,
        node: u32,
        (name, predicate): (&str, &Expr),
        on_failure: OnFailure,
        before: Option<Schema>,
    ) -> Option<Schema> {
        if on_failure != OnFailure::Keep {
            self.filtered.get_or_insert(node);
        }
        self.check_name(node, "expect", name);
        self.condition(node, "expect", predicate, before)
    }

    pub(super) fn expect_rate(
        &mut self,
        node: u32,
        (name, predicate): (&str, &Expr),
        bound: RateBound,
        before: Option<Schema>,
    ) -> Option<Schema> {
        self.check_name(node, "expect_rate", name);
        let (verb, share) = match bound {
            RateBound::AtMost(share) => ("at_most", share),
            RateBound::AtLeast(share) => ("at_least", share),
        };
        if !(0.0..=1.0).contains(&share) {
            let mistake = Mistake::new(format!("`{verb}({share})`: a share of rows is between 0 and 1"));
            self.wrong(node, mistake.hint("one in a hundred is `0.01`"));
        }
        self.condition(node, "expect_rate", predicate, before)
    }

    pub(super) fn expect_key(
        &mut self,
        node: u32,
        keys: &[Expr],
        promise: &KeyPromise,
        before: Option<Schema>,
    ) -> Option<Schema> {
        if keys.is_empty() {
            self.wrong(node, Mistake::new("`expect_key` names no key").hint("name a column: `expect_key(\"city\")`"));
        }
        self.promise(node, promise);
        let schema = before?;
        for key in keys {
            self.key_type(node, "expect_key", key, &schema);
        }
        Some(schema)
    }

    fn promise(&mut self, node: u32, promise: &KeyPromise) {
        if *promise == KeyPromise::default() {
            let hint = "say what: `.top_share_below(0.1)`, `.keys_at_least(640)` or `.straggler_below(64, 2.0)`";
            self.wrong(node, Mistake::new("`expect_key` promises nothing about the key").hint(hint));
        }
        if let Some(share) = promise.top_share_below
            && !(share > 0.0 && share <= 1.0)
        {
            let mistake = Mistake::new(format!("`top_share_below({share})`: a share is above 0 and at most 1"));
            self.wrong(node, mistake.hint("a tenth of the rows is `0.1`"));
        }
        if promise.keys_at_least == Some(0) {
            self.wrong(node, Mistake::new("`keys_at_least(0)` always holds").hint("leave it out, or name a number"));
        }
        let Some(limit) = promise.straggler_below else { return };
        if limit.workers == 0 || limit.workers > WORKERS {
            let mistake = Mistake::new(format!("`straggler_below` cannot count for {} workers", limit.workers));
            self.wrong(node, mistake.hint(format!("give a number from 1 to {WORKERS}")));
        }
        if limit.factor <= 1.0 {
            let mistake =
                Mistake::new(format!("`straggler_below(…, {})`: no spread of keys gets below 1", limit.factor));
            self.wrong(node, mistake.hint("the busiest worker gets the mean at least; allow twice that with `2.0`"));
        }
    }

    /// A check needs a name of its own: by it metrics and dead letters tell it from the others.
    fn check_name(&mut self, node: u32, verb: &str, name: &str) {
        if name.trim().is_empty() {
            let mistake = Mistake::new(format!("the name of `{verb}` is empty"));
            return self.wrong(node, mistake.hint("say what has to be, such as \"amount is positive\""));
        }
        let earlier = self.plan.nodes.iter().take_while(|other| other.id < node).find(|other| match &other.step {
            Step::Expect { name: own, .. } | Step::ExpectRate { name: own, .. } => own == name,
            _ => false,
        });
        if let Some(other) = earlier {
            let other = self.plan.describe(other.id);
            let mistake = Mistake::new(format!("a check is called {name:?} already: {other}"));
            self.wrong(node, mistake.hint("give each check its own name: dead letters and metrics carry it"));
        }
    }
}
