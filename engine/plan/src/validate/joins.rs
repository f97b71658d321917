//! Checks of joins: their keys, what bounds them, and the names of what comes out.

use super::groups::impossible;
use super::{Checker, EventTime, Known, no_column};
use crate::join::JoinBound;
use crate::mistake::Mistake;
use crate::{DataType, Field, Schema, SourceConnector, Step, Window};

/// The columns that a window adds.
const WINDOW_COLUMNS: [&str; 2] = ["window_start", "window_end"];

/// What bounds a join, for the sentence about one that nothing does.
const BOUNDS: &str = "bound it: `.within(\"5m\", \"1h\")` for partners near in event time, `.window(tumbling(\"1m\"))` for those in the \
                      same window, or `.lookup()` of a table of files";

impl Checker<'_> {
    pub(super) fn join(
        &mut self,
        node: u32,
        inputs: &[u32],
        (left_on, right_on): (&[String], &[String]),
        suffix: &str,
        bound: Option<&JoinBound>,
    ) -> Option<Schema> {
        self.together.get_or_insert(node);
        let [left, right] = inputs else { return None };
        let (one, two) = (self.known[*left as usize].clone(), self.known[*right as usize].clone());
        self.filtered = self.filtered.or(two.filtered);
        self.aggregated = self.aggregated.or(two.aggregated);
        self.bound(node, bound, (&one, *left), (&two, *right));
        self.keys(node, left_on, right_on, one.schema.as_ref().zip(two.schema.as_ref()));
        let (one, two) = (one.schema?, two.schema?);
        self.joined(node, &one, &two, (right_on, suffix), matches!(bound, Some(JoinBound::Window { .. })))
    }

    fn bound(&mut self, node: u32, bound: Option<&JoinBound>, left: (&Known, u32), right: (&Known, u32)) {
        match bound {
            None => {
                let mistake =
                    Mistake::new("`join` has no bound: it would keep every row for ever, since a stream has no end");
                self.wrong(node, mistake.hint(BOUNDS));
            }
            Some(JoinBound::Lookup { .. }) => self.table(node, right.1),
            Some(JoinBound::Interval { before_ms, after_ms }) => {
                self.timed(node, "within", left);
                self.timed(node, "within", right);
                let long = |millis: u64| i64::try_from(millis).is_err();
                if long(*before_ms) || long(*after_ms) {
                    self.wrong(node, Mistake::new("`within`: a time of this length is not possible"));
                }
            }
            Some(JoinBound::Window { window }) => {
                self.timed(node, "window", left);
                self.timed(node, "window", right);
                self.join_window(node, window);
                self.time = None;
            }
        }
    }

    fn join_window(&mut self, node: u32, window: &Window) {
        if let Some(mistake) = impossible(window) {
            self.wrong(node, mistake.of(&format!("`window({window})`")));
        } else if matches!(window, Window::Session { .. }) {
            let mistake = Mistake::new("a join in sessions is not possible: a session is of one key of one stream");
            self.wrong(node, mistake.hint("take `tumbling`, `hopping` or `cumulating` windows, or `.within(…)`"));
        }
    }

    /// That an input of a join in time has an event time.
    fn timed(&mut self, node: u32, verb: &str, (known, input): (&Known, u32)) {
        let from = self.plan.describe(input);
        let mistake = match &known.time {
            Some(_) if known.aggregated.is_some() => Mistake::new(format!(
                "`join(…).{verb}(…)` needs rows with an event time; those of {from}, are of windows"
            ))
            .hint("join the streams first, and group what comes out"),
            None => Mistake::new(format!("`join(…).{verb}(…)` needs an event time in both streams; {from}, has none"))
                .hint("put `.event_time(\"ts\", \"10s\")` right after its source, with its column of times"),
            Some(EventTime { column, lost_at: Some(step) }) => {
                let step = self.plan.describe(*step);
                Mistake::new(format!(
                    "`join(…).{verb}(…)` needs the event-time column `{column}`, which {step}, changes or removes"
                ))
                .hint(format!("keep `{column}` as it is until the join"))
            }
            Some(_) => return,
        };
        self.wrong(node, mistake);
    }

    /// That the right input is a table of files: everything it reads ends, and no step of it waits for time.
    fn table(&mut self, node: u32, right: u32) {
        let table = self.plan.up_to(right);
        for own in &table.nodes {
            let what = match &own.step {
                Step::Source(source) if matches!(source.connector, SourceConnector::Files { .. }) => continue,
                Step::Filter { .. } | Step::Select { .. } | Step::WithColumns { .. } | Step::Rename { .. } => continue,
                Step::Drop { .. } | Step::Cast { .. } | Step::Union | Step::Explode { .. } | Step::Unnest { .. } => {
                    continue;
                }
                Step::Source(source) => format!("`{}` has no end", source.connector.name()),
                step => format!("`{}` works on a stream", step.name()),
            };
            let mistake = Mistake::new(format!("`lookup` needs a table of files: {what}"));
            return self.wrong(node, mistake.hint(match own.step {
                Step::Source(_) => "join two streams in time: `.join(…).on(…).within(\"5m\", \"1h\")` or `.window(tumbling(\"1m\"))`",
                _ => "make the table with steps on its rows only: filter, select, with_columns, rename, drop, cast",
            }));
        }
    }

    fn keys(&mut self, node: u32, left: &[String], right: &[String], schemas: Option<(&Schema, &Schema)>) {
        if left.is_empty() || left.len() != right.len() {
            let (message, hint) = match (left.len(), right.len()) {
                (0, 0) => ("`join` has no keys".to_owned(), "name them: `.on([\"id\"])`"),
                (l, r) => (
                    format!("`join` has {l} keys of the left stream and {r} of the right"),
                    "name as many of each, in the same order: `.left_on([\"id\"]).right_on([\"order_id\"])`",
                ),
            };
            return self.wrong(node, Mistake::new(message).hint(hint));
        }
        let Some((one, two)) = schemas else { return };
        for (own, other) in left.iter().zip(right) {
            let found = [(own, one, "left"), (other, two, "right")].map(|(name, schema, side)| {
                let field = schema.field(name);
                if field.is_none() {
                    self.wrong(node, no_column(name, schema).of(&format!("`join`, {side} keys")));
                }
                field.map(|field| field.data_type.clone())
            });
            let [Some(a), Some(b)] = found else { continue };
            self.comparable(node, (own, &a), (other, &b));
        }
    }

    fn comparable(&mut self, node: u32, (own, a): (&str, &DataType), (other, b): (&str, &DataType)) {
        if let Some((name, nested)) = [(own, a), (other, b)].into_iter().find(|(_, found)| found.is_nested()) {
            let mistake = Mistake::new(format!("`join` cannot compare `{name}`, which is {nested}"));
            return self.wrong(node, mistake.hint("take a column of numbers, texts or times"));
        }
        if a != b && !(a.is_integer() && b.is_integer()) {
            let mistake = Mistake::new(format!("`join` compares `{own}`, which is {a}, with `{other}`, which is {b}"));
            self.wrong(node, mistake.hint(format!("cast one of them before the join: `.cast([({own:?}, \"{b}\")])`")));
        }
    }

    /// The columns of both inputs, those of the right one renamed where a name is taken.
    fn joined(
        &mut self,
        node: u32,
        left: &Schema,
        right: &Schema,
        (right_on, suffix): (&[String], &str),
        windowed: bool,
    ) -> Option<Schema> {
        let mut fields = left.fields.clone();
        for field in right.fields.iter().filter(|field| !right_on.contains(&field.name)) {
            let taken = left.field(&field.name).is_some();
            let name = if taken { format!("{}{suffix}", field.name) } else { field.name.clone() };
            fields.push(Field { name, data_type: field.data_type.clone() });
        }
        if windowed {
            fields.extend(WINDOW_COLUMNS.map(|name| Field::new(name, DataType::Timestamp)));
        }
        let schema = Schema::new(fields);
        let names = schema.names();
        let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)).map(|(_, name)| *name);
        match twice {
            None => Some(schema),
            Some(name) => {
                let mistake = Mistake::new(format!("two columns of the join would be called `{name}`"));
                let hint = "choose another `.suffix(\"…\")`, or rename the column before the join";
                self.wrong(node, mistake.hint(hint));
                None
            }
        }
    }
}
