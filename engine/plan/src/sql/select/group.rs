//! GROUP BY: keys, a window, aggregates wherever they stand, HAVING, and the list of a SELECT whose rows are groups.

use std::sync::Arc;

use sqlparser::ast::{Expr as Sql, Function, GroupByExpr, Ident, Select, SelectItem, Spanned, Value, ValueWithSpan};
use sqlparser::tokenizer::Location;

use super::aggregate::aggregate;
use super::list::{named, nameless};
use super::scope::{BOUNDS, Scope, is_aggregate};
use super::window::{Kind, column_name, of_bound, of_call};
use super::{Statements, scope, top};
use crate::draft::Draft;
use crate::expr::{Expr, col};
use crate::sql::fault::SqlFault;
use crate::sql::translate::{Around, translate_within};
use crate::{Agg, Step, Window};

/// Whether the rows of a SELECT are groups: it says so, or has aggregates.
pub(super) fn is_grouped(select: &Select, scope: &Scope) -> bool {
    let has_keys = !matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    let has_aggregate = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => scope.has_aggregate(expr),
        _ => false,
    };
    has_keys || select.having.is_some() || select.projection.iter().any(has_aggregate)
}

/// A key: what it is, and the column that it becomes.
struct Key {
    plain: Expr,
    written: Expr,
    name: String,
}

/// What rows become that are grouped.
struct Groups<'a> {
    scope: &'a Scope,
    keys: Vec<Key>,
    window: Option<Window>,
    aggs: Vec<Agg>,
    /// The columns of the list by their names, where they may be used: in HAVING and QUALIFY.
    listed: Vec<(String, Expr)>,
}

impl Statements<'_> {
    pub(super) fn grouped(&mut self, select: &Select, scope: &Scope) -> Result<Arc<Draft>, SqlFault> {
        let items = items(select)?;
        let mut groups = Groups { scope, keys: Vec::new(), window: None, aggs: Vec::new(), listed: Vec::new() };
        let written = match &select.group_by {
            GroupByExpr::Expressions(written, _) => &written[..],
            GroupByExpr::All(_) => &[],
        };
        groups.read_keys(written, &items)?;
        let first = written.first().map(Spanned::span).or(items.first().map(|item| item.expr.span()));
        let at = first.unwrap_or(select.select_token.0.span).start;
        if groups.window.is_none() {
            return Err(endless(at));
        }
        let list = groups.read_list(&items)?;
        groups.listed.clone_from(&list);
        let having = select.having.as_ref().map(|having| groups.expr(having)).transpose()?;
        // Which aggregates it ranks by has to be known before the step that makes them.
        let best =
            select.qualify.as_ref().map(|qualify| top::read(qualify, &mut |sql| groups.expr(sql))).transpose()?;
        if groups.aggs.is_empty() {
            return Err(SqlFault::new("rows are grouped, and nothing is made of the groups")
                .at(at)
                .hint("add `count(*)`"));
        }
        let natural = groups.columns();
        let Groups { keys, window, aggs, .. } = groups;
        let keys = keys.into_iter().map(|key| key.written).collect();
        let step = Step::Aggregate { keys, window, aggs, expire_after_ms: None };
        let mut draft = self.step(vec![Arc::clone(&scope.draft)], step, at);
        if let (Some(predicate), Some(having)) = (having, &select.having) {
            draft = self.step(vec![draft], Step::Filter { predicate }, having.span().start);
        }
        if let (Some(best), Some(qualify)) = (best, &select.qualify) {
            draft = self.step(vec![draft], best, qualify.span().start);
        }
        Ok(self.shown(draft, list, &natural, &items))
    }

    /// The columns of the list, of those that grouping gives: nothing to do where they are the same.
    fn shown(
        &self,
        draft: Arc<Draft>,
        list: Vec<(String, Expr)>,
        natural: &[String],
        items: &[Item<'_>],
    ) -> Arc<Draft> {
        let is_own = |(name, expr): &(String, Expr)| matches!(expr, Expr::Column(column) if column == name);
        let begins_so =
            list.len() >= natural.len() && list.iter().zip(natural).all(|(item, name)| is_own(item) && item.0 == *name);
        let at = items.first().map_or(Location { line: 0, column: 0 }, |item| item.expr.span().start);
        let column = |(name, expr): (String, Expr)| named(expr, &Ident::new(name));
        if !begins_so {
            let exprs = list.into_iter().map(column).collect();
            return self.step(vec![draft], Step::Select { exprs }, at);
        }
        let exprs: Vec<Expr> = list.into_iter().skip(natural.len()).map(column).collect();
        match exprs.is_empty() {
            true => draft,
            false => self.step(vec![draft], Step::WithColumns { exprs }, at),
        }
    }
}

