//! JOIN: equal keys, and what bounds the join: times around each other, the same window, or a table of files.

use std::sync::Arc;

use sqlparser::ast::{BinaryOperator, Expr as Sql, Ident, Join, JoinConstraint, JoinOperator, Spanned};

use super::scope::{BOUNDS, Scope, Side};
use super::window::milliseconds;
use super::{Statements, refused};
use crate::draft::Draft;
use crate::join::{MEMORY, SUFFIX};
use crate::request::{Request, Verb};
use crate::sql::fault::SqlFault;
use crate::{JoinBound, JoinKind, Step};

impl Statements<'_> {
    pub(super) fn join(&mut self, left: &Scope, right: &Scope, join: &Join) -> Result<Scope, SqlFault> {
        let (kind, constraint) = kind(join)?;
        let sides = [self.with_columns(left, join)?, self.with_columns(right, join)?];
        let (keys, windows) = (Vec::new(), Vec::new());
        let mut condition = Condition { scopes: [left, right], sides: &sides, keys, times: [None; 2], windows };
        match constraint {
            JoinConstraint::On(on) => condition.read(on)?,
            JoinConstraint::Using(names) => {
                for name in names {
                    let name = name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone());
                    condition.keys.extend(name.map(|name| (name.clone(), name)));
                }
            }
            _ => return Err(refused::unconditional(join)),
        }
        if condition.keys.is_empty() {
            let fault = SqlFault::new("a join matches rows with equal keys, and here are none").of(&join.relation);
            return Err(fault.hint("write `ON o.order_id = p.order_id`"));
        }
        let bound = condition.bound(join)?;
        let (left_on, right_on): (Vec<String>, Vec<String>) = condition.keys.into_iter().unzip();
        let Joined { sides, suffix } = Joined::new(sides, kind, (&left_on, &right_on));
        let step = Step::Join { kind, left_on, right_on, suffix, bound: Some(bound) };
        let inputs = vec![Arc::clone(&left.draft), Arc::clone(&right.draft)];
        Ok(Scope::new(self.step(inputs, step, join.relation.span().start), sides, None))
    }

    /// The tables of a side, with their columns.
    fn with_columns(&self, scope: &Scope, join: &Join) -> Result<Vec<Side>, SqlFault> {
        let known = |side: &Side| {
            if side.columns.is_some() {
                return Ok(side.clone());
            }
            let names = self.tables.columns(&Request::new(&scope.draft, Verb::Preview)).ok_or_else(|| {
                let name = side.name.as_deref().unwrap_or("a table");
                SqlFault::new(format!("the columns of `{name}` are not known, which a join has to know"))
                    .of(&join.relation)
            })?;
            let columns = names.into_iter().map(|name| (name.clone(), Some(name))).collect();
            Ok(Side { name: side.name.clone(), columns: Some(columns) })
        };
        scope.sides.iter().map(known).collect()
    }
}

/// What the tables give after a join.
struct Joined {
    sides: Vec<Side>,
    /// What a column of the right tables gets behind its name where that is taken: the usual, or the name of the table.
    suffix: String,
}

impl Joined {
    fn new([mut sides, right]: [Vec<Side>; 2], kind: JoinKind, (left_on, right_on): (&[String], &[String])) -> Joined {
        let taken: Vec<String> = names(&sides).map(str::to_owned).collect();
        let is_taken = |name: &str| taken.iter().any(|own| own == name);
        let clash = |suffix: &str| {
            let clashing = names(&right).filter(|name| is_taken(name) && !right_on.iter().any(|key| key == name));
            clashing.map(|name| format!("{name}{suffix}")).any(|name| is_taken(&name))
        };
        let table = right.iter().find_map(|side| side.name.as_ref());
        let suffix = match table {
            Some(table) if clash(SUFFIX) => format!("_{table}"),
            _ => SUFFIX.to_owned(),
        };
        let call = |name: String| match right_on.iter().position(|key| *key == name) {
            Some(at) => (kind == JoinKind::Inner).then(|| left_on[at].clone()),
            None if is_taken(&name) => Some(format!("{name}{suffix}")),
            None => Some(name),
        };
        let renamed = |(own, called): (String, Option<String>)| (own, called.and_then(call));
        sides.extend(right.into_iter().map(|side| Side {
            columns: side.columns.map(|columns| columns.into_iter().map(renamed).collect()),
            ..side
        }));
        Joined { sides, suffix }
    }
}

/// The columns that tables give.
fn names(sides: &[Side]) -> impl Iterator<Item = &str> {
    sides.iter().flat_map(|side| side.columns.iter().flatten()).filter_map(|(_, called)| called.as_deref())
}

