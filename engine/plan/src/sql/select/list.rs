//! The list of a SELECT whose rows are not grouped: columns that are kept, added, renamed and dropped.

use std::sync::Arc;

use sqlparser::ast::{
    ExcludeSelectItem, Expr as Sql, Ident, RenameSelectItem, Select, SelectItem, SelectItemQualifiedWildcardKind,
    Spanned, WildcardAdditionalOptions,
};

use super::scope::Scope;
use super::{Statements, top};
use crate::draft::Draft;
use crate::expr::Expr;
use crate::sql::fault::SqlFault;
use crate::{Renamed, Step};

impl Statements<'_> {
    pub(super) fn listed(&mut self, select: &Select, scope: &Scope) -> Result<Arc<Draft>, SqlFault> {
        let draft = Arc::clone(&scope.draft);
        let ranked = |statement: &Self, draft: Arc<Draft>| match &select.qualify {
            Some(qualify) => {
                let best = top::read(qualify, &mut |sql| scope.expr(sql))?;
                Ok(statement.step(vec![draft], best, qualify.span().start))
            }
            None => Ok(draft),
        };
        match &select.projection[..] {
            [first, rest @ ..] if let Some(options) = wildcard(first, scope)? => {
                let draft = self.starred(draft, options, scope)?;
                let draft = self.added(draft, rest, scope)?;
                ranked(self, draft)
            }
            items => {
                let draft = ranked(self, draft)?;
                let exprs = items.iter().map(|item| selected(item, scope)).collect::<Result<Vec<Expr>, _>>()?;
                let at = items.first().map_or(select.select_token.0.span, Spanned::span).start;
                Ok(self.step(vec![draft], Step::Select { exprs }, at))
            }
        }
    }

    /// `* REPLACE (…)`, `* RENAME (…)`, `* EXCLUDE (…)`.
    fn starred(
        &self,
        mut draft: Arc<Draft>,
        options: &WildcardAdditionalOptions,
        scope: &Scope,
    ) -> Result<Arc<Draft>, SqlFault> {
        let at = options.wildcard_token.0.span.start;
        let WildcardAdditionalOptions {
            opt_ilike, opt_exclude, opt_except, opt_replace, opt_rename, opt_alias, ..
        } = options;
        if opt_ilike.is_some() || opt_alias.is_some() {
            return Err(SqlFault::new("columns are not chosen by a pattern").at(at).hint("name them"));
        }
        if let Some(replace) = opt_replace {
            let exprs = replace.items.iter().map(|item| Ok(named(scope.expr(&item.expr)?, &item.column_name)));
            let exprs = exprs.collect::<Result<Vec<Expr>, SqlFault>>()?;
            draft = self.step(vec![draft], Step::WithColumns { exprs }, at);
        }
        if let Some(rename) = opt_rename {
            let all = match rename {
                RenameSelectItem::Single(one) => vec![one],
                RenameSelectItem::Multiple(all) => all.iter().collect(),
            };
            let columns = all.iter().map(|one| Renamed { from: one.ident.value.clone(), to: one.alias.value.clone() });
            draft = self.step(vec![draft], Step::Rename { columns: columns.collect() }, at);
        }
        let mut columns: Vec<String> = match opt_exclude {
            Some(ExcludeSelectItem::Single(name)) => vec![unquoted(&name.to_string())],
            Some(ExcludeSelectItem::Multiple(names)) => names.iter().map(|name| unquoted(&name.to_string())).collect(),
            None => Vec::new(),
        };
        if let Some(except) = opt_except {
            let names = [&except.first_element].into_iter().chain(&except.additional_elements);
            columns.extend(names.map(|name| name.value.clone()));
        }
        match columns.is_empty() {
            true => Ok(draft),
            false => Ok(self.step(vec![draft], Step::Drop { columns }, at)),
        }
    }

    /// What follows a `*`: new columns.
    fn added(&self, draft: Arc<Draft>, items: &[SelectItem], scope: &Scope) -> Result<Arc<Draft>, SqlFault> {
        let Some(first) = items.first() else { return Ok(draft) };
        let mut exprs = Vec::with_capacity(items.len());
        for item in items {
            match item {
                SelectItem::ExprWithAlias { .. } => exprs.push(selected(item, scope)?),
                SelectItem::UnnamedExpr(expr) => {
                    scope.expr(expr)?;
                    let fault =
                        SqlFault::new(format!("`{expr}` has no name, and `*` has the columns already")).of(expr);
                    return Err(fault.hint(format!("write `{expr} AS …`")));
                }
                other => return Err(later_wildcard(other)),
            }
        }
        Ok(self.step(vec![draft], Step::WithColumns { exprs }, first.span().start))
    }
}

/// The options of a `*` that means all columns.
fn wildcard<'a>(item: &'a SelectItem, scope: &Scope) -> Result<Option<&'a WildcardAdditionalOptions>, SqlFault> {
    match item {
        SelectItem::Wildcard(options) => Ok(Some(options)),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), options) => {
            let table = unquoted(&name.to_string());
            match scope.side(&table) {
                Some(_) if scope.sides.len() == 1 => Ok(Some(options)),
                Some(_) => {
                    let fault = SqlFault::new(format!("`{table}.*` are some of the columns of a join")).of(name);
                    Err(fault.hint("name the columns, or take all with `*`"))
                }
                None => Err(SqlFault::new(format!("no table `{table}` in FROM")).of(name)),
            }
        }
        _ => Ok(None),
    }
}

/// An item of the list as a column.
fn selected(item: &SelectItem, scope: &Scope) -> Result<Expr, SqlFault> {
    match item {
        SelectItem::UnnamedExpr(sql) => {
            let expr = scope.expr(sql)?;
            match expr.output_name() {
                Some(_) => Ok(expr),
                None => Err(nameless(sql)),
            }
        }
        SelectItem::ExprWithAlias { expr, alias } => Ok(named(scope.expr(expr)?, alias)),
        other => Err(later_wildcard(other)),
    }
}

pub(super) fn nameless(sql: &Sql) -> SqlFault {
    SqlFault::new(format!("`{sql}` has no name")).of(sql).hint(format!("write `{sql} AS …`"))
}

/// The expression under this name; a column that has it already stays what it is.
pub(super) fn named(expr: Expr, name: &Ident) -> Expr {
    match &expr {
        Expr::Column(own) if *own == name.value => expr,
        _ => expr.alias(name.value.as_str()),
    }
}

fn later_wildcard(item: &SelectItem) -> SqlFault {
    match item {
        SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
            SqlFault::new("`*` stands first").of(item).hint("write `SELECT *, amount * 2 AS double`")
        }
        other => SqlFault::new(format!("`{other}` is not possible in SELECT")).of(other),
    }
}

fn unquoted(name: &str) -> String {
    name.trim_matches(['"', '`']).to_owned()
}