/// An item of the list.
struct Item<'a> {
    expr: &'a Sql,
    alias: Option<&'a Ident>,
}

fn items(select: &Select) -> Result<Vec<Item<'_>>, SqlFault> {
    let item = |item| match item {
        &SelectItem::UnnamedExpr(ref expr) => Ok(Item { expr, alias: None }),
        &SelectItem::ExprWithAlias { ref expr, ref alias } => Ok(Item { expr, alias: Some(alias) }),
        other => {
            let fault = SqlFault::new("`*` are the columns of single rows, and here rows are grouped").of(other);
            Err(fault.hint("name the keys, `window_start`, `window_end` and the aggregates"))
        }
    };
    select.projection.iter().map(item).collect()
}

impl Groups<'_> {
    fn expr(&mut self, sql: &Sql) -> Result<Expr, SqlFault> {
        translate_within(self, sql)
    }

    /// The columns that grouping gives.
    fn columns(&self) -> Vec<String> {
        let keys = self.keys.iter().map(|key| key.name.clone());
        let bounds = BOUNDS.iter().filter(|_| self.window.is_some()).map(|bound| (*bound).to_owned());
        keys.chain(bounds).chain(self.aggs.iter().map(|agg| agg.name.clone())).collect()
    }

    fn read_keys(&mut self, written: &[Sql], items: &[Item<'_>]) -> Result<(), SqlFault> {
        let mut bounds = 0;
        for sql in written {
            if let Sql::Function(call) = sql
                && let Some(window) = of_call(call, &self.scope.draft).map_err(|fault| fault.of(sql))?
            {
                if self.window.replace(window).is_some() {
                    return Err(SqlFault::new("rows are cut in one window").of(sql));
                }
                continue;
            }
            let is_bound = column_name(sql).is_some_and(|name| BOUNDS.contains(&name.value.as_str()));
            if is_bound && self.scope.window.is_some() {
                bounds += 1;
                continue;
            }
            let key = self.key(sql, items)?;
            self.keys.push(key);
        }
        if let Some(window) = self.scope.window {
            if bounds < BOUNDS.len() {
                let fault = SqlFault::new("the rows are cut in windows, by which they have to be grouped");
                let fault = fault.hint("add `window_start, window_end` to GROUP BY");
                return Err(written
                    .iter()
                    .chain(items.iter().map(|item| item.expr))
                    .next()
                    .map_or(fault.clone(), |sql| fault.of(sql)));
            }
            if self.window.replace(window).is_some() {
                return Err(SqlFault::new("rows are cut in one window"));
            }
        }
        Ok(())
    }

    fn key(&self, sql: &Sql, items: &[Item<'_>]) -> Result<Key, SqlFault> {
        let (sql, position) = match sql {
            Sql::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => {
                let at = digits.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
                let item = at.and_then(|at| items.get(at));
                let item =
                    item.ok_or_else(|| SqlFault::new(format!("there is no column {digits} in the list")).of(sql))?;
                (item.expr, true)
            }
            other => (other, false),
        };
        // A name of the list, unless it is made of a column of that very name.
        let listed = match sql {
            Sql::Identifier(name) if !position => {
                items.iter().find(|item| item.alias.is_some_and(|alias| alias.value == name.value))
            }
            _ => None,
        };
        if let (Some(Item { expr, alias: Some(alias) }), Sql::Identifier(name)) = (listed, sql) {
            let plain = self.scope.expr(expr)?;
            if !plain.columns().contains(&name.value.as_str()) {
                return Ok(key(plain, Some(alias)));
            }
        }
        let plain = self.scope.expr(sql)?;
        let same =
            items.iter().find(|item| item.alias.is_some() && self.scope.expr(item.expr).as_ref().ok() == Some(&plain));
        let key = key(plain, same.and_then(|item| item.alias));
        if key.name.is_empty() { Err(nameless(sql)) } else { Ok(key) }
    }

    /// The columns of the list, by their names. An aggregate that is an item is called as that is.
    fn read_list(&mut self, items: &[Item<'_>]) -> Result<Vec<(String, Expr)>, SqlFault> {
        for item in items {
            if let Sql::Function(call) = item.expr
                && is_aggregate(call)
            {
                let agg = aggregate(call, self.scope)?;
                self.aggs.push(item.alias.map_or(agg.clone(), |alias| agg.alias(alias.value.as_str())));
            }
        }
        let mut own = 0;
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            let is_own = matches!(item.expr, Sql::Function(call) if is_aggregate(call));
            let expr = match is_own {
                true => {
                    own += 1;
                    col(self.aggs[own - 1].name.as_str())
                }
                false => self.expr(item.expr)?,
            };
            let name = match (item.alias, &expr) {
                (Some(alias), _) => alias.value.clone(),
                (None, Expr::Column(name)) => name.clone(),
                (None, _) => return Err(nameless(item.expr)),
            };
            list.push((name, expr));
        }
        Ok(list)
    }

    /// The column of an aggregate somewhere in an expression.
    fn aggregate(&mut self, call: &Function) -> Result<Expr, SqlFault> {
        let agg = aggregate(call, self.scope)?;
        let same = self.aggs.iter().find(|own| (own.function, &own.input) == (agg.function, &agg.input));
        if let Some(same) = same {
            return Ok(col(same.name.as_str()));
        }
        let (mut name, mut again) = (agg.name.clone(), 1);
        while self.columns().contains(&name) {
            again += 1;
            name = format!("{}_{again}", agg.name);
        }
        self.aggs.push(agg.alias(name.as_str()));
        Ok(col(name))
    }

    /// A bound of the window: `TUMBLE_START(ts, …)`.
    fn bound(&self, call: &Function) -> Result<Option<Expr>, SqlFault> {
        if Kind::named(&scope::name_of(call)).is_some() {
            let fault = SqlFault::new(format!("`{}` is a window, which stands in GROUP BY", call.name));
            return Err(fault.hint("its bounds are the columns `window_start` and `window_end`"));
        }
        match of_bound(call, &self.scope.draft)? {
            None => Ok(None),
            Some((window, bound)) if Some(window) == self.window => Ok(Some(col(bound))),
            Some((window, _)) => {
                let own = self.window.map(|own| own.to_string()).unwrap_or_default();
                Err(SqlFault::new(format!("rows are grouped in windows {own}, not {window}"))
                    .hint("write `window_start`"))
            }
        }
    }

    fn column(&self, name: &Ident) -> Result<Option<Expr>, SqlFault> {
        if self.window.is_some() && BOUNDS.contains(&name.value.as_str()) {
            return Ok(Some(col(name.value.as_str())));
        }
        if let Some((_, expr)) = self.listed.iter().find(|(own, _)| *own == name.value) {
            return Ok(Some(expr.clone()));
        }
        let fault = SqlFault::new(format!("`{}` is neither a key of the groups nor in an aggregate", name.value));
        Err(fault
            .at(name.span.start)
            .hint(format!("add it to GROUP BY, or take one of each group: `max({})`", name.value)))
    }
}

impl Around for Groups<'_> {
    fn instead(&mut self, part: &Sql) -> Result<Option<Expr>, SqlFault> {
        match part {
            Sql::Function(call) if is_aggregate(call) => return self.aggregate(call).map(Some),
            Sql::Function(call) => {
                if let Some(bound) = self.bound(call)? {
                    return Ok(Some(bound));
                }
            }
            _ => {}
        }
        if let Ok(plain) = self.scope.expr(part)
            && let Some(key) = self.keys.iter().find(|key| key.plain == plain)
        {
            return Ok(Some(col(key.name.as_str())));
        }
        match part {
            Sql::Identifier(name) => self.column(name),
            Sql::CompoundIdentifier(names) => match &names[..] {
                [table, name] if self.scope.side(&table.value).is_some() => self.column(name),
                [first, ..] => self.column(first),
                [] => Ok(None),
            },
            _ => Ok(None),
        }
    }
}

fn key(plain: Expr, alias: Option<&Ident>) -> Key {
    let written = match alias {
        Some(alias) => named(plain.clone(), alias),
        None => plain.clone(),
    };
    let name = written.output_name().unwrap_or_default();
    Key { plain, written, name }
}

fn endless(at: Location) -> SqlFault {
    let fault = SqlFault::new("groups without a window would never end").at(at);
    fault.hint(
        "add a window to GROUP BY, such as `TUMBLE(ts, INTERVAL '1' MINUTE)`; groups whose rows change for ever are made in a Rust cell, \
         with `.expire_after(\"7d\")`",
    )
}
