//! What SQL can say and a plan cannot, each with what to do instead.

use std::sync::Arc;

use sqlparser::ast::{
    Distinct, GroupByExpr, Join, JoinOperator, Query, Select, SelectFlavor, SetExpr, SetOperator, SetQuantifier,
    Spanned, Statement, TableAlias, TableFactor, With,
};
use sqlparser::tokenizer::Location;

use super::top;
use crate::draft::Draft;
use crate::sql::fault::SqlFault;

pub(super) fn statement(statement: &Statement) -> SqlFault {
    let text = statement.to_string();
    let word = text.split_whitespace().next().unwrap_or_default().to_owned();
    let fault = SqlFault::new(format!("`{word}` is no query")).at(Location { line: 1, column: 1 });
    match statement {
        Statement::Insert(_) => {
            fault.hint("name the cell, `%%sql revenue`, and write where rows go in a Rust cell: `revenue.to_kafka(…)`")
        }
        Statement::CreateView(_) => fault.hint("name the cell, `%%sql revenue`, and write the SELECT alone"),
        Statement::CreateTable(_) => {
            fault.hint("a source is made in a Rust cell, `let orders = kafka(…).json();`, or read: `FROM kafka('localhost:9092', 'orders')`")
        }
        _ => fault.hint("a statement begins with SELECT or WITH"),
    }
}

pub(super) fn recursive(with: &With) -> Result<(), SqlFault> {
    match with.recursive {
        true => Err(SqlFault::new("a recursive query has no end on a stream").at(with.with_token.0.span.start)),
        false => Ok(()),
    }
}

/// New names for the columns of a table: `t (a, b)`.
pub(super) fn column_names(alias: Option<&TableAlias>) -> Result<(), SqlFault> {
    match alias.filter(|alias| !alias.columns.is_empty() || alias.at.is_some()) {
        Some(alias) => Err(SqlFault::new(format!("columns of `{}` cannot get names here", alias.name))
            .at(alias.name.span.start)
            .hint("rename them in SELECT: `city AS town`")),
        None => Ok(()),
    }
}

pub(super) fn body(body: &SetExpr) -> SqlFault {
    let fault = match body {
        SetExpr::Values(_) => SqlFault::new("rows are read from somewhere; `VALUES` are none")
            .hint("write them to a file and read that: `FROM files('cities.csv')`"),
        _ => SqlFault::new("this is no SELECT"),
    };
    fault.of(body)
}

pub(super) fn set_operation(op: SetOperator, quantifier: SetQuantifier) -> SqlFault {
    match (op, quantifier) {
        (SetOperator::Union, SetQuantifier::AllByName | SetQuantifier::ByName | SetQuantifier::DistinctByName) => {
            SqlFault::new("columns of a UNION are matched by name").hint("write `UNION ALL`")
        }
        (SetOperator::Union, _) => SqlFault::new("`UNION` would compare each row with every other one for ever").hint(
            "write `UNION ALL`; of rows with an id, `.unique([\"id\"]).within(\"10m\")` in a Rust cell keeps one each",
        ),
        (op, _) => SqlFault::new(format!("`{op}` would compare each row with every other one for ever"))
            .hint("a LEFT JOIN bounded in time finds rows with and without a partner"),
    }
}

/// What may follow a SELECT: a stream has neither an order nor an end.
pub(super) fn order(query: &Query, draft: &Arc<Draft>) -> Result<(), SqlFault> {
    if let Some(order) = &query.order_by {
        let fault = SqlFault::new("a stream has no end, so its rows have no order").of(order);
        return Err(match top::windowed(draft) {
            true => fault.hint(format!("the best rows of each window: {}", top::EXAMPLE)),
            false => fault.hint("leave it out: rows of a preview are shown as they come"),
        });
    }
    let cut = query.limit_clause.as_ref().map(Spanned::span).or(query.fetch.as_ref().map(Spanned::span));
    if let Some(cut) = cut {
        let fault = SqlFault::new("`LIMIT` would end a stream that has no end").at(cut.start);
        return Err(match top::windowed(draft) {
            true => fault.hint(format!("so many rows of each window: {}", top::EXAMPLE)),
            false => fault.hint("leave it out: a preview shows the first rows, and reads a bounded sample"),
        });
    }
    let more = !query.locks.is_empty()
        || query.for_clause.is_some()
        || query.settings.is_some()
        || query.format_clause.is_some()
        || !query.pipe_operators.is_empty();
    match more {
        true => Err(SqlFault::new("what follows the SELECT is not possible on a stream").of(query)),
        false => Ok(()),
    }
}