fn kind(join: &Join) -> Result<(JoinKind, &JoinConstraint), SqlFault> {
    match &join.join_operator {
        JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => Ok((JoinKind::Inner, constraint)),
        JoinOperator::Left(constraint) | JoinOperator::LeftOuter(constraint) => Ok((JoinKind::Left, constraint)),
        _ => Err(refused::join(join)),
    }
}

/// Which side of the join.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Left,
    Right,
}

/// What ON says, read so far.
struct Condition<'a> {
    scopes: [&'a Scope; 2],
    sides: &'a [Vec<Side>; 2],
    keys: Vec<(String, String)>,
    /// The time of the right row minus that of the left one: at least, and at most.
    times: [Option<i64>; 2],
    /// The bounds of windows that were said to be equal.
    windows: Vec<String>,
}

impl Condition<'_> {
    fn read(&mut self, on: &Sql) -> Result<(), SqlFault> {
        match on {
            Sql::Nested(inner) => self.read(inner),
            Sql::BinaryOp { left, op: BinaryOperator::And, right } => {
                self.read(left)?;
                self.read(right)
            }
            Sql::BinaryOp { left, op: BinaryOperator::Eq, right } => self.equal(left, right, on),
            Sql::BinaryOp { left, op, right } => self.compared(left, op, right, on),
            Sql::Between { expr, negated: false, low, high } => {
                self.compared(expr, &BinaryOperator::GtEq, low, on)?;
                self.compared(expr, &BinaryOperator::LtEq, high, on)
            }
            other => Err(no_condition(other)),
        }
    }

    fn equal(&mut self, one: &Sql, other: &Sql, on: &Sql) -> Result<(), SqlFault> {
        let (Some((one_side, one)), Some((other_side, other))) = (self.column(one)?, self.column(other)?) else {
            return Err(no_condition(on));
        };
        let (left, right) = match (one_side, other_side) {
            (Which::Left, Which::Right) => (one, other),
            (Which::Right, Which::Left) => (other, one),
            _ => return Err(no_condition(on)),
        };
        let cut = self.scopes.iter().all(|scope| scope.window.is_some());
        if cut && left == right && BOUNDS.contains(&left.as_str()) {
            self.windows.push(left);
        } else {
            self.keys.push((left, right));
        }
        Ok(())
    }

    /// `p.ts <= o.ts + INTERVAL '1' HOUR` and the like.
    fn compared(&mut self, one: &Sql, op: &BinaryOperator, other: &Sql, on: &Sql) -> Result<(), SqlFault> {
        let strict = i64::from(matches!(op, BinaryOperator::Lt | BinaryOperator::Gt));
        let (larger, smaller) = match op {
            BinaryOperator::GtEq | BinaryOperator::Gt => (one, other),
            BinaryOperator::LtEq | BinaryOperator::Lt => (other, one),
            _ => return Err(no_condition(on)),
        };
        let (Some((large_side, large)), Some((small_side, small))) = (self.time(larger)?, self.time(smaller)?) else {
            return Err(no_condition(on));
        };
        // large side + large ≥ small side + small
        let (at, bound) = match (large_side, small_side) {
            (Which::Right, Which::Left) => (0, small - large + strict),
            (Which::Left, Which::Right) => (1, large - small - strict),
            _ => return Err(no_condition(on)),
        };
        match self.times[at].replace(bound) {
            None => Ok(()),
            Some(_) => Err(SqlFault::new("the times are bounded twice").of(on)),
        }
    }

    /// An event time of one side, and how much is added to it.
    fn time(&self, sql: &Sql) -> Result<Option<(Which, i64)>, SqlFault> {
        let (column, added) = match sql {
            Sql::Nested(inner) => return self.time(inner),
            Sql::BinaryOp { left, op, right } => match (op, &**right) {
                (BinaryOperator::Plus, Sql::Interval(_)) => (&**left, signed(right)?),
                (BinaryOperator::Minus, Sql::Interval(_)) => (&**left, -signed(right)?),
                _ => return Ok(None),
            },
            other => (other, 0),
        };
        let Some((which, name)) = self.column(column)? else { return Ok(None) };
        let own = self.scopes[which as usize].draft.event_time();
        if own.is_some_and(|own| own != name) {
            let own = own.unwrap_or_default();
            let fault =
                SqlFault::new(format!("a join is bounded in event time, and `{name}` is not the one of its rows"))
                    .of(column);
            return Err(fault.hint(format!("their event time is `{own}`")));
        }
        Ok(Some((which, added)))
    }

    /// A column of one side, by its name there.
    fn column(&self, sql: &Sql) -> Result<Option<(Which, String)>, SqlFault> {
        match sql {
            Sql::Nested(inner) => self.column(inner),
            Sql::Identifier(name) => self.of_any(name),
            Sql::CompoundIdentifier(names) => match &names[..] {
                [table, name] => self.of_table(table, name),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn of_any(&self, name: &Ident) -> Result<Option<(Which, String)>, SqlFault> {
        let found: Vec<(Which, String)> = [Which::Left, Which::Right]
            .into_iter()
            .filter_map(|which| {
                Some((which, self.sides[which as usize].iter().find_map(|side| called(side, &name.value))?))
            })
            .collect();
        match &found[..] {
            [] => Err(SqlFault::new(format!("no column `{}`", name.value)).at(name.span.start)),
            [one] => Ok(Some(one.clone())),
            _ => {
                let fault = SqlFault::new(format!("`{}` is in both tables", name.value)).at(name.span.start);
                Err(fault.hint("write the table before it, or `USING (…)` for keys of the same name"))
            }
        }
    }

    fn of_table(&self, table: &Ident, name: &Ident) -> Result<Option<(Which, String)>, SqlFault> {
        for which in [Which::Left, Which::Right] {
            let Some(side) = self.sides[which as usize].iter().find(|side| side.name.as_ref() == Some(&table.value))
            else {
                continue;
            };
            if self.scopes[which as usize].window.is_some() && BOUNDS.contains(&name.value.as_str()) {
                return Ok(Some((which, name.value.clone())));
            }
            let Some(called) = called(side, &name.value) else {
                let names: Vec<&str> = side.columns.iter().flatten().map(|(own, _)| own.as_str()).collect();
                let fault =
                    SqlFault::new(format!("no column `{}` in `{}`", name.value, table.value)).at(name.span.start);
                return Err(fault.hint(format!("columns: {}", names.join(", "))));
            };
            return Ok(Some((which, called)));
        }
        Err(SqlFault::new(format!("no table `{}` in this join", table.value)).at(table.span.start))
    }

    /// What bounds the join.
    fn bound(&self, join: &Join) -> Result<JoinBound, SqlFault> {
        let at = &join.relation;
        match (self.scopes[0].window, self.scopes[1].window, self.times) {
            (Some(left), Some(right), [None, None]) => {
                if left != right {
                    return Err(SqlFault::new(format!("the windows of the tables differ: {left} and {right}")).of(at));
                }
                if !BOUNDS.iter().all(|bound| self.windows.iter().any(|own| own == bound)) {
                    let fault = SqlFault::new("rows of the same window are joined, which ON does not say").of(at);
                    return Err(fault.hint("add `AND l.window_start = r.window_start AND l.window_end = r.window_end`"));
                }
                Ok(JoinBound::Window { window: left })
            }
            (None, None, [Some(least), Some(most)]) => {
                let (Ok(before_ms), Ok(after_ms)) = (u64::try_from(-least), u64::try_from(most)) else {
                    let fault = SqlFault::new("the times of a join have to allow for rows of the same time").of(at);
                    return Err(
                        fault.hint("write `p.ts BETWEEN o.ts - INTERVAL '5' MINUTE AND o.ts + INTERVAL '1' HOUR`")
                    );
                };
                Ok(JoinBound::Interval { before_ms, after_ms })
            }
            (None, None, [None, None]) if is_table(&self.scopes[1].draft) => {
                Ok(JoinBound::Lookup { refresh_ms: None, memory: MEMORY })
            }
            (None, None, [None, None]) => Err(refused::unbounded(join)),
            (None, None, _) => {
                let fault = SqlFault::new("the times of a join need both bounds").of(at);
                Err(fault.hint("write `p.ts BETWEEN o.ts - INTERVAL '5' MINUTE AND o.ts + INTERVAL '1' HOUR`"))
            }
            _ => {
                let fault =
                    SqlFault::new("one table is cut in windows and the other is not, or times are bounded too").of(at);
                Err(fault.hint("cut both with the same function, or none"))
            }
        }
    }
}

/// What a column of a table is called in its side of the join.
fn called(side: &Side, name: &str) -> Option<String> {
    side.columns.iter().flatten().find(|(own, _)| own == name)?.1.clone()
}

fn signed(sql: &Sql) -> Result<i64, SqlFault> {
    milliseconds(sql).map(|millis| i64::try_from(millis).unwrap_or(i64::MAX))
}

/// Whether it is read whole: files, without a time to wait for.
fn is_table(draft: &Arc<Draft>) -> bool {
    draft.plan().nodes.iter().all(|node| match &node.step {
        Step::Source(source) => source.connector.is_files(),
        Step::EventTime { .. } | Step::Aggregate { .. } => false,
        _ => true,
    })
}

fn no_condition(sql: &Sql) -> SqlFault {
    let fault = SqlFault::new("ON compares columns of both tables: keys that are equal, and event times").of(sql);
    fault.hint("put other conditions into WHERE, or into a SELECT in parentheses in front of the join")
}
