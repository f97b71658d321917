//! Checks of the steps that look at event time or at windows without grouping: unique and top.

use super::{Checker, EventTime};
use crate::Schema;
use crate::duration::format_duration;
use crate::expr::Expr;
use crate::mistake::Mistake;

/// The most rows of a window that `top` keeps.
const MOST_ROWS: u32 = 100_000;
/// The longest time that a key is remembered: about a century.
pub(super) const LONGEST_MS: u64 = 36_525 * 86_400_000;

impl Checker<'_> {
    pub(super) fn unique_rows(
        &mut self,
        node: u32,
        keys: &[Expr],
        within_ms: u64,
        before: Option<Schema>,
    ) -> Option<Schema> {
        if keys.is_empty() {
            let mistake = Mistake::new("`unique` has no key, so that one row would stand for all");
            self.wrong(node, mistake.hint("name what may come once only: `.unique([\"order_id\"])`"));
        }
        if within_ms == 0 || within_ms > LONGEST_MS {
            let mistake =
                Mistake::new(format!("`within(\"{}\")`: this length is not possible", format_duration(within_ms)));
            let hint = "say for how long a key is remembered, such as `.within(\"10m\")`: its state is bounded by that";
            self.wrong(node, mistake.hint(hint));
        }
        if let Some(first) = self.aggregated {
            let first = self.plan.describe(first);
            let mistake = Mistake::new(format!("`unique` comes after {first}, whose rows are one a key and window"));
            self.wrong(node, mistake.hint("put it before `.group_by(…)`"));
        }
        self.needs_time(node, "unique");
        let schema = before?;
        keys.iter().for_each(|key| self.flat(node, "unique", key, &schema));
        Some(schema)
    }

    pub(super) fn top(
        &mut self,
        node: u32,
        n: u32,
        (verb, by): (&str, &Expr),
        per: &[Expr],
        before: Option<Schema>,
    ) -> Option<Schema> {
        if n == 0 || n > MOST_ROWS {
            let mistake = Mistake::new(format!("`{verb}({n})`: at least 1 and at most {MOST_ROWS} rows are kept"));
            self.wrong(node, mistake.hint(format!("such as `.{verb}(10)`")));
        }
        if self.aggregated.is_none() {
            let mistake = Mistake::new(format!("`{verb}` ranks the rows of windows, and there is none before it"));
            let hint = format!("put it behind `.group_by(…).window(…).agg(…)`: `.{verb}({n}).by(\"…\")`");
            self.wrong(node, mistake.hint(hint));
            return before;
        }
        let schema = before?;
        for bound in ["window_start", "window_end"] {
            if schema.field(bound).is_none() {
                let mistake =
                    Mistake::new(format!("`{verb}` needs the column `{bound}`, which an earlier step removes"));
                self.wrong(node, mistake.hint("keep `window_start` and `window_end` until here"));
            }
        }
        per.iter().chain([by]).for_each(|expr| self.flat(node, verb, expr, &schema));
        Some(schema)
    }

    /// An event-time column that is still what it was.
    pub(super) fn needs_time(&mut self, node: u32, verb: &str) {
        let mistake = match &self.time {
            None => Mistake::new(format!("`{verb}` needs an event-time column"))
                .hint(format!("put `.event_time(\"ts\", \"10s\")` before `{verb}`, with your column of times")),
            Some(EventTime { column, lost_at: Some(step) }) => {
                let step = self.plan.describe(*step);
                Mistake::new(format!(
                    "`{verb}` needs the event-time column `{column}`, which {step}, changes or removes"
                ))
                .hint(format!("keep `{column}` as it is until `{verb}`"))
            }
            Some(_) => return,
        };
        self.wrong(node, mistake);
    }

    fn flat(&mut self, node: u32, verb: &str, expr: &Expr, schema: &Schema) {
        if let Some(found) = self.type_of(node, expr, schema).filter(crate::DataType::is_nested) {
            let mistake = Mistake::new(format!("`{verb}` cannot compare `{expr}`, which is {found}"));
            self.wrong(node, mistake.hint("take a column of numbers, texts or times"));
        }
    }
}
