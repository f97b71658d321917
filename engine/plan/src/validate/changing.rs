//! Checks of rows that change: those of a `group_by` without a window.

use super::Checker;
use super::times::LONGEST_MS;
use crate::duration::format_duration;
use crate::expr::Expr;
use crate::mistake::Mistake;
use crate::{Node, Sink, Step};

impl Checker<'_> {
    /// Without a window, keys are kept until they expire.
    pub(super) fn expiry(&mut self, node: u32, expire_after_ms: Option<u64>) {
        let Some(millis) = expire_after_ms else {
            let mistake =
                Mistake::new("`group_by` without a window would keep every key for ever, since a stream has no end");
            let hint = "bound it in time: `.window(tumbling(\"1m\"))` between `.group_by(…)` and `.agg(…)`; or, for one row a key \
                        that changes, `.expire_after(\"7d\")` and a sink that ends in `.upsert()`";
            return self.wrong(node, mistake.hint(hint));
        };
        if millis == 0 || millis > LONGEST_MS {
            let mistake =
                Mistake::new(format!("`expire_after(\"{}\")`: this length is not possible", format_duration(millis)));
            self.wrong(
                node,
                mistake.hint("say after which silence a key is forgotten, such as `.expire_after(\"7d\")`"),
            );
        }
        self.needs_time(node, "expire_after");
    }

    /// Rows that change keep their keys, none is taken out on the way, and they end where the newest replaces the one before.
    pub(super) fn changing(&mut self, node: &Node) {
        let grouped = self.aggregated.and_then(|grouped| self.plan.nodes.get(grouped as usize));
        let changing = grouped.filter(|node| matches!(node.step, Step::Aggregate { window: None, .. }));
        let upsert = matches!(node.step, Step::Sink(Sink::KafkaUpsert { .. }));
        let Some(Node { id, step: Step::Aggregate { keys, .. }, .. }) = changing else {
            if upsert {
                let mistake = Mistake::new("`upsert` is for rows that change, and these do not");
                let hint =
                    "leave it out; only a `.group_by(…)` without a window has such rows. A key alone: `.key(\"…\")`";
                self.wrong(node.id, mistake.hint(hint));
            }
            return;
        };
        let group = self.plan.describe(*id);
        match &node.step {
            _ if *id == node.id => {}
            Step::Select { .. }
            | Step::WithColumns { .. }
            | Step::Rename { .. }
            | Step::Drop { .. }
            | Step::Cast { .. }
            | Step::ExpectRate { .. }
            | Step::ExpectKey { .. } => self.keeps_keys(node.id, keys, &group),
            Step::Sink(_) if upsert => self.keeps_keys(node.id, keys, &group),
            Step::Sink(sink) => {
                let name = sink.name();
                let mistake =
                    Mistake::new(format!("`{name}` only adds rows, but those of {group}, without a window, change"));
                self.wrong(node.id, mistake.hint("let the newest replace the one before: `.to_kafka(…).upsert()`"));
            }
            other => {
                let name = other.name();
                let mistake = Mistake::new(format!(
                    "`{name}` cannot work on the rows of {group}, which has no window: they change"
                ));
                self.wrong(node.id, mistake.hint(format!("put `{name}` before it, or give the groups a window")));
            }
        }
    }

    fn keeps_keys(&mut self, node: u32, keys: &[Expr], group: &str) {
        let Some(schema) = &self.schema else { return };
        let names: Vec<String> = keys.iter().filter_map(Expr::output_name).collect();
        let lost = names.iter().find(|name| schema.field(name).is_none()).cloned();
        if let Some(lost) = lost {
            let mistake = Mistake::new(format!(
                "the key `{lost}` of {group} is gone, so a changed row would not find the one before"
            ));
            self.wrong(node, mistake.hint(format!("keep `{lost}` under its name")));
        }
    }
}
