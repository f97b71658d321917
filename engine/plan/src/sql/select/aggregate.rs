//! Aggregates by the names of the catalogue, and by the usual ones of other systems.

use sqlparser::ast::{
    DuplicateTreatment, Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Spanned, Value,
    ValueWithSpan,
};

use super::scope::{Scope, name_of};
use crate::Agg;
use crate::aggregate::{
    approx_count_distinct, approx_quantile, collect, count, count_distinct, count_of, first, last, max, mean, min, sum,
    top_values,
};
use crate::expr::{Expr, when};
use crate::sql::fault::SqlFault;

/// The aggregate that a call means, named as a cell would name it.
pub(super) fn aggregate(call: &Function, scope: &Scope) -> Result<Agg, SqlFault> {
    read(call, scope).map_err(|fault| fault.of(&call.name))
}

fn read(call: &Function, scope: &Scope) -> Result<Agg, SqlFault> {
    let name = name_of(call);
    let (args, distinct) = arguments(call)?;
    let only = call.filter.as_deref().map(|condition| scope.expr(condition)).transpose()?;
    // Of the rows that do not count, the value is null, which aggregates pass over.
    let counted = |value: Expr| match &only {
        Some(only) => when(only.clone()).then(value).into(),
        None => value,
    };
    let value = |at: usize| match args.get(at) {
        Some(Some(sql)) => scope.expr(sql).map(counted),
        Some(None) => {
            Err(SqlFault::new(format!("`*` is no argument of `{}`", call.name)).hint("`count(*)` counts rows"))
        }
        None => Err(SqlFault::new(format!("`{}` lacks an argument", call.name))),
    };
    if let ("count", [None] | []) = (name.as_str(), &args[..]) {
        return Ok(match &only {
            Some(only) => count_of(Expr::from(when(only.clone()).then(true))).alias("count"),
            None => count(),
        });
    }
    let most = if matches!(name.as_str(), "approx_quantile" | "top_values" | "collect") { 2 } else { 1 };
    if args.len() > most {
        return Err(SqlFault::new(format!(
            "`{}` takes {most} argument{}",
            call.name,
            if most == 1 { "" } else { "s" }
        )));
    }
    match (name.as_str(), distinct) {
        ("count", true) | ("count_distinct", false) => Ok(count_distinct(value(0)?)),
        (_, true) => Err(SqlFault::new(format!("`{}(DISTINCT …)` is not possible", call.name))
            .hint("`count(DISTINCT x)` is; `min` and `max` are the same without")),
        ("count", _) => Ok(count_of(value(0)?)),
        ("sum", _) => Ok(sum(value(0)?)),
        ("min", _) => Ok(min(value(0)?)),
        ("max", _) => Ok(max(value(0)?)),
        ("mean" | "avg", _) => Ok(mean(value(0)?)),
        ("first" | "first_value", _) => Ok(first(value(0)?)),
        ("last" | "last_value", _) => Ok(last(value(0)?)),
        ("approx_count_distinct", _) => Ok(approx_count_distinct(value(0)?)),
        ("approx_quantile", _) => Ok(approx_quantile(value(0)?, number(&args, 1, call)?)),
        ("top_values", _) => Ok(top_values(value(0)?, number(&args, 1, call)?)),
        ("collect", _) => Ok(collect(value(0)?, number(&args, 1, call)?)),
        (other, _) => Err(unknown(other)),
    }
}

/// What other systems have.
fn unknown(name: &str) -> SqlFault {
    let fault = SqlFault::new(format!("no aggregate `{name}`"));
    match name {
        "median" => fault.hint("write `approx_quantile(x, 0.5)`"),
        "array_agg" | "string_agg" => fault.hint("write `collect(x, 100)`: a list has to have a limit"),
        _ => fault.hint(
            "there are count, sum, min, max, mean, first, last, count_distinct, approx_count_distinct, approx_quantile, top_values, collect",
        ),
    }
}

/// The arguments (nothing for `*`), and whether only distinct ones count.
fn arguments(call: &Function) -> Result<(Vec<Option<&Sql>>, bool), SqlFault> {
    let FunctionArguments::List(list) = &call.args else {
        return Err(SqlFault::new(format!("`{}` takes a column", call.name)));
    };
    if !list.clauses.is_empty() || !call.within_group.is_empty() || call.null_treatment.is_some() {
        let fault = SqlFault::new(format!("`{}` takes arguments only, no clauses", call.name));
        return Err(fault.hint("first, last and collect go by event time; nulls are passed over"));
    }
    let value = |arg| match arg {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref sql)) => Ok(Some(sql)),
        FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Ok(None),
        other => Err(SqlFault::new(format!("`{other}` is no argument of an aggregate"))),
    };
    let args = list.args.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok((args, list.duplicate_treatment == Some(DuplicateTreatment::Distinct)))
}

fn number<T: std::str::FromStr>(args: &[Option<&Sql>], at: usize, call: &Function) -> Result<T, SqlFault> {
    let sql = args.get(at).copied().flatten();
    match sql {
        Some(Sql::Value(ValueWithSpan { value: Value::Number(digits, _), .. })) => digits.parse().ok(),
        _ => None,
    }
    .ok_or_else(|| {
        let fault = SqlFault::new(format!("`{}` takes a column and a number", call.name));
        match sql {
            Some(sql) => fault.at(sql.span().start),
            None => fault,
        }
    })
}