/// Clauses of a SELECT that a plan has no step for.
pub(super) fn clauses(select: &Select) -> Result<(), SqlFault> {
    let at = select.select_token.0.span.start;
    let first = select.projection.first().map_or(at, |item| item.span().start);
    let fault = match &select.distinct {
        Some(Distinct::Distinct) => Some(
            SqlFault::new("`DISTINCT` would remember every row for ever")
                .hint("one row a key within a time, in a Rust cell: `.unique([\"order_id\"]).within(\"10m\")`; or group by the columns in a window")
                .at(at),
        ),
        Some(Distinct::On(_)) => Some(
            SqlFault::new("`DISTINCT ON` would remember every row for ever")
                .hint("one row a key within a time, in a Rust cell: `.unique([\"order_id\"]).within(\"10m\")`")
                .at(at),
        ),
        _ => None,
    };
    let named = [
        (select.top.is_some(), "TOP"),
        (select.into.is_some(), "INTO"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (select.prewhere.is_some(), "PREWHERE"),
        (!select.connect_by.is_empty(), "CONNECT BY"),
        (!select.cluster_by.is_empty(), "CLUSTER BY"),
        (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
        (!select.sort_by.is_empty(), "SORT BY"),
        (!select.named_window.is_empty(), "WINDOW"),
        (select.exclude.is_some(), "EXCLUDE"),
        (select.value_table_mode.is_some(), "AS STRUCT"),
        (select.select_modifiers.is_some(), "this modifier of SELECT"),
        (matches!(select.flavor, SelectFlavor::FromFirstNoSelect), "FROM without SELECT"),
    ];
    let named = named.into_iter().find(|(is_there, _)| *is_there);
    let named = named.map(|(_, clause)| SqlFault::new(format!("`{clause}` is not possible here")).at(first));
    match fault.or(named).or_else(|| modifiers(&select.group_by)) {
        Some(fault) => Err(fault),
        None => Ok(()),
    }
}

fn modifiers(group_by: &GroupByExpr) -> Option<SqlFault> {
    match group_by {
        GroupByExpr::All(_) => Some(SqlFault::new("`GROUP BY ALL` is not possible").hint("name the keys").of(group_by)),
        GroupByExpr::Expressions(_, modifiers) if !modifiers.is_empty() => Some(
            SqlFault::new("several groupings at once are not possible")
                .hint("one SELECT each, put together with `UNION ALL`")
                .of(group_by),
        ),
        GroupByExpr::Expressions(..) => None,
    }
}

/// Rows that are cut in windows, and nothing is made of the windows.
pub(super) fn ungrouped(select: &Select) -> SqlFault {
    let fault = SqlFault::new("rows are cut in windows and not grouped by them").at(select.select_token.0.span.start);
    fault.hint("add `GROUP BY window_start, window_end` and aggregates")
}

/// What cannot be read from.
pub(super) fn table(factor: &TableFactor) -> SqlFault {
    let fault = match factor {
        TableFactor::UNNEST { .. } | TableFactor::Function { .. } => SqlFault::new("lists are not taken apart in SQL")
            .hint("in a Rust cell: `orders.explode(\"items\").unnest(\"items\")`"),
        TableFactor::Pivot { .. } | TableFactor::Unpivot { .. } => SqlFault::new("`PIVOT` is not possible")
            .hint("aggregate under conditions: `sum(amount) FILTER (WHERE city = 'Oslo') AS oslo`"),
        TableFactor::Derived { lateral: true, .. } => SqlFault::new("`LATERAL` is not possible"),
        _ => SqlFault::new("a table is the name of a pipeline, a SELECT in parentheses, or `kafka(…)`, `files(…)`"),
    };
    fault.of(factor)
}

/// Joins of another kind than a plan has.
pub(super) fn join(join: &Join) -> SqlFault {
    let fault = match &join.join_operator {
        JoinOperator::Right(_) | JoinOperator::RightOuter(_) => {
            SqlFault::new("`RIGHT JOIN` is not possible").hint("turn the tables round and write `LEFT JOIN`")
        }
        JoinOperator::FullOuter(_) => SqlFault::new("`FULL JOIN` is not possible").hint(
            "a LEFT JOIN keeps the rows of the first table; the others are those of a LEFT JOIN the other way round",
        ),
        JoinOperator::CrossJoin(_) => SqlFault::new("`CROSS JOIN` would pair each row with every other one")
            .hint("write `JOIN … ON …` with a key"),
        JoinOperator::Semi(_) | JoinOperator::LeftSemi(_) | JoinOperator::Anti(_) | JoinOperator::LeftAnti(_) => {
            SqlFault::new("this kind of join is not possible").hint("a LEFT JOIN gives nulls where there is no partner")
        }
        _ => SqlFault::new("this kind of join is not possible").hint("there are JOIN and LEFT JOIN"),
    };
    fault.of(&join.relation)
}

pub(super) fn unconditional(join: &Join) -> SqlFault {
    let fault = SqlFault::new("a join needs its keys").of(&join.relation);
    fault.hint("write `ON o.order_id = p.order_id`, or `USING (order_id)`")
}

pub(super) fn unbounded(join: &Join) -> SqlFault {
    let fault =
        SqlFault::new("nothing bounds this join, so every row would have to be kept for ever").of(&join.relation);
    fault.hint(
        "bound the event times, `AND p.ts BETWEEN o.ts - INTERVAL '5' MINUTE AND o.ts + INTERVAL '1' HOUR`; cut both tables in windows; or \
         join a table of files",
    )
}
